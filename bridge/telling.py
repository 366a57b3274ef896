"""From what should be told to the message itself: the ticket's facts, in the client's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bridge import messages
from bridge.judge import Judged
from bridge.model import Estimate, Message, Seconds, Telling
from bridge.rules.dossier import Terms

Facts = messages.Facts


@dataclass(frozen=True, slots=True)
class Book:
    """A client's hours: what is left, and what was credited in all."""

    balance: Seconds
    credited: Seconds


def compose(
    telling: Telling, judged: Judged, provider: str, book: Book, *, by_mail: bool
) -> Message:
    """The message that `telling` asks for, in the client's language.

    `by_mail` is for tools that send mail themselves: the message then names its recipients and
    begins with the line above which an answer is written.
    """
    terms = judged.terms
    if terms is None:
        raise ValueError(f"{judged.ticket.ref} has no contract, so nobody to tell")
    facts = _FACTS[telling.kind](judged, terms, provider, book)
    message = messages.compose(
        telling.kind,
        terms.language,
        facts,
        public=telling.public,
        recipients=_recipients(judged, terms) if by_mail else (),
    )
    # In a tool an answer stands in a comment of its own: no line to answer above.
    return message if by_mail or not message.asks else replace(message, parts=message.parts[1:])


def _recipients(judged: Judged, terms: Terms) -> tuple[str, ...]:
    """Those who may decide and have a mail address; else who asked. Never anybody else (E12)."""
    source = f"{judged.ticket.source}:"
    named = {name.removeprefix(source) for name in terms.approvers}
    addresses = sorted(name for name in named if "@" in name and ":" not in name)
    asker = judged.ticket.requester.address
    if asker and not any(c.doubts for c in judged.ticket.comments[:1]):
        addresses = [asker, *(a for a in addresses if a != asker)]
    return tuple(addresses)


def _common(judged: Judged, terms: Terms, provider: str) -> dict[str, object]:
    ticket = judged.ticket
    return {
        "provider": provider,
        "timezone": terms.zone,
        "title": ticket.title,
        "ref": f"#{ticket.key}",
    }


def _estimate_of(judged: Judged) -> Estimate:
    estimate = judged.assessment.approval.estimate
    if estimate is None:
        raise ValueError(f"{judged.ticket.ref} has no estimate to tell")
    return estimate


def _estimate(judged: Judged, terms: Terms, provider: str, book: Book) -> Facts:
    estimate = _estimate_of(judged)
    return messages.EstimateFacts(
        **_common(judged, terms, provider),  # type: ignore[arg-type]
        number=estimate.number,
        worked=estimate.seconds,
        deducted=estimate.seconds,
        at_most=_most(terms, estimate),
        free_after=book.balance - estimate.seconds,
        deciders=_deciders(terms),
    )


def _re_estimate(judged: Judged, terms: Terms, provider: str, book: Book) -> Facts:
    estimate = _estimate_of(judged)
    cost = judged.assessment.charge
    previous = judged.assessment.approval.previous
    return messages.ReEstimateFacts(
        **_common(judged, terms, provider),  # type: ignore[arg-type]
        number=estimate.number,
        worked=estimate.seconds,
        before=previous.seconds if previous is not None else 0,
        done=cost.worked,
        deducted=estimate.seconds,
        if_declined=cost.consumed,
        offered=cost.chargeable - cost.consumed,
        at_most=_most(terms, estimate),
    )


def _approved(judged: Judged, terms: Terms, provider: str, book: Book) -> Facts:
    estimate = _estimate_of(judged)
    decision = judged.assessment.approval.decisions[-1]
    return messages.ApprovedFacts(
        **_common(judged, terms, provider),  # type: ignore[arg-type]
        number=estimate.number,
        by=decision.by.name or str(decision.by),
        at=decision.at,
        worked=estimate.seconds,
        deducted=estimate.seconds,
    )


def _declined(judged: Judged, terms: Terms, provider: str, book: Book) -> Facts:
    return messages.DeclinedFacts(
        **_common(judged, terms, provider),  # type: ignore[arg-type]
        number=_estimate_of(judged).number,
        deducted=judged.assessment.charge.consumed,
    )


def _consumed(judged: Judged, terms: Terms, provider: str, book: Book) -> Facts:
    cost = judged.assessment.charge
    return messages.ConsumedFacts(
        **_common(judged, terms, provider),  # type: ignore[arg-type]
        worked=cost.worked,
        deducted=cost.consumed,
        offered=cost.offered,
        balance=book.balance,
        total=book.credited,
    )


def _deciders(terms: Terms) -> tuple[str, ...]:
    """The approvers as people know them: without the name of the source."""
    return tuple(sorted({name.rpartition(":")[2] for name in terms.approvers}))


def _most(terms: Terms, estimate: Estimate) -> Seconds | None:
    cap = terms.contract.cap
    return int(cap * estimate.seconds) if cap is not None else None


_FACTS: Mapping[str, Callable[[Judged, Terms, str, Book], Facts]] = {
    "estimate": _estimate,
    "re-estimate": _re_estimate,
    "approved": _approved,
    "declined": _declined,
    "consumed": _consumed,
}
