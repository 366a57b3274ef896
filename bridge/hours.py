"""Keeping the books: purchases of the configuration, charges of tickets and ends of years, as
ledger entries; and how each book stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.engine import Connection

from bridge.agreements import Agreements
from bridge.contracts import Contract
from bridge.judge import Judged, judge
from bridge.model import ApprovalState, Assessment, EntryKind, LedgerEntry, Seconds
from bridge.rules.book import Book, purchase_subject, read
from bridge.rules.measure import ONE, times
from bridge.rules.posting import Due, settle, subject_of
from bridge.store import ledger, sources, tickets

_TAKES: Final = {"deduction": EntryKind.DEDUCTION, "setup": EntryKind.SETUP}


def post_purchases(
    conn: Connection, agreements: Agreements, now: datetime
) -> tuple[LedgerEntry, ...]:
    """Enter what contracts say was bought. Changed or removed purchases become corrections."""
    entered: list[LedgerEntry] = []
    for client in agreements.config.clients:
        due = {
            subject: Due(subject, c.name, p.seconds, p.at, EntryKind.CREDIT, note=p.note)
            for c in agreements.contracts_of(client)
            if c.prepaid is not None
            for number, p in enumerate(c.prepaid.purchased, start=1)
            for subject in (purchase_subject(c.name, p, number),)
        }
        posted = _by_subject(ledger.entries(conn, client))
        for subject, entries in posted.items():
            if subject.startswith("purchase ") and subject not in due:
                last = entries[-1]
                note = "no longer in the configuration"
                due[subject] = Due(subject, last.contract, 0, last.at, EntryKind.CREDIT, note=note)
        entered += settle(client, due.values(), posted)
    return ledger.append(conn, entered, now)


def post_charges(
    conn: Connection, judged: Iterable[Judged], now: datetime
) -> tuple[LedgerEntry, ...]:
    """Enter what the tickets' charges say and the ledger does not hold yet, each on the day of its
    work (P2)."""
    wanted: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        if one.terms is not None and one.terms.contract.prepaid is not None:
            wanted[one.terms.client].append(one)
    entered: list[LedgerEntry] = []
    for client, of_client in wanted.items():
        posted = ledger.of_tickets(conn, client, [one.ticket.ref for one in of_client])
        for one in of_client:
            before = _by_subject(posted.get(one.ticket.ref, ()))
            entered += settle(client, _due(one, before, now), before)
    return ledger.append(conn, entered, now)


def _due(one: Judged, before: Mapping[str, list[LedgerEntry]], now: datetime) -> Iterable[Due]:
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


def keep_years(conn: Connection, agreements: Agreements, now: datetime) -> tuple[LedgerEntry, ...]:
    """Enter what ends of years carry over and what lapsed (R0.10, R2.15)."""
    entered: list[LedgerEntry] = []
    for client in agreements.config.clients:
        entries = ledger.entries(conn, client)
        posted = _by_subject(entries)
        for contract in _with_books(agreements, client):
            found = read(contract, entries, agreements.zone(client), now)
            entered += settle(client, found.due, posted)
    return ledger.append(conn, entered, now)


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
        for one in judge(conn, agreements, name, tickets.open_keys(conn, name, since), now):
            if one.terms is not None:
                found[one.terms.client, one.terms.contract.name] += promised(one.assessment)
    return dict(found)


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
