"""What a command works with: the configuration, the store, and a place to report progress."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from bridge import config as configuration
from bridge.advice import UsageError
from bridge.agreements import Agreements
from bridge.judge import Judged, judge
from bridge.model import Ticket
from bridge.store import tickets
from bridge.store.database import Database
from bridge.sync import utc_now


@dataclass
class Session:
    """One run of a command. Nothing is opened before it is used."""

    path: Path
    as_json: bool = False
    verbose: bool = False

    @cached_property
    def config(self) -> configuration.Config:
        """The configuration, validated whole. Raises ConfigError with all its problems."""
        return configuration.load(self.path)

    @cached_property
    def agreements(self) -> Agreements:
        """Clients and contracts, ready to judge by."""
        return Agreements(self.config)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone in which this terminal shows times."""
        return ZoneInfo(self.config.bridge.timezone)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The store, migrated and closed at the end."""
        os.umask(0o077)
        database = Database.open(self.config.database_url().reveal())
        try:
            yield database
        finally:
            database.close()

    @contextmanager
    def stored(self) -> Iterator[Database]:
        """The store as it is, for what only reads: neither made nor migrated.

        Raises UsageError when there is none yet, StoreError for one of another version.
        """
        url = self.config.database_url().reveal()
        file = Path(url.removeprefix("sqlite:///"))
        if url.startswith("sqlite:///") and not file.exists():
            raise UsageError("nothing is stored yet", "read the sources first:  bridge sync")
        database = Database.open(url, migrate=False)
        try:
            yield database
        finally:
            database.close()

    @contextmanager
    def database_if_there(self) -> Iterator[Database | None]:
        """The store as it stands, None before the first pass. Raises StoreError where it cannot be
        read as it is; nothing is made or migrated."""
        database = Database.open_if_there(self.config.database_url().reveal())
        try:
            yield database
        finally:
            if database is not None:
                database.close()

    def sources(self, wanted: list[str]) -> list[str]:
        """The sources to work on: those named, else all. Raises UsageError for unknown ones."""
        known = list(self.config.sources)
        for name in wanted:
            if name not in known:
                raise UsageError(f'there is no source "{name}"', _nearest(name, known))
        return wanted or known

    def client(self, name: str) -> str:
        """A client's name in the configuration. Raises UsageError when there is none."""
        known = list(self.config.clients)
        if name not in known:
            raise UsageError(f'there is no client "{name}"', _nearest(name, known))
        return name

    def ticket(self, database: Database, ref: str) -> Ticket:
        """A stored ticket by `SOURCE:KEY`. Raises UsageError when it is not known."""
        source, colon, key = ref.partition(":")
        if not colon or not key:
            raise UsageError(f'"{ref}" is no ticket', "write SOURCE:KEY, as helpdesk:1103")
        self.sources([source])
        with database.read() as conn:
            found = tickets.load(conn, source, key)
        if found is None:
            hint = f"read it first:  bridge sync --source {source}"
            raise UsageError(f"{ref} is not known here", hint)
        return found

    def judged(self, database: Database, ref: str) -> Judged:
        """A stored ticket with the judgement of its contract, now."""
        ticket = self.ticket(database, ref)
        with database.read() as conn:
            return next(iter(judge(conn, self.agreements, ticket.source, [ticket.key], utc_now())))


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f'there is "{near[0]}"' if near else f"there are: {', '.join(known)}"
