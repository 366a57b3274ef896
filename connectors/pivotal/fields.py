"""Where the model's values live in a story, and how they read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from bridge.model import Field, Unmapped
from connectors.pivotal import durations, labels, stamps
from connectors.text import clean
from mappings import Mapping

NATIVE: Final = {"priority": "story_priority", "estimate": "estimate"}
"""What `native:NAME` may name, by field of the model."""
_NOT_GIVEN: Final = ("", "none")
"""How a story says that nobody chose a priority."""


class Words:
    """Reads words by the mapping and notes those that it lacks."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self._unmapped: dict[Unmapped, None] = {}

    def read(self, table: str, word: str | None) -> Any:
        """The model's value; None, and noted, for a word that the mapping lacks."""
        if word is None or not word.strip():
            return None
        value = self.mapping.read(table, word)
        if value is None:
            self._unmapped[Unmapped(table, word)] = None
        return value

    def in_labels(self, field: str, names: Iterable[str]) -> Any:
        """What labels say of a field."""
        value, unknown = labels.read(field, names, self.mapping)
        self._unmapped |= dict.fromkeys(unknown)
        return value

    @property
    def unmapped(self) -> tuple[Unmapped, ...]:
        """The words that were not known so far."""
        return tuple(self._unmapped)


def is_native(field: str, mapping: Mapping) -> bool:
    """Whether the mapping puts a field into the story itself."""
    place = mapping.place(field)
    return place.kind == "native" and place.name == NATIVE.get(field)


def name_of(row: dict[str, Any]) -> str:
    """A project's or story's name; one service says `title` instead (API sheet, 1.1)."""
    value = row.get("name")
    return clean(row.get("title") if value is None else value)


def priority_word(story: dict[str, Any]) -> str | None:
    """The story's own priority, None where nobody chose one."""
    word = clean(story.get("story_priority"))
    return None if word.casefold() in _NOT_GIVEN else word


def value(field: str, story: dict[str, Any], words: Words) -> Any:
    """What a story shows for priority, severity, approval, estimate or consumed.

    Raises ValueError for a value of the wrong type.
    """
    mapping = words.mapping
    names = [label.name for label in labels.of_story(story)]
    if not is_native(field, mapping):
        return words.in_labels(field, names)
    if field == "priority":
        word = priority_word(story)
        return words.in_labels(field, names) if word is None else words.read(field, word)
    # Points cannot say every number of hours: where a label says one, it is the exact one.
    exact = words.in_labels(field, names)
    return durations.of_points(story.get("estimate")) if exact is None else exact


def shown(field: Field, story: dict[str, Any], mapping: Mapping) -> Any:
    """What a story shows for a field that the bridge writes."""
    return value(field.value, story, Words(mapping))


def deadline(story: dict[str, Any]) -> date | None:
    """The agreed date: only a release has one."""
    if story.get("deadline") is None:
        return None
    return stamps.parse(story["deadline"]).date()
