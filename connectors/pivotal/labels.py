"""Values of the model that live in a story's labels.

A mapping's place `label:PREFIX` says how such labels begin. A word of a table may stand there whole
("approval:awaiting") or without its prefix ("awaiting"): both are read, and written with it. Two
labels that say different things say nothing: nobody may guess which of them holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from bridge.model import Field, Unmapped
from connectors.pivotal import durations
from connectors.toolkit import hours
from connectors.toolkit.text import clean
from mappings import Mapping, ModelWord, Place

LONGEST: Final = 255
"""Of a label's name (API sheet, 5)."""
FALLBACK: Final = {"priority": "priority:", "estimate": "est:"}
"""Prefixes where a mapping names a field of the story and the service does not take it there."""
WORDED: Final = ("priority", "severity", "approval")
HOURS: Final = ("estimate", "consumed")


@dataclass(frozen=True, slots=True)
class Label:
    """A label as a story carries it. Without a number when only its name is known."""

    name: str
    number: int | None = None


def of_story(story: dict[str, Any]) -> tuple[Label, ...]:
    """The labels of a story. Raises ValueError for a list of another shape."""
    found = []
    for row in story.get("labels") or ():
        if isinstance(row, str):
            found.append(Label(clean(row)))
            continue
        if not isinstance(row, dict):
            raise ValueError("its labels are no list of labels")
        number = row.get("id")
        found.append(Label(clean(row.get("name")), number if type(number) is int else None))
    return tuple(label for label in found if label.name)


def prefix_of(field: str, mapping: Mapping) -> str:
    """The folded prefix of a field's labels; empty when it has none."""
    place = mapping.place(field)
    if place.kind == "label":
        return place.name.casefold()
    return FALLBACK.get(field, "") if place.kind == "native" else ""


@lru_cache(maxsize=64)
def prefixes(mapping: Mapping) -> tuple[tuple[str, str], ...]:
    """The fields that may live in labels, each with its folded prefix."""
    found = ((field, prefix_of(field, mapping)) for field in (*WORDED, *HOURS))
    return tuple((field, prefix) for field, prefix in found if prefix)


def sort_out(
    names: Iterable[str], mapping: Mapping
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


def is_value(name: str, mapping: Mapping) -> bool:
    """Whether a label holds a value of a field rather than being somebody's own."""
    folded = name.casefold()
    return any(folded.startswith(prefix) for _, prefix in prefixes(mapping))


def read(field: str, names: Iterable[str], mapping: Mapping) -> tuple[Any, tuple[Unmapped, ...]]:
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


def text_for(field: Field, value: Any, mapping: Mapping) -> str:
    """The label that shows a value. Raises ValueError, with a sentence, when there is none."""
    prefix = _prefix_as_written(field, mapping)
    if field.value in HOURS:
        return f"{prefix}{hours.exact_text(int(value))}"
    meant: ModelWord = value
    word = mapping.word(field.value, meant)
    if word is None:
        raise ValueError(f"the mapping has no word for {value!s} in [{field.value}]")
    folded = word.casefold()
    name = folded if folded.startswith(prefix.casefold()) else f"{prefix}{folded}"
    if len(name) > LONGEST or "," in name:
        raise ValueError(f'"{name[:60]}" is no label: no commas, at most {LONGEST} characters')
    return name


def stale(field: Field, wanted: str, present: Iterable[Label], mapping: Mapping) -> list[Label]:
    """The other labels of the field, which a new value replaces."""
    return [
        label
        for label in present
        if label.name.casefold() != wanted.casefold()
        and _word(field.value, label.name, mapping) is not None
    ]


def belongs(field: str, name: str, mapping: Mapping) -> bool:
    """Whether a label is one of a field's."""
    return _word(field, name, mapping) is not None


def _word(field: str, name: str, mapping: Mapping) -> str | None:
    """What a label says behind its field's prefix; None when it is not of this field."""
    prefix = prefix_of(field, mapping)
    folded = name.casefold()
    return folded[len(prefix) :].strip() if prefix and folded.startswith(prefix) else None


def _value(field: str, name: str, word: str, mapping: Mapping) -> Any:
    if field not in HOURS:
        found = mapping.read(field, name)
        return mapping.read(field, word) if found is None else found
    try:
        return durations.to_seconds(word)
    except ValueError:
        return None


def _prefix_as_written(field: Field, mapping: Mapping) -> str:
    place: Place = mapping.place(field)
    if place.kind == "label":
        return place.name
    if place.kind == "native" and field.value in FALLBACK:
        return FALLBACK[field.value]
    raise ValueError(
        f"the mapping gives no place for {field}: it says {str(place)!r}; write label:PREFIX"
    )
