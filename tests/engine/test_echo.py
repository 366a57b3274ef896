"""Own account and own mark together: nobody's word is taken for the bridge's, or lost (I5)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.engine.assess import assess_stored
from bridge.model import ApprovalState, Field, Priority, Role
from connectors.memory import BRIDGE
from tests.engine.desk import ALICE, JANE, Desk

H = 3600


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.sync()
    yield made
    made.database.close()


def asked(desk: Desk) -> str:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=3 * H)
    desk.sync()
    return key


def roles(desk: Desk, key: str) -> list[Role]:
    with desk.database.read() as conn:
        (one,) = assess_stored(conn, desk.agreements, "desk", [key], desk.now)
    return [comment.role for comment in one.ticket.comments]


def test_threat_I5_a_refusal_under_a_copied_mark_is_still_a_refusal(desk: Desk) -> None:
    key = asked(desk)
    mark = desk.told(key)[0].rpartition("[ref ")[2]
    desk.tool.say(key, ALICE, "Je refuse")
    desk.tool.say(key, ALICE, f"Bien reçu\n\n[ref {mark}")
    desk.sync()
    assert desk.tool.tickets[key].approval is ApprovalState.REJECTED
    assert roles(desk, key)[:3] == [Role.BRIDGE, Role.CLIENT, Role.CLIENT]


def test_a_person_who_writes_by_the_bots_account_is_read_and_decides_nothing(desk: Desk) -> None:
    key = asked(desk)
    desk.tool.say(key, BRIDGE, "J'approuve")
    desk.sync()
    assert roles(desk, key) == [Role.BRIDGE, Role.CLIENT]
    assert desk.tool.tickets[key].approval is ApprovalState.AWAITING
    assert any("bridge" in r.text and r.rule == "A3" for _, r in desk.attention())


def test_a_person_who_estimates_by_the_bots_account_has_estimated(desk: Desk) -> None:
    key = asked(desk)
    desk.tool.change(key, BRIDGE, estimate=5 * H)
    desk.sync()
    desk.sync()
    with desk.database.read() as conn:
        (one,) = assess_stored(conn, desk.agreements, "desk", [key], desk.now)
    estimate = one.assessment.approval.estimate
    assert estimate is not None
    assert (estimate.number, estimate.seconds) == (2, 5 * H)


def test_what_the_bridge_itself_wrote_is_no_estimate(desk: Desk) -> None:
    key = desk.opened()
    desk.tool.say(key, JANE, "/estimate 3h")
    desk.sync()
    assert desk.tool.tickets[key].estimate == 3 * H
    desk.sync()
    assert len(desk.told(key)) == 1


def test_a_priority_set_by_a_person_with_the_bots_account_is_respected(desk: Desk) -> None:
    key = desk.opened()
    desk.tool.say(key, JANE, "/priority 3")
    desk.sync()
    desk.tool.change(key, BRIDGE, priority=Priority.CRITICAL)
    result = desk.sync()
    assert desk.tool.tickets[key].priority is Priority.CRITICAL
    (kept,) = [c for c in result.changes if c.field is Field.PRIORITY]
    assert "bridge set it" in kept.why[0].text
