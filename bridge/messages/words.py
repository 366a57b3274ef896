"""The catalogues, and how numbers and dates are written in each language."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from bridge.model import Language, MessageKind, Seconds
from bridge.model.durations import MINUTE, for_people

if TYPE_CHECKING:  # Jinja and Babel are loaded when there is a message to write
    from jinja2 import Environment

LANGUAGES: Final = ("fr", "en", "de", "nl")

_BREAKS: Final = re.compile(r"[ \n]+")


class Text:
    """A template of plain text: paragraphs of one line each; empty ones fall away."""

    __slots__ = ("_paragraphs",)

    def __init__(self, env: Environment, source: str) -> None:
        self._paragraphs = tuple(env.from_string(p) for p in source.strip().split("\n\n"))

    def render(self, values: Mapping[str, Any]) -> str:
        """The text with these values. Raises jinja2.UndefinedError when one is missing."""
        lines = (_BREAKS.sub(" ", p.render(values)).strip() for p in self._paragraphs)
        # A full stop after an abbreviation ("Std.") is not doubled.
        return "\n\n".join(line.replace("..", ".") for line in lines if line)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One language: its fixed sentences and one set of templates per kind of message."""

    language: Language
    separator: str
    untitled: str
    answer: str
    footer: Text
    kinds: Mapping[MessageKind, Mapping[str, Text]]


@cache
def catalogue(language: str) -> Catalogue:
    """The catalogue of "fr", "en", "de" or "nl"; a region such as "fr-CH" is accepted.

    Raises ValueError, naming the languages that exist.
    """
    try:
        base = Language(language)
    except ValueError:
        known = ", ".join(LANGUAGES)
        raise ValueError(f'there are no messages in "{language}"; there are: {known}') from None
    data = read_data(base)
    env = _environment(base, data["dates"])
    return Catalogue(
        language=base,
        separator=data["separator"],
        untitled=data["untitled"],
        answer=data["answer"],
        footer=Text(env, data["footer"]),
        kinds=MappingProxyType(
            {
                MessageKind(kind): MappingProxyType(
                    {n: Text(env, text) for n, text in texts.items()}
                )
                for kind, texts in data["kinds"].items()
            }
        ),
    )


def read_data(language: str) -> dict[str, Any]:
    """A catalogue's file as it is written."""
    path = resources.files(__package__) / "catalogues" / f"{language}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _environment(language: str, dates: Mapping[str, str]) -> Environment:
    from babel.numbers import format_decimal
    from jinja2 import Environment, StrictUndefined

    # Plain text, so nothing is escaped here: whoever puts a message into a markup makes its
    # foreign parts inert, and those never pass through a template.
    env = Environment(autoescape=False, undefined=StrictUndefined)  # noqa: S701
    filters: dict[str, Callable[..., Any]] = {
        "hours": partial(for_people, language=language),
        "plural": partial(_plural_of_hours, language),
        "count": partial(_plural, language),
        "decimal": partial(format_decimal, locale=language),
        "day": partial(_day, language, dates, "day"),
        "long_day": partial(_day, language, dates, "long"),
        "clock": partial(_clock, language, dates),
        "third": partial(_third, language, dates),
        "day_after": _day_after,
    }
    env.filters.update(filters)
    return env


def _plural(language: str, number: Decimal, one: str, other: str) -> str:
    from babel import Locale

    return one if Locale(language).plural_form(number) == "one" else other


def _plural_of_hours(language: str, seconds: Seconds, one: str, other: str) -> str:
    """The form that the shown duration takes: the number before its largest unit decides."""
    minutes = (seconds + MINUTE // 2) // MINUTE  # as it is shown: halves upwards
    number = Decimal(minutes) / 60 if minutes >= 60 else Decimal(minutes)
    return _plural(language, number, one, other)


def _day(language: str, dates: Mapping[str, str], pattern: str, at: date) -> str:
    from babel.dates import format_date

    text = format_date(at, dates[pattern], locale=language)
    first = dates.get("first")
    # CLDR has no ordinal for French dates: "1 janvier" is wrong there, "1er janvier" right.
    return first + text.removeprefix("1") if first and at.day == 1 else text


def _clock(language: str, dates: Mapping[str, str], at: datetime) -> str:
    from babel.dates import format_time

    pattern = dates["clock"] if at.minute else dates.get("full_hour", dates["clock"])
    return format_time(at.time(), pattern, locale=language)


def _third(language: str, dates: Mapping[str, str], at: date) -> str:
    from babel.dates import format_date

    part = "early" if at.day <= 10 else "middle" if at.day <= 20 else "late"
    return dates[part].format(month=format_date(at, "LLLL", locale=language))


def _day_after(at: date) -> date:
    return at + timedelta(days=1)
