"""An account of a small agency, served for the length of a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from connectors.sandbox.freshdesk import BRIDGE_KEY, UNMETERED, FreshdeskSandbox
from tests.freshdesk.desk import KEY, Desk

Make = Callable[..., Desk]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes accounts: `make("fr", plan=PRO, time_tracking=False)`."""
    monkeypatch.setenv(KEY, BRIDGE_KEY)
    with ExitStack() as stack:

        def build(language: str = "en", *, mapping: str = "", **account: Any) -> Desk:
            tool = FreshdeskSandbox.seeded(language, **{"plan": UNMETERED} | account)
            tool.sla = False
            tool.clock.set(tool.now())  # it stands still but for tests that move it
            for ticket in list(tool.tickets.values()):
                tool.delete_forever(ticket)
            url = stack.enter_context(tool.serve()).url
            return Desk(tool=tool, url=url, mapping=mapping)

        yield build


@pytest.fixture
def desk(make: Make) -> Desk:
    """An English account without tickets."""
    return make()
