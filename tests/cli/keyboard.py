"""Commands as they are typed, over tools in memory that can be made to fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bridge.cli.app import run
from bridge.model import Kind, Person
from connectors.memory import WORLD, Tool

ALICE = Person("Alice Rochat", "7", "alice")
MALLORY = Person("Mallory", "8", "mallory")
JANE = Person("Jane Doe", "9", "jdoe")

SOURCE = """
[sources.{name}]
type = "memory"
tool = "{name}"
act_since = 2020-01-01T00:00:00Z
writes = ["priority", "estimate", "consumed", "approval", "message"]
"""

FIRM = """\
[bridge]
database = "sqlite:///bridge.db"
timezone = "Europe/Zurich"
language = "fr"

[provider]
name = "Agence SA"
domains = ["agence.example"]
people = ["desk:jdoe"]

[clients.acme]
name = "ACME SA"
match = [{ source = "desk", project = "acme" }]
approvers = ["desk:alice", "direction@acme.example"]
contracts = ["book"]

[clients.beta]
name = "BETA"
match = [{ source = "desk", project = "beta" }]
approvers = ["desk:bob"]
contracts = ["care"]

[contracts.book]
preset = "carnet"
same_day_cutoff = "16:00"
calendar = { weekly = { mon-fri = ["08:00-12:00", "13:00-17:00"] }, holidays = "CH-VD" }
express = { multiplier = 2.5, clock = "business" }
prepaid.purchased = [{ date = 2026-01-01, hours = 40, note = "offer 2025-117" }]

[contracts.care]
preset = "carnet"
same_day_cutoff = "16:00"
calendar = { weekly = { mon-fri = ["08:00-12:00", "13:00-17:00"] }, holidays = "CH-VD" }
express = { multiplier = 2.5, clock = "business" }
"""


class Changes(dict[str, int]):
    """What a tool tells of its changes, after something else has happened."""

    def __init__(self, told: dict[str, int], happens: Callable[[], None]) -> None:
        super().__init__(told)
        self._happens = happens

    def items(self) -> Any:
        self._happens()
        return super().items()


def before_each_poll(tool: Tool, happens: Callable[[], None]) -> None:
    """From now on `happens` is called whenever the bridge reads this tool."""
    tool.versions = Changes(tool.versions, happens)


def fails(tool: Tool, error: Exception) -> None:
    """From now on reading this tool raises."""

    def happens() -> None:
        raise error

    before_each_poll(tool, happens)


@dataclass(frozen=True)
class Typed:
    """What a command left: its exit code and its two streams."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        """stdout, line by line."""
        return self.out.splitlines()


class Keyboard:
    """A folder with a configuration, some tools, and somebody who types."""

    def __init__(
        self, folder: Path, capsys: pytest.CaptureFixture[str], *names: str, more: str = ""
    ) -> None:
        self.folder = folder
        self.path = folder / "config.toml"
        self.names = names or ("desk",)
        self.configure(FIRM + "".join(SOURCE.format(name=name) for name in self.names) + more)
        for name in self.names:
            WORLD[name] = Tool()
        self._capsys = capsys

    def configure(self, text: str) -> None:
        self.path.write_text(text, encoding="utf-8")

    def edit(self, old: str, new: str) -> None:
        text = self.path.read_text(encoding="utf-8")
        assert old in text
        self.configure(text.replace(old, new))

    @property
    def tool(self) -> Tool:
        return WORLD[self.names[0]]

    def opened(self, title: str = "Filtre par canton", **values: Any) -> str:
        given = {"project": "acme", "kind": Kind.REQUEST, **values}
        return self.tool.open("desk", title, ALICE, **given)

    def estimated(self, title: str = "Filtre par canton", hours: int = 3, **values: Any) -> str:
        key = self.opened(title, **values)
        self.tool.change(key, JANE, estimate=hours * 3600)
        return key

    def type(self, *words: str) -> Typed:
        """Type one command; several words in one string are split at blanks."""
        self._capsys.readouterr()
        typed = [part for word in words for part in (word.split() if word is words[0] else [word])]
        code = run(typed)
        streams = self._capsys.readouterr()
        return Typed(code, streams.out, streams.err)
