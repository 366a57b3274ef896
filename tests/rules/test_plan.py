"""Three values per field, and who wins when a person changed one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.engine.plan import Action, Reach, message_key, plan
from bridge.model import (
    DEFAULT_POLICY,
    WRITABLE,
    ApprovalState,
    Event,
    EventKind,
    Field,
    Language,
    Message,
    MessageKind,
    Policy,
    Priority,
    Reason,
    Sent,
    Ticket,
    Value,
    Written,
)
from bridge.model.assessment import Assessment, Desired, Notice
from tests.rules.making import JANE, after, assessed, ticket

WHY = (Reason("test", "because"),)
ALL = Reach(frozenset(Field), frozenset(WRITABLE), DEFAULT_POLICY)


def wanting(*desired: Desired, notices: tuple[Notice, ...] = ()) -> Assessment:
    return replace(assessed(ticket()), desired=desired, notices=notices)


def written(field: Field, value: Value, revision: int = 1) -> dict[Field, Written]:
    return {field: Written(field, value, after(1), revision)}


def planned(
    shown: Ticket,
    desired: Desired,
    last: dict[Field, Written] | None = None,
    reach: Reach = ALL,
) -> list[tuple[Action, Value]]:
    changes = plan(shown, wanting(desired), last or {}, (), reach, lambda telling: None)
    return [(change.action, change.desired) for change in changes]


def test_what_is_shown_already_is_not_written() -> None:
    assert planned(ticket(consumed=60), Desired(Field.CONSUMED, 60, WHY)) == []


def test_what_the_bridge_wrote_last_is_followed_by_the_new_value() -> None:
    wanted = Desired(Field.CONSUMED, 90, WHY)
    shown = ticket(consumed=60)
    assert planned(shown, wanted, written(Field.CONSUMED, 60)) == [(Action.WRITE, 90)]


def test_an_empty_field_is_filled_and_no_zero_is_written_into_it() -> None:
    assert planned(ticket(), Desired(Field.CONSUMED, 90, WHY)) == [(Action.WRITE, 90)]
    assert planned(ticket(), Desired(Field.CONSUMED, 0, WHY)) == []


@pytest.mark.parametrize(
    ("field", "person", "ours", "wanted", "action"),
    [
        (Field.PRIORITY, Priority.HIGH, Priority.LOW, Priority.NORMAL, Action.KEEP),
        (Field.ESTIMATE, 3600, 60, 7200, Action.KEEP),
        (Field.CONSUMED, 3600, 60, 7200, Action.WRITE),
        (
            Field.APPROVAL,
            ApprovalState.APPROVED,
            ApprovalState.ESTIMATE_NEEDED,
            ApprovalState.AWAITING,
            Action.WRITE,
        ),
    ],
)
def test_a_persons_value_is_kept_or_put_back_as_the_policy_says(
    field: Field, person: Value, ours: Value, wanted: Value, action: Action
) -> None:
    event = Event("e1", after(3), EventKind(field.value), JANE, None, "x")
    shown = ticket(events=(event,), **{field.value: person})
    last = written(field, ours)
    assert planned(shown, Desired(field, wanted, WHY), last) == [(action, wanted)]
    (change,) = plan(shown, wanting(Desired(field, wanted, WHY)), last, (), ALL, lambda t: None)
    assert "jdoe set it on 2026-05-13 08:03 UTC" in " ".join(str(r) for r in change.why)
    turned = Policy.BRIDGE if action is Action.KEEP else Policy.TOOL
    other = replace(ALL, policy={**DEFAULT_POLICY, field: turned})
    ((now, _),) = planned(shown, Desired(field, wanted, WHY), last, other)
    assert now is not action


def test_a_value_that_was_never_ours_counts_as_a_persons() -> None:
    shown = ticket(priority=Priority.HIGH)
    assert planned(shown, Desired(Field.PRIORITY, Priority.LOW, WHY)) == [
        (Action.KEEP, Priority.LOW)
    ]


def test_a_command_given_later_than_the_tools_value_is_carried_out() -> None:
    shown = ticket(estimate=60)
    wanted = Desired(Field.ESTIMATE, 7200, WHY, ordered=True)
    assert planned(shown, wanted) == [(Action.WRITE, 7200)]


def test_nothing_is_written_that_the_source_does_not_allow_or_has_no_place_or_word_for() -> None:
    wanted = Desired(Field.CONSUMED, 90, WHY)
    assert planned(ticket(), wanted, reach=replace(ALL, writes=frozenset())) == []
    assert planned(ticket(), wanted, reach=replace(ALL, carries=frozenset())) == []
    assert planned(ticket(), wanted, reach=replace(ALL, has_word=lambda f, v: False)) == []


def test_the_same_intention_has_the_same_key_and_a_repeated_one_another() -> None:
    wanted = wanting(Desired(Field.CONSUMED, 90, WHY))

    def key(last: dict[Field, Written]) -> str:
        (change,) = plan(ticket(), wanted, last, (), ALL, lambda t: None)
        return change.key

    assert key({}) == key({})
    emptied = plan(ticket(), wanted, written(Field.CONSUMED, 60), (), ALL, lambda t: None)
    assert emptied[0].key != key({})


def test_a_message_is_planned_once_and_never_where_messages_are_not_allowed() -> None:
    telling = Notice(MessageKind.ESTIMATE, True, 1, WHY)
    message = Message(MessageKind.ESTIMATE, True, Language.FR, "", ("Bonjour",), 1)
    wants = wanting(notices=(telling,))
    (change,) = plan(ticket(), wants, {}, (), ALL, lambda t: message)
    assert (change.field, change.desired) == (Field.MESSAGE, message)
    sent = Sent(message_key(ticket(), telling, wants), MessageKind.ESTIMATE, 1, after(1), True)
    assert plan(ticket(), wants, {}, (sent,), ALL, lambda t: message) == ()
    mute = replace(ALL, writes=ALL.writes - {Field.MESSAGE})
    assert plan(ticket(), wants, {}, (), mute, lambda t: message) == ()
