"""Storing what a poll brought: a page and its cursor in one transaction, or nothing of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bridge.model import WRITABLE, Event, EventKind, Ticket
from bridge.model.links import address
from bridge.store import codec, history, outbox, quarantine, sources, wakes
from bridge.store.sql import chunks, upsert
from bridge.store.tables import memory, tickets
from bridge.store.tables import sources as sources_table
from bridge.store.types import clean, stamp
from connectors.base import Page

_NOT_IN_HEAD: Final = frozenset(
    {
        "source",
        "key",
        "created_at",
        "updated_at",
        "complete",
        "comments",
        "time_entries",
        "events",
        "raw",
    }
)
_OBSERVED: Final = (
    EventKind.STATE,
    EventKind.KIND,
    EventKind.SEVERITY,
    *(EventKind(row.field.value) for row in WRITABLE.values() if row.observed),
)
"""Values whose changes are told even where only the difference between two polls shows them."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What a page held: how many tickets, and the keys of those whose content differs from what
    was stored. A stamp or `raw` alone is no difference."""

    seen: int
    changed: tuple[str, ...]


@dataclass(slots=True)
class _Incoming:
    """A ticket of the page beside what is stored of it."""

    ticket: Ticket
    stored: Row[Any] | None
    head: str
    differs: bool
    observed: list[Event] = field(default_factory=list)


def save_page(
    connection: Connection,
    source: str,
    page: Page,
    now: datetime,
    *,
    move_cursor: bool = True,
) -> Saved:
    """Store a page: tickets with their history, what is gone, set aside or to be remembered, and
    the cursor. `move_cursor=False` is for ranges and tickets that are read out of turn.

    History adds to what is stored, by key; what is proven gone is kept with the moment. A head
    alone never erases what is known. A state, priority, kind, severity, estimate or approval that
    changed without the tool telling so gives an observed event. Raises ValueError for a ticket of
    another source.
    """
    sources.ensure(connection, source, now)
    incoming = _incoming(connection, source, page.tickets, now)
    _tell_own(connection, source, incoming)
    changed = {key for key, item in incoming.items() if item.differs}
    gone = history.remove(connection, source, page.gone, now)
    changes = history.compare(
        connection, source, [_with_observed(item) for item in incoming.values()], page.gone, now
    )
    changed |= gone.keys() | changes.tickets
    _write_tickets(connection, source, incoming.values(), changed, now)
    history.write(connection, changes)
    for key in sorted(gone.keys() - incoming.keys()):
        wakes.touch(connection, source, key, now)
    quarantine.release(connection, source, [*incoming, *page.cleared])
    quarantine.set_aside(connection, source, page.set_aside, now)
    upsert(
        connection,
        memory,
        [{"source": source, "key": key, "value": text} for key, text in page.remember.items()],
    )
    saved = Saved(
        len(incoming),
        tuple(key for key in incoming if key in changed) + tuple(sorted(changed - incoming.keys())),
    )
    _count(connection, source, saved, now, page.cursor if move_cursor else None)
    return saved


def save_tickets(
    connection: Connection, source: str, read: Sequence[Ticket], now: datetime
) -> Saved:
    """Store tickets that were read one by one (`fetch`), leaving the cursor alone."""
    return save_page(connection, source, Page(tuple(read), ""), now, move_cursor=False)


def recall(connection: Connection, source: str, key: str) -> str | None:
    """What an earlier page asked to remember under this key (`Context.recall`)."""
    return connection.execute(
        sa.select(memory.c.value).where(memory.c.source == source, memory.c.key == key)
    ).scalar_one_or_none()


def _incoming(
    connection: Connection, source: str, read: Sequence[Ticket], now: datetime
) -> dict[str, _Incoming]:
    merged: dict[str, Ticket] = {}
    for ticket in read:
        if ticket.source != source:
            raise ValueError(f"{ticket.ref} came in a page of the source {source}")
        key = clean(ticket.key)
        twin = merged.get(key)
        merged[key] = ticket if twin is None else _union(twin, ticket)
    stored: dict[str, Row[Any]] = {}
    for part in chunks(list(merged)):
        rows = connection.execute(
            sa.select(
                tickets.c.key,
                tickets.c.created_at,
                tickets.c.updated_at,
                tickets.c.changed_at,
                tickets.c.complete,
                tickets.c.head,
            ).where(tickets.c.source == source, tickets.c.key.in_(part))
        )
        stored |= {row.key: row for row in rows}
    return {key: _beside(ticket, stored.get(key), now) for key, ticket in merged.items()}


def _union(first: Ticket, second: Ticket) -> Ticket:
    """One ticket that a page shows twice (lists shift while they are read): the newer head, the
    history of both."""
    older, newer = sorted((first, second), key=lambda ticket: ticket.updated_at)
    return replace(
        newer,
        complete=older.complete or newer.complete,
        comments=older.comments + newer.comments,
        time_entries=older.time_entries + newer.time_entries,
        events=older.events + newer.events,
    )


def _beside(ticket: Ticket, stored: Row[Any] | None, now: datetime) -> _Incoming:
    head = codec.dumps(codec.encode(ticket, leave_out=_NOT_IN_HEAD))
    if stored is None:
        return _Incoming(ticket, None, head, True)
    differs = ticket.created_at != stored.created_at or (ticket.complete and not stored.complete)
    if head == stored.head:
        return _Incoming(ticket, stored, head, differs)
    old, new = codec.loads(stored.head), codec.loads(head)
    if not ticket.complete:
        new = {name: old.get(name) if _is_empty(item) else item for name, item in new.items()}
        head = codec.dumps(new)
    observed = [
        event for kind in _OBSERVED if (event := _observed(ticket, stored, kind, old, new, now))
    ]
    return _Incoming(ticket, stored, head, differs or head != stored.head, observed)


def _is_empty(item: Any) -> bool:
    return not any(item.values()) if isinstance(item, dict) else item is None or item in ("", [])


def _observed(
    ticket: Ticket,
    stored: Row[Any],
    kind: EventKind,
    old: dict[str, Any],
    new: dict[str, Any],
    now: datetime,
) -> Event | None:
    if old.get(kind) == new[kind]:
        return None
    before, after = (None if item is None else str(item) for item in (old.get(kind), new[kind]))
    # Stamps are whole seconds: in the second of the last update, the value tells the event.
    told = [event for event in ticket.events if event.kind == kind]
    if any(e.at > stored.updated_at for e in told):
        return None
    if any(e.at == stored.updated_at and e.new == after for e in told):
        return None
    at = ticket.updated_at if ticket.updated_at > stored.updated_at else now
    return Event(f"observed:{kind}:{stamp(at)}", at, kind, None, before, after, observed=True)


def _tell_own(connection: Connection, source: str, incoming: Mapping[str, _Incoming]) -> None:
    """Mark observed events that are the echo of the bridge's own last write."""
    keys = [key for key, item in incoming.items() if item.observed]
    for key, written in outbox.last_written(connection, source, keys).items():
        own = {name.value: str(codec.encode_value(last.value)) for name, last in written.items()}
        item = incoming[key]
        item.observed = [
            replace(event, own=event.new is not None and own.get(event.kind) == event.new)
            for event in item.observed
        ]


def _with_observed(item: _Incoming) -> Ticket:
    if not item.observed:
        return item.ticket
    return replace(item.ticket, events=(*item.ticket.events, *item.observed))


def _write_tickets(
    connection: Connection,
    source: str,
    incoming: Iterable[_Incoming],
    changed: set[str],
    now: datetime,
) -> None:
    """Write the rows; what a row does not replace is left as it stands, whoever wrote it since."""
    by_kept: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for item in incoming:
        ticket, stored = item.ticket, item.stored
        values = codec.loads(item.head) if not ticket.complete and stored else None
        row = {
            "source": source,
            "key": ticket.key,
            "created_at": ticket.created_at,
            "updated_at": ticket.updated_at,
            "first_seen_at": now,
            "changed_at": now if stored is None else wakes.later(now, stored.changed_at),
            "wakes_at": wakes.AT_ONCE,
            "state": values["state"] if values else ticket.state and ticket.state.value,
            "complete": ticket.complete or (stored is not None and stored.complete),
            "has_unmapped": bool(values["unmapped"] if values else ticket.unmapped),
            "head": item.head,
            "raw": codec.dumps(ticket.raw),
            "address": address(ticket.url),
        }
        kept = ["first_seen_at"]
        if clean(ticket.key) not in changed:
            kept += ["changed_at", "wakes_at"]
        if not ticket.complete and stored is not None and stored.complete:
            kept.append("raw")
        by_kept[tuple(kept)].append(row)
    for names, rows in by_kept.items():
        upsert(connection, tickets, rows, keep=names)


def _count(
    connection: Connection, source: str, saved: Saved, now: datetime, cursor: str | None
) -> None:
    table = sources_table
    values: dict[str, Any] = {
        "tickets_seen": table.c.tickets_seen + saved.seen,
        "tickets_changed": table.c.tickets_changed + len(saved.changed),
    }
    if saved.changed:
        values["last_news_at"] = now
    if cursor is not None:
        values["cursor"] = cursor
    connection.execute(sa.update(table).where(table.c.name == source).values(**values))
