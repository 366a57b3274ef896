"""Where the model's values live in an issue, how they read, and how journals tell that they changed
(docs/redmine.md, 3): when, by whom, from what to what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from bridge.model import (
    WRITABLE,
    ApprovalState,
    Event,
    EventKind,
    Field,
    Holds,
    Kind,
    Person,
    PlaceKind,
    Priority,
    Severity,
    State,
)
from connectors.redmine.names import Names
from connectors.toolkit import stamps
from connectors.toolkit.hours import to_seconds
from connectors.toolkit.rows import Row
from connectors.toolkit.text import clean
from connectors.toolkit.words import Words
from mappings import Place, WordMapping

DUE_DATE: Final = Place(PlaceKind.NATIVE, "due_date")
STANDARD: Final = {"estimated_hours": "estimated time", "due_date": "due date"}
"""Fields of Redmine's own that a tracker may lack, with what people see beside them."""
YES: Final = "1"
"""How a custom field that is ticked reads."""


def custom_field(issue: Row, place: Place) -> Row | None:
    """The custom field of an issue at a place (`custom:NAME` or `custom:ID`), if it is there."""
    if place.kind != "custom":
        return None
    for field in issue.get("custom_fields") or ():
        if str(field.get("id")) == place.name or (
            str(field.get("name", "")).casefold() == place.name.casefold()
        ):
            return dict(field)
    return None


def custom_word(issue: Row, place: Place) -> str | None:
    """The text of a custom field, None for absent or empty. Raises ValueError for other types."""
    field = custom_field(issue, place)
    value = None if field is None else field.get("value")
    if isinstance(value, list):
        if len(value) > 1:
            raise ValueError(f'the field "{place.name}" holds several values')
        value = value[0] if value else None
    if value is None or value == "":
        return None
    return clean(value)


def word_at(issue: Row, place: Place) -> str | None:
    """The word at a place: a custom field's text, or the name of a native attribute."""
    if place.kind == "native":
        value = issue.get(place.name)
        return clean(value.get("name")) if isinstance(value, dict) else None
    return custom_word(issue, place)


def hours_at(issue: Row, place: Place) -> int | None:
    """The seconds at a place. Raises ValueError naming the field when it holds no hours."""
    value = issue.get(place.name) if place.kind == "native" else custom_word(issue, place)
    if value is None:
        return None
    try:
        return to_seconds(value)
    except ValueError as error:
        raise ValueError(f'the field "{place.name}" should hold hours: {error}') from error


def labels_of(issue: Row) -> tuple[str, ...]:
    """What an issue is marked with: its category, the names of custom fields that say yes, and
    the values of those that hold several. Redmine has no labels of its own."""
    category = issue.get("category")
    found = [clean(category.get("name"))] if isinstance(category, dict) else []
    for field in issue.get("custom_fields") or ():
        value = field.get("value")
        if value == YES:
            found.append(clean(field.get("name")))
        elif isinstance(value, list):
            found += [clean(item) for item in value]
    return tuple(dict.fromkeys(label for label in found if label))


def due_on(issue: Row) -> date | None:
    """The agreed date. Raises ValueError for anything else in its place."""
    return day_at(issue, DUE_DATE)


def day_at(issue: Row, place: Place) -> date | None:
    """The day at a place. Raises ValueError naming the field when it holds none."""
    value = issue.get(place.name) if place.kind == "native" else custom_word(issue, place)
    try:
        return date.fromisoformat(value) if isinstance(value, str) and value else None
    except ValueError as error:
        raise ValueError(f'the field "{place.name}" should hold a day: {error}') from error


def kind_of(issue: Row, words: Words) -> Kind | None:
    """Incident or request, by the tracker."""
    value: Kind | None = words.read("kind", word_at(issue, Place(PlaceKind.NATIVE, "tracker")))
    return value


def state_of(issue: Row, words: Words) -> State | None:
    """Where it stands, by the status."""
    value: State | None = words.read("state", word_at(issue, Place(PlaceKind.NATIVE, "status")))
    return value


def value_of(field: Field, issue: Row, words: Words) -> Any:
    """What an issue shows for a field that the bridge writes. Raises ValueError for a value of the
    wrong type."""
    place = words.mapping.place(field)
    match WRITABLE[field].holds:
        case Holds.HOURS:
            return hours_at(issue, place)
        case Holds.DATES:
            return day_at(issue, place)
    special = _WORDED.get(field)
    return special(issue, place, words) if special else words.read(field, word_at(issue, place))


def _priority(issue: Row, place: Place, words: Words) -> Priority | None:
    """How urgent, by the priority or the field that the mapping names."""
    if place.kind not in ("native", "custom"):
        place = Place(PlaceKind.NATIVE, "priority")
    value: Priority | None = words.read("priority", word_at(issue, place))
    return value


def severity_of(issue: Row, words: Words, mapping: WordMapping) -> Severity | None:
    """How badly, if the mapping names a field for it."""
    value: Severity | None = words.read("severity", word_at(issue, mapping.place("severity")))
    return value


def _approval(issue: Row, place: Place, words: Words) -> ApprovalState | None:
    """What the bridge's own field shows; a status says nothing when it is no approval's word."""
    word = word_at(issue, place)
    native = place.kind is PlaceKind.NATIVE
    value: ApprovalState | None = (words.mapping if native else words).read("approval", word)
    return value


_WORDED: Final = {Field.PRIORITY: _priority, Field.APPROVAL: _approval}
"""Fields whose words are read in a way of their own."""


# -- changes ---------------------------------------------------------------------------------------

Read = Callable[[Any], str | None]

_NATIVE: Final[dict[str, tuple[str, Callable[[Names], dict[str, str]]]]] = {
    "status_id": ("state", lambda names: names.statuses),
    "priority_id": ("priority", lambda names: names.priorities),
    "tracker_id": ("kind", lambda names: names.tracker_names),
}
"""Attributes in journals → the kind of event, and where their ids are words."""
LABEL: Final = EventKind.LABEL
_TABLED: Final = ("severity", "approval", "priority")


def changes(journal: Row, issue: Row, mapping: WordMapping, names: Names) -> Iterator[Event]:
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
    prop: str, name: str, issue: Row, mapping: WordMapping, names: Names
) -> Iterator[tuple[str, Read]]:
    """The kinds of event that one detail is, each with the way to read its values."""
    if prop == "attr" and name == "estimated_hours":
        if mapping.place(Field.ESTIMATE) == Place(PlaceKind.NATIVE, name):
            yield "estimate", _hours
    elif prop == "attr" and Place(PlaceKind.NATIVE, name) == mapping.place(Field.DUE):
        yield EventKind.DUE, lambda value: value or None
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


def _reader(mapping: WordMapping, table: str, words: dict[str, str] | None = None) -> Read:
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
