"""Work that one contract took in and another covers: what stays of the first (R3.12)."""

from __future__ import annotations

from dataclasses import replace

from bridge.model import ClockName, ClockState, Reason
from bridge.model.assessment import Assessment, Clock
from bridge.rules.wakes import soonest


def keep_response(result: Assessment, intake: Assessment) -> Assessment:
    """The judgement under the second contract with the response clock of the first, as measured.

    What follows (workaround, resolution, approval, charge) is the second contract's (R3.11).
    """
    measured = tuple(_kept(c, intake) for c in intake.clocks if c.target == ClockName.RESPONSE)
    if not measured:
        return result
    others = tuple(clock for clock in result.clocks if clock.target != ClockName.RESPONSE)
    wakes_at = soonest(result.at, result.wakes_at, intake.wakes_at)
    return replace(result, clocks=(*measured, *others), wakes_at=wakes_at)


def _kept(clock: Clock, intake: Assessment) -> Clock:
    if clock.state is ClockState.NONE:
        return clock
    reason = Reason("coverage", f"as measured under {intake.contract}, which took it in")
    return replace(clock, why=(*clock.why, reason))
