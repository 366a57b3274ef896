"""The line to a tool that speaks HTTP: counted, written down and broken on demand.

Faults and journal are those of the sandbox; in front of a real server stands a `Relay`.
"""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from bridge.testing import Break, Stage
from connectors.sandbox.core import Answer, Clock, Cut, Fault, Faults, Gate, Journal, Lose, Wait
from connectors.toolkit.http import Limits

QUICK: Final = Limits(
    connect=2, read=1.5, answer=10, attempts=2, pause=0.01, longest_pause=0.02, patience=5
)
_ENDLESS: Final = 1_000_000
_HOP_BY_HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})
_FAULTS: Final[dict[Break, Fault]] = {
    Break.DOWN: Answer(503, b"out of order", "text/plain"),
    Break.SILENT: Wait(60_000),
    Break.CUT: Cut(),
    Break.HTML: Answer.html(),
    Break.BUSY: Answer(429, b"{}", headers={"Retry-After": "3600"}),
}


class HttpStage(Stage):
    """A stage whose tool has the sandbox's faults and journal."""

    faults: Faults
    journal: Journal
    message_calls: tuple[str, str] = ("P*", "*")
    """Method and path (globs) of the calls that write a message."""

    @contextlib.contextmanager
    def broken(self, how: Break, *, after: int = 0) -> Iterator[None]:
        self.faults.add(_FAULTS[how], times=_ENDLESS, after=after)
        try:
            yield
        finally:
            self.faults.clear()

    @contextlib.contextmanager
    def lost_answer(self) -> Iterator[None]:
        self.faults.add(Lose(), *self.message_calls)
        try:
            yield
            assert not self.faults.waiting, "nothing was written, so no answer was lost"
        finally:
            self.faults.clear()

    def asked(self) -> int:
        return len(self.journal)

    def written(self) -> int:
        return len(self.journal.writes)


class Relay:
    """Hands every request on to a real server; what `Serving` serves."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc
        self.faults, self.journal = Faults(), Journal()
        self.app: ASGIApp = Gate(self._forward, Clock(), self.journal, self.faults)

    async def _forward(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        target = scope["raw_path"].decode()
        if scope["query_string"]:
            target += "?" + scope["query_string"].decode()
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        with contextlib.closing(http.client.HTTPConnection(self._host, timeout=60)) as server:
            server.request(scope["method"], target, body, headers)
            answer = server.getresponse()
            content = answer.read()
        kept = [
            (name.lower().encode(), value.encode("latin-1"))
            for name, value in answer.getheaders()
            if name.lower() not in _HOP_BY_HOP
        ]
        if answer.status not in (204, 304):
            kept.append((b"content-length", str(len(content)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": kept})
        await send({"type": "http.response.body", "body": content})


def secret_file(folder: Path, name: str, value: str) -> str:
    """A reference to a secret in a file that only we can read."""
    path = folder / name
    path.write_text(value, encoding="utf-8")
    path.chmod(0o600)
    return f"file:{path}"
