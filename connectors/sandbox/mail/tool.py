"""The simulated mail server: its boxes, and what people do with their mail."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterable, Mapping
from email.message import EmailMessage
from typing import Any, Final, Self, TypeVar

from connectors.sandbox.core import Clock, Entry, Faults, Guide, Journal, Resident, configuration
from connectors.sandbox.mail import letters, mx, seed, store
from connectors.sandbox.mail.running import LOOPBACK, MailServing
from connectors.sandbox.mail.smtp import SEND, Sent

Result = TypeVar("Result")
_WRITES: Final = frozenset({
    SEND, "APPEND", "COPY", "CREATE", "DELETE", "EXPUNGE", "MOVE", "RENAME", "STORE", "SUBSCRIBE",
    "UNSUBSCRIBE",
})  # fmt: skip


def is_write(entry: Entry) -> bool:
    """Whether a command could have changed something; a mail sent is one too."""
    return entry.method.removeprefix("UID ") in _WRITES


class MailSandbox:
    """Mailboxes of an agency and of its clients, with an IMAP and an SMTP server before them.

    Verbs may be called from any thread, whether the servers run or not. People are named by their
    mail address.
    """

    support = seed.SUPPORT

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.journal = Journal(is_write)
        self.faults = Faults()
        self.accounts = store.Accounts()
        self.passwords: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.sent: list[Sent] = []
        """Every mail that was sent by SMTP, oldest first."""
        self._numbers = 0
        self._lock = threading.RLock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._serving: MailServing | None = None

    @classmethod
    def seeded(cls, language: str = "en") -> Self:
        """The small default world; its mails are in this language (en, fr, de)."""
        tool = cls()
        seed.small(tool, language)
        return tool

    # -- running ------------------------------------------------------------------------------

    def serve(self, port: int = 0) -> MailServing:
        """Run on loopback: IMAP on this port and SMTP on the next, or both on free ones."""
        return MailServing(self, port)

    def served(self, serving: MailServing | None, loop: asyncio.AbstractEventLoop | None) -> None:
        """Told by `MailServing` at its start and end."""
        self._serving, self._loop = serving, loop

    def guide(self, url: str) -> Guide:
        """How to use the seeded world while it is served."""
        if self._serving is None:
            raise ValueError("a mailbox has ports and a certificate only while it is served")
        return Guide(
            config=configuration(
                "[sources.inbox]\n"
                'type = "imap"\n'
                f'host = "{LOOPBACK}"\n'
                f"port = {self._serving.port}\n"
                f'ca_file = "{self._serving.ca_file}"\n'
                f'user = "{self.support}"\n'
                'password = "env:INBOX_PASSWORD"\n'
                f'authserv_id = "{mx.AUTHSERV_ID}"\n'
                f'smtp = {{ host = "{LOOPBACK}", port = {self._serving.smtp_port}, '
                f'tls = "implicit", user = "{self.support}", from = "{self.support}" }}\n',
                match='{ domain = "acme.ch" }',
                approvers='"direction@acme.ch"',
                writes=("priority", "approval", "message"),
            ),
            environment=(("INBOX_PASSWORD", self.passwords[self.support]),),
            people=tuple(
                Resident(self.names[address], address, seed.ROLES.get(address, ""), password)
                for address, password in self.passwords.items()
            ),
            tries=(
                "bridge check --source inbox",
                "bridge sync --source inbox --dry-run",
                f"any mail program, over TLS: IMAP {LOOPBACK}:{self._serving.port}, "
                f"SMTP {LOOPBACK}:{self._serving.smtp_port}, as one of the people above",
            ),
        )

    # -- accounts and what lies in them --------------------------------------------------------

    def add_account(self, address: str, name: str, password: str | None = None) -> None:
        """Somebody with a mailbox here."""
        self.passwords[address] = password or f"sandbox-password-of-{address.partition('@')[0]}"
        self.names[address] = name
        self.accounts.add(address, self.passwords[address])

    def box(self, address: str, folder: str = "INBOX") -> list[store.Kept]:
        """The mails of somebody's folder, oldest first."""
        return self._do(store.listed(self.accounts.folder(address, folder)))

    def flags(self, uid: int, address: str | None = None) -> set[str]:
        """The flags of a mail in somebody's INBOX (support's by default). Raises KeyError."""
        for kept in self.box(address or self.support):
            if kept.uid == uid:
                return set(kept.flags)
        raise KeyError(f"no mail {uid}")

    def tag(self, uid: int, *keywords: str, add: bool = True) -> None:
        """Set or remove flags of a mail of support's INBOX in another mail program."""
        inbox = self.accounts.folder(self.support)
        self._do(store.flag(inbox, uid, keywords, add=add))

    def file(self, uid: int, folder: str) -> None:
        """Move a mail of support's INBOX into another folder."""
        inbox = self.accounts.folder(self.support)
        self._do(inbox.move(uid, self.accounts.folder(self.support, folder)))

    def delete(self, uid: int) -> None:
        """Expunge a mail of support's INBOX."""
        self._do(self.accounts.folder(self.support).delete([uid]))

    def renumber(self) -> None:
        """Restore support's INBOX from a back-up: another UIDVALIDITY, other numbers."""

        async def renumbered() -> None:
            self.accounts.folder(self.support).renumber()

        self._do(renumbered())

    # -- mail that arrives ---------------------------------------------------------------------

    def receive(
        self, message: EmailMessage | bytes, *, authentication: str | None = "pass",
        mail_from: str | None = None, to: str | None = None,
    ) -> int:  # fmt: skip
        """A mail arrives from outside, through the MX; its UID in the recipient's INBOX.

        `authentication` is "pass", "fail" or "none" for the domain of From, a whole value of
        Authentication-Results, or None for no such field. `mail_from` and `to` are the envelope's,
        by default as the headers say. Raises KeyError for an unknown recipient.
        """
        raw = message if isinstance(message, bytes) else message.as_bytes(policy=letters.POLICY)
        sender = recipient = ""
        if isinstance(message, EmailMessage):
            sender = mx.address_of(str(message["From"] or ""))
            recipient = mx.address_of(str(message["To"] or ""))
        if authentication in ("pass", "fail", "none"):
            authentication = mx.results(sender.rpartition("@")[2], authentication)
        return self._do(
            self._lay(
                raw,
                sender if mail_from is None else mail_from,
                to or recipient or self.support,
                authentication,
            )
        )

    def receive_all(self, mails: Iterable[bytes], sender: str = "alice@acme.ch") -> list[int]:
        """Many proven mails of one sender arrive for support at once; their UIDs."""
        results = mx.results(sender.rpartition("@")[2], "pass")

        async def laid() -> list[int]:
            return [await self._lay(raw, sender, self.support, results) for raw in mails]

        return self._do(laid())

    def ask(
        self, by: str, subject: str, text: str, *, headers: Mapping[str, str] | None = None,
        **envelope: Any,
    ) -> int:  # fmt: skip
        """Somebody writes to support; the UID there. `envelope` goes to `receive`."""
        return self.receive(
            letters.new(self._paper(by, self.support), subject, text, headers), **envelope
        )

    def reply(
        self, by: str, text: str, *, to: store.Kept | None = None, language: str = "en",
        quote: bool = True, headers: Mapping[str, str] | None = None, **envelope: Any,
    ) -> int:  # fmt: skip
        """Somebody answers a mail (by default the latest in their box); the UID at support."""
        mail = (to or self._latest(by)).message
        paper = self._paper(by, letters.answer_address(mail))
        answer = letters.answer(paper, mail, text, language=language, quote=quote, headers=headers)
        return self.receive(answer, **envelope)

    def away(self, by: str, *, language: str = "en", **envelope: Any) -> int:
        """Somebody's program answers their latest mail that they are absent; the UID at support."""
        mail = self._latest(by).message
        paper = self._paper(by, letters.answer_address(mail))
        return self.receive(letters.absence(paper, mail, language), **envelope)

    async def deliver(self, sent: Sent) -> None:
        """Give a mail that came by SMTP to those who have a box here, and keep it in `sent`.

        The sender is vouched for when From is the address of who logged in.
        """
        self.sent.append(sent)
        sender = mx.address_of(str(sent.message["From"] or ""))
        verdict = "pass" if mx.owner_of(sender) == sent.user else "fail"
        results = mx.results(sender.rpartition("@")[2], verdict)
        for recipient in sent.recipients:
            if mx.owner_of(recipient) in self.accounts:
                await self._lay(sent.raw, sent.mail_from, recipient, results)

    # -- within -------------------------------------------------------------------------------

    async def _lay(self, raw: bytes, mail_from: str, to: str, results: str | None) -> int:
        now = self.clock.now()
        whole = mx.stamped(raw, mail_from=mail_from, to=to, at=now, authentication=results)
        return await store.put(self.accounts.folder(mx.owner_of(to)), whole, now)

    def _latest(self, address: str) -> store.Kept:
        mails = self.box(address)
        if not mails:
            raise KeyError(f"{address} has no mail to answer")
        return mails[-1]

    def _paper(self, by: str, to: str) -> letters.Stationery:
        with self._lock:
            self._numbers += 1
            number = f"{self._numbers}.sandbox@{by.rpartition('@')[2]}"
        sender = f"{self.names[by]} <{by}>" if by in self.names else by
        return letters.Stationery(sender, to, self.clock.now(), number)

    def _do(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run in the servers' thread while they serve, and here otherwise."""
        with self._lock:
            if self._loop is None:
                return asyncio.run(work)
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(600)
