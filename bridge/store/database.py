"""Opening the database: one engine set up so that nothing committed is lost and nobody waits long.

SQLite: WAL, `BEGIN IMMEDIATE` for what writes (a transaction that reads first and writes later
would fail whenever somebody else wrote in between), foreign keys, files 0600. PostgreSQL by URL.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from bridge.store.errors import StoreError
from bridge.store.migrate import bring_up_to_date
from bridge.store.urls import (
    BUSY_MILLISECONDS,
    connect_arguments,
    parsed_url,
    shown_name,
    sqlite_path,
)


class Database:
    """An open store. Safe to use from several threads, each in its own `with` block."""

    def __init__(self, url: URL, writer: Engine, reader: Engine) -> None:
        self._url = url
        self._writer = writer
        self._reader = reader

    @classmethod
    def open(cls, url: str, *, migrate: bool = True) -> Database:
        """Open the database at `url`, making and migrating it unless told otherwise.

        Raises StoreError for a URL that is none, a database out of reach, a disk that cannot be
        written, a missing driver, and a database of another version.
        """
        parsed = parsed_url(url)
        path = sqlite_path(parsed)
        if path is not None:
            _prepare_file(path)
        with ExitStack() as stack, translated(shown_name(parsed)):
            writer = _engine(parsed)
            stack.callback(writer.dispose)
            reader = _engine(parsed, read_only=True) if path else writer
            stack.callback(reader.dispose)
            with _migrator(parsed).connect() as connection:
                _require_utf8(connection, shown_name(parsed))
                bring_up_to_date(connection, migrate=migrate, where=shown_name(parsed))
            stack.pop_all()
        return cls(parsed, writer, reader)

    @classmethod
    def open_if_there(cls, url: str) -> Database | None:
        """The database as it stands, or None where none was made yet: nothing is made or migrated.

        Raises StoreError as `open` does, also for a database of an older version, and where none
        could be made.
        """
        path = sqlite_path(parsed_url(url))
        if path is not None and not path.exists():
            require_folder(path)
            return None
        return cls.open(url, migrate=False)

    @property
    def name(self) -> str:
        """Where the database is, without user and password: for messages."""
        return shown_name(self._url)

    @property
    def path(self) -> Path | None:
        """The file of an SQLite database, None for PostgreSQL."""
        return sqlite_path(self._url)

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Connection]:
        """One transaction that writes: committed at the end, undone when the block raises.

        A killed process loses nothing that was committed. On SQLite a power cut may take the last
        commits with it (a page is simply read again); `durable` waits for the disk, for what
        nobody could tell us a second time. PostgreSQL always does. Never keep it open during a
        call to a tool. Raises StoreError when the database fails.
        """
        with translated(self.name), self._writer.connect() as connection:
            wait = durable and self.path is not None
            if wait:
                _pragma(connection, "synchronous=FULL")
            try:
                with connection.begin():
                    yield connection
            finally:
                if wait and not connection.invalidated:
                    _pragma(connection, "synchronous=NORMAL")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view; it blocks nobody, and whoever writes in it gets an error."""
        with translated(self.name), self._reader.connect() as plain:
            connection = plain
            if self.path is None:
                connection = plain.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            with connection.begin():
                yield connection

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """A connection of its own outside any pool, in autocommit: for locks that live and die
        with it. Raises StoreError when the database cannot be reached."""
        engine = sa.create_engine(
            self._url,
            poolclass=NullPool,
            hide_parameters=True,
            isolation_level="AUTOCOMMIT",
            connect_args=connect_arguments(self._url),
        )
        with translated(self.name), engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Let go of all connections. Safe to repeat."""
        self._writer.dispose()
        self._reader.dispose()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Database({self.name!r})"


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Database errors as StoreError: the database's own words, never a statement's values."""
    try:
        yield
    except DBAPIError as error:
        words = _first_line(error.orig)
        hint = next((hint for part, hint in _HINTS.items() if part in words.lower()), "")
        raise StoreError(words, where, hint) from error
    except SQLAlchemyError as error:
        raise StoreError(_first_line(error), where) from error


_HINTS: Final = {
    "readonly": "make the file and its folder writable for the user the bridge runs as",
    "read-only": "connect to the primary server, or write in db.write()",
    "disk i/o error": "is the disk full, or failing? what was not yet stored is read again",
    "disk is full": "free some space; what was not yet stored is read again by the next pass",
    "no space left": "free some space; what was not yet stored is read again by the next pass",
    "database is locked": "another program keeps the database locked; end it and try again",
    "not a database": "the URL must name a database of the bridge, or a file not yet there",
    "malformed": "restore the last back-up; keep the broken file for inspection",
    "unable to open": "check the path, and that the folder may be written",
    "password authentication failed": "check user and password of the database URL",
    "connection refused": "check that PostgreSQL runs, and host and port of the database URL",
    "could not translate host": "check the host of the database URL",
    "failed to resolve host": "check the host of the database URL",
    "fatal:  database": "create the database first (createdb)",
    "fatal:  role": "create the role first (createuser)",
    "permission denied": "grant the bridge's role what it needs, or migrate as the owner",
}


def _first_line(error: object) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def require_folder(path: Path) -> None:
    """Refuse a folder that is not there, or into which everybody may write (S4)."""
    folder = path.parent
    if not folder.is_dir():
        raise StoreError(
            f"the folder {folder} does not exist", str(path), "create it, or change `database`"
        )
    if folder.stat().st_mode & stat.S_IWOTH:
        raise StoreError(
            f"everybody may write into the folder {folder}",
            str(path),
            "keep the database in a folder of its own, mode 0700",
        )


def _prepare_file(path: Path) -> None:
    """Make the file 0600 before SQLite would make it readable to all (S4); `-wal` and `-shm`
    take over its mode."""
    require_folder(path)
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        handle = os.open(path, flags, 0o600)
    except OSError as error:
        link = path.is_symlink()
        raise StoreError(
            "it is a symbolic link" if link else f"it cannot be written: {error.strerror}",
            str(path),
            "name the file itself" if link else "make file and folder writable for this user",
        ) from error
    try:
        if stat.S_IMODE(os.fstat(handle).st_mode) & 0o077:
            os.fchmod(handle, 0o600)
    finally:
        os.close(handle)


def _engine(url: URL, *, read_only: bool = False) -> Engine:
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        connect_args=connect_arguments(url),
        pool_pre_ping=not url.drivername.startswith("sqlite"),
    )
    if url.drivername.startswith("sqlite"):
        set_up_sqlite(engine, read_only=read_only)
    return engine


def _migrator(url: URL) -> Engine:
    """An engine for one migration: a table that is rebuilt must be droppable for a moment."""
    engine = sa.create_engine(
        url, hide_parameters=True, poolclass=NullPool, connect_args=connect_arguments(url)
    )
    if url.drivername.startswith("sqlite"):
        set_up_sqlite(engine, foreign_keys=False)
    return engine


def set_up_sqlite(engine: Engine, *, read_only: bool = False, foreign_keys: bool = True) -> None:
    """Have every connection of an engine behave as ours do."""
    pragmas = [
        f"busy_timeout={BUSY_MILLISECONDS}",
        f"foreign_keys={'ON' if foreign_keys else 'OFF'}",
        *(["query_only=ON"] if read_only else ["journal_mode=WAL", "synchronous=NORMAL"]),
    ]

    @sa.event.listens_for(engine, "connect")
    def set_up(connection: Any, _: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _pragma(connection: Connection, pragma: str) -> None:
    """Outside a transaction, hence past SQLAlchemy, which would begin one."""
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _require_utf8(connection: Connection, where: str) -> None:
    if connection.dialect.name != "postgresql":
        return
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    connection.rollback()
    if encoding != "UTF8":
        raise StoreError(
            f"the database is encoded in {encoding}, not in UTF8",
            where,
            "create it with: createdb --encoding=UTF8 --template=template0 NAME",
        )
