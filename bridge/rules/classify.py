"""What a ticket is: kind, priority, severity and category, by the tool's own fields first, then by
the contract's lines, else undecided and for a person, with what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.contracts.model import Contract
from bridge.model import Kind, Priority, Reason, Severity, Ticket
from bridge.rules.commands import Command


@dataclass(frozen=True, slots=True)
class Classified:
    """A ticket's class, why, and what only a person can settle.

    `express` is true when the client's own written demand for express work counts (R0.17);
    `cross_project` for the ticket that collects meetings and calls (R2.16).
    """

    kind: Kind | None
    priority: Priority | None
    severity: Severity | None
    category: str | None = None
    express: bool = False
    cross_project: bool = False
    why: tuple[Reason, ...] = ()
    attention: tuple[Reason, ...] = ()


def classify(ticket: Ticket, contract: Contract, orders: Sequence[Command]) -> Classified:
    """The class of a ticket under a contract; a command of our people goes over everything."""
    kind = next((o.kind for o in reversed(orders) if o.kind), None) or ticket.kind
    priority = next((o.priority for o in reversed(orders) if o.priority), None) or ticket.priority
    return Classified(kind, priority, ticket.severity)
