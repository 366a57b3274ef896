"""The ticket that collects meetings and calls [gestion de projet transverse] (R2.16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bridge.contracts.model import Contract
from bridge.model import Reason, Seconds
from bridge.model.durations import short


@dataclass(frozen=True, slots=True)
class Month:
    """What was worked for one client in one local month, `cross` of it across projects."""

    name: str
    worked: Seconds
    cross: Seconds


def sign(contract: Contract, labels: Sequence[str], category: str | None = None) -> Reason | None:
    """By what a ticket with these labels and this category is the cross-project one, if it is."""
    signs = contract.cross_project
    if signs is None or not (labels or category):
        return None
    for name, key, listed, present in (
        ("label", "cross_project.labels", signs.labels, labels),
        (
            "category",
            "cross_project.categories",
            signs.categories,
            (category,) if category else (),
        ),
    ):
        wanted = {word.casefold() for word in listed}
        if found := next((word for word in present if word.casefold() in wanted), None):
            return Reason(key, f'the cross-project ticket, by its {name} "{found}"')
    return None


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
    return Reason("cross_project.hint_share", text)
