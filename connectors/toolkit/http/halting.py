"""Waits that end early: because the pass has what it wants, or because the program is to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

_LOOK: Final = 0.1
"""How often, in seconds, a wait looks whether the program is to stop."""


class Halt(threading.Event):
    """An event that counts as set while it is, or once the program's own `stopping` is.
    With `sleep` it waits by that (`connectors.base.Context.sleep`)."""

    def __init__(
        self,
        stopping: threading.Event | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        super().__init__()
        self._sleep = sleep
        self._stopping = stopping or threading.Event()

    def is_set(self) -> bool:
        """Whether to wait no longer."""
        return super().is_set() or self._stopping.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait so many seconds at most; True when the wait was ended."""
        if self._sleep is not None and timeout is not None and not self.is_set():
            self._sleep(timeout)
            return self.is_set()
        until = None if timeout is None else time.monotonic() + timeout
        while not self.is_set():
            left = _LOOK if until is None else min(_LOOK, until - time.monotonic())
            if left <= 0:
                return False
            super().wait(left)
        return True
