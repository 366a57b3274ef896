"""A socket that answers HTTP by script: what no healthy server can be made to say."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Script = bytes | Callable[[socket.socket], None]


def answer(
    status: int = 200,
    body: bytes | str | Any = b"{}",
    *,
    kind: str = "application/json",
    length: int | None = None,
    **headers: str,
) -> bytes:
    """One HTTP answer; `length` lies about the body's."""
    data = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else None
    data = json.dumps(body).encode() if data is None else data
    head = {
        "Content-Type": kind,
        "Content-Length": str(len(data) if length is None else length),
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + data


def reset(sock: socket.socket) -> None:
    """Drop the connection the hard way."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    sock.close()


@dataclass
class Scripted:
    """Plays one script per request, the last one again and again; keeps what was asked."""

    scripts: list[Script]
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    tls: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def serving(self) -> Iterator[Scripted]:
        """Listen for the length of a `with` block."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            thread = threading.Thread(target=self._accept, args=(listener,), daemon=True)
            thread.start()
            try:
                yield self
            finally:
                with contextlib.suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        try:
            sock = self.tls.wrap_socket(plain, server_side=True) if self.tls else plain
        except OSError:  # the client did not like the certificate
            plain.close()
            return
        with contextlib.suppress(OSError), sock, sock.makefile("rb") as stream:
            while line := stream.readline().decode("latin-1").strip():
                if not line.endswith("HTTP/1.1"):
                    sock.sendall(answer(400))
                    return
                method, path, _ = line.split(" ")
                headers: dict[str, str] = {}
                while header := stream.readline().decode().strip():
                    name, _, value = header.partition(": ")
                    headers[name.lower()] = value
                stream.read(int(headers.get("content-length", 0)))
                self.asked.append((method, path, headers))
                script = self.scripts[min(len(self.asked), len(self.scripts)) - 1]
                if isinstance(script, bytes):
                    sock.sendall(script)
                else:
                    script(sock)
                    return
