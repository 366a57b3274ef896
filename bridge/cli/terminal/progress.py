"""How far a pass is: one line that rewrites itself on a terminal, a log line a minute elsewhere."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Final, Protocol, Self, TextIO
from zoneinfo import ZoneInfo

from bridge.cli.terminal.style import ERASE, capable, is_terminal
from bridge.cli.terminal.text import cut, safe
from bridge.cli.terminal.times import clock as clock_time

FIRST_AFTER: Final = 1.0
"""Seconds of silence before the first line: what is done by then needs none."""
REDRAW: Final = 0.1
LOG_EVERY: Final = 60.0


class Log(Protocol):
    """What a progress line becomes where nobody reads along."""

    def __call__(self, event: str, **facts: object) -> object: ...


@dataclass(frozen=True, slots=True)
class _State:
    pages: int = 0
    tickets: int = 0
    waiting: str = ""


class Progress:
    """Shows `helpdesk  page 12 · 1,140 tickets · waiting 20 s for the rate limit (until 14:06:10)`.

    Threads of several sources may report at once; the line shows the one that spoke last. Use as
    a context: the line is gone at the end. `erase` takes it away while something else is printed.
    """

    def __init__(
        self,
        log: Log,
        zone: ZoneInfo,
        stream: TextIO | None = None,
        *,
        environment: Mapping[str, str] = os.environ,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._log = log
        self._zone = zone
        self._stream = stream or sys.stderr
        self._monotonic = monotonic
        self._now = now
        self._rewrites = is_terminal(self._stream) and capable(environment)
        self._states: dict[str, _State] = {}
        self._lock = threading.Lock()
        start = monotonic()
        self._next_draw = start + FIRST_AFTER
        self._next_log = start + LOG_EVERY
        self._drawn = False

    def page(self, source: str, tickets: int) -> None:
        """A page of so many tickets of a source was read."""
        with self._lock:
            state = self._states.get(source, _State())
            self._states[source] = _State(state.pages + 1, state.tickets + tickets)
            self._show(source)

    def waiting(self, source: str, seconds: float, reason: str) -> None:
        """A source waits, as `Context.observe("waiting", …)` tells it."""
        until = clock_time(self._now() + timedelta(seconds=seconds), self._zone, seconds=True)
        words = f"waiting {round(seconds)} s for the {reason} (until {until})"
        with self._lock:
            state = self._states.get(source, _State())
            self._states[source] = replace(state, waiting=words)
            self._show(source, at_once=seconds >= FIRST_AFTER)

    def erase(self) -> None:
        """Take the line away; the next report brings it back."""
        with self._lock:
            self._wipe()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.erase()

    def _show(self, source: str, *, at_once: bool = False) -> None:
        moment = self._monotonic()
        state = self._states[source]
        if not self._rewrites:
            if moment >= self._next_log:
                self._next_log = moment + LOG_EVERY
                facts = {"waiting": state.waiting} if state.waiting else {}
                self._log(
                    "progress", source=source, pages=state.pages, tickets=state.tickets, **facts
                )
            return
        # The first second stays silent; a wait is shown at once, as nothing follows it.
        if at_once or moment >= self._next_draw:
            self._next_draw = moment + REDRAW
            columns = shutil.get_terminal_size().columns - 1
            self._stream.write(ERASE + cut(_line(source, state), columns))
            self._stream.flush()
            self._drawn = True

    def _wipe(self) -> None:
        if self._drawn:
            self._stream.write(ERASE)
            self._stream.flush()
            self._drawn = False


def _line(source: str, state: _State) -> str:
    tickets = "ticket" if state.tickets == 1 else "tickets"
    parts = [f"page {state.pages}", f"{state.tickets:,} {tickets}", safe(state.waiting)]
    return f"{safe(source)}  {' · '.join(part for part in parts if part)}"
