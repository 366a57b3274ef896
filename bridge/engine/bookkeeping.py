"""Keeping the books: purchases of the configuration, charges of tickets and ends of years, as
ledger entries; and how each book stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from bridge.contracts import Contract
from bridge.engine.agreements import Agreements
from bridge.engine.assess import BATCH, Assessed, assess_stored, file
from bridge.engine.plan import low_balance_key
from bridge.model import ApprovalState, EntryKind, MessageKind, Reason, Seconds, Ticket
from bridge.model.assessment import Assessment, Notice
from bridge.model.durations import short
from bridge.model.ledger import LedgerEntry
from bridge.rules.classification.cross_project import Month, hint, sign
from bridge.rules.prepaid.book import Book, purchase_subject, read, restrains
from bridge.rules.prepaid.measure import ONE, day_of, times
from bridge.rules.prepaid.posting import Due, settle, subject_of
from bridge.rules.prepaid.work import gather_work
from bridge.store import ledger, meta, outbox, sources, tickets
from bridge.store.database import Database
from bridge.store.outbox import OutboxState, Outgoing

_YEARS_KEPT: Final = "years of the books"
_TAKES: Final = {"deduction": EntryKind.DEDUCTION, "setup": EntryKind.SETUP}


def post_purchases(
    conn: Connection, agreements: Agreements, now: datetime
) -> tuple[LedgerEntry, ...]:
    """Enter what contracts say was bought, from its day on (R0.9). Changed or removed purchases
    become corrections."""
    entered = [
        entry
        for client in agreements.config.clients
        for entry in _purchases(agreements, client, ledger.entries(conn, client), now)
    ]
    return ledger.append(conn, entered, now)


def _purchases(
    agreements: Agreements, client: str, entries: Sequence[LedgerEntry], now: datetime
) -> tuple[LedgerEntry, ...]:
    """What one client's ledger lacks of the purchases in the configuration."""
    due = {
        subject: Due(subject, c.name, p.seconds, p.at, EntryKind.CREDIT, note=p.note)
        for c in agreements.contracts_of(client)
        if c.prepaid is not None
        for number, p in enumerate(c.prepaid.purchased, start=1)
        for subject in (purchase_subject(c.name, p, number),)
        if p.at <= now
    }
    posted = _by_subject(entries)
    for subject, known in posted.items():
        if subject.startswith("purchase ") and subject not in due:
            last = known[-1]
            note = "no longer in the configuration"
            due[subject] = Due(subject, last.contract, 0, last.at, EntryKind.CREDIT, note=note)
    return settle(client, due.values(), posted)


def due_by_itself(
    agreements: Agreements, client: str, entries: Sequence[LedgerEntry], now: datetime
) -> tuple[LedgerEntry, ...]:
    """What the next pass enters into a client's ledger whatever happens to its tickets: purchases
    of the configuration, and what ends of years carry over and what lapsed."""
    bought = _purchases(agreements, client, entries, now)
    return (*bought, *_years(agreements, client, (*entries, *bought), now))


def post_charges(
    conn: Connection, assessed: Iterable[Assessed], now: datetime
) -> tuple[LedgerEntry, ...]:
    """Enter what the tickets' charges say and the ledger does not hold yet, each on the day of its
    work (P2).

    What was entered for work before it counted for another request goes back in the same
    transaction, whether or not the ticket on which it was done is assessed: nobody pays twice.
    """
    wanted: dict[str, list[Assessed]] = defaultdict(list)
    for one in assessed:
        # Also without a book: what a ticket took from the one it was in before goes back (R0.13).
        if one.terms is not None:
            wanted[one.terms.client].append(one)
    entered: list[LedgerEntry] = []
    for client, of_client in wanted.items():
        named = [one.ticket.ref for one in of_client] + [
            p.ref for one in of_client for p in one.linked
        ]
        posted = ledger.of_tickets(conn, client, named)
        for one in of_client:
            before = _by_subject(posted.get(one.ticket.ref, ()))
            entered += settle(client, _due(one, before, now), before)
            for ref in dict.fromkeys(piece.ref for piece in one.linked):
                before = _by_subject(posted.get(ref, ()))
                entered += settle(client, _back(before, ref, one.ticket.ref), before)
    return ledger.append(conn, entered, now)


def _due(one: Assessed, before: Mapping[str, list[LedgerEntry]], now: datetime) -> Iterable[Due]:
    """What the ledger should hold for each day of work on a ticket, and 0 for days that hold none
    any more. A ticket that went to another contract leaves nothing in the book it was in."""
    if one.terms is None:
        return
    contract, ticket = one.terms.contract, one.ticket
    cover = contract.coverage.get(one.assessment.coverage)
    kind = _TAKES[cover.entry if cover is not None else "deduction"]
    found = set()
    for part in one.assessment.charge.days:
        subject = f"ticket {ticket.ref} {contract.name} {part.day}"
        found.add(subject)
        at = min(part.at, now)
        yield Due(subject, contract.name, -part.seconds, at, kind, ticket.ref, ticket.title)
    for subject, entries in before.items():
        if subject not in found:
            last = entries[-1]
            yield Due(subject, last.contract, 0, last.at, kind, ticket.ref, ticket.title)


def _back(before: Mapping[str, list[LedgerEntry]], ref: str, target: str) -> Iterable[Due]:
    """Nothing, for every day that was entered for work which counts for another request."""
    for subject, entries in before.items():
        last, note = entries[-1], f"counts for {target}"
        yield Due(subject, last.contract, 0, last.at, EntryKind.DEDUCTION, ref, note)


def keep_years(
    conn: Connection, agreements: Agreements, touched: Collection[str], now: datetime
) -> tuple[LedgerEntry, ...]:
    """Enter what ends of years carry over and what lapsed (R0.10, R2.15).

    Looks at the clients `touched`, whose ledger has something new, and once an hour at all: time
    alone ends years.
    """
    hour = f"{now:%Y-%m-%dT%H}"
    everybody = meta.get(conn, _YEARS_KEPT) != hour
    if everybody:
        meta.put(conn, _YEARS_KEPT, hour)
    entered = [
        entry
        for client in agreements.config.clients
        if everybody or client in touched
        for entry in _years(agreements, client, ledger.entries(conn, client), now)
    ]
    return ledger.append(conn, entered, now)


def _years(
    agreements: Agreements, client: str, entries: Sequence[LedgerEntry], now: datetime
) -> tuple[LedgerEntry, ...]:
    """What one client's ledger lacks of the ends of its years."""
    posted = _by_subject(entries)
    zone = agreements.zone(client)
    return tuple(
        entry
        for contract in _with_books(agreements, client)
        for entry in settle(client, read(contract, entries, zone, now).due, posted)
    )


def books(conn: Connection, agreements: Agreements, client: str, now: datetime) -> tuple[Book, ...]:
    """How each of a client's books stands, in the order of the configuration."""
    entries = ledger.entries(conn, client)
    zone = agreements.zone(client)
    return tuple(read(c, entries, zone, now) for c in _with_books(agreements, client))


def promised(assessment: Assessment) -> Seconds:
    """Hours that were approved for a ticket and not yet worked."""
    agreed, cost = assessment.approval, assessment.charge
    if agreed.state is not ApprovalState.APPROVED or agreed.standing is None:
        return 0
    return max(0, times(cost.multiplier or ONE, agreed.standing.seconds) - cost.consumed)


def all_promised(
    conn: Connection, agreements: Agreements, now: datetime
) -> dict[tuple[str, str], Seconds]:
    """Approved and not yet worked, over the open tickets of all sources, by client and contract."""
    found: dict[tuple[str, str], Seconds] = defaultdict(int)
    for name, source in agreements.config.sources.items():
        known = sources.get(conn, name)
        since = source.settings.act_since or (known.act_since if known else now)
        for one in assess_stored(conn, agreements, name, tickets.open_keys(conn, name, since), now):
            if one.terms is not None:
                found[one.terms.client, one.terms.contract.name] += promised(one.assessment)
    return dict(found)


class Shelf:
    """The books as they stand during one pass, each read once, when it is needed."""

    def __init__(self, database: Database, agreements: Agreements, now: datetime) -> None:
        self._database = database
        self._agreements = agreements
        self._now = now
        self._books = cache(self._read)
        self._promised = cache(self._sum_promised)
        self._known = cache(self._find)
        self._told: set[str] = set()

    def book(self, client: str, contract: str) -> Book | None:
        """A book of hours, None when the contract has none."""
        return next((b for b in self._books(client) if b.contract == contract), None)

    def promised(self, client: str, contract: str) -> Seconds:
        """Hours that were approved and are not worked yet."""
        return self._promised().get((client, contract), 0)

    def notices(self, clients: Iterable[str]) -> Iterator[tuple[str, Reason]]:
        """What somebody should know of these clients' books (P4, R2.14, R2.15)."""
        for client in clients:
            for book in self._books(client):
                yield from ((client, notice) for notice in book.notices)

    def low_balance(self, one: Assessed, keys: Collection[str]) -> Notice | None:
        """R2.14: that the book runs low, once per crossing, told on a ticket of the client's.

        The ticket is the one that took the last hours, when it is among the `keys` of this pass;
        else the first one of the same book. Whatever ticket it is, the message has the same key.
        """
        terms = one.terms
        if (
            terms is None
            or MessageKind.LOW_BALANCE not in terms.contract.tell_client | terms.contract.tell_team
        ):
            return None
        book = self.book(terms.client, terms.contract.name)
        low = book.low if book is not None else None
        if low is None:
            return None
        source, _, last = (low.ticket or "").partition(":")
        if source == one.ticket.source and last in keys and last != one.ticket.key:
            return None
        key = low_balance_key(terms.client, terms.contract.name, low.since_credit)
        if key in self._told or not self._may_tell(key, one):
            return None
        self._told.add(key)
        text = f"{short(low.left)} left, less than {short(low.threshold)}"
        public = MessageKind.LOW_BALANCE in terms.contract.tell_client
        return Notice(
            MessageKind.LOW_BALANCE,
            public,
            low.since_credit,
            (Reason("prepaid.low_balance", text),),
        )

    def _may_tell(self, key: str, one: Assessed) -> bool:
        """Whether it was not told yet; an attempt that is still open is finished where it began."""
        row = self._known(key)
        if row is None:
            return True
        here = (row.write.source, row.write.ticket) == (one.ticket.source, one.ticket.key)
        return here and row.state is not OutboxState.CONFIRMED

    def _find(self, key: str) -> Outgoing | None:
        with self._database.read() as conn:
            return outbox.known(conn, key)

    def _read(self, client: str) -> tuple[Book, ...]:
        with self._database.read() as conn:
            return books(conn, self._agreements, client, self._now)

    def _sum_promised(self) -> dict[tuple[str, str], Seconds]:
        with self._database.read() as conn:
            return all_promised(conn, self._agreements, self._now)


def freed(
    conn: Connection, agreements: Agreements, source: str, now: datetime
) -> tuple[list[str], dict[str, str]]:
    """Tickets of a source whose hours a book may have kept back, where that book changed since the
    last pass: they are assessed again although nothing about them did (P4, R2.15).

    With them what `note_freed` is to note once they were assessed.
    """
    keys: list[str] = []
    notes: dict[str, str] = {}
    for client in agreements.config.clients:
        contracts = {c.name: c for c in _with_books(agreements, client) if restrains(c)}
        if not contracts:
            continue
        found = [b for b in books(conn, agreements, client, now) if b.contract in contracts]
        state = "; ".join(_standing(contracts[book.contract], book) for book in found)
        name = f"books of {client} in {source}"
        if meta.get(conn, name) != state:
            notes[name] = state
            keys += [ticket.key for ticket in tickets.iterate(conn, source, client=client)]
    return keys, notes


def note_freed(conn: Connection, notes: Mapping[str, str]) -> None:
    """Remember the state of the books at which their tickets were assessed."""
    for name, state in notes.items():
        meta.put(conn, name, state)


def _standing(contract: Contract, book: Book) -> str:
    """What of a book decides whether tickets get the hours that they wait for."""
    stops_at_zero = contract.prepaid is not None and contract.prepaid.stop_at_zero
    left = book.balance if stops_at_zero else ""
    return f"{book.contract} {book.credited} {book.frozen_since} {left}".rstrip()


def stops(agreements: Agreements) -> bool:
    """Whether a book stops at zero: its tickets are then charged one after the other."""
    return any(
        c.prepaid is not None and c.prepaid.stop_at_zero
        for client in agreements.config.clients
        for c in agreements.contracts_of(client)
    )


def cross_project_hints(
    conn: Connection, agreements: Agreements, now: datetime
) -> Iterator[tuple[str, Reason]]:
    """Clients whose meetings and calls took more than their usual share of this month (R2.16)."""
    for client in agreements.config.clients:
        zone = agreements.zone(client)
        today = now.astimezone(zone).date()
        for contract in agreements.contracts_of(client):
            if contract.cross_project is None or contract.cross_project.hint_share is None:
                continue
            found = hint(contract, _month(conn, agreements, client, contract, today, zone))
            if found is not None:
                yield client, found


def _month(
    conn: Connection,
    agreements: Agreements,
    client: str,
    contract: Contract,
    today: date,
    zone: ZoneInfo,
) -> Month:
    """What was worked for a client in the month of `today`, over all sources."""
    whole = cross = 0
    for source in agreements.config.sources:
        for batch in _batches(tickets.iterate(conn, source, client=client)):
            for filed in file(conn, agreements, source, batch):
                ticket = filed.ticket
                if filed.standing.counts_for is not None:
                    continue
                pieces = gather_work(filed.dossier)
                days = ((day_of(piece.at, zone), piece.seconds) for piece in pieces)
                done = sum(s for day, s in days if (day.year, day.month) == today.timetuple()[:2])
                whole += done
                cross += done if sign(contract, ticket.labels) is not None else 0
    return Month(f"{today:%B %Y}", whole, cross)


def _batches(found: Iterable[Ticket]) -> Iterator[list[Ticket]]:
    left = iter(found)
    while batch := list(islice(left, BATCH)):
        yield batch


def used(entries: Iterable[LedgerEntry]) -> Seconds:
    """What tickets took, corrections taken into account."""
    return -sum(entry.seconds for entry in entries if entry.ticket is not None)


def _with_books(agreements: Agreements, client: str) -> tuple[Contract, ...]:
    return tuple(c for c in agreements.contracts_of(client) if c.prepaid is not None)


def _by_subject(entries: Iterable[LedgerEntry]) -> Mapping[str, list[LedgerEntry]]:
    found: dict[str, list[LedgerEntry]] = defaultdict(list)
    for entry in entries:
        found[subject_of(entry)].append(entry)
    return found
