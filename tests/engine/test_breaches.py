"""Missed targets as passes record them: once, with what they rest on, and what superseded them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.model import Kind, Severity, State
from bridge.store import breaches
from bridge.store.breaches import Breach
from tests.engine.desk import JANE, Desk
from tests.servers.postgres import Postgres

RESOLUTION = 'targets.resolution = [{ within = "4h" }]'
MONDAY = datetime(2026, 5, 18, 15, 0, tzinfo=UTC)  # closing in Lausanne


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    url = ""
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.store_url()
    made = Desk(tmp_path, more=RESOLUTION, url=url)
    made.sync()
    yield made
    made.database.close()


def recorded(desk: Desk, key: str, target: str = "response") -> list[Breach]:
    with desk.database.read() as conn:
        return [b for b in breaches.recorded(conn, "desk", key) if b.target == target]


def bug(desk: Desk, severity: Severity) -> str:
    return desk.opened(kind=Kind.INCIDENT, severity=severity)


def test_c13_a_breach_is_kept_with_its_due_time_its_rule_and_what_it_rests_on(desk: Desk) -> None:
    key = bug(desk, Severity.BLOCKING)
    desk.now = MONDAY + timedelta(days=1)
    desk.sync()
    desk.sync()
    (breach,) = recorded(desk, key)
    assert (breach.due_at, breach.breached_at, breach.rule) == (MONDAY, MONDAY, "R0.8")
    assert MONDAY < breach.recorded_at < desk.now
    assert breach.superseded_by is None
    basis = json.loads(breach.basis or "")
    assert (basis["holidays"], basis["from"], basis["to"]) == (
        ["CH-VD"],
        "2026-05-18",
        "2026-05-18",
    )


def test_c13_a_milder_class_supersedes_the_record_and_does_not_remove_it(desk: Desk) -> None:
    key = bug(desk, Severity.BLOCKING)
    desk.now = MONDAY + timedelta(days=1)
    desk.sync()
    desk.tool.change(key, JANE, severity=Severity.MINOR)
    desk.sync()
    (breach,) = recorded(desk, key)
    assert breach.due_at == MONDAY
    assert breach.superseded_by is not None
    assert "2 business days" in breach.superseded_by
    assert "running, due 2026-05-20T15:00:00Z" in breach.superseded_by


def test_c14_a_stricter_class_is_recorded_as_missed_at_the_change(desk: Desk) -> None:
    key = bug(desk, Severity.MINOR)
    desk.now = MONDAY + timedelta(hours=20)
    desk.sync()
    assert recorded(desk, key) == []
    desk.tool.change(key, JANE, severity=Severity.BLOCKING)
    changed_at = desk.tool.tickets[key].events[-1].at
    desk.sync()
    (breach,) = recorded(desk, key)
    assert (breach.due_at, breach.breached_at) == (MONDAY, changed_at)


def test_c15_the_breach_of_an_earlier_cycle_stays_when_a_ticket_is_reopened(desk: Desk) -> None:
    key = bug(desk, Severity.BLOCKING)
    desk.now = MONDAY + timedelta(days=1)
    desk.sync()
    desk.tool.change(key, JANE, state=State.RESOLVED)
    desk.sync()
    desk.tool.change(key, JANE, state=State.OPEN)
    desk.sync()
    (first,) = recorded(desk, key, "resolution")
    assert first.superseded_by is None
    desk.now += timedelta(days=2)
    desk.sync()
    cycles = recorded(desk, key, "resolution")
    assert len({breach.cycle for breach in cycles}) == 2
    assert [breach.superseded_by for breach in cycles] == [None, None]
