"""One pass over a source: poll, store, assess_stored, plan, write.

What is read is stored page by page, the cursor with it. Then every changed ticket, and every open
one (time alone changes clocks and answers), is assessed; the hours are entered; what the tool
should show and does not is planned, checked against the safety limits, and written.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Connection

from bridge.engine import bookkeeping, breaches, linking, notify, recovery
from bridge.engine.agreements import Agreements
from bridge.engine.assess import Assessed, assess_stored
from bridge.engine.ingest import save
from bridge.engine.locks import source_lock
from bridge.engine.outbox import MOST_IN_A_ROW, Delivery, Failure, Outbox
from bridge.engine.plan import Action, Change, plan, to_settle
from bridge.engine.safety import Limit, exceeded
from bridge.engine.saved_plan import SavedPlan
from bridge.engine.sources import Observe, marks_of, nobody, open_source
from bridge.model import Field, Message, MessageKind, Reason, Ticket
from bridge.model.assessment import Notice
from bridge.model.ledger import LedgerEntry
from bridge.redaction import redactor
from bridge.rules.dossier import Terms
from bridge.store import ledger, outbox, quarantine, sources, tickets
from bridge.store.database import Database
from bridge.store.errors import StoreError
from connectors.base import Connector, Page, SourceSettings, Unreadable
from connectors.errors import SourceError, TicketError, TryAgainError


@dataclass(slots=True)
class PassResult:
    """What one pass did. `error` is one sentence, `hint` what to do about it."""

    source: str
    ok: bool = True
    error: str | None = None
    hint: str = ""
    requests: int = 0
    pages: int = 0
    tickets_seen: int = 0
    tickets_changed: int = 0
    writes_planned: int = 0
    writes_done: int = 0
    writes_failed: int = 0
    messages_done: int = 0
    seconds: float = 0.0
    set_aside: int = 0
    unread: tuple[tuple[str, str], ...] = ()
    """What the tool failed to give, with why: every pass asks again."""
    changes: tuple[Change, ...] = ()
    failures: tuple[Failure, ...] = ()
    attention: tuple[tuple[str, Reason], ...] = ()
    stopped_by: Limit | None = None
    older: int = 0
    open: int = 0
    titles: dict[str, str] = field(default_factory=dict)

    @property
    def troubled(self) -> bool:
        """Whether something of a source that was read was not read or not written."""
        return bool(self.writes_failed or self.unread)


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
            entered = bookkeeping.post_purchases(conn, self.agreements, self.clock())
            linking.reconsider(conn, self.agreements, name, self.clock())
        with self._open(name) as connector:
            box = Outbox(self.database, connector, marks_of(self.database), self.clock)
            try:
                if not dry_run:
                    box.reconcile(name)
                asked: set[str] = set()
                changed = self._poll(connector, result, since, thorough, settings, asked)
                changed += self._retry(connector, result, asked)
                judged_at = self.clock()
                left = self._left(name)
                changed = list(dict.fromkeys([*changed, *left]))
                strange: list[str] = []
                if not dry_run:
                    strange = self._recover(box, name, changed, since)
                    changed += self._book(name, changed, since, entered)
                self._plan(connector, result, changed, since, force=force)
                if dry_run:
                    return
                while self._recognised(box, result, strange):
                    changed += self._book(name, changed, since, ())
                    self._plan(connector, result, changed, since, force=force)
                if exactly is not None:
                    self._compare(exactly, result)
                elif not force:
                    result.stopped_by = self._limit(result)
                if result.ok and result.stopped_by is None:
                    self._deliver(box, result)
                    if not result.failures:
                        with self.database.write() as conn:
                            tickets.settle(conn, name, judged_at, left)
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

    def _poll(
        self,
        connector: Connector,
        result: PassResult,
        since: datetime,
        thorough: bool,
        settings: SourceSettings,
        asked: set[str],
    ) -> list[str]:
        """Store page after page; the keys of what changed. `asked` takes those that the tool could
        not give."""
        with self.database.read() as conn:
            known = sources.get(conn, result.source)
        cursor = known.cursor if known is not None else None
        deadline = time.monotonic() + settings.deadline.total_seconds()
        changed: dict[str, None] = {}
        rounds = (False, True) if thorough else (False,)
        for again in rounds:
            for page in connector.poll(cursor, since, thorough=again):
                saved = save(
                    self.database,
                    self.agreements,
                    result.source,
                    page,
                    self.clock(),
                    move_cursor=not again,
                )
                result.pages += 1
                result.tickets_seen += saved.seen
                result.tickets_changed += len(saved.changed)
                result.set_aside += len(page.set_aside)
                asked |= {item.key for item in page.set_aside}
                changed |= dict.fromkeys(saved.changed)
                self.observe(
                    "page", source=result.source, page=result.pages, tickets=result.tickets_seen
                )
                if time.monotonic() > deadline:
                    span = timedelta(seconds=int(settings.deadline.total_seconds()))
                    raise TryAgainError(
                        result.source,
                        f"the pass took longer than its deadline of {span}",
                        "what was read is kept; the next pass goes on from there",
                    )
        return list(changed)

    def _retry(self, connector: Connector, result: PassResult, asked: Collection[str]) -> list[str]:
        """Read again what a person asked to have read again and what the tool failed to give; the
        keys of what changed. `asked` was tried in this pass already.

        A tool that fails at several of them in a row is asked for no more in this pass.
        """
        name = result.source
        with self.database.read() as conn:
            waiting = [key for key in quarantine.to_retry(conn, name) if key not in asked]
        changed: list[str] = []
        in_a_row = 0
        for key in waiting:
            read: tuple[Ticket, ...] = ()
            still: tuple[Unreadable, ...] = ()
            try:
                read = (connector.fetch(key),)
                in_a_row = 0
            except TicketError as error:
                still = (Unreadable(key, error.what, ""),)
            except TryAgainError as error:
                in_a_row += 1
                if error.unreached:
                    raise
                still = (Unreadable(key, error.what, "", temporary=True),)
            changed += self._store(result, read, still)
            if in_a_row >= MOST_IN_A_ROW:
                break
        with self.database.read() as conn:
            result.unread = tuple((i.key, i.reason) for i in quarantine.temporary(conn, name))
        return changed

    def _store(
        self, result: PassResult, read: Sequence[Ticket], still: Sequence[Unreadable]
    ) -> tuple[str, ...]:
        """Keep what was read out of turn, or that it still cannot be read; the keys of what
        changed."""
        page = Page(tuple(read), "", set_aside=tuple(still))
        saved = save(
            self.database, self.agreements, result.source, page, self.clock(), move_cursor=False
        )
        result.set_aside += len(still)
        return saved.changed

    def _candidates(self, name: str, changed: Sequence[str], since: datetime) -> list[str]:
        """The tickets to judge: those that changed and those still open, not older than `since`."""
        with self.database.read() as conn:
            current = tickets.created_since(conn, name, changed, since)
            return list(dict.fromkeys([*current, *tickets.open_keys(conn, name, since)]))

    def _left(self, name: str) -> dict[str, datetime]:
        """Tickets that changed since a pass last brought everything to its end, with when: what a
        dry run, a crash or a failed delivery has read and not carried out."""
        with self.database.read() as conn:
            return tickets.changed_since(conn, name, sources.settled_at(conn, name))

    def _recover(
        self, box: Outbox, name: str, changed: Sequence[str], since: datetime
    ) -> list[str]:
        """Find again the questions on tickets that show more of ours than the store knows, as it
        does after a restored back-up; the keys of those tickets."""
        with self.database.read() as conn:
            found = recovery.strange(conn, name, tickets.created_since(conn, name, changed, since))
        for one in list(self._judged(name, found)):
            box.recognise(recovery.questions(one))
        return found

    def _recognised(self, box: Outbox, result: PassResult, strange: Sequence[str]) -> bool:
        """Whether something that is to be told on these tickets was told already: what follows
        from it is then planned anew, before anything is written."""
        wanted = [c for c in result.changes if c.field is Field.MESSAGE and c.ticket in strange]
        return box.recognise(wanted) > 0

    def _judged(self, name: str, keys: Sequence[str]) -> Iterator[Assessed]:
        with self.database.read() as conn:
            yield from assess_stored(conn, self.agreements, name, keys, self.clock())

    def _book(
        self, name: str, changed: Sequence[str], since: datetime, bought: Sequence[LedgerEntry]
    ) -> list[str]:
        """Fix whose each ticket is, and enter hours and breaches, a batch per transaction.

        Returns tickets that did not change and whose book did (P4, R2.15).
        """
        entered = [*bought]
        with self.database.read() as conn:
            freed, notes = bookkeeping.freed(conn, self.agreements, name, self.clock())
        keys = self._candidates(name, [*changed, *freed], since)
        # A book that stops at zero gives to one ticket what it cannot give to the next.
        size = 1 if bookkeeping.stops(self.agreements) else 200
        for start in range(0, len(keys), size):
            now = self.clock()
            with self.database.write() as conn:
                ledger.hold(conn, self.agreements.config.clients)
                part = keys[start : start + size]
                assessed = list(assess_stored(conn, self.agreements, name, part, now))
                for one in assessed:
                    self._note(conn, one, now)
                breaches.note(conn, assessed, now)
                entered += bookkeeping.post_charges(conn, assessed, now)
        with self.database.write() as conn:
            bookkeeping.note_freed(conn, notes)
            touched = {entry.client for entry in entered}
            bookkeeping.keep_years(conn, self.agreements, touched, self.clock())
        return freed

    def _note(self, conn: Connection, one: Assessed, now: datetime) -> None:
        ticket, terms = one.ticket, one.terms
        if terms is None:
            return
        if one.bound is None:
            contract = terms.contract.name
            tickets.bind_client(conn, ticket.source, ticket.key, terms.client, contract, now)
        for decision in one.assessment.approval.decisions:
            ledger.decide(conn, terms.client, terms.contract.name, ticket.ref, decision, now)

    def _plan(
        self,
        connector: Connector,
        result: PassResult,
        changed: Sequence[str],
        since: datetime,
        *,
        force: bool,
    ) -> None:
        name = result.source
        reach = self.agreements.reach(name)
        by_mail = connector.sends_mail
        keys = self._candidates(name, changed, since)
        with self.database.read() as conn:
            # A refused write waits for the next thorough pass, unless a person forces it.
            full_every = self.agreements.config.sources[name].settings.full_every
            recent = outbox.refused_since(conn, name, self.clock() - full_every)
            refused = {} if force else recent
            counted = tickets.counts(conn).get(name)
        result.open = counted.open if counted else 0
        result.older = max(0, (counted.total if counted else 0) - len(keys))
        changes: list[Change] = []
        attention: list[tuple[str, Reason]] = []
        shelf = bookkeeping.Shelf(self.database, self.agreements, self.clock())
        known = frozenset(keys)
        clients: set[str] = set()
        for one in self._judged(name, keys):
            compose = self._composer(one, by_mail, shelf)
            clients |= {one.terms.client} if one.terms is not None else set()
            result_of = one.assessment
            if (low := shelf.low_balance(one, known)) is not None:
                result_of = replace(result_of, notices=(*result_of.notices, low))
            wanted = plan(one.ticket, result_of, one.written, one.sent, reach, compose, one.settled)
            changes += [c for c in wanted if c.key not in refused]
            attention += [(one.ticket.ref, reason) for reason in one.assessment.attention]
            attention += [(c.ref, to_settle(c)) for c in wanted if c.action is Action.ASK]
            if wanted:
                result.titles[one.ticket.ref] = self._title(one)
        result.changes = tuple(changes)
        result.attention = (*attention, *shelf.notices(sorted(clients)))
        result.writes_planned = sum(c.action is Action.WRITE for c in changes)

    def _title(self, one: Assessed) -> str:
        client = one.assessment.client
        if client is None:
            return one.ticket.title
        return f"{one.ticket.title} · {self.agreements.config.clients[client].name}"

    def _composer(
        self, one: Assessed, by_mail: bool, shelf: bookkeeping.Shelf
    ) -> Callable[[Notice], Message | None]:
        def compose(wanted: Notice) -> Message | None:
            if one.terms is None:
                return None
            provider = self.agreements.provider.name
            book = _book_of(one.terms, wanted, shelf)
            message = notify.compose(wanted, one, provider, book, by_mail=by_mail)
            return None if by_mail and wanted.public and not message.recipients else message

        return compose

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


def _book_of(terms: Terms, wanted: Notice, shelf: bookkeeping.Shelf) -> notify.Book:
    """The book of a ticket's contract, with what is promised where the message says so."""
    book = shelf.book(terms.client, terms.contract.name)
    if book is None:
        return notify.Book(0, 0)
    asks = wanted.kind == MessageKind.ESTIMATE
    promised = shelf.promised(terms.client, terms.contract.name) if asks else 0
    return notify.Book(book.balance, book.credited, promised, book.low)
