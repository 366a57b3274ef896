"""A client's hours and decisions: entered once, never edited (P1, L1)."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bridge.model import Decision, EntryKind, Person, Problem, Verdict
from bridge.model.ledger import LedgerEntry
from bridge.store import chain as chained
from bridge.store import codec, meta
from bridge.store.chain import Head, clients, head, heads
from bridge.store.errors import LedgerConflictError
from bridge.store.sql import chunks
from bridge.store.tables import chain, chain_texts
from bridge.store.types import clean

__all__ = [
    "Decided",
    "Head",
    "append",
    "balance",
    "balances",
    "by_ticket",
    "clients",
    "decide",
    "decided",
    "decisions",
    "entries",
    "forget",
    "head",
    "heads",
    "verify",
]

_ENTRY: Final = "entry"
_DECISION: Final = "decision"


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as it was entered. `ticket` is SOURCE:KEY; a person who was forgotten has only
    a pseudonym for a name."""

    ticket: str
    contract: str
    recorded_at: datetime
    decision: Decision


def append(
    connection: Connection, entries: Sequence[LedgerEntry], now: datetime
) -> tuple[LedgerEntry, ...]:
    """Enter what is not there yet, by key, and return that.

    Raises LedgerConflictError when a key is there with other seconds or another kind: what
    changed is corrected by an entry of its own, naming what it corrects (P1, P2). Nothing of this
    call is then entered, provided that the caller lets the transaction fail.
    """
    added: list[LedgerEntry] = []
    for client in dict.fromkeys(entry.client for entry in entries):
        wanted: dict[str, LedgerEntry] = {}
        for entry in entries:
            if entry.client == client:
                twin = wanted.setdefault(clean(entry.key), entry)
                _require_same(client, entry, twin.seconds, twin.kind.value)
        chained.lock(connection, client)
        new = _new(connection, client, wanted)
        chained.extend(connection, client, [_link(entry) for entry in new], now)
        added += new
    return tuple(added)


def entries(connection: Connection, client: str) -> tuple[LedgerEntry, ...]:
    """The lines of a client's ledger in order of the day they count."""
    found = [_entry(row) for row in chained.rows(connection, client, chain.c.what == _ENTRY)]
    return tuple(sorted(found, key=lambda entry: entry.at))


def of_tickets(
    connection: Connection, client: str, refs: Sequence[str]
) -> dict[str, tuple[LedgerEntry, ...]]:
    """The entries that name these tickets, by SOURCE:KEY, in the order entered."""
    found: dict[str, tuple[LedgerEntry, ...]] = {}
    for part in chunks(list(dict.fromkeys(refs))):
        condition = sa.and_(chain.c.what == _ENTRY, chain.c.ticket.in_(part))
        for row in chained.rows(connection, client, condition):
            entry = _entry(row)
            found[row.ticket] = (*found.get(row.ticket, ()), entry)
    return found


def balance(connection: Connection, client: str, contract: str | None = None) -> int:
    """Seconds left: the sum of all entries, of one contract if it is given (P1)."""
    statement = sa.select(sa.func.sum(chain.c.seconds)).where(
        chain.c.client == client, chain.c.what == _ENTRY
    )
    if contract is not None:
        statement = statement.where(chain.c.contract == contract)
    return int(connection.execute(statement).scalar_one() or 0)


def balances(connection: Connection) -> dict[str, int]:
    """Seconds left, by client."""
    found = connection.execute(
        sa.select(chain.c.client, sa.func.sum(chain.c.seconds))
        .where(chain.c.what == _ENTRY)
        .group_by(chain.c.client)
        .order_by(chain.c.client)
    )
    return {client: int(seconds) for client, seconds in found}


def by_ticket(connection: Connection, client: str) -> dict[str, int]:
    """The sum of the entries that name a ticket, by SOURCE:KEY; deductions are negative."""
    found = connection.execute(
        sa.select(chain.c.ticket, sa.func.sum(chain.c.seconds))
        .where(chain.c.client == client, chain.c.what == _ENTRY, chain.c.ticket.is_not(None))
        .group_by(chain.c.ticket)
        .order_by(chain.c.ticket)
    )
    return {ticket: int(seconds) for ticket, seconds in found}


def decide(
    connection: Connection,
    client: str,
    contract: str,
    ticket: str,
    decision: Decision,
    now: datetime,
) -> bool:
    """Enter a decision on a ticket (SOURCE:KEY) into the client's chain. False when it is there.

    The same evidence read again is the same decision. Needs a connection that writes.
    """
    link = chained.Link(
        key=_decision_key(connection, ticket, decision),
        what=_DECISION,
        kind=decision.verdict.value,
        contract=clean(contract),
        at=decision.at,
        seconds=0,
        ticket=clean(ticket),
        estimate_number=decision.estimate_number,
        person=codec.dumps(codec.encode(decision.by)),
        note=decision.evidence,
    )
    present = sa.select(chain.c.seq).where(chain.c.client == client, chain.c.key == link.key)
    if connection.execute(present).one_or_none() is not None:
        return False
    chained.lock(connection, client)
    if connection.execute(present).one_or_none() is not None:
        return False
    chained.extend(connection, client, [link], now)
    return True


def hold(connection: Connection, clients: Iterable[str]) -> None:
    """Keep other writers of these clients' books out until the transaction ends.

    Always in one order, so that two passes that touch the same clients wait instead of blocking
    each other; before a book is read to decide what it can still give.
    """
    for client in sorted(set(clients)):
        chained.lock(connection, client)


def decisions(
    connection: Connection, client: str, ticket: str | None = None
) -> tuple[Decided, ...]:
    """The decisions of a client, of one ticket if it is given, in the order entered."""
    conditions = [chain.c.what == _DECISION]
    if ticket is not None:
        conditions.append(chain.c.ticket == ticket)
    return tuple(_decided(row) for row in chained.rows(connection, client, *conditions))


def decided(
    connection: Connection, refs: Sequence[str]
) -> dict[tuple[str, str], tuple[Decision, ...]]:
    """The decisions on these tickets, by client and SOURCE:KEY, in the order entered."""
    found: dict[tuple[str, str], tuple[Decision, ...]] = {}
    for part in chunks(list(dict.fromkeys(refs))):
        for row in chained.of_tickets(connection, part, _DECISION):
            of = (row.client, row.ticket)
            found[of] = (*found.get(of, ()), _decided(row).decision)
    return found


def verify(connection: Connection, client: str) -> Problem | None:
    """The first row of the client's chain that does not hold, or None (L1)."""
    return chained.verify(connection, client)


def forget(connection: Connection, client: str, keys: Sequence[str], pseudonym: str) -> int:
    """Erase person, text and salt of the entries and decisions of these keys (L2).

    Sums, dates and chain stay. `pseudonym` stands for the person from now on. Returns how many
    rows were changed.
    """
    person = codec.dumps(codec.encode(Person(name=pseudonym)))
    changed = 0
    for part in chunks(keys):
        rows = (
            sa.select(chain.c.seq)
            .where(chain.c.client == client, chain.c.key.in_(part))
            .scalar_subquery()
        )
        changed += connection.execute(
            sa.update(chain_texts)
            .where(chain_texts.c.client == client, chain_texts.c.seq.in_(rows))
            .values(salt=None, note=None, person=person)
        ).rowcount
    return changed


def _new(connection: Connection, client: str, wanted: dict[str, LedgerEntry]) -> list[LedgerEntry]:
    known: dict[str, Row[Any]] = {}
    for part in chunks(list(wanted)):
        rows = connection.execute(
            sa.select(chain.c.key, chain.c.kind, chain.c.seconds).where(
                chain.c.client == client, chain.c.key.in_(part)
            )
        )
        known |= {row.key: row for row in rows}
    for key, row in known.items():
        _require_same(client, wanted[key], row.seconds, row.kind)
    return [entry for key, entry in wanted.items() if key not in known]


def _require_same(client: str, entry: LedgerEntry, seconds: int, kind: str) -> None:
    if (entry.seconds, entry.kind.value) != (seconds, kind):
        raise LedgerConflictError(
            f"the ledger of {client} has {entry.key} as {kind} of {seconds} s, and now comes "
            f"{entry.kind.value} of {entry.seconds} s",
            entry.ticket or "",
            "enter the difference as a correction",
        )


def _link(entry: LedgerEntry) -> chained.Link:
    return chained.Link(
        key=clean(entry.key),
        what=_ENTRY,
        kind=entry.kind.value,
        contract=clean(entry.contract),
        at=entry.at,
        seconds=entry.seconds,
        ticket=None if entry.ticket is None else clean(entry.ticket),
        estimate_number=None,
        person="",
        note=entry.note,
    )


def _entry(row: Row[Any]) -> LedgerEntry:
    return LedgerEntry(
        key=row.key,
        client=row.client,
        contract=row.contract,
        at=row.at,
        kind=EntryKind(row.kind),
        seconds=row.seconds,
        ticket=row.ticket,
        note=row.note or "",
    )


def _decided(row: Row[Any]) -> Decided:
    return Decided(
        ticket=row.ticket,
        contract=row.contract,
        recorded_at=row.recorded_at,
        decision=Decision(
            at=row.at,
            by=codec.decode(Person, codec.loads(row.person)),
            verdict=Verdict(row.kind),
            evidence=row.note or "",
            estimate_number=row.estimate_number,
        ),
    )


def _decision_key(connection: Connection, ticket: str, decision: Decision) -> str:
    """Under the database's secret: whoever knows a text must not find it again once forgotten."""
    facts = codec.dumps(
        [
            ticket,
            decision.estimate_number,
            decision.verdict.value,
            decision.at.isoformat(),
            codec.encode(decision.by),
            decision.evidence,
        ]
    )
    digest = hmac.digest(meta.secret(connection), b"decision\0" + facts.encode(), "sha256")
    return f"decision:{digest.hex()[:32]}"
