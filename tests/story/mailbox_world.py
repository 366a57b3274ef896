"""The story's people writing mails: a real mailbox, a real SMTP server, both over TLS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

import pytest

from tests.servers.dovecot import Dovecot
from tests.servers.mx import AUTHSERV_ID, authentication_results
from tests.servers.smtp import Smtp
from tests.servers.tls import Certificates

SUPPORT = "support@agence.example"
ALICE = "Alice Rochat <alice@acme.example>"
MALLORY = "Mallory <mallory@evil.example>"
JANE = "Jane Doe <jane@agence.example>"
_DEDUCTED = re.compile(r"Déduit de votre carnet\s*:\s*(\d+)\s*h(?:\s*(\d+))?")
_APPROVAL = "bridge-approval-"


class MailboxWorld:
    """The mailbox `support@agence.example`."""

    source = "inbox"

    def __init__(
        self,
        dovecot: Dovecot,
        smtp: Smtp,
        certificates: Certificates,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        dovecot.empty()
        monkeypatch.setenv("INBOX_PASSWORD", dovecot.password)
        monkeypatch.setenv("SMTP_PASSWORD", smtp.password)
        self.dovecot, self.smtp, self.certificates = dovecot, smtp, certificates
        self._last: dict[str, EmailMessage] = {}

    def configuration(self) -> Mapping[str, str]:
        return {
            "settings": (
                f'type = "imap"\nhost = "{self.dovecot.host}"\nport = {self.dovecot.imaps_port}\n'
                f'user = "{self.dovecot.user}"\npassword = "env:INBOX_PASSWORD"\n'
                f'ca_file = "{self.certificates.ca_file}"\nauthserv_id = "{AUTHSERV_ID}"\n'
                f'smtp = {{ host = "{self.smtp.host}", port = {self.smtp.starttls_port}, '
                f'tls = "starttls", user = "{self.smtp.user}", password = "env:SMTP_PASSWORD", '
                f'from = "{SUPPORT}" }}'
            ),
            "match": '{ domain = "acme.example" }',
            "approvers": '"alice@acme.example"',
        }

    def client_asks(self, title: str) -> str:
        mail = _mail(ALICE, SUPPORT, title, "Bonjour, pourriez-vous faire cela ?\n\nAlice")
        key = str(self._receive(mail))
        self._last[key] = mail
        return key

    def provider_estimates(self, key: str, hours: str) -> None:
        self._reply(key, JANE, f"Bonjour,\n\n/estimate {hours}\n\nJane", to=SUPPORT)

    def client_says(self, key: str, text: str) -> None:
        self._reply(key, ALICE, text)

    def stranger_says(self, key: str, text: str) -> None:
        self._reply(key, MALLORY, text)

    def provider_logs(self, key: str, hours: str) -> None:
        self._reply(key, JANE, f"/spend {hours}", to=SUPPORT)

    def told(self, key: str) -> list[str]:
        mails = [received.message for received in self.smtp.received]
        return [_text(mail) for mail in mails if "alice@acme.example" in str(mail["To"])]

    def approval(self, key: str) -> str:
        flags = self.dovecot.flags(int(key))
        (word,) = [f.removeprefix(_APPROVAL) for f in flags if f.startswith(_APPROVAL)]
        return word.replace("-", "_")

    def consumed(self, key: str) -> str:
        notes = [_text(_parsed(raw)) for raw in self.dovecot.messages().values()]
        *_, (hours, minutes) = [m.groups() for text in notes for m in _DEDUCTED.finditer(text)]
        return f"{hours}h{minutes or ''}"

    def footprint(self, key: str) -> Any:
        folders = ("INBOX", "Sent")
        mails = {folder: self.dovecot.messages(folder) for folder in folders}
        flags = {uid: self.dovecot.flags(uid) for uid in mails["INBOX"]}
        return mails, flags, len(self.smtp.received)

    def _reply(self, key: str, sender: str, text: str, to: str | None = None) -> None:
        """Answer the newest mail that the sender could have seen, as mail programs do."""
        asked = [received.message for received in self.smtp.received] or [self._last[key]]
        before = asked[-1]
        address = to or str(before["Reply-To"] or SUPPORT)
        quoted = "".join(f"> {line}\n" for line in _text(before).splitlines())
        body = f"{text}\n\nLe lun. 18 mai 2026 à 14:05, Agence SA <{SUPPORT}> a écrit :\n{quoted}"
        mail = _mail(sender, address, f"Re: {before['Subject']}", body)
        mail["In-Reply-To"] = before["Message-ID"]
        mail["References"] = f"{before['References'] or ''} {before['Message-ID']}".strip()
        self._receive(mail, to=address)

    def _receive(self, mail: EmailMessage, to: str = SUPPORT) -> int:
        sender = str(mail["From"]).rpartition("<")[2].rstrip(">")
        return self.dovecot.receive(
            mail,
            mail_from=sender,
            to=to,
            authentication=authentication_results(sender.rpartition("@")[2]),
        )


def _mail(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = formatdate(localtime=True)
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip(">"))
    mail.set_content(text)
    return mail


def _parsed(raw: bytes) -> EmailMessage:
    from email import message_from_bytes, policy

    return message_from_bytes(raw, policy=policy.default)


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    return part.get_content() if part is not None else ""
