"""The service book (R0), with the conventions of approvals (A) and hours (P)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from bridge.model import (
    ApprovalState,
    ClockState,
    Event,
    EventKind,
    Field,
    Kind,
    Person,
    Severity,
    State,
    Verdict,
)
from bridge.model.durations import parse_duration
from tests.rules.making import (
    ALICE,
    JANE,
    MALLORY,
    after,
    approved,
    asked,
    assessed,
    estimated,
    phoned,
    said,
    terms,
    ticket,
    worked,
)

H = 3600


def rules_of(assessment: object) -> list[str]:
    return [reason.cited for reason in assessment.attention]  # type: ignore[attr-defined]


def test_a1_without_an_estimate_nobody_guesses_that_it_is_small() -> None:
    result = assessed(worked(ticket(), "0h20"))
    assert result.approval.state is ApprovalState.ESTIMATE_NEEDED
    assert (result.charge.consumed, result.charge.held) == (0, 1200)


def test_r0_1_work_without_approval_is_held_and_not_deducted() -> None:
    result = assessed(worked(estimated(ticket(), "3h"), "2h"))
    assert result.approval.state is ApprovalState.AWAITING
    assert (result.charge.consumed, result.charge.offered, result.charge.held) == (0, 0, 2 * H)
    assert "approval" in rules_of(result)


def test_r0_2_under_one_hour_is_done_at_once() -> None:
    result = assessed(estimated(ticket(), "0h59"))
    assert result.approval.state is ApprovalState.NOT_REQUIRED
    assert result.notices == ()


def test_w1_45_minutes_estimated_and_50_worked_are_deducted_without_approval() -> None:
    result = assessed(worked(estimated(ticket(), "0h45"), "50m"))
    assert result.approval.state is ApprovalState.NOT_REQUIRED
    assert (result.charge.consumed, result.charge.offered) == (50 * 60, 0)


def test_r0_3_over_one_hour_the_client_is_asked() -> None:
    result = assessed(estimated(ticket(), "3h"))
    assert result.approval.state is ApprovalState.AWAITING
    (told,) = result.notices
    assert (told.kind, told.public, told.number) == ("estimate", True, 1)


def test_r0_3b_exactly_one_hour_needs_approval() -> None:
    assert assessed(estimated(ticket(), "1h")).approval.state is ApprovalState.AWAITING
    other = terms(threshold_inclusive=False)
    result = assessed(estimated(ticket(), "1h"), under=other)
    assert result.approval.state is ApprovalState.NOT_REQUIRED


def test_w2_one_hour_without_an_answer_deducts_nothing() -> None:
    result = assessed(worked(estimated(ticket(), "1h"), "1h"))
    assert (result.approval.state, result.charge.consumed) == (ApprovalState.AWAITING, 0)


def test_r0_3c_beyond_the_first_hour_without_approval_work_is_offered() -> None:
    small = worked(estimated(ticket(), "0h45"), "1h30")
    result = assessed(small)
    assert (result.charge.consumed, result.charge.offered) == (H, H // 2)
    kept = assessed(small, under=terms(unapproved_overrun="deduct"))
    assert (kept.charge.consumed, kept.charge.offered) == (3 * H // 2, 0)


def test_r0_4_the_answer_in_the_tool_counts() -> None:
    thread, sent = approved("3h")
    result = assessed(thread, sent)
    assert result.approval.state is ApprovalState.APPROVED
    (decision,) = result.approval.decisions
    assert (decision.by, decision.estimate_number) == (ALICE, 1)
    assert "J'approuve" in decision.evidence


def test_r0_4_a_phone_call_noted_by_hand_counts_with_its_evidence() -> None:
    thread, sent = asked(estimated(ticket(), "3h"))
    result = assessed(thread, sent, records=(phoned(Verdict.APPROVE),))
    assert result.approval.state is ApprovalState.APPROVED
    assert "phone" in result.approval.decisions[0].evidence


def test_r4_6_where_nothing_verbal_counts_a_phone_call_waits_for_writing() -> None:
    thread, sent = asked(estimated(ticket(), "3h"))
    under = terms(verbal_approval="refuse")
    result = assessed(thread, sent, under=under, records=(phoned(Verdict.APPROVE),))
    assert result.approval.state is ApprovalState.AWAITING
    assert "verbal_approval" in rules_of(result)


def test_r0_5_a_no_deducts_nothing_and_gives_the_work_away() -> None:
    thread, sent = asked(estimated(ticket(), "3h"))
    result = assessed(worked(said(thread, ALICE, "Je refuse", 30), "0h30", minute=20), sent)
    assert result.approval.state is ApprovalState.REJECTED
    assert (result.charge.consumed, result.charge.offered) == (0, 1800)


@pytest.mark.parametrize(
    ("hours", "state"),
    [("8h", ApprovalState.AWAITING), ("8h01", ApprovalState.SEPARATE_QUOTE)],
)
def test_r0_6_more_than_eight_hours_are_quoted_separately(hours: str, state: ApprovalState) -> None:
    assert assessed(estimated(ticket(), hours)).approval.state is state


def test_w5_a_separate_quote_takes_nothing_from_the_book() -> None:
    result = assessed(worked(estimated(ticket(), "8h01"), "4h"))
    assert (result.approval.state, result.charge.consumed) == (ApprovalState.SEPARATE_QUOTE, 0)
    assert result.clocks[0].state is ClockState.NONE


def test_w3_without_a_cap_all_approved_work_is_deducted_and_the_overrun_flagged() -> None:
    thread, sent = approved("3h")
    result = assessed(worked(thread, "4h30"), sent)
    assert (result.charge.consumed, result.charge.offered) == (9 * H // 2, 0)
    assert "cap" in [reason.rule for reason in result.charge.why]


def test_cap_of_125_percent_limits_the_deduction_when_the_contract_adds_it() -> None:
    thread, sent = approved("8h")
    result = assessed(worked(thread, "13h"), sent, under=terms(cap=1.25))
    assert (result.charge.consumed, result.charge.offered) == (10 * H, 3 * H)
    assert result.charge.chargeable == 13 * H


@pytest.mark.parametrize(
    ("kind", "severity", "due"),
    [
        (Kind.INCIDENT, Severity.BLOCKING, datetime(2026, 5, 13, 15, 0, tzinfo=UTC)),
        (Kind.INCIDENT, Severity.MINOR, datetime(2026, 5, 18, 15, 0, tzinfo=UTC)),
        (Kind.REQUEST, None, datetime(2026, 5, 21, 15, 0, tzinfo=UTC)),
    ],
)
def test_r0_8_reaction_times_in_the_canton_of_vaud(
    kind: Kind, severity: Severity | None, due: datetime
) -> None:
    result = assessed(ticket(kind=kind, severity=severity), minute=1)
    (response,) = result.clocks
    assert (response.target, response.state, response.due_at) == (
        "response",
        ClockState.RUNNING,
        due,
    )


def test_r0_8_an_undecided_severity_is_judged_by_the_strictest_line() -> None:
    (response,) = assessed(ticket(kind=Kind.INCIDENT), minute=1).clocks
    assert response.due_at == datetime(2026, 5, 13, 15, 0, tzinfo=UTC)


def test_r0_8c_a_bug_under_warranty_costs_nothing_and_needs_no_yes() -> None:
    result = assessed(worked(estimated(ticket(labels=("Garantie",)), "3h"), "3h"))
    assert (result.coverage, result.approval.state) == ("warranty", ApprovalState.NOT_REQUIRED)
    assert (result.charge.consumed, result.charge.offered) == (0, 3 * H)
    assert [clock.state for clock in result.clocks] == [ClockState.NONE]


def test_clock_response_stops_at_the_first_public_human_answer() -> None:
    quiet = said(ticket(), JANE, "interne", 5, public=False)
    quiet = said(quiet, JANE, "Accusé de réception", 6, automatic=True)
    quiet = said(quiet, ALICE, "Et alors ?", 7)
    assert assessed(quiet, minute=8).clocks[0].state is ClockState.RUNNING
    answered = assessed(said(quiet, JANE, "Bonjour, je regarde", 9), minute=10).clocks[0]
    assert (answered.state, answered.met_at) == (ClockState.MET, after(9))


def test_c12_late_is_one_second_of_working_time_after_the_due_time() -> None:
    late = assessed(ticket(kind=Kind.INCIDENT, severity=Severity.BLOCKING), minute=24 * 60)
    assert late.clocks[0].state is ClockState.RUNNING  # Ascension Day: not a second has passed
    assert assessed(ticket(), minute=60 * 24 * 20).clocks[0].state is ClockState.BREACHED


def test_c15_reopening_starts_a_new_cycle_of_the_resolution_clock() -> None:
    states = ("new", "resolved", "open")
    events = tuple(
        Event(f"s{n}", after(60 * n), EventKind.STATE, JANE, old, new)
        for n, (old, new) in enumerate(pairwise(states), start=1)
    )
    under = terms(targets={"resolution": [{"within": "4h"}]})
    again = assessed(ticket(state=State.OPEN, events=()), under=under)
    assert again.clocks[0].started_at == after(0)
    reopened = assessed(replace(ticket(state=State.OPEN), events=events), under=under)
    assert next(c for c in reopened.clocks if c.target == "resolution").started_at == after(120)


def test_a2_a_changed_estimate_asks_again_and_keeps_what_was_agreed() -> None:
    thread, sent = approved("3h")
    changed = worked(estimated(worked(thread, "2h"), "5h", minute=320, old="3h"), "2h", minute=400)
    result = assessed(changed, sent)
    assert result.approval.state is ApprovalState.AWAITING
    assert (result.charge.consumed, result.charge.held) == (3 * H, 1 * H)
    assert [(t.kind, t.number) for t in result.notices] == [("re-estimate", 2)]


def test_a2_a_yes_before_the_question_does_not_count() -> None:
    early = said(estimated(ticket(), "3h"), ALICE, "J'approuve", 7)
    thread, sent = asked(early)
    assert assessed(thread, sent).approval.state is ApprovalState.AWAITING
    assert assessed(early).approval.state is ApprovalState.AWAITING


def test_a2_where_the_bridge_does_not_ask_a_yes_after_the_estimate_counts() -> None:
    answered = said(estimated(ticket(), "3h"), ALICE, "J'approuve", 7)
    result = assessed(answered, under=terms(asks=False))
    assert result.approval.state is ApprovalState.APPROVED


@pytest.mark.parametrize(
    ("who", "text", "more"),
    [
        (MALLORY, "J'approuve", {}),
        (ALICE, "oui", {}),
        (ALICE, "J'approuve, si c'est avant jeudi", {}),
        (ALICE, "J'approuve", {"public": False}),
        (ALICE, "J'approuve", {"automatic": True}),
        (ALICE, "J'approuve", {"edited_at": after(90)}),
        (ALICE, "J'approuve", {"doubts": ("the sender is not proven",)}),
        (ALICE, "J'approuve", {"answers": ("digest of another estimate",)}),
        (ALICE, "J'approuve", {"answers": ()}),
        (JANE, "J'approuve", {}),
        (Person("Alice Rochat", "99", "alice2"), "J'approuve", {}),
    ],
)
def test_a3_anything_short_of_a_proven_yes_leaves_it_awaiting(
    who: Person, text: str, more: dict[str, object]
) -> None:
    thread, sent = asked(estimated(ticket(), "3h"))
    result = assessed(said(thread, who, text, 30, **more), sent)
    assert result.approval.state is ApprovalState.AWAITING
    assert result.approval.decisions == ()


def test_a3_an_unclear_answer_of_an_approver_goes_to_a_person_with_what_was_seen() -> None:
    thread, sent = asked(estimated(ticket(), "3h"))
    result = assessed(said(thread, ALICE, "Oui, mais avant jeudi", 30), sent)
    (reason,) = [r for r in result.attention if r.cited == "A3"]
    assert "alice" in reason.text
    assert "mais" in reason.text


def test_a4_the_later_answer_counts_while_no_work_has_begun() -> None:
    thread, sent = approved("3h")
    changed = said(thread, ALICE, "Je refuse", 60)
    assert assessed(changed, sent).approval.state is ApprovalState.REJECTED
    begun = worked(changed, "1h", minute=45)
    result = assessed(begun, sent)
    assert result.approval.state is ApprovalState.APPROVED
    assert "A4" in rules_of(result)


def test_a5_an_estimate_without_an_answer_expires_when_the_contract_says_so() -> None:
    thread, sent = asked(estimated(ticket(), "3h"))
    under = terms(expires_after="48h")
    early = assessed(thread, sent, under=under, minute=60 * 47)
    assert early.approval.state is ApprovalState.AWAITING
    late = assessed(worked(thread, "1h"), sent, under=under, minute=60 * 49)
    assert (late.approval.state, late.charge.consumed) == (ApprovalState.EXPIRED, 0)


@pytest.mark.parametrize(
    ("actor", "own", "state"),
    [
        (ALICE, False, ApprovalState.APPROVED),
        (JANE, False, ApprovalState.AWAITING),
        (None, False, ApprovalState.AWAITING),
        (ALICE, True, ApprovalState.AWAITING),
    ],
)
def test_threat_I3_a_field_set_to_approved_counts_only_by_an_approver(
    actor: Person | None, own: bool, state: ApprovalState
) -> None:
    thread, sent = asked(estimated(ticket(), "3h"))
    event = Event("e9", after(30), EventKind.APPROVAL, actor, "awaiting", "approved", own=own)
    result = assessed(replace(thread, events=(*thread.events, event)), sent)
    assert result.approval.state is state
    if state is ApprovalState.AWAITING and not own:
        assert "A2" in rules_of(result)


def test_commands_of_our_people_estimate_spend_and_classify() -> None:
    steered = said(ticket(kind=None), JANE, "Bonjour\n/estimate 3h\n/incident\n/priority 2", 5)
    steered = said(steered, JANE, "/spend 1h30", 20)
    result = assessed(steered)
    assert result.approval.estimate is not None
    assert result.approval.estimate.seconds == 3 * H
    assert (result.kind, result.priority) == (Kind.INCIDENT, 2)
    assert result.charge.worked == parse_duration("1h30")
    wanted = {d.field: d for d in result.desired}
    assert wanted[Field.ESTIMATE].ordered
    assert wanted[Field.PRIORITY].value == 2


@pytest.mark.parametrize(
    "text",
    ["/spend 40h and more", "see /spend 4h", "/spend ١٢h", "/spend -4h", "/spend 1e3h", "/spend"],
)
def test_threat_I7_what_is_no_command_does_nothing(text: str) -> None:
    assert assessed(said(ticket(), JANE, text, 5)).charge.worked == 0


def test_threat_E9_a_command_counts_only_from_our_people_with_a_proven_sender() -> None:
    assert assessed(said(ticket(), ALICE, "/spend 4h", 5)).charge.worked == 0
    doubtful = said(ticket(), JANE, "/spend 4h", 5, doubts=("sender not proven",))
    assert assessed(doubtful).charge.worked == 0
    misread = assessed(said(ticket(), JANE, "/spend 4000h", 5))
    assert (misread.charge.worked, "command" in rules_of(misread)) == (0, True)


def test_a_yes_that_greets_one_of_our_people_by_name_is_still_a_yes() -> None:
    thread, sent = asked(estimated(said(ticket(), JANE, "Je regarde", 1), "3h"))
    result = assessed(said(thread, ALICE, "Bonjour Jane,\nJ'approuve\nAlice Rochat", 30), sent)
    assert result.approval.state is ApprovalState.APPROVED
