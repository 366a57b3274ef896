"""One pass per source at a time, by locks that die with their holder (asks 14, 15).

SQLite: `flock` on a file beside the database. PostgreSQL: an advisory lock on a connection of its
own. Commands that are no pass (`bridge spend` beside a running daemon) need none of this: each of
their transactions is safe by itself.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bridge.store import Database, StoreError

_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
_HOST_SHOWN: Final = 24
_HOLDER_BYTES: Final = 400


class LockedError(Exception):
    """Another pass holds this source. `holder` says who and since when, as far as is known."""

    def __init__(self, source: str, holder: str) -> None:
        super().__init__(source, holder)
        self.source = source
        self.holder = holder

    def __str__(self) -> str:
        return f"{self.source}: another pass is running ({self.holder}); wait for it or end it"


@contextmanager
def source_lock(database: Database, source: str) -> Iterator[None]:
    """Hold a source for the length of the block.

    Raises LockedError at once when another process, or another thread of this one, holds it, and
    StoreError when no lock can be made.
    """
    path = database.path
    if path is None:
        with _advisory_lock(database, source):
            yield
    else:
        with _file_lock(lock_file(path, source), source):
            yield


def lock_file(database: Path, source: str) -> Path:
    """Where the lock of a source is: beside the database, never in a shared folder (S4)."""
    name = source
    if not _PLAIN_NAME.fullmatch(source):
        name = hashlib.sha256(source.encode()).hexdigest()[:32]
    return database.with_name(f"{database.name}.{name}.lock")


@contextmanager
def _file_lock(path: Path, source: str) -> Iterator[None]:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        handle = os.open(path, flags, 0o600)
    except OSError as error:
        link = error.errno == errno.ELOOP
        raise StoreError(
            "the lock is a symbolic link" if link else f"no lock can be made: {error.strerror}",
            str(path),
            "remove the link" if link else "make the folder writable for this user",
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(source, _holder_in(handle)) from None
        # The file stays when the block ends: removing it would let two holders in, one on the
        # removed file and one on its successor.
        try:
            os.ftruncate(handle, 0)
            os.pwrite(handle, json.dumps({"pid": os.getpid(), "since": _now()}).encode(), 0)
        except OSError as error:
            raise StoreError(
                f"the lock cannot be written: {error.strerror}",
                str(path),
                "free some space; nothing was read or written",
            ) from error
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _holder_in(handle: int) -> str:
    try:
        told = json.loads(os.pread(handle, _HOLDER_BYTES, 0))
        return f"process {int(told['pid'])}, since {str(told['since'])[:40]}"
    except (ValueError, KeyError, TypeError):
        return "a process that is just starting or ending"


@contextmanager
def _advisory_lock(database: Database, source: str) -> Iterator[None]:
    number = _number(source)
    with database.session() as connection:
        told = f"bridge {os.getpid()}@{socket.gethostname()[:_HOST_SHOWN]} {_now()}"
        connection.execute(sa.select(sa.func.set_config("application_name", told[:63], False)))
        if not connection.execute(sa.select(sa.func.pg_try_advisory_lock(number))).scalar_one():
            raise LockedError(source, _holder_of(connection, number))
        yield
        # A session that is closed lives on for a moment in the server, and its lock with it.
        connection.execute(sa.select(sa.func.pg_advisory_unlock(number)))


def _holder_of(connection: Connection, number: int) -> str:
    row = connection.execute(
        sa.text(
            "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
            "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 "
            "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND l.classid = :high AND l.objid = :low"
        ),
        {"high": number >> 32 & 0xFFFFFFFF, "low": number & 0xFFFFFFFF},
    ).first()
    told = (row.application_name or "") if row else ""
    match = re.fullmatch(r"bridge (\d+)@(\S+) (\S+)", told)
    if match is None:
        return "another session of the database"
    return f"process {match[1]} on {match[2]}, since {match[3]}"


def _number(source: str) -> int:
    """The 64 signed bits by which PostgreSQL knows the lock."""
    digest = hashlib.sha256(b"bridge pass\0" + source.encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
