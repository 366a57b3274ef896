"""A ticket that changes class while its clocks run (C14).

The target of now counts from the original start. Whether it was missed is asked of each target in
the time in which it was in force: nobody is late before a rule applied, and nobody is late by a
target that came after the goal was reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
)
from bridge.rules.approval.express import demand
from bridge.rules.case import Case
from bridge.rules.classification.settle import settle
from bridge.rules.facts import Facts, Known
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


def size(name: ClockName, case: Case, at: datetime | None = None) -> Seconds | None:
    """The estimate that counts for a clock, now or `at` a moment: for the delivery the one that
    was agreed (R2.13), else the last one given by then (R2.12b)."""
    if name is ClockName.DELIVERY:
        return case.approval.standing.seconds if case.approval.standing else None
    if at is None:
        return case.approval.estimate.seconds if case.approval.estimate else None
    known = [e.seconds for e in case.given if e.at <= at]
    return known[-1] if known else None


def signs(name: ClockName, case: Case) -> Signs:
    """What the ticket is now."""
    known, express = case.classified.known, case.classified.express
    return Signs(case.facts, known, express, size(name, case), case.approval.state)


def periods(
    name: ClockName,
    case: Case,
    start: datetime,
    until: datetime,
    now: Target,
    changes: Iterable[datetime],
) -> Periods:
    """The lines in force from `start` until `until`, each with the moment from which it was, for a
    ticket whose class may have changed at these moments.

    `now` is the line of `case.now`. Of the approval's state and of labels no earlier value is
    known: they count as they stand.
    """
    moments = sorted({*changes})
    inside = [start, *(at for at in moments if start < at <= until)]
    lines = [(at, choose(name, case.terms, _signs_at(name, case, at))) for at in inside]
    if not moments or moments[-1] <= until:
        lines[-1] = (lines[-1][0], now)
    return [one for number, one in enumerate(lines) if not number or one[1] != lines[number - 1][1]]


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


def find_changes(case: Case) -> list[datetime]:
    """When the class of the ticket may have changed."""
    moments = [e.at for kind in _CLASSES for e in case.facts.changes(kind)]
    moments += [o.at for o in case.facts.orders if o.name in _ORDERS]
    moments += [e.at for e in case.given]
    if case.classified.express:  # R0.17: it became so by what the client wrote
        moments += [c.at for c in case.ticket.comments if c.role is Role.CLIENT]
    return moments


def _signs_at(name: ClockName, case: Case, at: datetime) -> Signs:
    """What the ticket was then: its own fields, the comments and the commands up to that moment."""
    if at not in case.earlier:
        case.earlier[at] = _class_at(case, at)
    known, express = case.earlier[at]
    return Signs(case.facts, known, express, size(name, case, at), case.approval.state)


def _class_at(case: Case, at: datetime) -> tuple[Known, bool]:
    facts, terms, classified = case.facts, case.terms, case.classified
    kind = _value(facts, EventKind.KIND, at)
    severity = _value(facts, EventKind.SEVERITY, at)
    priority = None if _was_ours(facts, at) else _value(facts, EventKind.PRIORITY, at)
    estimate = _value(facts, EventKind.ESTIMATE, at)
    shown = Known(
        Kind(kind) if kind else None,
        Severity(severity) if severity else None,
        Priority(int(priority)) if priority else None,
        None,
        int(estimate) if estimate else None,
    )
    orders = [order for order in facts.orders if order.at <= at]
    known = settle(classified.hits, terms.contract, shown, orders).known
    wish = demand(facts, terms.contract.express, known, terms.zone, at)
    return known, wish.counts


def _was_ours(facts: Facts, at: datetime) -> bool:
    """Whether the priority that the tool showed at a moment was what the bridge had written."""
    changes = facts.changes(EventKind.PRIORITY)
    if not changes:
        return facts.written
    before = [e.own for e in changes if e.at <= at]
    return before[-1] if before else False


def _value(facts: Facts, kind: EventKind, at: datetime) -> str | None:
    """A field's value at a moment, as its changes tell it, else as it stands."""
    changes = facts.changes(kind)
    if not changes:
        value = getattr(facts.ticket, kind)
        return None if value is None else str(int(value) if isinstance(value, int) else value)
    before = [e.new for e in changes if e.at <= at]
    return before[-1] if before else changes[0].old
