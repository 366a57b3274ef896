"""Promised times: when a clock starts, pauses, stops, what is due, and whether it was kept.

Start, stop and pauses come from the ticket's own history; due times from the contract's working
calendar. Conventions C1 to C20 hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from bridge.contracts.model import Target
from bridge.contracts.within import Measure, Within
from bridge.model import (
    ApprovalState,
    Clock,
    ClockState,
    Event,
    Reason,
    Role,
    Seconds,
    State,
    Ticket,
)
from bridge.rules.classify import Classified
from bridge.rules.conditions import fits
from bridge.rules.dossier import Terms
from bridge.worktime import CalendarError, WorkCalendar

RESPONSE: Final = "response"
CLOCKS: Final = ("response", "workaround", "resolution")
_Pause = tuple[datetime, datetime | None]
_NO_TARGET: Final = (Measure.PLANNING, Measure.NONE)


def clocks(
    ticket: Ticket,
    terms: Terms,
    classified: Classified,
    approval: ApprovalState,
    now: datetime,
) -> tuple[Clock, ...]:
    """Every clock for which the contract has a table, as it stands at `now`."""
    tables = terms.contract.targets
    found = []
    for name in CLOCKS:
        rows: tuple[Target, ...] = getattr(tables, name)
        if not rows:
            continue
        row = _choose(rows, ticket, classified, approval)
        if row is None or row.within.measure in _NO_TARGET:
            rule = (row.rule if row else "") or f"targets.{name}"
            text = f"no time: {row.within}" if row else "no line of the table fits"
            found.append(Clock(name, ClockState.NONE, why=(Reason(rule, text),)))
        else:
            found.append(_run(name, row, ticket, terms, now))
    return tuple(found)


def history(ticket: Ticket) -> tuple[tuple[datetime, State | None], ...]:
    """The states of a ticket with the moments they began, oldest first.

    The first one is what the oldest change names as the value before it, or the state of now."""
    changes = sorted((e for e in ticket.events if e.kind == "state"), key=lambda e: e.at)
    first = _state(changes[0].old) if changes else ticket.state
    return ((ticket.created_at, first), *((e.at, _state(e.new)) for e in changes))


def first_reaction(ticket: Ticket) -> tuple[datetime, str] | None:
    """When a person of ours first answered in public or began to work, and how.

    Receipts, private notes, the bridge's own messages and the client's do not count.
    """
    answers = [
        (c.at, f"answered by {c.author}")
        for c in ticket.comments
        if c.role is Role.PROVIDER and c.public and not c.automatic
    ]
    starts = [
        (e.at, f"begun by {e.actor}" if e.actor else "begun")
        for e in ticket.events
        if _is_start(e, ticket)
    ]
    return min([*answers, *starts], default=None)


def _is_start(event: Event, ticket: Ticket) -> bool:
    """Whether a change of state means that somebody of ours began: never the requester's own."""
    if event.kind != "state" or event.own or event.old != State.NEW.value:
        return False
    by_client = event.actor is not None and event.actor == ticket.requester
    begun = (State.OPEN.value, State.RESOLVED.value, State.CLOSED.value)
    return event.new in begun and not by_client


def _choose(
    rows: Sequence[Target], ticket: Ticket, classified: Classified, approval: ApprovalState
) -> Target | None:
    """The first line that fits. What is undecided fits any line: the strictest stands first."""
    for row in rows:
        if row.approval is not None and row.approval is not approval:
            continue
        if fits(
            row,
            ticket,
            kind=classified.kind,
            severity=classified.severity,
            priority=classified.priority,
            category=classified.category,
            undecided=True,
        ):
            return row
    return None


def _run(name: str, row: Target, ticket: Ticket, terms: Terms, now: datetime) -> Clock:
    started = ticket.created_at
    rule = row.rule or f"targets.{name}"
    if name == RESPONSE:
        pauses: tuple[_Pause, ...] = ()
        reaction = first_reaction(ticket)
        met, how = reaction if reaction else (None, "")
    else:
        started = _cycle_start(ticket)
        pauses = tuple(_pauses(ticket, started))
        met, how = _finished(ticket, started), "resolved"
    reason = Reason(rule, f"{row.within}, from {started:%Y-%m-%d %H:%M} UTC")
    try:
        due = _due(row.within, started, terms, pauses)
        elapsed = _counted(row.within, started, met or now, terms, pauses)
    except CalendarError as error:
        unreachable = (reason, Reason("C20", str(error)))
        return Clock(name, ClockState.NONE, started, None, met, 0, unreachable)
    state = _judge(row.within, due, elapsed, met, now, terms, pauses)
    kept = (Reason("C12", f"{how} {met:%Y-%m-%d %H:%M} UTC"),) if met else ()
    return Clock(name, state, started, due, met, elapsed, (reason, *kept))


def _due(
    within: Within, started: datetime, terms: Terms, pauses: Sequence[_Pause]
) -> datetime | None:
    calendar, cutoff = terms.calendar, terms.contract.same_day_cutoff
    if within.measure is Measure.SAME_DAY:
        return calendar.due_same_day(started, cutoff)
    if within.measure is Measure.BUSINESS_DATES:
        return calendar.due_in_business_dates(started, within.amount, cutoff)
    if within.measure is Measure.REAL_TIME:
        return WorkCalendar.round_the_clock().add(started, within.amount, pauses)
    return calendar.add(started, _amount(within, terms), pauses)


def _counted(
    within: Within, started: datetime, until: datetime, terms: Terms, pauses: Sequence[_Pause]
) -> Seconds:
    """Seconds counted so far: by the wall clock for real time, else while the calendar is open."""
    if within.measure is Measure.REAL_TIME:
        return WorkCalendar.round_the_clock().between(started, until, pauses)
    return terms.calendar.between(started, until, pauses)


def _judge(
    within: Within,
    due: datetime | None,
    elapsed: Seconds,
    met: datetime | None,
    now: datetime,
    terms: Terms,
    pauses: Sequence[_Pause],
) -> ClockState:
    """C12: late is what was counted beyond the target. Equal is in time, and so is an answer
    before the next opening after a due time at closing."""
    reached = met or now
    if due is not None:
        late = _counted(within, due, reached, terms, pauses) if reached > due else 0
        if late > 0:
            return ClockState.BREACHED
    if met is not None:
        return ClockState.MET
    paused = any(begin <= now and (end is None or now < end) for begin, end in pauses)
    return ClockState.PAUSED if paused or due is None else ClockState.RUNNING


def _amount(within: Within, terms: Terms) -> Seconds:
    if within.measure is Measure.BUSINESS_TIME:
        return within.amount
    day = terms.contract.day_seconds
    if day is None:
        raise CalendarError("a target in days needs the contract's day_seconds (C19)")
    return within.amount * day


def _cycle_start(ticket: Ticket) -> datetime:
    """C15: reopening starts a new cycle."""
    start, finished = ticket.created_at, False
    for at, state in history(ticket):
        over = state is not None and state.is_finished
        if finished and not over:
            start = at
        finished = over
    return start


def _finished(ticket: Ticket, since: datetime) -> datetime | None:
    """When the ticket was resolved in the cycle that began at `since`, and is still."""
    if ticket.is_open:
        return None
    ends = [at for at, state in history(ticket) if state and state.is_finished and at >= since]
    return min(ends, default=ticket.updated_at)


def _pauses(ticket: Ticket, since: datetime) -> Iterator[_Pause]:
    """While the client is awaited (C11)."""
    begin: datetime | None = None
    for at, state in history(ticket):
        waiting = state is State.AWAITING_CLIENT
        if waiting and begin is None:
            begin = at
        elif not waiting and begin is not None:
            if at > since:
                yield (begin, at)
            begin = None
    if begin is not None:
        yield (begin, None)


def _state(word: str | None) -> State | None:
    return State(word) if word else None
