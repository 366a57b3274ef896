"""Each write recorded before it is sent, sent once, and reconciled after a crash.

Row first, then the call, then the receipt. A field is an absolute value and may be set again; a
message may not be said again: after a lost answer, and before any message at all, `find` asks the
tool whether it is there already (a restored back-up of the store knows less than the tool does).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy.engine import Connection

from bridge.engine.plan import Change, shown
from bridge.model import Field, MessageKind, Receipt, Ticket, Write
from bridge.store import history, tickets
from bridge.store import outbox as rows
from bridge.store.database import Database
from bridge.store.outbox import OutboxState, Outgoing
from connectors.base import Connector
from connectors.errors import RefusedError, SourceError, TicketError, TryAgainError
from connectors.marks import Marks


@dataclass(frozen=True, slots=True)
class Failure:
    """A write that was not done, and why. `refused`: repeating it would not help."""

    write: Write
    sentence: str
    hint: str
    refused: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of some writes. `broken` is the error by which the source itself failed: the
    writes after it were not tried and wait for the next pass."""

    done: tuple[Write, ...] = ()
    failures: tuple[Failure, ...] = ()
    broken: SourceError | None = None


@dataclass(frozen=True, slots=True)
class Outbox:
    """The outbox of one source for the length of a pass."""

    database: Database
    connector: Connector
    marks: Marks
    clock: Callable[[], datetime]

    def deliver(self, changes: Iterable[Change]) -> Delivery:
        """Record and send what a plan wants; one failing ticket leaves the others alone."""
        return self._send([self._write(change) for change in changes])

    def reconcile(self, source: str) -> tuple[Write, ...]:
        """Settle what an earlier pass left unfinished, and give back what turned out to be done.

        The tool is asked for each write that may have gone out: a message by its mark, a field by
        what it shows. What is not there is dropped: the next plan decides anew. What is there is
        confirmed, so that it counts as ours and never as a person's.
        """
        with self.database.read() as conn:
            left = rows.unfinished(conn, source)
        shows = cache(self._fetch)
        done = []
        for item in left:
            receipt = self._look(item.write, shows) if item.may_have_happened else None
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
            if self._is_open(write) and (receipt := self._there(write)) is not None:
                with self.database.write() as conn:
                    self._planned(conn, write)
                    rows.confirmed(conn, receipt, self.clock())
                found += 1
        return found

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
            now = shown(shows(write.ticket), write.field)
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

    def _send(self, writes: Sequence[Write]) -> Delivery:
        done: list[Write] = []
        failures: list[Failure] = []
        for batch in _batches(writes):
            mine = self._mine(batch)
            try:
                refused = self._apply(mine)
            except TicketError as error:
                refused = self._failed(mine, error)
            except SourceError as error:
                failures += self._failed(mine, error)
                return Delivery(tuple(done), tuple(failures), error)
            failed = {failure.write.key for failure in refused}
            done += [write for write in mine if write.key not in failed]
            failures += refused
        return Delivery(tuple(done), tuple(failures))

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

    def _apply(self, writes: Sequence[Write]) -> list[Failure]:
        if not writes:
            return []
        receipts: Sequence[Receipt] = ()
        if writes[0].field is Field.MESSAGE:
            found = self._there(writes[0])
            receipts = (found,) if found is not None else ()
        if not receipts:
            with self.database.write() as conn:
                for write in writes:
                    rows.sending(conn, write.key, self.clock())
            receipts = self.connector.apply(writes)
        refused = []
        with self.database.write() as conn:
            for write, receipt in zip(writes, receipts, strict=True):
                if receipt.refused is None:
                    rows.confirmed(conn, receipt, self.clock())
                    self._note_shown(conn, write, receipt)
                else:
                    rows.refused(conn, write.key, receipt.refused, self.clock())
                    refused.append(Failure(write, receipt.refused, "", refused=True))
        return refused

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
        return [Failure(write, error.what, error.hint, final) for write in batch]


def _batches(writes: Sequence[Write]) -> Iterator[list[Write]]:
    """Fields of one ticket go in one call; messages one by one, each after its own look."""
    by_ticket: dict[str, list[Write]] = {}
    for write in writes:
        by_ticket.setdefault(write.ticket, []).append(write)
    for mine in by_ticket.values():
        if fields := [write for write in mine if write.field is not Field.MESSAGE]:
            yield fields
        yield from ([write] for write in mine if write.field is Field.MESSAGE)
