"""Both servers on loopback, in one thread: up in a moment, and nothing left when they end."""

from __future__ import annotations

import asyncio
import socket
import ssl
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from connectors.sandbox.core import SandboxError
from connectors.sandbox.mail.certificate import Files, write_certificate
from connectors.sandbox.mail.imap import ImapServer
from connectors.sandbox.mail.smtp import Handler

if TYPE_CHECKING:
    from connectors.sandbox.mail.tool import MailSandbox

LOOPBACK: Final = "127.0.0.1"
NAMES: Final = ("localhost", LOOPBACK, "::1")
_PATIENCE: Final = 10
"""Seconds in which the servers have to start, or to stop."""


class MailServing:
    """A context manager: IMAP answers at `port`, SMTP at `smtp_port`, both with TLS at once.

    Clients trust `ca_file`, which is gone afterwards. With a port given, SMTP takes the next one.
    Raises OSError at the start when a port is taken, SandboxError at the end when the sandbox
    itself failed.
    """

    def __init__(self, tool: MailSandbox, port: int = 0) -> None:
        self._tool = tool
        self._wanted = (port, port + 1 if port else 0)
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        self._files: Files | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told: asyncio.Event | None = None
        self._up = threading.Event()
        self._thread: threading.Thread | None = None
        self.port = 0
        self.smtp_port = 0

    @property
    def url(self) -> str:
        """`imaps://127.0.0.1:PORT`."""
        return f"imaps://{LOOPBACK}:{self.port}"

    @property
    def ca_file(self) -> Path:
        """The certificate that clients are to trust."""
        if self._files is None:
            raise SandboxError("the mailbox is not being served")
        return self._files.certificate

    def __enter__(self) -> Self:
        sockets = _listening(self._wanted)
        self.port, self.smtp_port = (each.getsockname()[1] for each in sockets)
        self._directory = tempfile.TemporaryDirectory(prefix="bridge-sandbox-")
        self._files = write_certificate(Path(self._directory.name), NAMES)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self._files.certificate, self._files.key)
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(sockets, context)),
            name=f"sandbox-{self.port}",
            daemon=True,
        )
        self._thread.start()
        if not self._up.wait(_PATIENCE):
            raise SandboxError(f"nothing answers at {self.url} after {_PATIENCE} s")
        self._tool.served(self, self._loop)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._tool.served(None, None)
        if self._loop is not None and self._told is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._told.set)
            self._thread.join(_PATIENCE)
        if self._directory is not None:
            self._directory.cleanup()
        self._files = None
        crashes = self._tool.journal.crashes
        if crashes and error is None:
            raise SandboxError(f"the sandbox failed {len(crashes)} times") from crashes[0]

    async def _serve(self, sockets: list[socket.socket], context: ssl.SSLContext) -> None:
        tool = self._tool
        self._loop, self._told = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(self._crashed)
        imap = ImapServer(tool.accounts, tool.clock, tool.journal, tool.faults)
        smtp = Handler(tool.passwords, tool.deliver, tool.clock, tool.journal, tool.faults)
        protocols: set[Any] = set()
        make = smtp.server(context)

        def connected() -> Any:
            protocols.add(protocol := make())
            return protocol

        servers = [
            await asyncio.start_server(imap.connected, sock=sockets[0], ssl=context),
            await self._loop.create_server(connected, sock=sockets[1], ssl=context),
        ]
        self._up.set()
        await self._told.wait()
        for server in servers:
            server.close()
        open_now = [writer.transport for writer in imap.connections]
        open_now += [each.transport for each in protocols if each.transport is not None]
        for transport in open_now:
            transport.abort()
        current = asyncio.current_task()
        left = [task for task in asyncio.all_tasks() if task is not current]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _crashed(self, loop: asyncio.AbstractEventLoop, facts: dict[str, Any]) -> None:
        """A client that goes in the middle of a handshake is no mistake of ours."""
        error = facts.get("exception")
        if error is not None and not isinstance(error, OSError | asyncio.CancelledError):
            self._tool.journal.crashes.append(error)


def _listening(ports: tuple[int, int]) -> list[socket.socket]:
    found: list[socket.socket] = []
    try:
        for port in ports:
            # The protocol's number, not 0: by it asyncio knows to answer without Nagle's 40 ms.
            listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            found.append(listening)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((LOOPBACK, port))
    except OSError:
        for listening in found:
            listening.close()
        raise
    return found
