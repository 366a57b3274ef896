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
from typing import Final

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, JobEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bridge import config as configuration
from bridge.cli.errors import advice, expected
from bridge.cli.logs import logger
from bridge.cli.session import Session
from bridge.cli.sync import guarded
from bridge.config import Config
from bridge.daemon.reporting import Teller
from bridge.engine.agreements import Agreements
from bridge.engine.locks import LockedError
from bridge.engine.sync import Sync
from bridge.model import Problem
from bridge.store.database import Database

MOST_THREADS: Final = 8
"""Passes at once; threads are made when they are first needed."""
_STOPPING: Final = (signal.SIGTERM, signal.SIGINT)
_HEARD: Final = frozenset({*_STOPPING, signal.SIGHUP})


@dataclass
class Daemon:
    """A scheduler over the sources of one configuration, which may be replaced while it runs."""

    path: Path
    config: Config
    database: Database
    log: structlog.stdlib.BoundLogger = field(default_factory=logger)

    def __post_init__(self) -> None:
        self._agreements = Agreements(self.config)
        self._stopping = threading.Event()
        self._teller = Teller(self.log)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(MOST_THREADS)},
            # One pass at a time, missed ones made up by one, however late a thread is free.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._scheduler.add_listener(self._job_failed, EVENT_JOB_ERROR)
        self._scheduler.add_listener(self._job_late, EVENT_JOB_MAX_INSTANCES)

    def start(self) -> None:
        """Begin: every source at once, then each at its interval."""
        self._warn(self.config.warnings)
        for name in self.config.sources:
            self._schedule(name)
        self._scheduler.start()
        self.log.info("daemon_started", sources=list(self.config.sources), path=str(self.path))

    def stop(self) -> None:
        """End, when the passes in flight have finished; those that only wait do not begin, and
        one whose tool does not answer ends with the request that is in flight."""
        self._stopping.set()
        self.log.info("daemon_stopping", waiting_for="passes in flight")
        self._scheduler.shutdown(wait=True)
        self.log.info("daemon_stopped")

    def reload(self) -> bool:
        """Take the configuration as it is now; keep the old one when it has errors."""
        try:
            fresh = configuration.load(self.path)
            agreements = Agreements(fresh)
            moved = fresh.database_url().reveal() != self.config.database_url().reveal()
        except expected() as error:
            found, _ = advice(error)
            self._warn(found)
            self.log.error("configuration_kept", reason="the new one has errors")
            return False
        if moved:
            self.log.error("configuration_kept", reason="another database needs a restart")
            return False
        before, self.config, self._agreements = self.config, fresh, agreements
        self._warn(fresh.warnings)
        for name in before.sources.keys() - fresh.sources.keys():
            self._scheduler.remove_job(name)
            self._teller.forget(name)
        for name, source in fresh.sources.items():
            known = before.sources.get(name)
            if known is None or known.settings.every != source.settings.every:
                self._schedule(name)
        self.log.info("configuration_reloaded", sources=list(fresh.sources))
        return True

    def _warn(self, found: tuple[Problem, ...]) -> None:
        for problem in found:
            self.log.log(
                _LEVELS[problem.severity],
                "configuration_problem",
                where=problem.where,
                problem=problem.message,
                help=problem.hint,
            )

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
        """One pass over a source that the configuration still has."""
        agreements = self._agreements
        if self._stopping.is_set() or name not in agreements.config.sources:
            return
        with structlog.contextvars.bound_contextvars(source=name):
            try:
                engine = Sync(agreements, self.database, stopping=self._stopping)
                result = guarded(engine, name, self._teller.crashed)
            except LockedError as error:
                self._teller.held(name, error.holder)
            else:
                self._teller.told(name, result)

    def _job_failed(self, event: JobEvent) -> None:
        """Every failure of a pass is a result already, so this one is of the telling itself."""
        self.log.error("job_crashed", source=event.job_id, exc_info=event.exception)

    def _job_late(self, event: JobEvent) -> None:
        self.log.debug("pass_still_running", source=event.job_id)


_LEVELS: Final = {"error": 40, "warning": 30}


def run_forever(session: Session) -> int:
    """Run until SIGTERM or SIGINT. Returns the exit code."""
    structlog.contextvars.clear_contextvars()
    with _signals() as signals, session.database() as database:
        daemon = Daemon(session.path, session.config, database)
        daemon.start()
        for number in signals:
            if number in _STOPPING:
                break
            daemon.reload()
        daemon.stop()
    return 0


@contextmanager
def _signals() -> Iterator[Iterator[int]]:
    """The signals that this process is sent, one after the other.

    They are blocked and waited for: a handler would run in the middle of whatever the main thread
    does, the taking of a lock included. Threads that are started inside inherit the block.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
    try:
        yield iter(lambda: signal.sigwait(_HEARD), None)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
