"""A mailbox connector on the real servers, with a store that is a dictionary."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

from bridge.model import (
    Comment,
    Field,
    Foreign,
    Language,
    Message,
    MessageKind,
    Ticket,
    Value,
    Write,
)
from connectors.base import Context, Page, Unreadable
from connectors.imap import MailboxConnector, MailboxSettings
from connectors.marks import Marks
from mappings import load
from tests.servers.dovecot import SUPPORT, Dovecot
from tests.servers.mx import AUTHSERV_ID, authentication_results
from tests.servers.smtp import Smtp

SECRET = b"a secret of the tests' database"
CLIENT = "direction@acme.ch"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def mail(
    text: str = "Bonjour,\nla page est blanche.",
    *,
    sender: str = CLIENT,
    subject: str = "Page blanche",
    to: str = SUPPORT,
    number: str | None = None,
    answers: str | None = None,
    references: str | None = None,
    **headers: str,
) -> EmailMessage:
    """A mail as a client's program writes it; `number` makes its Message-ID."""
    # The library's own folding would turn long Message-IDs into encoded words.
    message = EmailMessage(policy=SMTP.clone(max_line_length=990))
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = "Mon, 18 May 2026 10:00:00 +0200"
    if number != "":
        message["Message-ID"] = f"<{number or abs(hash((text, subject, sender)))}@acme.ch>"
    if answers:
        message["In-Reply-To"] = answers
        message["References"] = references or answers
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


class World:
    """The connector, what it asked to remember, and what it gave."""

    def __init__(
        self, dovecot: Dovecot, smtp: Smtp, ca_file: Path, secrets: Path, **changes: Any
    ) -> None:
        self.dovecot = dovecot
        self.smtp = smtp
        self.stored: dict[str, str] = {}
        self.cursor: str | None = None
        self.tickets: dict[str, Ticket] = {}
        self.comments: dict[str, dict[str, Comment]] = {}
        self.aside: list[Unreadable] = []
        self.observed: list[tuple[str, dict[str, Any]]] = []
        self.marks = Marks(SECRET)
        self._keys: dict[str, Any] = {
            "type": "imap",
            "host": dovecot.host,
            "port": dovecot.imaps_port,
            "ca_file": str(ca_file),
            "user": dovecot.user,
            "password": _secret(secrets / "imap", dovecot.password),
            "authserv_id": AUTHSERV_ID,
            "writes": ["priority", "approval", "message"],
            "smtp": {
                "host": smtp.host,
                "port": smtp.starttls_port,
                "tls": "starttls",
                "user": smtp.user,
                "password": _secret(secrets / "smtp", smtp.password),
                "from": SUPPORT,
            },
        }
        self._secrets = secrets
        self._made: list[MailboxConnector] = []
        self.connect(**changes)

    def connect(self, **changes: Any) -> MailboxConnector:
        """Make the connector anew, as the next pass does; None takes a key away."""
        if self._made:
            self._made[-1].close()
        keys = {**self._keys, **changes}
        given = {key: value for key, value in keys.items() if value is not None}
        self.settings = MailboxSettings.model_validate(given)
        self.context = Context(
            name="inbox",
            mapping=load("imap"),
            marks=self.marks,
            recall=self.stored.get,
            observe=lambda event, **facts: self.observed.append((event, facts)),
        )
        self._made.append(MailboxConnector(self.settings, self.context))
        return self.connector

    @property
    def connector(self) -> MailboxConnector:
        """The connector of this pass."""
        return self._made[-1]

    def secret(self, value: str) -> str:
        """A reference to a secret file."""
        return _secret(self._secrets / "other", value)

    def receive(
        self, message: EmailMessage | bytes, *, proven: bool = True, to: str = SUPPORT,
        mail_from: str | None = None, at: datetime | None = None,
    ) -> int:  # fmt: skip
        """Let the mail server deliver a mail, vouching for its sender or not; its UID."""
        sender = mail_from
        if sender is None:
            sender = str(message["From"]) if isinstance(message, EmailMessage) else CLIENT
        domain = sender.rpartition("@")[2].rstrip(">")
        results = authentication_results(domain) if proven else None
        return self.dovecot.receive(message, mail_from=sender, to=to, authentication=results, at=at)

    def poll(
        self, *, thorough: bool = False, since: datetime = SINCE,
        each: Callable[[Page], None] | None = None,
    ) -> list[Page]:  # fmt: skip
        """One pass, each page stored before the next is asked for, and a new connection after."""
        pages = []
        for page in self.connector.poll(self.cursor, since, thorough=thorough):
            self.keep(page)
            if each is not None:
                each(page)
            pages.append(page)
        self.connector.close()
        return pages

    def keep(self, page: Page) -> None:
        """Store a page as the store does."""
        for ticket in page.tickets:
            self.tickets[ticket.key] = ticket
            known = self.comments.setdefault(ticket.key, {})
            known.update({comment.key: comment for comment in ticket.comments})
        self.stored.update(page.remember)
        self.aside.extend(page.set_aside)
        self.cursor = page.cursor

    def only(self) -> Ticket:
        """The one ticket that there is."""
        assert len(self.tickets) == 1, sorted(self.tickets)
        return next(iter(self.tickets.values()))

    def said(self, key: str | None = None) -> list[Comment]:
        """The comments of a ticket (by default the only one), oldest first."""
        found = self.comments[key or self.only().key].values()
        return sorted(found, key=lambda comment: comment.at)

    def write(self, ticket: str, field: Field, value: Value, key: str = "w1") -> Write:
        """A write as the outbox makes it."""
        return Write(
            key=key, source="inbox", ticket=ticket, field=field, value=value,
            mark=self.marks.of(key), token=self.marks.token(key),
        )  # fmt: skip

    def message(
        self, ticket: str, *parts: str, public: bool = True, asks: bool = True,
        recipients: tuple[str, ...] = (CLIENT,), key: str = "m1", language: Language = Language.FR,
    ) -> Write:  # fmt: skip
        """A message as the outbox makes it."""
        text = parts or (
            "Bonjour, voici notre estimation pour « ", Foreign("Page blanche"), " ».\n",
            "Travail : 3 h.\nPour répondre, écrivez seulement « J'approuve » ou « Je refuse ».\n",
        )  # fmt: skip
        message = Message(
            MessageKind.ESTIMATE, public, language, "Estimation", text, 1, recipients, asks
        )
        return self.write(ticket, Field.MESSAGE, message, key)


def _secret(path: Path, value: str) -> str:
    path.write_text(value, "utf-8")
    path.chmod(0o600)
    return f"file:{path}"


def days_ago(days: int) -> datetime:
    """An instant some days before now."""
    return datetime.now(UTC) - timedelta(days=days)
