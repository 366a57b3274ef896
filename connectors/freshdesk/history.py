"""What happened to a ticket over time: changes of state, time entries, and work kept as one number.

*State*, as far as it is proven. Freshdesk has no history for the API: a ticket shows when it last
changed its status, was resolved, closed or reopened, and nothing of who or from what. What is told
here has its time from those stamps (`include=stats`) and its former state from the last reading;
every other change (priority, estimate, approval …) is seen by comparing two polls, and said to be
only observed.

*Time entries*: none of them moves its ticket's stamp, and no list tells which are new
(docs/freshdesk.md, 9). So those whose work lies in the last days are listed in every pass, those of
a longer window in a full pass, and both compared with what is remembered.

*A number in a custom field*, for plans without time tracking, has no entries, so its growth makes
them: each time it is seen larger, the difference is a piece of work done by then. What it loses is
taken off the last pieces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from bridge.model import Event, EventKind, Person, State, TimeEntry
from connectors.freshdesk.people import People
from connectors.marks import Marks
from connectors.toolkit import stamps
from connectors.toolkit.rows import Row
from connectors.toolkit.text import clean

_OPEN, _PENDING, _RESOLVED, _CLOSED = 2, 3, 4, 5
_STAMPS: Final = {
    _OPEN: "reopened_at",
    _PENDING: "pending_since",
    _RESOLVED: "resolved_at",
    _CLOSED: "closed_at",
}
"""Which stamp is that of the change into a status; of the account's own there is only the general
`status_updated_at`, which answers have though the reference does not name it."""
DAY: Final = 86400
_AHEAD: Final = timedelta(days=366)
_SPENT: Final = re.compile(r"(\d{1,4}):([0-5]\d)")

Seen = dict[str, Any]
"""What is remembered of the last reading: `status` (id), `state` (of the model), `at` (stamp)."""
Facts = dict[str, list[Any]]
"""What is remembered of time entries, by id."""
Piece = list[Any]
"""[stamp of the ticket when it was seen, seconds]."""


def seen_of(row: Row, state: State | None) -> Seen:
    """What to remember of this reading."""
    return {
        "status": row.get("status"),
        "state": None if state is None else state.value,
        "at": row.get("updated_at"),
    }


def changes_of(
    row: Row, state: State | None, before: Seen | None, now: datetime
) -> Iterator[Event]:
    """The changes of state since the reading `before`; without one, how the present state began."""
    given = row.get("stats")
    stats = given if isinstance(given, dict) else {}
    status = row.get("status")
    if before is not None and before.get("status") == status:
        return
    old = None if before is None else before.get("state")
    after = None if before is None else _parsed(before.get("at"), now)
    if status == _CLOSED and state is not None:
        resolved, closed = (_parsed(stats.get(name), now) for name in ("resolved_at", "closed_at"))
        earlier = resolved is not None and closed is not None and resolved < closed
        if earlier and _fits(resolved, row, after, now):
            yield _event(resolved, old, State.RESOLVED.value)
            old = State.RESOLVED.value
    begun = [_parsed(stats.get(_STAMPS.get(status, "")), now)] if isinstance(status, int) else []
    begun.append(_parsed(stats.get("status_updated_at"), now))
    at = next((stamp for stamp in begun if _fits(stamp, row, after, now)), None)
    if at is not None and state is not None and old != state.value:
        yield _event(at, old, state.value)


def _event(at: datetime | None, old: str | None, new: str) -> Event:
    if at is None:
        raise ValueError("a change without a time")
    return Event(f"status:{stamps.show(at)}:{new}", at, EventKind.STATE, None, old, new)


def _fits(at: datetime | None, row: Row, after: datetime | None, now: datetime) -> bool:
    """Whether a stamp lies between the last reading, or the ticket's birth, and this one."""
    born, touched = (_parsed(row.get(name), now) for name in ("created_at", "updated_at"))
    if at is None or born is None or touched is None:
        return False
    return at <= touched and (at > born if after is None else at >= after)


def _parsed(stamp: object, now: datetime) -> datetime | None:
    try:
        return stamps.believable(stamp, now) if stamp else None
    except ValueError:
        return None


# -- time entries ----------------------------------------------------------------------------------


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
        spent = _SPENT.fullmatch(str(row.get("time_spent")))
        if spent is None:
            raise ValueError(f"{row.get('time_spent')!r} is no duration")
        seconds = int(spent[1]) * 3600 + int(spent[2]) * 60
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


# -- work as one number ----------------------------------------------------------------------------


def pieces(known: Sequence[Piece], seconds: int, stamp: str) -> tuple[list[Piece], list[str]]:
    """The pieces that now add up to `seconds`, and the keys of those that are no more."""
    kept = [list(piece) for piece in known]
    total = sum(piece[1] for piece in kept)
    if seconds > total:
        kept.append([stamp, seconds - total])
    gone: list[str] = []
    while total > seconds and kept:
        taken = min(kept[-1][1], total - seconds)
        kept[-1][1] -= taken
        total -= taken
        if not kept[-1][1]:
            gone.append(_key(len(kept)))
            kept.pop()
    return kept, gone


def entries_of(known: Sequence[Piece]) -> tuple[TimeEntry, ...]:
    """The same as time entries. Freshdesk does not tell who changed a field."""
    return tuple(
        TimeEntry(_key(number), stamps.parse(stamp), Person(), seconds)
        for number, (stamp, seconds) in enumerate(known, start=1)
    )


def _key(number: int) -> str:
    return f"worked:{number}"
