"""What the contract says about one request: all rules together, each conclusion with its why."""

from __future__ import annotations

from datetime import datetime

from bridge.model import (
    ApprovalState,
    CommandName,
    Coverage,
    EventKind,
    Field,
    MessageKind,
    Reason,
    Ticket,
)
from bridge.model.assessment import Approval, Assessment, Charge, Desired, Notice
from bridge.model.durations import short
from bridge.model.moments import minute
from bridge.rules.approval.estimates import TOOL, gather_estimates
from bridge.rules.approval.state import decide, wakes
from bridge.rules.case import Case, Request
from bridge.rules.classification.classify import DATE_MISSING, classify
from bridge.rules.classification.coverage import cover
from bridge.rules.dossier import Dossier, Terms
from bridge.rules.prepaid.alerts import alert_of_money
from bridge.rules.prepaid.charge import charge
from bridge.rules.prepaid.work import gather_work
from bridge.rules.sla.clocks import read_clocks
from bridge.rules.wakes import soonest

NOBODY = Approval(ApprovalState.NOT_REQUIRED, why=(Reason("match", "no client's contract"),))


def assess(
    dossier: Dossier, terms: Terms, now: datetime, why: tuple[Reason, ...] = ()
) -> Assessment:
    """The judgement of one request under one contract at `now`. Pure: same facts, same answer.

    `why` is why it falls under this contract, and comes first.
    """
    ticket, facts, contract = dossier.ticket, dossier.facts, terms.contract
    classified = classify(facts, contract, terms.zone)
    name, covered, reason = cover(facts, contract, classified.known, terms.zone)
    given, pieces = gather_estimates(dossier), gather_work(dossier)
    read = (dossier, terms, now, classified, covered, given, pieces)
    agreed = decide(Request(*read))
    case = Case(*read, agreed)
    cost, if_declined = charge(case)
    running = read_clocks(case)
    return Assessment(
        source=ticket.source,
        ticket=ticket.key,
        at=now,
        client=terms.client,
        contract=contract.name,
        kind=classified.kind,
        priority=classified.priority,
        severity=classified.severity,
        category=classified.category,
        coverage=name,
        approval=agreed,
        clocks=running.all,
        charge=cost,
        desired=_desired(case, cost),
        notices=_notices(case, cost),
        attention=(
            *classified.attention,
            *_attention(case),
            *running.flagged,
            *alert_of_money(contract, classified, agreed, cost),
        ),
        why=(*why, *classified.why, reason),
        if_declined=if_declined,
        wakes_at=soonest(now, *wakes(agreed, contract), *running.wakes),
    )


def unmatched(ticket: Ticket, now: datetime, why: tuple[Reason, ...]) -> Assessment:
    """The judgement of a ticket that is nobody's, or more than one client's: a person's to settle.
    Nothing is desired, so nothing is written."""
    return Assessment(
        source=ticket.source,
        ticket=ticket.key,
        at=now,
        client=None,
        contract=None,
        kind=ticket.kind,
        priority=ticket.priority,
        severity=ticket.severity,
        category=None,
        coverage=Coverage.NONE,
        approval=NOBODY,
        clocks=(),
        charge=Charge(),
        desired=(),
        attention=why,
        why=why,
    )


def _desired(case: Case, cost: Charge) -> tuple[Desired, ...]:
    classified, agreed = case.classified, case.approval
    wanted = [Desired(Field.APPROVAL, agreed.state, agreed.why)]
    estimate = agreed.estimate
    if estimate is not None and estimate.origin != TOOL:
        why = Reason("estimate", f"{short(estimate.seconds)} by {estimate.by}, {estimate.origin}")
        wanted.append(Desired(Field.ESTIMATE, estimate.seconds, (why,), ordered=True))
    if classified.ruled is not None:
        orders = [o for o in case.facts.orders if o.name is CommandName.PRIORITY]
        changes = case.facts.changes(EventKind.PRIORITY)
        ordered = bool(orders) and (not changes or changes[-1].at <= orders[-1].at)
        wanted.append(Desired(Field.PRIORITY, classified.ruled, classified.ruled_why, ordered))
    if case.contract.prepaid is not None:
        wanted.append(Desired(Field.CONSUMED, cost.consumed, cost.why))
    return tuple(wanted)


def _notices(case: Case, cost: Charge) -> tuple[Notice, ...]:
    """What should be told: an estimate that waits for its answer, the decision taken, the hours.

    Kinds that the contract lists for nobody are not told at all (few, useful messages).
    """
    contract, agreed = case.contract, case.approval
    kinds: list[tuple[MessageKind, int | None, tuple[Reason, ...]]] = []
    if case.classified.date_missing:
        kinds.append((MessageKind.DATE, None, (DATE_MISSING,)))
    estimate = agreed.estimate
    if estimate is not None:
        first = not any(e.number < estimate.number for e in case.given)
        if agreed.state is ApprovalState.AWAITING:
            kinds.append(
                (
                    MessageKind.ESTIMATE if first else MessageKind.RE_ESTIMATE,
                    estimate.number,
                    agreed.why,
                )
            )
        if agreed.remind and agreed.asked_at is not None:
            text = f"no answer since {minute(agreed.asked_at)}"
            kinds.append((MessageKind.REMINDER, estimate.number, (Reason("remind_after", text),)))
        if agreed.state is ApprovalState.APPROVED:
            kinds.append((MessageKind.APPROVED, estimate.number, agreed.why))
        if agreed.state is ApprovalState.REJECTED:
            kinds.append((MessageKind.DECLINED, estimate.number, agreed.why))
    if case.terms.tells_hours and contract.prepaid is not None and cost.consumed:
        kinds.append((MessageKind.CONSUMED, None, cost.why))
    return tuple(
        Notice(kind, kind in contract.tell_client, number, why)
        for kind, number, why in kinds
        if kind in contract.tell_client or kind in contract.tell_team
    )


def _attention(case: Case) -> tuple[Reason, ...]:
    ticket, agreed = case.ticket, case.approval
    unmapped = (
        Reason("mapping", f'the {w.table} "{w.word}" is not in the mapping')
        for w in ticket.unmapped
    )
    needed = agreed.state is ApprovalState.ESTIMATE_NEEDED and ticket.is_open
    asked = (Reason("A1", "an estimate is needed"),) if needed else ()
    return (*unmapped, *agreed.unclear, *case.facts.unread, *asked)
