"""Database URLs: SQLite (one file) or PostgreSQL, and how to connect to each."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from bridge.store.errors import StoreError

BUSY_MILLISECONDS: Final = 10_000
"""How long a SQLite writer waits for another one; transactions last milliseconds."""
CONNECT_SECONDS: Final = 10
_DRIVERS: Final = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_EXAMPLES: Final = "write sqlite:///bridge.db or postgresql+psycopg://USER@HOST/NAME"


def parsed_url(url: str) -> URL:
    """The URL with the driver that we use. Raises StoreError for one that is none."""
    try:
        parsed = sa.make_url(url)
    except ArgumentError:
        raise StoreError("the database URL cannot be read", hint=_EXAMPLES) from None
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        raise StoreError(
            f"the database URL begins with {parsed.drivername!r}, which is not supported",
            hint=_EXAMPLES,
        )
    if driver.startswith("postgresql"):
        _require_psycopg()
    elif parsed.database in (None, "", ":memory:") or "mode" in parsed.query:
        raise StoreError(
            "the store needs a file: a database in memory is gone with its process",
            hint="write sqlite:///bridge.db",
        )
    return parsed.set(drivername=driver)


def shown_name(url: URL) -> str:
    """Where the database is, without user and password: for messages."""
    if url.drivername.startswith("sqlite"):
        return str(url.database)
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{url.host or url.query.get('host', 'localhost')}{port}/{url.database}"


def sqlite_path(url: URL) -> Path | None:
    """The file of an SQLite database, None for PostgreSQL."""
    return Path(str(url.database)) if url.drivername.startswith("sqlite") else None


def connect_arguments(url: URL) -> dict[str, Any]:
    """What the driver is told beside the URL: how long to wait, and who we are."""
    if url.drivername.startswith("sqlite"):
        return {"timeout": BUSY_MILLISECONDS / 1000}
    given = {"connect_timeout": CONNECT_SECONDS, "application_name": "bridge"}
    return {name: value for name, value in given.items() if name not in url.query}


def _require_psycopg() -> None:
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise StoreError(
            "PostgreSQL needs the driver psycopg, which is not installed",
            hint="pip install 'the-bridge[postgres]'",
        ) from error
