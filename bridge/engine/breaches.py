"""Missed targets in the store: recorded once, with what they rest on, and never taken back (C13).

When the judgement changes later (priority, plan, calendar, holidays), the record stays and says
what superseded it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from bridge.engine.assess import Assessed
from bridge.model import ClockName, ClockState, Hours, plain
from bridge.model.assessment import Clock
from bridge.rules.dossier import Terms
from bridge.store import breaches
from bridge.store.breaches import Breach


def note(conn: Connection, assessed: Sequence[Assessed], now: datetime) -> None:
    """Record what was missed by tickets of one source, and mark what no longer holds."""
    ours = [one for one in assessed if one.terms is not None]
    if not ours:
        return
    source = ours[0].ticket.source
    known = breaches.of_tickets(conn, source, [one.ticket.key for one in ours])
    for one in ours:
        if one.terms is not None:
            there = {(b.target, b.cycle) for b in known.get(one.ticket.key, ())}
            _record(conn, one, one.terms, there, now)
        _supersede(conn, known.get(one.ticket.key, ()), one.assessment.clocks)


def _record(
    conn: Connection, one: Assessed, terms: Terms, there: Collection[tuple[str, str]], now: datetime
) -> None:
    for clock in one.assessment.clocks:
        start, due = clock.started_at, clock.due_at
        if clock.state is not ClockState.BREACHED or start is None or due is None:
            continue
        if (clock.target, plain(start)) in there:
            continue
        breaches.record(
            conn,
            Breach(
                one.ticket.source,
                one.ticket.key,
                clock.target,
                plain(start),
                due,
                now,
                clock.why[0].cited,
                breached_at=clock.breached_at,
                basis=_basis(clock, terms, start, due),
            ),
        )


def _basis(clock: Clock, terms: Terms, start: datetime, due: datetime) -> str | None:
    """C20: what the calendar said of the days that were counted; the wall clock has nothing to
    explain."""
    if clock.hours is Hours.REAL:
        return None
    calendar = terms.extended if clock.hours is Hours.EXTENDED else terms.calendar
    if calendar is None:
        return None
    return json.dumps(calendar.basis(min(start, due), due), ensure_ascii=False, sort_keys=True)


def _supersede(conn: Connection, known: Iterable[Breach], clocks: Sequence[Clock]) -> None:
    now: dict[str, Clock] = {clock.target: clock for clock in clocks}
    for breach in known:
        clock = now.get(breach.target)
        by = _by(breach, clock)
        where = (breach.source, breach.ticket, breach.target, breach.cycle)
        if by is not None and breach.superseded_by is None:
            breaches.supersede(conn, *where, by)
        elif breach.superseded_by is not None and _holds(breach, clock):
            breaches.restore(conn, *where)


def _holds(breach: Breach, clock: Clock | None) -> bool:
    """Whether the present judgement is again what was recorded."""
    if clock is None or clock.state is not ClockState.BREACHED:
        return False
    return plain(clock.started_at) == breach.cycle and clock.due_at == breach.due_at


def _by(breach: Breach, clock: Clock | None) -> str | None:
    """What a later judgement says instead; None when the record is what it says, too."""
    if clock is None:
        return "the contract has no such time any more"
    started = plain(clock.started_at)
    if clock.started_at is not None and started != breach.cycle:
        # An earlier run of a ticket that was reopened stays what it was (C15).
        earlier = breach.target == ClockName.RESOLUTION and breach.cycle < started
        return None if earlier else f"{clock.why[0]}"
    if clock.state is ClockState.BREACHED and clock.due_at == breach.due_at:
        return None
    due = f", due {plain(clock.due_at)}" if clock.due_at else ""
    return f"{clock.why[0]}: {clock.state}{due}"
