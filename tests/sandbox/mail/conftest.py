"""A simulated mailbox that is served, and our connector on it as its guide says."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from bridge.model import Comment, Field, Language, Message, MessageKind, Ticket, Value, Write
from connectors.base import Context
from connectors.imap import MailboxConnector, MailboxSettings
from connectors.marks import Marks
from connectors.sandbox.mail import MailSandbox, MailServing, seed
from mappings import load

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
Connect = Callable[[], MailboxConnector]


@pytest.fixture
def tool() -> MailSandbox:
    tool = MailSandbox()
    seed.people(tool)
    return tool


@pytest.fixture
def serving(tool: MailSandbox) -> Iterator[MailServing]:
    with tool.serve() as serving:
        yield serving


class Reader:
    """Our connector with a store that is a dictionary; made anew for each pass."""

    def __init__(self, keys: dict[str, object]) -> None:
        self.marks = Marks(b"a secret of the tests' database")
        self.stored: dict[str, str] = {}
        self.cursor: str | None = None
        self.tickets: dict[str, Ticket] = {}
        self.comments: dict[str, Comment] = {}
        self.made: list[MailboxConnector] = []
        self._settings = MailboxSettings.model_validate(keys)
        self.connect()

    def connect(self) -> MailboxConnector:
        """A connector as the next pass makes it."""
        if self.made:
            self.made[-1].close()
        self.made.append(
            MailboxConnector(
                self._settings,
                Context("inbox", load("imap"), self.marks, recall=self.stored.get),
            )
        )
        return self.connector

    @property
    def connector(self) -> MailboxConnector:
        """The connector of this pass."""
        return self.made[-1]

    def poll(self, *, thorough: bool = False) -> None:
        """One whole pass."""
        for page in self.connect().poll(self.cursor, SINCE, thorough=thorough):
            for ticket in page.tickets:
                self.tickets[ticket.key] = ticket
                self.comments.update({each.key: each for each in ticket.comments})
            self.stored.update(page.remember)
            self.cursor = page.cursor
        self.connector.close()

    def only(self) -> Ticket:
        """The one ticket that there is."""
        (ticket,) = self.tickets.values()
        return ticket

    def said(self) -> list[Comment]:
        """What was said, oldest first."""
        return sorted(self.comments.values(), key=lambda comment: comment.at)

    def write(self, field: Field, value: Value, key: str = "w1") -> Write:
        """A write to the only ticket, as the outbox makes it."""
        return Write(
            key=key, source="inbox", ticket=self.only().key, field=field, value=value,
            mark=self.marks.of(key), token=self.marks.token(key),
        )  # fmt: skip

    def estimate(self, recipient: str, key: str = "m1") -> Write:
        """A message that asks for a decision."""
        text = ('Hello, our estimate is below.\nTo answer, write only "I approve".\n',)
        message = Message(
            MessageKind.ESTIMATE, True, Language.EN, "Estimate", text, 1, (recipient,), True
        )
        return self.write(Field.MESSAGE, message, key)


@pytest.fixture
def reader(
    tool: MailSandbox, serving: MailServing, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Reader]:
    guide = tool.guide(serving.url)
    for name, value in guide.environment:
        monkeypatch.setenv(name, value)
    reader = Reader(tomllib.loads(guide.config)["sources"]["inbox"])
    yield reader
    reader.connector.close()
