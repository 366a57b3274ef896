"""What a write means in GitLab's words, before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from bridge.model import (
    WRITABLE,
    ApprovalState,
    Field,
    Holds,
    PlaceKind,
    Priority,
    Value,
    Write,
)
from connectors.gitlab import fields
from connectors.gitlab.api import Row
from connectors.toolkit.hours import exact_text
from mappings import Mapping, Place

TIME: Final = Place(PlaceKind.NATIVE, "time_estimate")


@dataclass(slots=True)
class WriteRequest:
    """A write: the label to add and those of its field to take away, the day or the estimate to
    set. Nothing of them where the issue shows the value already."""

    write: Write
    add: str | None = None
    remove: tuple[str, ...] = ()
    day: str | None = None
    duration: str | None = None
    refused: str | None = None

    @property
    def edits(self) -> bool:
        """Whether the issue itself is to change: its labels, or its due date."""
        return self.add is not None or self.day is not None or bool(self.remove)


def shown(field: Field, issue: Row, mapping: Mapping) -> Value | None:
    """What an issue shows for a field. Raises ValueError for a value of the wrong type."""
    words = fields.Words(mapping)
    labels = fields.labels_of(issue)
    if field is Field.PRIORITY:
        return fields.priority_of(labels, words)
    if field is Field.APPROVAL:
        return fields.approval_of(labels, words)
    if WRITABLE[field].holds is Holds.DATES:
        return fields.date_at(field, issue, labels, words)
    return fields.hours_at(field, issue, labels, words)


def intend(write: Write, issue: Row, mapping: Mapping, live: Sequence[str]) -> WriteRequest:
    """How to set a field of an issue as it stands. `live` are the labels that its project has."""
    try:
        if shown(write.field, issue, mapping) == write.value:
            return WriteRequest(write)
        if mapping.place(write.field) == TIME:
            return WriteRequest(write, duration=duration(_number(write.value)))
        if mapping.place(write.field) == fields.DUE_DATE:
            return WriteRequest(write, day=_day(write.value))
        return _relabelled(write, issue, mapping, live)
    except ValueError as error:
        return WriteRequest(write, refused=str(error))


def duration(seconds: int) -> str:
    """An estimate with its units: whole minutes where it can be, since a number without a unit
    counts as hours (API sheet, 1.10)."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m {rest}s" if rest and minutes else f"{rest}s" if rest else f"{minutes}m"


def _relabelled(write: Write, issue: Row, mapping: Mapping, live: Sequence[str]) -> WriteRequest:
    """One label in, every other one of the field out, in one call: that scoped labels exclude
    each other is a matter of the tier (API sheet, 5)."""
    place = mapping.place(write.field)
    if place.kind != "label":
        raise ValueError(
            f"the mapping gives no place in GitLab for {write.field}: it says {str(place)!r}; "
            "write label:PREFIX"
        )
    wanted = _label(write, mapping, live)
    present = fields.labels_of(issue)
    others = tuple(
        label
        for label in present
        if label != wanted
        and (
            fields.has_prefix(write.field, label, mapping)
            or fields.label_value(str(write.field), label, mapping) is not None
        )
    )
    return WriteRequest(write, None if wanted in present else wanted, others)


def _label(write: Write, mapping: Mapping, live: Sequence[str]) -> str:
    """The label for a value: of the mapping's words the first that the project has. Where it has
    none, GitLab makes the first of them."""
    holds = WRITABLE[write.field].holds
    if holds is not Holds.WORDS:
        said = exact_text(_number(write.value)) if holds is Holds.HOURS else _day(write.value)
        return fields.label_for(write.field, said, mapping)
    table = str(write.field)
    meant: object = write.value
    words = [
        fields.label_for(write.field, entry.word, mapping)
        for entry in mapping.tables.get(table, ())
        if entry.value == meant
    ]
    if not words:
        raise ValueError(f"the mapping has no word for {_said(write.value)} in [{table}]")
    folded = {name.casefold(): name for name in live}
    return next((folded[w.casefold()] for w in words if w.casefold() in folded), words[0])


def _said(value: Value) -> str:
    return value.value if isinstance(value, ApprovalState) else f"{value!s}"


def _day(value: Value) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    raise ValueError(f"{value!r} is no day")


def _number(value: Value) -> int:
    if isinstance(value, int) and not isinstance(value, Priority):
        return int(value)
    raise ValueError(f"{value!r} is no number of seconds")
