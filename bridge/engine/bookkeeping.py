"""Keeping the books: purchases of the configuration, charges of tickets and ends of years, as
ledger entries; and how each book stands."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from bridge.contracts import Contract
from bridge.engine.agreements import Agreements
from bridge.engine.assess import BATCH, Assessed, file
from bridge.model import ApprovalState, EntryKind, MessageKind, Reason, Seconds, Ticket
from bridge.model.assessment import Assessment, Notice
from bridge.model.durations import short
from bridge.model.ledger import LedgerEntry
from bridge.rules.classification.cross_project import Month, hint, sign
from bridge.rules.prepaid.book import Book, Low, purchase_subject, read
from bridge.rules.prepaid.measure import ONE, day_of, times
from bridge.rules.prepaid.posting import Due, settle, subject_of
from bridge.rules.prepaid.work import gather_work
from bridge.store import ledger, meta, tickets

_YEARS_KEPT: Final = "years kept"
_PURCHASES_KEPT: Final = "purchases of the configuration"
_TAKES: Final = {"deduction": EntryKind.DEDUCTION, "setup": EntryKind.SETUP}


def post_purchases(
    conn: Connection, agreements: Agreements, now: datetime
) -> tuple[LedgerEntry, ...]:
    """Enter what contracts say was bought, from its day on (R0.9). Changed or removed purchases
    become corrections. While nobody buys and no day comes, no ledger is read."""
    clients = agreements.config.clients
    bought = {client: _bought(agreements, client, now) for client in clients}
    state = hashlib.sha256(repr(bought).encode()).hexdigest()
    if meta.get(conn, _PURCHASES_KEPT) == state:
        return ()
    entered = [
        entry
        for client in clients
        for entry in _purchases(agreements, client, ledger.entries(conn, client), now)
    ]
    meta.put(conn, _PURCHASES_KEPT, state)
    return ledger.append(conn, entered, now)


def _bought(agreements: Agreements, client: str, now: datetime) -> dict[str, Due]:
    """What a client's ledger should hold of purchases by now, by what each is about."""
    return {
        subject: Due(subject, c.name, p.seconds, p.at, EntryKind.CREDIT, note=p.note)
        for c in agreements.contracts_of(client)
        if c.prepaid is not None
        for number, p in enumerate(c.prepaid.purchased, start=1)
        for subject in (purchase_subject(c.name, p, number),)
        if p.at <= now
    }


def _purchases(
    agreements: Agreements, client: str, entries: Sequence[LedgerEntry], now: datetime
) -> tuple[LedgerEntry, ...]:
    """What one client's ledger lacks of the purchases in the configuration."""
    due = _bought(agreements, client, now)
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
    known = (*entries, *bought)
    return (*bought, *_years(client, _read(agreements, client, known, now), known))


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


def keep_years(conn: Connection, agreements: Agreements, now: datetime) -> tuple[LedgerEntry, ...]:
    """Enter what ends of years carry over and what lapsed (R0.10, R2.15).

    Looks at the clients whose ledger has something new, and when time alone ends a year.
    """
    kept = json.loads(meta.get(conn, _YEARS_KEPT) or "{}")
    heads = ledger.heads(conn)
    clients = [
        client
        for client in agreements.config.clients
        if _with_books(agreements, client)
        and not _is_kept(kept.get(client), heads.get(client, 0), now)
    ]
    if not clients:
        return ()
    entered: list[LedgerEntry] = []
    until = {}
    for client in clients:
        entries = ledger.entries(conn, client)
        found = _read(agreements, client, entries, now)
        entered += _years(client, found, entries)
        until[client] = min((at for b in found if (at := b.wakes_at) is not None), default=None)
    added = ledger.append(conn, entered, now)
    heads = ledger.heads(conn)
    kept |= {
        client: [heads.get(client, 0), now.isoformat(), at.isoformat() if at else None]
        for client, at in until.items()
    }
    meta.put(conn, _YEARS_KEPT, json.dumps(kept))
    return added


def _is_kept(known: list[Any] | None, head: int, now: datetime) -> bool:
    """Whether the years of a book were kept at this very state, and no moment of it has come; by a
    clock that went back since, nobody knows."""
    if known is None or known[0] != head or now < datetime.fromisoformat(known[1]):
        return False
    return known[2] is None or now < datetime.fromisoformat(known[2])


def _years(
    client: str, found: Iterable[Book], entries: Iterable[LedgerEntry]
) -> tuple[LedgerEntry, ...]:
    """What one client's ledger lacks of the ends of the years of these books."""
    posted = _by_subject(entries)
    return tuple(entry for book in found for entry in settle(client, book.due, posted))


def _read(
    agreements: Agreements, client: str, entries: Sequence[LedgerEntry], now: datetime
) -> tuple[Book, ...]:
    zone = agreements.zone(client)
    return tuple(read(c, entries, zone, now) for c in _with_books(agreements, client))


def books(conn: Connection, agreements: Agreements, client: str, now: datetime) -> tuple[Book, ...]:
    """How each of a client's books stands, in the order of the configuration."""
    return _read(agreements, client, ledger.entries(conn, client), now)


def promised(assessment: Assessment) -> Seconds:
    """Hours that were approved for a ticket and not yet worked."""
    agreed, cost = assessment.approval, assessment.charge
    if agreed.state is not ApprovalState.APPROVED or agreed.standing is None:
        return 0
    return max(0, times(cost.multiplier or ONE, agreed.standing.seconds) - cost.consumed)


def low_notice(contract: Contract, low: Low) -> Notice:
    """R2.14: that the book runs low, once per crossing. Whatever ticket it is told on, the message
    has the same key."""
    text = f"{short(low.left)} left, less than {short(low.threshold)}"
    public = MessageKind.LOW_BALANCE in contract.tell_client
    return Notice(
        MessageKind.LOW_BALANCE, public, low.since_credit, (Reason("prepaid.low_balance", text),)
    )


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
