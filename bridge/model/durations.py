"""Hours as people type and read them. Durations are whole seconds; nothing here is a float.

Typed and shown in the terminal: `6h`, `1h30`, `0h45`. Shown to people: as their language writes
them, with no-break spaces, so that a number never parts from its unit at the end of a line.
Seconds are kept everywhere (C5); only what is shown is rounded, to the minute, halves upwards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

from bridge.model.ticket import Seconds

HOUR: Final = 3600
MINUTE: Final = 60
MOST: Final = 1000 * HOUR
NBSP: Final = "\u00a0"
MINUS: Final = "\u2212"

# Strict and ASCII (E9): \d would take ١٢, and float() would take nan and 1e3.
_FORMS: Final = re.compile(
    r"(?P<sign>-?)(?:"
    r"(?P<hours>[0-9]{1,4})h(?:(?P<after>[0-5][0-9])(?:m|min)?)?"
    r"|(?P<minutes>[0-9]{1,5})(?:m|min)"
    r"|(?P<left>[0-9]{1,4}):(?P<right>[0-5][0-9])"
    r"|(?P<whole>[0-9]{1,4})\.(?P<part>[0-9]{1,2})h"
    r")"
)


class DurationError(ValueError):
    """Text that is no duration; the sentence says what was expected."""


def parse_duration(text: str, *, negative: bool = False) -> Seconds:
    """The seconds of `3h`, `1h30`, `0h45`, `90m`, `1:30` or `1.5h`: more than 0, at most 1000 h.

    `negative` lets `-1h30` through, for corrections. Raises DurationError; the text is not
    repeated, it may come from outside.
    """
    found = _FORMS.fullmatch(text.strip(" \t").lower())
    if found is None:
        raise DurationError('expected a duration such as "3h", "1h30", "90m", "1:30" or "1.5h"')
    seconds = _seconds(found)
    if not 0 < seconds <= MOST:
        raise DurationError("expected a duration of more than 0 and at most 1000 h")
    if found["sign"] and not negative:
        raise DurationError("expected a duration without a minus sign")
    return -seconds if found["sign"] else seconds


def _seconds(found: re.Match[str]) -> Seconds:
    if found["minutes"] is not None:
        return int(found["minutes"]) * MINUTE
    if found["whole"] is not None:
        return int(found["whole"]) * HOUR + int(found["part"].ljust(2, "0")) * HOUR // 100
    hours, minutes = found["hours"] or found["left"], found["after"] or found["right"] or "0"
    return int(hours) * HOUR + int(minutes) * MINUTE


@lru_cache(maxsize=1024)
@lru_cache(maxsize=4096)
def short(seconds: Seconds) -> str:
    """As typed, in sentences: `6h`, `1h30`, `0h45`, `0h`. The same few amounts are said all day."""
    sign, hours, minutes = _parts(seconds)
    return f"{sign and '-'}{hours}h{minutes:02}" if minutes else f"{sign and '-'}{hours}h"


def full(seconds: Seconds) -> str:
    """As typed, where amounts stand together: always two parts, `10h00`, `0h00`, `-0h20`."""
    sign, hours, minutes = _parts(seconds)
    return f"{sign and '-'}{hours}h{minutes:02}"


def _parts(seconds: Seconds) -> tuple[str, int, int]:
    """Sign (empty or a minus), whole hours and minutes, rounded to the minute."""
    minutes = (abs(seconds) + MINUTE // 2) // MINUTE
    sign = MINUS if seconds < 0 and minutes else ""
    return sign, minutes // 60, minutes % 60


@dataclass(frozen=True, slots=True)
class _Words:
    """How a language writes hours and minutes. `joined` is what follows the minutes that stand
    behind hours; `padded` whether these have two digits outside tables too."""

    hour: str
    minute: str
    joined: str
    padded: bool


_LANGUAGES: Final[Mapping[str, _Words]] = {
    "fr": _Words("h", "min", "", True),
    "en": _Words("h", "min", "min", True),
    "de": _Words("Std.", "Min.", "Min.", False),
    "nl": _Words("u", "min", "", True),
}


def for_people(seconds: Seconds, language: str, *, table: bool = False) -> str:
    """As a client reads it: `12 h 10`, `45 min`, `3 h`, `0 h`; en `12 h 10 min`, de
    `12 Std. 10 Min.`, nl `12 u 10`.

    `table` writes always two parts (`0 h 45`), so that a column lines up. The minus is U+2212,
    the spaces are U+00A0. Raises KeyError for a language other than fr, en, de, nl.
    """
    words = _LANGUAGES[language]
    sign, hours, minutes = _parts(seconds)
    if minutes and not hours and not table:
        return f"{sign}{minutes}{NBSP}{words.minute}"
    whole = f"{sign}{hours}{NBSP}{words.hour}"
    if not minutes and not table:
        return whole
    digits = f"{minutes:02}" if words.padded or table else str(minutes)
    return NBSP.join(part for part in (whole, digits, words.joined) if part)


def in_days(seconds: Seconds, day_seconds: Seconds, language: str) -> str:
    """For contracts in days, both: `1,5 j (12 h)`. `day_seconds` is the contract's (C19)."""
    hundredths = round(Fraction(abs(seconds) * 100, day_seconds))
    number = Decimal(hundredths) / 100
    from babel import Locale
    from babel.units import format_unit

    text = format_unit(number, "duration-day", "short", locale=Locale.parse(language))
    sign = MINUS if seconds < 0 and hundredths else ""
    days = sign + re.sub(r"\s", NBSP, text)
    return f"{days}{NBSP}({for_people(seconds, language)})"
