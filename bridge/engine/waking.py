"""What wakes tickets beside their own changes and their own time: another configuration, another
account behind an approver's name, a clock that went back, a book that moved.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias

from sqlalchemy.engine import Connection

from bridge.contracts import Contract
from bridge.engine import bookkeeping
from bridge.engine.agreements import Agreements
from bridge.engine.plan import low_balance_key
from bridge.model import MessageKind
from bridge.rules.prepaid.book import Book, Low, restrains
from bridge.store import accounts, assessments, ledger, meta, outbox, wakes
from bridge.store.outbox import OutboxState

Seen: TypeAlias = dict[str, Any]
"""By client, how far the ledger went, until when the books stand by themselves, and how."""
_UNDER: Final = "assessed under in {}"
_BOOKS: Final = "books as seen in {}"


def reconsider(
    conn: Connection, agreements: Agreements, source: str, since: datetime, now: datetime
) -> None:
    """Wake all open tickets of a source where they were assessed under something else; what is
    older than `since` is left alone."""
    first = meta.get(conn, _UNDER.format(source)) is None
    if _is_anew(conn, agreements, source, now):
        # Of finished tickets nobody knows yet from which of them a book holds hours back.
        wakes.wake_open(conn, source, since, _restrained(agreements) if first else ())
        meta.put(conn, _BOOKS.format(source), "{}")
    meta.put(conn, _UNDER.format(source), f"{_under(conn, agreements, source)} {now.isoformat()}")
    wakes.let_rest(conn, source, since)


def awake(
    conn: Connection, agreements: Agreements, source: str, since: datetime, now: datetime
) -> list[str]:
    """The keys of the tickets of which what is kept may no longer hold at `now`."""
    anew = _is_anew(conn, agreements, source, now)
    due = [one.key for one in wakes.due(conn, source, since, now, every_open=anew)]
    if anew:
        return due
    found = look(conn, agreements, source, now, books_seen(conn, source)).tickets
    return list(dict.fromkeys([*due, *found]))


def _is_anew(conn: Connection, agreements: Agreements, source: str, now: datetime) -> bool:
    """Whether everything must be assessed: under something else, or by a clock that went back."""
    known = meta.get(conn, _UNDER.format(source))
    if known is None:
        return True
    under, _, last = known.rpartition(" ")
    return under != _under(conn, agreements, source) or now < datetime.fromisoformat(last)


def _under(conn: Connection, agreements: Agreements, source: str) -> str:
    ids = json.dumps(sorted(accounts.ids(conn, source).items()))
    return f"{agreements.fingerprint(source)}.{hashlib.sha256(ids.encode()).hexdigest()[:16]}"


@dataclass(slots=True)
class Looked:
    """What the books of a source's clients say since they were last looked at: the keys of the
    `tickets` that may take other hours now; the books that run `low`, which nobody was told;
    the `clients` whose books were read."""

    tickets: dict[str, None] = field(default_factory=dict)
    low: list[tuple[str, Contract, Low]] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)


def look(
    conn: Connection,
    agreements: Agreements,
    source: str,
    now: datetime,
    seen: Seen,
    touched: Collection[str] = (),
) -> Looked:
    """Look at the books that moved, by an entry or by time alone, and again at those of the clients
    `touched` of which somebody is still to be told that they run low. `seen` is brought up to
    date."""
    heads = ledger.heads(conn)
    looked = Looked()
    for client, contracts in _watched(agreements).items():
        before, head = seen.get(client), heads.get(client, 0)
        tells = before is not None and before["low"] and client in touched
        if _is_as_seen(before, head, now) and not tells:
            continue
        looked.clients.append(client)
        books = [
            book
            for book in bookkeeping.books(conn, agreements, client, now)
            if book.contract in contracts
        ]
        known = before["books"] if before is not None else {}
        for book in books:
            keys = _freed(conn, source, client, contracts[book.contract], book, known)
            looked.tickets |= dict.fromkeys(keys)
        low = [
            (client, contract, book.low)
            for book in books
            for contract in (contracts[book.contract],)
            if book.low is not None and _is_to_tell(conn, client, contract, book.low)
        ]
        looked.low += low
        until = min((at for b in books if (at := b.wakes_at) is not None), default=None)
        seen[client] = {
            "head": head,
            "until": until.isoformat() if until is not None else None,
            "low": bool(low),
            "books": {book.contract: _state(contracts[book.contract], book) for book in books},
        }
    return looked


def books_seen(conn: Connection, source: str) -> Seen:
    """How the books stood when they were last looked at for this source."""
    seen: Seen = json.loads(meta.get(conn, _BOOKS.format(source)) or "{}")
    return seen


def note_looked(conn: Connection, source: str, seen: Seen) -> None:
    """Remember how the books stood."""
    meta.put(conn, _BOOKS.format(source), json.dumps(seen))


def _is_as_seen(before: Mapping[str, Any] | None, head: int, now: datetime) -> bool:
    """Whether the books of a client stand as they did when they were last looked at."""
    if before is None or before["head"] != head:
        return False
    return before["until"] is None or now < datetime.fromisoformat(before["until"])


def _watched(agreements: Agreements) -> dict[str, dict[str, Contract]]:
    """By client and name, the contracts whose book matters to other tickets than those that take
    from it."""
    found = {
        client: {
            c.name: c
            for c in agreements.contracts_of(client)
            if c.prepaid is not None and (restrains(c) or tells_low(c))
        }
        for client in agreements.config.clients
    }
    return {client: contracts for client, contracts in found.items() if contracts}


def _restrained(agreements: Agreements) -> list[str]:
    """The clients of whom a book may keep a ticket from taking hours."""
    return [
        client
        for client in agreements.config.clients
        if any(restrains(contract) for contract in agreements.contracts_of(client))
    ]


def tells_low(contract: Contract) -> bool:
    """Whether somebody is told when a book of this contract runs low."""
    return MessageKind.LOW_BALANCE in contract.tell_client | contract.tell_team


def _state(contract: Contract, book: Book) -> list[Any] | None:
    """What of a book decides whether tickets get the hours that they wait for (P4, R2.15)."""
    if not restrains(contract):
        return None
    stops = contract.prepaid is not None and contract.prepaid.stop_at_zero
    frozen = book.frozen_since.isoformat() if book.frozen_since is not None else None
    return [book.balance if stops else 0, frozen]


def _freed(
    conn: Connection,
    source: str,
    client: str,
    contract: Contract,
    book: Book,
    known: Mapping[str, Any],
) -> Iterator[str]:
    """Tickets of a book that may take other hours than when they were assessed. Those that hold
    nothing back can only where the book was overdrawn, frozen, or never looked at."""
    before, state = known.get(contract.name), _state(contract, book)
    if state is None or state == before:
        return
    held = before is not None and before[1] == state[1] and min(before[0], state[0]) >= 0
    yield from assessments.of_book(conn, source, client, contract.name, held=held)


def _is_to_tell(conn: Connection, client: str, contract: Contract, low: Low) -> bool:
    if not tells_low(contract):
        return False
    row = outbox.known(conn, low_balance_key(client, contract.name, low.since_credit))
    return row is None or row.state is not OutboxState.CONFIRMED


def carrier(
    conn: Connection,
    source: str,
    client: str,
    contract: Contract,
    low: Low,
    now: datetime,
    assessed: Collection[str] = (),
) -> str | None:
    """The ticket of a source on which somebody is told that a book runs low (R2.14), or None.

    An attempt that is still open is finished where it began. Else it is the ticket that took the
    last hours, where it is open or was assessed by this pass, which was at `now`; else the first
    one of the same book. A dry run, which keeps nothing, says what it has `assessed` of that book.
    """
    row = outbox.known(conn, low_balance_key(client, contract.name, low.since_credit))
    if row is not None:
        return row.write.ticket if row.write.source == source else None
    where, _, last = (low.ticket or "").partition(":")
    if where == source:
        kept = assessments.of_tickets(conn, source, [last]).get(last)
        if last in assessed or (kept is not None and (kept.is_open or kept.at == now)):
            return last
    first = assessments.first(conn, source, client, contract.name, now)
    return first or next(iter(assessed), None)
