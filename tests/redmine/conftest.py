"""A connector on the real Redmine, and what its tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Context
from connectors.marks import Marks
from connectors.redmine import RedmineConnector, RedmineSettings
from connectors.toolkit.http import Limits
from mappings import load
from tests.redmine.client import ENGLISH, QUICK, Client
from tests.redmine.scripted import Script, Scripted
from tests.servers.redmine import Redmine

ALL_WRITES = ("priority", "estimate", "consumed", "approval", "message")


@pytest.fixture
def tool(redmine: Redmine) -> Redmine:
    """The French Redmine as its seed made it."""
    redmine.reset()
    return redmine


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """Makes connectors: `make(tool, login="bridge", projects=[…], …)`."""
    opened: list[Client] = []

    def build(
        tool: Redmine,
        *,
        login: str = "bridge",
        key: str | None = None,
        limits: Limits = QUICK,
        **changes: Any,
    ) -> Client:
        monkeypatch.setenv("REDMINE_API_KEY", key or tool.key(login))
        settings = RedmineSettings.model_validate(
            {
                "type": "redmine",
                "url": tool.url,
                "api_key": "env:REDMINE_API_KEY",
                "writes": ALL_WRITES,
            }
            | changes
        )
        mapping = load("redmine")
        if settings.mapping:
            mapping = load(settings.mapping)
        elif tool.language == "en":
            path = tmp_path / "english.toml"
            path.write_text(ENGLISH, encoding="utf-8")
            mapping = load(str(path))
        store: dict[str, str] = {}
        events: list[tuple[str, Mapping[str, Any]]] = []
        context = Context(
            name="tma",
            mapping=mapping,
            marks=Marks(b"sixteen bytes, or some more"),
            recall=store.get,
            observe=lambda event, **facts: events.append((event, facts)),
            limits=limits,
            clock=lambda: datetime.now(UTC) + client.ahead,
        )
        connector = RedmineConnector(settings, context)
        client = Client(connector=connector, context=context, store=store, events=events)
        opened.append(client)
        return client

    yield build
    for client in opened:
        client.connector.close()


@pytest.fixture
def served() -> Iterator[Callable[..., Scripted]]:
    """`served(script, …)`: a server that plays them."""
    stack: list[Any] = []

    def build(*scripts: Script) -> Scripted:
        manager = Scripted(list(scripts)).serving()
        stack.append(manager)
        return manager.__enter__()

    yield build
    for manager in stack:
        manager.__exit__(None, None, None)


@pytest.fixture
def number(tool: Redmine) -> int:
    """An issue of the client."""
    return tool.api("alice").create_issue("Page blanche")
