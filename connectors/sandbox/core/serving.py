"""A simulated tool on a loopback port, in a thread: starts at once, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import socket
import threading
from types import TracebackType
from typing import Final, Protocol, Self

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from connectors.sandbox.core.gate import TRANSPORT
from connectors.sandbox.core.journal import Journal

LOOPBACK: Final = "127.0.0.1"
_PATIENCE: Final = 10
"""Seconds in which a server has to start, or to stop."""


class SandboxError(Exception):
    """A simulated tool failed by its own mistake: the test that met it proves nothing."""


class _Tool(Protocol):
    journal: Journal

    @property
    def app(self) -> ASGIApp: ...


class _Protocol(H11Protocol):
    """Leaves the connection in the scope, where faults find it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        inner = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT] = transport
            await inner(scope, receive, send)

        self.app = app


class _Server(uvicorn.Server):
    """Says when it runs and stops when told, where its parent looks ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told: asyncio.Event | None = None

    async def main_loop(self) -> None:
        self._loop, self._told = asyncio.get_running_loop(), asyncio.Event()
        self.up.set()
        await self._told.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listening in sockets or ():
            listening.close()
        for task in list(self.server_state.tasks):
            task.cancel()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        while self.server_state.connections or self.server_state.tasks:
            await asyncio.sleep(0)

    def stop(self) -> None:
        if self._loop is not None and self._told is not None:
            self._loop.call_soon_threadsafe(self._told.set)


class Serving:
    """A context manager: the tool answers at `url` inside it, and nowhere afterwards.

    Raises OSError at the start when the port is taken, and SandboxError at the end when the tool
    itself failed on a request.
    """

    def __init__(self, tool: _Tool, port: int = 0) -> None:
        self._tool = tool
        self._wanted = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://{LOOPBACK}:{self.port}"

    def __enter__(self) -> Self:
        # Named as TCP, or asyncio does not turn Nagle's algorithm off, and answers take 40 ms.
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((LOOPBACK, self._wanted))
            listening.listen(128)
        except OSError:
            listening.close()
            raise
        self.port = listening.getsockname()[1]
        config = uvicorn.Config(
            self._tool.app,
            http=_Protocol,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_keep_alive=300,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([listening],), name=f"sandbox-{self.port}", daemon=True
        )
        self._thread.start()
        if not self._server.up.wait(_PATIENCE):
            raise SandboxError(f"nothing answers at {self.url} after {_PATIENCE} s")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._server.stop()
            self._thread.join(_PATIENCE)
            if self._thread.is_alive():
                raise SandboxError(f"{self.url} does not stop")
        crashes = self._tool.journal.crashes
        if crashes and error is None:
            raise SandboxError(f"the sandbox failed {len(crashes)} times") from crashes[0]
