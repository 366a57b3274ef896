"""`bridge demo`: the story, told in this terminal."""

from __future__ import annotations

import typer

from bridge.cli.app import run
from bridge.cli.errors import UsageError
from bridge.cli.sandbox import require_servers
from bridge.cli.session import Session
from bridge.cli.terminal.output import say


def command(context: typer.Context) -> int:
    """A morning at an agency, on five simulated tools.

    No network, no credentials, no set-up; nothing is left.
    """
    session: Session = context.obj
    if session.as_json:
        raise UsageError("the demo is told to people", "bridge demo")
    require_servers()
    from bridge.demo.story import demo

    return demo(say, run)
