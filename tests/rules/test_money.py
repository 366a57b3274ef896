"""What work costs: express, rounding, approvals by word of mouth, and what clients are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.contracts.model import Rounding
from bridge.engine.assess import Assessed
from bridge.engine.notify import Book, compose
from bridge.model import (
    ApprovalState,
    Kind,
    MessageKind,
    Sent,
    Severity,
    Ticket,
    TimeEntry,
    Verdict,
)
from bridge.model.assessment import Assessment, DayCharge
from bridge.rules.dossier import Available, Terms
from bridge.rules.prepaid.book import Low
from bridge.rules.prepaid.measure import ONE, day_of, measure, times, total
from bridge.rules.prepaid.work import Work
from tests.rules.making import (
    ALICE,
    JANE,
    START,
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
M = 60
ZONE = ZoneInfo("Europe/Zurich")
EXPRESS: dict[str, Any] = {"express": {"multiplier": 2.5}}


def parts(result: Assessment) -> tuple[int, int, int]:
    """Deducted, offered, held; they always add up."""
    cost = result.charge
    assert cost.consumed + cost.offered + cost.held == cost.chargeable
    assert sum(day.seconds for day in cost.days) == cost.consumed
    return cost.consumed, cost.offered, cost.held


def rules_of(reasons: Any) -> list[str]:
    return [reason.cited for reason in reasons]


def urgent(**values: Any) -> Ticket:
    """A blocking bug for which the client itself asks for express work."""
    broken = ticket(kind=Kind.INCIDENT, severity=Severity.BLOCKING, **values)
    return replace(broken, body="En express, s'il vous plaît.")


def express(hours: str, done: str) -> tuple[Ticket, Sent]:
    thread, sent = asked(estimated(urgent(), hours))
    return worked(said(thread, ALICE, "J'approuve", 30), done), sent


# ── Express ─────────────────────────────────────────────────────────────────────────────────────


def test_w4_express_work_counts_two_and_a_half_times() -> None:
    thread, sent = express("2h", "1h20")
    result = assessed(thread, sent, under=terms(**EXPRESS))
    assert (result.charge.worked, result.charge.multiplier) == (80 * M, Decimal("2.5"))
    assert parts(result) == (200 * M, 0, 0)
    (reason,) = [r for r in result.charge.why if r.cited == "express.multiplier"]
    assert "1h20 worked × 2.5 = 3h20" in reason.text


def test_r0_16_the_presets_multiplier_is_a_proposal_and_charges_nothing() -> None:
    offered = terms().contract.express
    assert offered is not None
    assert offered.multiplier == Decimal("2.5")
    thread, sent = express("2h", "1h20")
    result = assessed(thread, sent)
    assert parts(result) == (0, 0, 80 * M)
    assert result.charge.multiplier is None
    assert "express.multiplier" in rules_of(result.attention)


def test_r0_16_the_other_reading_is_the_clients_to_write() -> None:
    thread, sent = express("2h", "2h")
    other = terms(express={"multiplier": 1.5})
    assert parts(assessed(thread, sent, under=other)) == (3 * H, 0, 0)
    agreed = terms(**EXPRESS)
    assert parts(assessed(thread, sent, under=agreed)) == (5 * H, 0, 0)


def test_p5_the_multiplier_comes_before_every_limit() -> None:
    small = worked(estimated(urgent(), "0h45"), "1h30")
    result = assessed(small, under=terms(**EXPRESS))
    assert parts(result) == (150 * M, 75 * M, 0)
    thread, sent = express("4h", "6h")
    capped = assessed(thread, sent, under=terms(cap=1.25, **EXPRESS))
    assert parts(capped) == (750 * M, 150 * M, 0)


def test_p5_seconds_are_multiplied_as_one_sum() -> None:
    thirds = [Work(f"desk:1/t{n}", after(n), "jdoe", 1, "desk:1") for n in range(10)]
    assert total(measure(thirds, None, Decimal("2.5"), ZONE)) == 25
    assert times(Decimal("1.25"), 3) == 3


# ── Service book ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("done", "offered", "alerted"),
    [("0h59", 0, False), ("1h", 0, True), ("1h01", M, True)],
)
def test_r0_3c_at_one_hour_without_approval_an_estimate_is_asked(
    done: str, offered: int, alerted: bool
) -> None:
    result = assessed(worked(estimated(ticket(), "0h45"), done))
    assert result.charge.offered == offered
    assert ("unapproved_overrun" in rules_of(result.attention)) is alerted


def test_r0_3c_what_was_offered_is_deducted_once_approved() -> None:
    small = worked(estimated(ticket(), "0h45"), "1h30", 20)
    again = estimated(small, "2h", 30, old="0h45")
    waiting = assessed(again)
    assert waiting.approval.state is ApprovalState.AWAITING
    assert parts(waiting) == (H, 30 * M, 0)
    thread, sent = asked(again, 40, number=2)
    assert parts(assessed(said(thread, ALICE, "J'approuve", 50), sent)) == (90 * M, 0, 0)
    assert parts(assessed(said(thread, ALICE, "Je refuse", 50), sent)) == (H, 30 * M, 0)


def test_r0_5_a_yes_records_the_hours() -> None:
    thread, sent = approved("3h")
    assert parts(assessed(worked(thread, "2h"), sent)) == (2 * H, 0, 0)


@pytest.mark.parametrize(("done", "flagged"), [("8h", False), ("8h01", True)])
def test_r0_6_work_past_eight_hours_is_flagged_and_stays_in_the_book(
    done: str, flagged: bool
) -> None:
    thread, sent = approved("8h")
    result = assessed(worked(thread, done), sent)
    assert result.approval.state is ApprovalState.APPROVED
    assert result.charge.consumed == result.charge.worked
    assert ("separate_quote_above" in rules_of(result.attention)) is flagged


def test_r0_2_under_an_hour_the_worked_time_is_deducted() -> None:
    assert parts(assessed(worked(estimated(ticket(), "0h59"), "0h20"))) == (20 * M, 0, 0)


# ── Approvals ───────────────────────────────────────────────────────────────────────────────────


def test_a1_an_estimate_that_was_taken_away_is_needed_again() -> None:
    result = assessed(ticket())
    assert result.approval.state is ApprovalState.ESTIMATE_NEEDED
    assert "A1" in rules_of(result.attention)


def test_a4_once_work_has_begun_a_person_settles_it_and_keeps_what_was_done_under_a_yes() -> None:
    thread, sent = approved("3h")
    begun = worked(said(thread, ALICE, "Je refuse", 60), "1h", minute=45)
    later = worked(begun, "0h30", minute=200)
    settled = phoned(Verdict.REJECT, minute=90)
    unasked = assessed(worked(later, "0h20", minute=2), sent, records=(settled,))
    assert parts(unasked) == (H, 50 * M, 0)
    method = terms(preset="tma")
    studied = assessed(worked(later, "0h20", minute=2), sent, records=(settled,), under=method)
    assert parts(studied) == (80 * M, 30 * M, 0)
    result = assessed(later, sent, records=(settled,))
    assert result.approval.state is ApprovalState.REJECTED
    assert "A4" not in rules_of(result.attention)
    assert parts(result) == (H, 30 * M, 0)
    stays = assessed(later, sent, records=(replace(settled, verdict=Verdict.APPROVE),))
    assert stays.approval.state is ApprovalState.APPROVED
    assert "A4" not in rules_of(stays.attention)


def test_a4_work_of_a_tool_that_knows_only_the_day_may_have_begun_that_day() -> None:
    thread, sent = approved("3h")
    changed = said(thread, ALICE, "Je refuse", 60)
    midnight = -int((START - START.replace(hour=0)).total_seconds() // 60)
    result = assessed(worked(changed, "1h", minute=midnight), sent)
    assert result.approval.state is ApprovalState.APPROVED
    assert "A4" in rules_of(result.attention)
    day_before = assessed(worked(changed, "1h", minute=midnight - 60 * 24), sent)
    assert day_before.approval.state is ApprovalState.REJECTED


def test_a5_rejected_without_study_deducts_nothing() -> None:
    thread, sent = asked(estimated(worked(ticket(), "1h", 2), "3h"))
    assert parts(assessed(said(thread, ALICE, "Je refuse", 30), sent)) == (0, H, 0)


def test_a3_an_answer_after_the_estimate_lapsed_is_for_a_person() -> None:
    thread, sent = asked(estimated(ticket(), "3h"))
    late = said(thread, ALICE, "J'approuve", 60 * 50)
    result = assessed(late, sent, under=terms(expires_after="48h"), minute=60 * 51)
    assert result.approval.state is ApprovalState.EXPIRED
    assert "expires_after" in rules_of(result.attention)


@pytest.mark.parametrize(("minute", "told"), [(10 + 71, False), (10 + 72, True), (600, True)])
def test_a3_silence_brings_one_reminder_and_never_a_yes(minute: int, told: bool) -> None:
    thread, sent = asked(estimated(ticket(), "3h"))
    result = assessed(thread, sent, under=terms(remind_after="72m"), minute=minute)
    assert result.approval.state is ApprovalState.AWAITING
    kinds = [telling.kind for telling in result.notices]
    assert kinds == ["estimate", *(["reminder"] if told else [])]
    answered = said(thread, ALICE, "J'approuve", 20)
    after_yes = assessed(answered, sent, under=terms(remind_after="72m"), minute=minute)
    assert "reminder" not in [telling.kind for telling in after_yes.notices]


@pytest.mark.parametrize(
    ("key", "state", "said_so"),
    [
        ("record", ApprovalState.APPROVED, ""),
        ("refuse", ApprovalState.AWAITING, "nothing verbal counts"),
        ("confirm", ApprovalState.AWAITING, "awaits a written confirmation"),
    ],
)
def test_r4_6_what_a_phone_call_counts_for(key: str, state: ApprovalState, said_so: str) -> None:
    thread, sent = asked(estimated(ticket(), "3h"))
    under = terms(verbal_approval=key)
    result = assessed(thread, sent, under=under, records=(phoned(Verdict.APPROVE),))
    assert result.approval.state is state
    spoken = [r.text for r in result.attention if r.cited == "verbal_approval"]
    assert len(spoken) == bool(said_so)
    assert all(said_so in text for text in spoken)
    written = said(thread, ALICE, "J'approuve", 90)
    confirmed = assessed(written, sent, under=under, records=(phoned(Verdict.APPROVE),))
    assert confirmed.approval.state is ApprovalState.APPROVED


def test_r4_6_a_change_of_scope_is_never_agreed_by_word_of_mouth() -> None:
    under = terms(preset="managed")
    outside = ticket(labels=("out of scope",))
    result = assessed(outside, under=under, records=(phoned(Verdict.APPROVE),))
    assert result.approval.state is ApprovalState.SEPARATE_QUOTE
    assert any(
        r.cited == "verbal_approval" and "nothing verbal" in r.text for r in result.attention
    )
    large = terms(verbal_approval="confirm")
    over = assessed(estimated(ticket(), "9h"), under=large, records=(phoned(Verdict.APPROVE),))
    assert any(r.cited == "verbal_approval" and "nothing verbal" in r.text for r in over.attention)


def test_r4_1_each_demand_deducts_the_worked_time_from_the_reserved_hours() -> None:
    under = terms(preset="managed")
    demand = worked(ticket(), "2h15")
    result = assessed(demand, under=under)
    assert result.approval.state is ApprovalState.NOT_REQUIRED
    assert parts(result) == (135 * M, 0, 0)
    assert assessed(ticket(), under=under).charge.consumed == 0
    outside = assessed(worked(ticket(labels=("licences",)), "2h"), under=under)
    assert outside.charge.consumed == 0


# ── Rounding ────────────────────────────────────────────────────────────────────────────────────

ENTRIES = [(10, 1, 61), (20, 1, 400), (60 * 24 + 5, 2, 500)]


def rounded(per: str, mode: str, unit: str = "15m") -> Assessment:
    done = estimated(ticket(), "0h59")
    entries = tuple(TimeEntry(f"t{n}", after(at), JANE, s) for n, (at, _, s) in enumerate(ENTRIES))
    rounding = {"unit": unit, "per": per, "mode": mode}
    under = terms(prepaid={"rounding": rounding}, unapproved_overrun="deduct")
    return assessed(replace(done, time_entries=entries), under=under, minute=60 * 48)


@pytest.mark.parametrize(
    ("per", "mode", "expected"),
    [
        ("entry", "up", 3 * 900),
        ("entry", "nearest", 900),
        ("entry", "down", 0),
        ("ticket and day", "up", 2 * 900),
        ("ticket and day", "nearest", 2 * 900),
        ("ticket and day", "down", 0),
        ("ticket", "up", 2 * 900),
        ("ticket", "nearest", 900),
        ("ticket", "down", 900),
    ],
)
def test_p3_worked_time_is_rounded_as_the_contract_says(per: str, mode: str, expected: int) -> None:
    result = rounded(per, mode)
    assert result.charge.worked == 961
    assert result.charge.chargeable == expected
    assert parts(result) == (expected, 0, 0)


@pytest.mark.parametrize("preset", ["carnet", "tma", "managed"])
def test_p3_none_of_the_five_rounds(preset: str) -> None:
    prepaid = terms(preset=preset).contract.prepaid
    assert prepaid is not None
    assert prepaid.rounding is None


def test_p3_half_a_unit_is_rounded_up_to_the_nearest() -> None:
    for seconds, expected in ((449, 0), (450, 900), (900, 900), (1349, 900), (1350, 1800)):
        piece = Work("desk:1/t", after(1), "jdoe", seconds, "desk:1")
        rounding = Rounding(unit="15m", per="entry", mode="nearest")
        assert total(measure([piece], rounding, ONE, ZONE)) == expected


def test_p2_each_day_of_work_has_its_own_part_and_the_earliest_is_deducted_first() -> None:
    thread, sent = approved("4h")
    day = 60 * 24
    busy = worked(worked(worked(thread, "3h", 60), "1h", 90), "2h", day + 60)
    result = assessed(busy, sent, under=terms(cap=1.25), minute=2 * day)
    assert parts(result) == (5 * H, H, 0)
    first, second = result.charge.days
    assert first == DayCharge(START.date(), after(90), 4 * H)
    assert second == DayCharge(START.date() + timedelta(days=1), after(day + 60), H)


def test_p2_the_day_of_work_is_the_clients_and_a_bare_date_stays_itself() -> None:
    evening = START.replace(hour=23, minute=30)
    assert day_of(evening, ZONE) == START.date() + timedelta(days=1)
    midnight = START.replace(hour=0)
    assert day_of(midnight, ZoneInfo("America/New_York")) == START.date()


# ── A book that gives no more ───────────────────────────────────────────────────────────────────


def test_p4_a_book_that_stops_at_zero_holds_what_it_cannot_give() -> None:
    thread, sent = approved("3h")
    busy = worked(thread, "2h")
    some = assessed(busy, sent, available=Available(H))
    assert parts(some) == (H, 0, H)
    assert "prepaid.stop_at_zero" in rules_of(some.attention)
    assert parts(assessed(busy, sent, available=Available(-H))) == (0, 0, 2 * H)
    assert parts(assessed(busy, sent, available=Available(2 * H))) == (2 * H, 0, 0)


def test_r2_15_work_from_the_freezing_on_waits_for_the_renewal() -> None:
    thread, sent = approved("3h")
    busy = worked(worked(thread, "1h", 60), "1h", 200)
    same_day = Available(frozen_since=START.replace(hour=0, minute=30))
    bare = worked(thread, "1h", minute=-8 * 60)
    assert parts(assessed(bare, sent, available=same_day)) == (H, 0, 0)
    frozen = assessed(busy, sent, available=Available(frozen_since=after(100)))
    assert parts(frozen) == (H, 0, H)
    assert "prepaid.carry" in rules_of(frozen.attention)


# ── What is told ────────────────────────────────────────────────────────────────────────────────


def told(kind: str, result: Assessment, what: Ticket, under: Terms, book: Book) -> str:
    one = Assessed(what, result, under)
    telling = next(t for t in result.notices if t.kind == kind)
    text = compose(telling, one, "Agence SA", book, by_mail=False).text
    return " ".join(text.replace("\u00a0", " ").split())


def test_r0_16_the_estimate_shows_worked_and_deducted_side_by_side() -> None:
    under = terms(cap=1.25, **EXPRESS)
    thread = estimated(urgent(), "2h")
    result = assessed(thread, under=under)
    text = told("estimate", result, thread, under, Book(10 * H + 10 * M, 40 * H, H))
    assert "Travail : 2 h." in text
    assert "5 h (express × 2,5), au plus 6 h 15" in text
    assert "Solde libre ensuite : 4 h 10" in text


@pytest.mark.parametrize(
    ("done", "sentence"),
    [("4h", "4 h sont déduites"), ("4h01", "les 4 h 01 vous sont offertes")],
)
def test_r2_9_a_re_estimate_says_exactly_what_a_no_would_cost(done: str, sentence: str) -> None:
    under = terms(preset="tma")
    thread, sent = approved("16h")
    changed = estimated(worked(thread, done, 300), "24h", 320, old="16h")
    result = assessed(changed, sent, under=under)
    text = told("re-estimate", result, changed, under, Book(0, 0))
    assert "24 h au lieu de 16 h" in text
    assert "déduit au plus 30 h" in text
    assert sentence in text


def test_a3_a_reminder_says_since_when_and_until_when() -> None:
    under = terms(remind_after="24h", expires_after="168h")
    thread, sent = asked(estimated(ticket(), "6h"))
    result = assessed(thread, sent, under=under, minute=60 * 25)
    text = told("reminder", result, thread, under, Book(0, 0))
    assert "depuis le 13 mai : 6 h de travail, 6 h déduites" in text
    assert "Sans réponse d'ici au 20 mai" in text


def test_r2_5_a_refusal_tells_the_study_that_is_deducted() -> None:
    under = terms(preset="tma", tell_client=["declined"])
    thread, sent = asked(estimated(worked(ticket(), "1h30", 2), "12h"))
    refused = said(thread, ALICE, "Je refuse", 30)
    result = assessed(refused, sent, under=under)
    text = told("declined", result, refused, under, Book(0, 0))
    assert "L'étude déjà faite, 1 h 30, est déduite" in text


def test_r2_9b_a_refusal_tells_the_work_that_is_deducted() -> None:
    under = terms(preset="tma", tell_client=["estimate", "re-estimate", "declined"])
    thread, sent = approved("16h")
    changed, second = asked(
        estimated(worked(thread, "4h", 300), "24h", 320, old="16h"), 330, number=2
    )
    refused = said(changed, ALICE, "Je refuse", 340)
    result = assessed(refused, sent, second, under=under)
    text = told("declined", result, refused, under, Book(0, 0))
    assert "Le travail déjà fait, 4 h, est déduit selon votre contrat." in text


def test_r2_14_the_low_balance_is_told_in_days_and_proposes_to_renew() -> None:
    under = terms(preset="tma")
    result = assessed(ticket(), under=under)
    low = Low(32 * H - M, 32 * H, 7, None)
    telling = replace(
        assessed(estimated(ticket(), "3h"), under=under).notices[0],
        kind=MessageKind.LOW_BALANCE,
        number=7,
    )
    shown = replace(result, notices=(telling,))
    text = told("low-balance", shown, ticket(), under, Book(low.left, 0, 0, low))
    assert "31 h 59" in text
    assert "moins de 4 jours" in text
    assert "renouveler" in text
