"""Each write recorded before it is sent, sent once, and reconciled after a crash.

Row first, then the call, then the receipt. A field is an absolute value and may be set again; a
message may not be said again: after a lost answer, and before any message at all, `find` asks the
tool whether it is there already (a restored back-up of the store knows less than the tool does).

A ticket whose write fails leaves the others their turn. The delivery ends where the source itself
is out of order: an error that says so, or `MOST_IN_A_ROW` tickets that failed one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy.engine import Connection

from bridge.engine.plan import Change
from bridge.model import WRITABLE, Field, MessageKind, Receipt, Ticket, Write
from bridge.store import history, tickets
from bridge.store import outbox as rows
from bridge.store.database import Database
from bridge.store.outbox import OutboxState, Outgoing
from connectors.base import Connector
from connectors.errors import RefusedError, SourceError, TicketError, TryAgainError
from connectors.marks import Marks

MOST_IN_A_ROW: Final = 3
"""So many tickets that fail one after the other are a source that is down: each may have cost a
whole timeout."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A write that was not done, and why. `refused`: repeating it would not help."""

    write: Write
    sentence: str
    hint: str
    refused: bool


@dataclass(slots=True)
class Delivery:
    """What became of some writes so far: it is right also when the store fails in the middle.

    `broken` is the error by which the source itself failed: the writes after it were not tried and
    wait for the next pass.
    """

    done: list[Write] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    broken: SourceError | None = None


@dataclass(frozen=True, slots=True)
class Outbox:
    """The outbox of one source for the length of a pass.

    `held` are the tickets about which the tool could not be asked whether an earlier write is
    there: nothing is written on them before it can.
    """

    database: Database
    connector: Connector
    marks: Marks
    clock: Callable[[], datetime]
    held: dict[str, SourceError] = field(default_factory=dict)

    def deliver(self, changes: Iterable[Change], delivery: Delivery | None = None) -> Delivery:
        """Record and send what a plan wants, and note in `delivery` what became of it. Tickets
        that failed the last time come last: whatever is wrong with them, the others had theirs."""
        delivery = delivery or Delivery()
        writes = [self._write(change) for change in changes]
        with self.database.read() as conn:
            failing = rows.failing(conn, [write.key for write in writes])
        late = {write.ticket for write in writes if write.key in failing}
        in_a_row = 0
        for batches in _by_ticket(sorted(writes, key=lambda write: write.ticket in late)):
            if (held := self.held.get(batches[0][0].ticket)) is not None:
                delivery.failures += [_failure(write, held) for one in batches for write in one]
                continue
            failure = self._send(batches, delivery)
            in_a_row = 0 if failure is None else in_a_row + 1
            if failure is not None and (_is_general(failure) or in_a_row >= MOST_IN_A_ROW):
                delivery.broken = failure
                break
        return delivery

    def reconcile(self, source: str) -> tuple[Write, ...]:
        """Settle what an earlier pass left unfinished, and give back what turned out to be done.

        The tool is asked for each write that may have gone out: a message by its mark, a field by
        what it shows. What is not there is dropped: the next plan decides anew. What is there is
        confirmed, so that it counts as ours and never as a person's. A ticket of which the tool
        fails to tell is held, and asked about again by the next pass; after `MOST_IN_A_ROW` of
        them nobody waits for the others. Raises SourceError where the source is out of order.
        """
        with self.database.read() as conn:
            left = rows.unfinished(conn, source)
        shows = cache(self._fetch)
        done = []
        failed: list[SourceError] = []
        for item in left:
            if item.may_have_happened and len(failed) >= MOST_IN_A_ROW:
                self.held.setdefault(item.write.ticket, failed[-1])
            if item.write.ticket in self.held:
                continue
            try:
                receipt = self._look(item.write, shows) if item.may_have_happened else None
            except SourceError as error:
                self._hold(item.write.ticket, error)
                failed.append(error)
                continue
            if item.may_have_happened:
                failed.clear()
            with self.database.write() as conn:
                if receipt is not None:
                    rows.confirmed(conn, receipt, self.clock())
                    done.append(item.write)
                else:
                    rows.drop(conn, item.write.key, self.clock())
        return tuple(done)

    def recognise(self, changes: Iterable[Change]) -> int:
        """Confirm those of these messages that the tool shows already, and tell how many.

        After a restored back-up the store knows less than the tool does: what is then recognised
        may have been answered, so that another plan is needed before anything is written.
        """
        found = 0
        for write in map(self._write, changes):
            if write.ticket in self.held or not self._is_open(write):
                continue
            try:
                receipt = self._there(write)
            except SourceError as error:
                self._hold(write.ticket, error)
                continue
            if receipt is not None:
                with self.database.write() as conn:
                    self._planned(conn, write)
                    rows.confirmed(conn, receipt, self.clock())
                found += 1
        return found

    def _hold(self, ticket: str, error: SourceError) -> None:
        """Leave a ticket alone for this pass, or give up where it is not that ticket's fault."""
        if _is_general(error):
            raise error
        self.held[ticket] = error

    def _is_open(self, write: Write) -> bool:
        """Whether a write is not done, nor another ticket's to do."""
        with self.database.read() as conn:
            row = rows.known(conn, write.key)
        if row is None:
            return True
        same = (row.write.source, row.write.ticket) == (write.source, write.ticket)
        return same and row.state is not OutboxState.CONFIRMED

    def _there(self, write: Write) -> Receipt | None:
        """A message that is there already. One that any ticket of a client may carry is looked for
        among all that was read, too."""
        found = self.connector.find(write)
        if found is None and getattr(write.value, "kind", "") == MessageKind.LOW_BALANCE:
            with self.database.read() as conn:
                key = history.bearing(conn, write.mark)
            found = Receipt(write.key, write.value, key) if key is not None else None
        return found

    def _look(self, write: Write, shows: Callable[[str], Ticket]) -> Receipt | None:
        """Whether a write is there; on a ticket that is gone it is not."""
        try:
            if write.field is Field.MESSAGE:
                return self.connector.find(write)
            now = WRITABLE[write.field].shown(shows(write.ticket))
        except TicketError:
            return None
        return Receipt(write.key, now) if now == write.value else None

    def _fetch(self, key: str) -> Ticket:
        return self.connector.fetch(key)

    def _write(self, change: Change) -> Write:
        message = change.field is Field.MESSAGE
        asks = message and getattr(change.desired, "asks", False)
        return Write(
            key=change.key,
            source=change.source,
            ticket=change.ticket,
            field=change.field,
            value=change.desired,
            mark=self.marks.of(change.key),
            token=self.marks.token(change.key) if asks else "",
            why=change.why,
        )

    def _send(self, batches: Sequence[Sequence[Write]], delivery: Delivery) -> SourceError | None:
        """Send the writes of one ticket. The error after which the rest of them waits, if any."""
        for batch in batches:
            mine = self._mine(batch)
            try:
                self._apply(mine, delivery)
            except TicketError as error:
                delivery.failures += self._failed(mine, error)
            except SourceError as error:
                delivery.failures += self._failed(mine, error)
                return error
        return None

    def _mine(self, batch: Sequence[Write]) -> list[Write]:
        """The writes as they are recorded, less those that are done, or are another ticket's: two
        sources may want to say the same thing once."""
        with self.database.write() as conn:
            planned = [self._planned(conn, write) for write in batch]
        place = (batch[0].source, batch[0].ticket)
        return [
            item.write
            for item in planned
            if (item.write.source, item.write.ticket) == place
            and item.state is not OutboxState.CONFIRMED
        ]

    def _apply(self, writes: Sequence[Write], delivery: Delivery) -> None:
        if not writes:
            return
        receipts: Sequence[Receipt] = ()
        if writes[0].field is Field.MESSAGE:
            found = self._there(writes[0])
            receipts = (found,) if found is not None else ()
        if not receipts:
            with self.database.write() as conn:
                for write in writes:
                    rows.sending(conn, write.key, self.clock())
            receipts = self.connector.apply(writes)
        for write, receipt in zip(writes, receipts, strict=True):
            if receipt.refused is None:
                delivery.done.append(write)
            else:
                delivery.failures.append(Failure(write, receipt.refused, "", refused=True))
        with self.database.write() as conn:
            for write, receipt in zip(writes, receipts, strict=True):
                if receipt.refused is None:
                    rows.confirmed(conn, receipt, self.clock())
                    self._note_shown(conn, write, receipt)
                else:
                    rows.refused(conn, write.key, receipt.refused, self.clock())

    def _note_shown(self, conn: Connection, write: Write, receipt: Receipt) -> None:
        if write.field is not Field.MESSAGE and receipt.shown is not None:
            tickets.note_shown(conn, write.source, write.ticket, {write.field: receipt.shown})

    def _planned(self, conn: Connection, write: Write) -> Outgoing:
        """The row of a write; one that was refused before gets another chance."""
        item = rows.plan(conn, write, self.clock())
        if item.state is OutboxState.REFUSED:
            return rows.again(conn, write, self.clock())
        return item

    def _failed(self, batch: Sequence[Write], error: SourceError) -> list[Failure]:
        final = isinstance(error, RefusedError)
        unknown = isinstance(error, TryAgainError) and error.unknown_outcome
        with self.database.write() as conn:
            for write in batch:
                if final:
                    rows.refused(conn, write.key, error.what, self.clock())
                else:
                    rows.failed(conn, write.key, error.what, unknown=unknown)
        return [_failure(write, error) for write in batch]


def _failure(write: Write, error: SourceError) -> Failure:
    return Failure(write, error.what, error.hint, isinstance(error, RefusedError))


def _is_general(error: SourceError) -> bool:
    """Whether the source itself is out of order, so that no other ticket need be tried."""
    if isinstance(error, TryAgainError):
        return error.unreached
    return not isinstance(error, TicketError)


def _by_ticket(writes: Sequence[Write]) -> list[list[list[Write]]]:
    """By ticket, what goes out in one call each: its fields together, then its messages one by
    one, each after its own look."""
    by_ticket: dict[str, list[Write]] = {}
    for write in writes:
        by_ticket.setdefault(write.ticket, []).append(write)
    found = []
    for mine in by_ticket.values():
        fields = [write for write in mine if write.field is not Field.MESSAGE]
        messages = [[write] for write in mine if write.field is Field.MESSAGE]
        found.append([fields, *messages] if fields else messages)
    return found
