"""One place turns errors into advice: what happened, to what, what helps, and the exit code.

What the errors of the parts look like is loaded when there is one.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

import typer

from bridge.cli.logs import logger
from bridge.cli.terminal.output import dump, say
from bridge.cli.terminal.style import style_for

if TYPE_CHECKING:
    from bridge.model import Problem


class Exit(IntEnum):
    """The exit codes: a public contract."""

    OK = 0
    FAILED = 1
    USAGE = 2
    LOCKED = 3
    LIMIT = 4


class UsageError(Exception):
    """Something the person typed cannot be meant: an unknown ticket, client or amount."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def expected() -> tuple[type[Exception], ...]:
    """What a command may raise; anything else is a mistake of ours and shows as such."""
    from bridge.config import ConfigError
    from bridge.engine.locks import LockedError
    from bridge.engine.saved_plan import PlanError
    from bridge.store.errors import StoreError
    from connectors.errors import SourceError
    from connectors.toolkit.secret import SecretError

    return ConfigError, LockedError, PlanError, StoreError, SourceError, SecretError, UsageError


def advice(error: BaseException) -> tuple[tuple[Problem, ...], Exit]:
    """The problems to show for an error, and the code to leave with. What nobody expected is a
    mistake of ours: its words may hold anything, so the log has them and this does not."""
    if isinstance(error, UsageError):
        return _wrong(error.message, hint=error.hint), Exit.USAGE
    from bridge.check.hints import hint_of
    from bridge.config import ConfigError
    from bridge.engine.locks import LockedError
    from bridge.engine.saved_plan import PlanError
    from bridge.store.errors import StoreError
    from connectors.errors import SourceError
    from connectors.toolkit.secret import SecretError

    if isinstance(error, ConfigError):
        return error.problems, Exit.USAGE
    if isinstance(error, LockedError):
        text = f"another pass holds {error.source}: {error.holder}"
        return _wrong(text, error.source, "wait for it to end"), Exit.LOCKED
    if isinstance(error, StoreError):
        return _wrong(error.what, error.where, error.hint), Exit.FAILED
    if isinstance(error, SourceError):
        return _wrong(error.what, error.where, hint_of(error)), Exit.FAILED
    if isinstance(error, PlanError | SecretError):
        return _wrong(str(error)), Exit.USAGE
    if isinstance(error, KeyboardInterrupt):
        return _wrong("stopped; what was done is kept"), Exit.FAILED
    kind = type(error).__name__
    hint = "report it with the log above; what was done is kept"
    return _wrong(f"a mistake of the bridge's own: {kind}", hint=hint), Exit.FAILED


def _wrong(message: str, where: str = "", hint: str = "") -> tuple[Problem, ...]:
    from bridge.model import Problem, ProblemSeverity

    return (Problem(ProblemSeverity.ERROR, message, where, hint),)


def ended_by(error: BaseException, as_json: bool) -> Exit:
    """Show what ended a command, and the code to leave with."""
    usage = getattr(error, "format_message", None)
    if usage is not None:  # Typer's usage errors know how to say what is wrong
        path = getattr(getattr(error, "ctx", None), "command_path", "bridge")
        error = UsageError(usage(), f"{path} --help")
    elif isinstance(error, typer.Abort):
        error = KeyboardInterrupt()
    elif not isinstance(error, (UsageError, KeyboardInterrupt)) and not isinstance(
        error, expected()
    ):
        logger().critical("crashed", exc_info=error)
    found, code = advice(error)
    return refuse(found, as_json, code)


def refuse(found: Sequence[Problem], as_json: bool, code: Exit) -> Exit:
    """Show the problems that end a command: on stderr, or as the one document."""
    from bridge.cli.terminal.problems import count, problem
    from bridge.cli.views import check

    if as_json:
        dump(check.data(found))
    else:
        texts = [problem(each, style_for(sys.stderr)) for each in found]
        closing = [f"{count(found)}. Nothing was written."] if len(found) > 1 else []
        say("\n".join([*texts, *closing]), error=True)
    return code
