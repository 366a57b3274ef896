"""How long a promise allows, as contracts write it: "same day", "2 business days", "4h", "3d"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BeforeValidator

from bridge.model.durations import DurationError, parse_duration, short


class Measure(StrEnum):
    """In what a promise is counted."""

    SAME_DAY = "same day"
    """By closing time of the date of receipt (C17)."""
    BUSINESS_DATES = "business days"
    """By closing time of the Nth business date after receipt (C16)."""
    BUSINESS_TIME = "business time"
    """Seconds in which the calendar is open (C2)."""
    DAYS = "days"
    """N times the contract's `day_seconds` of open time (C19), or N business dates (R2.10)."""
    ESTIMATE = "estimate"
    """N times the estimate and some days, all of it open time (R2.13)."""
    REAL_TIME = "real time"
    """Seconds by the wall clock."""
    PLANNING = "on planning"
    """No time until a date is agreed (R2.10)."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Within:
    """A target: `amount` is a number of dates or days, or seconds, as the measure says; `times`
    is how many times the estimate comes on top of it (R2.13)."""

    measure: Measure
    amount: int = 0
    times: int = 0

    def __str__(self) -> str:
        if self.measure is Measure.BUSINESS_DATES:
            return f"{self.amount} business day{'s' if self.amount > 1 else ''}"
        if self.measure is Measure.DAYS:
            return f"{self.amount} d"
        if self.measure is Measure.ESTIMATE:
            days = f" + {self.amount} d" if self.amount else ""
            return f"{self.times} × estimate{days}"
        if self.measure is Measure.BUSINESS_TIME:
            return short(self.amount)
        if self.measure is Measure.REAL_TIME:
            return f"{short(self.amount)} real"
        return self.measure.value

    @property
    def in_days(self) -> bool:
        """Whether the contract has to say how long a day is (C19)."""
        return self.measure is Measure.DAYS or (
            self.measure is Measure.ESTIMATE and self.amount > 0
        )


_WORDS: Final = {m.value: m for m in (Measure.SAME_DAY, Measure.PLANNING, Measure.NONE)}
_DATES: Final = re.compile(r"([0-9]{1,3}) business days?")
_DAYS: Final = re.compile(r"([0-9]{1,3}) ?d")
_ESTIMATE: Final = re.compile(r"([1-9][0-9]?) ?x(?: ?\+ ?([0-9]{1,3}) ?d)?")
_AT_ONCE: Final = ("0h", "0m", "0h00")
_EXPECTED: Final = (
    'expected "same day", "2 business days", "4h", "3d", "2h real", "2x+1d" (twice the estimate '
    'and a day), "on planning" or "none"'
)


def parse_within(value: Any) -> Within:
    """A target as a contract writes it. Raises ValueError saying what was expected."""
    if isinstance(value, Within):
        return value
    text = value.strip().lower() if isinstance(value, str) else ""
    if text in _WORDS:
        return Within(_WORDS[text])
    if (dates := _DATES.fullmatch(text)) and int(dates[1]):
        return Within(Measure.BUSINESS_DATES, int(dates[1]))
    if (days := _DAYS.fullmatch(text)) and int(days[1]):
        return Within(Measure.DAYS, int(days[1]))
    if estimate := _ESTIMATE.fullmatch(text):
        return Within(Measure.ESTIMATE, int(estimate[2] or 0), int(estimate[1]))
    real = text.endswith(" real")
    amount = text.removesuffix(" real")
    measure = Measure.REAL_TIME if real else Measure.BUSINESS_TIME
    if amount in _AT_ONCE:
        return Within(measure, 0)  # C3: due at the next opening
    try:
        return Within(measure, parse_duration(amount))
    except DurationError:
        raise ValueError(_EXPECTED) from None


WithinValue = Annotated[Within, BeforeValidator(parse_within)]
