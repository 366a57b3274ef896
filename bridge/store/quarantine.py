"""Tickets and mails that could not be read: kept with reason and raw form until they read again
or a person drops them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bridge.store.sql import chunks, upsert
from bridge.store.tables import quarantine
from connectors.base import Unreadable


class Mark(StrEnum):
    """What a person decided about it, or that nobody need: the tool failed (`temporary`), so every
    pass asks again."""

    RETRY = "retry"
    DROP = "drop"
    TEMPORARY = "temporary"


@dataclass(frozen=True, slots=True)
class SetAside:
    """One thing that could not be read, since when, and how often it was tried."""

    source: str
    key: str
    reason: str
    raw: str
    first_at: datetime
    last_at: datetime
    times: int
    mark: Mark | None = None


def set_aside(
    connection: Connection, source: str, unread: Sequence[Unreadable], now: datetime
) -> None:
    """Keep what could not be read. A retry that was asked for has then been made; what a person
    dropped stays dropped."""
    latest = {item.key: item for item in unread}
    known = {item.key: item for item in _select_keys(connection, source, list(latest))}
    rows = []
    for key, item in latest.items():
        before = known.get(key)
        rows.append(
            {
                "source": source,
                "key": key,
                "reason": item.reason,
                "raw": item.raw or (before.raw if before else ""),
                "first_at": before.first_at if before else now,
                "last_at": now,
                "times": before.times + 1 if before else 1,
                "mark": _mark_after(before, item),
            }
        )
    upsert(connection, quarantine, rows)


def release(connection: Connection, source: str, keys: Sequence[str]) -> int:
    """Take out what reads again. Returns how many there were."""
    released = 0
    for part in chunks(keys):
        released += connection.execute(
            sa.delete(quarantine).where(quarantine.c.source == source, quarantine.c.key.in_(part))
        ).rowcount
    return released


def waiting(connection: Connection, source: str | None = None) -> tuple[SetAside, ...]:
    """What is set aside and not dropped, oldest first."""
    return _select(connection, source, _not_dropped())


def dropped(connection: Connection, source: str | None = None) -> tuple[SetAside, ...]:
    """What a person dropped, oldest first."""
    return _select(connection, source, quarantine.c.mark == Mark.DROP.value)


def to_retry(connection: Connection, source: str) -> tuple[str, ...]:
    """Keys of what a person asked to have read again, and of what the tool failed to give."""
    marks = (Mark.RETRY.value, Mark.TEMPORARY.value)
    return tuple(item.key for item in _select(connection, source, quarantine.c.mark.in_(marks)))


def temporary(connection: Connection, source: str) -> tuple[SetAside, ...]:
    """What the tool failed to give when it was last asked for it."""
    return _select(connection, source, quarantine.c.mark == Mark.TEMPORARY.value)


def count(connection: Connection) -> dict[str, int]:
    """How many are set aside and not dropped, by source."""
    rows = connection.execute(
        sa.select(quarantine.c.source, sa.func.count().label("number"))
        .where(_not_dropped())
        .group_by(quarantine.c.source)
    )
    return {row.source: row.number for row in rows}


def retry(connection: Connection, source: str, key: str) -> bool:
    """Ask for another reading, which what is temporary has anyway. False when nothing of this key
    is set aside."""
    return _mark(connection, source, key, Mark.RETRY)


def drop(connection: Connection, source: str, key: str) -> bool:
    """Decide that it may stay unread. False when nothing of this key is set aside."""
    return _mark(connection, source, key, Mark.DROP)


def _mark(connection: Connection, source: str, key: str, mark: Mark) -> bool:
    done = connection.execute(
        sa.update(quarantine)
        .where(quarantine.c.source == source, quarantine.c.key == key)
        .values(mark=mark.value if mark is Mark.DROP else _kept_temporary(mark))
    )
    return bool(done.rowcount)


def _kept_temporary(mark: Mark) -> sa.ColumnElement[str]:
    is_temporary = quarantine.c.mark == Mark.TEMPORARY.value
    return sa.case((is_temporary, Mark.TEMPORARY.value), else_=mark.value)


def _mark_after(before: SetAside | None, item: Unreadable) -> str | None:
    if before is not None and before.mark is Mark.DROP:
        return Mark.DROP.value
    return Mark.TEMPORARY.value if item.temporary else None


def _not_dropped() -> sa.ColumnElement[bool]:
    return sa.or_(quarantine.c.mark.is_(None), quarantine.c.mark != Mark.DROP.value)


def _select(
    connection: Connection, source: str | None, condition: sa.ColumnElement[bool]
) -> tuple[SetAside, ...]:
    statement = sa.select(quarantine).where(condition)
    if source is not None:
        statement = statement.where(quarantine.c.source == source)
    rows = connection.execute(statement.order_by(quarantine.c.first_at, quarantine.c.key))
    return tuple(_item(row) for row in rows)


def _select_keys(connection: Connection, source: str, keys: Sequence[str]) -> list[SetAside]:
    found = []
    for part in chunks(keys):
        found += [
            _item(row)
            for row in connection.execute(
                sa.select(quarantine).where(
                    quarantine.c.source == source, quarantine.c.key.in_(part)
                )
            )
        ]
    return found


def _item(row: Row[Any]) -> SetAside:
    values = dict(row._mapping)
    values["mark"] = None if row.mark is None else Mark(row.mark)
    return SetAside(**values)
