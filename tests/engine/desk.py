"""A desk in memory with a bridge over it, and ways to break both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from bridge.cli.views.status import status
from bridge.config import load
from bridge.engine.agreements import Agreements
from bridge.engine.result import PassResult
from bridge.engine.sync import Sync
from bridge.model import Kind, Person, Reason, Receipt, Ticket, Write
from bridge.store.database import Database
from connectors import memory
from connectors.base import Page, SourceSettings
from connectors.memory import MemoryConnector, Tool

ALICE = Person("Alice Rochat", "7", "alice")
JANE = Person("Jane Doe", "9", "jdoe")

CONFIGURATION = """
[bridge]
database = "sqlite:///bridge.db"

[sources.desk]
type = "memory"
tool = "desk"
writes = ["priority", "estimate", "consumed", "approval", "message"]
{settings}

[provider]
name = "Agence SA"
people = ["desk:jdoe"]

[clients.acme]
name = "ACME SA"
match = [{{ source = "desk", project = "acme" }}]
approvers = ["desk:alice"]
contracts = ["book"]

[contracts.book]
preset = "carnet"
same_day_cutoff = "16:00"
prepaid.purchased = [{{ date = 2026-01-01, hours = 40 }}]
{more}
"""


class Killed(BaseException):
    """The process is gone: nothing of ours may catch it."""


class Faulty(MemoryConnector):
    """A connector that fails where a test tells it to; `script` maps a verb to what happens.

    A value is raised; before a real effect with the name `verb`, after it with `verb!`.
    """

    settings_type: ClassVar[type[SourceSettings]] = memory.MemorySettings
    script: ClassVar[dict[str, list[BaseException]]] = {}

    def _step(self, name: str) -> None:
        if self.script.get(name):
            raise self.script[name].pop(0)

    def poll(
        self, cursor: str | None, since: datetime, *, thorough: bool = False
    ) -> Iterator[Page]:
        self._step("poll")
        for page in super().poll(cursor, since, thorough=thorough):
            yield page
            self._step("poll!")

    def apply(self, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        verb = f"apply {writes[0].field}"
        self._step(verb)
        done = super().apply(writes)
        self._step(f"{verb}!")
        return done

    def fetch(self, key: str) -> Ticket:
        self._step("fetch")
        return super().fetch(key)

    def find(self, write: Write) -> Receipt | None:
        self._step("find")
        return super().find(write)


class Desk:
    """One tool, one bridge, one clock that moves a minute with every look."""

    def __init__(self, folder: Path, settings: str = "", more: str = "", url: str = "") -> None:
        self.now = datetime(2026, 5, 18, 8, 0, tzinfo=UTC)
        self.folder = folder
        memory.WORLD["desk"] = self.tool = Tool(self.clock)
        Faulty.script = {}
        self.path = folder / "config.toml"
        self.path.write_text(CONFIGURATION.format(settings=settings, more=more), encoding="utf-8")
        config = load(self.path)
        self.database = Database.open(url or config.database_url().reveal())
        source = config.sources["desk"]
        self.agreements = Agreements(_with(config, source))
        self.engine = Sync(self.agreements, self.database, self.clock)

    def clock(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def sync(self, **options: Any) -> PassResult:
        return self.engine.run("desk", **options)

    def attention(self) -> list[tuple[str, Reason]]:
        """What waits for a person now, by ticket or client."""
        with self.database.read() as conn:
            shown = status(conn, self.agreements, self.now)
        return [*((ref, reason) for ref, _, reason in shown.attention), *shown.hints]

    def fails(self, verb: str, *errors: BaseException) -> None:
        Faulty.script[verb] = list(errors)

    def opened(self, title: str = "Filtre", **values: Any) -> str:
        given = {"project": "acme", "kind": Kind.REQUEST, **values}
        return self.tool.open("desk", title, ALICE, **given)

    def told(self, key: str) -> list[str]:
        return [c.text for c in self.tool.tickets[key].comments if c.author == memory.BRIDGE]


def _with(config: Any, source: Any) -> Any:
    """The configuration with the faulty connector in place of the plain one."""
    from dataclasses import replace

    return replace(config, sources={"desk": replace(source, connector=Faulty)})
