"""Promised times that were not kept: recorded once, and never taken back (C13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bridge.store.sql import insert_new
from bridge.store.tables import breaches


@dataclass(frozen=True, slots=True)
class Breach:
    """A target of a ticket missed in one cycle of its clock.

    `cycle` tells a clock's runs apart (a reopened ticket starts another one); `superseded_by`
    says which later change (priority, calendar, holidays) would have given another answer.
    `breached_at` is when it was missed: at the due time, or at the change by which that came to
    lie in the past (C14). `basis` is what the calendar said of the days counted, as JSON (C20).
    """

    source: str
    ticket: str
    target: str
    cycle: str
    due_at: datetime
    recorded_at: datetime
    rule: str
    superseded_by: str | None = None
    breached_at: datetime | None = None
    basis: str | None = None


def record(connection: Connection, breach: Breach) -> bool:
    """Keep a breach. False when this target of this cycle has one, which stays as it is."""
    return insert_new(connection, breaches, asdict(breach))


def supersede(
    connection: Connection, source: str, ticket: str, target: str, cycle: str, by: str
) -> bool:
    """Note once what superseded a breach. False when there is none, or it is noted already."""
    done = connection.execute(
        sa.update(breaches)
        .where(
            breaches.c.source == source,
            breaches.c.ticket == ticket,
            breaches.c.target == target,
            breaches.c.cycle == cycle,
            breaches.c.superseded_by.is_(None),
        )
        .values(superseded_by=by)
    )
    return bool(done.rowcount)


def of_tickets(
    connection: Connection, source: str, keys: Sequence[str]
) -> dict[str, tuple[Breach, ...]]:
    """The breaches of these tickets of a source, by ticket, oldest due time first."""
    found: dict[str, list[Breach]] = {}
    for row in connection.execute(
        sa.select(breaches)
        .where(breaches.c.source == source, breaches.c.ticket.in_(keys))
        .order_by(breaches.c.due_at, breaches.c.target)
    ):
        found.setdefault(row.ticket, []).append(Breach(**row._mapping))
    return {key: tuple(rows) for key, rows in found.items()}


def restore(connection: Connection, source: str, ticket: str, target: str, cycle: str) -> None:
    """Take back what superseded a breach: the judgement is again what was recorded."""
    connection.execute(
        sa.update(breaches)
        .where(
            breaches.c.source == source,
            breaches.c.ticket == ticket,
            breaches.c.target == target,
            breaches.c.cycle == cycle,
        )
        .values(superseded_by=None)
    )


def recorded(
    connection: Connection, source: str | None = None, ticket: str | None = None
) -> tuple[Breach, ...]:
    """Breaches, oldest due time first."""
    statement = sa.select(breaches)
    if source is not None:
        statement = statement.where(breaches.c.source == source)
    if ticket is not None:
        statement = statement.where(breaches.c.ticket == ticket)
    rows = connection.execute(
        statement.order_by(breaches.c.due_at, breaches.c.ticket, breaches.c.target)
    )
    return tuple(Breach(**row._mapping) for row in rows)
