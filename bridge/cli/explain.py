"""`bridge explain`: why one ticket stands as it does."""

from __future__ import annotations

from datetime import datetime

import typer

from bridge.cli import lookup
from bridge.cli.options import Ref
from bridge.cli.session import Session
from bridge.cli.terminal.output import dump, say
from bridge.cli.views import explain as view
from bridge.engine.assess import Assessed, conflicts
from bridge.engine.sync import utc_now
from bridge.store import outbox
from bridge.store.database import Database
from bridge.store.outbox import Outgoing


def command(context: typer.Context, ref: Ref) -> None:
    """Why a ticket stands as it does, clause by clause.

    Its approval, due times and charge, each with its reasons, and every write made. A reason names
    a key of the contract with its file and line, then the clause of that document. What the numbers
    mean (C14, R2.7) stands in rules.md, in docs/ of the project and in share/doc/the-bridge of what
    is installed.
    """
    session: Session = context.obj

    def seen(database: Database) -> tuple[Assessed, tuple[Outgoing, ...], datetime | None]:
        assessed = lookup.assessed(session, database, ref)
        with database.read() as conn:
            writes = outbox.history(conn, assessed.ticket.source, assessed.ticket.key)
        return assessed, writes, lookup.too_old_for(session, database, assessed.ticket)

    assessed, writes, old = session.look(seen)
    differing = conflicts(session.agreements, assessed)
    if session.as_json:
        dump(view.data(assessed, writes, differing))
    else:
        for line in view.lines(assessed, writes, session.zone, utc_now(), old, differing):
            say(line)
