"""Who pays for a ticket: the book of hours, or something else that the contract names."""

from __future__ import annotations

from typing import Final

from bridge.contracts.model import Contract, Cover
from bridge.model import Reason, Ticket

BOOK: Final = "book"
SERVICE: Final = "service"
"""The coverage of contracts without prepaid hours."""


def cover(ticket: Ticket, contract: Contract) -> tuple[str, Cover, Reason]:
    """The coverage's name, what it means, and why: the first one of the contract whose label or
    channel the ticket has, else the contract's own."""
    labels = {label.casefold() for label in ticket.labels}
    for name, covered in contract.coverage.items():
        if found := next((w for w in covered.labels if w.casefold() in labels), None):
            return name, covered, Reason(covered.rule or f"coverage.{name}", f'label "{found}"')
        if ticket.channel in covered.channels:
            clause = covered.rule or f"coverage.{name}"
            return name, covered, Reason(clause, f"asked by {ticket.channel}")
    if contract.prepaid is not None:
        return BOOK, Cover(charge=True, approval=True), Reason("R0.1", "charged to the book")
    return SERVICE, Cover(approval=True), Reason("prepaid", "the contract has no book of hours")
