"""Comments, time entries and events of tickets: adding what is new, never losing what was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bridge.model import Comment, Event, Role, Ticket, TimeEntry
from bridge.store import codec
from bridge.store.sql import chunks, insert
from bridge.store.tables import comments, events, time_entries
from bridge.store.types import clean
from connectors.base import Gone

KINDS: Final[Mapping[str, tuple[sa.Table, type[Any]]]] = {
    "comments": (comments, Comment),
    "time_entries": (time_entries, TimeEntry),
    "events": (events, Event),
}
_OURS: Final = f'"{Role.BRIDGE.value}"'
_REMOVABLE: Final = {"comment": comments, "time_entry": time_entries}
_REMOVED: Final = {"comments": "comment", "time_entries": "time_entry"}


@dataclass(slots=True)
class Changes:
    """Rows to insert and to update, by table, and the keys of the tickets that differ by them."""

    new: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    other: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    tickets: set[str] = field(default_factory=set)


def remove(
    connection: Connection, source: str, gone: Sequence[Gone], now: datetime
) -> dict[str, int]:
    """Mark what is proven removed, and return how many rows that newly are, by ticket.

    The rows stay (P2: their removal gives a correction, and evidence is kept). Raises ValueError
    for a kind other than `comment` and `time_entry`.
    """
    removed: dict[str, int] = defaultdict(int)
    for item in gone:
        table = _REMOVABLE.get(item.kind)
        if table is None:
            raise ValueError(f"{item.kind!r} cannot be gone; expected comment or time_entry")
        done = connection.execute(
            sa.update(table)
            .where(
                table.c.source == source,
                table.c.ticket == item.ticket,
                table.c.key == item.key,
                table.c.removed_at.is_(None),
            )
            .values(removed_at=now)
        )
        if done.rowcount:
            removed[clean(item.ticket)] += done.rowcount
    return dict(removed)


def said_by_us(
    connection: Connection, source: str, keys: Sequence[str]
) -> dict[str, frozenset[str]]:
    """By ticket, the keys of the comments that are the bridge's own."""
    found: dict[str, set[str]] = defaultdict(set)
    for part in chunks(keys):
        rows = connection.execute(
            sa.select(comments.c.ticket, comments.c.key, comments.c.content).where(
                comments.c.source == source,
                comments.c.ticket.in_(part),
                comments.c.content.contains(_OURS),
            )
        )
        for row in rows:
            if _is_ours(row.content):
                found[row.ticket].add(row.key)
    return {ticket: frozenset(said) for ticket, said in found.items()}


def _is_ours(content: str) -> bool:
    return bool(codec.loads(content)["role"] == Role.BRIDGE.value)


def bearing(connection: Connection, mark: str) -> str | None:
    """The key of a comment of the bridge's that bears this mark, on whichever ticket, or None."""
    rows = connection.execute(
        sa.select(comments.c.key, comments.c.content).where(comments.c.content.contains(mark))
    )
    return next((row.key for row in rows if _is_ours(row.content)), None)


def compare(
    connection: Connection,
    source: str,
    read: Sequence[Ticket],
    gone: Sequence[Gone],
    now: datetime,
) -> Changes:
    """What the tickets read bring beyond what is stored, leaving out what the page proves gone."""
    changes = Changes()
    absent = {(item.kind, item.ticket, item.key) for item in gone}
    for name, (table, kind) in KINDS.items():
        items = {
            (clean(ticket.key), clean(item.key)): item
            for ticket in read
            for item in getattr(ticket, name)
            if (_REMOVED.get(name), ticket.key, item.key) not in absent
        }
        if not items:
            continue
        stored = _stored(connection, table, source, list(dict.fromkeys(key for key, _ in items)))
        for (ticket_key, key), item in items.items():
            row = {"source": source, "ticket": ticket_key, "key": key}
            content = codec.dumps(codec.encode(item))
            before = stored.get((ticket_key, key))
            if before is None:
                changes.new[name].append(row | _blank(table) | {"content": content})
            elif before.content != content or getattr(before, "removed_at", None) is not None:
                more = _edit(before, item, now) if kind is Comment else {}
                changes.other[name].append(row | _blank(table) | {"content": content} | more)
            else:
                continue
            changes.tickets.add(ticket_key)
    return changes


def write(connection: Connection, changes: Changes) -> None:
    """Store the rows. What is new is inserted and what differs updated by statements of their
    own, so that a database role without UPDATE on events still takes new ones (S7)."""
    for name, (table, _) in KINDS.items():
        if changes.new[name]:
            connection.execute(
                insert(connection, table).on_conflict_do_nothing(), changes.new[name]
            )
        if changes.other[name]:
            keys = [column.name for column in table.primary_key]
            values = [column for column in changes.other[name][0] if column not in keys]
            connection.execute(
                sa.update(table)
                .where(*(table.c[key] == sa.bindparam(f"at_{key}") for key in keys))
                .values({column: sa.bindparam(f"new_{column}") for column in values}),
                [
                    {f"at_{key}": row[key] for key in keys}
                    | {f"new_{column}": row[column] for column in values}
                    for row in changes.other[name]
                ],
            )


def _stored(
    connection: Connection, table: sa.Table, source: str, keys: Sequence[str]
) -> dict[tuple[str, str], Row[Any]]:
    found: dict[tuple[str, str], Row[Any]] = {}
    for part in chunks(keys):
        rows = connection.execute(
            sa.select(table).where(table.c.source == source, table.c.ticket.in_(part))
        )
        found |= {(row.ticket, row.key): row for row in rows}
    return found


def _blank(table: sa.Table) -> dict[str, None]:
    optional = ("original", "edit_seen_at", "removed_at")
    return {name: None for name in optional if name in table.c}


def _edit(before: Row[Any], comment: Comment, now: datetime) -> dict[str, Any]:
    """What is kept of a comment's earlier words: those first read, and when we saw them change
    if the tool does not say (I2)."""
    old = codec.loads(before.content)
    kept = {"original": before.original, "edit_seen_at": before.edit_seen_at}
    if old["text"] == clean(comment.text):
        return kept
    kept["original"] = before.original or before.content
    if comment.edited_at is None:
        kept["edit_seen_at"] = now
    return kept
