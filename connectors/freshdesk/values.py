"""What a ticket shows: words, hours, tags, read by the form and the mapping."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import bridge.model as model
from bridge.model import (
    ApprovalState,
    Channel,
    Kind,
    PlaceKind,
    Priority,
    Severity,
    State,
    Unmapped,
)
from connectors.freshdesk.form import DUE_BY, Form
from connectors.freshdesk.library import Row
from connectors.toolkit import stamps
from connectors.toolkit.hours import entry_seconds
from connectors.toolkit.text import clean
from mappings import Mapping, Place

_CHANNELS: Final = {1: Channel.EMAIL, 3: Channel.PHONE, 10: Channel.EMAIL}
"""What is neither mail nor phone came by the portal, a widget, a chat or a program (sheet, 6)."""


def number_at(row: Row, name: str) -> int | None:
    """A whole number, None for null. Raises ValueError for another type."""
    value = row.get(name)
    if value is None or type(value) is int:
        return value
    raise ValueError(f"its {name} is {value!r}, which is no whole number")


def custom_values(row: Row) -> dict[str, Any]:
    """The account's own fields of a ticket, by API name. Raises ValueError where they are none."""
    values = row.get("custom_fields")
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ValueError("its custom fields are not what they should be")
    return values


def tags_of(row: Row) -> list[str]:
    """A ticket's tags. Raises ValueError for anything else in their place."""
    tags = row.get("tags")
    if tags is None:
        return []
    if not isinstance(tags, list):
        raise ValueError("its tags are not what they should be")
    return [clean(tag) for tag in tags]


def channel_of(row: Row) -> Channel:
    """How the client asked."""
    return _CHANNELS.get(number_at(row, "source") or 0, Channel.TICKET)


@dataclass(slots=True)
class Values:
    """Reads one ticket's row, and notes the words that the mapping lacks."""

    row: Row
    form: Form
    _unmapped: dict[Unmapped, None] = field(default_factory=dict)

    @property
    def mapping(self) -> Mapping:
        """Where values lie, and what words mean."""
        return self.form.mapping

    @property
    def unmapped(self) -> tuple[Unmapped, ...]:
        """The words that were not known so far."""
        return tuple(self._unmapped)

    def state(self) -> State | None:
        """Where it stands. An id that the form does not have is shown by its number."""
        found: State | None = self._read("state", self._by_id("status", self.form.states))
        return found

    def priority(self) -> Priority | None:
        """How urgent: by the field that the mapping names, else by Freshdesk's own."""
        place = self.mapping.place(model.Field.PRIORITY)
        native = place.kind not in ("custom", "label")
        word = self._by_id("priority", self.form.priorities) if native else self.word_at(place)
        found: Priority | None = self._read("priority", word)
        return found

    def kind(self) -> Kind | None:
        """Incident or request, by the ticket's type."""
        found: Kind | None = self._read("kind", clean(self.row.get("type")))
        return found

    def severity(self) -> Severity | None:
        """How badly, where the mapping names a place for it."""
        place = self.mapping.place("severity")
        found: Severity | None = self._read("severity", self.word_at(place))
        return found

    def approval(self) -> ApprovalState | None:
        """What the bridge's own field or tag shows."""
        place = self.mapping.place(model.Field.APPROVAL)
        found: ApprovalState | None = self._read("approval", self.word_at(place))
        return found

    def hours_at(self, place: Place) -> int | None:
        """The seconds at a place. Raises ValueError naming the field when it holds no hours."""
        known = self.form.at(place)
        value = None if known is None else custom_values(self.row).get(known.name)
        if known is None or value is None or value == "":
            return None
        try:
            return entry_seconds(value)
        except ValueError as error:
            raise ValueError(f'the field "{known.label}" should hold hours: {error}') from error

    def date_at(self, place: Place) -> date | None:
        """The day at a place, or the instant by which Freshdesk itself wants a ticket resolved; a
        tag that says no day is noted. Raises ValueError naming the field that holds neither."""
        if place == DUE_BY:
            stamp = self.row.get(place.name)
            return None if stamp is None else stamps.parse(stamp)
        word = self.word_at(place)
        try:
            return date.fromisoformat(word) if word else None
        except ValueError as error:
            if place.kind is not PlaceKind.LABEL:
                raise ValueError(f'the field "{place.name}" should hold a day: {error}') from error
            self._unmapped[Unmapped("due", f"{place.name}{word}")] = None
            return None

    def word_at(self, place: Place) -> str | None:
        """The word at a place: of a custom field, or of a tag with that prefix."""
        if place.kind == "label":
            prefix = place.name.casefold()
            tags = (t for t in tags_of(self.row) if t.casefold().startswith(prefix))
            return next((tag[len(prefix) :] for tag in tags), None)
        known = self.form.at(place)
        value = None if known is None else custom_values(self.row).get(known.name)
        return None if value is None or isinstance(value, bool) else clean(str(value))

    def labels(self) -> tuple[str, ...]:
        """Tags, and the labels of checkboxes that are ticked; not tags that hold another value."""
        prefixes = self.form.prefixes
        tags = [tag for tag in tags_of(self.row) if not tag.casefold().startswith(prefixes)]
        values = custom_values(self.row)
        ticked = [f.label for f in self.form.checkboxes if values.get(f.name) is True]
        return tuple(dict.fromkeys(label for label in (*tags, *ticked) if label))

    def _by_id(self, name: str, words: dict[int, str]) -> str | None:
        number = number_at(self.row, name)
        return None if number is None else words.get(number, str(number))

    def _read(self, table: str, word: str | None) -> Any:
        if word is None or not word.strip():
            return None
        value = self.mapping.read(table, word)
        if value is None:
            self._unmapped[Unmapped(table, word)] = None
        return value
