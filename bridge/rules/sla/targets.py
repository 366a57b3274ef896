"""What a contract promises for one clock: which line counts, how many seconds, until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from bridge.calendars.worktime import CalendarError, Count, WorkCalendar
from bridge.contracts.model import Target
from bridge.contracts.within import Measure, Within
from bridge.model import (
    ApprovalState,
    ClockName,
    DayUnit,
    ExpressClock,
    Hours,
    Priority,
    Reason,
    Seconds,
)
from bridge.rules.classification.conditions import fits
from bridge.rules.dossier import Terms
from bridge.rules.facts import Facts, Known
from bridge.rules.sla.history import Pause

TARGETS: Final = "targets"
"""The key of the tables; a line does not know of which of them it is."""


class Signs(NamedTuple):
    """What a ticket was at one moment, as far as a table of targets asks. `size` is the estimate
    that counts for its clock."""

    facts: Facts
    known: Known
    express: bool
    size: Seconds | None
    approval: ApprovalState


class Promise(NamedTuple):
    """One line applied to one run of a clock: `seconds` of the calendar from `start`, pauses not
    counted. `due` is None while a pause without end lies before it (C11); `hours` says which ones
    are counted."""

    row: Target
    start: datetime
    due: datetime | None
    seconds: Seconds
    counted: Count
    pauses: Sequence[Pause]
    hours: Hours

    def is_late(self, at: datetime) -> bool:
        """C12: more was counted than promised. Equal is in time."""
        return self.counted.until(at) > self.seconds

    def late_at(self) -> datetime | None:
        """When it is late for the first time; None where that is never reached."""
        try:
            return self.counted.reach(self.seconds + 1)
        except CalendarError:
            return None

    def warns_at(self, percent: int) -> datetime | None:
        """When this share of the target has passed; rounded up to the second."""
        share = -(-self.seconds * percent // 100)
        return self.counted.reach(share)


def choose(name: ClockName, terms: Terms, signs: Signs) -> Target | None:
    """The line that counts for a clock: the first one that fits.

    What is undecided fits any line: the strictest stands first, and nobody is promised less.
    """
    known = signs.known
    if name is ClockName.RESPONSE and known.priority is Priority.NORMAL:
        if terms.p3_row is not None:
            return terms.p3_row
        if terms.contract.p3_target is not None:
            known = known._replace(priority=None)  # R3.7, the other reading: the time of its plan
    for row in terms.rows[name]:
        if (
            (row.approval is None or row.approval is signs.approval)
            and (row.express is None or row.express is signs.express)
            and (row.max_estimate is None or (signs.size or 0) <= row.max_estimate)
            and fits(row, signs.facts, known, terms.zone, undecided=True)
        ):
            return row
    return None


def promise(
    row: Target,
    start: datetime,
    terms: Terms,
    pauses: Sequence[Pause],
    *,
    estimate: Seconds | None = None,
    agreed: date | None = None,
) -> Promise | Reason:
    """What a line promises from `start`, or why it promises nothing.

    `estimate` is the approved one (R2.13); `agreed` the date agreed with the client, for what is
    "on planning" (R2.10). Raises CalendarError when the calendar cannot say (C20).
    """
    within = row.within
    if within.measure is Measure.NONE:
        return Reason(TARGETS, "no time is promised", row.rule)
    calendar = terms.calendar if row.calendar is Hours.NORMAL else terms.extended
    if calendar is None:
        return Reason("extended", "the contract does not give its extended hours")
    contract = terms.contract
    if within.measure is Measure.PLANNING:
        if agreed is None:
            return Reason(TARGETS, "on planning: no date is agreed yet", row.rule)
        due = _end_of(agreed, calendar)
        # A date that both agreed on stands, whoever waits for whom.
        count = calendar.count(start)
        return Promise(row, start, due, count.until(due), count, (), row.calendar)
    if (by_date := _by_date(within, start, terms, calendar)) is not None:
        seconds = calendar.between(start, by_date)
        count = calendar.count(start, pauses)
        moved = count.reach(seconds) if pauses else by_date
        return Promise(row, start, moved, seconds, count, pauses, row.calendar)
    hours: Hours = row.calendar
    if within.measure is Measure.REAL_TIME or _is_real(row, terms):
        calendar, hours = WorkCalendar.round_the_clock(), Hours.REAL
    elif within.measure is Measure.ESTIMATE and estimate is None:
        return Reason(TARGETS, f"{within}: nothing is estimated yet", row.rule)
    seconds = within.times * (estimate or 0) + _fixed(within, contract.day_seconds)
    count = calendar.count(start, pauses)
    return Promise(row, start, count.reach(seconds), seconds, count, pauses, hours)


def _by_date(
    within: Within, start: datetime, terms: Terms, calendar: WorkCalendar
) -> datetime | None:
    """The closing time by which a promise in dates is due (C16, C17); None for other promises."""
    cutoff = terms.contract.same_day_cutoff
    if within.measure is Measure.SAME_DAY:
        return calendar.due_same_day(start, cutoff)
    in_dates = terms.contract.targets.unit is DayUnit.BUSINESS_DATES  # R2.10, the other reading
    if within.measure is Measure.BUSINESS_DATES or (within.measure is Measure.DAYS and in_dates):
        return calendar.due_in_business_dates(start, within.amount, cutoff)
    return None


def _is_real(row: Target, terms: Terms) -> bool:
    """R0.15: whether express hours are hours by the wall clock."""
    express = terms.contract.express
    return bool(row.express) and express is not None and express.clock is ExpressClock.REAL


def _fixed(within: Within, day_seconds: Seconds | None) -> Seconds:
    """The part of a target that depends on nothing but the contract."""
    if not within.in_days:
        return 0 if within.measure is Measure.ESTIMATE else within.amount
    if day_seconds is None:
        raise CalendarError("a target in days needs the contract's day_seconds (C19)")
    return within.amount * day_seconds


def _end_of(day: date, calendar: WorkCalendar) -> datetime:
    """Closing time of a date; of a closed one, its midnight."""
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(calendar.timezone))
    return calendar.closing(day) or midnight.astimezone(UTC)
