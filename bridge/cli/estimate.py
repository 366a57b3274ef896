"""`bridge estimate`: an estimate that no tool has a field for, or that the bridge fills in."""

from __future__ import annotations

from typing import Annotated

import typer

from bridge.cli import record
from bridge.cli.errors import UsageError
from bridge.cli.options import By, Note, Ref
from bridge.cli.session import Session
from bridge.engine.assess import Assessed
from bridge.model import Field, RecordKind, Seconds
from bridge.model.durations import short


def command(
    context: typer.Context,
    ref: Ref,
    hours: Annotated[str, typer.Argument(metavar="3h")],
    by: By = "",
    note: Note = "",
) -> None:
    """Estimate a ticket. Where its tool has a field for that, the next sync fills it in."""
    session: Session = context.obj
    seconds = record.amount(hours)
    assessed, well = estimate(session, ref, seconds, by, note)
    then = record.outlook(session, assessed, well)
    session.done(f"{ref}: estimated {short(seconds)}; {then}", ticket=ref, seconds=seconds)


def estimate(
    session: Session, ref: str, seconds: Seconds, by: str, note: str
) -> tuple[Assessed, str]:
    """Keep an estimate of a ticket; how the ticket stood before, and what the next sync does.

    Where the tool has a field for estimates the bridge writes it there. Raises UsageError where it
    may not: two estimates would stand side by side, and people would read the other one.
    """
    source, _ = session.parts(ref)
    reach = session.agreements.reach(source)
    held = Field.ESTIMATE in reach.carries
    if held and Field.ESTIMATE not in reach.writes:
        place = session.agreements.config.sources[source].mapping.place(Field.ESTIMATE)
        hint = (
            "fill it in there, and the next sync reads it; or list  estimate  in the  writes  of "
            f"[sources.{source}], and the bridge fills it in"
        )
        raise UsageError(f"{source} has a field for estimates, {place}", hint)
    then = "fills it in and tells" if held else "tells"
    assessed = record.record(session, ref, RecordKind.ESTIMATE, seconds, by, note)
    return assessed, f"the next sync {then} the client what the contract says"
