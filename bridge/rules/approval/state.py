"""Whether work may start: estimates, their answers, and what the contract makes of them.

Every decision, doubt and clause is kept. Silence is never a yes (A3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bridge.contracts.model import Contract, Cover
from bridge.model import ApprovalState, Decision, Pricing, Reason, Seconds, Verdict
from bridge.model.assessment import Approval, Estimate
from bridge.model.durations import short
from bridge.rules.approval.decisions import Answered, answers, leave_for_study, settle, spoken
from bridge.rules.approval.estimates import current, is_small
from bridge.rules.classification.classify import Classified
from bridge.rules.dossier import Dossier, Terms
from bridge.rules.prepaid.measure import times
from bridge.rules.prepaid.work import Work, worked
from bridge.rules.wakes import INSTANT

_STATE: Final = {
    Verdict.APPROVE: ApprovalState.APPROVED,
    Verdict.REJECT: ApprovalState.REJECTED,
}
_SAID: Final = {Verdict.APPROVE: ("A2", "approved"), Verdict.REJECT: ("A5", "declined")}
_ALLOWED: Final = (ApprovalState.APPROVED, ApprovalState.NOT_REQUIRED)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one estimate."""

    estimate: Estimate
    state: ApprovalState
    why: Reason
    asked_at: datetime | None = None
    decisions: tuple[Decision, ...] = ()
    unclear: tuple[Reason, ...] = ()


def decide(
    dossier: Dossier,
    terms: Terms,
    covered: Cover,
    classified: Classified,
    given: Sequence[Estimate],
    pieces: Sequence[Work],
    now: datetime,
) -> Approval:
    """The state of approval at `now`, with every decision, doubt and clause."""
    contract = terms.contract
    latest = current(tuple(given), dossier.ticket)
    if covered.state is not None:
        text = f"{covered.state}: this work is not part of the agreement"
        why = Reason("coverage", text, covered.rule)
        return Approval(covered.state, latest, unclear=spoken(dossier, contract), why=(why,))
    if (free := _none_needed(contract, covered, classified)) is not None:
        return Approval(ApprovalState.NOT_REQUIRED, latest, why=(free,))
    outcomes = [
        _outcome(dossier, terms, estimate, _end(given, estimate), pieces, now) for estimate in given
    ]
    leave, doubts = _leave(dossier, terms, given, outcomes)
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
        late=tuple(e.number for e in given if _is_late(contract, given, agreed, e, pieces)),
        leave=leave,
        given=len(given),
    )
    if latest is None:
        state, why = _unestimated(dossier, contract, classified, pieces, leave)
        return known(state, unclear=doubts, why=(why,))
    last = outcomes[-1]
    if classified.express_asked and last.state is ApprovalState.NOT_REQUIRED:
        text = "asked as express, and the client's own written demand is missing"
        why = Reason("express.words", text)
        return known(ApprovalState.AWAITING, standing=None, unclear=doubts, why=(why,))
    stop = _too_much_study(contract, pieces, leave or bool(allowed))
    asking = last.state is ApprovalState.AWAITING
    return known(
        last.state,
        previous=given[-2] if len(given) > 1 else None,
        asked_at=last.asked_at,
        unclear=(*doubts, *last.unclear),
        why=(last.why, *((stop,) if stop and asking else ())),
        expires_at=_after(last.asked_at, contract.expires_after) if asking else None,
        remind=asking and _is_due(last.asked_at, contract.remind_after, now),
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


def _none_needed(contract: Contract, covered: Cover, classified: Classified) -> Reason | None:
    """Why this work needs no approval at all, if it does not."""
    if contract.pricing is Pricing.FIXED:
        return Reason("pricing", "a fixed price: no estimate is approved")
    if classified.cross_project:
        return Reason("cross_project", "the cross-project ticket needs no estimate and no approval")
    if not covered.approval:
        return Reason("coverage", "this work needs no approval", covered.rule)
    if not contract.approval:
        return Reason("approval", "this work needs no approval")
    return None


def _outcome(
    dossier: Dossier,
    terms: Terms,
    estimate: Estimate,
    end: datetime | None,
    pieces: Sequence[Work],
    now: datetime,
) -> _Outcome:
    contract = terms.contract
    size = short(estimate.seconds)
    above = contract.separate_quote_above
    if above is not None and estimate.seconds > above:
        why = Reason("separate_quote_above", f"{size} is over {short(above)}")
        said = answers(dossier, terms, estimate, end, beyond_contract=True)
        spoken = tuple(reason for reason in said.unclear if reason.rule == "verbal_approval")
        return _Outcome(estimate, ApprovalState.SEPARATE_QUOTE, why, unclear=spoken)
    if is_small(contract, estimate):
        why = Reason("threshold", f"{size} is under {short(contract.threshold or 0)}")
        return _Outcome(estimate, ApprovalState.NOT_REQUIRED, why)
    said = answers(dossier, terms, estimate, end)
    lapse = _after(said.asked_at, contract.expires_after)
    in_time, too_late = _in_time(said, lapse)
    decisions, contradictions = settle(in_time, pieces)
    unclear = (*said.unclear, *too_late, *contradictions)
    if decisions:
        last = decisions[-1]
        rule, word = _SAID[last.verdict]
        why = Reason(rule, f"{size} {word} by {last.by}: {last.evidence}")
        state = _STATE[last.verdict]
        against = (
            each.why
            for each in said.doubted
            if each.at > in_time[-1].at and each.verdict is not last.verdict
        )
        open_doubts = (*too_late, *contradictions, *said.shaken, *against)
        return _Outcome(estimate, state, why, said.asked_at, decisions, open_doubts)
    if lapse is not None and now > lapse:
        why = Reason("expires_after", f"no answer within {short(contract.expires_after or 0)}")
        return _Outcome(estimate, ApprovalState.EXPIRED, why, said.asked_at, (), unclear)
    limit = contract.threshold
    if limit is None:
        why = Reason("approval", f"{size} needs the client's yes")
    elif estimate.seconds == limit:
        why = Reason("threshold_inclusive", f"{size} is not under {short(limit)}")
    else:
        why = Reason("threshold", f"{size} is over {short(limit)}")
    return _Outcome(estimate, ApprovalState.AWAITING, why, said.asked_at, (), unclear)


def _in_time(
    said: Answered, lapse: datetime | None
) -> tuple[tuple[Decision, ...], tuple[Reason, ...]]:
    """The answers before the estimate lapsed; later ones are a person's to read."""
    late = [d for d in said.decisions if lapse is not None and d.at > lapse]
    text = "says {0} on {1:%Y-%m-%d %H:%M} UTC, after the estimate lapsed: for a person"
    doubts = (Reason("expires_after", f"{d.by} {text.format(d.verdict, d.at)}") for d in late)
    return tuple(d for d in said.decisions if d not in late), tuple(doubts)


def _unestimated(
    dossier: Dossier,
    contract: Contract,
    classified: Classified,
    pieces: Sequence[Work],
    leave: bool,
) -> tuple[ApprovalState, Reason]:
    """No estimate is known: it is needed (A1), unless all that was done is finding out."""
    stop = _too_much_study(contract, pieces, leave)
    if stop is not None:
        return ApprovalState.AWAITING, stop
    if contract.study is not None and classified.category in contract.study.not_for:
        text = f"a {classified.category} needs the client's yes, with its cost"
        return ApprovalState.ESTIMATE_NEEDED, Reason("study.not_for", text)
    if contract.study is not None and pieces and not dossier.ticket.is_open:
        text = f"solved within {short(worked(pieces))} of finding out"
        return ApprovalState.NOT_REQUIRED, Reason("study.limit", text)
    why = Reason("A1", "no estimate is known; nobody may guess that it is small")
    return ApprovalState.ESTIMATE_NEEDED, why


def _too_much_study(contract: Contract, pieces: Sequence[Work], agreed: bool) -> Reason | None:
    """R2.3: more work than finding out may take, before any approval. Exactly that is allowed."""
    study, done = contract.study, worked(pieces)
    if study is None or agreed or done <= study.limit:
        return None
    text = f"{short(done)} worked before any approval: stop; over {short(study.limit)} needs a yes"
    return Reason("study.limit", text)


def _leave(
    dossier: Dossier, terms: Terms, given: Sequence[Estimate], outcomes: Sequence[_Outcome]
) -> tuple[bool, tuple[Reason, ...]]:
    """Whether more study than the limit was agreed: a yes to an earlier estimate is one, too."""
    if terms.contract.study is None:
        return False, ()
    leave, doubts = leave_for_study(dossier, terms, given[0].at if given else None)
    approved = any(o.state is ApprovalState.APPROVED for o in outcomes)
    return leave or approved, doubts if not given else ()


def _is_late(
    contract: Contract,
    given: Sequence[Estimate],
    agreed: Sequence[Estimate],
    estimate: Estimate,
    pieces: Sequence[Work],
) -> bool:
    """R2.8: whether an estimate goes up after more work than a share of the initial one.

    Measured by the work done, not by the calendar; the initial estimate is the first one agreed,
    else the first one given. An entry whose tool knows only its day counts as done that morning.
    """
    if contract.reestimate is None or estimate.number == 1:
        return False
    if estimate.seconds <= given[estimate.number - 2].seconds:
        return False
    initial = next((e for e in agreed if e.number < estimate.number), given[0])
    done: Seconds = worked(piece for piece in pieces if piece.at <= estimate.at)
    return done > times(contract.reestimate.limit, initial.seconds)


def _end(given: Sequence[Estimate], estimate: Estimate) -> datetime | None:
    """When the next estimate voided this one (A2)."""
    return given[estimate.number].at if estimate.number < len(given) else None


def _after(at: datetime | None, seconds: Seconds | None) -> datetime | None:
    return None if at is None or seconds is None else at + timedelta(seconds=seconds)


def _is_due(asked_at: datetime | None, after: Seconds | None, now: datetime) -> bool:
    due = _after(asked_at, after)
    return due is not None and now >= due
