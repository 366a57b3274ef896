"""From when to when each clock counts: start, stop and waits, whatever is promised."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import NamedTuple

from bridge.model import ApprovalState, ClockName, ClockStart, CommandName, Reason, Verdict
from bridge.rules.case import Case
from bridge.rules.sla.channels import Intake
from bridge.rules.sla.history import Happened, Past, Pause, earliest, find_reaction


class Span(NamedTuple):
    """One run of a clock: `start` is None when it does not count (yet), and `why` says so.

    A wait for the client pauses workaround, resolution and delivery, and nothing else (C11).
    """

    start: datetime | None
    met: Happened | None = None
    pauses: Sequence[Pause] = ()
    why: tuple[Reason, ...] = ()


def find_span(name: ClockName, case: Case, came: Intake, before: Past) -> Span:
    """The current run of a clock: a reopened ticket starts another one of the resolution (C15),
    while a response, a workaround, an estimate and a delivery stay given."""
    if came.at is None:
        return Span(None, why=came.why)
    return _RUNS[name](case, came.at, came.why, before)


def _response(case: Case, at: datetime, why: tuple[Reason, ...], _: Past) -> Span:
    contract, calendar = case.contract, case.terms.calendar
    if (
        contract.clock_start is ClockStart.NEXT_BUSINESS_DAY
        and contract.plan in contract.next_day_plans
    ):
        day = calendar.business_dates_after(at.astimezone(case.terms.zone).date(), 1)[0]
        at = calendar.next_open(datetime.combine(day, time(), case.terms.zone))
        why = (*why, Reason("clock_start", f"handled from the next business day, {day}"))
    return Span(at, find_reaction(case.facts, contract.targets), (), why)


def _workaround(case: Case, at: datetime, why: tuple[Reason, ...], before: Past) -> Span:
    named = case.contract.targets.workaround_states
    found = [
        Happened(order.at, f"workaround by {order.by}")
        for order in case.facts.orders
        if order.name is CommandName.WORKAROUND
    ]
    found += [Happened(when, f"it is {state}") for when, state in before.entered if state in named]
    return Span(at, earliest([*found, *before.finishes]), before.pauses, why)


def _resolution(_: Case, at: datetime, why: tuple[Reason, ...], before: Past) -> Span:
    return Span(max(at, before.cycle_start), before.finished, before.pauses, why)


def _estimate(case: Case, at: datetime, why: tuple[Reason, ...], before: Past) -> Span:
    """R2.12: until an estimate is given, or until the ticket is solved without one (R2.4)."""
    given = [Happened(e.at, f"estimated, {e.origin}") for e in case.given[:1]]
    return Span(at, earliest([*given, *before.finishes]), (), why)


def _delivery(case: Case, _: datetime, why: tuple[Reason, ...], before: Past) -> Span:
    """R2.13: from the approval of the estimate that holds, or from the estimate itself where it
    needs none."""
    agreed = case.approval.standing
    if agreed is None or case.approval.state is ApprovalState.REJECTED:
        return Span(None, why=(Reason("targets.delivery", "nothing is approved"),))
    yes = [
        decision.at
        for decision in case.approval.decisions
        if decision.verdict is Verdict.APPROVE and decision.estimate_number == agreed.number
    ]
    start = max(yes, default=agreed.at)
    after = [end for end in before.finishes if end.at >= start]
    done = Happened(start, "delivered before the approval") if before.finished else None
    return Span(start, earliest(after) or done, before.pauses, why)


_RUNS = {
    ClockName.RESPONSE: _response,
    ClockName.WORKAROUND: _workaround,
    ClockName.RESOLUTION: _resolution,
    ClockName.ESTIMATE: _estimate,
    ClockName.DELIVERY: _delivery,
}
