"""`bridge spend`: work on a ticket whose tool has no time entries."""

from __future__ import annotations

from typing import Annotated

import typer

from bridge.cli import record
from bridge.cli.options import By, Note, Ref
from bridge.cli.session import Session
from bridge.model import RecordKind
from bridge.model.durations import short


def command(
    context: typer.Context,
    ref: Ref,
    hours: Annotated[str, typer.Argument(metavar="1h30")],
    by: By = "",
    note: Note = "",
) -> None:
    """Note work on a ticket whose tool has no time entries."""
    session: Session = context.obj
    seconds = record.amount(hours)
    assessed = record.record(session, ref, RecordKind.SPEND, seconds, by, note)
    then = record.outlook(session, assessed, "the next sync enters what the contract says")
    session.done(f"{ref}: {short(seconds)} worked; {then}", ticket=ref, seconds=seconds)
