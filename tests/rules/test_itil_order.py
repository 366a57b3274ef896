"""ITIL priorities: weeks, dates, and which line counts where several do (R1.10 to R1.15)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bridge.contracts import build
from bridge.engine.plan import message_key
from bridge.model import ClockState, Priority, State
from bridge.model.assessment import Charge
from bridge.model.durations import parse_duration
from bridge.rules.classification.classify import classify
from bridge.rules.classification.settle import By
from bridge.rules.facts import Facts
from tests.rules.making import after, assessed, terms
from tests.rules.test_itil import INCIDENT, ITIL, REQUEST, mail, read, rules_of


@pytest.mark.parametrize(
    ("hours", "priority"), [("39h59", None), ("40h", Priority.LOW), ("41h", Priority.LOW)]
)
def test_r1_10_foreseen_to_take_a_week_or_longer_is_p4(
    hours: str, priority: Priority | None
) -> None:
    assert read("Bonjour", kind=REQUEST, estimate=parse_duration(hours)).priority is priority


def test_r1_10_waiting_for_more_than_a_week_is_not_work_of_a_week() -> None:
    assert read("J'attends depuis plus d'une semaine", kind=REQUEST).priority is None
    assert read("Projet de plus d'une semaine", kind=REQUEST).priority is Priority.LOW


def test_r1_11_a_p4_request_without_a_date_is_listed_until_one_is_set() -> None:
    asked = read("Nouveau logo sur le papier à en-tête")
    assert asked.date_missing
    (reason,) = (r for r in asked.attention if r.cited == "classify.needs_date")
    assert "date missing" in reason.text
    dated = read("Nouveau logo sur le papier à en-tête", due_on=date(2026, 6, 1))
    assert "classify.needs_date" not in rules_of(dated.attention)
    assert not dated.date_missing


def test_r1_11_neither_incidents_nor_other_requests_nor_closed_ones_need_a_date() -> None:
    incident = read("Machine à café", "Rien ne presse.", kind=INCIDENT)
    assert (incident.priority, incident.date_missing) == (Priority.LOW, False)
    assert not read("Mot de passe oublié").date_missing
    assert not read("Petite modification", state=State.CLOSED).date_missing


def test_r1_11_the_client_is_asked_once_whatever_is_worked_meanwhile() -> None:
    found = assessed(mail("Petite modification"), under=terms(preset="itil"))
    (telling,) = (t for t in found.notices if t.kind == "date")
    assert telling.public
    key = message_key(mail("Petite modification"), telling, found)
    later = replace(found, charge=Charge(worked=3600, consumed=3600))
    assert message_key(mail("Petite modification"), telling, later) == key


MONDAY = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("due", "priority"),
    [
        (date(2026, 5, 11), Priority.NORMAL),
        (date(2026, 5, 16), Priority.NORMAL),  # Saturday, the fifth day: still within
        (date(2026, 5, 17), Priority.LOW),  # Sunday, the sixth
    ],
)
def test_r1_12_an_appointment_later_than_the_fifth_calendar_day_is_p4(
    due: date, priority: Priority
) -> None:
    found = replace(mail("Imprimante en panne"), created_at=MONDAY, due_on=due)
    assert classify(Facts(found), ITIL).priority is priority


def test_r1_12_the_day_of_receipt_is_the_clients_own() -> None:
    """Sunday 22:30 UTC is Monday 00:30 in Lausanne: Saturday is then the fifth day."""
    late = datetime(2026, 5, 10, 22, 30, tzinfo=UTC)
    found = replace(mail("Imprimante en panne"), created_at=late, due_on=date(2026, 5, 16))
    zone = terms(preset="itil").zone
    assert classify(Facts(found), ITIL, zone=zone).priority is Priority.NORMAL
    assert classify(Facts(found), ITIL, zone=UTC).priority is Priority.LOW


def test_r1_13_of_several_lines_the_highest_priority_counts() -> None:
    found = read("Imprimante en panne et serveur injoignable")
    assert found.priority is Priority.CRITICAL
    assert "R1.5" in " ".join(str(reason) for reason in found.why)
    assert read("Nouveau compte, et droits sur le dossier RH").priority is Priority.HIGH


def test_r1_13_no_hurry_wins_over_p3_without_a_question() -> None:
    found = read("Imprimante en panne", "Pas urgent.")
    assert found.priority is Priority.LOW
    assert "classify.spared" not in rules_of(found.attention)


@pytest.mark.parametrize(
    ("title", "priority"),
    [
        ("Serveur injoignable", Priority.CRITICAL),
        ("Serveur de messagerie en panne", Priority.HIGH),
    ],
)
def test_r1_13_no_hurry_does_not_lower_p1_and_p2_which_a_person_sees(
    title: str, priority: Priority
) -> None:
    found = read(title, "Rien ne presse.")
    assert found.priority is priority
    assert "classify.spared" in rules_of(found.attention)
    late = replace(mail(title), created_at=MONDAY, due_on=date(2026, 5, 20))
    flagged = classify(Facts(late), ITIL)
    assert (flagged.priority, "classify.spared" in rules_of(flagged.attention)) == (priority, True)


def test_r1_13_the_other_reading_lowers_any_incident() -> None:
    other = build("itil", {"preset": "itil", "classify": {"spared": []}})
    found = read("Serveur injoignable", "Rien ne presse.", contract=other)
    assert (found.priority, rules_of(found.attention)) == (Priority.LOW, [])


def test_r1_13_no_hurry_says_nothing_about_a_request() -> None:
    assert read("Mot de passe oublié", "Rien ne presse.").priority is Priority.HIGH


@pytest.mark.parametrize("body", ["C'est uniquement chez moi.", "Only me."])
def test_r1_14_the_listed_p3_cases_win_over_a_single_user(body: str) -> None:
    found = read("Mon PC ne démarre plus", body)
    assert found.priority is Priority.NORMAL
    assert "R1.5" in rules_of(found.why)


def test_r1_15_without_times_of_the_contract_no_clock_runs() -> None:
    found = assessed(mail("Serveur injoignable"), under=terms(preset="itil"))
    assert found.priority is Priority.CRITICAL
    assert {clock.state for clock in found.clocks} <= {ClockState.NONE}
    assert any("R1.15" in item and item.startswith("targets") for item in ITIL.confirm)


def test_r1_15_times_of_the_particular_contract_count() -> None:
    own = {"response": [{"priority": 1, "within": "1h"}, {"within": "8h"}]}
    found = assessed(mail("Serveur injoignable"), under=terms(preset="itil", targets=own), minute=1)
    (response,) = (clock for clock in found.clocks if clock.target == "response")
    assert (response.state, response.due_at) == (ClockState.RUNNING, after(60))


def test_r1_2_the_tools_own_fields_go_before_any_word() -> None:
    found = read("Serveur injoignable", kind=REQUEST, priority=Priority.LOW)
    assert (found.kind, found.priority) == (REQUEST, Priority.LOW)
    settled = found.settled
    assert (settled.kind.by, settled.priority.by, settled.severity.by) == (By.TOOL, By.TOOL, None)
    incident = read("Serveur injoignable", kind=INCIDENT, priority=Priority.NORMAL)
    assert (incident.priority, incident.ruled) == (Priority.NORMAL, Priority.CRITICAL)


def test_explain_can_show_the_line_and_its_rule() -> None:
    found = read("Serveur injoignable")
    (number,) = found.lines
    line = ITIL.classify.rules[number - 1]
    assert (line.rule, line.set_priority) == ("R1.3", Priority.CRITICAL)
    assert any(f"(line {number})" in r.text and "injoignable" in r.text for r in found.why)


def test_unmatched_priority_is_not_desired_and_a_ruled_one_is() -> None:
    under = terms(preset="itil")
    assert not [d for d in assessed(mail("Bonjour"), under=under).desired if d.field == "priority"]
    (wanted,) = (
        d for d in assessed(mail("Firewall down"), under=under).desired if d.field == "priority"
    )
    assert (wanted.value, [r.cited for r in wanted.why]) == (Priority.CRITICAL, ["R1.3"])
