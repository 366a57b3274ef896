"""What a sync does with a connector, in the few lines that the tests need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bridge.model import Field, Message, Ticket, Value, Write
from connectors.base import Context, Page
from connectors.http import Limits
from connectors.pivotal import PivotalConnector

QUICK = Limits(connect=2, read=5, answer=20, pause=0.05, longest_pause=0.1)
SINCE = datetime(2020, 1, 1, tzinfo=UTC)
FUTURE = datetime(2100, 1, 1, tzinfo=UTC)
"""Everything was last changed before it: the list comes as heads."""


@dataclass
class Client:
    """Polls and keeps the cursor, the tickets and what pages ask to remember, as the store does."""

    connector: PivotalConnector
    context: Context
    store: dict[str, str]
    observed: list[tuple[str, Mapping[str, Any]]]
    cursor: str | None = None
    tickets: dict[str, Ticket] = field(default_factory=dict)
    gone: list[tuple[str, str, str]] = field(default_factory=list)
    set_aside: dict[str, str] = field(default_factory=dict)
    requests: int = 0

    def poll(self, since: datetime = SINCE, *, thorough: bool = False) -> dict[str, Ticket]:
        """One pass; the tickets that came with it, by key."""
        seen: dict[str, Ticket] = {}
        self.requests = 0
        for page in self.connector.poll(self.cursor, since, thorough=thorough):
            self.take(page)
            seen |= {ticket.key: ticket for ticket in page.tickets}
        return seen

    def take(self, page: Page) -> None:
        """Store one page."""
        self.cursor = page.cursor
        self.store |= page.remember
        self.requests += page.requests
        self.tickets |= {ticket.key: ticket for ticket in page.tickets}
        self.gone += [(gone.ticket, gone.kind, gone.key) for gone in page.gone]
        self.set_aside |= {aside.key: aside.reason for aside in page.set_aside}

    def reasons(self, event: str) -> list[str]:
        """Why something was observed, each time."""
        return [str(facts.get("reason")) for name, facts in self.observed if name == event]

    def write(self, ticket: int | str, what: Field, value: Value, *, name: str = "") -> Write:
        """A write with a genuine mark."""
        key = f"{what}:{ticket}:{name or value}"
        mark = self.context.marks.of(key)
        return Write(key, self.context.name, str(ticket), what, value, mark)

    def message(
        self, ticket: int | str, *parts: str, public: bool = True, name: str = "m"
    ) -> Write:
        """A message to be written as a comment."""
        message = Message("note", public, "fr", "", parts)
        return self.write(ticket, Field.MESSAGE, message, name=name)
