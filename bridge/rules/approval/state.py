"""Whether work may start: estimates, their answers, and what the contract makes of them.

Every decision, doubt and clause is kept. Silence is never a yes (A3).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

from bridge.contracts.model import Contract
from bridge.model import ApprovalState, Decision, Pricing, Reason, Seconds, Verdict
from bridge.model.assessment import Approval, Estimate
from bridge.model.durations import short
from bridge.model.moments import minute
from bridge.rules.approval.decisions import (
    Answered,
    find_leave,
    find_spoken,
    gather_answers,
    settle,
)
from bridge.rules.approval.estimates import find_current, is_small
from bridge.rules.case import Request
from bridge.rules.prepaid.measure import times
from bridge.rules.prepaid.work import add_up
from bridge.rules.wakes import INSTANT

_STATE: Final = {
    Verdict.APPROVE: ApprovalState.APPROVED,
    Verdict.REJECT: ApprovalState.REJECTED,
}
_SAID: Final = {Verdict.APPROVE: ("A2", "approved"), Verdict.REJECT: ("A5", "declined")}
_ALLOWED: Final = (ApprovalState.APPROVED, ApprovalState.NOT_REQUIRED)


class _Outcome(NamedTuple):
    """What became of one estimate."""

    estimate: Estimate
    state: ApprovalState
    why: Reason
    asked_at: datetime | None = None
    decisions: tuple[Decision, ...] = ()
    unclear: tuple[Reason, ...] = ()


def decide(request: Request) -> Approval:
    """The state of approval at its `now`, with every decision, doubt and clause."""
    contract, covered, given = request.contract, request.covered, request.given
    latest = find_current(given, request.facts)
    if covered.state is not None:
        text = f"{covered.state}: this work is not part of the agreement"
        why = Reason("coverage", text, covered.rule)
        unclear = find_spoken(request.dossier, contract)
        return Approval(covered.state, latest, unclear=unclear, why=(why,))
    if (free := _none_needed(request)) is not None:
        return Approval(ApprovalState.NOT_REQUIRED, latest, why=(free,))
    outcomes = [_outcome(request, estimate) for estimate in given]
    leave, doubts = _leave(request, outcomes)
    allowed = [o.estimate for o in outcomes if o.state in _ALLOWED]
    agreed = [o.estimate for o in outcomes if o.state is ApprovalState.APPROVED]
    settled = [o for o in outcomes if o.state in (*_ALLOWED, ApprovalState.REJECTED)]
    no = settled and settled[-1].state is ApprovalState.REJECTED
    known = partial(
        Approval,
        estimate=latest,
        standing=allowed[-1] if allowed else None,
        decisions=tuple(decision for outcome in outcomes for decision in outcome.decisions),
        initial=next(iter((*agreed, *given)), None),
        refused=settled[-1].estimate if no else None,
        late=tuple(e.number for e in given[1:] if _is_late(request, agreed, e)),
        leave=leave,
        given=len(given),
    )
    if latest is None:
        state, why = _unestimated(request, leave)
        return known(state, unclear=doubts, why=(why,))
    last = outcomes[-1]
    if request.classified.express_asked and last.state is ApprovalState.NOT_REQUIRED:
        text = "asked as express, and the client's own written demand is missing"
        why = Reason("express.words", text)
        return known(ApprovalState.AWAITING, standing=None, unclear=doubts, why=(why,))
    stop = _too_much_study(request, leave or bool(allowed))
    asking = last.state is ApprovalState.AWAITING
    return known(
        last.state,
        previous=given[-2] if len(given) > 1 else None,
        asked_at=last.asked_at,
        unclear=(*doubts, *last.unclear),
        why=(last.why, *((stop,) if stop and asking else ())),
        expires_at=_after(last.asked_at, contract.expires_after) if asking else None,
        remind=asking and _is_due(last.asked_at, contract.remind_after, request.now),
    )


def wakes(agreed: Approval, contract: Contract) -> tuple[datetime | None, ...]:
    """When time alone changes it: an open question is brought back to mind, and lapses."""
    if agreed.state is not ApprovalState.AWAITING:
        return ()
    lapse = agreed.expires_at
    return (
        _after(agreed.asked_at, contract.remind_after),
        lapse + INSTANT if lapse is not None else None,
    )


def _none_needed(request: Request) -> Reason | None:
    """Why this work needs no approval at all, if it does not."""
    contract, covered = request.contract, request.covered
    if contract.pricing is Pricing.FIXED:
        return Reason("pricing", "a fixed price: no estimate is approved")
    if request.classified.cross_project:
        return Reason("cross_project", "the cross-project ticket needs no estimate and no approval")
    if not covered.approval:
        return Reason("coverage", "this work needs no approval", covered.rule)
    if not contract.approval:
        return Reason("approval", "this work needs no approval")
    return None


def _outcome(request: Request, estimate: Estimate) -> _Outcome:
    contract = request.contract
    size = short(estimate.seconds)
    above = contract.separate_quote_above
    if above is not None and estimate.seconds > above:
        why = Reason("separate_quote_above", f"{size} is over {short(above)}")
        answered = gather_answers(request, estimate, beyond_contract=True)
        spoken = tuple(reason for reason in answered.unclear if reason.rule == "verbal_approval")
        return _Outcome(estimate, ApprovalState.SEPARATE_QUOTE, why, unclear=spoken)
    if is_small(contract, estimate):
        why = Reason("threshold", f"{size} is under {short(contract.threshold or 0)}")
        return _Outcome(estimate, ApprovalState.NOT_REQUIRED, why)
    answered = gather_answers(request, estimate)
    lapse = _after(answered.asked_at, contract.expires_after)
    in_time, too_late = _in_time(answered, lapse)
    decisions, contradictions = settle(in_time, request.pieces)
    unclear = (*answered.unclear, *too_late, *contradictions)
    if decisions:
        last = decisions[-1]
        rule, word = _SAID[last.verdict]
        why = Reason(rule, f"{size} {word} by {last.by}: {last.evidence}")
        state = _STATE[last.verdict]
        against = (
            each.why
            for each in answered.doubted
            if each.at > in_time[-1].at and each.verdict is not last.verdict
        )
        open_doubts = (*too_late, *contradictions, *answered.shaken, *against)
        return _Outcome(estimate, state, why, answered.asked_at, decisions, open_doubts)
    if lapse is not None and request.now > lapse:
        why = Reason("expires_after", f"no answer within {short(contract.expires_after or 0)}")
        return _Outcome(estimate, ApprovalState.EXPIRED, why, answered.asked_at, (), unclear)
    limit = contract.threshold
    if limit is None:
        why = Reason("approval", f"{size} needs the client's yes")
    elif estimate.seconds == limit:
        why = Reason("threshold_inclusive", f"{size} is not under {short(limit)}")
    else:
        why = Reason("threshold", f"{size} is over {short(limit)}")
    return _Outcome(estimate, ApprovalState.AWAITING, why, answered.asked_at, (), unclear)


def _in_time(
    answered: Answered, lapse: datetime | None
) -> tuple[tuple[Decision, ...], tuple[Reason, ...]]:
    """The answers before the estimate lapsed; later ones are a person's to read."""
    if lapse is None:
        return answered.decisions, ()
    late = [d for d in answered.decisions if d.at > lapse]
    text = "after the estimate lapsed: for a person"
    doubts = (
        Reason("expires_after", f"{d.by} says {d.verdict} on {minute(d.at)}, {text}") for d in late
    )
    return tuple(d for d in answered.decisions if d.at <= lapse), tuple(doubts)


def _unestimated(request: Request, leave: bool) -> tuple[ApprovalState, Reason]:
    """No estimate is known: it is needed (A1), unless all that was done is finding out."""
    study, category, pieces = request.contract.study, request.classified.category, request.pieces
    stop = _too_much_study(request, leave)
    if stop is not None:
        return ApprovalState.AWAITING, stop
    if study is not None and category in study.not_for:
        text = f"a {category} needs the client's yes, with its cost"
        return ApprovalState.ESTIMATE_NEEDED, Reason("study.not_for", text)
    if study is not None and pieces and not request.ticket.is_open:
        text = f"solved within {short(add_up(pieces))} of finding out"
        return ApprovalState.NOT_REQUIRED, Reason("study.limit", text)
    why = Reason("A1", "no estimate is known; nobody may guess that it is small")
    return ApprovalState.ESTIMATE_NEEDED, why


def _too_much_study(request: Request, agreed: bool) -> Reason | None:
    """R2.3: more work than finding out may take, before any approval. Exactly that is allowed."""
    study = request.contract.study
    if study is None or agreed or (done := add_up(request.pieces)) <= study.limit:
        return None
    text = f"{short(done)} worked before any approval: stop; over {short(study.limit)} needs a yes"
    return Reason("study.limit", text)


def _leave(request: Request, outcomes: Sequence[_Outcome]) -> tuple[bool, tuple[Reason, ...]]:
    """Whether more study than the limit was agreed: a yes to an earlier estimate is one, too."""
    if request.contract.study is None:
        return False, ()
    given = request.given
    first = given[0].at if given else None
    leave, doubts = find_leave(request, first)
    approved = any(o.state is ApprovalState.APPROVED for o in outcomes)
    return leave or approved, doubts if not given else ()


def _is_late(request: Request, agreed: Sequence[Estimate], estimate: Estimate) -> bool:
    """R2.8: whether an estimate goes up after more work than a share of the initial one.

    Measured by the work done, not by the calendar; the initial estimate is the first one agreed,
    else the first one given. An entry whose tool knows only its day counts as done that morning.
    """
    limit, given = request.contract.reestimate, request.given
    if limit is None:
        return False
    if estimate.seconds <= given[estimate.number - 2].seconds:
        return False
    initial = next((e for e in agreed if e.number < estimate.number), given[0])
    done: Seconds = add_up(piece for piece in request.pieces if piece.at <= estimate.at)
    return done > times(limit.limit, initial.seconds)


def _after(at: datetime | None, seconds: Seconds | None) -> datetime | None:
    return None if at is None or seconds is None else at + timedelta(seconds=seconds)


def _is_due(asked_at: datetime | None, after: Seconds | None, now: datetime) -> bool:
    due = _after(asked_at, after)
    return due is not None and now >= due
