"""Whether a ticket fits the signs that a line of a contract gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from datetime import UTC, tzinfo
from typing import Any, Final

from bridge.contracts.conditions import Condition
from bridge.model import Update
from bridge.model.phrases import LARGEST
from bridge.rules.facts import Facts, Known

_VERSIONS: Final = re.compile(r"(?<![\d.])(\d{1,4}(?:\.\d{1,4}){1,2})(?![\d.])")


def fits(
    condition: Condition,
    facts: Facts,
    known: Known,
    zone: tzinfo = UTC,
    *,
    undecided: bool = False,
) -> bool:
    """Whether every sign that is given holds. `undecided` is what an unknown kind, severity or
    priority counts as: true for tables that stand from the strictest line to the mildest. `zone`
    is where the date of receipt is read off."""
    return (
        fits_class(condition, known, undecided=undecided)
        and fits_ticket(condition, facts, zone)
        and (condition.wording is None or condition.wording.find(facts.text) is not None)
    )


def fits_class(condition: Condition, known: Known, *, undecided: bool = False) -> bool:
    """Whether the signs hold that ask for what may still be undecided, or be another later."""
    for name, wanted in condition.of_class:
        value = getattr(known, name)
        if value != wanted and not (undecided and value is None):
            return False
    least = condition.min_estimate
    return least is None or (known.estimate or 0) >= least


def fits_ticket(condition: Condition, facts: Facts, zone: tzinfo = UTC) -> bool:
    """Whether the signs hold that ask for the ticket's labels, origin and dates; its words are
    looked for elsewhere."""
    signs = condition.of_ticket
    return not signs or all(_CHECKS[name](wanted, facts, zone) for name, wanted in signs)


def update_in(facts: Facts) -> Update | None:
    """Which number changes between the two versions that a title or message names, if it does."""
    ticket = facts.ticket
    versions = _VERSIONS.findall(f"{ticket.title}\n{ticket.body[:LARGEST]}")
    if len(versions) < 2:
        return None
    before, after = ([*map(int, v.split(".")), 0][:3] for v in versions[:2])
    levels = (Update.MAJOR, Update.MINOR, Update.PATCH)
    return next((u for u, a, b in zip(levels, before, after, strict=True) if a != b), None)


def _is_late(facts: Facts, days: int, zone: tzinfo) -> bool:
    """Whether a date is agreed that lies more than so many days after the receipt."""
    due, start = facts.ticket.due_on, facts.ticket.started_at
    return due is not None and (due - start.astimezone(zone).date()).days > days


def _is_one(wanted: Set[str], name: str | None) -> bool:
    return bool(name) and (name or "").casefold() in wanted


_CHECKS: Final[Mapping[str, Callable[[Any, Facts, tzinfo], bool]]] = {
    "labels": lambda wanted, facts, _: not wanted.isdisjoint(facts.labels),
    "projects": lambda wanted, facts, _: _is_one(wanted, facts.ticket.project),
    "organisations": lambda wanted, facts, _: _is_one(wanted, facts.ticket.organisation),
    "sources": lambda wanted, facts, _: _is_one(wanted, facts.ticket.source),
    "channels": lambda wanted, facts, _: facts.ticket.channel in wanted,
    "update": lambda wanted, facts, _: update_in(facts) is wanted,
    "due_after_days": lambda wanted, facts, zone: _is_late(facts, wanted, zone),
}
"""How each sign of a ticket is looked for."""
