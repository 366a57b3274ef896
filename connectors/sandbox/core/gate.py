"""Where requests enter a simulated tool: faults are met here, and all is written down.

`Gate(app, clock, journal, faults)` is the ASGI application that a tool shows as its `app`.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.sandbox.core.clock import Clock
from connectors.sandbox.core.faults import Answer, Cut, Fault, Faults, Lose, Reset, Swap, Wait
from connectors.sandbox.core.journal import Entry, Journal, query_of

TRANSPORT: Final = "sandbox.transport"
"""Where `Serving` leaves the connection in the scope, so that a fault can break it."""
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class _Sent:
    """An answer that is held until it is decided what becomes of it."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


class Gate:
    """One request at a time passes: `lock` is held while the tool works on it.

    People's verbs of the tool take the same lock, so that they may be called from any thread. A
    route must not wait (`await`) for anything but its request.
    """

    def __init__(
        self,
        app: ASGIApp,
        clock: Clock,
        journal: Journal,
        faults: Faults,
        lock: threading.RLock | None = None,
    ) -> None:
        self._app = app
        self._clock = clock
        self._journal = journal
        self._faults = faults
        self._lock = lock or threading.RLock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"a simulated tool speaks http, not {scope['type']}")
        body = await _body(receive)
        fault = self._faults.take(scope["method"], scope["path"])
        late = self._faults.delay_ms + (fault.milliseconds if isinstance(fault, Wait) else 0)
        applied = not isinstance(fault, Answer | Reset)
        sent = await self._apply(scope, body) if applied else _Sent()
        if isinstance(fault, Answer):
            sent = _as_sent(fault)
        elif isinstance(fault, Swap):
            sent = _as_sent(fault.answer)
        unheard = isinstance(fault, Reset | Lose)
        self._journal.entries.append(
            Entry(
                self._clock.now(),
                scope["method"],
                scope["path"],
                query_of(scope["query_string"]) if scope["query_string"] else (),
                body,
                0 if unheard else sent.status,
                applied,
                type(fault).__name__.lower() if fault is not None else "",
            )
        )
        if late:
            await asyncio.sleep(late / 1000)
        await self._send(scope, receive, send, sent, fault)

    async def _apply(self, scope: Scope, body: bytes) -> _Sent:
        sent = _Sent()
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def given() -> Message:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        try:
            with self._lock:
                await self._app(scope, given, sent.take)
        except Exception as error:
            self._journal.crashes.append(error)
            sent = _Sent(500, [(b"content-type", b"text/plain")], b"the sandbox itself failed")
        return sent

    async def _send(
        self, scope: Scope, receive: Receive, send: Send, sent: _Sent, fault: Fault | None
    ) -> None:
        if isinstance(fault, Reset | Lose):
            _reset(scope[TRANSPORT])
            await receive()
            return
        names = {name for name, _ in sent.headers}
        if b"date" not in names:
            date = format_datetime(self._clock.now().replace(microsecond=0), usegmt=True)
            sent.headers.append((b"date", date.encode()))
        if isinstance(fault, Cut):
            keep = len(sent.body) // 2 if fault.keep is None else fault.keep
            transport: asyncio.Transport = scope[TRANSPORT]
            transport.write(_raw(sent)[: len(_raw(sent)) - len(sent.body) + keep])
            transport.close()
            await receive()
            return
        await send({"type": "http.response.start", "status": sent.status, "headers": sent.headers})
        await send({"type": "http.response.body", "body": sent.body})


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return body


def _as_sent(answer: Answer) -> _Sent:
    headers = {
        "content-type": answer.content_type,
        "content-length": str(len(answer.body)),
        **{name.lower(): value for name, value in answer.headers.items()},
    }
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return _Sent(answer.status, pairs, answer.body)


def _raw(sent: _Sent) -> bytes:
    lines = [b"HTTP/1.1 %d " % sent.status]
    lines += [b"%s: %s" % pair for pair in sent.headers]
    return b"\r\n".join([*lines, b"", sent.body])


def _reset(transport: Any) -> None:
    """Close with RST rather than FIN, as a crashed peer does."""
    peer: socket.socket | None = transport.get_extra_info("socket")
    if peer is not None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
