"""Laws that every clock obeys, whatever happened to the ticket."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.contracts import build
from bridge.contracts.calendars import working_calendar
from bridge.model import ClockState, Event, EventKind, Kind, Language, Priority, State, Ticket
from bridge.model.assessment import Clock
from bridge.rules.assess import assess
from bridge.rules.dossier import Dossier, Terms
from tests.amounts import amount
from tests.rules.clocks import at
from tests.rules.making import JANE, ticket

many = settings(max_examples=amount(50, long=300), derandomize=True)
START = at("2026-05-13 10:00")
WEEK = {"mon-thu": ["08:00-12:00", "13:00-17:00"], "fri": ["08:00-12:00"]}
CALENDAR = build("laws", {"calendar": {"weekly": WEEK, "holidays": "CH-VD"}}).calendar
COUNTED = working_calendar(CALENDAR, "Europe/Zurich")

minutes = st.integers(0, 12 * 24 * 60)
waits = st.lists(st.tuples(minutes, st.integers(1, 3 * 24 * 60)), max_size=4)
spans = st.one_of(
    st.integers(1, 60).map(lambda hours: f"{hours}h"),
    st.integers(1, 8).map(lambda days: f"{days} business days"),
    st.integers(1, 8).map(lambda days: f"{days}d"),
    st.integers(1, 60).map(lambda hours: f"{hours}h real"),
    st.just("same day"),
)


def moment(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def under(within: str, **keys: Any) -> Terms:
    rows = {"response": [], "resolution": [{"within": within}]}
    table = {
        "calendar": {"weekly": WEEK, "holidays": "CH-VD"},
        "day_seconds": "8h",
        "targets": rows,
        **keys,
    }
    contract = build("laws", table)
    zone = "Europe/Zurich"
    return Terms("acme", contract, COUNTED, frozenset(), Language.FR, zone, asks_in_tool=False)


def walked(pauses: list[tuple[int, int]], end: int | None) -> Ticket:
    """An open ticket that waited for the client in these spans, and was resolved at `end`."""
    inside = sorted((a, a + n) for a, n in pauses)
    spans_of: list[tuple[int, int]] = []
    for begin, stop in inside:
        if not spans_of or begin > spans_of[-1][1]:
            spans_of.append((begin, stop))
    steps = [(t, s) for a, b in spans_of for t, s in ((a, State.AWAITING_CLIENT), (b, State.OPEN))]
    if end is not None:
        steps = [step for step in steps if step[0] < end] + [(end, State.RESOLVED)]
    events, state = [], State.OPEN
    for number, (minute, new) in enumerate(steps):
        event = Event(f"e{number}", moment(minute), EventKind.STATE, JANE, state.value, new.value)
        events.append(event)
        state = new
    return replace(
        ticket(kind=Kind.INCIDENT, state=state),
        created_at=START,
        updated_at=START,
        events=tuple(events),
    )


def resolution(what: Ticket, terms: Terms, now: int) -> Clock:
    clocks = assess(Dossier(what), terms, moment(now)).clocks
    return next(clock for clock in clocks if clock.target == "resolution")


@given(st.integers(1, 60), st.integers(0, 60), waits, minutes)
@many
def test_due_time_never_comes_earlier_for_a_longer_target(
    hours: int, more: int, pauses: list[tuple[int, int]], now: int
) -> None:
    what = walked(pauses, None)
    shorter = resolution(what, under(f"{hours}h"), now).due_at
    longer = resolution(what, under(f"{hours + more}h"), now).due_at
    assert shorter is not None
    assert longer is not None
    assert shorter <= longer


@given(spans, waits, minutes)
@many
def test_pauses_only_postpone(within: str, pauses: list[tuple[int, int]], now: int) -> None:
    terms = under(within)
    straight = resolution(walked([], None), terms, now)
    waited = resolution(walked(pauses, None), terms, now)
    assert straight.due_at is not None
    assert waited.due_at is not None
    assert straight.due_at <= waited.due_at
    assert waited.elapsed_seconds <= straight.elapsed_seconds
    if straight.state is not ClockState.BREACHED:
        assert waited.state is not ClockState.BREACHED


@given(spans, waits, st.one_of(st.none(), minutes), minutes)
@many
def test_c12_the_state_agrees_with_the_seconds_counted(
    within: str, pauses: list[tuple[int, int]], end: int | None, now: int
) -> None:
    reached = now if end is None else end
    now = max(now, reached)
    found = resolution(walked(pauses, end), under(within), now)
    target = resolution(walked([], None), under(within), 0)
    assert target.due_at is not None
    calendar = COUNTED if target.hours == "normal" else COUNTED.round_the_clock()
    promised = calendar.between(START, target.due_at)
    assert (found.state is ClockState.BREACHED) == (found.elapsed_seconds > promised)
    assert (found.breached_at is not None) == (found.state is ClockState.BREACHED)
    assert (found.met_at is not None) == (end is not None)
    if found.state is ClockState.MET:
        assert found.elapsed_seconds <= promised
    if found.warns_at is not None and found.due_at is not None:
        assert START <= found.warns_at <= found.due_at


@given(
    st.lists(st.tuples(minutes, st.integers(1, 4)), min_size=1, max_size=5),
    st.one_of(st.none(), minutes),
    minutes,
)
@many
def test_c14_nobody_is_late_before_the_rule_applied(
    changes: list[tuple[int, int]], end: int | None, now: int
) -> None:
    """Told by a slow model: minute by minute, late by the target then in force."""
    hours = {1: 2, 2: 8, 3: 20, 4: 60}
    rows = [{"priority": p, "within": f"{h}h"} for p, h in hours.items()]
    terms = under("1h", targets={"response": [], "resolution": rows})
    reached = now if end is None else end
    now = max(now, reached)
    steps = [(minute, rank) for minute, rank in sorted(dict(changes).items()) if minute <= now]
    what, rank = walked([], end), 3
    events = list(what.events)
    for number, (minute, new) in enumerate(steps):
        events.append(
            Event(f"p{number}", moment(minute), EventKind.PRIORITY, JANE, str(rank), str(new))
        )
        rank = new
    what = replace(what, priority=Priority(rank), events=tuple(events))
    found = resolution(what, terms, now)

    def in_force(minute: int) -> int:
        return next((r for m, r in reversed(steps) if m <= minute), 3)

    def late(minute: int, by: int) -> bool:
        return COUNTED.between(START, moment(minute)) > hours[by] * 3600

    late_now = late(reached, rank)
    late_then = late(reached, in_force(reached))
    if not late_now:
        assert found.state is not ClockState.BREACHED
    elif end is None:
        assert found.state is ClockState.BREACHED
    elif not late_then:
        assert found.state is ClockState.MET
    elif reached not in dict(steps):
        assert found.state is ClockState.BREACHED
    if found.breached_at is not None:
        minute = int((found.breached_at - START).total_seconds()) // 60
        assert not late(minute, in_force(minute - 1)) or minute in dict(steps)
        assert found.breached_at <= moment(reached)
