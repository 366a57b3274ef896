"""Opening a source: its connector, with the store's memory and marks behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bridge.config import Config
from bridge.store import meta, pages
from bridge.store.database import Database
from connectors.base import Connector, Context
from connectors.errors import SettingsError
from connectors.marks import Marks
from connectors.toolkit.secret import SecretError

Observe = Callable[..., None]


def nobody(event: str, **facts: object) -> None:
    """An observer that does not look."""


def store_secret(database: Database) -> bytes:
    """The secret of this store, under which marks, tokens and saved plans are made."""
    with database.write() as conn:
        return meta.secret(conn)


def marks_of(database: Database) -> Marks:
    """The maker of marks of this store."""
    return Marks(store_secret(database))


@contextmanager
def open_source(
    config: Config,
    database: Database,
    name: str,
    observe: Observe = nobody,
    stopping: threading.Event | None = None,
) -> Iterator[Connector]:
    """The connector of a source, closed at the end. Once `stopping` is set it waits no longer.

    Raises SettingsError when a secret it names cannot be had, and the connector's own errors.
    """
    source = config.sources[name]

    def recall(key: str) -> str | None:
        with database.read() as conn:
            return pages.recall(conn, name, key)

    halt = stopping or threading.Event()
    context = Context(name, source.mapping, marks_of(database), recall, observe, halt)
    try:
        connector = source.connector(source.settings, context)
    except SecretError as error:
        raise SettingsError(name, str(error), "secrets are written by reference") from error
    try:
        yield connector
    finally:
        connector.close()
