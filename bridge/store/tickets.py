"""Reading stored tickets back, whole, and what is kept about them beside the tool's words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bridge.model import Comment, Event, Field, State, Ticket, TimeEntry, Unmapped, Value
from bridge.store import codec
from bridge.store.errors import StoreError
from bridge.store.sql import chunks
from bridge.store.tables import comments, events, tickets, time_entries
from bridge.store.types import clean

_FINISHED: Final = tuple(state.value for state in State if state.is_finished)
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Bound:
    """The client (and contract) a ticket was given to at its first assessment (threat C2)."""

    client: str
    contract: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tickets of a source are stored, still open, and known by their head only."""

    total: int
    open: int
    heads: int


def load(connection: Connection, source: str, key: str) -> Ticket | None:
    """One ticket with its history and `raw`, or None when it was never stored."""
    return load_many(connection, source, [key], raw=True).get(clean(key))


def load_many(
    connection: Connection, source: str, keys: Sequence[str], *, raw: bool = False
) -> dict[str, Ticket]:
    """The stored tickets among `keys`, by key, in four queries per 500.

    Comments, entries and events come in order of time; those proven removed are left out. `raw`
    is read only when asked for.
    """
    found: dict[str, Ticket] = {}
    for part in chunks(list(dict.fromkeys(keys))):
        statement = _select(raw).where(tickets.c.source == source, tickets.c.key.in_(part))
        found |= {ticket.key: ticket for ticket in _whole(connection, source, statement)}
    return found


def iterate(
    connection: Connection,
    source: str,
    *,
    open_only: bool = False,
    created_since: datetime | None = None,
    client: str | None = None,
    raw: bool = False,
) -> Iterator[Ticket]:
    """The tickets of a source in order of their keys, 500 in memory at a time."""
    statement = _select(raw).where(
        tickets.c.source == source, *_chosen(open_only, created_since, client)
    )
    after: str | None = None
    while True:
        page = statement if after is None else statement.where(tickets.c.key > after)
        batch = _whole(connection, source, page.order_by(tickets.c.key).limit(_BATCH))
        yield from batch
        if len(batch) < _BATCH:
            return
        after = batch[-1].key


def open_keys(
    connection: Connection, source: str, created_since: datetime | None = None
) -> tuple[str, ...]:
    """Keys of tickets on which work may still be expected, in order of creation."""
    rows = connection.execute(
        sa.select(tickets.c.key)
        .where(tickets.c.source == source, *_chosen(True, created_since, None))
        .order_by(tickets.c.created_at, tickets.c.key)
    )
    return tuple(row.key for row in rows)


def newest(
    connection: Connection, sources: Sequence[str], limit: int
) -> tuple[tuple[str, str], ...]:
    """Source and key of the tickets that were opened last, of all these sources together."""
    rows = connection.execute(
        sa.select(tickets.c.source, tickets.c.key)
        .where(tickets.c.source.in_(list(sources)))
        .order_by(tickets.c.created_at.desc(), tickets.c.source, tickets.c.key)
        .limit(limit)
    )
    return tuple((row.source, row.key) for row in rows)


def created_since(
    connection: Connection, source: str, keys: Sequence[str], since: datetime
) -> tuple[str, ...]:
    """Those of `keys` that were created at or after `since`."""
    found: list[str] = []
    for part in chunks(keys):
        rows = connection.execute(
            sa.select(tickets.c.key).where(
                tickets.c.source == source,
                tickets.c.key.in_(part),
                tickets.c.created_at >= since,
            )
        )
        found += [row.key for row in rows]
    return tuple(found)


def at_addresses(
    connection: Connection, addresses: Sequence[str]
) -> dict[str, tuple[tuple[str, str], ...]]:
    """Source and key of the tickets that are found at these addresses, by address."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for part in chunks(addresses):
        rows = connection.execute(
            sa.select(tickets.c.address, tickets.c.source, tickets.c.key)
            .where(tickets.c.address.in_(part))
            .order_by(tickets.c.source, tickets.c.key)
        )
        for row in rows:
            found[row.address] = (*found.get(row.address, ()), (row.source, row.key))
    return found


def news_since(connection: Connection, source: str, since: datetime) -> tuple[datetime, ...]:
    """When tickets of a source were opened or last changed, from a moment on."""
    rows = connection.execute(
        sa.select(tickets.c.created_at, tickets.c.updated_at).where(
            tickets.c.source == source, tickets.c.updated_at >= since
        )
    )
    return tuple(at for row in rows for at in row if at >= since)


def open_since(connection: Connection, source: str, since: datetime | None = None) -> int:
    """How many tickets of a source are open; of those created at or after a moment, if given."""
    return _count(connection, source, since) - _count(connection, source, since, finished=True)


def total(connection: Connection, source: str) -> int:
    """How many tickets of a source are stored."""
    return _count(connection, source, None)


def _count(
    connection: Connection, source: str, since: datetime | None, *, finished: bool = False
) -> int:
    """By indexes alone: a database finds those of a state quickly, and not those of none."""
    statement = sa.select(sa.func.count()).where(
        tickets.c.source == source, *_chosen(False, since, None)
    )
    if finished:
        statement = statement.where(tickets.c.state.in_(_FINISHED))
    return int(connection.execute(statement).scalar_one())


def counts(connection: Connection) -> dict[str, Counts]:
    """How much is stored, by source."""
    rows = connection.execute(
        sa.select(
            tickets.c.source,
            sa.func.count(),
            sa.func.sum(sa.case((is_open(), 1), else_=0)),
            sa.func.sum(sa.case((tickets.c.complete, 0), else_=1)),
        )
        .group_by(tickets.c.source)
        .order_by(tickets.c.source)
    )
    return {source: Counts(total, int(opened), int(heads)) for source, total, opened, heads in rows}


def unmapped_words(connection: Connection, source: str) -> dict[Unmapped, int]:
    """Words that tickets show and the mapping lacks, each with how many tickets show it."""
    found: dict[Unmapped, int] = defaultdict(int)
    rows = connection.execute(
        sa.select(tickets.c.head).where(tickets.c.source == source, tickets.c.has_unmapped)
    )
    for row in rows:
        for item in set(codec.decode_fields(Ticket, codec.loads(row.head))["unmapped"]):
            found[item] += 1
    return dict(sorted(found.items(), key=lambda pair: (pair[0].table, pair[0].word)))


def first_seen(connection: Connection, source: str, keys: Sequence[str]) -> dict[str, datetime]:
    """When each ticket was stored first."""
    found: dict[str, datetime] = {}
    for part in chunks(keys):
        rows = connection.execute(
            sa.select(tickets.c.key, tickets.c.first_seen_at).where(
                tickets.c.source == source, tickets.c.key.in_(part)
            )
        )
        found |= {row.key: row.first_seen_at for row in rows}
    return found


def original_texts(connection: Connection, source: str, key: str) -> dict[str, Comment]:
    """Comments that were edited after they were first read, as they read then (I2), by key."""
    rows = connection.execute(
        sa.select(comments.c.key, comments.c.original).where(
            comments.c.source == source,
            comments.c.ticket == key,
            comments.c.original.is_not(None),
        )
    )
    return {row.key: codec.decode(Comment, codec.loads(row.original)) for row in rows}


def note_shown(
    connection: Connection, source: str, key: str, values: Mapping[Field, Value]
) -> None:
    """Keep what the tool showed right after a write, until the next poll brings the ticket.

    Raises StoreError for a ticket that was never stored.
    """
    found = connection.execute(
        sa.select(tickets.c.head).where(tickets.c.source == source, tickets.c.key == key)
    ).scalar_one_or_none()
    if found is None:
        raise StoreError(
            "no such ticket is stored", f"{source}:{key}", "read it first: bridge sync"
        )
    encoded = {field.value: codec.encode_value(value) for field, value in values.items()}
    connection.execute(
        sa.update(tickets)
        .where(tickets.c.source == source, tickets.c.key == key)
        .values(head=codec.dumps({**codec.loads(found), **encoded}))
    )


def bind_clients(
    connection: Connection,
    source: str,
    found: Mapping[str, tuple[str, str | None]],
    now: datetime,
) -> None:
    """Give tickets to a client, and to a contract, unless they have one (threat C2), by key. The
    first answer stays: the caller compares, and asks a person when they differ."""
    if not found:
        return
    connection.execute(
        sa.update(tickets)
        .where(
            tickets.c.source == source,
            tickets.c.key == sa.bindparam("of_key"),
            tickets.c.client.is_(None),
        )
        .values(client=sa.bindparam("whose"), contract=sa.bindparam("under"), bound_at=now),
        [
            {"of_key": key, "whose": client, "under": contract}
            for key, (client, contract) in found.items()
        ],
    )


def bound_client(connection: Connection, source: str, key: str) -> Bound | None:
    """Whose a ticket is, or None while nobody knows."""
    return bound_clients(connection, source, [key]).get(key)


def bound_clients(connection: Connection, source: str, keys: Sequence[str]) -> dict[str, Bound]:
    """Whose tickets are, for those that have a client."""
    found: dict[str, Bound] = {}
    for part in chunks(keys):
        rows = connection.execute(
            sa.select(
                tickets.c.key, tickets.c.client, tickets.c.contract, tickets.c.bound_at
            ).where(
                tickets.c.source == source,
                tickets.c.key.in_(part),
                tickets.c.client.is_not(None),
            )
        )
        found |= {row.key: Bound(row.client, row.contract, row.bound_at) for row in rows}
    return found


def is_open() -> sa.ColumnElement[bool]:
    """Whether work on a ticket may still be expected, as a condition."""
    return sa.or_(tickets.c.state.is_(None), tickets.c.state.not_in(_FINISHED))


def _chosen(
    open_only: bool, created_since: datetime | None, client: str | None
) -> list[sa.ColumnElement[bool]]:
    conditions = []
    if open_only:
        conditions.append(is_open())
    if created_since is not None:
        conditions.append(tickets.c.created_at >= created_since)
    if client is not None:
        conditions.append(tickets.c.client == client)
    return conditions


def _select(raw: bool) -> sa.Select[Any]:
    columns = [
        tickets.c.key,
        tickets.c.created_at,
        tickets.c.updated_at,
        tickets.c.complete,
        tickets.c.head,
    ]
    return sa.select(*columns, tickets.c.raw) if raw else sa.select(*columns)


def _whole(connection: Connection, source: str, statement: sa.Select[Any]) -> list[Ticket]:
    rows = connection.execute(statement).all()
    keys = [row.key for row in rows if row.complete]
    history = {
        "comments": _history(connection, comments, Comment, source, keys),
        "time_entries": _history(connection, time_entries, TimeEntry, source, keys),
        "events": _history(connection, events, Event, source, keys),
    }
    return [
        _ticket(source, row, {n: items.get(row.key, ()) for n, items in history.items()})
        for row in rows
    ]


def _ticket(source: str, row: Row[Any], history: Mapping[str, Any]) -> Ticket:
    return Ticket(
        source=source,
        key=row.key,
        created_at=row.created_at,
        updated_at=row.updated_at,
        complete=row.complete,
        raw=codec.loads(row.raw) if "raw" in row._mapping else {},
        **history,
        **codec.decode_fields(Ticket, codec.loads(row.head)),
    )


def _history(
    connection: Connection, table: sa.Table, kind: type[Any], source: str, keys: Sequence[str]
) -> dict[str, tuple[Any, ...]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for part in chunks(keys):
        statement = sa.select(table).where(table.c.source == source, table.c.ticket.in_(part))
        if "removed_at" in table.c:
            statement = statement.where(table.c.removed_at.is_(None))
        for row in connection.execute(statement):
            found[row.ticket].append(history_item(kind, row))
    return {
        key: tuple(sorted(items, key=lambda item: (item.at, len(item.key), item.key)))
        for key, items in found.items()
    }


def history_item(kind: type[Any], row: Row[Any]) -> Any:
    """A stored comment, time entry or event as the model has it."""
    data = codec.loads(row.content)
    if kind is Comment and data["edited_at"] is None and row.edit_seen_at is not None:
        data["edited_at"] = row.edit_seen_at.isoformat()
    return codec.decode(kind, data)
