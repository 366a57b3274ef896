"""What was concluded of each ticket when it was last assessed, ready to be shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bridge.model import Seconds
from bridge.store.sql import chunks, upsert
from bridge.store.tables import assessments, tickets

VERSION: Final = 1
"""Of the content of the rows: with another one everything is assessed again."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One row. `held` are hours that are not deducted yet, `promised` those approved and not worked
    yet; `asks` counts what waits for a person; `risk_at` is when a promise that is not kept is to
    be shown. `content` is JSON."""

    source: str
    ticket: str
    at: datetime
    is_open: bool
    client: str | None
    contract: str | None
    held: Seconds
    promised: Seconds
    asks: int
    risk_at: datetime | None
    content: str


def save(connection: Connection, rows: Sequence[Kept]) -> None:
    """Keep these in place of what was concluded before."""
    names = [column.name for column in fields(Kept)]
    upsert(connection, assessments, [{n: getattr(row, n) for n in names} for row in rows])


def of_tickets(connection: Connection, source: str, keys: Sequence[str]) -> dict[str, Kept]:
    """What is kept of these tickets, by key."""
    found: dict[str, Kept] = {}
    for part in chunks(keys):
        rows = connection.execute(
            sa.select(assessments).where(
                assessments.c.source == source, assessments.c.ticket.in_(part)
            )
        )
        found |= {row.ticket: Kept(**row._mapping) for row in rows}
    return found


def to_show(connection: Connection, source: str, now: datetime) -> Iterator[Kept]:
    """The open tickets of a source on which something waits for a person, or a promise is at
    risk."""
    asks = sa.select(assessments).where(assessments.c.source == source, assessments.c.asks > 0)
    risky = sa.select(assessments).where(
        assessments.c.source == source, assessments.c.risk_at <= now, assessments.c.asks == 0
    )
    for statement in (asks, risky):
        for row in connection.execute(statement.where(assessments.c.is_open)):
            yield Kept(**row._mapping)


def promised(
    connection: Connection, source: str, but: Sequence[str] = ()
) -> dict[tuple[str, str], Seconds]:
    """By client and contract, the hours that are approved on open tickets of a source and not
    worked yet; those of the tickets `but` are left out."""
    found = dict(_sums(connection, source, None))
    for part in chunks(but):
        for book, seconds in _sums(connection, source, part):
            found[book] -= seconds
    return found


def _sums(
    connection: Connection, source: str, keys: Sequence[str] | None
) -> Iterator[tuple[tuple[str, str], Seconds]]:
    statement = (
        sa.select(assessments.c.client, assessments.c.contract, sa.func.sum(assessments.c.promised))
        .where(assessments.c.source == source, assessments.c.is_open, assessments.c.promised > 0)
        .group_by(assessments.c.client, assessments.c.contract)
    )
    if keys is not None:
        statement = statement.where(assessments.c.ticket.in_(keys))
    for client, contract, seconds in connection.execute(statement):
        yield (client, contract), int(seconds)


def of_book(
    connection: Connection, source: str, client: str, contract: str, *, held: bool
) -> list[str]:
    """The keys of the tickets of a source that take from a book; with `held` those of which hours
    are not deducted."""
    statement = sa.select(assessments.c.ticket).where(
        assessments.c.source == source,
        assessments.c.client == client,
        assessments.c.contract == contract,
    )
    if held:
        statement = statement.where(assessments.c.held > 0)
    return list(connection.execute(statement).scalars())


def first(
    connection: Connection, source: str, client: str, contract: str, at: datetime
) -> str | None:
    """Of the tickets of a book that are open, or were assessed at a moment, the key of the one that
    was opened first, or None."""
    same = sa.and_(tickets.c.key == assessments.c.ticket, tickets.c.source == assessments.c.source)
    return connection.execute(
        sa.select(assessments.c.ticket)
        .join(tickets, same)
        .where(
            assessments.c.source == source,
            assessments.c.client == client,
            assessments.c.contract == contract,
            sa.or_(assessments.c.is_open, assessments.c.at == at),
        )
        .order_by(tickets.c.created_at, tickets.c.key)
        .limit(1)
    ).scalar_one_or_none()
