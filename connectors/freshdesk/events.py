"""Changes of state, as far as they are proven. Freshdesk has no history for the API: a ticket shows
when it last changed its status, was resolved, closed or reopened, and nothing of who or from what.

What is told here has its time from those stamps (`include=stats`) and its former state from the
last reading; every other change (priority, estimate, approval …) is seen by comparing two polls,
and said to be only observed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from bridge.model import Event, EventKind, State
from connectors.freshdesk.library import Row
from connectors.toolkit import stamps

_OPEN, _PENDING, _RESOLVED, _CLOSED = 2, 3, 4, 5
_STAMPS: Final = {
    _OPEN: "reopened_at",
    _PENDING: "pending_since",
    _RESOLVED: "resolved_at",
    _CLOSED: "closed_at",
}
"""Which stamp is that of the change into a status; of the account's own there is only the general
`status_updated_at`, which answers have though the reference does not name it."""

Seen = dict[str, Any]
"""What is remembered of the last reading: `status` (id), `state` (of the model), `at` (stamp)."""


def seen_of(row: Row, state: State | None) -> Seen:
    """What to remember of this reading."""
    return {
        "status": row.get("status"),
        "state": None if state is None else state.value,
        "at": row.get("updated_at"),
    }


def of(row: Row, state: State | None, before: Seen | None, now: datetime) -> Iterator[Event]:
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
