"""What the engine reports while it works, shown on stderr."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from bridge.cli.logs import logger
from bridge.cli.session import Session
from bridge.cli.terminal.progress import Progress


def _log(event: str, **facts: object) -> None:
    logger().info(event, **facts)


class Observer:
    """Progress of passes on stderr, as the engine reports it."""

    def __init__(self, session: Session) -> None:
        self._line = Progress(_log, session.zone, sys.stderr)
        self._seen: dict[str, int] = {}

    def __enter__(self) -> Observer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.erase()

    def __call__(self, event: str, **facts: Any) -> None:
        source = str(facts.get("source", ""))
        if event == "page":
            before = self._seen.get(source, 0)
            self._seen[source] = facts["tickets"]
            self._line.page(source, facts["tickets"] - before)
        elif event == "waiting":
            self._line.waiting(source, facts["seconds"], facts["reason"])
