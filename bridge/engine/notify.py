"""From what should be told to the message itself: the ticket's facts, in the client's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from bridge import messages
from bridge.engine.assess import Assessed
from bridge.model import About, BookUnit, CarryOn, Decision, Message, MessageKind, Seconds, Verdict
from bridge.model.assessment import Approval, Charge, Estimate, Notice
from bridge.rules.dossier import Terms
from bridge.rules.prepaid.book import Low
from bridge.rules.prepaid.measure import ONE, times


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
    message = messages.compose(
        _facts(telling.kind, _Case(assessed, terms, book), provider),
        terms.language,
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


@dataclass(frozen=True, slots=True)
class _Case:
    """What the facts of a message are read from."""

    assessed: Assessed
    terms: Terms
    book: Book

    @property
    def agreed(self) -> Approval:
        return self.assessed.assessment.approval

    @property
    def cost(self) -> Charge:
        return self.assessed.assessment.charge

    @property
    def stopped(self) -> Charge:
        """What the work costs if the client says no to the estimate that waits (R2.9)."""
        return self.assessed.assessment.if_declined or self.cost

    @property
    def estimate(self) -> Estimate:
        if self.agreed.estimate is None:
            raise ValueError(f"{self.assessed.ticket.ref} has no estimate to tell")
        return self.agreed.estimate

    @property
    def approved(self) -> Decision:
        """The last yes: what is told was decided."""
        found = [d for d in self.agreed.decisions if d.verdict is Verdict.APPROVE]
        if not found:
            raise ValueError(f"{self.assessed.ticket.ref} has no decision to tell")
        return found[-1]

    @property
    def deducted(self) -> Seconds:
        """What the work of the estimate takes from the book, multiplied when it is express."""
        return times(self.cost.multiplier or ONE, self.estimate.seconds)

    @property
    def low(self) -> Low:
        if self.book.low is None:
            raise ValueError(f"{self.terms.client} has hours enough, so nothing to tell")
        return self.book.low


def _facts(kind: MessageKind, case: _Case, provider: str) -> messages.Facts:
    """The facts that the row of the kind names, each as it is for what the message speaks of."""
    known = {**_ANY, **_OF_ESTIMATE} if kind.about is About.ESTIMATE else _ANY
    told: dict[str, Any] = {name: known[name](case) for name in (*kind.needs, *kind.says)}
    if kind.about is not About.BOOK:
        ticket = case.assessed.ticket
        told |= {"title": ticket.title, "ref": f"#{ticket.key}"}
    return messages.Facts(kind, provider=provider, timezone=case.terms.zone, **told)


def _free_after(case: _Case) -> Seconds | None:
    book = case.book
    has_book = case.terms.contract.prepaid is not None
    return book.balance - book.promised - case.deducted if has_book else None


def _most(case: _Case) -> Seconds | None:
    """R2.7, P5: the cap on what is deducted for the estimate, multiplied already."""
    cap = case.terms.contract.cap
    return times(cap, case.deducted) if cap is not None else None


def _deciders(case: _Case) -> tuple[str, ...]:
    """The approvers as people know them: without the name of the source."""
    return tuple(sorted({name.rpartition(":")[2] for name in case.terms.approvers}))


def _example(case: _Case) -> date:
    """R1.11: it shows how a date may be written, and lies a fortnight ahead."""
    today = case.assessed.assessment.at.astimezone(case.terms.zone).date()
    return today + timedelta(days=14)


def _day_seconds(case: _Case) -> Seconds | None:
    contract = case.terms.contract
    in_days = contract.prepaid is not None and contract.prepaid.unit is BookUnit.DAYS
    return contract.day_seconds if in_days else None


def _carried_over(case: _Case) -> bool:
    prepaid = case.terms.contract.prepaid
    return prepaid is not None and prepaid.carry.on is not CarryOn.NEVER


_OF_ESTIMATE: Final[Mapping[str, Callable[[_Case], Any]]] = {
    "worked": lambda case: case.estimate.seconds,
    "deducted": lambda case: case.deducted,
    "offered": lambda case: case.stopped.offered,
}
"""Facts that are the estimate's where a message speaks of one, and else the ticket's."""
_ANY: Final[Mapping[str, Callable[[_Case], Any]]] = {
    "number": lambda case: case.estimate.number,
    "worked": lambda case: case.cost.worked,
    "deducted": lambda case: case.cost.consumed,
    "offered": lambda case: case.cost.offered,
    "charged": lambda case: case.cost.consumed,
    "express": lambda case: case.cost.multiplier,
    "at_most": _most,
    "free_after": _free_after,
    "deciders": _deciders,
    "before": lambda case: case.agreed.previous.seconds if case.agreed.previous else 0,
    "done": lambda case: case.stopped.worked,
    "if_declined": lambda case: case.stopped.consumed,
    "since": lambda case: case.agreed.asked_at or case.estimate.at,
    "expires_at": lambda case: case.agreed.expires_at,
    "by": lambda case: case.approved.by.name or str(case.approved.by),
    "at": lambda case: case.approved.at,
    "begun": lambda case: any(d.verdict is Verdict.APPROVE for d in case.agreed.decisions),
    "example": _example,
    "balance": lambda case: case.book.balance,
    "total": lambda case: case.book.credited,
    "left": lambda case: case.low.left,
    "threshold": lambda case: case.low.threshold,
    "day_seconds": _day_seconds,
    "runs_out": lambda case: None,
    "carried_over": _carried_over,
}
"""How each fact is read. A kind of message that says no others needs nothing here."""
