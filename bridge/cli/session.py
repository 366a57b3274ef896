"""What a command works with: the configuration, the store, and a place to report progress."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from bridge.cli.errors import UsageError
from bridge.cli.terminal.output import dump, say
from bridge.cli.terminal.text import safe

if TYPE_CHECKING:  # loaded by the first command that asks for it
    from bridge.config import Config
    from bridge.engine.agreements import Agreements
    from bridge.store.database import Database

T = TypeVar("T")


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
    def config(self) -> Config:
        """The configuration, validated whole. Raises ConfigError with all its problems."""
        from bridge.config import load

        return load(self.path)

    @cached_property
    def agreements(self) -> Agreements:
        """Clients and contracts, ready to judge by."""
        from bridge.engine.agreements import Agreements

        return Agreements(self.config)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone in which this terminal shows times."""
        return ZoneInfo(self.config.bridge.timezone)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The store, migrated and closed at the end."""
        from bridge.store.database import Database

        database = Database.open(self.config.database_url().reveal())
        try:
            yield database
        finally:
            database.close()

    def look(self, what: Callable[[Database], T]) -> T:
        """What `what` makes of the store, for commands that only show: nothing is written, made or
        migrated, and where nothing was stored yet it sees an empty store. It may be called again.

        Raises StoreError for a store out of reach or of another version.
        """
        from bridge.store.looking import look

        return look(self.config.database_url().reveal(), what)

    @contextmanager
    def stored(self) -> Iterator[Database]:
        """The store as it is, for what only reads: neither made nor migrated.

        Raises UsageError when there is none yet, StoreError for one of another version.
        """
        from bridge.store.database import Database

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
        from bridge.store.database import Database

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


def nearest(name: str, known: Sequence[str], plural: str = "", shown: int = 20) -> str:
    """What was probably meant by `name`, else what there is."""
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f'there is "{near[0]}"'
    listed = ", ".join(known[:shown]) or "none yet"
    more = f" and {len(known) - shown} more" if len(known) > shown else ""
    return f"{plural or 'there are'}: {listed}{more}"
