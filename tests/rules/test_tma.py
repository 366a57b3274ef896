"""The TMA method (R2): study, estimates, the margin, estimating again, the cross-project ticket."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.model import ApprovalState, Sent, State, Ticket, Verdict
from bridge.model.assessment import Assessment, Charge, Estimate
from bridge.rules.classification.cross_project import Month, hint
from tests.rules.making import (
    ALICE,
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
M = 60


def tma(**keys: Any) -> Any:
    return terms(preset="tma", **keys)


def parts(result: Assessment) -> tuple[int, int, int]:
    """Deducted, offered, held; they always add up."""
    cost: Charge = result.charge
    assert cost.consumed + cost.offered + cost.held == cost.chargeable
    assert sum(day.seconds for day in cost.days) == cost.consumed
    return cost.consumed, cost.offered, cost.held


def rules_of(reasons: Any) -> list[str]:
    return [reason.cited for reason in reasons]


def study(done: str) -> tuple[Ticket, Sent]:
    """12 h estimated after some study, and the client asked."""
    return asked(estimated(worked(ticket(), done, 2), "12h", 5))


def again(
    first: str, done: str, second: str, answer: str | None = None, when: float = 320
) -> tuple[Ticket, Sent, Sent]:
    """An approved estimate, work by minute 300, a second estimate, and perhaps its answer."""
    thread, sent = approved(first)
    changed = estimated(worked(thread, done, 300), second, when, old=first)
    thread, second_sent = asked(changed, when + 10, number=2)
    if answer is not None:
        thread = said(thread, ALICE, answer, when + 20)
    return thread, sent, second_sent


# ── Units, pricing ──────────────────────────────────────────────────────────────────────────────


def test_r2_1_the_book_is_kept_in_days_of_eight_hours_and_knows_no_money() -> None:
    contract = tma().contract
    assert contract.prepaid is not None
    assert (contract.prepaid.unit, contract.day_seconds) == ("days", 8 * H)
    words = {word for name in type(contract).model_fields for word in name.split("_")}
    assert words.isdisjoint({"price", "rate", "currency", "amount"})


def test_r2_2_best_efforts_an_anomaly_has_an_estimate_too() -> None:
    result = assessed(ticket(), under=tma())
    assert result.approval.state is ApprovalState.ESTIMATE_NEEDED


def test_r2_2_a_fixed_price_turns_estimates_margin_and_deductions_off() -> None:
    thread, sent = approved("8h")
    busy = worked(thread, "13h")
    fixed = assessed(busy, sent, under=tma(pricing="fixed"))
    assert fixed.approval.state is ApprovalState.NOT_REQUIRED
    assert (fixed.charge.worked, fixed.charge.chargeable) == (13 * H, 0)
    assert "pricing" in rules_of(fixed.charge.why)
    assert fixed.notices == ()
    assert parts(assessed(busy, sent, under=tma())) == (10 * H, 3 * H, 0)


# ── Study ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("done", "state"),
    [
        ("1h59", ApprovalState.ESTIMATE_NEEDED),
        ("2h", ApprovalState.ESTIMATE_NEEDED),
        ("2h01", ApprovalState.AWAITING),
    ],
)
def test_r2_3_more_than_two_hours_of_study_stop_for_a_yes(done: str, state: ApprovalState) -> None:
    result = assessed(worked(ticket(), done), under=tma())
    assert result.approval.state is state
    assert ("study.limit" in rules_of(result.attention)) is (state is ApprovalState.AWAITING)
    assert parts(result)[0] == 0


def test_r2_3_leave_for_more_study_noted_by_hand_lets_it_go_on() -> None:
    busy = worked(ticket(), "3h", 20)
    leave = phoned(Verdict.APPROVE, minute=30)
    result = assessed(busy, under=tma(), records=(leave,))
    assert result.approval.state is ApprovalState.ESTIMATE_NEEDED
    assert result.approval.leave
    refused = assessed(busy, under=tma(), records=(replace(leave, verdict=Verdict.REJECT),))
    assert refused.approval.state is ApprovalState.AWAITING
    written = assessed(busy, under=tma(verbal_approval="confirm"), records=(leave,))
    assert written.approval.state is ApprovalState.AWAITING
    assert "verbal_approval" in rules_of(written.attention)


def test_r2_3_a_bare_yes_before_any_estimate_is_shown_to_a_person() -> None:
    busy = said(worked(ticket(), "3h", 20), ALICE, "J'approuve", 30)
    result = assessed(busy, under=tma())
    assert result.approval.state is ApprovalState.AWAITING
    assert any(r.cited == "study.limit" and "alice" in r.text for r in result.attention)


def test_r2_3_an_open_estimate_after_too_much_study_says_stop() -> None:
    thread, sent = study("2h20")
    result = assessed(thread, sent, under=tma())
    assert result.approval.state is ApprovalState.AWAITING
    assert "study.limit" in rules_of(result.attention)


@pytest.mark.parametrize("done", ["0h30", "2h"])
def test_r2_4_solved_within_qualification_is_deducted_without_approval(done: str) -> None:
    solved = worked(ticket(state=State.RESOLVED), done)
    result = assessed(solved, under=tma())
    assert result.approval.state is ApprovalState.NOT_REQUIRED
    assert parts(result) == (result.charge.worked, 0, 0)


def test_r2_4_solved_after_more_than_two_hours_waits_for_a_yes() -> None:
    solved = worked(ticket(state=State.RESOLVED), "2h01")
    result = assessed(solved, under=tma())
    assert result.approval.state is ApprovalState.AWAITING
    assert parts(result) == (0, 0, 2 * H + M)
    leave = assessed(solved, under=tma(), records=(phoned(Verdict.APPROVE, minute=400),))
    assert parts(leave) == (2 * H + M, 0, 0)


def test_r2_4_not_solved_the_estimate_is_sent_and_awaits() -> None:
    thread = estimated(worked(ticket(), "1h", 2), "6h")
    result = assessed(thread, under=tma())
    assert result.approval.state is ApprovalState.AWAITING
    assert [(t.kind, t.public) for t in result.notices] == [("estimate", True)]
    assert parts(result) == (0, 0, H)
    assert rules_of(result.approval.why) == ["approval"]


def test_r2_5_study_is_part_of_the_estimate_and_not_on_top() -> None:
    thread, sent = study("1h30")
    yes = said(thread, ALICE, "J'approuve", 30)
    done = assessed(worked(yes, "10h30"), sent, under=tma())
    assert parts(done) == (12 * H, 0, 0)
    no = assessed(said(thread, ALICE, "Je refuse", 30), sent, under=tma())
    assert parts(no) == (90 * M, 0, 0)


def test_w9_a_refused_estimate_deducts_the_study() -> None:
    thread, sent = study("1h30")
    result = assessed(said(thread, ALICE, "Je refuse", 30), sent, under=tma())
    assert result.approval.state is ApprovalState.REJECTED
    assert parts(result) == (90 * M, 0, 0)
    assert "study.charged_on_refusal" in rules_of(result.charge.why)


def test_w10_study_without_leave_is_capped_at_two_hours() -> None:
    thread, sent = study("2h20")
    result = assessed(said(thread, ALICE, "Je refuse", 30), sent, under=tma())
    assert parts(result) == (2 * H, 20 * M, 0)


def test_r2_5_with_leave_all_study_is_deducted_and_a_contract_may_charge_none() -> None:
    thread, sent = study("2h20")
    refused = said(thread, ALICE, "Je refuse", 30)
    leave = phoned(Verdict.APPROVE, minute=1)
    assert parts(assessed(refused, sent, under=tma(), records=(leave,))) == (2 * H + 20 * M, 0, 0)
    free = tma(study={"charged_on_refusal": False})
    assert parts(assessed(refused, sent, under=free)) == (0, 2 * H + 20 * M, 0)


def test_r2_6_management_and_acceptance_on_the_ticket_count_inside_the_margin() -> None:
    thread, sent = approved("8h")
    busy = worked(worked(worked(thread, "8h", 100), "1h30", 200), "1h30", 250)
    assert parts(assessed(busy, sent, under=tma())) == (10 * H, H, 0)


# ── The margin ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("done", "deducted"),
    [("6h", 6 * H), ("8h", 8 * H), ("10h", 10 * H), ("10h01", 10 * H), ("13h", 10 * H)],
)
def test_r2_7_at_most_125_percent_of_the_estimate_is_deducted(done: str, deducted: int) -> None:
    thread, sent = approved("8h")
    result = assessed(worked(thread, done), sent, under=tma())
    assert parts(result) == (deducted, result.charge.worked - deducted, 0)


def test_w6_eight_hours_estimated_and_thirteen_worked() -> None:
    thread, sent = approved("8h")
    assert parts(assessed(worked(thread, "13h"), sent, under=tma())) == (10 * H, 3 * H, 0)


# ── Estimating again ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("done", "late"), [("1h59", ()), ("2h", ()), ("2h01", (2,))])
def test_r2_8_in_time_up_to_a_quarter_of_the_initial_estimate(
    done: str, late: tuple[int, ...]
) -> None:
    thread, *sent = again("8h", done, "12h")
    result = assessed(thread, *sent, under=tma())
    assert result.approval.late == late
    assert ("reestimate.limit" in rules_of(result.attention)) is bool(late)


def test_r2_8_it_is_a_delay_of_work_done_not_of_the_calendar() -> None:
    month = 60 * 24 * 30
    thread, *sent = again("8h", "2h", "12h", when=month)
    result = assessed(thread, *sent, under=tma(), minute=month + 100)
    assert result.approval.late == ()
    later = assessed(worked(thread, "5h", month + 60), *sent, under=tma(), minute=month + 100)
    assert later.approval.late == ()


def test_r2_8_a_second_re_estimate_is_measured_against_the_initial_one() -> None:
    thread, first, second = again("8h", "2h", "16h", "J'approuve")
    busy = worked(thread, "0h30", 400)
    changed, third = asked(estimated(busy, "20h", 420, old="16h"), 430, number=3)
    result = assessed(changed, first, second, third, under=tma())
    assert result.approval.late == (3,)
    initial = result.approval.initial
    assert initial is not None
    assert (initial.number, initial.seconds) == (1, 8 * H)


def test_r2_8_downwards_is_always_in_time() -> None:
    thread, *sent = again("8h", "7h", "7h30", "J'approuve")
    result = assessed(thread, *sent, under=tma())
    assert (result.approval.late, result.approval.state) == ((), ApprovalState.APPROVED)
    refused, *sent = again("8h", "7h", "7h30", "Je refuse")
    assert parts(assessed(refused, *sent, under=tma())) == (7 * H, 0, 0)


def test_w7_re_estimated_in_time_and_accepted() -> None:
    thread, *sent = again("16h", "4h", "24h", "J'approuve")
    result = assessed(worked(thread, "27h", 500), *sent, under=tma())
    assert parts(result) == (30 * H, H, 0)


def test_w8_re_estimated_late_and_refused() -> None:
    thread, *sent = again("16h", "4h01", "24h", "Je refuse")
    result = assessed(thread, *sent, under=tma())
    assert parts(result) == (0, 4 * H + M, 0)
    assert "reestimate.late_refused" in rules_of(result.charge.why)


def test_r2_9_late_and_refused_gives_all_time_away_study_too() -> None:
    studied = worked(ticket(), "1h30", 2)
    thread, sent = asked(estimated(studied, "16h"))
    busy = worked(said(thread, ALICE, "J'approuve", 30), "4h", 100)
    changed, second = asked(estimated(busy, "24h", 320, old="16h"), 330, number=2)
    refused = said(changed, ALICE, "Je refuse", 340)
    assert parts(assessed(refused, sent, second, under=tma())) == (0, 330 * M, 0)
    kept = tma(reestimate={"late_refused": "deduct"})
    assert parts(assessed(refused, sent, second, under=kept)) == (330 * M, 0, 0)


def test_r2_9b_in_time_and_refused_deducts_what_was_worked_so_far() -> None:
    thread, *sent = again("16h", "4h", "24h", "Je refuse")
    result = assessed(thread, *sent, under=tma())
    assert parts(result) == (4 * H, 0, 0)
    assert "reestimate.limit" in rules_of(result.charge.why)
    went_on = assessed(worked(thread, "2h", 500), *sent, under=tma())
    assert parts(went_on) == (4 * H, 2 * H, 0)


def test_r2_9c_accepted_in_time_or_late_the_new_estimate_replaces_the_old() -> None:
    for done in ("4h", "10h"):
        thread, *sent = again("16h", done, "24h", "J'approuve")
        rest = f"{31 - int(done[:-1])}h"
        assert parts(assessed(worked(thread, rest, 500), *sent, under=tma())) == (30 * H, H, 0)


def test_r2_9c_without_an_answer_the_cap_of_the_old_estimate_holds() -> None:
    thread, *sent = again("16h", "4h", "24h")
    assert parts(assessed(thread, *sent, under=tma())) == (4 * H, 0, 0)
    beyond = assessed(worked(thread, "17h", 500), *sent, under=tma())
    assert parts(beyond) == (20 * H, 0, H)


def test_r2_9_after_a_late_no_a_third_estimate_takes_nothing_back() -> None:
    thread, *sent = again("16h", "4h01", "24h", "Je refuse")
    changed, third = asked(estimated(thread, "20h", 400, old="24h"), 410, number=3)
    waiting = assessed(changed, *sent, third, under=tma())
    assert waiting.approval.state is ApprovalState.AWAITING
    assert parts(waiting) == (0, 0, 4 * H + M)
    yes = assessed(said(changed, ALICE, "J'approuve", 420), *sent, third, under=tma())
    assert parts(yes) == (4 * H + M, 0, 0)


@pytest.mark.parametrize(("done", "declined"), [("4h", (4 * H, 0)), ("4h01", (0, 4 * H + M))])
def test_r2_9_what_a_no_would_cost_is_known_while_it_is_asked(
    done: str, declined: tuple[int, int]
) -> None:
    thread, *sent = again("16h", done, "24h")
    result = assessed(thread, *sent, under=tma())
    assert result.if_declined is not None
    assert (result.if_declined.consumed, result.if_declined.offered) == declined
    refused = assessed(said(thread, ALICE, "Je refuse", 400), *sent, under=tma())
    assert (refused.charge.consumed, refused.charge.offered) == declined
    assert refused.if_declined is None


def test_r2_9c_two_re_estimates_approved_use_the_last_cap() -> None:
    thread, first, second = again("8h", "2h", "16h", "J'approuve")
    changed, third = asked(estimated(thread, "12h", 420, old="16h"), 430, number=3)
    yes = worked(said(changed, ALICE, "J'approuve", 440), "20h", 500)
    assert parts(assessed(yes, first, second, third, under=tma())) == (15 * H, 7 * H, 0)


# ── Size, express, cross-project, set-up ────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("hours", "state"),
    [
        ("39h59", ApprovalState.AWAITING),
        ("40h", ApprovalState.AWAITING),
        ("40h01", ApprovalState.SEPARATE_QUOTE),
    ],
)
def test_r2_12_over_five_days_is_a_commercial_proposal(hours: str, state: ApprovalState) -> None:
    result = assessed(estimated(ticket(), hours), under=tma())
    assert result.approval.state is state
    if state is ApprovalState.SEPARATE_QUOTE:
        assert rules_of(result.approval.why) == ["separate_quote_above"]


def test_r2_12_what_was_agreed_before_a_separate_quote_is_still_deducted() -> None:
    thread, *sent = again("16h", "4h", "48h")
    result = assessed(worked(thread, "20h", 500), *sent, under=tma())
    assert result.approval.state is ApprovalState.SEPARATE_QUOTE
    assert parts(result) == (20 * H, 0, 0)


def test_w12_the_multiplier_applies_before_the_cap() -> None:
    demand = replace(ticket(), body="En express, s'il vous plaît.")
    thread, sent = asked(estimated(demand, "4h"))
    yes = worked(said(thread, ALICE, "J'approuve", 30), "6h")
    under = tma(express={"multiplier": 2})
    result = assessed(yes, sent, under=under)
    assert (result.charge.worked, result.charge.chargeable) == (6 * H, 12 * H)
    assert parts(result) == (10 * H, 2 * H, 0)


CROSS = ("Transverse",)


def test_r2_16_the_cross_project_ticket_needs_no_estimate_and_has_no_cap() -> None:
    busy = worked(worked(ticket(labels=CROSS), "3h"), "9h", 400)
    result = assessed(busy, under=tma())
    assert result.approval.state is ApprovalState.NOT_REQUIRED
    assert parts(result) == (12 * H, 0, 0)
    assert "cross_project" in rules_of(result.charge.why)
    estimated_too = assessed(estimated(busy, "1h", 500), under=tma())
    assert parts(estimated_too) == (12 * H, 0, 0)
    assert parts(assessed(busy, under=tma(cross_project={"labels": ["autre"]})))[0] == 0


@pytest.mark.parametrize(("cross", "shown"), [(9 * H, False), (10 * H, False), (10 * H + 1, True)])
def test_r2_16_above_ten_percent_of_the_month_is_shown_and_never_blocked(
    cross: int, shown: bool
) -> None:
    found = hint(tma().contract, Month("May 2026", 100 * H, cross))
    assert (found is not None) is shown
    if found is not None:
        assert "usually 10 %" in found.text
    assert hint(terms().contract, Month("May 2026", 10 * H, 10 * H)) is None


def test_r2_16_a_month_without_work_has_no_share() -> None:
    assert hint(tma().contract, Month("May 2026", 0, 0)) is None


def test_r2_19_setting_up_may_be_taken_from_the_book_with_approval() -> None:
    asked_for = worked(estimated(ticket(labels=("setup",)), "6h"), "2h")
    waiting = assessed(asked_for, under=tma())
    assert (waiting.coverage, waiting.approval.state) == ("setup", ApprovalState.AWAITING)
    assert parts(waiting) == (0, 0, 2 * H)
    thread, sent = asked(asked_for)
    yes = assessed(said(thread, ALICE, "J'approuve", 30), sent, under=tma())
    assert parts(yes) == (2 * H, 0, 0)
    assert tma().contract.coverage["setup"].entry == "setup"


def test_r2_20_a_security_patch_is_a_request_that_needs_approval() -> None:
    patch = estimated(ticket(labels=("security",)), "3h")
    assert assessed(patch, under=tma()).approval.state is ApprovalState.AWAITING


def estimate_numbers(result: Assessment) -> list[int | None]:
    return [decision.estimate_number for decision in result.approval.decisions]


def test_a2_every_decision_stays_with_its_own_estimate() -> None:
    thread, *sent = again("16h", "4h", "24h", "J'approuve")
    result = assessed(thread, *sent, under=tma())
    assert estimate_numbers(result) == [1, 2]
    estimate = result.approval.previous
    assert isinstance(estimate, Estimate)
    assert estimate.seconds == 16 * H
