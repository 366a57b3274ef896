"""What a sync does with a connector, in the few lines that the tests need."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.model import Comment, Field, Language, Message, MessageKind, Ticket, Write
from connectors.sandbox.gitlab.records import Issue, MergeRequest
from connectors.toolkit.http import Limits
from tests import keeping

QUICK = Limits(connect=2, read=5, answer=20, pause=0.02, longest_pause=0.05)


def key_of(issue: Issue | MergeRequest) -> str:
    """The ticket's key of a sandbox's issue."""
    return f"{issue.project.id}-{issue.iid}"


@dataclass(kw_only=True)
class Client(keeping.Client):
    """A GitLab, polled with one token."""

    url: str

    def key_of(self, ticket: object) -> str:
        """The key of an issue, or of what is a key already."""
        return key_of(ticket) if isinstance(ticket, Issue) else str(ticket)

    def ticket(self, issue: Issue) -> Ticket:
        """The ticket of an issue as it was last read."""
        return self.tickets[key_of(issue)]

    def comments(self, issue: Issue) -> dict[str, Comment]:
        """The comments of an issue as they were last read, by key."""
        return {comment.key: comment for comment in self.ticket(issue).comments}

    def worked(self, issue: Issue) -> dict[str, int]:
        """The seconds of an issue's time entries, by key."""
        return {entry.key: entry.seconds for entry in self.ticket(issue).time_entries}

    def question(self, issue: Issue, number: int = 1, text: str = "Voici l'estimation.") -> Write:
        """An estimate to be told, which asks for an answer."""
        message = Message(
            MessageKind.ESTIMATE, True, Language.FR, "", (text,), number=number, asks=True
        )
        return self.write(issue, Field.MESSAGE, message, name=f"estimate {number}")
