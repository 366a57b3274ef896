"""How long a promise allows, as contracts write it: "same day", "2 business days", "4h", "3d"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BeforeValidator

from bridge.durations import DurationError, parse_duration


class Measure(StrEnum):
    """In what a promise is counted."""

    SAME_DAY = "same day"
    """By closing time of the date of receipt (C17)."""
    BUSINESS_DATES = "business days"
    """By closing time of the Nth business date after receipt (C16)."""
    BUSINESS_TIME = "business time"
    """Seconds in which the calendar is open (C2)."""
    DAYS = "days"
    """N times the contract's `day_seconds` of open time (C19)."""
    REAL_TIME = "real time"
    """Seconds by the wall clock."""
    PLANNING = "on planning"
    """No time until a date is agreed (R2.10)."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Within:
    """A target: `amount` is a number of dates or days, or seconds, as the measure says."""

    measure: Measure
    amount: int = 0

    def __str__(self) -> str:
        if self.measure is Measure.BUSINESS_DATES:
            return f"{self.amount} business days"
        if self.measure is Measure.DAYS:
            return f"{self.amount} d"
        if self.measure in (Measure.BUSINESS_TIME, Measure.REAL_TIME):
            hours, minutes = divmod(self.amount // 60, 60)
            text = f"{hours}h{minutes:02}" if minutes else f"{hours}h"
            return text if self.measure is Measure.BUSINESS_TIME else f"{text} real"
        return self.measure.value


_WORDS: Final = {m.value: m for m in (Measure.SAME_DAY, Measure.PLANNING, Measure.NONE)}
_DATES: Final = re.compile(r"([0-9]{1,3}) business days?")
_DAYS: Final = re.compile(r"([0-9]{1,3}) ?d")
_EXPECTED: Final = (
    'expected "same day", "2 business days", "4h", "3d", "2h real", "on planning" or "none"'
)


def parse_within(value: Any) -> Within:
    """A target as a contract writes it. Raises ValueError saying what was expected."""
    if isinstance(value, Within):
        return value
    text = value.strip().lower() if isinstance(value, str) else ""
    if text in _WORDS:
        return Within(_WORDS[text])
    if dates := _DATES.fullmatch(text):
        return Within(Measure.BUSINESS_DATES, int(dates[1]))
    if days := _DAYS.fullmatch(text):
        return Within(Measure.DAYS, int(days[1]))
    real = text.endswith(" real")
    try:
        seconds = parse_duration(text.removesuffix(" real"))
    except DurationError:
        raise ValueError(_EXPECTED) from None
    return Within(Measure.REAL_TIME if real else Measure.BUSINESS_TIME, seconds)


WithinValue = Annotated[Within, BeforeValidator(parse_within)]
