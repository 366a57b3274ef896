"""When each ticket must be assessed next: at once where something about it changed, else when time
alone may change what was concluded.

A pass that assesses a ticket and has nothing left to write on it lets it sleep until then. Whatever
ends the pass before leaves it awake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bridge.store.sql import chunks
from bridge.store.tables import tickets
from bridge.store.tickets import is_open

_NEXT: Final = timedelta(microseconds=1)
AT_ONCE: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When a ticket wakes that must be assessed by the next pass, whatever any clock says."""


@dataclass(frozen=True, slots=True)
class Due:
    """A ticket to assess. `woken`: its time has come, or something that it rests on has changed."""

    key: str
    created_at: datetime
    changed_at: datetime
    woken: bool


def due(
    connection: Connection,
    source: str,
    since: datetime,
    now: datetime,
    *,
    after: Due | None = None,
    every_open: bool = False,
    limit: int | None = None,
) -> list[Due]:
    """The tickets created at or after `since` that must be assessed at `now`, in order of arrival;
    those behind `after`, at most `limit`. With `every_open` all open ones too."""
    wanted = tickets.c.wakes_at <= now
    created_at = tickets.c.created_at if every_open else _beside_its_index()
    statement = sa.select(
        tickets.c.key, tickets.c.created_at, tickets.c.changed_at, tickets.c.wakes_at
    ).where(
        tickets.c.source == source,
        created_at >= since,
        sa.or_(wanted, is_open()) if every_open else wanted,
    )
    if after is not None:
        place = sa.tuple_(created_at, tickets.c.key)
        bounds = sa.tuple_(
            sa.literal(after.created_at, tickets.c.created_at.type), sa.literal(after.key)
        )
        statement = statement.where(place > bounds)
    rows = connection.execute(statement.order_by(created_at, tickets.c.key).limit(limit))
    return [_due(row, now) for row in rows]


def _beside_its_index() -> sa.ColumnElement[datetime]:
    """When tickets were created, as an expression for which no index is used: few are due, and by
    their age a database would look at all of them."""
    return sa.func.coalesce(tickets.c.created_at, tickets.c.created_at)


def these(connection: Connection, source: str, keys: Sequence[str], now: datetime) -> list[Due]:
    """These tickets, as `due` gives them, in order of arrival."""
    found: list[Due] = []
    for part in chunks(keys):
        rows = connection.execute(
            sa.select(
                tickets.c.key, tickets.c.created_at, tickets.c.changed_at, tickets.c.wakes_at
            ).where(tickets.c.source == source, tickets.c.key.in_(part))
        )
        found += [_due(row, now) for row in rows]
    return sorted(found, key=lambda one: (one.created_at, one.key))


def _due(row: Any, now: datetime) -> Due:
    woken = row.wakes_at is not None and row.wakes_at <= now
    return Due(row.key, row.created_at, row.changed_at, woken)


def settle(
    connection: Connection, source: str, assessed: Mapping[str, tuple[datetime, datetime | None]]
) -> None:
    """Everything that follows from these tickets was carried out: by key, what `changed_at` was
    when they were assessed, and when they wake. What others noted since is left to the next pass:
    such a ticket is due as it was."""
    if not assessed:
        return
    connection.execute(
        sa.update(tickets)
        .where(
            tickets.c.source == source,
            tickets.c.key == sa.bindparam("of_key"),
            tickets.c.changed_at == sa.bindparam("as_it_was"),
        )
        .values(wakes_at=sa.bindparam("then")),
        [
            {"of_key": key, "as_it_was": changed_at, "then": wakes_at}
            for key, (changed_at, wakes_at) in assessed.items()
        ],
    )


def wake(connection: Connection, source: str, keys: Sequence[str]) -> None:
    """Have these tickets assessed again, though nothing about them changed."""
    for part in chunks(keys):
        connection.execute(
            sa.update(tickets)
            .where(tickets.c.source == source, tickets.c.key.in_(part))
            .values(wakes_at=AT_ONCE)
        )


def wake_open(
    connection: Connection, source: str, since: datetime, clients: Sequence[str] = ()
) -> None:
    """Have all open tickets created at or after `since` assessed again, and those of some clients
    that are finished."""
    which = sa.or_(is_open(), tickets.c.client.in_(list(clients))) if clients else is_open()
    connection.execute(
        sa.update(tickets)
        .where(tickets.c.source == source, tickets.c.created_at >= since, which)
        .values(wakes_at=AT_ONCE)
    )


def let_rest(connection: Connection, source: str, before: datetime) -> None:
    """Tickets created before a moment are read and not assessed."""
    connection.execute(
        sa.update(tickets)
        .where(
            tickets.c.source == source,
            tickets.c.wakes_at == AT_ONCE,
            _beside_its_index() < before,
        )
        .values(wakes_at=None)
    )


def touch(connection: Connection, source: str, key: str, now: datetime) -> None:
    """Have a ticket assessed again by the next pass, for what was noted about it beside the tool.

    Two changes of one ticket are never of one moment: a pass knows by it what it has carried out.
    """
    this = (tickets.c.source == source, tickets.c.key == key)
    before = connection.execute(sa.select(tickets.c.changed_at).where(*this)).scalar_one_or_none()
    if before is None:
        return
    values = {"changed_at": later(now, before), "wakes_at": AT_ONCE}
    connection.execute(sa.update(tickets).where(*this).values(**values))


def later(now: datetime, before: datetime) -> datetime:
    """`now`, and never as early as what was before, whatever the clock says."""
    return max(now, before + _NEXT)
