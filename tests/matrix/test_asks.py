"""What users of such tools have suffered, tried alike on every tool (asks 9, 10, 21, 23)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.model import State
from bridge.testing import Stage
from connectors.errors import WaitError
from connectors.sandbox.core import Answer
from tests.fuzz.test_json import STAGES, Start, polled
from tests.matrix.bridge import Bridge
from tests.matrix.worlds import NAMES, Subject, subject
from tests.servers.tls import Certificates

MANY = 230
"""More than a page of any tool."""


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    with contextlib.closing(STAGES[request.param](tmp_path)) as made:
        yield made


def tool_of(stage: Stage) -> Any:
    return stage.tool  # type: ignore[attr-defined]


def test_ask_09_a_rate_limit_in_the_middle_is_waited_out_and_loses_no_page(stage: Stage) -> None:
    keys = {stage.open(f"Request {number}") for number in range(MANY)}
    stage.settle()
    busy = Answer(429, b"{}", headers={"Retry-After": "1"})
    met = tool_of(stage).faults.add(busy, "GET", after=40)
    read = polled(stage, Start())
    assert met.met == 1
    assert read.failed is None
    assert read.given == keys


def test_ask_10_a_first_read_that_is_cut_keeps_its_pages_and_goes_on_there(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tool_of(stage)
    keys = set()
    tool.clock.set(datetime.now(UTC) - timedelta(hours=2))
    for number in range(MANY):
        keys.add(stage.open(f"Request {number}"))
        tool.clock.advance(5)
    tool.clock.release()
    whole = polled(stage, Start())
    asked = len(tool.journal)
    assert whole.given == keys
    hour = Answer(429, b"{}", headers={"Retry-After": "3600"})
    tool.faults.add(hour, "GET", times=1000, after=asked * 9 // 10)
    tool.journal.clear()
    first = polled(stage, Start())
    assert isinstance(first.failed, WaitError)
    assert first.given
    tool.faults.clear()
    tool.journal.clear()
    monkeypatch.setattr("connectors.toolkit.http.budget._budgets", {})  # the hour is over
    second = polled(stage, first.end)
    assert second.failed is None
    assert first.given | second.given == keys
    if stage.source != "pm":  # it goes back by a page of 200, which is nearly all there is here
        assert len(tool.journal) < asked * 0.9


def test_ask_23_finished_tickets_are_read_too(stage: Stage) -> None:
    """Lists whose default leaves them out: open ones only, one's own, the last thirty days."""
    key = stage.open("Done long ago")
    stage.set_state(key, State.CLOSED)
    stage.settle()
    assert key in polled(stage, Start()).given


@pytest.mark.parametrize("name", NAMES)
def test_ask_21_what_is_there_already_is_written_to_no_tool(
    name: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    certificates: Certificates,
    bridge_of: Callable[[Subject], Bridge],
) -> None:
    tool = subject(name, request, monkeypatch, certificates)
    bridge = bridge_of(tool)
    bridge.sync()
    key = tool.people.client_asks("Filtre par canton")
    bridge.sync()
    tool.people.provider_estimates(key, "3h")
    bridge.sync()
    before = tool.people.footprint(key)
    tool.journal.clear()
    for _ in range(3):
        assert bridge.sync().ok
    assert tool.journal.writes == []
    assert tool.people.footprint(key) == before
