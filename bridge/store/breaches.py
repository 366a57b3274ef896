"""Promised times that were not kept: recorded once, and never taken back (C13)."""

from __future__ import annotations

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
    """

    source: str
    ticket: str
    target: str
    cycle: str
    due_at: datetime
    recorded_at: datetime
    rule: str
    superseded_by: str | None = None


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
