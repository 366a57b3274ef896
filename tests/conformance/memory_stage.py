"""The tool in memory as a stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from bridge.model import Person, Priority, State
from bridge.testing import Stage, Told
from connectors.base import Connector, Context
from connectors.memory import BRIDGE, PAGE, WORLD, MemoryConnector, MemorySettings, Tool

ALICE: Final = Person("Alice Rochat", "7", "alice")
JANE: Final = Person("Jane Doe", "9", "jdoe")
_NO_LINE: Final = "the tool is in the same process: there is no line between"
_NO_KEYS: Final = "the tool has no accounts"


class MemoryStage(Stage):
    """A `Tool` of this process."""

    source = "desk"
    mapping = "memory"
    needless = MappingProxyType(
        {
            "broken": _NO_LINE,
            "lost_answer": _NO_LINE,
            "html": _NO_LINE,
            "asked": _NO_LINE,
            "refused_key": _NO_KEYS,
            "deny_writes": _NO_KEYS,
            "secrets": _NO_KEYS,
            "hide": _NO_KEYS,
            "remove_time": "nobody can delete what was entered",
            "open_unreadable": "whatever it holds is a ticket",
            "unknown_state": "its words are the model's",
            "arrive_late": "changes are numbered as they happen",
            "change_unstamped": "every change is numbered",
        }
    )
    page_size = PAGE
    idle_requests = 1

    def __init__(self) -> None:
        self._off = timedelta(0)
        self.tool = WORLD["conformance"] = Tool(self._clock)

    def _clock(self) -> datetime:
        return datetime.now(UTC).replace(microsecond=0) + self._off

    def connect(self, context: Context, *, refused_key: bool = False) -> Connector:
        return MemoryConnector(MemorySettings(type="memory", tool="conformance"), context)

    def open(self, title: str, body: str = "") -> str:
        return self.tool.open(self.source, title, ALICE, body=body)

    def client_says(self, key: str, text: str) -> None:
        self.tool.say(key, ALICE, text)

    def agent_says(self, key: str, text: str, *, public: bool = True) -> None:
        self.tool.say(key, JANE, text, public=public)

    def account_says(self, key: str, text: str) -> None:
        self.tool.say(key, BRIDGE, text)

    def log_time(self, key: str, seconds: int) -> None:
        self.tool.log_time(key, JANE, seconds)

    def set_state(self, key: str, state: State) -> None:
        self.tool.change(key, JANE, state=state)

    def set_priority(self, key: str, priority: Priority) -> None:
        self.tool.change(key, JANE, priority=priority)

    def mass_edit(self, keys: Sequence[str]) -> None:
        at = self._clock()
        for key in keys:
            self.tool.change(key, JANE, labels=("edited",))
            self.tool.tickets[key] = replace(self.tool.tickets[key], updated_at=at)

    def delete(self, key: str) -> None:
        del self.tool.tickets[key], self.tool.versions[key]

    def skew(self, by: timedelta) -> None:
        self._off = by

    def written(self) -> int:
        return self.tool.writes

    def told(self, key: str) -> Sequence[Told]:
        comments = self.tool.tickets[key].comments
        return [Told(c.text, c.public) for c in comments if c.author == BRIDGE]
