"""The ticket that collects meetings and calls [gestion de projet transverse] (R2.16)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from bridge.contracts.model import Contract
from bridge.durations import short
from bridge.model import Reason, Seconds, Ticket
from bridge.rules.classify import Classified


@dataclass(frozen=True, slots=True)
class Month:
    """What was worked for one client in one local month, `cross` of it across projects."""

    name: str
    worked: Seconds
    cross: Seconds


def is_cross_project(contract: Contract, labels: Iterable[str], category: str | None) -> bool:
    """Whether a ticket with these labels and this category is the cross-project one."""
    signs = contract.cross_project
    if signs is None:
        return False
    wanted = {label.casefold() for label in signs.labels}
    categories = {name.casefold() for name in signs.categories}
    known = category is not None and category.casefold() in categories
    return known or any(label.casefold() in wanted for label in labels)


def marked(ticket: Ticket, contract: Contract, classified: Classified) -> Classified:
    """The class with `cross_project` set where the ticket's signs say so."""
    if classified.cross_project or not is_cross_project(
        contract, ticket.labels, classified.category
    ):
        return classified
    return replace(classified, cross_project=True)


def hint(contract: Contract, month: Month) -> Reason | None:
    """A share above the usual one, shown and never blocked; exactly that share is usual."""
    usual = contract.cross_project.hint_share if contract.cross_project else None
    if usual is None or Decimal(month.cross) <= usual * month.worked:
        return None
    percent = month.cross * 100 // month.worked
    text = (
        f"across projects {short(month.cross)} of {short(month.worked)} worked in {month.name}: "
        f"{percent} %, usually {(usual * 100).normalize():f} %"
    )
    return Reason("R2.16", text)
