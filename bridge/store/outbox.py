"""Every write of the bridge, recorded before it is sent.

    planned → sending → confirmed | refused
                      ↘ unknown (the answer was lost) → sending …
                      ↘ planned (nothing happened; to be tried again)
    any unfinished → dropped (no longer wanted as it was; planning it again revives it)

A row left in `sending` by a killed process means the same as `unknown`: `find` decides before a
message is sent again. A token is kept only until its message is confirmed or refused, since a
repeated sending must carry the same one; afterwards only its digest stays (E5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bridge.model import Field, Message, Reason, Receipt, Sent, Value, Write, Written
from bridge.store import codec
from bridge.store.errors import StoreError
from bridge.store.sql import chunks, insert_new
from bridge.store.tables import outbox
from connectors.marks import token_digest


class OutboxState(StrEnum):
    """How far a write has come."""

    PLANNED = "planned"
    SENDING = "sending"
    UNKNOWN = "unknown"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    DROPPED = "dropped"


UNFINISHED: Final = (OutboxState.PLANNED, OutboxState.SENDING, OutboxState.UNKNOWN)
_NEXT: Final = timedelta(microseconds=1)
_UNFINISHED: Final = tuple(state.value for state in UNFINISHED)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A write and what became of it. `write.token` is empty once the write is done."""

    write: Write
    state: OutboxState
    attempts: int
    planned_at: datetime
    sent_at: datetime | None
    done_at: datetime | None
    error: str | None
    shown: Value | None
    reference: str | None

    @property
    def may_have_happened(self) -> bool:
        """Whether an earlier attempt may have reached the tool: ask `find` before a message."""
        return self.state in (OutboxState.SENDING, OutboxState.UNKNOWN)


def plan(connection: Connection, write: Write, now: datetime) -> Outgoing:
    """Record the intention, and return how it stands: an intention has one row for ever, so one
    that is there already comes back with its state. One that was dropped is planned afresh."""
    dropped = sa.and_(outbox.c.key == write.key, outbox.c.state == OutboxState.DROPPED.value)
    connection.execute(sa.delete(outbox).where(dropped))
    insert_new(
        connection,
        outbox,
        {
            "key": write.key,
            "source": write.source,
            "ticket": write.ticket,
            "field": write.field.value,
            "value": codec.dumps(codec.encode_value(write.value)),
            "mark": write.mark,
            "token": write.token or None,
            "token_digest": token_digest(write.token) if write.token else None,
            "why": codec.dumps([codec.encode(reason) for reason in write.why]),
            "state": OutboxState.PLANNED.value,
            "attempts": 0,
            "planned_at": now,
        },
    )
    return get(connection, write.key)


def get(connection: Connection, key: str) -> Outgoing:
    """The row of a write. Raises StoreError when there is none."""
    row = connection.execute(sa.select(outbox).where(outbox.c.key == key)).one_or_none()
    if row is None:
        raise StoreError(f"the outbox has no write {key}", hint="plan it first")
    return _outgoing(row)


def known(connection: Connection, key: str) -> Outgoing | None:
    """The row of a write that was planned and not dropped, or None."""
    row = connection.execute(
        sa.select(outbox).where(outbox.c.key == key, outbox.c.state != OutboxState.DROPPED.value)
    ).one_or_none()
    return None if row is None else _outgoing(row)


def sending(connection: Connection, key: str, now: datetime) -> None:
    """The call is about to be made. Commit before making it.

    Raises StoreError when the write is confirmed or refused already.
    """
    _move(
        connection,
        key,
        _UNFINISHED,
        {
            "state": OutboxState.SENDING.value,
            "attempts": outbox.c.attempts + 1,
            "sent_at": now,
            "error": None,
        },
    )


def confirmed(connection: Connection, receipt: Receipt, now: datetime) -> None:
    """The tool shows it. Repeating a confirmation changes nothing.

    The last confirmation of a field stays the last one when the clock is set back: it is dated
    after those before it. Raises ValueError for a receipt that says refused, StoreError for a
    refused write.
    """
    if receipt.refused is not None:
        raise ValueError(f"the receipt of {receipt.write_key} is a refusal: {receipt.refused}")
    item = get(connection, receipt.write_key)
    if item.state is OutboxState.CONFIRMED:
        return
    latest = connection.execute(
        sa.select(sa.func.max(outbox.c.done_at)).where(
            outbox.c.source == item.write.source,
            outbox.c.ticket == item.write.ticket,
            outbox.c.field == item.write.field.value,
            outbox.c.state == OutboxState.CONFIRMED.value,
        )
    ).scalar_one()
    done_at = now if latest is None else max(now, latest + _NEXT)
    shown = None if receipt.shown is None else codec.dumps(codec.encode_value(receipt.shown))
    _move(
        connection,
        receipt.write_key,
        _UNFINISHED,
        {
            "state": OutboxState.CONFIRMED.value,
            "done_at": done_at,
            "shown": shown,
            "reference": receipt.reference,
            "token": None,
            "error": None,
        },
    )


def refused(connection: Connection, key: str, reason: str, now: datetime) -> None:
    """The tool said no, for good. Raises StoreError for a write that was confirmed."""
    _move(
        connection,
        key,
        (*_UNFINISHED, OutboxState.REFUSED.value),
        {"state": OutboxState.REFUSED.value, "done_at": now, "error": reason, "token": None},
    )


def failed(connection: Connection, key: str, error: str, *, unknown: bool) -> None:
    """The call failed. `unknown`: it may have been done all the same; otherwise it was not, and
    the write waits as planned. Raises StoreError for a write that is done."""
    state = OutboxState.UNKNOWN if unknown else OutboxState.PLANNED
    _move(connection, key, _UNFINISHED, {"state": state.value, "error": error})


def again(connection: Connection, write: Write, now: datetime) -> Outgoing:
    """Plan a refused write once more, after a person mended what stood in its way. Its token,
    which is no longer kept, and its words of today come with it. Raises StoreError unless it was
    refused."""
    _move(
        connection,
        write.key,
        (OutboxState.REFUSED.value,),
        {
            "value": codec.dumps(codec.encode_value(write.value)),
            "why": codec.dumps([codec.encode(reason) for reason in write.why]),
            "state": OutboxState.PLANNED.value,
            "planned_at": now,
            "done_at": None,
            "token": write.token or None,
        },
    )
    return get(connection, write.key)


def drop(connection: Connection, key: str, now: datetime) -> None:
    """Give up an unfinished write: it did not happen, and the next plan decides anew."""
    values = {"state": OutboxState.DROPPED.value, "done_at": now, "token": None}
    _move(connection, key, _UNFINISHED, values)


def refused_since(connection: Connection, source: str, since: datetime) -> dict[str, str]:
    """Writes that the tool refused at or after `since`, by key, with its reason."""
    rows = connection.execute(
        sa.select(outbox.c.key, outbox.c.error).where(
            outbox.c.source == source,
            outbox.c.state == OutboxState.REFUSED.value,
            outbox.c.done_at >= since,
        )
    )
    return {row.key: row.error or "" for row in rows}


def refused_at(connection: Connection, source: str, since: datetime) -> dict[str, datetime]:
    """When the tool refused each write that it refused at or after `since`, by key."""
    rows = connection.execute(
        sa.select(outbox.c.key, outbox.c.done_at).where(
            outbox.c.source == source,
            outbox.c.state == OutboxState.REFUSED.value,
            outbox.c.done_at >= since,
        )
    )
    return {row.key: row.done_at for row in rows}


def refused_tickets(connection: Connection, source: str) -> list[str]:
    """The keys of the tickets on which the tool refused a write."""
    rows = connection.execute(
        sa.select(outbox.c.ticket)
        .where(outbox.c.source == source, outbox.c.state == OutboxState.REFUSED.value)
        .distinct()
    )
    return list(rows.scalars())


def failing(connection: Connection, keys: Sequence[str]) -> frozenset[str]:
    """Those of these writes that failed when they were last tried, and were not refused."""
    found: set[str] = set()
    for part in chunks(keys):
        rows = connection.execute(
            sa.select(outbox.c.key).where(
                outbox.c.key.in_(part),
                outbox.c.error.is_not(None),
                outbox.c.state != OutboxState.REFUSED.value,
            )
        )
        found |= {row.key for row in rows}
    return frozenset(found)


def unfinished(connection: Connection, source: str) -> tuple[Outgoing, ...]:
    """Writes that a pass must still bring to an end, in the order in which they were planned."""
    return _select(connection, outbox.c.source == source, outbox.c.state.in_(_UNFINISHED))


def history(connection: Connection, source: str, key: str) -> tuple[Outgoing, ...]:
    """Every write made or planned for a ticket, oldest first."""
    return _select(connection, outbox.c.source == source, outbox.c.ticket == key)


def last_written(
    connection: Connection, source: str, keys: Sequence[str]
) -> dict[str, dict[Field, Written]]:
    """By ticket and field, the value that the tool last confirmed, and how many it did."""
    found: dict[str, dict[Field, Written]] = defaultdict(dict)
    for item in _done(connection, source, keys, outbox.c.field != Field.MESSAGE.value):
        fields = found[item.write.ticket]
        before = fields.get(item.write.field)
        fields[item.write.field] = Written(
            item.write.field,
            item.write.value,
            item.done_at or item.planned_at,
            (before.revision if before else 0) + 1,
        )
    return dict(found)


def attempted(
    connection: Connection, source: str, keys: Sequence[str]
) -> dict[str, dict[str, frozenset[Value]]]:
    """By ticket and field, every value that was ever sent to the tool, and what it showed then."""
    found: dict[str, dict[str, frozenset[Value]]] = defaultdict(dict)
    for part in chunks(keys):
        rows = connection.execute(
            sa.select(outbox.c.ticket, outbox.c.field, outbox.c.value, outbox.c.shown).where(
                outbox.c.source == source,
                outbox.c.ticket.in_(part),
                outbox.c.field != Field.MESSAGE.value,
                outbox.c.attempts > 0,
            )
        )
        for row in rows:
            texts = (text for text in (row.value, row.shown) if text is not None)
            sent = {codec.decode_value(Field(row.field), codec.loads(text)) for text in texts}
            fields = found[row.ticket]
            fields[row.field] = fields.get(row.field, frozenset()) | sent
    return dict(found)


def sent_messages(
    connection: Connection, source: str, keys: Sequence[str]
) -> dict[str, tuple[Sent, ...]]:
    """By ticket, the messages that the tool confirmed, in order. `at` is when the call was made:
    an answer cannot be older, even when the confirmation came late."""
    found: dict[str, list[Sent]] = defaultdict(list)
    digests = _digests(connection, source, keys)
    for item in _done(connection, source, keys, outbox.c.field == Field.MESSAGE.value):
        message = item.write.value
        if isinstance(message, Message):
            found[item.write.ticket].append(
                Sent(
                    item.write.key,
                    message.kind,
                    message.number,
                    item.sent_at or item.done_at or item.planned_at,
                    message.public,
                    item.reference,
                    digests.get(item.write.key),
                )
            )
    return {key: tuple(items) for key, items in found.items()}


def references(
    connection: Connection, source: str, keys: Sequence[str]
) -> dict[str, frozenset[str]]:
    """By ticket, what the tool named the things that it confirmed to have made."""
    found: dict[str, set[str]] = defaultdict(set)
    for part in chunks(keys):
        rows = connection.execute(
            sa.select(outbox.c.ticket, outbox.c.reference).where(
                outbox.c.source == source,
                outbox.c.ticket.in_(part),
                outbox.c.reference.is_not(None),
            )
        )
        for row in rows:
            found[row.ticket].add(row.reference)
    return {ticket: frozenset(named) for ticket, named in found.items()}


def _digests(connection: Connection, source: str, keys: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in chunks(keys):
        rows = connection.execute(
            sa.select(outbox.c.key, outbox.c.token_digest).where(
                outbox.c.source == source,
                outbox.c.ticket.in_(part),
                outbox.c.token_digest.is_not(None),
            )
        )
        found |= {row.key: row.token_digest for row in rows}
    return found


def _done(
    connection: Connection, source: str, keys: Sequence[str], condition: sa.ColumnElement[bool]
) -> list[Outgoing]:
    found: list[Outgoing] = []
    for part in chunks(keys):
        rows = connection.execute(
            sa.select(outbox)
            .where(
                outbox.c.source == source,
                outbox.c.ticket.in_(part),
                outbox.c.state == OutboxState.CONFIRMED.value,
                condition,
            )
            .order_by(outbox.c.done_at, outbox.c.sent_at, outbox.c.planned_at, outbox.c.key)
        )
        found += [_outgoing(row) for row in rows]
    return found


def _select(connection: Connection, *conditions: sa.ColumnElement[bool]) -> tuple[Outgoing, ...]:
    rows = connection.execute(
        sa.select(outbox).where(*conditions).order_by(outbox.c.planned_at, outbox.c.key)
    )
    return tuple(_outgoing(row) for row in rows)


def _move(
    connection: Connection, key: str, allowed: Sequence[str], values: Mapping[str, Any]
) -> None:
    done = connection.execute(
        sa.update(outbox).where(outbox.c.key == key, outbox.c.state.in_(allowed)).values(**values)
    )
    if not done.rowcount:
        state = get(connection, key).state
        raise StoreError(
            f"the write {key} is {state.value} and cannot become {values['state']}",
            hint="this is a mistake of the program: please report it",
        )


def _outgoing(row: Row[Any]) -> Outgoing:
    field = Field(row.field)
    write = Write(
        key=row.key,
        source=row.source,
        ticket=row.ticket,
        field=field,
        value=codec.decode_value(field, codec.loads(row.value)),
        mark=row.mark,
        token=row.token or "",
        why=tuple(codec.decode(Reason, item) for item in codec.loads(row.why)),
    )
    shown = None if row.shown is None else codec.decode_value(field, codec.loads(row.shown))
    return Outgoing(
        write,
        OutboxState(row.state),
        row.attempts,
        row.planned_at,
        row.sent_at,
        row.done_at,
        row.error,
        shown,
        row.reference,
    )
