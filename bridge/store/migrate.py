"""Bringing the database to the version of this program, from code."""

from __future__ import annotations

import logging
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bridge.store.errors import StoreError
from bridge.store.migrations import HEAD

_TURN: Final = 0x62726964
"""Advisory lock under which programs that start together migrate one after the other."""


def version(connection: Connection) -> str | None:
    """The revision of the database, None for an empty one. StoreError for somebody else's."""
    tables = set(sa.inspect(connection).get_table_names())
    if "alembic_version" in tables:
        found: str | None = connection.execute(
            sa.text("SELECT version_num FROM alembic_version")
        ).scalar_one_or_none()
        return found
    if "tickets" in tables or "sources" in tables:
        raise StoreError("it holds tables of another program", hint="give the bridge its own")
    return None


def is_made(connection: Connection, where: str) -> bool:
    """Whether this is a database of this version; False for an empty one, StoreError for others."""
    with connection.begin():
        return version(connection) is not None and bool(_checked(connection, False, where))


def bring_up_to_date(connection: Connection, *, migrate: bool, where: str) -> None:
    """Migrate to `HEAD` in one transaction, or raise StoreError saying why not.

    Nothing is locked or imported when there is nothing to do.
    """
    with connection.begin():
        if _checked(connection, migrate, where) == HEAD:
            return
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))
        if _checked(connection, migrate, where) != HEAD:
            _upgrade(connection)
            _check_foreign_keys(connection, where)


def _checked(connection: Connection, migrate: bool, where: str) -> str | None:
    found = version(connection)
    if found == HEAD:
        return found
    if found is not None and (not found.isdigit() or int(found) > int(HEAD)):
        raise StoreError(
            f"it has version {found}, and this program knows versions up to {HEAD}",
            where,
            "install the newer program again, or restore the back-up made before it",
        )
    if not migrate:
        raise StoreError(
            f"it has version {found or 'none'}, and this program needs {HEAD}",
            where,
            "bridge sync  migrates it, as the owner of the database",
        )
    return found


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "bridge.store:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    logging.getLogger("alembic").setLevel(logging.WARNING)
    command.upgrade(config, "head")


def _check_foreign_keys(connection: Connection, where: str) -> None:
    """They are off while SQLite migrates, so what a migration broke is looked for at its end."""
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise StoreError(
            f"after the migration a row of {broken[0]} points to nothing; it was undone",
            where,
            "report this with the version you came from",
        )
