"""A bridge over two sources, one that meets faults and one beside it, and its store."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from bridge.cli.sync import guarded
from bridge.config import load
from bridge.engine.agreements import Agreements
from bridge.engine.result import PassResult
from bridge.engine.sources import open_source
from bridge.engine.sync import Sync, utc_now
from bridge.model import Field, Person, Receipt, Ticket, Write
from bridge.store import ledger, sources, tickets
from bridge.store.database import Database
from connectors.base import Connector
from connectors.memory import WORLD, Tool
from tests.matrix.faults import LIMITS
from tests.story.world import BOOK, World

BESIDE: Final = "desk"
_SECOND_SOURCE: Final = """
[sources.desk]
type = "memory"
tool = "beside"
"""
_ALICE: Final = Person("Alice Rochat", "7", "alice")


class Bridge:
    """The bridge of one firm. The source that meets faults has its turn first."""

    def __init__(self, world: World, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("connectors.toolkit.http.transport.Limits", lambda: LIMITS)
        monkeypatch.setattr("connectors.imap.send.READ_SECONDS", 0.5)
        for name in ("connectors.imap.session", "connectors.imap.send"):
            monkeypatch.setattr(f"{name}.CONNECT_SECONDS", 1)
        monkeypatch.setattr("connectors.imap.session.READ_SECONDS", 0.5)
        monkeypatch.setattr("bridge.store.database.BUSY_MILLISECONDS", 50)
        self._monkeypatch = monkeypatch
        self.world = world
        self.path = folder / "config.toml"
        self.beside = WORLD["beside"] = Tool()
        self.asked_beside: set[str] = set()
        self.skew = timedelta(0)
        self.crashes: list[Exception] = []
        self.after_message: list[Any] = []
        """What happens when the tool has taken a message, before its receipt is stored."""
        self.configure()
        self.database = Database.open(f"sqlite:///{folder / 'bridge.db'}")

    def configure(self) -> None:
        """Read the configuration (again): where the tool is, its world says."""
        parts = {"people": "", **self.world.configuration(), "database": "sqlite:///bridge.db"}
        parts["match"] += f', {{ source = "{BESIDE}", project = "acme" }}'
        text = BOOK.format(source=self.world.source, **parts) + _SECOND_SOURCE
        self.path.write_text(text, encoding="utf-8")
        config = load(self.path)
        source = config.sources[self.world.source]
        hooked = _hooked(source.connector, self.after_message)
        others = {BESIDE: config.sources[BESIDE]}
        made = {self.world.source: replace(source, connector=hooked), **others}
        self.agreements = Agreements(replace(config, sources=made))

    def sync(self) -> PassResult:
        """A pass over the source."""
        return self._pass(self.world.source)

    def sync_all(self) -> PassResult:
        """A pass over each source, a client of the other having just written there: it must read
        that, whatever befalls the first. What the first did."""
        first = self._pass(self.world.source)
        self.asked_beside.add(self.beside.open(BESIDE, "Ailleurs", _ALICE, project="acme"))
        beside = self._pass(BESIDE)
        assert beside.ok, beside.error
        assert self.knows(BESIDE) == self.asked_beside
        return first

    def _pass(self, source: str) -> PassResult:
        engine = Sync(self.agreements, self.database, lambda: utc_now() + self.skew)
        result = guarded(engine, source, self._crashed, force=True)
        if self.crashes:
            raise self.crashes[0]
        return result

    def restart(self) -> None:
        """The process starts again: nobody is left alone any more, nothing is in memory."""
        self._monkeypatch.setattr("connectors.toolkit.http.budget._budgets", {})
        url = f"sqlite:///{self.database.path}"
        self.database.close()
        self.database = Database.open(url)

    def knows(self, source: str) -> set[str]:
        """The keys of the stored tickets of a source."""
        with self.database.read() as conn:
            return {each.key for each in tickets.iterate(conn, source)}

    def ticket(self, key: str) -> Ticket:
        """A stored ticket."""
        with self.database.read() as conn:
            found = tickets.load(conn, self.world.source, key)
        assert found is not None, key
        return found

    @contextmanager
    def connector(self) -> Iterator[Connector]:
        """The connector of the source, as a pass opens it."""
        with open_source(self.agreements.config, self.database, self.world.source) as opened:
            yield opened

    def cursor(self) -> str | None:
        """Where the next poll goes on."""
        with self.database.read() as conn:
            known = sources.get(conn, self.world.source)
        return known.cursor if known else None

    def booked(self) -> list[int]:
        """The lines of the client's book, in seconds."""
        with self.database.read() as conn:
            assert ledger.verify(conn, "acme") is None
            return [entry.seconds for entry in ledger.entries(conn, "acme")]

    def close(self) -> None:
        self.database.close()

    def _crashed(self, name: str, error: Exception) -> None:
        self.crashes.append(error)

    # -- what goes wrong on our own machine -------------------------------------------------------

    @contextmanager
    def disk_full(self) -> Iterator[None]:
        """The store's log cannot grow by a byte (the limit of the process on file sizes)."""
        reached = Path(f"{self.database.path}-wal").stat().st_size
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (reached, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, before)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Another program holds the database in a transaction of its own."""
        other = sqlite3.connect(str(self.database.path), isolation_level=None)
        with closing(other):
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")


def _hooked(connector: Any, after_message: list[Any]) -> Any:
    """The connector, with a hook behind each message that the tool has taken."""

    class Hooked(connector):  # type: ignore[misc]  # its base is known at run time only
        def apply(self, writes: Sequence[Write]) -> tuple[Receipt, ...]:
            receipts: tuple[Receipt, ...] = super().apply(writes)
            if writes[0].field is Field.MESSAGE:
                for hook in after_message:
                    hook()
            return receipts

    return Hooked


@contextmanager
def time_zone(name: str) -> Iterator[None]:
    """The machine stands in another time zone."""
    import time

    before = os.environ.get("TZ")
    os.environ["TZ"] = name
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()
