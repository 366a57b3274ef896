"""The due date that a tool shows: when the next promised time ends."""

from __future__ import annotations

from dataclasses import replace

from bridge.model import ClockState, Field, Reason, as_utc
from bridge.model.assessment import Assessment, Desired
from bridge.rules.dossier import Terms


def with_due(result: Assessment, terms: Terms) -> Assessment:
    """The judgement, wanting the due time of the running clock that ends first to be shown: as the
    day in the client's zone, or as the instant where the tool holds one.

    Where nothing runs (kept, missed, waiting for the client) nothing is wanted, and what the tool
    shows stays. What was missed is late there too, and a date that went with every question to the
    client would tell everybody who follows the ticket of two changes.
    """
    ends = [(c.due_at, c) for c in result.clocks if c.due_at and c.state is ClockState.RUNNING]
    if not ends:
        return result
    due_at, clock = min(ends, key=lambda end: end[0])
    instant = as_utc(due_at).replace(microsecond=0)
    value = instant if terms.shows_instants else due_at.astimezone(terms.zone).date()
    text = f"{clock.target} is due first, {instant:%Y-%m-%d %H:%M} UTC"
    why = (Reason(clock.why[0].rule if clock.why else f"targets.{clock.target}", text),)
    return replace(result, desired=(*result.desired, Desired(Field.DUE, value, why)))
