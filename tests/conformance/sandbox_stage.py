"""What the stages over simulated tools share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from connectors.sandbox.core import Clock, Faults, Journal
from connectors.sandbox.core.tool import Sandbox
from connectors.toolkit.secret import SecretRef
from tests.conformance.line import HttpStage, secret_file

_A_WHILE: Final = timedelta(seconds=10)
"""Longer than any tool's stamps are held to be in motion."""


class SandboxStage(HttpStage):
    """A simulated tool that is served as long as the check runs; `key` opens it."""

    clock: Clock
    refused = "not-a-key-of-this-tool"

    def __init__(self, tool: Sandbox, key: str, folder: Path) -> None:
        self.clock = tool.clock
        self.faults: Faults = tool.faults
        self.journal: Journal = tool.journal
        self.secrets = (key,)
        self._passed = timedelta(0)
        self._folder = folder
        self._serving = contextlib.ExitStack()
        self.url = self._serving.enter_context(tool.serve()).url

    def close(self) -> None:
        self._serving.close()

    def key(self, refused: bool) -> SecretRef:
        """The reference to the key, or to one that the tool does not know."""
        return SecretRef(
            secret_file(self._folder, "key", self.refused if refused else self.secrets[0])
        )

    def now(self) -> datetime:
        return datetime.now(UTC) + self._passed

    def settle(self) -> None:
        self._passed += _A_WHILE
        self.clock.advance(_A_WHILE)

    def skew(self, by: timedelta) -> None:
        self.clock.advance(by)

    def at_once(self, act: Callable[[], Any]) -> None:
        """Do something while the tool's clock stands still, and let it go on from there."""
        ahead = self.clock.now()
        self.clock.set(ahead)
        try:
            act()
        finally:
            now = self.clock.release()
            if ahead > now + timedelta(seconds=1):
                self.clock.advance(ahead - now)
