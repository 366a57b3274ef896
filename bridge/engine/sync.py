"""One pass over a source: poll, store, assess what is due, plan, write.

What is read is stored page by page, the cursor with it. Then every ticket that changed, or whose
time has come, is assessed once; its hours are entered; what the tool should show and does not is
planned, checked against the safety limits, and written.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bridge.engine import bookkeeping, linking, recovery, summary, waking
from bridge.engine.agreements import Agreements
from bridge.engine.assess import assess_stored
from bridge.engine.ingest import Reading
from bridge.engine.judging import PAGE, Judging
from bridge.engine.locks import source_lock
from bridge.engine.outbox import Delivery, Outbox
from bridge.engine.plan import Action
from bridge.engine.planning import Planner
from bridge.engine.result import PassResult
from bridge.engine.safety import Limit, exceeded
from bridge.engine.saved_plan import SavedPlan
from bridge.engine.sources import Observe, marks_of, nobody, open_source
from bridge.model import Field
from bridge.redaction import redactor
from bridge.store import assessments, outbox, sources, tickets, wakes
from bridge.store.database import Database
from bridge.store.errors import StoreError
from connectors.base import Connector, SourceSettings
from connectors.errors import SourceError

_INSTANT = timedelta.resolution


def utc_now() -> datetime:
    """The wall clock, whole seconds: what tools print, too."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Sync:
    """Passes over the sources of one configuration."""

    agreements: Agreements
    database: Database
    clock: Callable[[], datetime] = utc_now
    observe: Observe = nobody
    stopping: threading.Event = field(default_factory=threading.Event)
    """Once it is set, connectors wait no longer for a tool."""

    def run(
        self,
        name: str,
        *,
        dry_run: bool = False,
        force: bool = False,
        exactly: SavedPlan | None = None,
        result: PassResult | None = None,
    ) -> PassResult:
        """One pass over one source. A source that fails is a result, not an exception.

        Raises LockedError when another pass holds the source, and StoreError; what was done by then
        stands in `result`, where the caller gave one. With `dry_run` the tool is read and
        the plan is made, but nothing is written to it, and of the hours only what the contracts
        say was bought is entered. With `exactly` that plan is carried out, or nothing when it no
        longer is what is needed.
        """
        result = result or PassResult(name)
        began = time.monotonic()
        try:
            with source_lock(self.database, name), self._logged(result, dry_run) as thorough:
                self._pass(result, thorough, dry_run=dry_run, force=force, exactly=exactly)
        finally:
            result.seconds = time.monotonic() - began
        return result

    def _pass(
        self,
        result: PassResult,
        thorough: bool,
        *,
        dry_run: bool,
        force: bool,
        exactly: SavedPlan | None,
    ) -> None:
        name = result.source
        settings = self.agreements.config.sources[name].settings
        since = self._act_since(name, settings)
        with self.database.write() as conn:
            bookkeeping.post_purchases(conn, self.agreements, self.clock())
            linking.reconsider(conn, self.agreements, name, self.clock())
        with self._open(name) as connector:
            box = Outbox(self.database, connector, marks_of(self.database), self.clock)
            try:
                if not dry_run:
                    box.reconcile(name)
                reading = Reading(self.database, self.agreements, connector, self.clock, result)
                reading.poll(since, settings.deadline, self.observe, thorough=thorough)
                reading.retry()
                judging = self._judging(name, since, settings, dry_run=dry_run, force=force)
                strange = [] if dry_run else self._recover(box, judging)
                judging.run(thorough=thorough)
                self._plan(connector, judging, result)
                if dry_run:
                    return
                while self._recognised(box, result, strange):
                    judging.again(strange, self.clock())
                    self._plan(connector, judging, result)
                if exactly is not None:
                    self._compare(exactly, result)
                elif not force:
                    result.stopped_by = self._limit(result)
                if result.ok and result.stopped_by is None:
                    self._deliver(box, result)
            finally:
                result.requests = connector.requests

    @contextmanager
    def _logged(self, result: PassResult, dry_run: bool) -> Iterator[bool]:
        """Note how the pass began and ended; whether it has to be a thorough one."""
        name, now = result.source, self.clock()
        with self.database.write() as conn:
            known = sources.ensure(conn, name, now)
            number = sources.start_pass(conn, name, now)
        every = self.agreements.config.sources[name].settings.full_every
        last = known.last_thorough_at
        # A full pass that is still to come was noted by a clock that has been set back since.
        due = last is None or now < last or now - last >= every
        thorough = known.cursor is not None and due
        failure: str | None = None
        try:
            yield thorough
        except SourceError as error:
            failure = redactor.clean(error.what)
            result.ok, result.error, result.hint = False, failure, redactor.clean(error.hint)
            self.observe("source_failed", source=name, error=failure)
        except BaseException as error:
            why = error.what if isinstance(error, StoreError) else type(error).__name__
            failure = f"the pass broke off: {why}"
            raise
        finally:
            counts = {
                "pages": result.pages,
                "seen": result.tickets_seen,
                "changed": result.tickets_changed,
                "done": result.writes_done,
                "failed": result.writes_failed,
                "missed": len(result.missed),
            }
            finished = thorough or known.cursor is None
            with self.database.write() as conn:
                sources.finish_pass(
                    conn,
                    number,
                    self.clock(),
                    error=failure,
                    thorough=finished and not dry_run,
                    counts=counts,
                )

    def _open(self, name: str) -> AbstractContextManager[Connector]:
        config = self.agreements.config
        return open_source(config, self.database, name, self.observe, self.stopping)

    def _act_since(self, name: str, settings: SourceSettings) -> datetime:
        with self.database.read() as conn:
            known = sources.get(conn, name)
        if settings.act_since is not None:
            return settings.act_since.astimezone(UTC)
        return known.act_since if known is not None else self.clock()

    def _judging(
        self,
        name: str,
        since: datetime,
        settings: SourceSettings,
        *,
        dry_run: bool,
        force: bool,
    ) -> Judging:
        """The tickets that are due now. A refused write waits for the time of the next full pass,
        unless a person forces it."""
        now = self.clock()
        with self.database.write() as conn:
            waking.reconsider(conn, self.agreements, name, since, now)
            if force:
                wakes.wake(conn, name, outbox.refused_tickets(conn, name))
            refused = {} if force else outbox.refused_at(conn, name, now - settings.full_every)
            books = waking.books_seen(conn, name)
        again = {key: at + settings.full_every + _INSTANT for key, at in refused.items()}
        return Judging(
            self.agreements,
            self.database,
            name,
            since,
            now,
            dry_run=dry_run,
            books=books,
            refused=again,
        )

    def _recover(self, box: Outbox, judging: Judging) -> list[str]:
        """Find again the questions on tickets that show more of ours than the store knows, as it
        does after a restored back-up; the keys of those tickets."""
        name, now = judging.source, judging.now
        found: list[str] = []
        after = None
        with self.database.read() as conn:
            while page := wakes.due(conn, name, judging.since, now, after=after, limit=PAGE):
                found += recovery.strange(conn, name, [one.key for one in page])
                after = page[-1]
        with self.database.read() as conn:
            shown = list(assess_stored(conn, self.agreements, name, found, now))
        for one in shown:
            box.recognise(recovery.questions(one))
        return found

    def _recognised(self, box: Outbox, result: PassResult, strange: Sequence[str]) -> bool:
        """Whether something that is to be told on these tickets was told already: what follows
        from it is then planned anew, before anything is written."""
        wanted = [c for c in result.changes if c.field is Field.MESSAGE and c.ticket in strange]
        return box.recognise(wanted) > 0

    def _plan(self, connector: Connector, judging: Judging, result: PassResult) -> None:
        planner = Planner(self.agreements, self.database, judging, connector.sends_mail)
        planner.run(self.clock())
        changes = [change for of_one in judging.changes.values() for change in of_one]
        result.changes = tuple(changes)
        result.titles = judging.titles
        result.assessed = judging.count
        result.missed = tuple(judging.missed)
        result.writes_planned = sum(c.action is Action.WRITE for c in changes)
        if judging.dry_run or result.writes_planned:
            self._count(judging, result)

    def _count(self, judging: Judging, result: PassResult) -> None:
        """What stands beside a plan: how many tickets are open, how many are only read, and in a
        dry run what people changed on those that were not due."""
        name = judging.source
        with self.database.read() as conn:
            result.open = tickets.open_since(conn, name)
            looked_after = tickets.open_since(conn, name, judging.since) + judging.finished
            result.older = max(0, tickets.total(conn, name) - looked_after)
            if judging.dry_run:
                for row in assessments.to_show(conn, name, self.clock()):
                    kept = summary.read(row)
                    if kept.conflicts and row.ticket not in judging.seen:
                        result.changes += kept.conflicts
                        result.titles[kept.ref] = self._title(kept)

    def _title(self, kept: summary.Summary) -> str:
        title = kept.conclusions.title
        if kept.client is None:
            return title
        return f"{title} · {self.agreements.config.clients[kept.client].name}"

    def _compare(self, exactly: SavedPlan, result: PassResult) -> None:
        """Stop where a saved plan is not what is needed now. The source itself is well."""
        differences = exactly.differences(result.source, result.changes)
        if differences:
            more = f" and {len(differences) - 3} more" if len(differences) > 3 else ""
            said = ", ".join(differences[:3]) + more
            result.ok = False
            result.error = f"the plan no longer holds: {said}; nothing was written"
            result.hint = "make a new one:  bridge sync --dry-run --out FILE"

    def _limit(self, result: PassResult) -> Limit | None:
        touched = {c.ticket for c in result.changes if c.action is Action.WRITE}
        return exceeded(self.agreements.config.safety, len(touched), result.open)

    def _deliver(self, box: Outbox, result: PassResult) -> None:
        wanted = [c for c in result.changes if c.action is Action.WRITE]
        delivery = Delivery()
        try:
            box.deliver(wanted, delivery)
        finally:
            result.writes_done = len(delivery.done)
            result.messages_done = sum(w.field is Field.MESSAGE for w in delivery.done)
            result.writes_failed = len(delivery.failures)
            result.failures = tuple(delivery.failures)
        if delivery.broken is not None:
            raise delivery.broken
