"""A `requests` session that trusts nothing it was not told: not the environment, not cookies.

Timeouts of `requests` are per gap: a server that sends one byte now and then holds a reader for
ever. Here a watchdog shuts the socket when the head of an answer is late, and bodies are read with
an eye on the clock and on their size.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from connectors.limits import Limits

USER_AGENT: Final = "the-bridge"


def open_session(limits: Limits, ca_file: Path | None = None) -> requests.Session:
    """A session of its own for one source. `ca_file` replaces the usual authorities (PEM)."""
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.verify = str(ca_file) if ca_file else True
    session.headers.clear()
    session.headers.update(
        {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": USER_AGENT}
    )
    adapter = _Adapter(limits.answer)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _PunctualHead:
    """A connection whose answers must have begun, headers whole, within `patience` seconds."""

    patience: float
    sock: Any

    def getresponse(self) -> Any:
        watchdog = threading.Timer(self.patience, _shut, (self.sock,))
        watchdog.daemon = True
        watchdog.start()
        try:
            return super().getresponse()  # type: ignore[misc]
        finally:
            watchdog.cancel()


def _shut(sock: socket.socket | None) -> None:
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    """Repeats nothing by itself: retries are decided in one place only."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        super().__init__(max_retries=0, pool_connections=1, pool_maxsize=2)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = _pools(self._patience)


def _pools(patience: float) -> dict[str, type[HTTPConnectionPool]]:
    plain = type("PunctualHTTP", (_PunctualHead, HTTPConnection), {"patience": patience})
    secure = type("PunctualHTTPS", (_PunctualHead, HTTPSConnection), {"patience": patience})
    return {
        "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("PoolTLS", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }
