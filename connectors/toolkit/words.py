"""A tool's words as the model's values, by the mapping."""

from __future__ import annotations

from typing import Any

from bridge.model import Field, Priority, Unmapped, Value
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


def words_for(mapping: WordMapping, field: Field, value: object) -> list[str]:
    """The mapping's words for a value, in its order. Raises ValueError where it has none."""
    entries = mapping.tables.get(field.value, ())
    words = [entry.word for entry in entries if entry.value == value]
    if not words:
        raise ValueError(f"the mapping has no word for {value!s} in [{field.value}]")
    return words


def seconds_of(value: Value) -> int:
    """A number of seconds that is to be written. Raises ValueError for another value."""
    if isinstance(value, int) and not isinstance(value, Priority | bool):
        return value
    raise ValueError(f"{value!r} is no number of seconds")


def no_place(field: Field, mapping: WordMapping, tool: str, form: str) -> ValueError:
    """The error for a field whose place in the mapping `tool` does not have; write `form`."""
    place = str(mapping.place(field))
    return ValueError(
        f"the mapping gives no place in {tool} for {field}: it says {place!r}; write {form}"
    )
