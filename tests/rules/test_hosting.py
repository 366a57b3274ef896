"""Hosting and support (R3): four plans, intake times, ways in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bridge.model import Channel, ClockState, Kind, Priority, State
from bridge.rules.dossier import Terms
from bridge.rules.sla.queue import queue_place
from tests.rules.clocks import at, changed, opened, response, seen, wrote
from tests.rules.making import ALICE, JANE, terms

PLANS = ("start", "classique", "pro", "sur_mesure")
LONG_DAYS = {"weekly": {"mon-sun": ["07:00-22:00"]}, "timezone": "Europe/Brussels"}


def hosted(plan: str, **keys: Any) -> Terms:
    return terms(preset="hosting", plan=plan, **keys)


def incident(when: str, priority: int = 1, **values: Any) -> Any:
    given = {"kind": Kind.INCIDENT, "priority": Priority(priority), **values}
    return opened(when, **given)


def rules_of(reasons: Any) -> list[str]:
    return [reason.cited for reason in reasons]


@pytest.mark.parametrize(
    ("when", "is_open"),
    [
        ("2026-07-15 08:29:59", False),
        ("2026-07-15 08:30", True),
        ("2026-07-15 12:30", True),  # no lunch break
        ("2026-07-15 17:29:59", True),
        ("2026-07-15 17:30", False),
        ("2026-07-18 10:00", False),  # Saturday
        ("2026-07-21 10:00", False),  # national day
        ("2026-04-03 10:00", True),  # Good Friday
        ("2026-12-24 10:00", True),
    ],
)
def test_r3_1_business_hours_are_those_of_belgian_working_days(when: str, is_open: bool) -> None:
    assert hosted("pro").calendar.is_open(at(when)) is is_open


def test_r3_1_the_ten_legal_holidays_are_closed_and_no_others() -> None:
    calendar = hosted("pro").calendar
    days = [date.fromordinal(date(2026, 1, 1).toordinal() + n) for n in range(365)]
    closed = [day for day in days if day.weekday() < 5 and calendar.closing(day) is None]
    assert closed == [
        date(2026, 1, 1),
        date(2026, 4, 6),
        date(2026, 5, 1),
        date(2026, 5, 14),
        date(2026, 5, 25),
        date(2026, 7, 21),
        date(2026, 11, 11),
        date(2026, 12, 25),
    ]  # and 15 August and 1 November, which are a Saturday and a Sunday in 2026


def test_r3_2_intake_ends_when_a_person_starts_and_not_by_an_automatic_reply() -> None:
    came = incident("2026-07-15 14:00", priority=1)
    robot = wrote(came, "2026-07-15 14:01", JANE, "Bien reçu", automatic=True)
    assert response(robot, "2026-07-15 15:00", hosted("pro")).state is ClockState.RUNNING
    begun = changed(robot, "2026-07-15 15:30", "state", State.NEW, State.OPEN)
    clock = response(begun, "2026-07-20 10:00", hosted("pro"))
    assert (clock.state, clock.met_at) == (ClockState.MET, at("2026-07-15 15:30"))


def test_r3_2_there_is_an_intake_time_and_no_other_clock() -> None:
    clocks = seen(incident("2026-07-15 14:00"), "2026-07-15 15:00", hosted("pro")).clocks
    assert [clock.target for clock in clocks] == ["response"]


@pytest.mark.parametrize(
    ("plan", "due"),
    [
        ("start", "2026-07-23 17:00"),  # 48 bh; 21 July is closed
        ("classique", "2026-07-20 11:00"),  # 24 bh
        ("pro", "2026-07-16 09:00"),  # 4 bh
        ("sur_mesure", "2026-07-15 16:00"),  # 2 h of its extended hours
    ],
)
@pytest.mark.parametrize("priority", [1, 2])
def test_r3_3_intake_times_of_the_four_plans(plan: str, due: str, priority: int) -> None:
    came = incident("2026-07-15 14:00", priority=priority)
    clock = response(came, "2026-07-15 14:05", hosted(plan, extended=LONG_DAYS))
    assert (clock.state, clock.due_at) == (ClockState.RUNNING, at(due))


def test_r3_3_exactly_four_business_hours_are_in_time_and_a_second_more_is_not() -> None:
    came = incident("2026-07-15 09:00")
    on_time = wrote(came, "2026-07-15 13:00", JANE, "Je regarde")
    late = wrote(came, "2026-07-15 13:00:01", JANE, "Je regarde")
    met = response(on_time, "2026-07-16 09:00", hosted("pro"))
    assert (met.state, met.elapsed_seconds) == (ClockState.MET, 4 * 3600)
    missed = response(late, "2026-07-16 09:00", hosted("pro"))
    assert (missed.state, missed.elapsed_seconds) == (ClockState.BREACHED, 4 * 3600 + 1)
    assert missed.breached_at == at("2026-07-15 13:00")


def test_r3_4_without_its_extended_hours_sur_mesure_has_no_clock() -> None:
    clock = response(incident("2026-07-15 14:00"), "2026-07-15 14:05", hosted("sur_mesure"))
    assert (clock.state, clock.due_at, rules_of(clock.why)) == (ClockState.NONE, None, ["extended"])


def test_r3_4_extended_hours_are_those_of_the_particular_contract() -> None:
    under = hosted("sur_mesure", extended=LONG_DAYS)
    clock = response(incident("2026-07-18 21:00"), "2026-07-18 21:05", under)
    assert clock.due_at == at("2026-07-19 08:00")


def test_r3_5_order_of_treatment_is_plan_then_criticality_then_arrival() -> None:
    asked = [
        ("standard", "start", 1, "2026-07-15 09:00"),
        ("rapide", "classique", 1, "2026-07-15 09:00"),
        ("prioritaire, P2", "pro", 2, "2026-07-15 09:00"),
        ("prioritaire, P1, later", "pro", 1, "2026-07-15 10:00"),
        ("prioritaire, P1", "pro", 1, "2026-07-15 09:00"),
        ("VIP, P3", "sur_mesure", 3, "2026-07-15 11:00"),
    ]
    places = {}
    for name, plan, priority, when in asked:
        under, came = hosted(plan, extended=LONG_DAYS), incident(when, priority)
        places[name] = queue_place(came, seen(came, "2026-07-15 12:00", under), under.contract)
    assert sorted(places, key=places.__getitem__) == [
        "VIP, P3",
        "prioritaire, P1",
        "prioritaire, P1, later",
        "prioritaire, P2",
        "rapide",
        "standard",
    ]


@pytest.mark.parametrize("plan", PLANS)
def test_r3_7_p3_has_the_standard_48_hours_in_every_plan(plan: str) -> None:
    came = incident("2026-07-15 14:00", priority=3)
    clock = response(came, "2026-07-15 14:05", hosted(plan, extended=LONG_DAYS))
    assert (clock.due_at, clock.why[0].cited) == (at("2026-07-23 17:00"), "p3_target")


@pytest.mark.parametrize(
    ("plan", "due"),
    [("classique", "2026-07-20 11:00"), ("pro", "2026-07-16 09:00")],
)
def test_r3_7_the_other_reading_gives_p3_the_time_of_its_plan(plan: str, due: str) -> None:
    came = incident("2026-07-15 14:00", priority=3)
    clock = response(came, "2026-07-15 14:05", hosted(plan, p3_target="plan"))
    assert (clock.due_at, clock.why[0].cited) == (at(due), "R3.3")


def test_r3_7_a_priority_that_the_agreement_does_not_know_has_no_clock_and_says_so() -> None:
    clock = response(incident("2026-07-15 14:00", 4), "2026-07-15 14:05", hosted("pro"))
    assert (clock.state, clock.why[0].text) == (ClockState.NONE, "no line of the table fits")


def test_r3_7_an_undecided_priority_has_the_time_of_the_plan() -> None:
    came = opened("2026-07-15 14:00", kind=Kind.INCIDENT)
    clock = response(came, "2026-07-15 14:05", hosted("pro"))
    assert clock.due_at == at("2026-07-16 09:00")


def test_w13_pro_p3_on_monday_at_nine_is_due_the_next_monday_at_noon() -> None:
    came = incident("2026-06-08 09:00", priority=3)
    clock = response(came, "2026-06-08 09:05", hosted("pro"))
    assert clock.due_at == at("2026-06-15 12:00")


@pytest.mark.parametrize("plan", ["start", "classique"])
def test_r3_8_the_clock_starts_at_the_notification(plan: str) -> None:
    clock = response(incident("2026-07-15 14:00"), "2026-07-15 14:05", hosted(plan))
    assert clock.started_at == at("2026-07-15 14:00")


@pytest.mark.parametrize(
    ("when", "start"),
    [
        ("2026-07-15 14:00", "2026-07-16 08:30"),
        ("2026-07-20 07:00", "2026-07-22 08:30"),  # the 21st is closed
        ("2026-07-17 18:00", "2026-07-20 08:30"),
        ("2026-07-18 10:00", "2026-07-20 08:30"),
    ],
)
def test_r3_8_the_other_reading_starts_it_on_the_next_business_day(when: str, start: str) -> None:
    under = hosted("start", clock_start="next_business_day")
    clock = response(incident(when), when, under)
    assert clock.started_at == at(start)
    assert clock.due_at == under.calendar.add(at(start), 48 * 3600)
    assert "clock_start" in rules_of(clock.why)


def test_r3_8_the_other_reading_concerns_start_and_classique_only() -> None:
    under = hosted("pro", clock_start="next_business_day")
    clock = response(incident("2026-07-15 14:00"), "2026-07-15 14:05", under)
    assert clock.started_at == at("2026-07-15 14:00")


@pytest.mark.parametrize(
    ("plan", "channel", "flagged"),
    [
        ("start", Channel.TICKET, False),
        ("start", Channel.EMAIL, True),  # taken in and clocked, flagged
        ("classique", Channel.EMAIL, False),
        ("pro", Channel.EMAIL, False),
        ("pro", Channel.PHONE, False),
        ("pro", Channel.DIRECT, True),
        ("sur_mesure", Channel.DIRECT, False),
    ],
)
def test_r3_9_another_way_in_is_clocked_and_flagged(
    plan: str, channel: Channel, flagged: bool
) -> None:
    came = incident("2026-07-15 14:00", channel=channel)
    result = seen(came, "2026-07-15 14:05", hosted(plan, extended=LONG_DAYS))
    assert result.clocks[0].state is ClockState.RUNNING
    told = [reason.text for reason in result.attention if reason.cited == "plan_channels"]
    assert [text.startswith("channel: ") for text in told] == [True] * flagged


@pytest.mark.parametrize("plan", ["start", "classique"])
@pytest.mark.parametrize("channel", [Channel.PHONE, Channel.DIRECT])
def test_r3_9_a_call_has_no_clock_until_it_is_written(plan: str, channel: Channel) -> None:
    called = incident("2026-07-15 14:00", channel=channel)
    noted = wrote(called, "2026-07-15 14:10", JANE, "Le client a téléphoné", public=False)
    before = seen(noted, "2026-07-15 15:00", hosted(plan))
    assert before.clocks[0].state is ClockState.NONE
    assert "written_only" in rules_of(before.attention)
    written = wrote(noted, "2026-07-15 16:00", ALICE, "Comme dit, le site est en panne")
    after = response(written, "2026-07-15 16:05", hosted(plan))
    assert (after.state, after.started_at) == (ClockState.RUNNING, at("2026-07-15 16:00"))


def test_r3_9_a_way_in_is_no_longer_flagged_when_the_request_is_settled() -> None:
    came = incident("2026-07-15 14:00", channel=Channel.EMAIL)
    done = changed(came, "2026-07-15 15:00", "state", State.NEW, State.RESOLVED)
    assert "written_only" not in rules_of(seen(done, "2026-07-15 16:00", hosted("start")).attention)


@pytest.mark.parametrize(
    ("when", "priority", "start", "flagged"),
    [
        ("2026-07-15 14:00", 1, "2026-07-15 14:00", False),
        ("2026-07-15 14:00", 2, "2026-07-15 14:00", True),
        ("2026-07-15 14:00", 3, "2026-07-15 14:00", True),
        ("2026-07-15 22:00", 1, "2026-07-16 08:30", True),
        ("2026-07-15 17:30", 1, "2026-07-16 08:30", True),  # the closing second is closed
        ("2026-07-20 20:00", 2, "2026-07-22 08:30", True),
    ],
)
def test_r3_10_pro_may_call_for_critical_incidents_in_business_hours(
    when: str, priority: int, start: str, flagged: bool
) -> None:
    came = incident(when, priority, channel=Channel.PHONE)
    result = seen(came, when, hosted("pro"))
    assert result.clocks[0].started_at == at(start)
    assert ("phone_for_critical" in rules_of(result.attention)) is flagged


def test_r3_12_the_response_stays_as_measured_when_the_cause_is_the_application() -> None:
    came = incident("2026-07-15 09:00")
    answered = wrote(came, "2026-07-15 14:00", JANE, "Je regarde")
    before = response(answered, "2026-07-16 09:00", hosted("pro"))
    found = replace(answered, labels=("cause: application",))
    after = seen(found, "2026-07-16 09:00", hosted("pro"))
    assert after.coverage == "application"
    assert after.clocks == (before,)
    assert before.state is ClockState.BREACHED
