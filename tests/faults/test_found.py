"""What the fault points and the state machine have found, each by its name."""

from __future__ import annotations

from dataclasses import replace

from bridge.model import ApprovalState, Field, State
from bridge.store import outbox
from connectors.errors import TryAgainError
from tests.engine.desk import ALICE, JANE
from tests.faults.world import H, World


def lost(verb: str, world: World) -> None:
    """The next call is carried out, and its answer is lost."""
    world.broken.script[f"{verb}!"] = [TryAgainError("desk", "no answer", unknown_outcome=True)]


def test_a_field_that_was_written_before_its_answer_was_lost_counts_as_ours(world: World) -> None:
    key = world.opened()
    world.sets(key, JANE, estimate=3 * H)
    lost("apply approval", world)
    assert world.sync().writes_failed == 1
    world.settle()
    with world.database.read() as conn:
        written = outbox.last_written(conn, "desk", [key])[key]
    assert written[Field.APPROVAL].value is ApprovalState.AWAITING


def test_a_value_that_a_person_set_after_a_lost_answer_is_not_taken_for_ours(world: World) -> None:
    key = world.opened()
    lost("apply approval", world)
    world.sync()
    world.sets(key, JANE, approval=ApprovalState.APPROVED)
    result = world.sync()
    (change,) = [c for c in result.changes if c.field is Field.APPROVAL]
    assert "jdoe set it" in str(change.why[-1])
    assert world.tool.tickets[key].approval is ApprovalState.ESTIMATE_NEEDED


def test_ask_03_a_restored_backup_says_nothing_twice_and_takes_nothing_back(world: World) -> None:
    """The store is from before the question; the tool has the question, the yes and our thanks."""
    backup = world.backup()
    key = world.opened()
    world.sets(key, JANE, estimate=3 * H)
    world.settle()
    world.later()
    world.says(key, ALICE, "J'approuve")
    world.works(key, H)
    world.settle()
    before, events = world.state(), world.tool.tickets[key].events
    world.later(60)
    world.restored(backup)
    assert world.sync().ok
    world.check()
    assert world.tool.tickets[key].events == events
    world.settle()
    assert world.state()[:2] == before[:2]
    world.check_books()


def test_a_question_that_was_recognised_was_asked_when_the_tool_shows_it(world: World) -> None:
    key = world.opened()
    world.sets(key, JANE, estimate=3 * H)
    backup = world.backup()
    world.settle()
    world.later(5)
    world.sets(key, ALICE, approval=ApprovalState.APPROVED)
    world.later(60)
    world.restored(backup)
    world.settle()
    assert world.tool.tickets[key].approval is ApprovalState.APPROVED


def test_a_wrong_clock_does_not_move_the_question_behind_its_answer(world: World) -> None:
    key = world.opened()
    world.sets(key, JANE, estimate=3 * H)
    world.skewed(72)
    world.sync()
    world.later()
    world.sets(key, ALICE, approval=ApprovalState.APPROVED)
    world.skewed(0)
    world.settle()
    assert world.tool.tickets[key].approval is ApprovalState.APPROVED


def test_a_change_read_while_the_clock_is_set_back_is_carried_out(world: World) -> None:
    world.settle()
    key = world.opened()
    world.sets(key, JANE, estimate=1800)
    world.works(key, 1200)
    world.sets(key, JANE, state=State.CLOSED)
    world.skewed(-72)
    assert world.killed(world_step(world, "after poll"))
    world.skewed(0)
    world.settle()
    assert world.sums()["tickets"] == {f"desk:{key}": -1200}


def world_step(world: World, name: str) -> int:
    """The number of a step of the next pass, found by a pass that changes nothing."""
    moment = world.moment()
    world.sync()
    number = world.reached.index(name)
    world.back_to(moment)
    return number


def test_a_full_pass_is_not_put_off_by_a_clock_that_was_ahead(world: World) -> None:
    key = world.opened()
    world.skewed(24 * 400)
    world.settle()
    world.skewed(0)
    world.tool.tickets[key] = replace(world.tool.tickets[key], estimate=1800)
    assert world.sync().tickets_changed == 1


def test_the_last_value_written_stays_the_last_one_when_the_clock_is_set_back(
    world: World,
) -> None:
    key = world.opened()
    world.sets(key, JANE, estimate=1800)
    world.works(key, 600)
    world.settle()
    world.works(key, 300)
    world.skewed(-72)
    world.settle()
    with world.database.read() as conn:
        written = outbox.last_written(conn, "desk", [key])[key]
    assert (written[Field.CONSUMED].value, written[Field.CONSUMED].revision) == (900, 2)


def test_a_restored_backup_does_not_tell_of_a_low_book_on_another_ticket(world: World) -> None:
    first, last = world.opened("Un"), world.opened("Deux")
    for key in (first, last):
        world.sets(key, JANE, estimate=3 * H)
    world.settle()
    world.later()
    for key in (first, last):
        world.says(key, ALICE, "J'approuve")
    world.works(first, 2 * H)
    world.settle()
    backup = world.backup()
    world.later()
    world.works(last, 2 * H)
    world.settle()
    assert any("renouveler" in text for text in world.told(last))
    world.later(60 * 24)
    world.works(first, 60)
    world.restored(backup)
    world.settle()
    world.check()
    assert not any("renouveler" in text for text in world.told(first))


def test_a_restored_backup_keeps_the_yes_to_an_estimate_that_was_replaced_since(
    world: World,
) -> None:
    """The question is about an estimate that is none any more: nothing asks for it again, and the
    hours agreed before rest on its answer."""
    backup = world.backup()
    key = world.opened()
    world.sets(key, JANE, estimate=3 * H)
    world.settle()
    world.later()
    world.says(key, ALICE, "J'approuve")
    world.works(key, 2 * H)
    world.settle()
    world.later()
    world.sets(key, JANE, estimate=5 * H)
    world.settle()
    before = world.figures()
    world.later()
    world.restored(backup)
    world.settle()
    world.check()
    world.check_books()
    assert world.figures() == before
    assert world.sums()["tickets"] == {f"desk:{key}": -2 * H}


def test_a_ticket_that_shows_only_what_is_known_is_asked_nothing_more(world: World) -> None:
    key = world.opened()
    world.sets(key, JANE, estimate=3 * H)
    world.settle()
    world.later()
    world.says(key, ALICE, "Un moment")
    world.sync()
    assert "before find" not in world.reached
