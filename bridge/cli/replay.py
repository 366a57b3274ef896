"""`bridge replay`: the stored history under another contract. Writes nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.errors import UsageError
from bridge.cli.session import Session
from bridge.cli.terminal.output import say
from bridge.cli.views import replay as view
from bridge.config.contract_file import load_contracts
from bridge.engine.agreements import Agreements
from bridge.engine.replay import Replay, ReplayError, other_config
from bridge.engine.sync import utc_now


def command(
    context: typer.Context,
    contract: Annotated[
        Path, typer.Option("--contract", metavar="FILE", help="A contract, or a configuration.")
    ],
    client: Annotated[
        str | None, typer.Option("--client", metavar="C", help="Only this client's tickets.")
    ] = None,
) -> None:
    """The stored history under another contract."""
    replay(context.obj, contract, client)


def replay(session: Session, contract: Path, client: str | None) -> None:
    """Show the stored history under another contract. Writes nothing.

    Raises UsageError for a contract that cannot take the place of one there is.
    """
    wanted = session.client(client) if client is not None else None
    try:
        then = Agreements(other_config(session.config, load_contracts(contract)))
    except ReplayError as error:
        raise UsageError(error.message, error.hint) from None
    again = Replay(session.agreements, then, wanted)
    with session.stored() as database, database.read() as conn:
        found = again.differing(conn, utc_now())
        if session.as_json:
            for piece in view.json_pieces(again, found):
                sys.stdout.write(piece)
        else:
            for line in view.lines(again, found, session.zone):
                say(line)
