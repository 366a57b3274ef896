"""Waits that end early: because the pass has what it wants, or because the program is to stop."""

from __future__ import annotations

import threading
import time
from typing import Final

_LOOK: Final = 0.1
"""How often, in seconds, a wait looks whether the program is to stop."""


class Halt(threading.Event):
    """An event that counts as set while it is, or once the program's own `stopping` is."""

    def __init__(self, stopping: threading.Event | None = None) -> None:
        super().__init__()
        self._stopping = stopping or threading.Event()

    def is_set(self) -> bool:
        """Whether to wait no longer."""
        return super().is_set() or self._stopping.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait so many seconds at most; True when the wait was ended."""
        until = None if timeout is None else time.monotonic() + timeout
        while not self.is_set():
            left = _LOOK if until is None else min(_LOOK, until - time.monotonic())
            if left <= 0:
                return False
            super().wait(left)
        return True
