"""What a command works with: the configuration, the store, and a place to report progress."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from bridge import config as configuration
from bridge.cli.errors import UsageError
from bridge.cli.terminal import dump, safe, say
from bridge.engine.agreements import Agreements
from bridge.engine.assess import Assessed, assess_stored
from bridge.engine.sync import utc_now
from bridge.model import Ticket
from bridge.store import sources, tickets
from bridge.store.database import Database


@dataclass
class Session:
    """One run of a command. Nothing is opened before it is used."""

    path: Path
    as_json: bool = False
    verbose: bool = False

    def done(self, told: str, **facts: object) -> None:
        """Show what a command did: a sentence, or its facts with the sentence among them."""
        if self.as_json:
            dump({"done": told, **facts})
        else:
            say(safe(told))

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
        """The sources to work on: those named, each once, else all. Raises UsageError for unknown
        ones."""
        known = list(self.config.sources)
        for name in wanted:
            if name not in known:
                raise UsageError(f'there is no source "{name}"', nearest(name, known))
        return list(dict.fromkeys(wanted)) or known

    def client(self, name: str) -> str:
        """A client's name in the configuration. Raises UsageError when there is none."""
        known = list(self.config.clients)
        if name not in known:
            raise UsageError(f'there is no client "{name}"', nearest(name, known))
        return name

    def parts(self, ref: str) -> tuple[str, str]:
        """Source and key of a `SOURCE:KEY`. Raises UsageError."""
        source, colon, key = ref.partition(":")
        if not colon or not key or not source:
            example = next(iter(self.config.sources), "helpdesk")
            raise UsageError(f'"{ref}" is no ticket', f"write SOURCE:KEY, as {example}:1103")
        self.sources([source])
        return source, key

    def ticket(self, database: Database, ref: str) -> Ticket:
        """A stored ticket by `SOURCE:KEY`. Raises UsageError when it is not known."""
        source, key = self.parts(ref)
        with database.read() as conn:
            found = tickets.load(conn, source, key)
            if found is not None:
                return found
            elsewhere = [
                f"{name}:{key}"
                for name in self.config.sources
                if name != source and tickets.load(conn, name, key) is not None
            ]
            near = [f"{source}:{other}" for other in _similar(conn, source, key)]
        hint = f"read it first:  bridge sync --source {source}"
        if elsewhere or near:
            there = " and ".join(elsewhere or near)
            hint = f"there is {there}; if it is new,  bridge sync --source {source}  reads it"
        raise UsageError(f"{ref} is not known here", hint)

    def assessed(self, database: Database, ref: str) -> Assessed:
        """A stored ticket with the judgement of its contract, now."""
        ticket = self.ticket(database, ref)
        with database.read() as conn:
            return next(
                iter(assess_stored(conn, self.agreements, ticket.source, [ticket.key], utc_now()))
            )

    def too_old_for(self, database: Database, ticket: Ticket) -> datetime | None:
        """Its source's `act_since` where the ticket is from before it, so that nothing is written
        or entered for it; else None."""
        since = self.config.sources[ticket.source].settings.act_since
        if since is None:
            with database.read() as conn:
                known = sources.get(conn, ticket.source)
            since = known.act_since if known is not None else None
        return since if since is not None and ticket.created_at < since else None


def nearest(name: str, known: Sequence[str], plural: str = "", shown: int = 20) -> str:
    """What was probably meant by `name`, else what there is."""
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f'there is "{near[0]}"'
    listed = ", ".join(known[:shown]) or "none yet"
    more = f" and {len(known) - shown} more" if len(known) > shown else ""
    return f"{plural or 'there are'}: {listed}{more}"


def _similar(conn: Connection, source: str, key: str) -> list[str]:
    """Open tickets whose keys look much like one that does not exist."""
    keys = tickets.open_keys(conn, source)
    return difflib.get_close_matches(key, keys, n=1, cutoff=0.75)
