"""The smallest tool that keeps a state: a counter, to see what was applied."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.core import (
    BadBody,
    Clock,
    Faults,
    Gate,
    Journal,
    json_answer,
    read_object,
)

NOON: Final = datetime(2026, 5, 18, 12, 0, tzinfo=UTC)


class CounterTool:
    """`GET /count`, `POST /count` (one more), `PUT /count` (`{"to": 3}`), `GET /broken`."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock(NOON)
        self.journal = Journal()
        self.faults = Faults()
        self.lock = threading.RLock()
        self.count = 0
        routes = [
            Route("/count", self.show, methods=["GET"]),
            Route("/count", self.more, methods=["POST"]),
            Route("/count", self.put, methods=["PUT"]),
            Route("/broken", self.broken, methods=["GET"]),
        ]
        starlette = Starlette(routes=routes)
        self.app = Gate(starlette, self.clock, self.journal, self.faults, self.lock)

    async def show(self, request: Request) -> Response:
        return json_answer({"count": self.count})

    async def more(self, request: Request) -> Response:
        self.count += 1
        return json_answer({"count": self.count}, 201)

    async def put(self, request: Request) -> Response:
        try:
            self.count = (await read_object(request))["to"]
        except BadBody as error:
            return json_answer({"error": str(error)}, 400)
        return json_answer({"count": self.count})

    async def broken(self, request: Request) -> Response:
        raise LookupError("no such table")
