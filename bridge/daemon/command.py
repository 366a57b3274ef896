"""`bridge run`: the daemon."""

from __future__ import annotations

import typer

from bridge.cli.session import Session
from bridge.daemon.scheduler import run_forever


def command(context: typer.Context) -> int:
    """The daemon: every source at its interval."""
    session: Session = context.obj
    code = run_forever(session)
    if session.as_json:
        session.done("stopped; the passes in flight were finished")
    return code
