"""Contracts that are well formed and can never be satisfied: refused, with the key at fault.

What only a person can settle (a reading to confirm, a list that was lost) is for `check` instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bridge.calendars.errors import CalendarError
from bridge.contracts.calendars import working_calendar
from bridge.contracts.model import Calendar, Contract, Target
from bridge.contracts.within import Measure
from bridge.model import ClockName, DayUnit, Hours, ProblemSeverity

_TIMELESS: Final = (Measure.NONE, Measure.PLANNING, Measure.REAL_TIME)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a contract: the key in its table, a sentence, what to do. An error refuses
    the contract, a warning is for a person to look at."""

    path: tuple[str | int, ...]
    message: str
    hint: str = ""
    severity: ProblemSeverity = ProblemSeverity.ERROR


def faults(contract: Contract) -> Iterator[Fault]:
    """Everything for which this edition of a contract cannot be used."""
    yield from _opening(contract)
    yield from _days(contract)
    yield from _plans(contract)
    yield from _sizes(contract)
    yield from _channels(contract)


def targets(contract: Contract) -> Iterator[tuple[ClockName, int, Target]]:
    """All lines of the promised times, with the clock and the number of each."""
    for clock in ClockName:
        for number, row in enumerate(getattr(contract.targets, clock)):
            yield clock, number, row


def _opening(contract: Contract) -> Iterator[Fault]:
    rows = [row for _, _, row in targets(contract) if row.within.measure not in _TIMELESS]
    # The extended hours of a plan that nobody bought are nobody's.
    if any(row.calendar is Hours.NORMAL for row in rows) or contract.calendar.weekly:
        yield from _calendar("calendar", contract.calendar)
    if contract.extended is not None:
        yield from _calendar("extended", contract.extended)


def _calendar(name: str, calendar: Calendar) -> Iterator[Fault]:
    if not calendar.weekly and not calendar.extra_open:
        hint = f'add  {name}.weekly = {{ mon-fri = ["08:00-12:00", "13:00-17:00"] }}'
        text = "times are promised in opening hours, and there are none (C20)"
        yield Fault((name,), text, hint)
        return
    try:
        working_calendar(calendar, calendar.timezone or "UTC")
    except CalendarError as error:
        key = "holidays" if "holiday" in str(error).lower() else "weekly"
        yield Fault((name, key), str(error), "see  [calendar]  in docs/contracts.md")


def _days(contract: Contract) -> Iterator[Fault]:
    if contract.day_seconds is not None:
        return
    for clock, number, row in targets(contract):
        by_date = (
            row.within.measure is Measure.DAYS and contract.targets.unit is DayUnit.BUSINESS_DATES
        )
        if row.within.in_days and not by_date:
            text = f'"{row.within}" is promised and nothing says how long a day is (C19)'
            path = ("targets", clock, number)
            yield Fault(path, text, 'add  day_seconds = "8h"')
            return


def _plans(contract: Contract) -> Iterator[Fault]:
    rows = contract.targets.response
    if contract.plan in contract.plans and rows and all(row.plan is not None for row in rows):
        promised = list(dict.fromkeys(row.plan for row in rows if row.plan is not None))
        if contract.plan not in promised:
            text = f"no time is promised for the plan {contract.plan}: its target is missing"
            hint = f"there are targets for: {', '.join(promised)}"
            yield Fault(("targets", "response"), text, hint)


def _sizes(contract: Contract) -> Iterator[Fault]:
    limit = contract.separate_quote_above
    if contract.threshold is not None and limit is not None and contract.threshold > limit:
        text = "threshold is above separate_quote_above: no estimate could ever be approved"
        yield Fault(("threshold",), text, "an estimate above the second is quoted separately")
    if contract.cap is not None and contract.cap <= 0:
        yield Fault(("cap",), "a cap of nothing deducts nothing, ever", "as  cap = 1.25")
    if contract.express is not None and (contract.express.multiplier or 1) < 1:
        text = "express work would cost less than other work"
        yield Fault(("express", "multiplier"), text, "2.5 adds 150 % to the rate")


def _channels(contract: Contract) -> Iterator[Fault]:
    """Ways in that have a clock, and ways in that the plan has: some must be both."""
    if contract.plan is None or not contract.clock_channels:
        return
    bought = contract.plan_channels.get(contract.plan, ())
    if bought and not set(bought) & set(contract.clock_channels):
        text = "no way in of this plan has a clock: clock_channels leave none"
        hint = f"the plan {contract.plan} has: {', '.join(bought)}"
        yield Fault(("clock_channels",), text, hint)
