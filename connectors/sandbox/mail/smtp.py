"""The SMTP side: takes mail of those who logged in and delivers it here, or keeps it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from connectors.sandbox.core import Answer, Clock, Entry, Faults, Journal, Lose, Reset, Swap, Wait
from connectors.sandbox.mail.mx import owner_of

SEND: Final = "SEND"
"""What the journal and the faults call a mail that is handed over; its path is the recipient."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail that the server took over, with its envelope."""

    mail_from: str
    recipients: tuple[str, ...]
    raw: bytes
    user: str
    at: datetime

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        return message_from_bytes(self.raw, policy=policy.default)


Deliver = Callable[[Sent], Awaitable[None]]


class _Session(Session):
    """A session without the library's own warning at each login: it sets what it has retired."""

    login_data: object = None


class _Protocol(SMTP):
    """One connection."""

    def _create_session(self) -> Session:
        return _Session(self.loop)


class Handler:
    """The hooks of aiosmtpd. `passwords` are the accounts', `deliver` takes what was accepted."""

    def __init__(
        self, passwords: dict[str, str], deliver: Deliver, clock: Clock, journal: Journal,
        faults: Faults,
    ) -> None:  # fmt: skip
        self._passwords = passwords
        self._deliver = deliver
        self._clock = clock
        self._journal = journal
        self._faults = faults

    def server(self, context: ssl.SSLContext) -> Callable[[], SMTP]:
        """Makes the protocol of each connection; the port speaks TLS at once."""
        loop = asyncio.get_running_loop()
        return lambda: _Protocol(
            self,
            hostname="mx.agence.example",
            ident="Sandbox",
            enable_SMTPUTF8=True,
            authenticator=self._login,
            # The connection is TLS already, which aiosmtpd does not look at.
            auth_require_tls=False,
            auth_exclude_mechanism=["LOGIN"],
            loop=loop,
        )

    def _login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        user = data.login.decode("utf-8", "replace").lower()
        good = self._passwords.get(user) == data.password.decode("utf-8", "replace")
        return AuthResult(success=good, handled=False, auth_data=user)

    async def handle_exception(self, error: Exception) -> str:
        """A mistake of the sandbox itself, unless the client has gone."""
        if not isinstance(error, OSError):
            self._journal.crashes.append(error)
        return "451 4.3.0 the sandbox itself failed"

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Only one's own address, or none at all (a bounce)."""
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        if address and owner_of(address) != session.auth_data:
            return "553 5.7.1 Sender address rejected: not owned by user"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Addresses of this server's own domains have to exist; others are relayed."""
        domains = {owner.rpartition("@")[2] for owner in self._passwords}
        owner = owner_of(address)
        if owner.rpartition("@")[2] in domains and owner not in self._passwords:
            return "550 5.1.1 User unknown"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take the mail over, unless a fault stands before it."""
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        fault = self._faults.take(SEND, envelope.rcpt_tos[0])
        applied = not isinstance(fault, Answer | Reset)
        sent = Sent(
            envelope.mail_from or "", tuple(envelope.rcpt_tos), raw, str(session.auth_data),
            self._clock.now(),
        )  # fmt: skip
        if applied:
            await self._deliver(sent)
        answer = fault.answer if isinstance(fault, Swap) else fault
        status, words = 250, "2.0.0 Ok: queued"
        if isinstance(answer, Answer):
            status, words = answer.status, answer.body.decode() or "on demand"
        if isinstance(fault, Reset | Lose):
            status = 0
        met = type(fault).__name__.lower() if fault is not None else ""
        for recipient in envelope.rcpt_tos:
            self._journal.entries.append(
                Entry(sent.at, SEND, recipient, (), raw, status, applied, met)
            )
        late = self._faults.delay_ms + (fault.milliseconds if isinstance(fault, Wait) else 0)
        if late:
            await asyncio.sleep(late / 1000)
        if not status and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return f"{status or 421} {words}"
