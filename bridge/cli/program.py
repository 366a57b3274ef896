"""The command line as Typer knows it: the global options, and the commands of the table."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.main

from bridge import __version__
from bridge.cli import logs
from bridge.cli.commands import COMMANDS
from bridge.cli.errors import UsageError
from bridge.cli.session import Session


def program(loaded: Collection[str]) -> Any:
    """The command line, with the modules of these commands loaded.

    Of every other command it knows the name and what the list of commands says of it.
    """
    app = typer.Typer(
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        help="Watches the tools in which clients ask for work, decides what their contract says "
        "about each request, and writes the answer back where they asked.",
        epilog="--config FILE, --json and -v may stand before or behind the command.",
    )
    app.callback(invoke_without_command=True)(_globals)
    for name, entry in COMMANDS.items():
        if name in loaded:
            app.command(name)(entry.load())
        else:
            app.command(name, help=entry.says)(_not_loaded)
    return typer.main.get_command(app)


def _not_loaded() -> None:
    """In the place of a command that was not typed."""


def _globals(
    context: typer.Context,
    config: Annotated[
        Path, typer.Option("--config", "-c", envvar="BRIDGE_CONFIG", help="The configuration.")
    ] = Path("config.toml"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more, on stderr.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    logs.configure(verbose=verbose)
    session = context.obj = Session(config, as_json, verbose)
    if version:
        session.done(f"bridge {__version__}", version=__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        raise UsageError("no command was given", "bridge --help")
