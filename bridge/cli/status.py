"""`bridge status`: how everything stands."""

from __future__ import annotations

import sys

import typer

from bridge.cli.errors import Exit
from bridge.cli.session import Session
from bridge.cli.terminal.output import columns_of, dump, say
from bridge.cli.views import status as view
from bridge.engine.sync import utc_now
from bridge.store.database import Database


def command(context: typer.Context) -> int:
    """Sources, errors, promises at risk, balances."""
    session: Session = context.obj
    now = utc_now()

    def seen(database: Database) -> view.Status:
        with database.read() as conn:
            return view.status(conn, session.agreements, now)

    shown = session.look(seen)
    if session.as_json:
        dump(view.data(shown))
    else:
        for line in view.lines(shown, session.zone, now, columns_of(sys.stdout)):
            say(line)
    return Exit.OK if shown.ok else Exit.FAILED
