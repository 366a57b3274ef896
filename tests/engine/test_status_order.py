"""What `bridge status` shows first."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bridge.cli.views.status import status
from bridge.model import Kind, Priority, Severity
from tests.engine.desk import Desk


def test_r3_5_what_is_to_do_comes_by_criticality_then_arrival(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.sync()
    low = desk.opened(priority=Priority.LOW)
    high = desk.opened(priority=Priority.HIGH)
    later = desk.opened(priority=Priority.HIGH)
    desk.sync()
    with desk.database.read() as conn:
        shown = status(conn, desk.agreements, desk.now)
    refs = list(dict.fromkeys(ref for ref, _, _ in shown.attention))
    assert refs == [f"desk:{key}" for key in (high, later, low)]
    desk.database.close()


def test_a_promise_is_at_risk_from_the_contracts_share_of_its_working_time(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.sync()
    key = desk.opened(kind=Kind.INCIDENT, severity=Severity.BLOCKING)
    desk.sync()  # Monday 10:05 in Lausanne, due at 17:00: 80 % of its working time ends at 15:48
    with desk.database.read() as conn:
        early = status(conn, desk.agreements, datetime(2026, 5, 18, 13, 30, tzinfo=UTC))
        late = status(conn, desk.agreements, datetime(2026, 5, 18, 14, 0, tzinfo=UTC))
    assert early.risks == ()
    assert [(risk.ref, risk.late) for risk in late.risks] == [(f"desk:{key}", False)]
    desk.database.close()


def test_r4_10_the_end_of_the_onboarding_is_a_hint_and_nothing_else(tmp_path: Path) -> None:
    desk = Desk(tmp_path, more="activated_at = 2026-05-04")
    desk.sync()
    with desk.database.read() as conn:
        shown = status(conn, desk.agreements, desk.now)
    assert ("acme", "activated_at") in [(client, hint.rule) for client, hint in shown.hints]
    assert shown.attention == ()
    desk.database.close()
