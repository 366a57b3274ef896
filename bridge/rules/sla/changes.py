"""A ticket that changes class while its clocks run (C14).

The target of now counts from the original start. Whether it was missed is asked of each target in
the time in which it was in force: nobody is late before a rule applied, and nobody is late by a
target that came after the goal was reached.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeAlias

from bridge.contracts.model import Target
from bridge.model import (
    ClockName,
    CommandName,
    EventKind,
    Kind,
    Priority,
    Role,
    Seconds,
    Severity,
    Ticket,
)
from bridge.rules.classification.classify import Classified, classify
from bridge.rules.sla.facts import Facts
from bridge.rules.sla.targets import Promise, Signs, choose

Periods: TypeAlias = Sequence[tuple[datetime, Target | None]]
_CLASSES: Final = (
    EventKind.KIND,
    EventKind.PRIORITY,
    EventKind.SEVERITY,
    EventKind.ESTIMATE,
)
_ORDERS: Final = (
    CommandName.INCIDENT,
    CommandName.REQUEST,
    CommandName.PRIORITY,
    CommandName.EXPRESS,
)


def size(name: ClockName, facts: Facts, at: datetime | None = None) -> Seconds | None:
    """The estimate that counts for a clock, now or `at` a moment: for the delivery the one that
    was agreed (R2.13), else the last one given by then (R2.12b)."""
    if name is ClockName.DELIVERY:
        return facts.approval.standing.seconds if facts.approval.standing else None
    if at is None:
        return facts.approval.estimate.seconds if facts.approval.estimate else None
    known = [e.seconds for e in facts.given if e.at <= at]
    return known[-1] if known else None


def signs(name: ClockName, facts: Facts) -> Signs:
    """What the ticket is now."""
    return Signs(facts.ticket, facts.classified, size(name, facts), facts.approval.state)


def periods(
    name: ClockName, facts: Facts, start: datetime, until: datetime, now: Target
) -> Periods:
    """The lines in force from `start` until `until`, each with the moment from which it was.

    `now` is the line of `facts.now`. Of the approval's state and of labels no earlier value is
    known: they count as they stand.
    """
    moments = sorted({*changes(facts)})
    inside = [start, *(at for at in moments if start < at <= until)]
    found = [(at, choose(name, facts.terms, _signs_at(name, facts, at))) for at in inside]
    if not moments or moments[-1] <= until:
        found[-1] = (found[-1][0], now)
    return [one for number, one in enumerate(found) if not number or one[1] != found[number - 1][1]]


def late_since(
    lines: Periods, made: Callable[[Target], Promise | None], reached: datetime, done: bool
) -> datetime | None:
    """Since when a clock is late that was stopped at `reached`, or stands there: None when it is
    not. A target that came to lie in the past by a change is missed at that change."""
    since: datetime | None = None
    end = reached
    for begin, row in reversed(lines):
        promised = made(row) if row is not None else None
        if promised is None or promised.due is None or not promised.is_late(end):
            break
        since, end = max(promised.due, begin), begin
        if since > begin:
            break
    return None if done and since is not None and since >= reached else since


def changes(facts: Facts) -> list[datetime]:
    """When the class of the ticket may have changed."""
    found = [e.at for e in facts.ticket.events if e.kind in _CLASSES]
    found += [o.at for o in facts.orders if o.name in _ORDERS]
    found += [e.at for e in facts.given]
    if facts.classified.express:  # R0.17: it became so by what the client wrote
        found += [c.at for c in facts.ticket.comments if c.role is Role.CLIENT]
    return found


def _signs_at(name: ClockName, facts: Facts, at: datetime) -> Signs:
    """What the ticket was then: its own fields, the comments and the commands up to that moment."""
    if at not in facts.earlier:
        facts.earlier[at] = _earlier(facts, at)
    then, known = facts.earlier[at]
    return Signs(then, known, size(name, facts, at), facts.approval.state)


def _earlier(facts: Facts, at: datetime) -> tuple[Ticket, Classified]:
    ticket = facts.ticket
    kind = _value(ticket, EventKind.KIND, at)
    priority = _value(ticket, EventKind.PRIORITY, at)
    severity = _value(ticket, EventKind.SEVERITY, at)
    estimate = _value(ticket, EventKind.ESTIMATE, at)
    then = replace(
        ticket,
        kind=Kind(kind) if kind else None,
        priority=Priority(int(priority)) if priority else None,
        severity=Severity(severity) if severity else None,
        estimate=int(estimate) if estimate else None,
        comments=tuple(c for c in ticket.comments if c.at <= at),
    )
    orders = tuple(o for o in facts.orders if o.at <= at)
    written = _was_ours(facts, at)
    terms = facts.terms
    return then, classify(then, terms.contract, orders, zone=terms.zone, written=written)


def _was_ours(facts: Facts, at: datetime) -> bool:
    """Whether the priority that the tool showed at a moment was what the bridge had written."""
    changes = sorted(
        (e for e in facts.ticket.events if e.kind == EventKind.PRIORITY), key=lambda e: e.at
    )
    if not changes:
        return facts.written
    before = [e.own for e in changes if e.at <= at]
    return before[-1] if before else False


def _value(ticket: Ticket, field: EventKind, at: datetime) -> str | None:
    """A field's value at a moment, as its changes tell it, else as it stands."""
    changes = [e for e in ticket.events if e.kind == field]
    if not changes:
        value = getattr(ticket, field)
        return None if value is None else str(int(value) if isinstance(value, int) else value)
    changes.sort(key=lambda e: e.at)
    before = [e.new for e in changes if e.at <= at]
    return before[-1] if before else changes[0].old
