"""A connector on a simulated GitLab, and what its tests share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any, Protocol

import pytest

from connectors.base import Context
from connectors.gitlab import GitLabConnector, GitLabSettings
from connectors.marks import Marks
from connectors.sandbox.gitlab import GitlabSandbox, seed
from connectors.toolkit.http import Limits
from mappings import load
from tests.gitlab.client import QUICK, Client

ALL_WRITES = ("priority", "estimate", "consumed", "approval", "message")


class Make(Protocol):
    """Makes a connector on a sandbox: `make(tool, projects=[…], …)`."""

    def __call__(
        self,
        tool: GitlabSandbox,
        *,
        token: str = ...,
        limits: Limits = ...,
        **changes: Any,
    ) -> Client: ...


@pytest.fixture
def tool() -> GitlabSandbox:
    """A newest GitLab with the people and an empty project `acme/site`."""
    return bare()


def bare(version: str = "18.7", *, paid: bool = False) -> GitlabSandbox:
    """A GitLab of a version with the people and an empty project `acme/site`."""
    made = GitlabSandbox(version=version, paid=paid)
    seed.bare(made)
    return made


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes connectors, and serves the tools that they are made on."""
    urls: dict[int, str] = {}
    opened: list[Client] = []
    with ExitStack() as stack:

        def build(
            tool: GitlabSandbox,
            *,
            token: str = seed.BRIDGE_TOKEN,
            limits: Limits = QUICK,
            **changes: Any,
        ) -> Client:
            if id(tool) not in urls:
                urls[id(tool)] = stack.enter_context(tool.serve()).url
            monkeypatch.setenv("GITLAB_TOKEN", token)
            settings = GitLabSettings.model_validate(
                {
                    "type": "gitlab",
                    "url": urls[id(tool)],
                    "api_key": "env:GITLAB_TOKEN",
                    "projects": [seed.PROJECT],
                    "writes": ALL_WRITES,
                }
                | changes
            )
            store: dict[str, str] = {}
            events: list[tuple[str, Mapping[str, Any]]] = []
            context = Context(
                name="code",
                mapping=load(settings.mapping or "gitlab"),
                marks=Marks(b"sixteen bytes, or some more"),
                recall=store.get,
                observe=lambda event, **facts: events.append((event, facts)),
                limits=limits,
                sleep=lambda seconds: None,
            )
            connector = GitLabConnector(settings, context)
            client = Client(
                connector=connector, context=context, url=settings.url, store=store, events=events
            )
            opened.append(client)
            return client

        yield build
        for client in opened:
            client.connector.close()
