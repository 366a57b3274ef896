"""The promised times of the service book, the ITIL priorities, the TMA method and the managed
service (R0, R1, R2, R4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bridge.model import (
    Channel,
    ClockName,
    ClockState,
    Kind,
    Priority,
    Sent,
    Severity,
    State,
    Ticket,
)
from bridge.rules.dossier import Terms
from bridge.rules.sla.onboarding import reminder
from tests.rules.clocks import (
    H,
    at,
    bug,
    clock,
    opened,
    response,
    rules_of,
    seen,
    tma,
    walked,
    wrote,
)
from tests.rules.making import ALICE, JANE, asked, assessed, estimated, said, terms, ticket

# R0: the service book ------------------------------------------------------------------------


def test_r0_8_two_business_days_over_ascension_end_on_monday() -> None:
    came = bug("2026-05-13 10:00", Severity.MINOR)
    found = response(came, "2026-05-13 10:00", terms())
    assert found.due_at == at("2026-05-18 17:00")


@pytest.mark.parametrize(
    ("estimate", "state"), [("8h", ClockState.RUNNING), ("8h01", ClockState.NONE)]
)
def test_r0_8b_a_change_up_to_eight_hours_has_five_business_days(
    estimate: str, state: ClockState
) -> None:
    (found,) = assessed(estimated(ticket(), estimate), minute=6).clocks
    assert found.state is state
    assert found.due_at == (at("2026-05-21 17:00") if state is ClockState.RUNNING else None)


def test_r0_8c_under_warranty_the_clocks_are_none_unless_the_contract_adds_them() -> None:
    came = bug("2026-05-13 10:00", labels=("garantie",))
    silent = response(came, "2026-05-13 10:05", terms())
    assert (silent.state, rules_of(silent)) == (ClockState.NONE, ["R0.8c"])
    added = response(came, "2026-05-13 10:05", terms(coverage={"warranty": {"clocks": True}}))
    assert (added.state, added.due_at) == (ClockState.RUNNING, at("2026-05-13 17:00"))


@pytest.mark.parametrize(
    ("reading", "due"), [("business", "2026-06-11 09:00"), ("real", "2026-06-10 18:00")]
)
def test_r0_15_an_express_request_is_due_in_two_hours_of_either_kind(
    reading: str, due: str
) -> None:
    under = terms(
        calendar={"weekly": {"mon-fri": ["08:00-17:00"]}},
        express={"clock": reading, "multiplier": 2.5},
    )
    came = bug("2026-06-10 16:00", labels=("express",), body="Intervention express, svp")
    result = seen(came, "2026-06-10 16:05", under)
    (found,) = result.clocks
    assert (found.why[0].cited, found.due_at) == ("R0.15", at(due))


# R1: priorities ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("maintenance", "state"), [(True, ClockState.RUNNING), (False, ClockState.NONE)]
)
def test_r1_1_only_a_maintenance_contract_has_promised_times(
    maintenance: bool, state: ClockState
) -> None:
    under = terms(preset="itil", maintenance=maintenance, targets={"response": [{"within": "4h"}]})
    found = response(bug("2026-06-10 10:00"), "2026-06-10 10:05", under)
    assert found.state is state
    assert ("maintenance" in rules_of(found)) is not maintenance


def test_r1_15_the_text_promises_no_times_so_the_contract_gives_them() -> None:
    came = opened("2026-06-10 10:00", kind=Kind.INCIDENT, priority=Priority(1))
    bare = terms(preset="itil")
    (none,) = seen(came, "2026-06-10 10:05", bare).clocks
    assert (none.target, none.state) == ("response", ClockState.NONE)
    assert any("R1.15" in line for line in bare.contract.confirm)
    given = terms(preset="itil", targets={"response": [{"priority": 1, "within": "1h"}]})
    assert response(came, "2026-06-10 10:05", given).due_at == at("2026-06-10 11:00")


# R2: the TMA method --------------------------------------------------------------------------

R2_10 = [
    # severity, unit, response, workaround, resolution; received on Wednesday 10 June at 10:00
    ("blocking", "business_hours", "10 12:00", "10 15:00", "11 10:00"),
    ("major", "business_hours", "10 15:00", "12 10:00", "17 10:00"),
    ("minor", "business_hours", "15 10:00", None, None),
    ("blocking", "business_dates", "10 12:00", "10 15:00", "11 18:00"),
    ("major", "business_dates", "10 15:00", "12 18:00", "17 18:00"),
    ("minor", "business_dates", "15 18:00", None, None),
]


@pytest.mark.parametrize(("severity", "unit", "first", "second", "third"), R2_10)
def test_r2_10_response_workaround_and_resolution_in_hours_or_in_dates(
    severity: str, unit: str, first: str, second: str | None, third: str | None
) -> None:
    came = bug("2026-06-10 10:00", Severity(severity))
    result = seen(came, "2026-06-10 10:05", tma(targets={"unit": unit}))
    due = {c.target: c.due_at for c in result.clocks}
    expected = [at(f"2026-06-{day}") if day else None for day in (first, second, third)]
    assert [
        due[name] for name in (ClockName.RESPONSE, ClockName.WORKAROUND, ClockName.RESOLUTION)
    ] == expected


def test_r2_10_on_planning_is_no_clock_until_a_date_is_agreed() -> None:
    came = bug("2026-06-10 10:00", Severity.MINOR)
    none = clock("resolution", came, "2026-06-10 10:05", tma())
    assert (none.state, none.why[0].text) == (
        ClockState.NONE,
        "on planning: no date is agreed yet",
    )
    dated = replace(came, due_on=at("2026-06-24 12:00").date())
    found = clock("resolution", dated, "2026-06-10 10:05", tma())
    assert (found.state, found.due_at) == (ClockState.RUNNING, at("2026-06-24 18:00"))
    late = clock("resolution", dated, "2026-06-25 09:00:01", tma())
    assert late.state is ClockState.BREACHED


def test_r2_10_an_agreed_saturday_lasts_until_its_midnight() -> None:
    came = bug("2026-06-10 10:00", Severity.MINOR, due_on=at("2026-06-13 12:00").date())
    found = clock("resolution", came, "2026-06-10 10:05", tma())
    assert found.due_at == at("2026-06-14 00:00")


def test_r2_10_a_workaround_stops_its_clock_and_not_the_resolution() -> None:
    came = wrote(bug("2026-06-10 10:00"), "2026-06-10 11:00", JANE, "/workaround", public=False)
    result = seen(came, "2026-06-10 15:30", tma())
    states = {c.target: (c.state, c.met_at) for c in result.clocks}
    assert states[ClockName.WORKAROUND] == (ClockState.MET, at("2026-06-10 11:00"))
    assert states[ClockName.RESOLUTION] == (ClockState.RUNNING, None)
    claimed = wrote(bug("2026-06-10 10:00"), "2026-06-10 11:00", ALICE, "/workaround")
    assert clock("workaround", claimed, "2026-06-10 11:05", tma()).state is ClockState.RUNNING


def test_r2_10_a_state_that_the_contract_names_is_a_workaround_and_so_is_a_solution() -> None:
    named = tma(targets={"workaround_states": ["awaiting_client"]})
    waiting = walked(bug("2026-06-10 10:00"), ("2026-06-10 11:00", State.AWAITING_CLIENT))
    assert clock("workaround", waiting, "2026-06-10 12:00", named).state is ClockState.MET
    assert clock("workaround", waiting, "2026-06-10 12:00", tma()).state is ClockState.PAUSED
    solved = walked(bug("2026-06-10 10:00"), ("2026-06-10 11:00", State.RESOLVED))
    assert clock("workaround", solved, "2026-06-10 12:00", tma()).state is ClockState.MET


def test_r2_2_a_fixed_price_turns_the_usual_times_off_and_keeps_its_own() -> None:
    came = bug("2026-06-10 10:00")
    off = response(came, "2026-06-10 10:05", tma(pricing="fixed"))
    assert (off.state, rules_of(off)) == (ClockState.NONE, ["pricing"])
    own = tma(pricing="fixed", targets={"response": [{"within": "4h"}]})
    assert response(came, "2026-06-10 10:05", own).state is ClockState.RUNNING


@pytest.mark.parametrize(
    ("size", "due"),
    [
        (None, "2026-05-15 10:00"),  # unknown: the first column, 2 d
        ("40h", "2026-05-15 10:00"),  # R2.12b: exactly 5 d
        ("40h01", "2026-05-20 10:00"),  # 5 d
        ("200h", "2026-05-20 10:00"),  # R2.12b: exactly 25 d
        ("200h01", None),  # on planning
    ],
)
def test_r2_12b_the_time_for_an_estimate_goes_by_its_size(
    size: str | None, due: str | None
) -> None:
    came = ticket() if size is None else estimated(ticket(), size, minute=60)
    found = next(c for c in assessed(came, under=tma(), minute=61).clocks if c.target == "estimate")
    assert found.due_at == (at(due) if due else None)


def test_r2_12_an_estimate_is_due_in_two_days_and_stops_its_clock() -> None:
    late = assessed(ticket(), under=tma(), minute=2 * 24 * 60 + 1)
    found = next(c for c in late.clocks if c.target == "estimate")
    assert (found.state, found.due_at) == (ClockState.BREACHED, at("2026-05-15 10:00"))
    given = assessed(estimated(ticket(), "8h", minute=60), under=tma(), minute=61)
    found = next(c for c in given.clocks if c.target == "estimate")
    assert (found.state, found.elapsed_seconds) == (ClockState.MET, H)


def test_r2_12b_a_large_estimate_has_five_days_from_receipt_once_it_is_known() -> None:
    third_day = 3 * 24 * 60
    unknown = assessed(ticket(), under=tma(), minute=third_day)
    assert next(c for c in unknown.clocks if c.target == "estimate").state is ClockState.BREACHED
    large = assessed(
        estimated(ticket(), "48h", minute=third_day), under=tma(), minute=third_day + 1
    )
    assert next(c for c in large.clocks if c.target == "estimate").state is ClockState.MET


def test_r2_12_what_is_solved_without_an_estimate_owes_none() -> None:
    solved = walked(bug("2026-06-10 10:00"), ("2026-06-10 11:00", State.RESOLVED))
    found = clock("estimate", solved, "2026-06-20 10:00", tma())
    assert (found.state, found.met_at) == (ClockState.MET, at("2026-06-10 11:00"))


def accepted(hours: str) -> tuple[Ticket, Sent]:
    """Estimated, asked and approved on Wednesday 13 May at 10:30."""
    thread, sent = asked(estimated(ticket(), hours))
    return said(thread, ALICE, "J'approuve", 30), sent


@pytest.mark.parametrize(
    ("hours", "due"),
    [
        ("12h", "2026-05-19 10:30"),  # 1.5 d → 4 d = 32 bh
        ("4h", "2026-05-15 10:30"),  # 0.5 d → 2 d
        ("1h", "2026-05-14 13:30"),  # fractions are not rounded: 2 h and a day
        ("40h", "2026-05-28 10:30"),  # exactly 5 d → 11 d
    ],
)
def test_r2_13_delivery_is_twice_the_estimate_and_a_day_from_the_approval(
    hours: str, due: str
) -> None:
    thread, sent = accepted(hours)
    result = assessed(thread, sent, under=tma(), minute=31)
    found = next(c for c in result.clocks if c.target == "delivery")
    assert (found.started_at, found.due_at) == (at("2026-05-13 10:30"), at(due))


def test_r2_13_nothing_is_to_be_delivered_before_the_approval() -> None:
    thread, sent = asked(estimated(ticket(), "12h"))
    result = assessed(thread, sent, under=tma(), minute=31)
    found = next(c for c in result.clocks if c.target == "delivery")
    assert (found.state, rules_of(found)) == (ClockState.NONE, ["targets.delivery"])


def test_r2_13_estimated_again_and_accepted_it_counts_from_the_new_approval() -> None:
    thread, first = accepted("16h")
    again = estimated(thread, "24h", minute=60, old="16h")
    thread, second = asked(again, minute=65, number=2)
    waiting = assessed(thread, first, second, under=tma(), minute=70)
    found = next(c for c in waiting.clocks if c.target == "delivery")
    assert (found.started_at, found.due_at) == (at("2026-05-13 10:30"), at("2026-05-20 10:30"))
    yes = said(thread, ALICE, "J'approuve", 120)
    found = next(
        c
        for c in assessed(yes, first, second, under=tma(), minute=121).clocks
        if c.target == "delivery"
    )
    assert (found.started_at, found.due_at) == (at("2026-05-13 12:00"), at("2026-05-22 12:00"))


@pytest.mark.parametrize(
    ("received", "start"),
    [("2026-06-10 09:10", "2026-06-10 09:10"), (None, "2026-06-10 11:00")],
)
def test_r2_21_a_call_counts_from_the_time_that_the_agent_gives_else_from_the_note(
    received: str | None, start: str
) -> None:
    noted = bug(
        "2026-06-10 11:00",
        channel=Channel.PHONE,
        received_at=at(received) if received else None,
    )
    assert response(noted, "2026-06-10 11:05", tma()).started_at == at(start)


# R4: the managed service ---------------------------------------------------------------------


def managed(**keys: Any) -> Terms:
    table = {"targets": {"response": [{"within": "4h", "rule": "R4.2"}]}, **keys}
    return terms(preset="managed", **table)


def test_r4_2_without_values_there_is_no_clock_and_check_is_told() -> None:
    bare = terms(preset="managed")
    (none,) = seen(bug("2026-06-10 10:00"), "2026-06-10 10:05", bare).clocks
    assert (none.target, none.state) == ("response", ClockState.NONE)
    assert any("R4.2" in line for line in bare.contract.confirm)


@pytest.mark.parametrize(
    ("text", "stops"),
    [
        ("Bien reçu.", False),
        ("Bonjour Alice,\nNous avons bien reçu votre demande.\nMerci\nJane Doe", False),
        ("Received", False),
        ("Bien reçu, le serveur redémarre.", True),
        ("C'est le pare-feu, je corrige.", True),
    ],
)
def test_r4_2_a_mere_received_is_no_qualified_reply(text: str, stops: bool) -> None:
    spoken = wrote(bug("2026-06-10 10:00"), "2026-06-10 10:30", JANE, text)
    found = response(spoken, "2026-06-10 11:00", managed())
    assert found.state is (ClockState.MET if stops else ClockState.RUNNING)


def test_r4_2_beginning_to_work_is_no_reply() -> None:
    begun = walked(bug("2026-06-10 10:00"), ("2026-06-10 10:30", State.OPEN))
    assert response(begun, "2026-06-10 11:00", managed()).state is ClockState.RUNNING


def test_r4_3_there_is_no_resolution_clock() -> None:
    clocks = seen(bug("2026-06-10 10:00"), "2026-06-10 10:05", managed()).clocks
    assert [c.target for c in clocks] == ["response"]


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.PHONE, Channel.DIRECT])
def test_r4_4_what_comes_by_mail_or_phone_has_no_clock(channel: Channel) -> None:
    came = bug("2026-06-10 10:00", channel=channel)
    result = seen(came, "2026-06-10 10:05", managed())
    assert (result.clocks[0].state, rules_of(result.clocks[0])) == (
        ClockState.NONE,
        ["clock_channels"],
    )
    assert any(
        r.cited == "clock_channels" and r.text.startswith("channel: ") for r in result.attention
    )
    written = managed(clock_channels=["ticket", channel.value])  # agreed in writing
    assert response(came, "2026-06-10 10:05", written).state is ClockState.RUNNING


def test_r4_4_the_submission_of_the_ticket_starts_its_clock() -> None:
    came = bug("2026-06-10 11:00", received_at=at("2026-06-10 09:00"))
    assert response(came, "2026-06-10 11:05", managed()).started_at == at("2026-06-10 11:00")


@pytest.mark.parametrize(
    ("when", "state"),
    [
        ("2026-06-09 23:59:59", ClockState.NONE),
        ("2026-06-10 00:00", ClockState.RUNNING),
    ],
)
def test_r4_10_nothing_runs_for_what_came_before_the_service_was_activated(
    when: str, state: ClockState
) -> None:
    under = managed(activated_at="2026-06-10")
    found = response(bug(when), "2026-06-10 09:00", under)
    assert found.state is state
    assert ("activated_at" in rules_of(found)) is (state is ClockState.NONE)


@pytest.mark.parametrize(
    ("today", "reminded"),
    [("2026-06-23", False), ("2026-06-24", True), ("2026-06-30", True), ("2026-07-01", False)],
)
def test_r4_10_after_two_weeks_somebody_is_reminded_of_the_onboarding(
    today: str, reminded: bool
) -> None:
    contract = managed(activated_at="2026-06-10").contract
    said_so = reminder(contract, date.fromisoformat(today))
    assert (said_so is not None) is reminded
    assert reminder(managed().contract, date.fromisoformat(today)) is None
