"""The estimates that were given for a ticket, in order, from the tool, commands and records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from bridge.contracts.model import Contract
from bridge.model import CommandName, EventKind, Person, RecordKind, Role, Seconds
from bridge.model.assessment import Estimate
from bridge.rules.dossier import Dossier
from bridge.rules.facts import Facts

TOOL = "tool"


class _Said(NamedTuple):
    at: datetime
    order: int
    seconds: Seconds | None
    by: Person | None
    origin: str


def gather_estimates(dossier: Dossier) -> tuple[Estimate, ...]:
    """Every estimate, numbered from 1. Saying the same again is no new estimate; an estimate that
    was taken away leaves none: the tuple then ends before it, and the ticket has no current one.
    """
    said = [*_in_tool(dossier.facts), *_by_command(dossier.facts), *_by_record(dossier)]
    if len(said) > 1:
        said.sort(key=attrgetter("at", "order"))
    estimates: list[Estimate] = []
    current: Seconds | None = None
    for item in said:
        if item.seconds is None and item.origin == TOOL:
            current = None
        elif item.seconds is not None and item.seconds != current:
            current = item.seconds
            number = len(estimates) + 1
            estimates.append(Estimate(number, item.at, item.by, item.seconds, item.origin))
    return tuple(estimates)


def find_current(given: Sequence[Estimate], facts: Facts) -> Estimate | None:
    """The estimate that holds now: the last one, unless the tool's own was emptied since."""
    if not given:
        return None
    last = given[-1]
    later = (e for e in facts.changes(EventKind.ESTIMATE) if e.at > last.at)
    return None if any(_seconds(e.new) is None for e in later) else last


def is_small(contract: Contract, estimate: Estimate) -> bool:
    """R0.2, R0.3b: whether an estimate is so small that the work is done at once."""
    if contract.threshold is None:
        return False
    if estimate.seconds == contract.threshold:
        return not contract.threshold_inclusive
    return estimate.seconds < contract.threshold


def _in_tool(facts: Facts) -> list[_Said]:
    ticket, changes = facts.ticket, facts.changes(EventKind.ESTIMATE)
    first = _seconds(changes[0].old) if changes else ticket.estimate
    # Some tools keep no history: who filled in the field is then not known, but no client did.
    by = ticket.requester if ticket.opened_by is Role.PROVIDER else None
    said = [_Said(ticket.created_at, 0, first, by, TOOL)] if first else []
    # What the bridge wrote is the echo of somebody's estimate, never a newer one.
    return said + [_Said(e.at, 1, _seconds(e.new), e.actor, TOOL) for e in changes if not e.own]


def _by_command(facts: Facts) -> list[_Said]:
    return [
        _Said(o.at, 2, o.seconds, o.by, f"comment {o.key}")
        for o in facts.orders
        if o.name is CommandName.ESTIMATE
    ]


def _by_record(dossier: Dossier) -> list[_Said]:
    return [
        _Said(r.at, 3, r.seconds, Person(name=r.by), "bridge estimate")
        for r in dossier.records
        if r.kind is RecordKind.ESTIMATE
    ]


def _seconds(text: str | None) -> Seconds | None:
    """An event's value; zero is how some tools write an empty estimate."""
    return int(text) or None if text else None
