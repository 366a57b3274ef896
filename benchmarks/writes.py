"""What a write costs in calls, tool by tool, against a client that only writes and looks.

    python -m benchmarks.writes

Counted by the journals of the simulated tools, on tickets that a pass has read before. A bare
client sends a value in one call and reads the ticket once, to see what was kept. Aim: at most one
extra read, for a message (was it sent before?) as for a field (does it show the value already?).
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from bridge.model import (
    ApprovalState,
    Field,
    Language,
    Message,
    MessageKind,
    Priority,
    Value,
    Write,
)
from bridge.testing import Stage
from connectors.base import Connector, Context
from connectors.marks import Marks
from connectors.sandbox.core import Journal
from mappings import load
from tests.conformance.freshdesk_stage import FreshdeskStage
from tests.conformance.gitlab_stage import GitLabStage
from tests.conformance.pivotal_stage import PivotalStage
from tests.fuzz.redmine_stage import RedmineSandboxStage

SINCE: Final = datetime(2020, 1, 1, tzinfo=UTC)
MARKS: Final = Marks(bytes(16))
STAGES: Final[dict[str, Callable[[Path], Stage]]] = {
    "freshdesk": FreshdeskStage,
    "gitlab": GitLabStage,
    "pivotal": PivotalStage,
    "redmine": RedmineSandboxStage,
}
TELL: Final = Message(MessageKind.CONSUMED, True, Language.EN, "", ("We have begun.",))
VALUES: Final[dict[Field, Value]] = {
    Field.APPROVAL: ApprovalState.AWAITING,
    Field.CONSUMED: 5400,
    Field.PRIORITY: Priority.HIGH,
}
FIELDS: Final = (Field.APPROVAL, Field.CONSUMED)
TICKETS: Final = 10
AIM: Final = 2
"""Reads for one write: one besides the one that confirms it."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Calls for one write: reads, and calls that change something."""

    reads: float
    writes: float

    def __str__(self) -> str:
        return f"{self.reads:g} + {self.writes:g}"


BARE: Final = Cost(1, 1)
"""Send it, look at it."""


def measure(stage: Stage, journal: Journal) -> dict[str, Cost]:
    """What the writes of one pass cost, each on tickets of its own."""
    keys = [stage.open(f"Request {number}") for number in range(TICKETS)]
    stage.settle()
    remembered: dict[str, str] = {}
    context = Context(stage.source, load(stage.mapping), MARKS, remembered.get)
    connector = stage.connect(context)
    with contextlib.closing(connector):
        for page in connector.poll(None, SINCE):
            remembered |= page.remember
        # What is asked once in a pass (words, who we are) is no cost of one write.
        _say(connector, stage.source, 1, keys[0])
        _set(connector, stage.source, Field.PRIORITY, keys[0])
        found = {
            str(field): _cost(journal, partial(_set, connector, stage.source, field), keys)
            for field in FIELDS
        }
        found["message"] = _cost(journal, partial(_say, connector, stage.source, 2), keys)
    return found


def _cost(journal: Journal, act: Callable[[str], None], keys: list[str]) -> Cost:
    journal.clear()
    for key in keys:
        act(key)
    writes = len(journal.writes)
    return Cost((len(journal) - writes) / len(keys), writes / len(keys))


def _set(connector: Connector, source: str, field: Field, key: str) -> None:
    connector.apply((_write(source, key, field, VALUES[field], "value"),))


def _say(connector: Connector, source: str, number: int, key: str) -> None:
    write = _write(source, key, Field.MESSAGE, TELL, str(number))
    if connector.find(write) is not None:
        raise RuntimeError("nothing was said yet")
    connector.apply((write,))


def _write(source: str, key: str, field: Field, value: Value, name: str) -> Write:
    what = f"{field}:{key}:{name}"
    return Write(what, source, key, field, value, MARKS.of(what))


def main() -> None:
    """Measure and print."""
    for name, make in STAGES.items():
        with (
            tempfile.TemporaryDirectory() as folder,
            contextlib.closing(make(Path(folder))) as stage,
        ):
            journal: Journal = stage.tool.journal  # type: ignore[attr-defined]
            for what, cost in measure(stage, journal).items():
                met = "" if cost.reads <= AIM else f"  MISSES the aim of {AIM} reads"
                print(f"{name:10} {what:9} {cost} calls (reads + writes; bare {BARE}){met}")


if __name__ == "__main__":
    main()
