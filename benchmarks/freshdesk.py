"""The Freshdesk connector against a bare `requests` loop, on the simulated Freshdesk.

    python -m benchmarks.freshdesk

Aims: first read at most 1.10 x the bare loop at 30 ms a page and 2 x at 0; no news: 1 request for
tickets and 1 for time entries; equal peaks.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import requests

from benchmarks._sandbox import Recall, Subject, run
from connectors.base import Context
from connectors.freshdesk import FreshdeskConnector, FreshdeskSettings
from connectors.marks import Marks
from connectors.sandbox.freshdesk import BRIDGE_KEY, UNMETERED, FreshdeskSandbox
from mappings import load

KEY = "BRIDGE_BENCH_KEY"
os.environ[KEY] = BRIDGE_KEY


def make() -> FreshdeskSandbox:
    """An account without a rate limit: waiting is not what is measured."""
    return FreshdeskSandbox.seeded(plan=UNMETERED)


def fill(tool: FreshdeskSandbox, count: int) -> None:
    """Old closed tickets, none under the stamp of another."""
    tool.seed_many(count)


def change(tool: FreshdeskSandbox, count: int) -> None:
    """Somebody answers on so many tickets."""
    agent = next(person for person in tool.people.values() if person.agent)
    for ticket in list(tool.tickets.values())[-count:]:
        tool.agent_reply(ticket, agent, "We look at it.")


def connector(url: str, recall: Recall) -> FreshdeskConnector:
    """A connector as a source of the configuration would have it."""
    settings = FreshdeskSettings.model_validate(
        {"type": "freshdesk", "url": url, "api_key": f"env:{KEY}"}
    )
    context = Context("bench", load("freshdesk"), Marks(bytes(16)), recall)
    return FreshdeskConnector(settings, context)


def bare(url: str) -> int:
    """Tickets read by a loop that does nothing but read."""
    with requests.Session() as session:
        session.auth = (BRIDGE_KEY, "X")
        tickets, page = 0, 1
        while True:
            query = f"updated_since=2000-01-01&order_by=updated_at&order_type=asc&page={page}"
            address = f"{url}/api/v2/tickets?{query}&per_page=100"
            rows = session.get(address, timeout=60).json()
            tickets += len(rows)
            page += 1
            if len(rows) < 100:
                return tickets


# All of it comes as on first contact, from the lists alone.
SUBJECT = Subject(make, fill, change, connector, bare, datetime.now(UTC) + timedelta(days=1))

if __name__ == "__main__":
    run("benchmarks.freshdesk")
