"""`bridge check`: what is wrong, before anything is written."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bridge.check.run import check, check_store
from bridge.cli.errors import Exit
from bridge.cli.observer import Observer
from bridge.cli.options import Sources
from bridge.cli.session import Session
from bridge.cli.terminal.output import dump, say
from bridge.cli.terminal.style import style_for
from bridge.cli.views import check as view
from bridge.model import ProblemSeverity


def command(
    context: typer.Context,
    source: Sources = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no tool.")] = False,
) -> int:
    """Look at configuration, credentials, rights and mappings. Never writes."""
    session: Session = context.obj
    wanted = session.sources(source or [])
    with Observer(session) as progress:
        checked = list(check(session.config, wanted, offline=offline, observe=progress))
        there = session.database_if_there
        checked += check_store(there, session.agreements, wanted, offline=offline)
    found = [p for one in checked for p in one.problems]
    if session.as_json:
        dump(view.data(found))
    else:
        for line in view.well(checked):
            say(line)
        say(view.found(checked, style_for(sys.stdout)))
    return Exit.FAILED if any(p.severity == ProblemSeverity.ERROR for p in found) else Exit.OK
