"""The verbs of a connector that speaks HTTP, each handed to the part of it that knows how."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import ClassVar, Protocol

from bridge.model import Receipt, Ticket, Write
from connectors.base import API_VERSION, Context, Identity, Page, Vocabulary
from connectors.errors import TicketError
from connectors.toolkit.http import Transport
from connectors.toolkit.rows import ODD, why
from connectors.toolkit.writer import ticket_of


class Pass(Protocol):
    """One poll of one source; used once."""

    def changes(self, text: str | None, since: datetime) -> Iterator[Page]:
        """What changed since the cursor; heads of what was last changed before `since` on first
        contact. Always ends with a page."""
        ...

    def everything(self, text: str | None, since: datetime) -> Iterator[Page]:
        """Every open ticket and those touched since `since`. The cursor comes back as given."""
        ...

    def recent(self, limit: int) -> Page:
        """The tickets opened last, as lists tell them."""
        ...


class Writes(Protocol):
    """Writing to tickets of one source."""

    def apply(self, key: str, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        """Several values of the ticket `key`; at least one."""
        ...

    def find(self, write: Write) -> Receipt | None:
        """The receipt of a message that was written before."""
        ...


@dataclass(frozen=True, slots=True)
class Verbs:
    """What a tool's connector does for each verb. `begin` makes a pass, each time a new one;
    `fetch` may raise what `ODD` names."""

    verify: Callable[[], Identity]
    describe: Callable[[], Vocabulary]
    begin: Callable[[], Pass]
    fetch: Callable[[str], Ticket]
    writer: Callable[[], Writes]


class HttpConnector:
    """The verbs as `connectors.base.Connector` promises them."""

    api_version: ClassVar[int] = API_VERSION
    sends_mail: ClassVar[bool] = False

    def __init__(self, context: Context, transport: Transport, verbs: Verbs) -> None:
        self._source = context.name
        self._transport = transport
        self._verbs = verbs

    @property
    def requests(self) -> int:
        """Calls made to the tool so far, repeated ones included."""
        return self._transport.requests

    def verify(self) -> Identity:
        """Who am I, what may I do. Never writes."""
        return self._verbs.verify()

    def describe(self) -> Vocabulary:
        """The tool's live words, fields and projects."""
        return self._verbs.describe()

    def poll(
        self, cursor: str | None, since: datetime, *, thorough: bool = False
    ) -> Iterator[Page]:
        """Changed tickets as pages; see `connectors.base.Connector.poll`."""
        run = self._verbs.begin()
        return run.everything(cursor, since) if thorough else run.changes(cursor, since)

    def recent(self, limit: int) -> Page:
        """The tickets opened last, as the tool's lists tell them."""
        return self._verbs.begin().recent(limit)

    def fetch(self, key: str) -> Ticket:
        """One ticket, complete. Raises GoneError; TicketError when it cannot be read."""
        try:
            return self._verbs.fetch(key)
        except ODD as error:
            raise TicketError(self._source, key, f"cannot be read: {why(error)}") from error

    def apply(self, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        """Several values of one ticket, in as few calls as the tool allows, and what was kept."""
        return self._writer.apply(ticket_of(writes), writes) if writes else ()

    def find(self, write: Write) -> Receipt | None:
        """The message that carries the write's mark, if it is ours."""
        return self._writer.find(write)

    def close(self) -> None:
        """Let go of connections. Safe to repeat."""
        self._transport.close()

    @cached_property
    def _writer(self) -> Writes:
        return self._verbs.writer()
