"""A real mailbox as a stage: Dovecot and an SMTP server, both over TLS."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from types import MappingProxyType
from typing import Final

from bridge.model import Field, Priority, State
from bridge.testing import Break, Stage, Told
from connectors.base import Connector, Context
from connectors.imap import MailboxConnector, MailboxSettings
from tests.conformance.line import secret_file
from tests.conformance.tcp import TcpLine
from tests.servers.dovecot import SUPPORT, Dovecot
from tests.servers.mx import AUTHSERV_ID, authentication_results
from tests.servers.smtp import Smtp
from tests.servers.tls import Certificates

ALICE: Final = "alice@acme.example"
JANE: Final = "jane@agence.example"
_BY_MESSAGE: Final = "a mailbox has no place for it: the message to the client tells it"
_SEALED: Final = "IMAP commands pass inside TLS, where nobody counts or cuts them one by one"


class MailboxStage(Stage):
    """The mailbox `support@agence.example`, with a line in front of its IMAP server."""

    source = "inbox"
    mapping = "imap"
    cannot = MappingProxyType(
        {
            "estimate": _BY_MESSAGE,
            "consumed": _BY_MESSAGE,
            "due": "a mailbox has no place for it: promises are in messages and reports",
            "log_time": "a mailbox has no timesheet; an agent's /spend in a mail counts",
            "history": "keywords have no history: a change is seen, not its time and author",
            "private_comments": "whoever reads the mailbox reads every mail",
            "gone": "what was read of a thread stays known when its mails are deleted",
            "url": "a mail has no web address",
            "fetch_news": "a poll finds out to which thread a mail belongs",
            "said_once": "when SMTP's answer is lost, the same mail goes out again, with the same "
            "Message-ID: mail programs show it once",
        }
    )
    needless = MappingProxyType(
        {
            "unknown_state": "any other keyword is a label",
            "change_unstamped": "the server numbers every change (CONDSTORE)",
            "arrive_late": "the server numbers mails as they come",
            "deny_writes": "whoever may log in may write",
            "html": "no web server stands in front of a mailbox",
            "busy": "IMAP has no word for it",
        }
    )
    untried = MappingProxyType({"asked": _SEALED, "cut": _SEALED})
    field_calls = 2
    answer_within = 30

    def __init__(
        self, dovecot: Dovecot, smtp: Smtp, certificates: Certificates, folder: Path
    ) -> None:
        dovecot.empty()
        self.dovecot, self.smtp, self.certificates = dovecot, smtp, certificates
        self.secrets = (dovecot.password, smtp.password)
        self._folder = folder
        self._line = TcpLine(dovecot.imaps_port)
        self._off = timedelta(0)
        self._threads: dict[str, str] = {}

    def close(self) -> None:
        self._line.close()

    def connect(self, context: Context, *, refused_key: bool = False) -> Connector:
        password = "not the password" if refused_key else self.dovecot.password
        settings = MailboxSettings.model_validate(
            {
                "type": "imap",
                "host": self.dovecot.host,
                "port": self._line.port,
                "ca_file": str(self.certificates.ca_file),
                "user": self.dovecot.user,
                "password": secret_file(self._folder, "imap", password),
                "authserv_id": AUTHSERV_ID,
                "writes": list(Field),
                "smtp": {
                    "host": self.smtp.host,
                    "port": self.smtp.starttls_port,
                    "tls": "starttls",
                    "user": self.smtp.user,
                    "password": secret_file(self._folder, "smtp", self.smtp.password),
                    "from": SUPPORT,
                },
            }
        )
        return MailboxConnector(settings, context)

    # -- what people do -----------------------------------------------------------------------

    def open(self, title: str, body: str = "") -> str:
        mail = self._mail(ALICE, title, body or "Bonjour.")
        key = self._receive(mail, ALICE)
        self._threads[key] = str(mail["Message-ID"])
        return key

    def open_many(self, count: int) -> Sequence[str]:
        mails = [self._mail(ALICE, f"Demande {n}", "Bonjour.") for n in range(count)]
        keys = [str(uid) for uid in self.dovecot.deliver_many(mails)]
        self._threads |= {key: str(m["Message-ID"]) for key, m in zip(keys, mails, strict=True)}
        return keys

    def open_unreadable(self) -> str:
        lines = [f"X-{number}: x" for number in range(20_000)]
        head = "From: alice@acme.example\r\nSubject: x\r\n" + "\r\n".join(lines)
        return str(self.dovecot.deliver(f"{head}\r\n\r\nx".encode()))

    def client_says(self, key: str, text: str) -> None:
        self._reply(key, ALICE, text)

    def agent_says(self, key: str, text: str, *, public: bool = True) -> None:
        if not public:
            self.unable("private_comments")
        self._reply(key, JANE, text)

    def account_says(self, key: str, text: str) -> None:
        self._reply(key, SUPPORT, text)

    def set_state(self, key: str, state: State) -> None:
        self._flag([key], f"bridge-{state.value.replace('_', '-')}")

    def set_priority(self, key: str, priority: Priority) -> None:
        others = [f"bridge-priority-{int(each)}" for each in Priority if each is not priority]
        self._flag([key], f"bridge-priority-{int(priority)}", others)

    def mass_edit(self, keys: Sequence[str]) -> None:
        self._flag(keys, f"edited-{len(keys)}")

    def hide(self, key: str) -> None:
        with self.dovecot.connection() as client:
            client.select_folder("INBOX")
            client.delete_messages([int(key)])
            client.expunge()

    def delete(self, key: str) -> None:
        self.hide(key)

    def skew(self, by: timedelta) -> None:
        self._off = by

    # -- the line and what is there -----------------------------------------------------------

    @contextlib.contextmanager
    def broken(self, how: Break, *, after: int = 0) -> Iterator[None]:
        if after:
            self.unable("asked")
        self._line.set(how)
        try:
            yield
        finally:
            self._line.set(None)

    @contextlib.contextmanager
    def lost_answer(self) -> Iterator[None]:
        self.smtp.lose_answers()
        yield

    def written(self) -> int:
        with self.dovecot.connection() as client:
            folders = [client.folder_status(name, ["HIGHESTMODSEQ"]) for name in ("INBOX", "Sent")]
        changes = sum(int(each[b"HIGHESTMODSEQ"]) for each in folders)
        return changes + len(self.smtp.received)

    def told(self, key: str) -> Sequence[Told]:
        noted = [
            message_from_bytes(raw, policy=policy.default)
            for raw in self.dovecot.messages().values()
        ]
        sent = [received.message for received in self.smtp.received]
        return [
            Told(_text(mail), public)
            for public, mails in ((False, noted), (True, sent))
            for mail in mails
            if mail["X-Bridge-Ticket"] == key
        ]

    # -- mails --------------------------------------------------------------------------------

    def _mail(self, sender: str, subject: str, text: str) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, SUPPORT, subject
        mail["Date"] = format_datetime(self._now())
        mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
        mail.set_content(text)
        return mail

    def _reply(self, key: str, sender: str, text: str) -> None:
        mail = self._mail(sender, "Re: Demande", text)
        mail["In-Reply-To"] = mail["References"] = self._threads[key]
        self._receive(mail, sender)

    def _receive(self, mail: EmailMessage, sender: str) -> str:
        results = authentication_results(sender.rpartition("@")[2])
        at = self._now()
        uid = self.dovecot.receive(mail, mail_from=sender, authentication=results, at=at)
        return str(uid)

    def _flag(self, keys: Sequence[str], word: str, others: Sequence[str] = ()) -> None:
        with self.dovecot.connection() as client:
            client.select_folder("INBOX")
            uids = [int(key) for key in keys]
            client.add_flags(uids, [word], silent=True)
            if others:
                client.remove_flags(uids, list(others), silent=True)

    def _now(self) -> datetime:
        return datetime.now(UTC).replace(microsecond=0) + self._off


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    return part.get_content() if part is not None else ""
