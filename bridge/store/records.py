"""What people told the bridge by command: only ever added to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bridge.model import Record, RecordKind, Verdict
from bridge.store.sql import chunks, insert_new
from bridge.store.tables import records


def append(connection: Connection, record: Record) -> bool:
    """Add a record. False when its key is there already: the same command, given twice."""
    return insert_new(
        connection,
        records,
        {
            "key": record.key,
            "source": record.source,
            "ticket": record.ticket,
            "at": record.at,
            "by": record.by,
            "kind": record.kind.value,
            "seconds": record.seconds,
            "verdict": None if record.verdict is None else record.verdict.value,
            "note": record.note,
        },
    )


def of_ticket(connection: Connection, source: str, key: str) -> tuple[Record, ...]:
    """The records of one ticket, in order of time."""
    return of_tickets(connection, source, [key]).get(key, ())


def of_tickets(
    connection: Connection, source: str, keys: Sequence[str]
) -> dict[str, tuple[Record, ...]]:
    """The records of those tickets that have any, each in order of time."""
    found: dict[str, list[Record]] = defaultdict(list)
    for part in chunks(keys):
        rows = connection.execute(
            sa.select(records)
            .where(records.c.source == source, records.c.ticket.in_(part))
            .order_by(records.c.at, records.c.key)
        )
        for row in rows:
            found[row.ticket].append(_record(row))
    return {key: tuple(items) for key, items in found.items()}


def _record(row: Row[Any]) -> Record:
    values = dict(row._mapping)
    values["kind"] = RecordKind(row.kind)
    values["verdict"] = None if row.verdict is None else Verdict(row.verdict)
    return Record(**values)
