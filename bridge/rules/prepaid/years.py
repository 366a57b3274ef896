"""The years of a book: contract anniversaries, else calendar years, in local time (R0.10)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a local day."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def local(at: datetime, zone: ZoneInfo) -> date:
    """The local day of a credit: one of the configuration is entered at midnight UTC of its day."""
    at = at.astimezone(UTC)
    return at.date() if at.time() == time() else at.astimezone(zone).date()


def plus(day: date, years: int) -> date:
    """The same day so many years later; 29 February is followed by 1 March, never earlier."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def day_after(day: date) -> date:
    """The next day."""
    return day + timedelta(days=1)


def year_end(day: date, start: date | None, after: int = 0) -> date:
    """The first day of the year after the one that `day` is in, and `after` years later.

    Years begin on the day of `start` each year, else on 1 January.
    """
    first = start or date(day.year, 1, 1)
    number = day.year - first.year
    if plus(first, number) > day:
        number -= 1
    return plus(first, number + 1 + after)


def year_ends(since: date, until: date, start: date | None) -> Iterator[date]:
    """Every first day of a new year after `since`, up to `until`."""
    end = year_end(since, start)
    while end <= until:
        yield end
        end = year_end(end, start)
