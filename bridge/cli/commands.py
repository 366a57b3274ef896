"""The commands by name: where each one is, and the sentence that the list of commands says of it.

A module is loaded when its command is typed. The daemon and the demo stand above the command line,
so they too are named here and imported by nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: `module:function`, and the first sentence of that function's docstring."""

    function: str
    says: str

    def load(self) -> Callable[..., Any]:
        """The function, with its module loaded."""
        module, _, name = self.function.partition(":")
        loaded: Callable[..., Any] = getattr(import_module(module), name)
        return loaded


COMMANDS: Final = MappingProxyType(
    {
        "init": Entry("bridge.cli.init:command", "Write a commented configuration to start from."),
        "check": Entry(
            "bridge.cli.check:command",
            "Look at configuration, credentials, rights and mappings.",
        ),
        "sync": Entry("bridge.cli.sync:command", "One pass: poll, assess, plan, write."),
        "run": Entry("bridge.daemon.command:command", "The daemon: every source at its interval."),
        "status": Entry(
            "bridge.cli.status:command", "Sources, errors, promises at risk, balances."
        ),
        "explain": Entry(
            "bridge.cli.explain:command", "Why a ticket stands as it does, clause by clause."
        ),
        "estimate": Entry("bridge.cli.estimate:command", "Estimate a ticket."),
        "spend": Entry(
            "bridge.cli.spend:command", "Note work on a ticket whose tool has no time entries."
        ),
        "approve": Entry("bridge.cli.decide:approve", "Note a yes that was given by phone."),
        "reject": Entry("bridge.cli.decide:reject", "Note a no that was given by phone."),
        "ledger": Entry(
            "bridge.cli.ledger:command", "A client's hours; `ledger CLIENT credit 40h` adds."
        ),
        "retry": Entry("bridge.cli.release:retry", "Read again what was set aside; or write ours."),
        "drop": Entry("bridge.cli.release:drop", "Give up what was set aside; or leave theirs."),
        "backfill": Entry(
            "bridge.cli.backfill:command", "Read a range of days again; the cursor stays."
        ),
        "escalate": Entry(
            "bridge.cli.escalate:command", "Take a problem that persists one step further."
        ),
        "replay": Entry("bridge.cli.replay:command", "The stored history under another contract."),
        "sandbox": Entry(
            "bridge.cli.sandbox:command", "A simulated tool to try mappings and rules on."
        ),
        "demo": Entry(
            "bridge.demo.command:command", "A morning at an agency, on five simulated tools."
        ),
    }
)
