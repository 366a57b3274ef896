"""The Pivotal connector against a bare `requests` loop, on a simulated Tracker of this machine.

    python -m benchmarks.pivotal

Aims: first read at most 1.10 x the bare loop at 30 ms a page, 2 x at none; a poll with no news in
one request; equal peaks of memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime

import requests

from benchmarks._sandbox import Subject, run
from connectors.base import Context
from connectors.marks import Marks
from connectors.pivotal import PivotalConnector, PivotalSettings
from connectors.sandbox.pivotal import PivotalSandbox, seed
from mappings import load

PAGE = 200
KEY, TOKEN = "BRIDGE_BENCH_KEY", "sandbox-token-of-bridge"
os.environ[KEY] = TOKEN
SINCE = datetime(2100, 1, 1, tzinfo=UTC)
"""After the last change: all of it comes as on first contact, from the list alone."""


def make() -> PivotalSandbox:
    """A Tracker with people and no story."""
    tool = PivotalSandbox()
    seed.people(tool)
    return tool


def fill(tool: PivotalSandbox, count: int) -> None:
    """Old stories with a comment each."""
    seed.bulk(tool, count)


def change(tool: PivotalSandbox, count: int) -> None:
    """A client comments on so many stories."""
    for number in list(tool.world.stories)[:count]:
        tool.comment(number, "alice", "Is there any news?")


def connector(url: str, recall: Callable[[str], str | None]) -> PivotalConnector:
    """A connector as a source of the configuration would have it."""
    settings = PivotalSettings.model_validate(
        {
            "type": "pivotal",
            "url": f"{url}/services/v5",
            "api_key": f"env:{KEY}",
            "projects": [seed.ACME],
        }
    )
    context = Context("bench", load("pivotal"), Marks(bytes(16)), recall)
    return PivotalConnector(settings, context)


def bare(url: str) -> int:
    """Stories read by a loop that does nothing but read."""
    with requests.Session() as session:
        session.headers["X-TrackerToken"] = TOKEN
        stories = 0
        while True:
            address = f"{url}/services/v5/projects/{seed.ACME}/stories"
            query = f"limit={PAGE}&offset={stories}&fields=:default,story_priority"
            rows = session.get(f"{address}?{query}", timeout=60).json()
            stories += len(rows)
            if len(rows) < PAGE:
                return stories


SUBJECT = Subject(make, fill, change, connector, bare, SINCE)

if __name__ == "__main__":
    run("benchmarks.pivotal")
