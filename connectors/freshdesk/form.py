"""The ticket form: which fields there are, of which type, with which words (docs/freshdesk.md, 7);
and what a ticket shows in them, read by the form and the mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

import bridge.model as model
from bridge.model import ApprovalState, Channel, Kind, PlaceKind, Priority, Severity, State
from connectors.toolkit import stamps
from connectors.toolkit.hours import entry_seconds
from connectors.toolkit.rows import Row
from connectors.toolkit.text import clean
from connectors.toolkit.words import Words
from mappings import FIELDS, Place, WordMapping

DECIMAL: Final = "custom_decimal"
NUMBER: Final = "custom_number"
CHECKBOX: Final = "custom_checkbox"
DATE: Final = "custom_date"
TEXTS: Final = ("custom_text", "custom_paragraph")
DROPDOWN: Final = "custom_dropdown"
WORDED: Final = (DROPDOWN, *TEXTS)
"""Types that can hold a word."""
TIMED: Final = (DECIMAL, NUMBER, *TEXTS)
"""Types that can hold hours."""
DUE_BY: Final = Place(PlaceKind.NATIVE, "due_by")
_CHANNELS: Final = {1: Channel.EMAIL, 3: Channel.PHONE, 10: Channel.EMAIL}
"""What is neither mail nor phone came by the portal, a widget, a chat or a program
(docs/freshdesk.md, 6)."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its API name, what people see above it, its type, its choices by word (→ the id
    that the API speaks of, None where the word itself is spoken)."""

    name: str
    label: str
    type: str
    default: bool
    choices: dict[str, int | None]


def field_of(row: Row) -> Field:
    """A field as told by `ticket_fields`. Raises ValueError for one of an unknown shape."""
    name = str(row["name"])
    return Field(
        name=name,
        label=clean(row.get("label") or name),
        type=str(row.get("type") or ""),
        default=row.get("default") is True,
        choices=dict(_choices(row.get("choices"))),
    )


def _choices(given: Any) -> Iterator[tuple[str, int | None]]:
    """The words of a field, from any of the four shapes in which they come: a list of words; word
    to id; id to [word, word for clients]; words nested in words."""
    if isinstance(given, list):
        for item in given:
            if isinstance(item, str):
                yield clean(item), None
            elif isinstance(item, list) and item and isinstance(item[0], str):
                yield clean(item[0]), None
    elif isinstance(given, dict):
        for key, item in given.items():
            word = clean(key)
            if type(item) is int:
                yield word, item
            elif isinstance(item, list) and item and word.isascii() and word.isdigit():
                yield clean(item[0]), int(word)
            else:
                yield word, None
                yield from _choices(item)


class Form:
    """The fields of one account, asked for once and only when something needs them, and where the
    mapping finds the model's values among them."""

    def __init__(self, ask: Callable[[], list[Row]], mapping: WordMapping) -> None:
        self.mapping = mapping
        self._ask = ask
        self._at: dict[str, Field | None] = {}

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """All of them, in the form's order."""
        return tuple(field_of(row) for row in self._ask())

    @cached_property
    def states(self) -> dict[int, str]:
        """Status id → the word that agents see."""
        return self._words("status")

    @cached_property
    def priorities(self) -> dict[int, str]:
        """Priority id (4 is the most urgent) → its word."""
        return self._words("priority")

    @property
    def types(self) -> tuple[str, ...]:
        """The words for what a ticket is."""
        return tuple(self._native("ticket_type"))

    @cached_property
    def custom(self) -> tuple[Field, ...]:
        """The account's own fields."""
        return tuple(field for field in self.fields if not field.default)

    @cached_property
    def checkboxes(self) -> tuple[Field, ...]:
        """The custom fields that are ticked or not."""
        return tuple(field for field in self.custom if field.type == CHECKBOX)

    @cached_property
    def prefixes(self) -> tuple[str, ...]:
        """How tags begin that hold a value of the model, case folded."""
        places = (self.mapping.place(name) for name in FIELDS)
        return tuple(place.name.casefold() for place in places if place.kind == "label")

    def at(self, place: Place) -> Field | None:
        """The custom field at a place: `custom:LABEL` or `custom:NAME`, case ignored. Names come
        with `cf_` in newer accounts and without in old ones, so neither is built from the other."""
        if place.kind != "custom":
            return None
        if place.name not in self._at:
            self._at[place.name] = self._find(place)
        return self._at[place.name]

    def _find(self, place: Place) -> Field | None:
        wanted = place.name.casefold()
        by_name = (f for f in self.custom if f.name.casefold() == wanted)
        by_label = (f for f in self.custom if f.label.casefold() == wanted)
        return next(by_name, None) or next(by_label, None)

    def _words(self, name: str) -> dict[int, str]:
        return {number: word for word, number in self._native(name).items() if number is not None}

    def _native(self, name: str) -> dict[str, int | None]:
        return next((f.choices for f in self.fields if f.name == name), {})


# -- what a ticket shows ---------------------------------------------------------------------------


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


class Values(Words):
    """Reads one ticket's row, and notes the words that the mapping lacks."""

    def __init__(self, row: Row, form: Form) -> None:
        super().__init__(form.mapping)
        self.row = row
        self.form = form

    def state(self) -> State | None:
        """Where it stands. An id that the form does not have is shown by its number."""
        value: State | None = self.read("state", self._by_id("status", self.form.states))
        return value

    def priority(self) -> Priority | None:
        """How urgent: by the field that the mapping names, else by Freshdesk's own."""
        place = self.mapping.place(model.Field.PRIORITY)
        native = place.kind not in ("custom", "label")
        word = self._by_id("priority", self.form.priorities) if native else self.word_at(place)
        value: Priority | None = self.read("priority", word)
        return value

    def kind(self) -> Kind | None:
        """Incident or request, by the ticket's type."""
        value: Kind | None = self.read("kind", clean(self.row.get("type")))
        return value

    def severity(self) -> Severity | None:
        """How badly, where the mapping names a place for it."""
        place = self.mapping.place("severity")
        value: Severity | None = self.read("severity", self.word_at(place))
        return value

    def approval(self) -> ApprovalState | None:
        """What the bridge's own field or tag shows."""
        place = self.mapping.place(model.Field.APPROVAL)
        value: ApprovalState | None = self.read("approval", self.word_at(place))
        return value

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
            self.unknown("due", f"{place.name}{word}")
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
