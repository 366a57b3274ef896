"""`bridge escalate`: a problem that persists goes one step further."""

from __future__ import annotations

import typer

from bridge.cli import lookup
from bridge.cli.errors import UsageError
from bridge.cli.options import By, Note, Ref
from bridge.cli.record import keep
from bridge.cli.session import Session
from bridge.cli.terminal.text import safe
from bridge.model import RecordKind
from bridge.rules.sla.escalation import next_level
from bridge.store import records


def command(context: typer.Context, ref: Ref, note: Note = "", by: By = "") -> None:
    """Take a problem that persists one step further."""
    session: Session = context.obj
    level = escalate(session, ref, by, note)
    session.done(f"{ref}: now for {safe(level)}, noted", ticket=ref, level=level)


def escalate(session: Session, ref: str, by: str, note: str) -> str:
    """Note one step further, and give who is asked next (R4.7). Raises UsageError at the last."""
    if not note.strip():
        raise UsageError("a step needs its reason", '--note "still down after the restart"')
    with session.database() as database:
        assessed = lookup.assessed(session, database, ref)
        with database.read() as conn:
            told = records.of_ticket(conn, assessed.ticket.source, assessed.ticket.key)
        if assessed.terms is None:
            raise UsageError(f"{ref} falls under no contract", f"see  bridge explain {ref}")
        level = next_level(assessed.terms.contract.escalation, told)
        if level is None:
            raise UsageError(f"{ref}: the last level has been asked", f"see  bridge explain {ref}")
        keep(session, database, assessed, RecordKind.ESCALATION, by, note)
    return level
