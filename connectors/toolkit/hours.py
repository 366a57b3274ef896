"""The hours that tools print, and our seconds.

Redmine prints JSON numbers of two decimals, floats of full length, text in custom fields, and in
6.0.0 and 6.0.1 whatever a Ruby Rational prints; Freshdesk numbers and text. Fractions keep them
exact until the end.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Final

_CLOCK: Final = re.compile(r"(?P<h>\d{1,6})(?::(?P<m>[0-5]\d)|\s*h\s*(?P<n>[0-5]?\d)?(?:\s*m\w*)?)")
_MINUTES: Final = re.compile(r"(?P<m>\d{1,6})\s*m(?:in)?")
_RATIONAL: Final = re.compile(r"\(?(?P<n>\d{1,18})/(?P<d>\d{1,18})\)?")
_DECIMAL: Final = re.compile(r"\d{1,9}(?:[.,]\d{1,20})?")
_EXACT: Final = re.compile(r"(?P<h>[0-9]{1,7})h(?P<m>[0-5][0-9])m(?P<s>[0-5][0-9])s")
_MOST: Final = 1_000_000 * 3600


def to_seconds(value: object) -> int:
    """Whole seconds of hours: 1.5, "1.5", "1,5", "1:30", "1h30", "90m", "3/2".

    Raises ValueError for anything else, negative numbers included.
    """
    seconds = round(_hours(value) * 3600)
    if seconds > _MOST:
        raise ValueError(f"{value!r} is too many hours")
    return seconds


def entry_seconds(value: object) -> int:
    """Whole seconds of hours that a tool rounds to two decimals when it keeps or prints them.

    20 minutes come as 0.33, which is 1,188 s by the letter. Minutes are what people book and what
    Redmine 6 rounds to itself: the minute that prints so is taken, where there is one.
    """
    seconds = to_seconds(value)
    hours = _hours(value)
    minutes = round(hours * 60)
    if hours * 100 == round(hours * 100) and _two_decimals(minutes) == hours:
        return minutes * 60
    return seconds


def to_text(seconds: int) -> str:
    """Hours as written to a tool, one way only: two decimals, or four where two would lose.

    "1.250" instead of "1.25" would be a change with a journal of its own; four decimals give every
    second back.
    """
    hours = Decimal(seconds) / 3600
    short = hours.quantize(Decimal("0.01"))
    return str(short if short * 3600 == seconds else hours.quantize(Decimal("0.0001")))


def exact_text(seconds: int) -> str:
    """Exact, one spelling for one amount: `3h`, `1h30`, `0h07m30s`. For labels."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if rest:
        return f"{hours}h{minutes:02}m{rest:02}s"
    return f"{hours}h{minutes:02}" if minutes else f"{hours}h"


def exact_seconds(text: str) -> int:
    """The seconds of what `exact_text` writes, and of what `to_seconds` takes; raises as that."""
    folded = text.strip().casefold()
    found = _EXACT.fullmatch(folded)
    if found is None:
        return to_seconds(folded)
    return (int(found["h"]) * 60 + int(found["m"])) * 60 + int(found["s"])


def _two_decimals(minutes: int) -> Fraction:
    return Fraction((Decimal(minutes) / 60).quantize(Decimal("0.01"), "ROUND_HALF_UP"))


def _hours(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value!r} are no hours")
    text = (value if isinstance(value, str) else str(value)).strip()
    if _DECIMAL.fullmatch(text) and text.isascii():
        return Fraction(text.replace(",", "."))
    if isinstance(value, float) and 0 <= value < 1e9:  # 1e-05 and the like
        return Fraction(Decimal(text))
    if text.isascii():
        if found := _CLOCK.fullmatch(text):
            return Fraction(int(found["h"])) + Fraction(int(found["m"] or found["n"] or 0), 60)
        if found := _MINUTES.fullmatch(text):
            return Fraction(int(found["m"]), 60)
        if (found := _RATIONAL.fullmatch(text)) and int(found["d"]):
            return Fraction(int(found["n"]), int(found["d"]))
    raise ValueError(f"{text[:40]!r} are no hours")
