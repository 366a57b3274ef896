"""What a sync does with a connector, in the few lines that the tests need."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bridge.model import Comment, Field, Message, Ticket, Value, Write
from connectors.base import Context, Page
from connectors.gitlab import GitLabConnector
from connectors.http import Limits
from connectors.sandbox.gitlab.records import Issue, MergeRequest

QUICK = Limits(connect=2, read=5, answer=20, pause=0.02, longest_pause=0.05)
SINCE = datetime(2020, 1, 1, tzinfo=UTC)


def key_of(issue: Issue | MergeRequest) -> str:
    """The ticket's key of a sandbox's issue."""
    return f"{issue.project.id}-{issue.iid}"


@dataclass
class Client:
    """Polls and keeps the cursor, the tickets and what pages ask to remember, as the store does."""

    connector: GitLabConnector
    context: Context
    url: str
    store: dict[str, str]
    events: list[tuple[str, dict[str, Any]]]
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

    def ticket(self, issue: Issue) -> Ticket:
        """The ticket of an issue as it was last read."""
        return self.tickets[key_of(issue)]

    def comments(self, issue: Issue) -> dict[str, Comment]:
        """The comments of an issue as they were last read, by key."""
        return {comment.key: comment for comment in self.ticket(issue).comments}

    def worked(self, issue: Issue) -> dict[str, int]:
        """The seconds of an issue's time entries, by key."""
        return {entry.key: entry.seconds for entry in self.ticket(issue).time_entries}

    def write(self, issue: Issue | str, what: Field, value: Value, *, name: str = "") -> Write:
        """A write with a genuine mark."""
        ticket = issue if isinstance(issue, str) else key_of(issue)
        key = f"{what}:{ticket}:{name or value}"
        marks = self.context.marks
        token = marks.token(key) if isinstance(value, Message) and value.asks else ""
        return Write(key, self.context.name, ticket, what, value, marks.of(key), token)

    def message(
        self, issue: Issue | str, *parts: str, public: bool, name: str = "m", language: str = "fr"
    ) -> Write:
        """A message to be written as a note."""
        message = Message("note", public, language, "", parts)
        return self.write(issue, Field.MESSAGE, message, name=name)

    def question(self, issue: Issue, number: int = 1, text: str = "Voici l'estimation.") -> Write:
        """An estimate to be told, which asks for an answer."""
        message = Message("estimate", True, "fr", "", (text,), number=number, asks=True)
        return self.write(issue, Field.MESSAGE, message, name=f"estimate {number}")
