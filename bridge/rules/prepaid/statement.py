"""The month in figures: what the statement says, and how often to meet (R2.17, R2.18)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from bridge.contracts import Contract
from bridge.model import EntryKind, Reason, Seconds
from bridge.model.durations import short
from bridge.model.ledger import LedgerEntry


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in a client's time zone: from its first instant, up to the next one's."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, at: datetime, zone: ZoneInfo) -> Month:
        """The month in which an instant lies."""
        first = at.astimezone(zone).date().replace(day=1)
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        start, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, after))
        return cls(start, end)

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class Statement:
    """A client's hours over one month, in seconds: opening + credited - consumed = remaining.

    `consumed` is what tickets took, corrections taken into account; `credited` all the rest.
    """

    month: Month
    opening: Seconds
    credited: Seconds
    consumed: Seconds
    remaining: Seconds


def statement(entries: Iterable[LedgerEntry], month: Month) -> Statement:
    """R2.17: consumed in the month and remaining at its end, from the ledger alone."""
    opening = credited = consumed = 0
    for entry in entries:
        if entry.at < month.start:
            opening += entry.seconds
        elif entry.at in month and _is_work(entry):
            consumed -= entry.seconds
        elif entry.at in month:
            credited += entry.seconds
    return Statement(month, opening, credited, consumed, opening + credited - consumed)


def meeting(contract: Contract, consumed: Seconds) -> Reason | None:
    """R2.18: above so much work in a month a weekly meeting is advised. A hint, nothing more."""
    cross = contract.cross_project
    limit = cross.weekly_above if cross is not None else None
    if limit is None or consumed <= limit:
        return None
    text = f"{short(consumed)} this month, more than {short(limit)}: a weekly meeting is advised"
    if cross is not None and cross.steering is not None:
        text += f"; preparing a steering committee takes about {short(cross.steering)}"
    return Reason("cross_project.weekly_above", text)


def _is_work(entry: LedgerEntry) -> bool:
    return entry.ticket is not None or entry.kind is EntryKind.DEDUCTION
