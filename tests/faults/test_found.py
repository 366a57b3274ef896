"""What the fault points and the state machine have found, each by its name."""

from __future__ import annotations

from bridge.model import ApprovalState, Field
from bridge.store import outbox
from connectors.errors import TryAgainError
from tests.faults.world import H, World
from tests.sync.desk import JANE


def lost(verb: str, world: World) -> None:
    """The next call is carried out, and its answer is lost."""
    world.broken.script[f"{verb}!"] = [TryAgainError("desk", "no answer", unknown_outcome=True)]


def test_a_field_that_was_written_before_its_answer_was_lost_counts_as_ours(world: World) -> None:
    key = world.opened()
    world.sets(key, JANE, estimate=3 * H)
    lost("apply approval", world)
    assert not world.sync().ok
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
