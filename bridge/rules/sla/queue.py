"""Whose turn it is: in which order requests are treated (R3.5)."""

from __future__ import annotations

from datetime import datetime
from typing import Final, TypeAlias

from bridge.contracts.model import Contract
from bridge.model import Priority, Ticket
from bridge.model.assessment import Assessment

QueuePlace: TypeAlias = tuple[int, int, datetime]
_UNRANKED: Final = 1000


def queue_place(ticket: Ticket, assessment: Assessment, contract: Contract | None) -> QueuePlace:
    """The place of a request among others, the smallest first: by the plan's rank, then by
    criticality, then by arrival. An undecided priority may be the highest one and counts as it;
    a contract without ranks comes after those that have them."""
    plan = contract.plan if contract is not None else None
    rank = contract.rank.get(plan, _UNRANKED) if contract is not None and plan else _UNRANKED
    return rank, assessment.priority or Priority.CRITICAL, ticket.started_at
