"""One ticket's failure is that ticket's: the others have their turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from bridge.cli.errors import Exit
from bridge.cli.sync import exit_code, guarded
from bridge.cli.views.plan import Done
from bridge.cli.views.status import status
from bridge.engine.agreements import Agreements
from bridge.model import ApprovalState, Receipt, Ticket, Write
from bridge.store import StoreError, outbox, quarantine
from connectors.base import Unreadable
from connectors.errors import RefusedError, TryAgainError
from tests.engine.desk import JANE, Desk, Faulty


class Poisoned(Faulty):
    """A tool that fails for some tickets, however often it is asked."""

    tickets: ClassVar[set[str]] = set()
    asked: ClassVar[list[str]] = []

    def apply(self, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        self.asked.append(writes[0].ticket)
        if writes[0].ticket in self.tickets:
            raise TryAgainError("desk", "the tool failed (status 500)", "later")
        return super().apply(writes)

    def fetch(self, key: str) -> Ticket:
        self.asked.append(key)
        if key in self.tickets:
            raise TryAgainError("desk", "the tool failed (status 500)", "later")
        return super().fetch(key)


@pytest.fixture
def poisoned(desk: Desk) -> type[Poisoned]:
    config = desk.agreements.config
    source = replace(config.sources["desk"], connector=Poisoned)
    desk.agreements = Agreements(replace(config, sources={"desk": source}))
    desk.engine = replace(desk.engine, agreements=desk.agreements)
    Poisoned.tickets, Poisoned.asked = set(), []
    return Poisoned


def test_a_ticket_for_which_the_tool_fails_leaves_the_others_their_turn(
    desk: Desk, poisoned: type[Poisoned]
) -> None:
    keys = [desk.opened(f"Demande {number}") for number in range(4)]
    poisoned.tickets = {keys[0], keys[2]}
    for _ in range(2):
        result = desk.sync()
        assert result.ok
        assert {failure.write.ticket for failure in result.failures} == poisoned.tickets
    for key in (keys[1], keys[3]):
        assert desk.tool.tickets[key].approval is ApprovalState.ESTIMATE_NEEDED
    poisoned.tickets = set()
    assert desk.sync().writes_done == 2


def test_a_source_that_is_down_costs_three_tries_and_then_nobody_is_kept_waiting_by_them(
    desk: Desk, poisoned: type[Poisoned]
) -> None:
    keys = [desk.opened(f"Demande {number}") for number in range(5)]
    poisoned.tickets = set(keys[:3])
    down = desk.sync()
    assert (down.ok, down.error, poisoned.asked) == (
        False,
        "the tool failed (status 500)",
        keys[:3],
    )
    poisoned.asked.clear()
    assert desk.sync().writes_done == 2
    assert poisoned.asked == [*keys[3:], *keys[:3]]


def test_a_tool_that_is_not_reached_is_tried_once(desk: Desk) -> None:
    for number in range(3):
        desk.opened(f"Demande {number}")
    desk.fails("apply approval", TryAgainError("desk", "cannot be reached", unreached=True))
    down = desk.sync()
    assert (down.ok, down.writes_done, down.writes_failed) == (False, 0, 1)
    assert desk.sync().writes_done == 3


def test_a_lost_answer_that_cannot_be_asked_after_holds_up_its_own_ticket_only(
    desk: Desk, poisoned: type[Poisoned]
) -> None:
    first, second = desk.opened("Un"), desk.opened("Deux")
    lost = TryAgainError("desk", "no answer", unknown_outcome=True)
    desk.fails("apply approval!", lost)
    assert desk.sync().writes_failed == 1
    desk.tool.change(second, JANE, estimate=1800)
    poisoned.tickets = {first}
    held = desk.sync()
    assert (held.ok, held.writes_done) == (True, 1)
    assert desk.tool.tickets[second].approval is ApprovalState.NOT_REQUIRED
    with desk.database.read() as conn:
        assert [item.write.ticket for item in outbox.unfinished(conn, "desk")] == [first]
    poisoned.tickets = set()
    assert desk.sync().ok
    with desk.database.read() as conn:
        assert outbox.unfinished(conn, "desk") == ()


def test_what_the_tool_failed_to_give_is_asked_for_again_by_each_pass(
    desk: Desk, poisoned: type[Poisoned]
) -> None:
    key = desk.opened()
    desk.sync()
    desk.sync()
    with desk.database.write() as conn:
        aside = Unreadable(key, "the tool failed (status 500)", "raw", temporary=True)
        quarantine.set_aside(conn, "desk", [aside], desk.now)
        quarantine.retry(conn, "desk", key)
    poisoned.tickets = {key}
    for times in (2, 3):
        result = desk.sync()
        assert (result.ok, result.unread) == (True, ((key, "the tool failed (status 500)"),))
        assert exit_code([Done(result)]) == Exit.FAILED
        with desk.database.read() as conn:
            (waiting,) = quarantine.waiting(conn, "desk")
            assert (waiting.times, waiting.raw) == (times, "raw")
            assert not status(conn, desk.agreements, desk.now).ok
    poisoned.tickets = set()
    result = desk.sync()
    assert (result.unread, exit_code([Done(result)])) == ((), Exit.OK)
    with desk.database.read() as conn:
        assert quarantine.waiting(conn, "desk") == ()
        assert status(conn, desk.agreements, desk.now).ok


def test_what_a_person_dropped_is_not_asked_for_again(desk: Desk, poisoned: type[Poisoned]) -> None:
    with desk.database.write() as conn:
        aside = Unreadable("9", "the tool failed (status 500)", "raw", temporary=True)
        quarantine.set_aside(conn, "desk", [aside], desk.now)
        quarantine.drop(conn, "desk", "9")
    assert desk.sync().unread == ()
    assert poisoned.asked == []


def test_counts_are_of_what_was_done_also_when_the_store_fails_afterwards(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2):
        desk.opened(f"Demande {number}")
    confirmed = outbox.confirmed

    def full(*given: Any) -> None:
        confirmed(*given)
        raise StoreError("no space left", "bridge.db")

    with monkeypatch.context() as store:
        store.setattr(outbox, "confirmed", full)
        result = guarded(desk.engine, "desk")
    assert (result.ok, result.error) == (False, "no space left (bridge.db)")
    assert (result.tickets_seen, result.writes_planned, result.writes_done) == (2, 2, 1)
    assert desk.tool.writes == 1


def test_force_tries_again_what_the_tool_refused(desk: Desk) -> None:
    key = desk.opened()
    desk.fails("apply approval", RefusedError("desk", key, "read only"))
    desk.sync()
    assert desk.sync().writes_planned == 0
    assert desk.sync(force=True).writes_done == 1
