"""What is typed, run in this process: its exit code."""

from __future__ import annotations

import os
import sys
from typing import Final

import structlog
import typer

from bridge.cli.commands import COMMANDS
from bridge.cli.errors import EXPECTED, Exit, UsageError, advice, refuse
from bridge.cli.program import program
from bridge.cli.terminal import hoisted, typed_command, valued_options

_CTRL_C: Final = 130
"""What Typer makes of a KeyboardInterrupt."""


def main() -> None:
    """The entry point: typed words in, exit code out."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no arrows gets escapes, never a traceback.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _unread()
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line. Global options may stand anywhere before a `--`.

    With `--json` there is one document on stdout whatever happens; nothing it leaves behind can
    be read by other users of the machine (S4).
    """
    as_json = "--json" in arguments
    mask = os.umask(0o077)
    try:
        name = typed_command(arguments)
        typed = program({name} & COMMANDS.keys())
        words = hoisted(arguments, valued_options(typed, name)) or ["--help"]
        outcome = typed(words, prog_name="bridge", standalone_mode=False)
    except typer.Exit as stop:
        return stop.exit_code
    except EXPECTED as error:
        return _refuse(error, as_json)
    except (KeyboardInterrupt, typer.Abort):
        return _refuse(KeyboardInterrupt(), as_json)
    except BrokenPipeError:
        return _unread()
    except Exception as error:
        # Typer's usage errors know how to say what is wrong; all else is a mistake of ours.
        told = getattr(error, "format_message", None)
        if told is not None:
            path = getattr(getattr(error, "ctx", None), "command_path", "bridge")
            return _refuse(UsageError(told(), f"{path} --help"), as_json)
        structlog.get_logger().critical("crashed", exc_info=error)
        return _refuse(error, as_json)
    finally:
        os.umask(mask)
    if outcome == _CTRL_C:
        return _refuse(KeyboardInterrupt(), as_json)
    return int(outcome or Exit.OK)


def _unread() -> int:
    """Whoever read along has gone (`| head`): the interpreter must not complain of it later."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Exit.FAILED


def _refuse(error: BaseException, as_json: bool) -> int:
    found, code = advice(error)
    return refuse(found, as_json, code)
