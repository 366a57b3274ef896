"""What a sync does with a connector's pages, in the few lines that the connectors' tests need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from bridge.model import Field, Language, Message, MessageKind, Ticket, Value, Write
from connectors.base import Connector, Context, Page

SINCE: Final = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Kept:
    """The cursor, the tickets and what pages ask to remember, as the store keeps them."""

    store: dict[str, str] = field(default_factory=dict)
    cursor: str | None = None
    tickets: dict[str, Ticket] = field(default_factory=dict)
    gone: list[tuple[str, str, str]] = field(default_factory=list)
    set_aside: dict[str, str] = field(default_factory=dict)
    temporary: set[str] = field(default_factory=set)
    requests: int = 0

    def take(self, page: Page) -> None:
        """Store one page."""
        self.cursor = page.cursor
        self.store |= page.remember
        self.requests += page.requests
        self.tickets |= {ticket.key: ticket for ticket in page.tickets}
        self.gone += [(gone.ticket, gone.kind, gone.key) for gone in page.gone]
        for key in (*(ticket.key for ticket in page.tickets), *page.cleared):
            self.set_aside.pop(key, None)
        self.set_aside |= {aside.key: aside.reason for aside in page.set_aside}
        self.temporary |= {aside.key for aside in page.set_aside if aside.temporary}

    def take_all(self, pages: Iterable[Page]) -> dict[str, Ticket]:
        """Store the pages of one pass; the tickets that came with it, by key."""
        seen: dict[str, Ticket] = {}
        self.requests = 0
        for page in pages:
            self.take(page)
            seen |= {ticket.key: ticket for ticket in page.tickets}
        return seen


@dataclass(kw_only=True)
class Client(Kept):
    """A connector, polled; and writes for it."""

    connector: Connector
    context: Context
    events: list[tuple[str, Mapping[str, Any]]]

    def poll(self, since: datetime = SINCE, *, thorough: bool = False) -> dict[str, Ticket]:
        """One pass; the tickets that came with it, by key."""
        return self.take_all(self.connector.poll(self.cursor, since, thorough=thorough))

    def reasons(self, event: str) -> list[str]:
        """Why something was observed, each time."""
        return [str(facts.get("reason")) for name, facts in self.events if name == event]

    def key_of(self, ticket: object) -> str:
        """The key of what a test calls a ticket."""
        return str(ticket)

    def write(self, ticket: object, what: Field, value: Value, *, name: str = "") -> Write:
        """A write with a genuine mark."""
        ticket = self.key_of(ticket)
        key = f"{what}:{ticket}:{name or value}"
        marks = self.context.marks
        token = marks.token(key) if isinstance(value, Message) and value.asks else ""
        return Write(key, self.context.name, ticket, what, value, marks.of(key), token)

    def message(
        self,
        ticket: object,
        *parts: str,
        public: bool = True,
        name: str = "m",
        language: Language = Language.FR,
    ) -> Write:
        """A message to be written as a note."""
        message = Message(MessageKind.CONSUMED, public, language, "", parts)
        return self.write(ticket, Field.MESSAGE, message, name=name)
