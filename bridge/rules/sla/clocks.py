"""Promised times: for each clock what is due, how it stands, and whether it was kept.

The way in (`channels`) and the ticket's history (`history`, `runs`) say from when to when a clock
counts, the contract (`targets`) what is promised, `changes` what a change of class does to it.
Conventions C1 to C20 hold.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Final, NamedTuple

from bridge.calendars.worktime import CalendarError
from bridge.contracts.model import Target
from bridge.model import ClockName, ClockState, Pricing, Reason
from bridge.model.assessment import Clock
from bridge.model.moments import minute
from bridge.rules.case import Case
from bridge.rules.dossier import P3
from bridge.rules.sla.changes import find_changes, late_since, periods, signs, size
from bridge.rules.sla.channels import Intake, find_intake
from bridge.rules.sla.history import Past, read_past
from bridge.rules.sla.spans import Span, find_span
from bridge.rules.sla.targets import TARGETS, Promise, choose, promise

_OFF_WHEN_FIXED: Final = (ClockName.RESPONSE, ClockName.WORKAROUND, ClockName.RESOLUTION)
_OWN: Final = Reason("history", "times are as the tool itself recorded them")
_SECOND: Final = timedelta(seconds=1)
_SEEN: Final = Reason(
    "history", "the tool does not tell when it changed: the time is that of the pass that saw it"
)


class Clocks(NamedTuple):
    """The clocks of a request, what a person should see of the way it came in, and when time alone
    changes a clock (past moments among them)."""

    all: tuple[Clock, ...]
    flagged: tuple[Reason, ...] = ()
    wakes: tuple[datetime | None, ...] = ()


def read_clocks(case: Case) -> Clocks:
    """Every clock for which the contract has a table, as it stands at `case.now`."""
    names = tuple(case.terms.rows)
    if not names:
        return Clocks(
            (_none(ClockName.RESPONSE, Reason("targets.response", "the contract gives no time")),)
        )
    if (off := _off(case)) is not None:
        return Clocks(tuple(_none(name, off) for name in names))
    try:
        came = find_intake(case)
    except CalendarError as error:
        return Clocks(tuple(_none(name, Reason("C20", str(error))) for name in names))
    before = read_past(case.facts)
    wakes: list[datetime | None] = []
    every = tuple(_clock(name, case, came, before, wakes) for name in names)
    return Clocks(every, came.flagged if case.ticket.is_open else (), tuple(wakes))


def _off(case: Case) -> Reason | None:
    """Why no clock of this ticket runs at all, if none does."""
    if not case.contract.maintenance:
        return Reason("maintenance", "promised times belong to a maintenance contract")
    if not case.covered.clocks:
        return Reason("coverage", "the promised times do not apply to it", case.covered.rule)
    if case.classified.cross_project:
        return Reason("cross_project", "it collects meetings and calls: nothing is promised")
    if not case.ticket.complete:
        return Reason("complete", "only its head was read: nobody knows when it was answered")
    return None


def _clock(
    name: ClockName, case: Case, came: Intake, before: Past, wakes: list[datetime | None]
) -> Clock:
    """One clock; when time alone changes it is added to `wakes`."""
    contract = case.contract
    fixed = contract.pricing is Pricing.FIXED and name in _OFF_WHEN_FIXED
    if fixed and f"targets.{name}" not in contract.own_keys:
        return _none(name, Reason("pricing", "a fixed price has no times but its own"))
    row = choose(name, case.terms, signs(name, case))
    if row is None:
        return _none(name, Reason(f"targets.{name}", "no line of the table fits"))
    try:
        counted = find_span(name, case, came, before)
        return _run(name, row, counted, case, before, wakes)
    except CalendarError as error:
        return _none(name, _because(name, row, str(row.within)), Reason("C20", str(error)))


def _run(
    name: ClockName,
    row: Target,
    counted: Span,
    case: Case,
    before: Past,
    wakes: list[datetime | None],
) -> Clock:
    """A clock that has a line: as it stands now, or why it does not count."""
    start, met, now = counted.start, counted.met, case.now
    if start is None:
        return _none(name, *counted.why)
    estimate, agreed = size(name, case), case.ticket.due_on

    def made(line: Target) -> Promise | Reason:
        return promise(line, start, case.terms, counted.pauses, estimate=estimate, agreed=agreed)

    promised = made(row)
    if isinstance(promised, Reason):
        return _none(name, _of_table(name, promised))
    done = met is not None
    reached = met.at if met else now
    since = None
    why = list(counted.why)
    elapsed = promised.counted.until(reached)
    late, due = elapsed > promised.seconds, promised.due
    moments = find_changes(case) if late else ()
    if late and due is not None and all(at < due for at in moments):
        since = max(start, due)  # nothing changed since it was due
    elif late:
        lines = periods(name, case, start, reached, row, moments)

        def kept(line: Target) -> Promise | None:
            return promised if line is row else _kept(made(line))

        since = late_since(lines, kept, reached, done)
        then = lines[-1][1]
        if since is None and then is not None and then != row:
            why.append(Reason("C14", f"in time for what was promised then, {then.within}"))
            wakes.append(_late_at(kept(then), now))
        if not done:
            wakes += moments
    state = _state(promised, since, done, before, case)
    if met is not None:
        why.append(Reason("C12", f"{met.how} {minute(met.at)}"))
    if since is not None and promised.due is not None and since > promised.due:
        why.append(Reason("C14", f"late since the change of {minute(since)}"))
    seen = before.observed if counted.pauses or name is ClockName.RESOLUTION else False
    why.append(_SEEN if seen or (met is not None and met.observed) else _OWN)
    share = case.contract.warn_at
    warns_at = promised.warns_at(share) if state is ClockState.RUNNING else None
    if not done and since is None:
        waits = chain.from_iterable(promised.pauses)
        wakes += (warns_at, promised.due, _late_at(promised, now), *waits)
    return Clock(
        name,
        state,
        started_at=start,
        due_at=promised.due,
        met_at=met.at if met else None,
        elapsed_seconds=elapsed,
        why=(_because(name, row, f"{row.within}, from {minute(start)}"), *why),
        warns_at=warns_at,
        breached_at=since,
        hours=promised.hours,
    )


def _state(promised: Promise, since: object, done: bool, before: Past, case: Case) -> ClockState:
    if since is not None:
        return ClockState.BREACHED
    if done:
        return ClockState.MET
    waiting = bool(promised.pauses) and before.paused_at(case.now)
    return ClockState.PAUSED if waiting or promised.due is None else ClockState.RUNNING


def _late_at(promised: Promise | None, now: datetime) -> datetime | None:
    """A moment after `now` by which this promise is not late yet, or at which it becomes so (C12):
    a second more than promised must have been counted."""
    if promised is None or promised.due is None:
        return None
    after = promised.due + _SECOND
    return after if after > now else promised.late_at()


def _kept(promised: Promise | Reason) -> Promise | None:
    return promised if isinstance(promised, Promise) else None


def _none(name: ClockName, *why: Reason) -> Clock:
    return Clock(name, ClockState.NONE, why=why)


def _of_table(name: ClockName, why: Reason) -> Reason:
    """What a line says of itself, with the table in which it stands."""
    return replace(why, rule=f"{TARGETS}.{name}") if why.rule == TARGETS else why


def _because(name: ClockName, row: Target, text: str) -> Reason:
    return Reason(P3, text) if row.rule == P3 else Reason(f"{TARGETS}.{name}", text, row.rule)
