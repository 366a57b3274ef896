"""Keeping the books: purchases of the configuration and charges of tickets, as ledger entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.engine import Connection

from bridge.agreements import Agreements
from bridge.judge import Judged
from bridge.model import EntryKind, LedgerEntry, Seconds
from bridge.rules.prepaid import Due, settle, subject_of
from bridge.store import ledger


def post_purchases(
    conn: Connection, agreements: Agreements, now: datetime
) -> tuple[LedgerEntry, ...]:
    """Enter what contracts say was bought. Changed or removed purchases become corrections."""
    entered: list[LedgerEntry] = []
    for client in agreements.config.clients:
        due = {
            f"purchase {c.name} {p.date} {index}": Due(
                f"purchase {c.name} {p.date} {index}",
                c.name,
                p.seconds,
                p.at,
                EntryKind.CREDIT,
                note=p.note,
            )
            for c in agreements.contracts_of(client)
            if c.prepaid is not None
            for index, p in enumerate(c.prepaid.purchased, start=1)
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
    """Enter what the tickets' charges say and the ledger does not hold yet (P2)."""
    due: dict[str, list[Due]] = defaultdict(list)
    for one in judged:
        terms, cost = one.terms, one.assessment.charge
        if terms is None or terms.contract.prepaid is None:
            continue
        days = [entry.at for entry in one.ticket.time_entries]
        due[terms.client].append(
            Due(
                subject=f"ticket {one.ticket.ref}",
                contract=terms.contract.name,
                seconds=-cost.consumed,
                at=min(max(days, default=now), now),
                kind=EntryKind.DEDUCTION,
                ticket=one.ticket.ref,
                note=one.ticket.title,
            )
        )
    entered: list[LedgerEntry] = []
    for client, wanted in due.items():
        of_tickets = ledger.of_tickets(conn, client, [d.ticket or "" for d in wanted])
        posted = {f"ticket {ref}": entries for ref, entries in of_tickets.items()}
        entered += settle(client, wanted, posted)
    return ledger.append(conn, entered, now)


def balances(conn: Connection, client: str) -> tuple[Seconds, Seconds]:
    """What is left, and what was credited in all."""
    entries = ledger.entries(conn, client)
    left = sum(entry.seconds for entry in entries)
    return left, left + used(entries)


def used(entries: Iterable[LedgerEntry]) -> Seconds:
    """What tickets took, corrections taken into account."""
    return -sum(entry.seconds for entry in entries if entry.ticket is not None)


def _by_subject(entries: Iterable[LedgerEntry]) -> Mapping[str, list[LedgerEntry]]:
    found: dict[str, list[LedgerEntry]] = defaultdict(list)
    for entry in entries:
        found[subject_of(entry)].append(entry)
    return found
