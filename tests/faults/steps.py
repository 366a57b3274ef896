"""Every step of a pass, named as it is reached, and the power to stop the process at one of them.

The steps are not listed by hand: each transaction of the store and each call to the tool reports
itself, so that a write path that grows has its new steps stopped at, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from sqlalchemy.engine import Connection

from bridge.model import Receipt, Ticket, Write
from bridge.store.database import Database
from connectors import memory
from connectors.base import Page, SourceSettings
from connectors.errors import SourceError
from connectors.memory import MemoryConnector


class Killed(BaseException):
    """The process is gone: nothing of ours may catch it, and nothing runs after it."""


@dataclass(slots=True)
class Steps:
    """The steps reached so far. At step number `stop_at` the process ends, and stays ended: what
    an `except` or a `finally` still tries is as impossible as after SIGKILL."""

    stop_at: int | None = None
    reached: list[str] = field(default_factory=list)
    dead: bool = False

    def reach(self, name: str) -> None:
        self.require_life()
        number = len(self.reached)
        self.reached.append(name)
        if number == self.stop_at:
            self.dead = True
            raise Killed(f"step {number}: {name}")

    def require_life(self) -> None:
        if self.dead:
            raise Killed


@dataclass(slots=True)
class Broken:
    """Errors that the tool answers with, by verb, each once: before the effect, or after it with
    `!` behind the verb's name (the answer is lost)."""

    script: dict[str, list[SourceError]] = field(default_factory=dict)

    def step(self, verb: str) -> None:
        if self.script.get(verb):
            raise self.script[verb].pop(0)


class SteppedDatabase(Database):
    """A store that reports where each of its transactions stands."""

    steps: Steps

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Connection]:
        self.steps.reach("before a transaction")
        with super().write(durable=durable) as connection:
            yield connection
            self.steps.reach("before its commit")
        self.steps.reach("after its commit")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        self.steps.require_life()
        with super().read() as connection:
            yield connection


class SteppedConnector(MemoryConnector):
    """A connector that reports each call to the tool, and fails where it is told to."""

    settings_type: ClassVar[type[SourceSettings]] = memory.MemorySettings
    steps: ClassVar[Steps] = Steps()
    broken: ClassVar[Broken] = Broken()

    def poll(
        self, cursor: str | None, since: datetime, *, thorough: bool = False
    ) -> Iterator[Page]:
        self._before("poll")
        for page in super().poll(cursor, since, thorough=thorough):
            yield page
            self._after("poll")

    def fetch(self, key: str) -> Ticket:
        self._before("fetch")
        found = super().fetch(key)
        self._after("fetch")
        return found

    def apply(self, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        verb = f"apply {writes[0].field}"
        self._before(verb)
        done = super().apply(writes)
        self._after(verb)
        return done

    def find(self, write: Write) -> Receipt | None:
        self._before("find")
        found = super().find(write)
        self._after("find")
        return found

    def _before(self, verb: str) -> None:
        type(self).steps.reach(f"before {verb}")
        self.broken.step(verb)

    def _after(self, verb: str) -> None:
        type(self).steps.reach(f"after {verb}")
        self.broken.step(f"{verb}!")
