"""Time entries: none of them moves its ticket's stamp, and no list tells which are new (sheet, 9).

So those whose work lies in the last days are listed in every pass, those of a longer window in a
full pass, and both compared with what is remembered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from bridge.model import TimeEntry
from connectors.freshdesk.library import Row
from connectors.freshdesk.people import People
from connectors.marks import Marks
from connectors.toolkit import stamps
from connectors.toolkit.text import clean

DAY: Final = 86400
_AHEAD: Final = timedelta(days=366)
_SPENT: Final = re.compile(r"(\d{1,4}):([0-5]\d)")

Facts = dict[str, list[Any]]


def facts(rows: list[Row]) -> Facts:
    """What is remembered of entries, by id: the day of work first, then what moves when one is
    edited, stopped or started."""
    return {
        str(row.get("id")): [
            row.get("executed_at"),
            row.get("updated_at"),
            row.get("timer_running") is True,
        ]
        for row in rows
    }


def day_of(fact: list[Any]) -> str:
    """The ISO day of work of an entry that is remembered."""
    return str(fact[0])[:10]


def days(first: date, last: date) -> Iterator[str]:
    """All days from one to another."""
    for number in range((last - first).days + 1):
        yield (first + timedelta(days=number)).isoformat()


def midnight(day: date) -> datetime:
    """When a day begins, UTC."""
    return datetime.combine(day, time(), UTC)


def counted(row: Row, people: People, marks: Marks) -> bool:
    """Whether an entry is finished work of people: a running timer's time is not final, and what
    the bridge itself once wrote is no new work."""
    if row.get("timer_running") is True:
        return False
    ours = people.is_us(row.get("agent_id"))
    return not (ours and marks.genuine(clean(row.get("note"))) is not None)


def entry_of(row: Row, people: People, now: datetime) -> TimeEntry:
    """One entry. Raises ValueError naming it when it cannot be read, or cannot be true (H6)."""
    number = row.get("id")
    if type(number) is not int:
        raise ValueError("a time entry has no id")
    try:
        return TimeEntry(
            key=str(number),
            at=_worked_at(row, now),
            person=people.person(row.get("agent_id")),
            seconds=_seconds(row),
            note=clean(row.get("note")),
        )
    except ValueError as error:
        raise ValueError(f"time entry {number}: {error}") from error


def _seconds(row: Row) -> int:
    """Whole seconds: exact where Freshdesk gives them, else its text cut to the minute."""
    seconds = row.get("time_spent_in_seconds")
    if type(seconds) is not int:
        found = _SPENT.fullmatch(str(row.get("time_spent")))
        if found is None:
            raise ValueError(f"{row.get('time_spent')!r} is no duration")
        seconds = int(found[1]) * 3600 + int(found[2]) * 60
    if not 0 <= seconds <= DAY:
        raise ValueError(f"{seconds} seconds do not fit into a day")
    return seconds


def _worked_at(row: Row, now: datetime) -> datetime:
    """When the work was done. What is typed in Freshdesk's pages carries midnight: entered on that
    same day, the moment of entering keeps the order with comments; else the whole day counts."""
    at = stamps.parse(row.get("executed_at"))
    if not stamps.EARLIEST <= at <= now + _AHEAD:
        raise ValueError(f"its date {row.get('executed_at')} cannot be true")
    entered = stamps.parse(row.get("created_at"))
    return entered if at.time() == time() and entered.date() == at.date() else at
