"""What the daemon says of its passes: each thing once when it begins, once when it ends."""

from __future__ import annotations

import re
import threading
import traceback
from datetime import UTC, datetime
from typing import Final

import structlog

from bridge.engine.result import PassResult

_NUMBERS: Final = re.compile(r"\d+")


class Teller:
    """Remembers how each source stood, so that a log of days can be read in a minute.

    Passes report from their own threads.
    """

    def __init__(self, log: structlog.stdlib.BoundLogger) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._failing: dict[str, tuple[str, datetime]] = {}
        self._held: set[str] = set()
        self._crashes: dict[str, str] = {}

    def forget(self, name: str) -> None:
        """The source is no longer in the configuration."""
        with self._lock:
            self._failing.pop(name, None)
            self._held.discard(name)
            self._crashes.pop(name, None)

    def held(self, name: str, holder: str) -> None:
        """Another pass holds the source."""
        with self._lock:
            first = name not in self._held
            self._held.add(name)
        if first:
            self._log.info("pass_skipped", reason="another pass holds it", holder=holder)

    def crashed(self, name: str, error: Exception) -> None:
        """A mistake of ours: its traceback, once for as long as it is the same one."""
        shape = _NUMBERS.sub("#", "".join(traceback.format_tb(error.__traceback__)) + repr(error))
        with self._lock:
            news = self._crashes.get(name) != shape
            self._crashes[name] = shape
        if news:
            self._log.error("pass_crashed", exc_info=error)

    def told(self, name: str, result: PassResult) -> None:
        """A pass ended. A source that goes, or returns, is told once; work done always."""
        with self._lock:
            self._held.discard(name)
        stopped = str(result.stopped_by) if result.stopped_by is not None else None
        error = result.error if not result.ok else stopped
        if error is None:
            self._returned(name)
        elif self._is_news(name, error):
            event = "source_failed" if not result.ok else "stopped_by_safety"
            hint = result.hint if not result.ok else f"bridge sync --source {name} --dry-run"
            self._log.error(event, error=error, help=hint or f"bridge check --source {name}")
        if result.ok:
            self._work(result)

    def _is_news(self, name: str, error: str) -> bool:
        """Whether this failure was not told yet; times and counts in it make no other one."""
        shape = _NUMBERS.sub("#", error)
        with self._lock:
            before, since = self._failing.get(name, ("", datetime.now(UTC)))
            self._failing[name] = shape, since
        return shape != before

    def _returned(self, name: str) -> None:
        with self._lock:
            was = self._failing.pop(name, None)
            self._crashes.pop(name, None)
        if was is not None:
            since = was[1].isoformat(timespec="seconds").replace("+00:00", "Z")
            self._log.info("source_returned", failing_since=since)

    def _work(self, result: PassResult) -> None:
        bad = {"failed": result.writes_failed, "set_aside": result.set_aside}
        quiet = not (result.tickets_changed or result.writes_done or result.set_aside)
        (self._log.debug if quiet else self._log.info)(
            "pass",
            changed=result.tickets_changed,
            written=result.writes_done,
            **{name: count for name, count in bad.items() if count},
            requests=result.requests,
            seconds=round(result.seconds, 1),
        )
        if result.missed:
            self._log.error("missed_wake", **result.missed_facts())
        for failure in result.failures:
            ticket = f"{failure.write.source}:{failure.write.ticket}"
            self._log.error(
                "write_failed", ticket=ticket, error=failure.sentence, help=failure.hint
            )
