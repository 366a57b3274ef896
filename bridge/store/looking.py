"""The store as it stands, for whoever only looks: nothing is made, migrated, locked or left behind.

It works on a read-only file system, for a user who may not write, and while a pass runs.

SQLite keeps what a pass writes in a second file (`-wal`) for as long as somebody writes. While it
is there, both are read as their writers read them. Else the file alone is read as it lies: opened
in any other way, SQLite would make the second one. A writer who comes meanwhile may move what is
being read, so it is read again when the file is another one afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine
from sqlalchemy.pool import NullPool, StaticPool

from bridge.store.database import Database, require_folder, set_up_sqlite, translated
from bridge.store.errors import StoreError
from bridge.store.migrate import is_made
from bridge.store.tables import metadata
from bridge.store.urls import connect_arguments, parsed_url, shown_name, sqlite_path

T = TypeVar("T")
_ATTEMPTS: Final = 5
"""How often a file is read that somebody changes meanwhile; each time takes as long as a look."""


def look(url: str, what: Callable[[Database], T]) -> T:
    """What `what` makes of the store; it may be called again, and what it writes is an error.

    Where none was made yet it sees an empty one. Raises StoreError for a database out of reach and
    for one of another version.
    """
    parsed = parsed_url(url)
    path = sqlite_path(parsed)
    if path is not None:
        require_folder(path)
    for _ in range(_ATTEMPTS):
        before = _state(path)
        try:
            with _opened(parsed, path) as database:
                seen = what(database)
        except StoreError:
            if _state(path) == before:
                raise
        else:
            if _state(path) == before or (path is not None and _wal(path).exists()):
                return seen
    raise StoreError("it is being written all the time", shown_name(parsed), "try again")


def _state(path: Path | None) -> tuple[object, ...]:
    """What changes with the file itself, unless its writers keep it consistent for us."""
    if path is None or not path.exists() or _wal(path).exists():
        return ()
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


@contextmanager
def _opened(url: URL, path: Path | None) -> Iterator[Database]:
    database = _at(url, path) if path is None or path.exists() else _empty()
    try:
        yield database
    finally:
        database.close()


def _at(url: URL, path: Path | None) -> Database:
    if path is not None and path.is_symlink():
        raise StoreError("it is a symbolic link", str(path), "name the file itself")
    with ExitStack() as stack, translated(shown_name(url)):
        engine = _engine(url, path)
        stack.callback(engine.dispose)
        with engine.connect() as connection:
            if is_made(connection, shown_name(url)):
                stack.pop_all()
                return Database(url, engine, engine)
    return _empty()


def _engine(url: URL, path: Path | None) -> Engine:
    if path is None:
        arguments = connect_arguments(url)
        given = f"{url.query.get('options', '')} -c default_transaction_read_only=on".strip()
        return sa.create_engine(
            url, hide_parameters=True, connect_args={**arguments, "options": given}
        )
    how = {"mode": "ro", "uri": "true"} | ({} if _wal(path).exists() else {"immutable": "1"})
    engine = sa.create_engine(
        url.set(database=f"file:{quote(str(path))}", query=how),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args=connect_arguments(url),
    )
    set_up_sqlite(engine, read_only=True)
    return engine


def _empty() -> Database:
    """A store in which nothing happened yet, in memory."""
    engine = sa.create_engine("sqlite://", poolclass=StaticPool, hide_parameters=True)
    metadata.create_all(engine)
    return Database(engine.url, engine, engine)
