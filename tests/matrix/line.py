"""A line that shows a certificate of our choice, and hands on what comes inside it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from typing import Final

from tests.servers.ports import LOOPBACK

_PIECE: Final = 65536
_BLIND: Final = ssl._create_unverified_context()  # noqa: S323 - to a tool of this process


class TlsLine:
    """Listens on `port` with TLS and hands on to `target`, which may speak TLS itself."""

    def __init__(self, target: int, context: ssl.SSLContext, *, inner_tls: bool = False) -> None:
        self.context = context
        """The certificate that is shown from the next connection on."""
        self._target, self._inner_tls = target, inner_tls
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self.handed_on = 0
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError), plain:
            near = self.context.wrap_socket(plain, server_side=True)
            far = socket.create_connection((LOOPBACK, self._target), timeout=10)
            if self._inner_tls:
                far = _BLIND.wrap_socket(far)
            with near, far:
                back = threading.Thread(target=self._hand_on, args=(far, near), daemon=True)
                back.start()
                self._hand_on(near, far)
                back.join(5)

    def _hand_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_PIECE):
                self.handed_on += len(data)
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)
