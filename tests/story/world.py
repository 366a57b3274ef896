"""What people do in a tool, whichever it is: the words in which the story is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest

from bridge.cli.app import run

BOOK = """
[bridge]
database = "{database}"
timezone = "Europe/Zurich"
language = "fr"

[provider]
name = "Agence SA"
domains = ["agence.example"]
people = [{people}]

[clients.acme]
name = "ACME SA"
match = [{match}]
approvers = [{approvers}]
contracts = ["carnet-acme"]

[contracts.carnet-acme]
preset = "carnet"
same_day_cutoff = "16:00"
prepaid.purchased = [{{ date = 2026-01-01, hours = 40 }}]

[sources.{source}]
{settings}
writes = ["priority", "estimate", "consumed", "approval", "message"]
"""


class World(Protocol):
    """One tool with a client, a stranger, a provider and the bridge's account in it."""

    source: str

    def configuration(self) -> Mapping[str, str]:
        """The parts of `BOOK` that depend on the tool."""
        ...

    def client_asks(self, title: str) -> str:
        """The client opens a ticket; its key."""
        ...

    def provider_estimates(self, key: str, hours: str) -> None: ...

    def client_says(self, key: str, text: str) -> None: ...

    def stranger_says(self, key: str, text: str) -> None: ...

    def provider_logs(self, key: str, hours: str) -> None: ...

    def told(self, key: str) -> list[str]:
        """What the bridge told the client, in order."""
        ...

    def approval(self, key: str) -> str:
        """The approval that the tool shows, in the model's word."""
        ...

    def consumed(self, key: str) -> str:
        """The hours that the tool shows as used, as a person reads them there."""
        ...

    def footprint(self, key: str) -> Any:
        """Everything that a needless write would change, stamps included."""
        ...


class Bridge:
    """The bridge as its user has it: a configuration and commands."""

    def __init__(
        self, world: World, folder: Path, database: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.path = folder / "config.toml"
        parts = {"database": database, "people": "", **world.configuration()}
        self.path.write_text(BOOK.format(source=world.source, **parts), encoding="utf-8")
        self._capsys = capsys

    def type(self, *words: str) -> tuple[int, str]:
        """Type a command; its exit code and what it printed."""
        self._capsys.readouterr()
        code = run(["--config", str(self.path), *words])
        out, err = self._capsys.readouterr()
        assert "Traceback" not in err
        return code, out or err

    def json(self, *words: str) -> Any:
        """Type a command that must succeed; its JSON."""
        code, out = self.type(*words, "--json")
        assert code == 0, out
        return json.loads(out)

    def sync(self) -> Any:
        """One pass that must succeed; what it says of its only source."""
        (source,) = self.json("sync")["sources"].values()
        assert source["ok"], source
        return source
