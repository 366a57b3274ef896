"""The daemon: one job per source at its interval, one at a time, coalesced.

SIGTERM and SIGINT finish the passes in flight and end; SIGHUP reads the configuration again and
keeps the old one when the new one does not validate. A `bridge sync` beside it is safe: a lock per
source lets one of them pass, and the other says so.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Final

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bridge import config as configuration
from bridge.advice import advice
from bridge.agreements import Agreements
from bridge.config import Config, ConfigError
from bridge.locks import LockedError
from bridge.session import Session
from bridge.store.database import Database
from bridge.store.errors import StoreError
from bridge.sync import PassResult, Sync

_MOST_THREADS: Final = 8
_STOPPING: Final = (signal.SIGTERM, signal.SIGINT)


@dataclass
class Daemon:
    """A scheduler over the sources of one configuration, which may be replaced while it runs."""

    path: Path
    config: Config
    database: Database
    log: structlog.stdlib.BoundLogger = field(default_factory=structlog.get_logger)

    def __post_init__(self) -> None:
        self._agreements = Agreements(self.config)
        self._failing: dict[str, str] = {}
        threads = max(1, min(_MOST_THREADS, len(self.config.sources)))
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(threads)},
            # One pass at a time, missed ones made up by one, however late a thread is free.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._scheduler.add_listener(self._job_failed, EVENT_JOB_ERROR)

    def start(self) -> None:
        """Begin: every source at once, then each at its interval."""
        for name in self.config.sources:
            self._schedule(name)
        self._scheduler.start()
        self.log.info("daemon_started", sources=list(self.config.sources), path=str(self.path))

    def stop(self) -> None:
        """End, when the passes in flight have finished."""
        self.log.info("daemon_stopping", waiting_for="passes in flight")
        self._scheduler.shutdown(wait=True)
        self.log.info("daemon_stopped")

    def reload(self) -> bool:
        """Take the configuration as it is now; keep the old one when it has errors."""
        try:
            fresh = configuration.load(self.path)
            agreements = Agreements(fresh)
            moved = fresh.database_url().reveal() != self.config.database_url().reveal()
        except ConfigError as error:
            for problem in error.problems:
                self.log.error("configuration_refused", at=problem.where, problem=problem.message)
            self.log.warning("configuration_kept", reason="the new one has errors")
            return False
        if moved:
            self.log.warning("configuration_kept", reason="another database needs a restart")
            return False
        before, self.config, self._agreements = self.config, fresh, agreements
        for name in before.sources.keys() - fresh.sources.keys():
            self._scheduler.remove_job(name)
        for name, source in fresh.sources.items():
            known = before.sources.get(name)
            if known is None or known.settings.every != source.settings.every:
                self._schedule(name)
        self.log.info("configuration_reloaded", sources=list(fresh.sources))
        return True

    def _schedule(self, name: str) -> None:
        every = self.config.sources[name].settings.every
        self._scheduler.add_job(
            self._pass,
            IntervalTrigger(seconds=int(every.total_seconds()), timezone=UTC),
            args=(name,),
            id=name,
            replace_existing=True,
            next_run_time=datetime.now(UTC),
        )

    def _pass(self, name: str) -> None:
        """One pass, told in one line; a source that goes or returns is told once."""
        agreements = self._agreements
        if name not in agreements.config.sources:
            return
        with structlog.contextvars.bound_contextvars(source=name):
            try:
                result = Sync(agreements, self.database).run(name)
            except LockedError as error:
                self.log.info("pass_skipped", reason="another pass holds it", holder=error.holder)
                return
            except StoreError as error:
                self._report(name, PassResult(name, ok=False, error=str(error), hint=error.hint))
                return
            self._report(name, result)

    def _report(self, name: str, result: PassResult) -> None:
        if not result.ok:
            if self._failing.get(name) != result.error:
                self.log.error("source_failed", error=result.error, help=result.hint)
            self._failing[name] = result.error or ""
            return
        if self._failing.pop(name, None) is not None:
            self.log.info("source_returned")
        quiet = not (result.tickets_changed or result.writes_planned or result.set_aside)
        (self.log.debug if quiet else self.log.info)(
            "pass",
            changed=result.tickets_changed,
            written=result.writes_done,
            refused=result.writes_failed,
            set_aside=result.set_aside,
            requests=result.requests,
            seconds=round(result.seconds, 1),
        )
        if result.stopped_by is not None:
            self.log.error("stopped_by_safety", limit=str(result.stopped_by), help="bridge sync")
        for failure in result.failures:
            ticket = f"{failure.write.source}:{failure.write.ticket}"
            self.log.error("write_failed", ticket=ticket, error=failure.sentence, help=failure.hint)

    def _job_failed(self, event: JobExecutionEvent) -> None:
        self.log.error(
            "pass_crashed",
            source=event.job_id,
            error=type(event.exception).__name__,
            exc_info=event.exception,
        )


def run_forever(session: Session) -> int:
    """Run until SIGTERM or SIGINT. Returns the exit code."""
    structlog.contextvars.clear_contextvars()
    with session.database() as database:
        daemon = Daemon(session.path, session.config, database)
        with _signals() as (stopping, reloading):
            daemon.start()
            while not stopping.is_set():
                reloading.wait()
                reloading.clear()
                if not stopping.is_set():
                    _reload(daemon)
            daemon.stop()
    return 0


def _reload(daemon: Daemon) -> None:
    try:
        daemon.reload()
    except Exception as error:
        problems, _ = advice(error)
        daemon.log.error("configuration_kept", reason=problems[0].message)


@contextmanager
def _signals() -> Iterator[tuple[threading.Event, threading.Event]]:
    """Two events: told to stop, and told to look (at a new configuration, or at the first)."""
    stopping, woken = threading.Event(), threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()
        woken.set()

    def look(number: int, frame: FrameType | None) -> None:
        woken.set()

    handlers = {**dict.fromkeys(_STOPPING, stop), signal.SIGHUP: look}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield stopping, woken
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
