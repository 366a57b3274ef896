"""When a line of a contract applies: signs of a ticket, as data.

Every sign that is given must hold; a list holds when one of its entries does. What is left out does
not matter. How an undecided value of a ticket counts is for each table to say.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from functools import cache, cached_property
from importlib import resources
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from bridge.contracts.schema import Refers
from bridge.model import Channel, Kind, Priority, Seconds, Severity, Update, nearest
from bridge.model.durations import DurationError, parse_duration
from bridge.model.phrases import Wording, phrase, prepare


def _seconds(value: Any) -> Seconds:
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError('a duration needs its unit: "1h", "1h30" or "90m"')
    try:
        return parse_duration(value if isinstance(value, str) else "")
    except DurationError as error:
        raise ValueError(str(error)) from None


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("expected a number, such as 40 or 37.5")
    return Decimal(str(value))


def _clock_time(value: Any) -> str:
    try:
        return time.isoformat(value if isinstance(value, time) else time.fromisoformat(value))
    except (TypeError, ValueError):
        raise ValueError('expected a time of day such as "16:00"') from None


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _zone(name: str) -> str:
    # The list beside the program is one small file; the machine's own is hundreds to look into.
    shipped = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8")
    if name in shipped.split() or name in _zones():
        return name
    near = nearest(name, _zones())
    there = f'there is "{near}"' if near else 'expected a name such as "Europe/Zurich"'
    raise ValueError(f"there is no such time zone; {there}")


def _phrase(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("expected a word or a phrase")
    phrase(value)
    return value


Word = Annotated[str, BeforeValidator(_phrase), Refers.LIST]
"""A whole word or phrase; `imprimant*` is every word that begins so."""
Duration = Annotated[Seconds, BeforeValidator(_seconds)]
Number = Annotated[Decimal, BeforeValidator(_number)]
TimeOfDay = Annotated[str, BeforeValidator(_clock_time)]
Day = date
Zone = Annotated[str, AfterValidator(_zone)]
Category = Annotated[str, Refers.CATEGORY]
Label = Annotated[str, Refers.LABEL]


def one_of(*words: StrEnum) -> AfterValidator:
    """Only these words of a closed set can stand here."""
    expected = ", ".join(f"'{word}'" for word in words)

    def only(word: StrEnum) -> StrEnum:
        if word not in words:
            raise PydanticCustomError("enum", "Input should be {expected}", {"expected": expected})
        return word

    return AfterValidator(only)


class Table(BaseModel):
    """What all tables of a contract have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_OF_CLASS: Final = ("kind", "severity", "priority", "category")
_NAMES: Final = ("labels", "projects", "organisations", "sources")


class Condition(Table):
    """Signs by which a line is chosen.

    `words` are whole words or phrases in the ticket's title and first message, accents and case
    ignored. Each list of `and_words` must have one in the same sentence, or anywhere in the message
    when the title has the word; a sentence with one of `not_words` says nothing. `labels`,
    `projects` and `organisations` compare without case.
    """

    kind: Kind | None = None
    severity: Severity | None = None
    priority: Priority | None = None
    category: Category | None = None
    channels: tuple[Channel, ...] = ()
    labels: tuple[Label, ...] = ()
    projects: tuple[Annotated[str, Refers.PROJECT], ...] = ()
    organisations: tuple[Annotated[str, Refers.ORGANISATION], ...] = ()
    sources: tuple[Annotated[str, Refers.SOURCE], ...] = ()
    words: tuple[Word, ...] = ()
    and_words: tuple[tuple[Word, ...], ...] = ()
    not_words: tuple[Word, ...] = ()
    update: Update | None = None
    min_estimate: Duration | None = None
    """At least this much is estimated (R1.10)."""
    due_after_days: int | None = None
    """An agreed date later than so many calendar days after receipt (R1.12)."""

    @cached_property
    def given(self) -> Mapping[str, Any]:
        """The signs that are given, by name."""
        values = ((name, getattr(self, name)) for name in Condition.model_fields)
        return {name: value for name, value in values if value not in (None, ())}

    @cached_property
    def of_class(self) -> tuple[tuple[str, Any], ...]:
        """Those that ask for the class of a ticket, which may be undecided."""
        return tuple((name, value) for name, value in self.given.items() if name in _OF_CLASS)

    @cached_property
    def of_ticket(self) -> tuple[tuple[str, Any], ...]:
        """Those that ask for anything else but words and size; lists of names as they compare,
        without case."""
        return tuple(
            (name, frozenset(map(str.casefold, value)) if name in _NAMES else value)
            for name, value in self.given.items()
            if name not in (*_OF_CLASS, "min_estimate", "words", "and_words", "not_words")
        )

    @cached_property
    def wording(self) -> Wording | None:
        """What title and first message must say, if anything."""
        return prepare(self.words, self.and_words, self.not_words) if self.words else None

    @model_validator(mode="after")
    def _words_stand_beside_words(self) -> Condition:
        if (self.and_words or self.not_words) and not self.words:
            raise ValueError("and_words and not_words stand beside words: give words too")
        return self
