"""The ticket form: which fields there are, of which type, with which words (API sheet, 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from bridge.model import PlaceKind
from connectors.freshdesk.library import Row
from connectors.toolkit.text import clean
from mappings import FIELDS, Mapping, Place

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

    def __init__(self, ask: Callable[[], list[Row]], mapping: Mapping) -> None:
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
        found: Iterable[Field] = (f for f in self.fields if f.name == name)
        return next((f.choices for f in found), {})


def listed(words: Iterable[str]) -> str:
    """Words for a sentence: quoted, with commas."""
    return ", ".join(f'"{word}"' for word in words) or "none"
