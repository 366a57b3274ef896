"""What is known of each source: its cursor, its last successes and errors, its passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bridge.store import codec
from bridge.store.errors import StoreError
from bridge.store.sql import insert_new
from bridge.store.tables import passes, sources

PASSES_KEPT: Final = 200


@dataclass(frozen=True, slots=True)
class Source:
    """A source as the store knows it.

    `act_since` is the first sync unless configured otherwise; `last_news_at` is when a pass last
    found something changed; `last_error` is empty again after a success.
    """

    name: str
    act_since: datetime
    cursor: str | None = None
    last_success_at: datetime | None = None
    last_news_at: datetime | None = None
    last_thorough_at: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    tickets_seen: int = 0
    tickets_changed: int = 0
    passes: int = 0


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over a source. `finished_at` and `ok` are None while it runs, and for ever when
    it was killed."""

    id: int
    source: str
    started_at: datetime
    finished_at: datetime | None
    ok: bool | None
    error: str | None
    counts: Mapping[str, int]


def ensure(connection: Connection, name: str, now: datetime) -> Source:
    """The source, made at first contact: it then acts on nothing older than `now`."""
    found = get(connection, name)
    if found is not None:
        return found
    row = {"name": name, "act_since": now, "tickets_seen": 0, "tickets_changed": 0, "passes": 0}
    insert_new(connection, sources, row)
    return _existing(connection, name)


def get(connection: Connection, name: str) -> Source | None:
    """The source, or None when it was never read."""
    row = connection.execute(sa.select(sources).where(sources.c.name == name)).one_or_none()
    return None if row is None else _source(row)


def everything(connection: Connection) -> tuple[Source, ...]:
    """All sources ever read, by name."""
    rows = connection.execute(sa.select(sources).order_by(sources.c.name))
    return tuple(_source(row) for row in rows)


def start_pass(connection: Connection, source: str, now: datetime) -> int:
    """Note that a pass begins, and return its number for `finish_pass`."""
    ensure(connection, source, now)
    statement = sa.insert(passes).values(source=source, started_at=now, counts="{}")
    (number,) = connection.execute(statement).inserted_primary_key or (0,)
    return int(number)


def finish_pass(
    connection: Connection,
    number: int,
    now: datetime,
    *,
    error: str | None = None,
    thorough: bool = False,
    counts: Mapping[str, int] | None = None,
) -> None:
    """Note how a pass ended (`error` None: all was read) and forget all but the last 200.

    `thorough` says that it was a full pass; only a successful one counts. Raises StoreError for a
    pass that was never started.
    """
    row = connection.execute(
        sa.update(passes)
        .where(passes.c.id == number)
        .values(
            finished_at=now, ok=error is None, error=error, counts=codec.dumps(dict(counts or {}))
        )
        .returning(passes.c.source)
    ).one_or_none()
    if row is None:
        raise StoreError(f"pass {number} was never started")
    values: dict[str, Any] = {"passes": sources.c.passes + 1}
    if error is None:
        values |= {"last_success_at": now, "last_error": None, "last_error_at": None}
        if thorough:
            values["last_thorough_at"] = now
    else:
        values |= {"last_error": error, "last_error_at": now}
    connection.execute(sa.update(sources).where(sources.c.name == row.source).values(**values))
    _prune(connection, row.source)


def recent_passes(
    connection: Connection, source: str, limit: int = PASSES_KEPT
) -> tuple[Pass, ...]:
    """The last passes of a source, newest first."""
    rows = connection.execute(
        sa.select(passes).where(passes.c.source == source).order_by(passes.c.id.desc()).limit(limit)
    )
    return tuple(
        Pass(
            row.id,
            row.source,
            row.started_at,
            row.finished_at,
            row.ok,
            row.error,
            codec.loads(row.counts),
        )
        for row in rows
    )


def _prune(connection: Connection, source: str) -> None:
    oldest_kept = (
        sa.select(passes.c.id)
        .where(passes.c.source == source)
        .order_by(passes.c.id.desc())
        .offset(PASSES_KEPT - 1)
        .limit(1)
        .scalar_subquery()
    )
    connection.execute(
        sa.delete(passes).where(passes.c.source == source, passes.c.id < oldest_kept)
    )


def _existing(connection: Connection, name: str) -> Source:
    return _source(connection.execute(sa.select(sources).where(sources.c.name == name)).one())


def _source(row: Row[Any]) -> Source:
    return Source(**row._mapping)
