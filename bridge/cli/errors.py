"""One place turns errors into advice: what happened, to what, what helps, and the exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import IntEnum

from bridge.check.run import hint_of
from bridge.cli.terminal import count, dump, problem, say, style_for
from bridge.cli.views import check
from bridge.config import ConfigError
from bridge.engine.locks import LockedError
from bridge.engine.saved_plan import PlanError
from bridge.model import Problem, ProblemSeverity
from bridge.store.errors import StoreError
from connectors.errors import SourceError
from connectors.toolkit.secret import SecretError


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


EXPECTED = (ConfigError, LockedError, PlanError, StoreError, SourceError, SecretError, UsageError)
"""What a command may raise; anything else is a mistake of ours and shows as such."""


def advice(error: BaseException) -> tuple[tuple[Problem, ...], Exit]:
    """The problems to show for an error, and the code to leave with. What nobody expected is a
    mistake of ours: its words may hold anything, so the log has them and this does not."""
    if isinstance(error, ConfigError):
        return error.problems, Exit.USAGE
    if isinstance(error, UsageError):
        return (Problem(ProblemSeverity.ERROR, error.message, hint=error.hint),), Exit.USAGE
    if isinstance(error, LockedError):
        text = f"another pass holds {error.source}: {error.holder}"
        return (
            Problem(ProblemSeverity.ERROR, text, error.source, "wait for it to end"),
        ), Exit.LOCKED
    if isinstance(error, StoreError):
        return (Problem(ProblemSeverity.ERROR, error.what, error.where, error.hint),), Exit.FAILED
    if isinstance(error, SourceError):
        return (
            Problem(ProblemSeverity.ERROR, error.what, error.where, hint_of(error)),
        ), Exit.FAILED
    if isinstance(error, PlanError | SecretError):
        return (Problem(ProblemSeverity.ERROR, str(error)),), Exit.USAGE
    if isinstance(error, KeyboardInterrupt):
        return (Problem(ProblemSeverity.ERROR, "stopped; what was done is kept"),), Exit.FAILED
    kind = type(error).__name__
    hint = "report it with the log above; what was done is kept"
    return (Problem("error", f"a mistake of the bridge's own: {kind}", hint=hint),), Exit.FAILED


def refuse(found: Sequence[Problem], as_json: bool, code: Exit) -> Exit:
    """Show the problems that end a command: on stderr, or as the one document."""
    if as_json:
        dump(check.data(found))
    else:
        texts = [problem(each, style_for(sys.stderr)) for each in found]
        closing = [f"{count(found)}. Nothing was written."] if len(found) > 1 else []
        say("\n".join([*texts, *closing]), error=True)
    return code
