"""The due date of the next promise: which clock gives it, and as what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bridge.engine.plan import Action, Reach, plan
from bridge.model import (
    DEFAULT_POLICY,
    WRITABLE,
    ClockName,
    ClockState,
    Event,
    EventKind,
    Field,
    Policy,
    Reason,
    Value,
    Written,
)
from bridge.model.assessment import Clock, Desired
from bridge.rules.sla.due import with_due
from tests.rules.making import JANE, START, after, assessed, terms, ticket

EVENING = datetime(2026, 6, 11, 22, 30, 7, tzinfo=UTC)  # the 12th at 00:30 in Zurich
ALL = Reach(frozenset(Field), frozenset(WRITABLE), DEFAULT_POLICY)


def clock(name: ClockName, state: ClockState, due_at: datetime | None) -> Clock:
    return Clock(name, state, START, due_at, why=(Reason("targets", f"{name} as agreed"),))


def wanted(*clocks: Clock, instants: bool = False) -> list[Desired]:
    under = replace(terms(), shows_instants=instants)
    judged = with_due(replace(assessed(ticket()), clocks=clocks, desired=()), under)
    return list(judged.desired)


def test_the_running_clock_that_ends_first_is_shown_whichever_it_is() -> None:
    later, running = EVENING + timedelta(days=3), ClockState.RUNNING
    for first in (name for name in ClockName):
        others = [clock(name, running, later) for name in ClockName if name is not first]
        (found,) = wanted(*others, clock(first, running, EVENING))
        assert (found.field, found.value, found.ordered) == (Field.DUE, date(2026, 6, 12), False)
        assert f"{first} is due first, 2026-06-11 22:30 UTC" in found.why[0].text


def test_a_day_is_that_of_the_clients_zone_and_an_instant_is_utc_to_the_second() -> None:
    running = clock(ClockName.RESPONSE, ClockState.RUNNING, EVENING.replace(microsecond=250_000))
    assert [d.value for d in wanted(running)] == [date(2026, 6, 12)]
    assert [d.value for d in wanted(running, instants=True)] == [EVENING]
    assert type(wanted(running)[0].value) is date


@pytest.mark.parametrize("state", [s for s in ClockState if s is not ClockState.RUNNING])
def test_what_is_kept_missed_or_paused_is_no_next_promise(state: ClockState) -> None:
    over = clock(ClockName.RESPONSE, state, EVENING)
    assert wanted(over) == []
    next_one = clock(ClockName.RESOLUTION, ClockState.RUNNING, EVENING + timedelta(days=1))
    assert [d.value for d in wanted(over, next_one)] == [date(2026, 6, 13)]
    assert wanted(clock(ClockName.RESPONSE, ClockState.RUNNING, None)) == []


def test_every_other_wish_stays() -> None:
    before = Desired(Field.CONSUMED, 60, (Reason("test", "because"),))
    judged = replace(assessed(ticket()), desired=(before,))
    assert with_due(judged, terms()).desired[0] == before


def changes(
    shown: date | datetime | None, last: Value | None, value: Value, policy: Policy = Policy.TOOL
) -> list[tuple[Action, Value]]:
    """What is planned where a tool shows one value and the bridge wrote another last."""
    now = ticket(due=shown, events=(Event("e1", after(3), EventKind.DUE, JANE, None, "x"),))
    judged = replace(assessed(now), desired=(Desired(Field.DUE, value, (Reason("t", "so"),)),))
    written = {} if last is None else {Field.DUE: Written(Field.DUE, last, after(1), 1)}
    reach = replace(ALL, policy={**DEFAULT_POLICY, Field.DUE: policy})
    return [
        (change.action, change.desired)
        for change in plan(now, judged, written, (), reach, lambda notice: None)
    ]


@pytest.mark.parametrize(
    ("ours", "persons", "next_one"),
    [
        (date(2026, 6, 12), date(2026, 6, 20), date(2026, 6, 15)),
        (EVENING, EVENING + timedelta(hours=1), EVENING + timedelta(days=2)),
    ],
)
def test_the_bridge_follows_its_own_date_and_leaves_a_persons(
    ours: date, persons: date, next_one: date
) -> None:
    assert changes(None, None, ours) == [(Action.WRITE, ours)]
    assert changes(ours, ours, ours) == []
    assert changes(ours, ours, next_one) == [(Action.WRITE, next_one)]
    assert changes(persons, ours, next_one) == [(Action.KEEP, next_one)]
    assert changes(persons, ours, persons) == []
    assert changes(None, ours, next_one) == [(Action.KEEP, next_one)]
    assert changes(persons, ours, next_one, Policy.BRIDGE) == [(Action.WRITE, next_one)]
    assert changes(persons, ours, next_one, Policy.ASK) == [(Action.ASK, next_one)]
