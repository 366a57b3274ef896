"""What the contract says about one request: all rules together, each conclusion with its why."""

from __future__ import annotations

from collections.abc import Sequence
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
from bridge.model.assessment import Approval, Assessment, Charge, Desired, Estimate, Notice
from bridge.model.durations import short
from bridge.rules.approval import estimates
from bridge.rules.approval.estimates import TOOL
from bridge.rules.approval.state import decide, wakes
from bridge.rules.classification import coverage
from bridge.rules.classification.classify import DATE_MISSING, Classified, classify
from bridge.rules.commands import Command, read_commands
from bridge.rules.dossier import Dossier, Terms
from bridge.rules.prepaid import alerts
from bridge.rules.prepaid.charge import charge, declined
from bridge.rules.prepaid.work import work
from bridge.rules.sla.clocks import clocks
from bridge.rules.sla.facts import Facts
from bridge.rules.wakes import soonest

NOBODY = Approval(ApprovalState.NOT_REQUIRED, why=(Reason("match", "no client's contract"),))


def assess(
    dossier: Dossier, terms: Terms, now: datetime, why: tuple[Reason, ...] = ()
) -> Assessment:
    """The judgement of one request under one contract at `now`. Pure: same facts, same answer.

    `why` is why it falls under this contract, and comes first.
    """
    ticket = dossier.ticket
    orders, unread = read_commands(ticket)
    written = Field.PRIORITY in dossier.ours
    classified = classify(ticket, terms.contract, orders, zone=terms.zone, written=written)
    pieces = work(dossier, orders)
    given = estimates.estimates(dossier, orders)
    name, covered, reason = coverage.cover(ticket, terms.contract, classified, terms.zone)
    agreed = decide(dossier, terms, covered, classified, given, pieces, now)
    case = (terms.contract, covered, classified, agreed, pieces, terms.zone)
    cost = charge(*case, dossier.available)
    facts = Facts(ticket, terms, classified, covered, agreed, given, orders, now, written)
    running = clocks(facts)
    return Assessment(
        source=ticket.source,
        ticket=ticket.key,
        at=now,
        client=terms.client,
        contract=terms.contract.name,
        kind=classified.kind,
        priority=classified.priority,
        severity=classified.severity,
        category=classified.category,
        coverage=name,
        approval=agreed,
        clocks=running.all,
        charge=cost,
        desired=_desired(terms, classified, agreed, cost, orders, ticket),
        notices=_telling(terms, classified, agreed, cost, given),
        attention=(
            *classified.attention,
            *_attention(ticket, agreed, unread),
            *running.flagged,
            *alerts.of_money(terms.contract, classified, agreed, cost),
        ),
        why=(*why, *classified.why, reason),
        if_declined=declined(*case),
        wakes_at=soonest(now, *wakes(agreed, terms.contract), *running.wakes),
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


def _desired(
    terms: Terms,
    classified: Classified,
    agreed: Approval,
    cost: Charge,
    orders: Sequence[Command],
    ticket: Ticket,
) -> tuple[Desired, ...]:
    wanted = [Desired(Field.APPROVAL, agreed.state, agreed.why)]
    estimate = agreed.estimate
    if estimate is not None and estimate.origin != TOOL:
        why = Reason("estimate", f"{short(estimate.seconds)} by {estimate.by}, {estimate.origin}")
        wanted.append(Desired(Field.ESTIMATE, estimate.seconds, (why,), ordered=True))
    if classified.ruled is not None:
        order = _last(orders, CommandName.PRIORITY)
        changes = [e.at for e in ticket.events if e.kind == EventKind.PRIORITY]
        ordered = order is not None and all(at <= order.at for at in changes)
        wanted.append(Desired(Field.PRIORITY, classified.ruled, classified.ruled_why, ordered))
    if terms.contract.prepaid is not None:
        wanted.append(Desired(Field.CONSUMED, cost.consumed, cost.why))
    return tuple(wanted)


def _telling(
    terms: Terms,
    classified: Classified,
    agreed: Approval,
    cost: Charge,
    given: Sequence[Estimate],
) -> tuple[Notice, ...]:
    """What should be told: an estimate that waits for its answer, the decision taken, the hours.

    Kinds that the contract lists for nobody are not told at all (few, useful messages).
    """
    kinds: list[tuple[MessageKind, int | None, tuple[Reason, ...]]] = []
    if classified.date_missing:
        kinds.append((MessageKind.DATE, None, (DATE_MISSING,)))
    estimate = agreed.estimate
    if estimate is not None:
        first = not any(e.number < estimate.number for e in given)
        if agreed.state is ApprovalState.AWAITING:
            kinds.append(
                (
                    MessageKind.ESTIMATE if first else MessageKind.RE_ESTIMATE,
                    estimate.number,
                    agreed.why,
                )
            )
        if agreed.remind and agreed.asked_at is not None:
            text = f"no answer since {agreed.asked_at:%Y-%m-%d %H:%M} UTC"
            kinds.append((MessageKind.REMINDER, estimate.number, (Reason("remind_after", text),)))
        if agreed.state is ApprovalState.APPROVED:
            kinds.append((MessageKind.APPROVED, estimate.number, agreed.why))
        if agreed.state is ApprovalState.REJECTED:
            kinds.append((MessageKind.DECLINED, estimate.number, agreed.why))
    if terms.tells_hours and terms.contract.prepaid is not None and cost.consumed:
        kinds.append((MessageKind.CONSUMED, None, cost.why))
    contract = terms.contract
    return tuple(
        Notice(kind, kind in contract.tell_client, number, why)
        for kind, number, why in kinds
        if kind in contract.tell_client or kind in contract.tell_team
    )


def _attention(ticket: Ticket, agreed: Approval, unread: Sequence[Reason]) -> tuple[Reason, ...]:
    found = [
        Reason("mapping", f'the {w.table} "{w.word}" is not in the mapping')
        for w in ticket.unmapped
    ]
    found += agreed.unclear
    found += unread
    if agreed.state is ApprovalState.ESTIMATE_NEEDED and ticket.is_open:
        found.append(Reason("A1", "an estimate is needed"))
    return tuple(found)


def _last(orders: Sequence[Command], name: CommandName) -> Command | None:
    return next((order for order in reversed(orders) if order.name is name), None)
