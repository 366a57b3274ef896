"""Where the model's values live in an issue, and how they read."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from bridge.model import ApprovalState, Field, Kind, Priority, Severity, State, Unmapped
from connectors.redmine.api import Row
from connectors.toolkit.hours import to_seconds
from connectors.toolkit.text import clean
from mappings import Mapping, Place

YES: Final = "1"
"""How a custom field that is ticked reads."""


class Words:
    """Reads words by the mapping and notes those that it lacks."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._unmapped: dict[Unmapped, None] = {}

    def read(self, table: str, word: str | None) -> Any:
        """The model's value; None, and noted, for a word that the mapping lacks."""
        if word is None or not word.strip():
            return None
        value = self._mapping.read(table, word)
        if value is None:
            self._unmapped[Unmapped(table, word)] = None
        return value

    @property
    def unmapped(self) -> tuple[Unmapped, ...]:
        """The words that were not known so far."""
        return tuple(self._unmapped)


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
    value = issue.get("due_date")
    return date.fromisoformat(value) if isinstance(value, str) and value else None


def kind_of(issue: Row, words: Words) -> Kind | None:
    """Incident or request, by the tracker."""
    value: Kind | None = words.read("kind", word_at(issue, Place("native", "tracker")))
    return value


def state_of(issue: Row, words: Words) -> State | None:
    """Where it stands, by the status."""
    value: State | None = words.read("state", word_at(issue, Place("native", "status")))
    return value


def priority_of(issue: Row, words: Words, mapping: Mapping) -> Priority | None:
    """How urgent, by the priority or the field that the mapping names."""
    place = mapping.place(Field.PRIORITY)
    if place.kind not in ("native", "custom"):
        place = Place("native", "priority")
    value: Priority | None = words.read("priority", word_at(issue, place))
    return value


def severity_of(issue: Row, words: Words, mapping: Mapping) -> Severity | None:
    """How badly, if the mapping names a field for it."""
    value: Severity | None = words.read("severity", word_at(issue, mapping.place("severity")))
    return value


def approval_of(issue: Row, words: Words, mapping: Mapping) -> ApprovalState | None:
    """What the bridge's own field shows; a status says nothing when it is no approval's word."""
    place = mapping.place(Field.APPROVAL)
    word = word_at(issue, place)
    value: ApprovalState | None = (
        mapping.read("approval", word) if place.kind == "native" else words.read("approval", word)
    )
    return value
