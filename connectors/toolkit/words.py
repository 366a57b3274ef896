"""A tool's words as the model's values, by the mapping."""

from __future__ import annotations

from typing import Any

from bridge.model import Unmapped
from mappings import WordMapping


class Words:
    """Reads words by the mapping and notes those that it lacks."""

    def __init__(self, mapping: WordMapping) -> None:
        self.mapping = mapping
        self._unmapped: dict[Unmapped, None] = {}

    def read(self, table: str, word: str | None) -> Any:
        """The model's value; None, and noted, for a word that the mapping lacks."""
        if word is None or not word.strip():
            return None
        value = self.mapping.read(table, word)
        if value is None:
            self.unknown(table, word)
        return value

    def unknown(self, table: str, word: str) -> None:
        """Note a word that says nothing."""
        self._unmapped[Unmapped(str(table), word)] = None

    @property
    def unmapped(self) -> tuple[Unmapped, ...]:
        """The words that were not known so far."""
        return tuple(self._unmapped)
