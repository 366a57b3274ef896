"""From what should be told to the message itself: the ticket's facts, in the client's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from bridge import messages
from bridge.engine.assess import Assessed
from bridge.model import BookUnit, CarryOn, Decision, Message, MessageKind, Seconds, Verdict
from bridge.model.assessment import Estimate, Notice
from bridge.rules.dossier import Terms
from bridge.rules.prepaid.book import Low
from bridge.rules.prepaid.measure import ONE, times

Facts = messages.Facts


@dataclass(frozen=True, slots=True)
class Book:
    """A client's hours under one contract: what is left, what was credited in all, and what was
    approved and is not worked yet."""

    balance: Seconds
    credited: Seconds
    promised: Seconds = 0
    low: Low | None = None


def compose(
    telling: Notice, assessed: Assessed, provider: str, book: Book, *, by_mail: bool
) -> Message:
    """The message that `telling` asks for, in the client's language.

    `by_mail` is for tools that send mail themselves: the message then names its recipients and
    begins with the line above which an answer is written.
    """
    terms = assessed.terms
    if terms is None:
        raise ValueError(f"{assessed.ticket.ref} has no contract, so nobody to tell")
    facts = _FACTS[telling.kind](assessed, terms, provider, book)
    message = messages.compose(
        telling.kind,
        terms.language,
        facts,
        public=telling.public,
        recipients=_recipients(assessed, terms) if by_mail else (),
    )
    # In a tool an answer stands in a comment of its own: no line to answer above.
    return message if by_mail or not message.asks else replace(message, parts=message.parts[1:])


def _recipients(assessed: Assessed, terms: Terms) -> tuple[str, ...]:
    """Those who may decide and have a mail address; else who asked. Never anybody else (E12)."""
    source = f"{assessed.ticket.source}:"
    named = {name.removeprefix(source) for name in terms.approvers}
    addresses = sorted(name for name in named if "@" in name and ":" not in name)
    asker = assessed.ticket.requester.address
    if asker and assessed.ticket.answerable:
        addresses = [asker, *(a for a in addresses if a != asker)]
    return tuple(addresses)


def _common(assessed: Assessed, terms: Terms, provider: str) -> dict[str, object]:
    ticket = assessed.ticket
    return {
        "provider": provider,
        "timezone": terms.zone,
        "title": ticket.title,
        "ref": f"#{ticket.key}",
    }


def _estimate_of(assessed: Assessed) -> Estimate:
    estimate = assessed.assessment.approval.estimate
    if estimate is None:
        raise ValueError(f"{assessed.ticket.ref} has no estimate to tell")
    return estimate


def _factor(assessed: Assessed) -> Decimal | None:
    """The multiplier that client and provider agreed on, for express work (R0.16)."""
    return assessed.assessment.charge.multiplier


def _deducted(assessed: Assessed, estimate: Estimate) -> Seconds:
    """What the work of an estimate takes from the book: worked and deducted stand side by side."""
    return times(_factor(assessed) or ONE, estimate.seconds)


def _estimate(assessed: Assessed, terms: Terms, provider: str, book: Book) -> Facts:
    estimate = _estimate_of(assessed)
    deducted = _deducted(assessed, estimate)
    has_book = terms.contract.prepaid is not None
    return messages.EstimateFacts(
        **_common(assessed, terms, provider),  # type: ignore[arg-type]
        number=estimate.number,
        worked=estimate.seconds,
        deducted=deducted,
        express=_factor(assessed),
        at_most=_most(terms, deducted),
        free_after=book.balance - book.promised - deducted if has_book else None,
        deciders=_deciders(terms),
    )


def _re_estimate(assessed: Assessed, terms: Terms, provider: str, book: Book) -> Facts:
    estimate = _estimate_of(assessed)
    previous = assessed.assessment.approval.previous
    stopped = assessed.assessment.if_declined or assessed.assessment.charge
    deducted = _deducted(assessed, estimate)
    return messages.ReEstimateFacts(
        **_common(assessed, terms, provider),  # type: ignore[arg-type]
        number=estimate.number,
        worked=estimate.seconds,
        before=previous.seconds if previous is not None else 0,
        done=stopped.worked,
        deducted=deducted,
        if_declined=stopped.consumed,
        offered=stopped.offered,
        at_most=_most(terms, deducted),
    )


def _reminder(assessed: Assessed, terms: Terms, provider: str, book: Book) -> Facts:
    estimate, agreed = _estimate_of(assessed), assessed.assessment.approval
    return messages.ReminderFacts(
        **_common(assessed, terms, provider),  # type: ignore[arg-type]
        number=estimate.number,
        worked=estimate.seconds,
        deducted=_deducted(assessed, estimate),
        since=agreed.asked_at or estimate.at,
        expires_at=agreed.expires_at,
    )


def _approved(assessed: Assessed, terms: Terms, provider: str, book: Book) -> Facts:
    estimate = _estimate_of(assessed)
    decision = _decision(assessed, Verdict.APPROVE)
    return messages.ApprovedFacts(
        **_common(assessed, terms, provider),  # type: ignore[arg-type]
        number=estimate.number,
        by=decision.by.name or str(decision.by),
        at=decision.at,
        worked=estimate.seconds,
        deducted=_deducted(assessed, estimate),
    )


def _decision(assessed: Assessed, verdict: Verdict) -> Decision:
    """The last decision of that kind: what is told was decided."""
    decisions = assessed.assessment.approval.decisions
    found = next((d for d in reversed(decisions) if d.verdict is verdict), None)
    if found is None:
        raise ValueError(f"{assessed.ticket.ref} has no decision to tell")
    return found


def _declined(assessed: Assessed, terms: Terms, provider: str, book: Book) -> Facts:
    agreed = assessed.assessment.approval
    return messages.DeclinedFacts(
        **_common(assessed, terms, provider),  # type: ignore[arg-type]
        number=_estimate_of(assessed).number,
        deducted=assessed.assessment.charge.consumed,
        begun=any(d.verdict is Verdict.APPROVE for d in agreed.decisions),
    )


def _date(assessed: Assessed, terms: Terms, provider: str, book: Book) -> Facts:
    """R1.11: the example shows how a date may be written; it lies a fortnight ahead."""
    day = assessed.assessment.at.astimezone(terms.zone).date() + timedelta(days=14)
    return messages.DateFacts(
        **_common(assessed, terms, provider),  # type: ignore[arg-type]
        example=day,
    )


def _low_balance(assessed: Assessed, terms: Terms, provider: str, book: Book) -> Facts:
    prepaid = terms.contract.prepaid
    if prepaid is None or book.low is None:
        raise ValueError(f"{terms.client} has hours enough, so nothing to tell")
    return messages.LowBalanceFacts(
        provider=provider,
        timezone=terms.zone,
        left=book.low.left,
        threshold=book.low.threshold,
        day_seconds=terms.contract.day_seconds if prepaid.unit is BookUnit.DAYS else None,
        carried_over=prepaid.carry.on is not CarryOn.NEVER,
    )


def _consumed(assessed: Assessed, terms: Terms, provider: str, book: Book) -> Facts:
    cost = assessed.assessment.charge
    return messages.ConsumedFacts(
        **_common(assessed, terms, provider),  # type: ignore[arg-type]
        worked=cost.worked,
        deducted=cost.consumed,
        offered=cost.offered,
        express=_factor(assessed),
        balance=book.balance,
        total=book.credited,
    )


def _deciders(terms: Terms) -> tuple[str, ...]:
    """The approvers as people know them: without the name of the source."""
    return tuple(sorted({name.rpartition(":")[2] for name in terms.approvers}))


def _most(terms: Terms, deducted: Seconds) -> Seconds | None:
    """R2.7, P5: the cap on what is deducted for the estimate, multiplied already."""
    cap = terms.contract.cap
    return times(cap, deducted) if cap is not None else None


_FACTS: Mapping[MessageKind, Callable[[Assessed, Terms, str, Book], Facts]] = {
    MessageKind.ESTIMATE: _estimate,
    MessageKind.RE_ESTIMATE: _re_estimate,
    MessageKind.REMINDER: _reminder,
    MessageKind.APPROVED: _approved,
    MessageKind.DECLINED: _declined,
    MessageKind.DATE: _date,
    MessageKind.CONSUMED: _consumed,
    MessageKind.LOW_BALANCE: _low_balance,
}
