"""Clocks: what starts, pauses, stops and moves them (C3, C11 to C20)."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.contracts import ContractError
from bridge.contracts.within import Measure, Within, parse_within
from bridge.model import Channel, ClockState, Field, Kind, Priority, Severity, State, Ticket
from bridge.rules.assess import assess
from bridge.rules.dossier import Dossier
from tests.rules.clocks import (
    HOURS,
    H,
    agreed,
    at,
    bug,
    changed,
    clock,
    opened,
    response,
    rules_of,
    seen,
    walked,
    wrote,
)
from tests.rules.making import ALICE, BOT, JANE, terms

# What a target says --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("same day", Within(Measure.SAME_DAY)),
        ("1 business day", Within(Measure.BUSINESS_DATES, 1)),
        ("2 business days", Within(Measure.BUSINESS_DATES, 2)),
        ("4h", Within(Measure.BUSINESS_TIME, 4 * H)),
        ("0h", Within(Measure.BUSINESS_TIME, 0)),
        ("2h real", Within(Measure.REAL_TIME, 2 * H)),
        ("3d", Within(Measure.DAYS, 3)),
        ("2x+1d", Within(Measure.ESTIMATE, 1, 2)),
        ("1x", Within(Measure.ESTIMATE, 0, 1)),
        ("on planning", Within(Measure.PLANNING)),
        ("none", Within(Measure.NONE)),
    ],
)
def test_a_target_is_read_as_it_is_written(text: str, within: Within) -> None:
    assert parse_within(text) == within


@pytest.mark.parametrize("text", ["", "soon", "0d", "0 business days", "-1h", "x+1d", 4, None])
def test_a_target_that_cannot_be_read_says_what_was_expected(text: Any) -> None:
    with pytest.raises(ValueError, match='"same day"'):
        parse_within(text)


def test_c3_a_target_of_nothing_is_due_at_the_next_opening_and_no_target_is_no_clock() -> None:
    under = agreed(response=[{"kind": "incident", "within": "0h"}])
    open_now = response(bug("2026-06-10 10:00"), "2026-06-10 10:00", under)
    assert (open_now.state, open_now.due_at) == (ClockState.RUNNING, at("2026-06-10 10:00"))
    at_night = response(bug("2026-06-10 20:00"), "2026-06-11 09:00", under)
    assert (at_night.state, at_night.due_at) == (ClockState.RUNNING, at("2026-06-11 09:00"))
    late = response(bug("2026-06-10 20:00"), "2026-06-11 09:00:01", under)
    assert late.state is ClockState.BREACHED
    assert response(opened("2026-06-10 10:00"), "2026-06-10 10:00", under).state is ClockState.NONE


# C11: pauses ---------------------------------------------------------------------------------

EIGHT_HOURS = {"resolution": [{"within": "8h"}]}


def test_c11_waiting_for_the_client_is_not_counted() -> None:
    paused = walked(
        bug("2026-06-10 09:00"),
        ("2026-06-10 10:00", State.OPEN),
        ("2026-06-10 11:00", State.AWAITING_CLIENT),
        ("2026-06-11 10:00", State.OPEN),
    )
    found = clock("resolution", paused, "2026-06-11 11:00", agreed(**EIGHT_HOURS))
    assert (found.state, found.elapsed_seconds) == (ClockState.RUNNING, 3 * H)
    assert found.due_at == at("2026-06-11 17:00")


def test_c11_a_pause_without_end_leaves_no_due_time() -> None:
    paused = walked(bug("2026-06-10 09:00"), ("2026-06-10 11:00", State.AWAITING_CLIENT))
    found = clock("resolution", paused, "2026-06-20 11:00", agreed(**EIGHT_HOURS))
    assert (found.state, found.due_at) == (ClockState.PAUSED, None)
    assert (found.elapsed_seconds, found.warns_at) == (2 * H, None)


def test_c11_a_pause_that_begins_at_the_due_instant_does_not_move_it() -> None:
    paused = walked(bug("2026-06-10 09:00"), ("2026-06-10 18:00", State.AWAITING_CLIENT))
    found = clock("resolution", paused, "2026-06-12 11:00", agreed(**EIGHT_HOURS))
    assert (found.due_at, found.elapsed_seconds) == (at("2026-06-10 18:00"), 8 * H)
    assert found.state is ClockState.PAUSED
    back = walked(paused, ("2026-06-12 11:00", State.OPEN))
    assert (
        clock("resolution", back, "2026-06-12 11:00:01", agreed(**EIGHT_HOURS)).state
        is ClockState.BREACHED
    )


def test_c11_a_promise_in_dates_is_moved_by_the_open_part_of_a_pause() -> None:
    under = agreed(resolution=[{"within": "2 business days"}])
    paused = walked(
        bug("2026-06-10 10:00"),
        ("2026-06-10 11:00", State.AWAITING_CLIENT),
        ("2026-06-10 20:00", State.OPEN),
    )
    found = clock("resolution", paused, "2026-06-11 10:00", under)
    assert found.due_at == at("2026-06-15 16:00")  # Friday 18:00 and the 6 h of the pause


def test_c11_the_response_is_never_paused() -> None:
    paused = walked(bug("2026-06-10 09:00"), ("2026-06-10 09:30", State.AWAITING_CLIENT))
    under = agreed(response=[{"within": "4h"}])
    found = response(paused, "2026-06-10 15:00", under)
    assert (found.state, found.due_at) == (ClockState.BREACHED, at("2026-06-10 14:00"))


def test_r4_11_waiting_for_access_pauses_the_solution_and_not_the_first_reply() -> None:
    under = agreed(response=[{"within": "4h"}], resolution=[{"within": "8h"}])
    paused = walked(bug("2026-06-10 09:00"), ("2026-06-10 10:00", State.AWAITING_CLIENT))
    states = [c.state for c in seen(paused, "2026-06-10 14:01", under).clocks]
    assert states == [ClockState.BREACHED, ClockState.PAUSED]


# C12: met, late, warned ----------------------------------------------------------------------


def test_c12_due_on_friday_at_closing_and_answered_before_monday_opens_is_met() -> None:
    came = bug("2026-06-12 10:00")
    under = agreed(response=[{"within": "same day"}])
    early = wrote(came, "2026-06-15 09:00", JANE, "Je regarde")
    assert response(early, "2026-06-15 10:00", under).state is ClockState.MET
    late = wrote(came, "2026-06-15 09:00:01", JANE, "Je regarde")
    found = response(late, "2026-06-15 10:00", under)
    assert (found.state, found.due_at) == (ClockState.BREACHED, at("2026-06-12 18:00"))


@pytest.mark.parametrize("share", [50, 80, 100])
def test_a_clock_warns_when_the_contracts_share_of_its_target_has_passed(share: int) -> None:
    under = terms(
        calendar={"weekly": HOURS}, warn_at=share, targets={"response": [{"within": "5h"}]}
    )
    found = response(bug("2026-06-10 10:00"), "2026-06-10 10:01", under)
    expected = {50: "2026-06-10 13:30", 80: "2026-06-10 15:00", 100: "2026-06-10 16:00"}
    assert found.warns_at == at(expected[share])


# C14: changes of class -----------------------------------------------------------------------

BY_PRIORITY = {
    "resolution": [
        {"priority": 1, "within": "2h", "rule": "P1"},
        {"priority": 2, "within": "8h", "rule": "P2"},
        {"priority": 3, "within": "24h", "rule": "P3"},
    ]
}


def ranked(when: str, priority: int) -> Ticket:
    return opened(when, kind=Kind.INCIDENT, priority=Priority(priority))


def test_c14_the_new_target_counts_from_the_original_start_without_earlier_pauses() -> None:
    came = walked(
        ranked("2026-06-10 09:00", 3),
        ("2026-06-10 10:00", State.AWAITING_CLIENT),
        ("2026-06-10 11:00", State.OPEN),
    )
    raised = changed(came, "2026-06-10 14:00", "priority", 3, Priority(2))
    found = clock("resolution", raised, "2026-06-10 15:00", agreed(**BY_PRIORITY))
    assert (found.state, found.started_at) == (ClockState.RUNNING, at("2026-06-10 09:00"))
    assert (found.due_at, found.why[0].cited) == (at("2026-06-11 10:00"), "P2")


def test_c14_a_target_that_comes_to_lie_in_the_past_is_missed_at_the_change() -> None:
    raised = changed(ranked("2026-06-10 09:00", 3), "2026-06-10 15:00", "priority", 3, Priority(1))
    under = agreed(**BY_PRIORITY)
    before = clock("resolution", ranked("2026-06-10 09:00", 3), "2026-06-10 14:59", under)
    assert before.state is ClockState.RUNNING
    found = clock("resolution", raised, "2026-06-10 15:00", under)
    assert (found.state, found.due_at) == (ClockState.BREACHED, at("2026-06-10 11:00"))
    assert found.breached_at == at("2026-06-10 15:00")
    assert "C14" in rules_of(found)


def test_c14_who_was_late_before_the_change_stays_late_since_then() -> None:
    raised = changed(ranked("2026-06-10 09:00", 2), "2026-06-11 15:00", "priority", 2, Priority(1))
    found = clock("resolution", raised, "2026-06-11 16:00", agreed(**BY_PRIORITY))
    assert (found.due_at, found.breached_at) == (at("2026-06-10 11:00"), at("2026-06-10 18:00"))


def test_c14_a_change_after_the_goal_was_reached_makes_nobody_late() -> None:
    done = walked(ranked("2026-06-10 09:00", 3), ("2026-06-10 15:00", State.RESOLVED))
    raised = changed(done, "2026-06-10 16:00", "priority", 3, Priority(1))
    found = clock("resolution", raised, "2026-06-10 17:00", agreed(**BY_PRIORITY))
    assert (found.state, found.breached_at) == (ClockState.MET, None)
    assert "C14" in rules_of(found)


def test_c14_a_change_in_the_moment_of_the_goal_makes_nobody_late() -> None:
    done = walked(ranked("2026-06-10 09:00", 3), ("2026-06-10 15:00", State.RESOLVED))
    raised = changed(done, "2026-06-10 15:00", "priority", 3, Priority(1))
    found = clock("resolution", raised, "2026-06-10 17:00", agreed(**BY_PRIORITY))
    assert found.state is ClockState.MET


def test_c14_a_milder_class_takes_the_lateness_back() -> None:
    lowered = changed(ranked("2026-06-10 09:00", 1), "2026-06-10 15:00", "priority", 1, Priority(3))
    under = agreed(**BY_PRIORITY)
    assert (
        clock("resolution", ranked("2026-06-10 09:00", 1), "2026-06-10 14:59", under).state
        is ClockState.BREACHED
    )
    assert clock("resolution", lowered, "2026-06-10 15:00", under).state is ClockState.RUNNING


def test_c14_a_priority_that_the_bridge_wrote_is_no_change_of_class() -> None:
    signs = [{"kind": "incident", "set_priority": 1}]
    lines = {"response": [], **BY_PRIORITY}
    under = terms(calendar={"weekly": HOURS}, targets=lines, classify={"rules": signs})
    came = opened("2026-06-10 09:00", kind=Kind.INCIDENT)
    wrote_it = changed(came, "2026-06-10 15:00", "priority", None, Priority(1), None, own=True)
    found = assess(
        Dossier(wrote_it, ours=frozenset({Field.PRIORITY})), under, at("2026-06-10 16:00")
    )
    (resolution,) = (one for one in found.clocks if one.target == "resolution")
    late = clock("resolution", came, "2026-06-10 16:00", under)
    assert resolution.breached_at == late.breached_at == at("2026-06-10 11:00")
    low = changed(came, "2026-06-10 10:00", "priority", None, Priority(3), None, own=True)
    back = changed(low, "2026-06-10 15:00", "priority", 3, Priority(1), None, own=True)
    assert clock("resolution", back, "2026-06-10 16:00", under).breached_at == late.breached_at
    person = changed(came, "2026-06-10 10:00", "priority", None, Priority(3))
    back = changed(person, "2026-06-10 15:00", "priority", 3, Priority(1))
    ranked_low = clock("resolution", back, "2026-06-10 16:00", under)
    assert ranked_low.breached_at == at("2026-06-10 15:00"), "a person's word was in force"


def test_c14_a_class_given_by_command_counts_from_that_moment() -> None:
    said_so = wrote(ranked("2026-06-10 09:00", 3), "2026-06-10 15:00", JANE, "/priority 1")
    found = clock("resolution", said_so, "2026-06-10 16:00", agreed(**BY_PRIORITY))
    assert (found.state, found.breached_at) == (ClockState.BREACHED, at("2026-06-10 15:00"))


@pytest.mark.parametrize(
    ("field", "old", "new", "mild", "strict"),
    [
        ("severity", "minor", Severity.BLOCKING, {}, {"severity": "blocking"}),
        ("kind", "request", Kind.INCIDENT, {}, {"kind": "incident"}),
    ],
)
def test_c14_severity_and_kind_change_as_the_priority_does(
    field: str, old: str, new: Any, mild: dict[str, str], strict: dict[str, str]
) -> None:
    under = agreed(resolution=[{**strict, "within": "2h"}, {**mild, "within": "8h"}])
    came = changed(opened("2026-06-10 09:00"), "2026-06-10 15:00", field, old, new)
    found = clock("resolution", came, "2026-06-10 16:00", under)
    assert (found.state, found.breached_at) == (ClockState.BREACHED, at("2026-06-10 15:00"))


def test_c14_another_plan_counts_from_the_original_start() -> None:
    came = opened("2026-07-15 14:00", kind=Kind.INCIDENT, priority=Priority(1))
    start = response(came, "2026-07-15 14:05", terms(preset="hosting", plan="start"))
    pro = response(came, "2026-07-15 14:05", terms(preset="hosting", plan="pro"))
    assert start.started_at == pro.started_at == at("2026-07-15 14:00")
    assert (start.due_at, pro.due_at) == (at("2026-07-23 17:00"), at("2026-07-16 09:00"))


# C15: cycles ---------------------------------------------------------------------------------


def test_c15_time_solved_is_not_counted_and_reopening_starts_anew() -> None:
    again = walked(
        bug("2026-06-10 09:00"),
        ("2026-06-10 11:00", State.RESOLVED),
        ("2026-06-11 10:00", State.CLOSED),
        ("2026-06-12 10:00", State.OPEN),
    )
    found = clock("resolution", again, "2026-06-12 14:00", agreed(**EIGHT_HOURS))
    assert (found.started_at, found.elapsed_seconds) == (at("2026-06-12 10:00"), 3 * H)
    assert found.due_at == at("2026-06-15 10:00")


def test_c15_closing_after_solving_does_not_move_the_end() -> None:
    done = walked(
        bug("2026-06-10 09:00"),
        ("2026-06-10 11:00", State.RESOLVED),
        ("2026-06-20 10:00", State.CLOSED),
    )
    found = clock("resolution", done, "2026-06-20 14:00", agreed(**EIGHT_HOURS))
    assert (found.state, found.met_at) == (ClockState.MET, at("2026-06-10 11:00"))


def test_c15_a_response_once_met_stays_met() -> None:
    again = walked(
        wrote(bug("2026-06-10 09:00"), "2026-06-10 10:00", JANE, "Je regarde"),
        ("2026-06-10 11:00", State.RESOLVED),
        ("2026-06-12 10:00", State.OPEN),
    )
    found = response(again, "2026-06-20 10:00", agreed(response=[{"within": "2h"}]))
    assert (found.state, found.met_at) == (ClockState.MET, at("2026-06-10 10:00"))


def test_c15_a_state_that_the_mapping_lacks_reopens_nothing() -> None:
    odd = walked(bug("2026-06-10 09:00"), ("2026-06-10 11:00", State.RESOLVED))
    odd = changed(odd, "2026-06-12 10:00", "state", State.RESOLVED, None)
    found = clock("resolution", odd, "2026-06-20 10:00", agreed(**EIGHT_HOURS))
    assert (found.state, found.met_at) == (ClockState.MET, at("2026-06-10 11:00"))


# Where the moments come from -----------------------------------------------------------------


def test_a_clock_says_whether_the_tool_told_its_moments_or_polling_saw_them() -> None:
    steps = (("2026-06-10 10:00", State.OPEN), ("2026-06-10 11:00", State.RESOLVED))
    own = walked(bug("2026-06-10 09:00"), *steps)
    looked = walked(bug("2026-06-10 09:00"), *steps, by=None, observed=True)
    under = agreed(**EIGHT_HOURS)
    said_of = {}
    for name, what in (("own", own), ("looked", looked)):
        found = clock("resolution", what, "2026-06-10 12:00", under)
        said_of[name] = [r.text for r in found.why if r.cited == "history"]
    assert said_of["own"] == ["times are as the tool itself recorded them"]
    assert "the pass that saw it" in said_of["looked"][0]


def test_a_ticket_of_which_only_the_head_was_read_has_no_clock() -> None:
    old = bug("2026-06-10 09:00", complete=False)
    found = response(old, "2026-06-20 09:00", agreed(response=[{"within": "2h"}]))
    assert (found.state, rules_of(found)) == (ClockState.NONE, ["complete"])


@pytest.mark.parametrize(
    ("who", "more"),
    [
        (JANE, {"public": False}),
        (JANE, {"automatic": True}),
        (ALICE, {}),
    ],
)
def test_clock_response_goes_on_after_what_is_no_answer(who: Any, more: dict[str, Any]) -> None:
    spoken = wrote(bug("2026-06-10 09:00"), "2026-06-10 09:30", who, "Bonjour", **more)
    found = response(spoken, "2026-06-10 10:00", agreed(response=[{"within": "2h"}]))
    assert found.state is ClockState.RUNNING


@pytest.mark.parametrize(
    ("by", "more"), [(ALICE, {}), (BOT, {"own": True})], ids=["the requester", "the bridge"]
)
def test_clock_response_is_not_stopped_by_the_requesters_or_our_own_change(
    by: Any, more: dict[str, Any]
) -> None:
    moved = changed(
        bug("2026-06-10 09:00"), "2026-06-10 09:30", "state", State.NEW, State.OPEN, by, **more
    )
    found = response(moved, "2026-06-10 10:00", agreed(response=[{"within": "2h"}]))
    assert found.state is ClockState.RUNNING


# C16, C17, C19 as clocks use them ------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "cutoff", "due"),
    [
        ("2026-06-10 17:55", None, "2026-06-10 18:00"),
        ("2026-06-10 15:59:59", "16:00", "2026-06-10 18:00"),
        ("2026-06-10 16:00", "16:00", "2026-06-11 18:00"),
        ("2026-06-10 18:00", None, "2026-06-11 18:00"),
        ("2026-06-13 10:00", None, "2026-06-15 18:00"),
    ],
)
def test_c17_within_the_day_and_its_cut_off(when: str, cutoff: str | None, due: str) -> None:
    keys: dict[str, Any] = {"same_day_cutoff": cutoff} if cutoff else {}
    under = terms(
        calendar={"weekly": HOURS}, targets={"response": [{"within": "same day"}]}, **keys
    )
    assert response(bug(when), when, under).due_at == at(due)


@pytest.mark.parametrize(("cutoff", "due"), [(None, "2026-06-12"), ("16:00", "2026-06-15")])
def test_c16_the_cut_off_moves_the_counting_of_dates_too(cutoff: str | None, due: str) -> None:
    keys: dict[str, Any] = {"same_day_cutoff": cutoff} if cutoff else {}
    under = terms(
        calendar={"weekly": HOURS}, targets={"response": [{"within": "2 business days"}]}, **keys
    )
    found = response(bug("2026-06-10 16:00"), "2026-06-10 16:00", under)
    assert found.due_at == at(f"{due} 18:00")


def test_c18_a_short_friday_closes_when_it_closes() -> None:
    short = {"mon-thu": ["09:00-18:00"], "fri": ["09:00-15:00"]}
    under = terms(calendar={"weekly": short}, targets={"response": [{"within": "same day"}]})
    assert response(bug("2026-06-12 10:00"), "2026-06-12 10:00", under).due_at == at(
        "2026-06-12 15:00"
    )


@pytest.mark.parametrize(("day", "due"), [("8h", "2026-06-12 10:00"), ("4h", "2026-06-11 10:00")])
def test_c19_a_day_is_as_long_as_the_contract_says(day: str, due: str) -> None:
    under = terms(
        calendar={"weekly": HOURS}, day_seconds=day, targets={"response": [{"within": "2d"}]}
    )
    found = response(bug("2026-06-10 10:00"), "2026-06-10 10:00", under)
    assert found.due_at == at(due)


@pytest.mark.parametrize("within", ["3d", "2x+1d"])
def test_c19_days_without_their_length_are_refused(within: str) -> None:
    keys: dict[str, Any] = {"targets": {"delivery": [{"within": within}]}}
    with pytest.raises(ContractError, match="how long a day is"):
        terms(**keys)
    terms(**keys, day_seconds="8h")


def test_c20_a_way_in_that_waits_for_an_opening_that_never_comes_says_why() -> None:
    past = {"extra_open": {"2020-06-10": ["09:00-10:00"]}, "weekly": {}}
    under = terms(preset="hosting", plan="pro", calendar=past)
    came = bug("2026-06-10 20:00", channel=Channel.PHONE, priority=Priority(1))
    found = response(came, "2026-06-10 20:00", under)
    assert (found.state, rules_of(found)) == (ClockState.NONE, ["C20"])


def test_c20_a_target_that_is_never_reached_is_no_clock_and_says_why() -> None:
    under = terms(
        calendar={"extra_open": {"2026-06-10": ["09:00-10:00"]}, "weekly": {}, "holidays": "CH-VD"},
        targets={"response": [{"within": "2h"}]},
    )
    found = response(bug("2026-06-10 09:00"), "2026-06-10 09:30", under)
    assert (found.state, rules_of(found)[-1]) == (ClockState.NONE, "C20")
