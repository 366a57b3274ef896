"""How Redmine reads what it is sent, and prints what it has."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any, Final

_HOURS: Final = re.compile(r"(\d+)(?:\s*h|\s*hours?)\s*(?:(\d+)\s*(?:m(?:in)?)?)?")
_MINUTES: Final = re.compile(r"(\d+)\s*m(?:in)?")
_DECIMAL: Final = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)")
_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?")


class Refusal(Exception):
    """A 422 with its sentences."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(*sentences)
        self.sentences = list(sentences)


def hours(value: Any) -> Fraction | None:
    """1.5, "1.5", "1,5", "1:30", "1h30", "90m"; None for what is no hours."""
    if isinstance(value, bool):
        return None
    text = str(value).strip()
    if _DECIMAL.fullmatch(text):
        return Fraction(text.replace(",", "."))
    if match := re.fullmatch(r"(\d+):(\d+)", text):
        return Fraction(int(match[1])) + Fraction(int(match[2]), 60)
    if match := _HOURS.fullmatch(text):
        return Fraction(int(match[1])) + Fraction(int(match[2] or 0), 60)
    if match := _MINUTES.fullmatch(text):
        return Fraction(int(match[1]), 60)
    return None


def day(value: Any) -> date | None:
    """An ISO day; None for anything else."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def instant(text: str) -> datetime | None:
    """A filter's date-time or day; None for what Redmine answers 422 to."""
    if not _STAMP.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def stamp(at: datetime | None) -> str | None:
    """As JSON has it: UTC with `Z`, to the second."""
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def number(value: Fraction | None) -> float | None:
    """Hours as a JSON number."""
    return None if value is None else float(value)


def rounded(value: Fraction) -> float:
    """Hours of a time entry as printed: two decimals, halves up."""
    return float(int(value * 100 + Fraction(1, 2))) / 100
