"""Who pays for a ticket: the book of hours, or something else that the contract names."""

from __future__ import annotations

from typing import Final

from bridge.contracts.model import Contract, Cover
from bridge.model import Reason, Ticket
from bridge.rules.classify import Classified
from bridge.rules.conditions import fits

BOOK: Final = "book"
SERVICE: Final = "service"
"""The coverage of contracts without prepaid hours."""


def cover(ticket: Ticket, contract: Contract, classified: Classified) -> tuple[str, Cover, Reason]:
    """The coverage's name, what it means, and why: the first one of the contract whose signs the
    ticket has, else the contract's own."""
    for name, covered in contract.coverage.items():
        if fits(
            covered,
            ticket,
            kind=classified.kind,
            severity=classified.severity,
            priority=classified.priority,
            category=classified.category,
        ):
            return name, covered, Reason(covered.rule or f"coverage.{name}", f"it is {name}")
    if contract.prepaid is not None:
        return BOOK, Cover(charge=True, approval=True), Reason("R0.1", "charged to the book")
    return SERVICE, Cover(approval=True), Reason("prepaid", "the contract has no book of hours")
