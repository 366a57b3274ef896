"""A connector on the simulated Tracker, and what its tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Context
from connectors.marks import Marks
from connectors.pivotal import PivotalConnector, PivotalSettings
from connectors.sandbox.pivotal import PivotalSandbox, seed
from connectors.toolkit.http import Limits
from mappings import load
from tests.pivotal.client import QUICK, Client

ALL_WRITES = ("priority", "estimate", "consumed", "approval", "message")
ADDRESSES: dict[int, str] = {}
"""Where each simulated Tracker answers, by the identity of its object."""


def world(flavour: Any = "pivotal") -> PivotalSandbox:
    """Project 2001 with Alice (a client), Jane (a provider), Mallory and the bridge; no story."""
    tool = PivotalSandbox(flavour=flavour)
    seed.people(tool)
    tool.join(seed.ACME, "mallory", "member")
    return tool


@pytest.fixture
def serve() -> Iterator[Callable[[PivotalSandbox], PivotalSandbox]]:
    """Lets simulated Trackers answer until the test is over."""
    running = []

    def start(tool: PivotalSandbox) -> PivotalSandbox:
        serving = tool.serve()
        ADDRESSES[id(tool)] = serving.__enter__().url
        running.append((tool, serving))
        return tool

    yield start
    for tool, serving in running:
        serving.__exit__(None, None, None)
        del ADDRESSES[id(tool)]


@pytest.fixture
def tool(serve: Callable[[PivotalSandbox], PivotalSandbox]) -> PivotalSandbox:
    """The original service, with people and no story."""
    return serve(world())


@pytest.fixture
def lite(serve: Callable[[PivotalSandbox], PivotalSandbox]) -> PivotalSandbox:
    """The clone, with people and no story."""
    return serve(world("litetracker"))


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """Makes connectors: `make(tool, login="bridge", projects=[…], mapping="pivotal-fr", …)`."""
    opened: list[Client] = []

    def build(
        tool: PivotalSandbox,
        *,
        login: str = "bridge",
        key: str | None = None,
        limits: Limits = QUICK,
        words: str = "",
        store: dict[str, str] | None = None,
        **changes: Any,
    ) -> Client:
        monkeypatch.setenv("PIVOTAL_API_KEY", key or tool.world.person(login).token)
        settings = PivotalSettings.model_validate(
            {
                "type": "pivotal",
                "url": f"{ADDRESSES[id(tool)]}/services/v5",
                "api_key": "env:PIVOTAL_API_KEY",
                "writes": ALL_WRITES,
            }
            | changes
        )
        mapping = load(settings.mapping or "pivotal")
        if words:
            path = tmp_path / "mine.toml"
            path.write_text(f'extends = "pivotal"\n{words}', encoding="utf-8")
            mapping = load(str(path))
        remembered: dict[str, str] = {} if store is None else store
        events: list[tuple[str, Mapping[str, Any]]] = []
        context = Context(
            name="pm",
            mapping=mapping,
            marks=Marks(b"sixteen bytes, or some more"),
            recall=remembered.get,
            limits=limits,
            observe=lambda event, **facts: events.append((event, facts)),
        )
        connector = PivotalConnector(settings, context)
        client = Client(connector=connector, context=context, store=remembered, events=events)
        opened.append(client)
        return client

    yield build
    for client in opened:
        client.connector.close()
