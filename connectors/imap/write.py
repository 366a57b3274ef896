"""Messages of the bridge: sent by SMTP with a copy among the sent mail, or noted in the folder.

A copy is put among the sent mail, marked as a draft, before the mail is handed over; the mark is
taken away when the server has it. So every retry sends the very same bytes, and a copy without the
mark proves that the mail went out. Only a crash between the server's answer and the next command
can send a mail twice: with the same Message-ID, by which mail programs recognise it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from bridge.model import Message, Receipt, Write
from connectors.base import Context
from connectors.errors import RefusedError, SettingsError, TicketError
from connectors.imap.caps import sent_this_hour
from connectors.imap.loader import known_head, sent_name
from connectors.imap.send import Sender
from connectors.imap.sender import plain_address
from connectors.imap.session import Session
from connectors.imap.settings import MailboxSettings
from connectors.imap.to_tool import compose, message_id_of


class Outgoing:
    """What leaves the bridge by this mailbox. `sent` counts the mails handed over."""

    def __init__(self, settings: MailboxSettings, context: Context, session: Session) -> None:
        self._settings = settings
        self._context = context
        self._session = session
        self.sent = 0
        self._this_hour: Counter[str] | None = None

    def deliver(self, write: Write, message: Message) -> Receipt:
        """Send a public message, or note a private one. Raises RefusedError, TryAgainError,
        AccessError or SettingsError."""
        own = self._own_address()
        head = known_head(self._context, write.ticket)
        if message.public:
            message = replace(message, recipients=self._recipients(write, message))
        try:
            raw = compose(
                write,
                message,
                own=own,
                title=head.title,
                chain=head.chain,
                at=self._context.clock().replace(microsecond=0),
                marks=self._context.marks,
            )
        except ValueError as error:
            raise RefusedError(self._context.name, write.ticket, str(error)) from error
        reference = message_id_of(write, own)
        if not message.public:
            self._session.append(self._settings.folder, raw, ["\\Seen"])
            return Receipt(write.key, message, reference)
        refused = self._send(write, message, own, raw, reference)
        return Receipt(write.key, message, reference, refused)

    def find(self, write: Write) -> Receipt | None:
        """Whether the message of this write went out (or was noted) before."""
        if not isinstance(write.value, Message):
            return None
        reference = message_id_of(write, self._own_address())
        folders = [self._settings.folder]
        sent = sent_name(self._settings, self._session) if write.value.public else None
        for name in [sent, *folders] if sent else folders:
            self._session.open(name)
            if any("\\Draft" not in flags for flags in self._copies(reference).values()):
                return Receipt(write.key, write.value, reference)
        return None

    def _send(
        self, write: Write, message: Message, own: str, raw: bytes, reference: str
    ) -> str | None:
        smtp = self._settings.smtp
        if smtp is None:
            raise SettingsError(self._context.name, "it has no smtp, so it cannot send mail")
        name = sent_name(self._settings, self._session)
        if name is None:
            raise SettingsError(
                self._context.name,
                "the mailbox has no folder of sent mail, so nothing is sent without a trace",
                'create one, or name it: sent = "Sent"',
            )
        self._session.open(name, write=True)
        copies = self._copies(reference)
        if any("\\Draft" not in flags for flags in copies.values()):
            return None
        self._hold(write, message.recipients, smtp.per_hour)
        if copies:
            uid = max(copies)
            found = self._session.fetch([uid], "BODY.PEEK[]")
            raw = bytes(found[uid][b"BODY[]"]) if uid in found else raw
        else:
            self._session.append(name, raw, ["\\Seen", "\\Draft"])
        refused = Sender(self._context.name, self._settings, smtp).send(
            write.ticket, raw, message.recipients
        )
        self.sent += 1
        self._hour().update(message.recipients)
        self._session.open(name, write=True)
        for uid in self._copies(reference):
            self._session.store(uid, (), ["\\Draft"])
        if refused:
            return "not delivered to " + "; ".join(f"{a}: {said}" for a, said in refused.items())
        return None

    def _hold(self, write: Write, recipients: tuple[str, ...], most: int) -> None:
        """Let a mail wait whose reader got too many within the hour. Raises TicketError."""
        flooded = next((a for a in recipients if self._hour()[a] >= most), None)
        if flooded is not None:
            raise TicketError(
                self._context.name,
                write.ticket,
                f"{flooded} got {self._hour()[flooded]} mails of ours within the hour: this one "
                "waits",
                "a later pass sends it; see whether two machines answer each other, or raise "
                "smtp.per_hour",
            )

    def _hour(self) -> Counter[str]:
        """How many mails of ours each address got within the hour; the folder is asked once a
        pass."""
        if self._this_hour is None:
            self._this_hour = sent_this_hour(self._session, self._context.clock())
        return self._this_hour

    def _recipients(self, write: Write, message: Message) -> tuple[str, ...]:
        checked = {address: plain_address(address) for address in message.recipients}
        wrong = [address for address, plain in checked.items() if plain is None]
        if wrong or not checked:
            raise RefusedError(
                self._context.name,
                write.ticket,
                f"no mail can go to {wrong[0]!r}" if wrong else "the message names no recipient",
            )
        return tuple(dict.fromkeys(plain for plain in checked.values() if plain))

    def _copies(self, reference: str) -> dict[int, frozenset[str]]:
        """The mails of the opened folder with a Message-ID of ours, and their flags. The id is our
        own text: letters of a mark and of our own domain (E11)."""
        return self._session.flags(self._session.search("HEADER", "Message-ID", reference))

    def _own_address(self) -> str:
        own = self._settings.own_address
        if own is None:
            raise SettingsError(
                self._context.name, "user is no mail address and smtp.from is not set"
            )
        return own
