"""Changes of values, from the details of journals: when, by whom, from what to what (I3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from bridge.model import Event, EventKind, Field, Person
from connectors.redmine.api import Row
from connectors.redmine.fields import YES, custom_field
from connectors.redmine.names import Names
from connectors.toolkit import stamps
from connectors.toolkit.hours import to_seconds
from connectors.toolkit.text import clean
from mappings import Mapping, Place

Read = Callable[[Any], str | None]

_NATIVE: Final[dict[str, tuple[str, Callable[[Names], dict[str, str]]]]] = {
    "status_id": ("state", lambda names: names.statuses),
    "priority_id": ("priority", lambda names: names.priorities),
    "tracker_id": ("kind", lambda names: names.tracker_names),
}
"""Attributes in journals → the kind of event, and where their ids are words."""
LABEL: Final = EventKind.LABEL
_TABLED: Final = ("severity", "approval", "priority")


def of(journal: Row, issue: Row, mapping: Mapping, names: Names) -> Iterator[Event]:
    """The events of one journal. A value whose word the mapping lacks reads as None."""
    at = None
    own = (journal.get("user") or {}).get("id") == names.account.get("id")
    for detail in journal.get("details") or ():
        name = str(detail.get("name"))
        for kind, read in _readers(str(detail.get("property")), name, issue, mapping, names):
            at = at or stamps.parse(journal.get("created_on"))
            yield Event(
                key=f"{int(journal['id'])}:{kind}",
                at=at,
                kind=EventKind(kind),
                actor=names.person(journal.get("user")),
                old=read(detail.get("old_value")),
                new=read(detail.get("new_value")),
                own=own,
            )


def at_creation(
    labels: Sequence[str], changes: Sequence[Event], requester: Person, created: datetime
) -> tuple[Event, ...]:
    """Labels that no journal speaks of: they were set when the issue was made, by its author."""
    told = {e.new for e in changes if e.kind == LABEL}
    return tuple(
        Event(f"created:{LABEL}:{label}", created, LABEL, requester, None, label)
        for label in labels
        if label not in told
    )


def _readers(
    prop: str, name: str, issue: Row, mapping: Mapping, names: Names
) -> Iterator[tuple[str, Read]]:
    """The kinds of event that one detail is, each with the way to read its values."""
    if prop == "attr" and name == "estimated_hours":
        if mapping.place(Field.ESTIMATE) == Place("native", name):
            yield "estimate", _hours
    elif prop == "attr" and name in _NATIVE:
        words = _NATIVE[name][1](names)
        if name != "priority_id" or mapping.place(Field.PRIORITY).kind != "custom":
            yield _NATIVE[name][0], _reader(mapping, _NATIVE[name][0], words)
        if name == "status_id" and mapping.place(Field.APPROVAL).kind == "native":
            yield "approval", _reader(mapping, "approval", words)
    elif prop == "attr" and name == "category_id":
        yield LABEL, _category(issue)
    elif prop == "cf":
        if (field := _ticked(name, issue)) is not None:
            yield LABEL, lambda value: field if value == YES else None
        for kind in _TABLED:
            if _is_field(name, issue, mapping.place(kind)):
                yield kind, _reader(mapping, kind)
        if _is_field(name, issue, mapping.place(Field.ESTIMATE)):
            yield "estimate", _hours


def _category(issue: Row) -> Read:
    """Reads a category's id: the name of the present one; that of an earlier one is not told."""
    present = issue.get("category")
    known = present if isinstance(present, dict) else {}
    return lambda value: clean(known.get("name")) if value == str(known.get("id")) else None


def _ticked(number: str, issue: Row) -> str | None:
    """The name of a custom field that can be ticked, if that is one."""
    for field in issue.get("custom_fields") or ():
        if str(field.get("id")) == number and field.get("value") in ("0", YES):
            return clean(field.get("name"))
    return None


def _reader(mapping: Mapping, table: str, words: dict[str, str] | None = None) -> Read:
    """Reads a word, or an id by way of `words`, as the model's value in text."""

    def read(value: Any) -> str | None:
        word = value if words is None else words.get(str(value))
        found = mapping.read(table, word) if isinstance(word, str) else None
        return None if found is None else str(found.value)

    return read


def _is_field(number: str, issue: Row, place: Place) -> bool:
    field = custom_field(issue, place)
    return field is not None and str(field.get("id")) == number


def _hours(value: Any) -> str | None:
    try:
        return None if value in (None, "") else str(to_seconds(value))
    except ValueError:
        return None
