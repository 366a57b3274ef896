"""Where the model's values live in a story, and how they read: in fields of its own, and in labels.

A mapping's place `label:PREFIX` says how such labels begin. A word of a table may stand there whole
("approval:awaiting") or without its prefix ("awaiting"): both are read, and written with it. Two
labels that say different things say nothing: nobody may guess which of them holds. Hours stand in
labels as `2h30`, or in points, where a project counts hours in points.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from bridge.model import WRITABLE, Field, Holds, PlaceKind, Unmapped
from connectors.pivotal.api import instant
from connectors.toolkit import hours
from connectors.toolkit.rows import Row
from connectors.toolkit.text import clean
from connectors.toolkit.words import Words
from mappings import ModelWord, Place, WordMapping

LONGEST: Final = 255
"""Of a label's name (docs/pivotal.md, 5)."""
NATIVE: Final = {"priority": "story_priority", "estimate": "estimate"}
"""What `native:NAME` may name, by field of the model."""
FALLBACK: Final = {"priority": "priority:", "estimate": "est:"}
"""Prefixes where a mapping names a field of the story and the service does not take it there."""
WORDED: Final = ("severity", *(f.value for f, row in WRITABLE.items() if row.holds is Holds.WORDS))
HOURS: Final = tuple(f.value for f, row in WRITABLE.items() if row.holds is Holds.HOURS)
DATES: Final = tuple(f.value for f, row in WRITABLE.items() if row.holds is Holds.DATES)
_NOT_GIVEN: Final = ("", "none")
"""How a story says that nobody chose a priority."""
_FORM: Final = re.compile(
    r"[0-9]{1,5}h(?:[0-5][0-9](?:m(?:[0-5][0-9]s)?)?)?|[0-9]{1,6}m|[0-9]{1,5}[.,][0-9]{1,2}h"
)
_POINT: Final = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,4})?")


def is_native(field: str, mapping: WordMapping) -> bool:
    """Whether the mapping puts a field into the story itself."""
    place = mapping.place(field)
    return place.kind == "native" and place.name == NATIVE.get(field)


def name_of(row: Row) -> str:
    """A project's or story's name; one service says `title` instead (docs/pivotal.md, 1.1)."""
    value = row.get("name")
    return clean(row.get("title") if value is None else value)


def priority_word(story: Row) -> str | None:
    """The story's own priority, None where nobody chose one."""
    word = clean(story.get("story_priority"))
    return None if word.casefold() in _NOT_GIVEN else word


@dataclass(frozen=True, slots=True)
class Values:
    """What one story shows, in the model's words; what the mapping lacks is noted in `words`.

    Raises ValueError for values of the wrong type.
    """

    story: Row
    words: Words
    in_labels: dict[str, list[str]]
    own_labels: tuple[str, ...]

    @classmethod
    def of(cls, story: Row, mapping: WordMapping) -> Values:
        """Looks at a story by a mapping."""
        names = (label.name for label in labels_of(story))
        return cls(story, Words(mapping), *sort_out(names, mapping))

    def get(self, field: str) -> Any:
        """The severity, or what the bridge writes."""
        names = self.in_labels.get(field)
        labelled = self._labelled(field, names) if names else None
        if not is_native(field, self.words.mapping):
            return labelled
        if field == "priority":
            word = priority_word(self.story)
            return labelled if word is None else self.words.read(field, word)
        # Points cannot say every number of hours: where a label says one, it is the exact one.
        return of_points(self.story.get("estimate")) if labelled is None else labelled

    def _labelled(self, field: str, names: Iterable[str]) -> Any:
        value, unknown = read_labels(field, names, self.words.mapping)
        for label in unknown:
            self.words.unknown(label.table, label.word)
        return value


def shown(field: Field, story: Row, mapping: WordMapping) -> Any:
    """What a story shows for a field that the bridge writes."""
    return Values.of(story, mapping).get(field.value)


def link(story: Row, mapping: WordMapping) -> str | None:
    """What names the request that the work is done for, where the mapping says `external_id`."""
    if mapping.place("link") != Place(PlaceKind.NATIVE, "external_id"):
        return None
    return clean(story.get("external_id")) or None


def deadline(story: Row) -> date | None:
    """The agreed date: only a release has one."""
    if story.get("deadline") is None:
        return None
    return instant(story["deadline"]).date()


# -- labels ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Label:
    """A label as a story carries it. Without a number when only its name is known."""

    name: str
    number: int | None = None


def labels_of(story: Row) -> tuple[Label, ...]:
    """The labels of a story. Raises ValueError for a list of another shape."""
    carried = []
    for row in story.get("labels") or ():
        if isinstance(row, str):
            carried.append(Label(clean(row)))
            continue
        if not isinstance(row, dict):
            raise ValueError("its labels are no list of labels")
        number = row.get("id")
        carried.append(Label(clean(row.get("name")), number if type(number) is int else None))
    return tuple(label for label in carried if label.name)


def prefix_of(field: str, mapping: WordMapping) -> str:
    """The folded prefix of a field's labels; empty when it has none."""
    place = mapping.place(field)
    if place.kind == "label":
        return place.name.casefold()
    return FALLBACK.get(field, "") if place.kind == "native" else ""


@lru_cache(maxsize=64)
def prefixes(mapping: WordMapping) -> tuple[tuple[str, str], ...]:
    """The fields that may live in labels, each with its folded prefix."""
    all_ = ((field, prefix_of(field, mapping)) for field in (*WORDED, *HOURS, *DATES))
    return tuple((field, prefix) for field, prefix in all_ if prefix)


def sort_out(
    names: Iterable[str], mapping: WordMapping
) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    """Labels by the field whose value they hold, and those that are somebody's own."""
    by_field: dict[str, list[str]] = {}
    own: dict[str, None] = {}
    for name in names:
        folded = name.casefold()
        field = next((f for f, p in prefixes(mapping) if folded.startswith(p)), None)
        if field is None:
            own[name] = None
        else:
            by_field.setdefault(field, []).append(name)
    return by_field, tuple(own)


def is_value(name: str, mapping: WordMapping) -> bool:
    """Whether a label holds a value of a field rather than being somebody's own."""
    folded = name.casefold()
    return any(folded.startswith(prefix) for _, prefix in prefixes(mapping))


def read_labels(
    field: str, names: Iterable[str], mapping: WordMapping
) -> tuple[Any, tuple[Unmapped, ...]]:
    """The value that labels give a field, and the words that nobody knows.

    None where there is no such label, or where two of them disagree. Words of a table become the
    model's values, hours become seconds.
    """
    values: list[Any] = []
    unknown: list[Unmapped] = []
    for name in names:
        word = _word(field, name, mapping)
        if word is None:
            continue
        value = _value(field, name, word, mapping)
        if value is None:
            unknown.append(Unmapped(field, name))
        else:
            values.append(value)
    return (values[0] if len(set(values)) == 1 else None), tuple(unknown)


def text_for(field: Field, value: Any, mapping: WordMapping) -> str:
    """The label that shows a value. Raises ValueError, with a sentence, when there is none."""
    prefix = _prefix_as_written(field, mapping)
    if field.value in HOURS:
        return f"{prefix}{hours.exact_text(int(value))}"
    if field.value in DATES:
        return f"{prefix}{value.isoformat()}"
    meant: ModelWord = value
    word = mapping.word(field.value, meant)
    if word is None:
        raise ValueError(f"the mapping has no word for {value!s} in [{field.value}]")
    folded = word.casefold()
    name = folded if folded.startswith(prefix.casefold()) else f"{prefix}{folded}"
    if len(name) > LONGEST or "," in name:
        raise ValueError(f'"{name[:60]}" is no label: no commas, at most {LONGEST} characters')
    return name


def stale(field: Field, wanted: str, present: Iterable[Label], mapping: WordMapping) -> list[Label]:
    """The other labels of the field, which a new value replaces."""
    return [
        label
        for label in present
        if label.name.casefold() != wanted.casefold()
        and _word(field.value, label.name, mapping) is not None
    ]


def belongs(field: str, name: str, mapping: WordMapping) -> bool:
    """Whether a label is one of a field's."""
    return _word(field, name, mapping) is not None


def _word(field: str, name: str, mapping: WordMapping) -> str | None:
    """What a label says behind its field's prefix; None when it is not of this field."""
    prefix = prefix_of(field, mapping)
    folded = name.casefold()
    return folded[len(prefix) :].strip() if prefix and folded.startswith(prefix) else None


def _value(field: str, name: str, word: str, mapping: WordMapping) -> Any:
    if field in WORDED:
        whole = mapping.read(field, name)
        return mapping.read(field, word) if whole is None else whole
    try:
        return to_seconds(word) if field in HOURS else date.fromisoformat(word)
    except ValueError:
        return None


def _prefix_as_written(field: Field, mapping: WordMapping) -> str:
    place: Place = mapping.place(field)
    if place.kind == "label":
        return place.name
    if place.kind == "native" and field.value in FALLBACK:
        return FALLBACK[field.value]
    raise ValueError(
        f"the mapping gives no place for {field}: it says {str(place)!r}; write label:PREFIX"
    )


# -- hours -----------------------------------------------------------------------------------------


def to_seconds(text: str) -> int:
    """The seconds of `2h30`, `3h`, `0h07m30s`, `90m`, `2.5h`. Raises ValueError for others."""
    folded = text.strip().casefold()
    if not _FORM.fullmatch(folded):
        raise ValueError("expected hours such as 2h30")
    decimal = "." in folded or "," in folded
    return hours.exact_seconds(folded.removesuffix("h") if decimal else folded)


def of_points(points: object) -> int | None:
    """The seconds of points that are hours; None for unestimated, which some services show as -1.

    Raises ValueError for what is no number.
    """
    if points is None or (points == -1 and not isinstance(points, bool)):
        return None
    if isinstance(points, str):
        raise ValueError(f"{points[:40]!r} are no points")
    return hours.to_seconds(points)


def in_scale(seconds: int, scale: object) -> int | float | None:
    """The points that are so many hours, if a project's scale (`"0,0.5,1,2"`) has them."""
    for part in scale.split(",") if isinstance(scale, str) else ():
        text = part.strip()
        if _POINT.fullmatch(text) and Decimal(text) * 3600 == seconds:
            return float(text) if "." in text else int(text)
    return None
