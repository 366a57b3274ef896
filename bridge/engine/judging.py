"""The tickets of a pass that are due, each assessed once: what follows is entered, what it says is
kept, and where something is to be written the ticket waits for the plan.

A ticket on which nothing is to be written sleeps from the very transaction in which its hours are
entered. All others stay due until a pass finds nothing to write on them, however this one ends.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.engine import Connection

from bridge.engine import bookkeeping, breaches, summary, waking
from bridge.engine.agreements import Agreements
from bridge.engine.assess import BATCH, Assessed, assess_stored
from bridge.engine.plan import Action, Change, Reach, fields, message_key, unsaid
from bridge.model.assessment import Notice
from bridge.store import assessments, ledger, tickets, wakes
from bridge.store.database import Database
from bridge.store.wakes import Due

PAGE: Final = 5000
"""Due tickets that are listed at once; as many are assessed at once as `BATCH` says."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket on which something may have to be written, as it was when it was assessed."""

    due: Due
    assessed: Assessed


@dataclass(slots=True)
class Judging:
    """The due tickets of one source for the length of a pass.

    Everything is assessed at `now`. `books` is how the books stood when they were last looked at.
    `refused` are the writes that the tool took not, by key, with when they may be tried again. With
    `dry_run` nothing is entered or kept, and everything stays due.
    """

    agreements: Agreements
    database: Database
    source: str
    since: datetime
    now: datetime
    dry_run: bool
    books: waking.Seen
    refused: Mapping[str, datetime]
    waiting: dict[str, Waiting] = field(default_factory=dict)
    changes: dict[str, tuple[Change, ...]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    carriers: dict[tuple[str, str], tuple[str, Notice]] = field(default_factory=dict)
    """By client and contract, on which ticket somebody is told that the book runs low."""
    clients: set[str] = field(default_factory=set)
    missed: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    """The keys that a dry run has assessed."""
    count: int = 0
    finished: int = 0
    _of_book: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """By client and contract, what a dry run has assessed of books of which somebody is told."""
    _beside: set[str] = field(default_factory=set)
    """Tickets to visit that are not due by themselves: a dry run wakes nothing."""

    def run(self, *, thorough: bool) -> None:
        """Assess what is due, and then what became due by that; all open ones when `thorough`."""
        self._look()
        self._round(thorough=thorough)
        while self._look():
            self._round(thorough=False)
        if not self.dry_run:
            with self.database.write() as conn:
                bookkeeping.keep_years(conn, self.agreements, self.now)

    def again(self, keys: Sequence[str], now: datetime) -> None:
        """Assess these once more: something about them was found out since."""
        self.now = now
        for key in keys:
            self.waiting.pop(key, None)
        with self.database.read() as conn:
            found = wakes.these(conn, self.source, keys, now)
        for start in range(0, len(found), BATCH):
            self._visit(found[start : start + BATCH], thorough=False)
        while self._look():
            self._round(thorough=False)

    # ── what is due ──

    def _round(self, *, thorough: bool) -> None:
        """Every due ticket once, in order of arrival: a book that stops at zero gives to the
        request that came first."""
        size = 1 if bookkeeping.stops(self.agreements) else BATCH
        after: Due | None = None
        while page := self._page(after, thorough):
            todo = [one for one in page if not self._is_waiting(one)]
            after = page[-1]
            for start in range(0, len(todo), size):
                part = todo[start : start + size]
                entered = self._visit(part, thorough=thorough)
                if size == 1 and entered and self._look():
                    # Whoever came later and waits for these hours has its turn now.
                    after = part[-1]
                    break

    def _page(self, after: Due | None, thorough: bool) -> list[Due]:
        with self.database.read() as conn:
            found = wakes.due(
                conn,
                self.source,
                self.since,
                self.now,
                after=after,
                every_open=thorough,
                limit=PAGE,
            )
            if after is None and self._beside:
                more = wakes.these(conn, self.source, list(self._beside), self.now)
                found = sorted({*found, *more}, key=lambda one: (one.created_at, one.key))
                self._beside.clear()
        return found

    def _is_waiting(self, one: Due) -> bool:
        known = self.waiting.get(one.key)
        return known is not None and known.due.changed_at == one.changed_at

    def _look(self) -> bool:
        """Look at the books that moved; whether that wakes a ticket."""
        with self.database.read() as conn:
            looked = waking.look(
                conn, self.agreements, self.source, self.now, self.books, self.clients
            )
            for key in looked.tickets:
                self.waiting.pop(key, None)
            carriers = self._choose_carriers(conn, looked)
        woken = looked.tickets.keys() | (carriers - self.waiting.keys())
        if self.dry_run:
            self._beside |= woken
        elif looked.clients:
            with self.database.write() as conn:
                waking.note_looked(conn, self.source, self.books)
                wakes.wake(conn, self.source, list(looked.tickets.keys() | carriers))
        return bool(woken)

    def _choose_carriers(self, conn: Connection, looked: waking.Looked) -> set[str]:
        """The tickets on which somebody is to be told of the books just looked at."""
        for book in [book for book in self.carriers if book[0] in looked.clients]:
            del self.carriers[book]
        chosen = set()
        for client, contract, low in looked.low:
            book = client, contract.name
            here = self._of_book.get(book, ())
            key = waking.carrier(conn, self.source, client, contract, low, self.now, here)
            if key is not None:
                self.carriers[book] = key, bookkeeping.low_notice(contract, low)
                chosen.add(key)
        return chosen

    def low_balances(self, key: str) -> list[Notice]:
        """What is to be told of books on this ticket."""
        return [notice for carrier, notice in self.carriers.values() if carrier == key]

    # ── one batch ──

    def _visit(self, part: Sequence[Due], *, thorough: bool) -> bool:
        """Assess a batch in one transaction with all that follows; whether a ledger moved."""
        keys = [one.key for one in part]
        with self._transaction() as conn:
            if not self.dry_run:
                ledger.hold(conn, self.agreements.config.clients)
            found = assess_stored(conn, self.agreements, self.source, keys, self.now)
            by_key = {one.ticket.key: one for one in found}
            batch = [(due, by_key[due.key]) for due in part if due.key in by_key]
            entered = False if self.dry_run else self._enter(conn, [one for _, one in batch])
            sleeping = self._sort(conn, batch, thorough=thorough)
            if not self.dry_run:
                wakes.settle(conn, self.source, sleeping)
        self.count += len(batch)
        return entered

    def _enter(self, conn: Connection, batch: Sequence[Assessed]) -> bool:
        """Fix whose each ticket is, and enter decisions, breaches and hours."""
        now = self.now
        under = [(one, terms) for one in batch if (terms := one.terms) is not None]
        unbound = {
            one.ticket.key: (terms.client, terms.contract.name)
            for one, terms in under
            if one.bound is None
        }
        tickets.bind_clients(conn, self.source, unbound, now)
        for one, terms in under:
            for decision in one.assessment.approval.decisions:
                contract, ref = terms.contract.name, one.ticket.ref
                ledger.decide(conn, terms.client, contract, ref, decision, now)
        breaches.note(conn, batch, now)
        return bool(bookkeeping.post_charges(conn, batch, now))

    def _sort(
        self,
        conn: Connection,
        batch: Iterable[tuple[Due, Assessed]],
        *,
        thorough: bool,
    ) -> dict[str, tuple[datetime, datetime | None]]:
        """Keep what each assessment says; those that may need a write wait for the plan. The
        others, as `wakes.settle` takes them."""
        sleeping = {}
        rows = {}
        asleep = set()
        for due, one in batch:
            key = due.key
            changes = fields(one.ticket, one.assessment, one.written, self._reach, one.settled)
            differing = tuple(change for change in changes if change.action is not Action.WRITE)
            rows[key] = summary.kept(summary.summarise(one, differing), self.now)
            self._note(one, differing)
            wanted = self._wanted(one, changes)
            if wanted - self.refused.keys() or self.low_balances(key):
                self.waiting[key] = Waiting(due, one)
            else:
                self.waiting.pop(key, None)
                sleeping[key] = due.changed_at, self._wakes_at(one, wanted)
            if not due.woken and thorough:
                asleep.add(key)
        if not self.dry_run:
            self._compare(conn, rows, asleep)
            assessments.save(conn, list(rows.values()))
        return sleeping

    def _wanted(self, one: Assessed, changes: Iterable[Change]) -> set[str]:
        """The keys of the writes that may be needed: whether there is somebody to tell, the message
        itself will show."""
        wanted = {change.key for change in changes if change.action is Action.WRITE}
        if one.terms is not None:
            notices = unsaid(one.ticket, one.assessment, one.sent, self._reach)
            wanted |= {message_key(one.ticket, n, one.assessment) for n in notices}
        return wanted

    def _wakes_at(self, one: Assessed, wanted: Iterable[str]) -> datetime | None:
        """When a ticket must be assessed next: time passes for open ones, and what the tool refused
        is tried again some day."""
        again = [self.refused[key] for key in wanted if key in self.refused]
        if one.ticket.is_open and one.assessment.wakes_at is not None:
            again.append(one.assessment.wakes_at)
        return min(again, default=None)

    def _compare(
        self, conn: Connection, rows: Mapping[str, assessments.Kept], asleep: Collection[str]
    ) -> None:
        """Count the tickets that nothing had woken, and that are judged otherwise all the same."""
        known = assessments.of_tickets(conn, self.source, list(asleep))
        for key in asleep:
            before = known.get(key)
            if before is None or before.content != rows[key].content or key in self.waiting:
                self.missed.append(f"{self.source}:{key}")

    def _note(self, one: Assessed, differing: tuple[Change, ...]) -> None:
        """What the pass tells of a ticket."""
        key, terms = one.ticket.key, one.terms
        if self.dry_run:
            self.seen.add(key)
        if key not in self.waiting:
            self.finished += not one.ticket.is_open
        if differing:
            self._name(one)
            self.changes[key] = differing
        else:
            self.changes.pop(key, None)
        if terms is not None:
            self.clients.add(terms.client)
            if self.dry_run and waking.tells_low(terms.contract):
                self._of_book.setdefault((terms.client, terms.contract.name), []).append(key)

    def _name(self, one: Assessed) -> None:
        client = one.assessment.client
        title = one.ticket.title
        if client is not None:
            title = f"{title} · {self.agreements.config.clients[client].name}"
        self.titles[one.ticket.ref] = title

    # ── what was planned ──

    def planned(self, one: Waiting, changes: Sequence[Change]) -> None:
        """Take what the plan wants for a ticket that waits for it."""
        wanted = tuple(change for change in changes if change.key not in self.refused)
        key = one.due.key
        if wanted:
            self._name(one.assessed)
            self.changes[key] = wanted
        else:
            self.changes.pop(key, None)

    def let_sleep(self, plans: Mapping[str, Sequence[Change]]) -> None:
        """Let those sleep on which nothing is to be written after all, by their whole plans."""
        sleeping = {}
        for key, changes in plans.items():
            if not any(c.action is Action.WRITE and c.key not in self.refused for c in changes):
                waiting = self.waiting[key]
                wakes_at = self._wakes_at(waiting.assessed, [c.key for c in changes])
                sleeping[key] = waiting.due.changed_at, wakes_at
        if sleeping and not self.dry_run:
            with self.database.write() as conn:
                wakes.settle(conn, self.source, sleeping)

    @property
    def _reach(self) -> Reach:
        return self.agreements.reach(self.source)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self.database.read() if self.dry_run else self.database.write() as conn:
            yield conn
