"""A real SMTP server over TLS that keeps what it gets, and can be told to misbehave."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, TypeVar, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.dovecot import Dovecot, mailbox_of
from tests.servers.ports import LOOPBACK, free_ports
from tests.servers.tls import Certificates, Leaf

Fault = TypeVar("Fault")


@dataclass(frozen=True, slots=True)
class Received:
    """One message the server took over, with its envelope."""

    mail_from: str
    """Envelope sender; "" for the null sender `<>`."""
    recipients: tuple[str, ...]
    """Envelope recipients that the server accepted."""
    content: bytes
    """The message as it came, CRLF line ends."""
    user: str
    """Who had logged in."""
    at: datetime
    """When it was taken over (aware UTC)."""

    @property
    def message(self) -> EmailMessage:
        """The message, parsed."""
        return message_from_bytes(self.content, policy=policy.default)


@dataclass(frozen=True, slots=True)
class _Refusal:
    answer: str
    address: str | None


class Smtp:
    """One SMTP server: `start()`, send to it, look at `received`, `stop()`.

    `starttls_port` offers STARTTLS and refuses mail before it; `tls_port` speaks TLS at once. Both
    want `user` and `password`. Each fault below is spent on the next occasions and then gone;
    `reset()` forgets faults and mail.
    """

    host = "localhost"
    user = "support@agence.example"
    password = "submission password"

    def __init__(self, certificates: Certificates, leaf: Leaf | None = None) -> None:
        """Describe a server that shows `leaf` (by default the good one); nothing runs yet."""
        self._certificates = certificates
        self._leaf = leaf
        self.starttls_port, self.tls_port = free_ports(2)
        self._handler = _Handler(self)
        self._controllers: list[Controller] = []
        self._mailbox: Dovecot | None = None
        self.authentication: str | None = None
        """Value of the Authentication-Results field put on mail delivered to a local mailbox."""

    # -- life ---------------------------------------------------------------------------------

    def start(self) -> Smtp:
        """Listen on both ports."""
        context = (self._leaf or self._certificates.good).server_context()
        common: dict[str, Any] = {
            "hostname": LOOPBACK,
            "ident": "Bridge tests",
            "authenticator": self._login,
            # Clients try one mechanism after the other: with one, a login is one attempt.
            "auth_exclude_mechanism": ["LOGIN"],
        }
        self._controllers = [
            Controller(
                self._handler,
                port=self.starttls_port,
                tls_context=context,
                require_starttls=True,
                **common,
            ),
            # Already inside TLS: aiosmtpd would wait for a STARTTLS before it lets anyone log in.
            Controller(
                self._handler,
                port=self.tls_port,
                ssl_context=context,
                auth_require_tls=False,
                **common,
            ),
        ]
        for controller in self._controllers:
            controller.start()
        return self

    def stop(self) -> None:
        """Close both ports and every connection. Repeatable."""
        self._handler.released.set()
        for controller in self._controllers:
            controller.stop()
        self._controllers = []

    def restart(self, leaf: Leaf | None = None) -> None:
        """Start again on the same ports, from now on with another certificate if one is given."""
        self.stop()
        self._leaf = leaf or self._leaf
        self._handler.released.clear()
        self.start()

    def __enter__(self) -> Smtp:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    # -- what arrived -------------------------------------------------------------------------

    @property
    def received(self) -> list[Received]:
        """Every message taken over since the start or the last `reset()`, oldest first."""
        with self._handler.lock:
            return list(self._handler.received)

    def wait_for(self, count: int, *, seconds: int = 10) -> list[Received]:
        """Return `received` once it holds `count` messages; `AssertionError` after `seconds`."""
        deadline = time.monotonic() + seconds
        while len(self.received) < count:
            assert time.monotonic() < deadline, (
                f"{len(self.received)} of {count} messages came within {seconds} s"
            )
            time.sleep(0.01)
        return self.received

    def reset(self) -> None:
        """Forget mail, faults, the mailbox and the authentication to claim; end what hangs."""
        self._handler.reset()
        self._mailbox = None
        self.authentication = None

    # -- faults -------------------------------------------------------------------------------

    def refuse_recipients(
        self, code: int, text: str = "told to refuse", *, times: int = 1, address: str | None = None
    ) -> None:
        """Answer the next `times` recipients (only `address`, if given) with `code` (4xx, 5xx)."""
        refusal = _Refusal(f"{code} {text}", None if address is None else address.lower())
        self._handler.plan(self._handler.recipients, refusal, times)

    def refuse_data(self, code: int, text: str = "told to refuse", *, times: int = 1) -> None:
        """Read the next `times` messages to their end, answer `code`, and keep nothing."""
        self._handler.plan(self._handler.data, _Refusal(f"{code} {text}", None), times)

    def refuse_logins(self, *, times: int = 1) -> None:
        """Answer the next `times` logins with 535, whatever the password."""
        self._handler.plan(self._handler.logins, True, times)

    def lose_answers(self, *, times: int = 1) -> None:
        """Take the next `times` messages over (and deliver them), then cut before the 250."""
        self._handler.plan(self._handler.cuts, True, times)

    def hang(self, *, times: int = 1) -> None:
        """Read the next `times` messages to their end and say nothing until `reset()` or `stop()`.

        Nothing of them is kept.
        """
        self._handler.plan(self._handler.hangs, True, times)

    # -- local mail ---------------------------------------------------------------------------

    def deliver_to(self, mailbox: Dovecot) -> None:
        """From now on put mail for the users of that Dovecot into their INBOX, as an MX does."""
        self._mailbox = mailbox

    def deliver_locally(self, mail: Received) -> None:
        """Put a message into the mailboxes of its local recipients, when there are any."""
        if self._mailbox is None:
            return
        for address in mail.recipients:
            if mailbox_of(address) is not None:
                self._mailbox.receive(
                    mail.content,
                    mail_from=mail.mail_from,
                    to=address,
                    authentication=self.authentication,
                )

    def _login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        if self._handler.spend(self._handler.logins):
            return AuthResult(success=False, handled=False)
        right = (
            isinstance(data, LoginPassword)
            and data.login == self.user.encode()
            and data.password == self.password.encode()
        )
        return AuthResult(success=right, handled=False, auth_data=self.user if right else None)


class _Handler:
    """The server's side of each conversation; runs in the threads of the two listeners."""

    def __init__(self, owner: Smtp) -> None:
        self._owner = owner
        self.lock = threading.Lock()
        self.released = threading.Event()
        self.received: list[Received] = []
        self.recipients: deque[_Refusal] = deque()
        self.data: deque[_Refusal] = deque()
        self.logins: deque[bool] = deque()
        self.cuts: deque[bool] = deque()
        self.hangs: deque[bool] = deque()

    def reset(self) -> None:
        """Forget everything; conversations that hang end."""
        with self.lock:
            queues: Iterable[deque[_Refusal] | deque[bool] | list[Received]] = (
                self.received,
                self.recipients,
                self.data,
                self.logins,
                self.cuts,
                self.hangs,
            )
            for queue in queues:
                queue.clear()
            self.released.set()
            self.released = threading.Event()

    def plan(self, queue: deque[Fault], fault: Fault, times: int) -> None:
        """Put a fault in line `times` times."""
        with self.lock:
            queue.extend([fault] * times)

    def spend(
        self, queue: deque[Fault], fits: Callable[[Fault], bool] = lambda fault: True
    ) -> Fault | None:
        """Take the first fault in line when it fits."""
        with self.lock:
            return queue.popleft() if queue and fits(queue[0]) else None

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self.spend(
            self.recipients, lambda fault: fault.address in {None, address.lower()}
        )
        if refusal is not None:
            return refusal.answer
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.spend(self.hangs):
            released = self.released
            while not released.is_set():
                await asyncio.sleep(0.05)
            return "421 4.3.2 Going away"
        refusal = self.spend(self.data)
        if refusal is not None:
            return refusal.answer
        mail = Received(
            mail_from="" if envelope.mail_from in {None, "<>"} else envelope.mail_from,
            recipients=tuple(envelope.rcpt_tos),
            content=cast(bytes, envelope.original_content),
            user=str(session.auth_data),
            at=datetime.now(UTC),
        )
        await asyncio.to_thread(self._owner.deliver_locally, mail)
        with self.lock:
            self.received.append(mail)
        if self.spend(self.cuts):
            cast(asyncio.Transport, server.transport).abort()
        return "250 2.0.0 Taken over"
