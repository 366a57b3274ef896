"""What is typed, run in this process: its exit code."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any, Final

from bridge import __version__
from bridge.cli.commands import COMMANDS
from bridge.cli.terminal.arguments import hoisted, typed_command, valued_options

_CTRL_C: Final = 130
"""What Typer makes of a KeyboardInterrupt."""


def main() -> None:
    """The entry point: typed words in, exit code out."""
    gc.disable()  # loading makes many objects and no garbage; looking for it is a tenth of the time
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no arrows gets escapes, never a traceback.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _unread()
    gc.freeze()  # the process ends: nothing of what it holds is worth a last look for garbage
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line. Global options may stand anywhere before a `--`.

    With `--json` there is one document on stdout whatever happens; nothing it leaves behind can
    be read by other users of the machine (S4).
    """
    mask = os.umask(0o077)
    try:
        outcome = _typed(arguments)
        if outcome == _CTRL_C:
            raise KeyboardInterrupt
        return int(outcome or 0)
    except BrokenPipeError:
        return _unread()
    except (Exception, KeyboardInterrupt) as error:
        from bridge.cli.errors import ended_by

        return ended_by(error, "--json" in arguments)
    finally:
        os.umask(mask)


def _typed(arguments: list[str]) -> Any:
    if arguments == ["--version"]:  # asked by scripts before every use: nothing is loaded for it
        sys.stdout.write(f"bridge {__version__}\n")
        return None
    from bridge.cli.program import program

    name = typed_command(arguments)
    group = program({name} & COMMANDS.keys())
    if not gc.isenabled():
        gc.freeze()  # what was loaded stays, and need not be looked through
        gc.enable()
    words = hoisted(arguments, valued_options(group, name)) or ["--help"]
    return group(words, prog_name="bridge", standalone_mode=False)


def _unread() -> int:
    """Whoever read along has gone (`| head`): the interpreter must not complain of it later."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
