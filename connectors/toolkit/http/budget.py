"""One rate budget per host, shared by every source of this process that speaks to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Budget:
    """When the next call to one host may start.

    `per_minute` spaces calls evenly (None: as fast as asked); a host that asks to be left alone
    is left alone by everybody. Thread-safe. Times are seconds of `clock`.
    """

    def __init__(
        self, per_minute: int | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._gap = 60 / per_minute if per_minute else 0.0
        self._clock = clock
        self._next = 0.0
        self._lock = threading.Lock()

    def limit(self, per_minute: int) -> None:
        """Allow at most so many calls a minute; of several wishes the smallest holds."""
        with self._lock:
            self._gap = max(self._gap, 60 / per_minute)

    def reserve(self) -> float:
        """Take the next free slot; the seconds to wait for it."""
        with self._lock:
            now = self._clock()
            start = max(now, self._next)
            self._next = start + self._gap
            return start - now

    def leave_alone(self, seconds: float) -> None:
        """Nobody calls this host for so long."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)


_budgets: dict[str, Budget] = {}
_budgets_lock = threading.Lock()


def of_host(host: str, per_minute: int | None = None) -> Budget:
    """The budget that this process keeps for a host."""
    with _budgets_lock:
        budget = _budgets.setdefault(host, Budget())
    if per_minute:
        budget.limit(per_minute)
    return budget
