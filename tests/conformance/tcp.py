"""A line of bytes to a server, broken on demand: for what is not HTTP."""

from __future__ import annotations

import contextlib
import socket
import threading

from bridge.testing import Break
from tests.servers.ports import LOOPBACK


class TcpLine:
    """Listens on `port` and hands bytes on to `target`, until `how` says otherwise.

    DOWN cuts every connection, SILENT takes bytes and lets none through.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._how: Break | None = None
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def set(self, how: Break | None) -> None:
        """Break the line this way, or mend it; what is open is cut."""
        self._how = how
        self._cut_all()

    def close(self) -> None:
        """Stop listening and cut what is open."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._cut_all()
        self._thread.join(5)

    def _cut_all(self) -> None:
        with self._lock:
            for each in self._open:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._how is Break.DOWN:
                near.close()
                continue
            far = socket.create_connection((LOOPBACK, self._target), timeout=60)
            with self._lock:
                self._open |= {near, far}
            for ways in ((near, far), (far, near)):
                threading.Thread(target=self._hand_on, args=ways, daemon=True).start()

    def _hand_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if self._how is Break.SILENT:
                    continue
                sink.sendall(data)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        with self._lock:
            self._open -= {source, sink}
