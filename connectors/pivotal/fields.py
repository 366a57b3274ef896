"""Where the model's values live in a story, and how they read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from bridge.model import Field, PlaceKind, Unmapped
from connectors.pivotal import durations, labels, stamps
from connectors.toolkit.text import clean
from mappings import Mapping, Place

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


@dataclass(frozen=True, slots=True)
class Values:
    """What one story shows, in the model's words; what the mapping lacks is noted in `words`.

    Raises ValueError for values of the wrong type.
    """

    story: dict[str, Any]
    words: Words
    in_labels: dict[str, list[str]]
    own_labels: tuple[str, ...]

    @classmethod
    def of(cls, story: dict[str, Any], mapping: Mapping) -> Values:
        """Looks at a story by a mapping."""
        names = (label.name for label in labels.of_story(story))
        return cls(story, Words(mapping), *labels.sort_out(names, mapping))

    def get(self, field: str) -> Any:
        """Priority, severity, approval, estimate or consumed."""
        names = self.in_labels.get(field)
        said = self.words.in_labels(field, names) if names else None
        if not is_native(field, self.words.mapping):
            return said
        if field == "priority":
            word = priority_word(self.story)
            return said if word is None else self.words.read(field, word)
        # Points cannot say every number of hours: where a label says one, it is the exact one.
        return durations.of_points(self.story.get("estimate")) if said is None else said


def shown(field: Field, story: dict[str, Any], mapping: Mapping) -> Any:
    """What a story shows for a field that the bridge writes."""
    return Values.of(story, mapping).get(field.value)


def link(story: dict[str, Any], mapping: Mapping) -> str | None:
    """What names the request that the work is done for, where the mapping says `external_id`."""
    if mapping.place("link") != Place(PlaceKind.NATIVE, "external_id"):
        return None
    return clean(story.get("external_id")) or None


def deadline(story: dict[str, Any]) -> date | None:
    """The agreed date: only a release has one."""
    if story.get("deadline") is None:
        return None
    return stamps.parse(story["deadline"]).date()
