"""Small pieces of SQL that both databases understand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from itertools import islice
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

T = TypeVar("T")
IN_AT_ONCE: Final = 500
"""Keys of one `IN (…)`: few statements, and far below any limit on parameters."""


def insert(connection: Connection, table: sa.Table) -> Any:
    """An INSERT that knows `on_conflict_do_…`, which each dialect has for itself."""
    # The dialect of the connection is loaded already; the other one would only cost time.
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    return dialect.insert(table)


def upsert(
    connection: Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    keep: Sequence[str] = (),
) -> None:
    """Insert rows, or replace what the rows name in those that are there, but for `keep`.

    All rows must name the same columns, and no two may have one primary key.
    """
    if not rows:
        return
    statement = insert(connection, table)
    keys = [column.name for column in table.primary_key]
    values = {
        name: statement.excluded[name] for name in rows[0] if name not in keys and name not in keep
    }
    connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=values), list(rows)
    )


def insert_new(connection: Connection, table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Insert one row unless its primary key is there. True when it was new."""
    keys = list(table.primary_key)
    statement = insert(connection, table).values(**row).on_conflict_do_nothing(index_elements=keys)
    return connection.execute(statement.returning(*keys)).first() is not None


def chunks(items: Sequence[T], size: int = IN_AT_ONCE) -> Iterator[list[T]]:
    """The items in lists of at most `size`."""
    remaining = iter(items)
    while part := list(islice(remaining, size)):
        yield part
