"""What a ticket costs the book: deducted, offered, held (P3, P5, R0.1 to R0.6, R2.5 to R2.9).

The three always add up to the chargeable time. Pure: the same entries always give the same charge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from bridge.contracts.model import Contract, Cover
from bridge.model import ApprovalState, Pricing, Reason, Seconds, Unagreed, Verdict
from bridge.model.assessment import Approval, Charge, Estimate
from bridge.model.durations import short
from bridge.rules.approval.estimates import is_small
from bridge.rules.case import Case
from bridge.rules.classification.classify import Classified
from bridge.rules.dossier import Available
from bridge.rules.prepaid.measure import (
    ONE,
    Measured,
    agreed_multiplier,
    days,
    measure,
    times,
    total,
    until,
)
from bridge.rules.prepaid.work import Work, add_up, since

_NO_LIMIT: Final = Available()


class _Share(NamedTuple):
    """How much may be deducted, what becomes of the rest, and by which clauses."""

    allowed: Seconds
    offers_rest: bool
    why: tuple[Reason, ...] = ()


class _Sum(NamedTuple):
    """What a share is assessed by: contract, approval, and the chargeable time of each piece."""

    contract: Contract
    approval: Approval
    measured: tuple[Measured, ...]
    express: bool
    whole: Seconds

    def multiplied(self, seconds: Seconds) -> Seconds:
        """P5: limits on work are limits on multiplied work."""
        factor = agreed_multiplier(self.contract) if self.express else ONE
        return times(factor or ONE, seconds)

    def cap(self, estimate: Estimate) -> Seconds | None:
        """R2.7: the most that is deducted for an approved estimate, None without a limit."""
        cap = self.contract.cap
        return None if cap is None else times(cap, self.multiplied(estimate.seconds))


def charge(case: Case) -> tuple[Charge, Charge | None]:
    """What is deducted, offered and held of the work on one ticket; and what would be if the client
    said no to the estimate that waits, None where none waits."""
    contract, approval, pieces = case.contract, case.approval, case.pieces
    asks = approval.state is ApprovalState.AWAITING and approval.estimate is not None
    done = add_up(pieces)
    why = (Reason("P2", _sum(pieces)),) if pieces else ()
    if (free := _uncharged(case, done, why)) is not None:
        return free, free if asks else None
    classified = case.classified
    express = classified.express and not classified.cross_project
    factor = agreed_multiplier(contract) if express else ONE
    rounding = contract.prepaid.rounding if contract.prepaid is not None else None
    measured = measure(pieces, rounding, factor or ONE, case.terms.zone)
    whole = total(measured)
    why = (*why, *_counted(done, whole, contract, express))
    if factor is None:
        text = "express, and no multiplier is agreed: a person decides, nothing is deducted"
        held = Charge(done, whole, 0, 0, whole, (*why, Reason("express.multiplier", text)))
        return held, held if asks else None
    of = _Sum(contract, approval, measured, express, whole)
    due = _divide(case, of, done, why, case.dossier.available)
    if not asks:
        return due, None
    refused = replace(approval, state=ApprovalState.REJECTED, refused=approval.estimate)
    return due, _divide(case, of._replace(approval=refused), done, why, _NO_LIMIT)


def _uncharged(case: Case, done: Seconds, why: tuple[Reason, ...]) -> Charge | None:
    """The charge of work of which no hour is counted, None for other work."""
    contract, covered = case.contract, case.covered
    if contract.prepaid is None:
        return Charge(done, why=(*why, Reason("prepaid", "the contract has no book of hours")))
    if contract.pricing is Pricing.FIXED:
        return Charge(done, why=(*why, Reason("pricing", "a fixed price: nothing is deducted")))
    if covered.charge:
        return None
    if case.approval.state is ApprovalState.SEPARATE_QUOTE:
        quoted = Reason("coverage", "quoted separately, not from the book", covered.rule)
        return Charge(done, why=(*why, quoted))
    free = Reason("coverage", "not charged to the book", covered.rule)
    return Charge(done, done, 0, done, 0, (*why, free))


def _divide(
    case: Case, of: _Sum, done: Seconds, why: tuple[Reason, ...], available: Available
) -> Charge:
    """What is deducted, offered and held of the measured time. `available` is what a book that
    stops at zero, or is frozen, still lets this ticket take."""
    whole, measured = of.whole, of.measured
    share = _share(of, case.covered, case.classified)
    consumed = min(whole, share.allowed)
    rest = whole - consumed
    if of.approval.state is ApprovalState.SEPARATE_QUOTE:
        # What is quoted separately is none of the book's hours: only what was agreed before is.
        whole, rest = consumed, 0
    offered = rest if share.offers_rest else 0
    taken, limits = _taken(consumed, measured, available)
    consumed, waiting = taken, consumed - taken
    return Charge(
        worked=done,
        chargeable=whole,
        consumed=consumed,
        offered=offered,
        held=rest - offered + waiting,
        why=(*why, *share.why, *limits),
        days=days(measured, consumed, case.terms.zone),
        multiplier=agreed_multiplier(of.contract) if of.express else None,
    )


def _taken(
    due: Seconds, measured: Sequence[Measured], available: Available
) -> tuple[Seconds, tuple[Reason, ...]]:
    """What the book lets be taken of what is due, and why not all of it."""
    taken, why = due, []
    if available.frozen_since is not None:
        frozen = available.frozen_since
        taken = min(taken, sum(item.seconds for item in measured if item.work.at < frozen))
        if taken < due:
            text = f"the book is not renewed: {short(due - taken)} wait for its renewal"
            why.append(Reason("prepaid.carry", text))
    if available.seconds is not None and taken > available.seconds:
        wait = taken - max(available.seconds, 0)
        taken -= wait
        why.append(
            Reason("prepaid.stop_at_zero", f"the book stops at zero: {short(wait)} wait for hours")
        )
    return taken, tuple(why)


def _share(of: _Sum, covered: Cover, classified: Classified) -> _Share:
    contract, approval = of.contract, of.approval
    if classified.cross_project:
        why = Reason("cross_project", "the cross-project ticket: as worked")
        return _Share(of.whole, True, (why,))
    if not covered.approval:
        why = Reason("coverage", "no approval is needed: as worked", covered.rule)
        return _Share(of.whole, True, (why,))
    if not contract.approval:
        return _Share(of.whole, True, (Reason("approval", "no approval is needed: as worked"),))
    if approval.state is ApprovalState.APPROVED and approval.standing is not None:
        return _approved(of, approval.standing)
    if approval.state is ApprovalState.NOT_REQUIRED:
        return _small(of) if approval.estimate else _study_only(of)
    if approval.refused is not None:
        past = _refused(of, approval.refused)
        return past._replace(offers_rest=approval.state is ApprovalState.REJECTED)
    if approval.standing is not None:
        return _as_before(of, approval.standing)
    quoted = approval.state is ApprovalState.SEPARATE_QUOTE
    rule = "separate_quote_above" if quoted else "approval"
    return _Share(0, False, (Reason(rule, f"nothing is deducted: {approval.state}"),))


def _approved(of: _Sum, estimate: Estimate) -> _Share:
    limit = of.cap(estimate)
    size = of.multiplied(estimate.seconds)
    if limit is not None:
        text = f"at most {of.contract.cap} × {short(size)} = {short(limit)}"
        return _Share(limit, True, (Reason("cap", text),))
    text = f"over the estimate: {short(of.whole)} worked on an estimate of {short(size)}"
    return _Share(of.whole, True, (Reason("cap", text),) if of.whole > size else ())


def _small(of: _Sum) -> _Share:
    """R0.2, R0.3c: done without approval, up to the threshold."""
    limit = of.multiplied(of.contract.threshold or 0)
    if of.contract.unapproved_overrun is Unagreed.DEDUCT or of.whole <= limit:
        return _Share(of.whole, True, (Reason("threshold", "done without approval"),))
    why = Reason("unapproved_overrun", f"without approval at most {short(limit)}")
    return _Share(limit, True, (why,))


def _study_only(of: _Sum) -> _Share:
    why = Reason("study.limit", "solved while finding out: as worked")
    return _Share(of.whole, True, (why,))


def _as_before(of: _Sum, standing: Estimate) -> _Share:
    """A new estimate has no answer: what was agreed before holds (R2.9c, A2)."""
    if is_small(of.contract, standing):
        limit = of.multiplied(of.contract.threshold or 0)
        offers = of.contract.unapproved_overrun is Unagreed.OFFER
        text = f"without approval at most {short(limit)}"
        return _Share(limit, offers, (Reason("unapproved_overrun", text),))
    cap = of.cap(standing)
    allowed = of.multiplied(standing.seconds) if cap is None else cap
    text = f"no answer to the new estimate: at most {short(allowed)}, as agreed before"
    return _Share(allowed, False, (Reason("A2" if cap is None else "cap", text),))


def _refused(of: _Sum, estimate: Estimate) -> _Share:
    """What is deducted after a no. The rest is given away (A5)."""
    contract, standing = of.contract, of.approval.standing
    answers = [d for d in of.approval.decisions if d.estimate_number == estimate.number]
    no_at = answers[-1].at if answers else None
    if agreed := [d.at for d in answers if d.verdict is Verdict.APPROVE]:
        # A person settled a contradiction after work had begun (A4): it was done under a yes.
        studied = _before(of.measured, min(agreed))
        between = until(of.measured, answers[-1].at) - studied
        due = between + min(studied, _study(of).allowed)
        limit = of.cap(estimate)
        allowed = due if limit is None else min(due, limit)
        return _Share(allowed, True, (Reason("A4", f"{short(allowed)} worked while a yes held"),))
    if estimate.number in of.approval.late and contract.reestimate is not None:
        if contract.reestimate.late_refused is Unagreed.OFFER:
            text = "estimated again too late, and declined: all work is given away"
            return _Share(0, True, (Reason("reestimate.late_refused", text),))
        return _so_far(of, estimate, "reestimate.late_refused", no_at is None)
    if standing is not None and not is_small(contract, standing):
        if contract.reestimate is not None:
            return _so_far(of, estimate, "reestimate.limit", no_at is None)
        limit = of.multiplied(standing.seconds)
        text = f"only the {short(limit)} agreed before are deducted"
        return _Share(limit, True, (Reason("A2", text),))
    if standing is not None:
        return _as_before(of, standing)._replace(offers_rest=True)
    return _study(of)


def _so_far(of: _Sum, estimate: Estimate, rule: str, open_: bool) -> _Share:
    """R2.9b: the work done when the new estimate was given; nothing later was allowed."""
    allowed = until(of.measured, estimate.at)
    standing = of.approval.standing
    limit = of.cap(standing) if standing is not None else None
    allowed = allowed if limit is None else min(allowed, limit)
    said = "would be" if open_ else "is"
    return _Share(allowed, True, (Reason(rule, f"declined: {short(allowed)} so far {said} due"),))


def _study(of: _Sum) -> _Share:
    """R2.5: finding out is deducted, up to its limit unless more was agreed; R0.5: nothing is."""
    study = of.contract.study
    if study is None or not study.charged_on_refusal:
        rule = "A5" if study is None else "study.charged_on_refusal"
        return _Share(0, True, (Reason(rule, "declined: nothing is deducted"),))
    if of.approval.leave:
        text = "declined: finding out is deducted, more than its limit was agreed"
        return _Share(of.whole, True, (Reason("study.limit", text),))
    limit = of.multiplied(study.limit)
    text = f"declined: finding out is deducted, at most {short(limit)}"
    return _Share(limit, True, (Reason("study.charged_on_refusal", text),))


def _before(measured: Sequence[Measured], at: datetime) -> Seconds:
    return sum(item.seconds for item in measured if not since(item.work, at))


def _counted(
    done: Seconds, whole: Seconds, contract: Contract, express: bool
) -> tuple[Reason, ...]:
    """How worked time became chargeable time, where it is another."""
    if whole == done:
        return ()
    if express:
        text = f"express: {short(done)} worked × {agreed_multiplier(contract)} = {short(whole)}"
        return (Reason("express.multiplier", text),)
    return (Reason("prepaid.rounding", f"{short(done)} worked are rounded to {short(whole)}"),)


def _sum(pieces: Sequence[Work]) -> str:
    people: dict[str, Seconds] = {}
    for piece in pieces:
        name = piece.by if "linked" not in piece.origin else f"{piece.by} (in {piece.origin})"
        people[name] = people.get(name, 0) + piece.seconds
    parts = ", ".join(f"{name} {short(seconds)}" for name, seconds in people.items())
    return f"{short(add_up(pieces))} worked: {parts}"
