"""Small values of the database itself, among them its secret."""

from __future__ import annotations

import secrets
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bridge.store.sql import insert_new, upsert
from bridge.store.tables import meta

SECRET_BYTES: Final = 32
_SECRET_NAME: Final = "secret"  # noqa: S105 - the name it is kept under


def get(connection: Connection, name: str) -> str | None:
    """A value kept under this name, or None."""
    return connection.execute(
        sa.select(meta.c.value).where(meta.c.name == name)
    ).scalar_one_or_none()


def put(connection: Connection, name: str, value: str) -> None:
    """Keep a value under this name, in place of an earlier one."""
    if name == _SECRET_NAME:
        raise ValueError("the secret of a database is made once and never replaced")
    upsert(connection, meta, [{"name": name, "value": value}])


def secret(connection: Connection) -> bytes:
    """The 32 random bytes under which marks, tokens and plans of this database are made (I5).

    Made on first use, so the first call needs a connection that writes; two programs that start
    together get the same.
    """
    found = get(connection, _SECRET_NAME)
    if found is None:
        insert_new(
            connection,
            meta,
            {"name": _SECRET_NAME, "value": secrets.token_bytes(SECRET_BYTES).hex()},
        )
        found = get(connection, _SECRET_NAME)
    return bytes.fromhex(found or "")
