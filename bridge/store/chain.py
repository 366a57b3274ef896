"""One chain of hashes per client, over ledger entries and decisions alike (L1, L2).

`hash = SHA-256(prev ‖ canonical row)`. The row holds seconds, dates, keys and salted digests of
the texts; the texts and their salts stand beside it and may be forgotten, and the chain stays
whole. Triggers refuse changing a row; `verify` finds what got past them. A client who kept the
head of a statement can tell whether everything was rewritten.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bridge.model import Problem, ProblemSeverity
from bridge.store.sql import insert
from bridge.store.tables import chain, chain_heads, chain_texts
from bridge.store.types import clean, stamp

START: Final = "0" * 64
"""`prev` of a client's first row."""
HEAD_SHOWN: Final = 10
"""Characters of the head that stand on a statement."""
_SALT_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Link:
    """What is chained. `person` is JSON or empty, `note` plain text."""

    key: str
    what: str
    kind: str
    contract: str
    at: datetime
    seconds: int
    ticket: str | None
    estimate_number: int | None
    person: str
    note: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last row of a client's chain. `str()` is what a statement prints."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return self.hash[:HEAD_SHOWN]


def extend(connection: Connection, client: str, links: list[Link], now: datetime) -> None:
    """Add links at the end of a client's chain, whose head the caller holds by `lock`."""
    head = lock(connection, client)
    rows, texts = [], []
    for seq, link in enumerate(links, head.seq + 1):
        salt = secrets.token_hex(_SALT_BYTES)
        row: dict[str, Any] = {
            "client": client,
            "seq": seq,
            "key": link.key,
            "what": link.what,
            "kind": link.kind,
            "contract": link.contract,
            "at": link.at,
            "seconds": link.seconds,
            "ticket": link.ticket,
            "estimate_number": link.estimate_number,
            "recorded_at": now,
            "person_digest": _digest(salt, "person", link.person),
            "note_digest": _digest(salt, "note", link.note),
            "prev": head.hash,
        }
        row["hash"] = _hash(row)
        rows.append(row)
        texts.append(
            {
                "client": client,
                "seq": seq,
                "salt": salt,
                "person": clean(link.person),
                "note": link.note,
            }
        )
        head = Head(seq, row["hash"])
    if rows:
        connection.execute(sa.insert(chain), rows)
        connection.execute(sa.insert(chain_texts), texts)
        connection.execute(
            sa.update(chain_heads)
            .where(chain_heads.c.client == client)
            .values(seq=head.seq, hash=head.hash)
        )


def lock(connection: Connection, client: str) -> Head:
    """The head of a client's chain, held until the transaction ends: one writer at a time."""
    connection.execute(
        insert(connection, chain_heads)
        .values(client=client, seq=0, hash=START)
        .on_conflict_do_nothing()
    )
    statement = sa.select(chain_heads).where(chain_heads.c.client == client).with_for_update()
    row = connection.execute(statement).one()
    return Head(row.seq, row.hash)


def head(connection: Connection, client: str) -> Head:
    """The head of a client's chain; seq 0 while it is empty."""
    row = connection.execute(
        sa.select(chain_heads).where(chain_heads.c.client == client)
    ).one_or_none()
    return Head(0, START) if row is None else Head(row.seq, row.hash)


def heads(connection: Connection) -> dict[str, int]:
    """How long each client's chain is: a number that moves with every entry."""
    rows = connection.execute(sa.select(chain_heads.c.client, chain_heads.c.seq))
    return {row.client: row.seq for row in rows}


def clients(connection: Connection) -> tuple[str, ...]:
    """Whoever has a chain, by name."""
    rows = connection.execute(
        sa.union(sa.select(chain_heads.c.client), sa.select(chain.c.client)).order_by("client")
    )
    return tuple(row.client for row in rows)


def verify(connection: Connection, client: str) -> Problem | None:
    """The first row that does not hold, or None. Reads the whole chain, row by row.

    Found are rows edited, deleted, reordered or put in by hand, texts that were changed, and a
    tail that was cut. Not found is a chain rewritten as a whole: for that, compare the head with
    a statement that was sent.
    """
    expected = Head(0, START)
    for row in connection.execute(_with_texts(client)):
        trouble = _trouble(row, expected)
        if trouble:
            return _problem(client, expected.seq + 1, trouble, row.key)
        expected = Head(row.seq, row.hash)
    kept = head(connection, client)
    if kept != expected:
        return _problem(
            client,
            expected.seq + 1,
            f"the chain ends at row {expected.seq}, and its head says row {kept.seq}",
        )
    return None


def _trouble(row: Row[Any], before: Head) -> str:
    if row.seq != before.seq + 1:
        return f"row {before.seq + 1} is missing, row {row.seq} follows"
    if row.prev != before.hash:
        return "it does not follow the row before it"
    if row.hash != _hash(row._mapping):
        return "its values are not those that were entered"
    if row.text_seq is None:
        return "its text is missing"
    if row.salt is None:
        return ""
    for name, text, digest in (
        ("person", row.person, row.person_digest),
        ("note", row.note, row.note_digest),
    ):
        if text is None or _digest(row.salt, name, text) != digest:
            return f"its {name} is not the one that was entered"
    return ""


def _problem(client: str, seq: int, trouble: str, key: str = "") -> Problem:
    named = f" ({key})" if key else ""
    return Problem(
        severity=ProblemSeverity.ERROR,
        message=f"ledger of {client}, row {seq}{named}: {trouble}",
        where=f"{client}:{seq}",
        hint="somebody changed the database by hand; compare with the last statement and back-up",
    )


def _with_texts(client: str) -> sa.Select[Any]:
    return _rows_with_texts().where(chain.c.client == client)


def _rows_with_texts() -> sa.Select[Any]:
    return (
        sa.select(
            chain,
            chain_texts.c.seq.label("text_seq"),
            chain_texts.c.salt,
            chain_texts.c.person,
            chain_texts.c.note,
        )
        .select_from(
            chain.outerjoin(
                chain_texts,
                sa.and_(chain_texts.c.client == chain.c.client, chain_texts.c.seq == chain.c.seq),
            )
        )
        .order_by(chain.c.seq)
    )


def of_tickets(connection: Connection, refs: Sequence[str], what: str) -> list[Row[Any]]:
    """Rows of one sort about these tickets (SOURCE:KEY), whoever's they are, with their texts."""
    statement = _rows_with_texts().where(chain.c.what == what, chain.c.ticket.in_(refs))
    return list(connection.execute(statement))


def rows(
    connection: Connection, client: str, *conditions: sa.ColumnElement[bool]
) -> list[Row[Any]]:
    """Rows of a client's chain with their texts, in the order in which they were entered."""
    return list(connection.execute(_with_texts(client).where(*conditions)))


_CHAINED: Final = (
    "client", "seq", "key", "what", "kind", "contract", "at", "seconds", "ticket",
    "estimate_number", "recorded_at", "person_digest", "note_digest",
)  # fmt: skip


def _hash(row: Any) -> str:
    values = [stamp(v) if isinstance(v := row[name], datetime) else v for name in _CHAINED]
    text = json.dumps(values, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(str(row["prev"]).encode() + text.encode()).hexdigest()


def _digest(salt: str, name: str, text: str) -> str:
    return hashlib.sha256(f"{salt}\n{name}\n{clean(text)}".encode()).hexdigest()
