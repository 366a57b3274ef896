"""The Redmine connector against a bare `requests` loop, on the simulated Redmine.

    python -m benchmarks.redmine_simulated

A real Redmine takes longer for a page than both (`benchmarks.redmine`); this one shows what the
connector itself costs. Aims: first read at most 1.10 x the bare loop at 30 ms a page and 2 x at 0;
no news: 1 request for issues and 1 for time entries; equal peaks.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import requests

from benchmarks._sandbox import Recall, Subject, run
from connectors.base import Context
from connectors.marks import Marks
from connectors.redmine import RedmineConnector, RedmineSettings
from connectors.sandbox.redmine import RedmineSandbox, seed
from mappings import load

KEY = "BRIDGE_BENCH_KEY"
START = datetime(2026, 1, 1, tzinfo=UTC)


def make() -> RedmineSandbox:
    """A French Redmine of which the bridge's key is known."""
    tool = RedmineSandbox(language="fr")
    seed.people(tool)
    tool.world.user("bridge").key = os.environ[KEY]
    return tool


def fill(tool: RedmineSandbox, count: int) -> None:
    """Old issues, a minute apart."""
    for _ in range(count):
        number = len(tool.world.issues)
        tool.clock.set(START + timedelta(minutes=number))
        tool.open(seed.ACME, "alice", f"Request {number}", description="It does not work. " * 20)
    tool.clock.release()


def change(tool: RedmineSandbox, count: int) -> None:
    """Somebody answers on so many issues."""
    for number in list(tool.world.issues)[-count:]:
        tool.note(number, "jdoe", "We look at it.")


def connector(url: str, recall: Recall) -> RedmineConnector:
    """A connector as a source of the configuration would have it."""
    settings = RedmineSettings.model_validate(
        {"type": "redmine", "url": url, "api_key": f"env:{KEY}", "projects": [seed.ACME]}
    )
    return RedmineConnector(settings, Context("bench", load("redmine"), Marks(bytes(16)), recall))


def bare(url: str) -> int:
    """Issues read by a loop that does nothing but read."""
    with requests.Session() as session:
        session.headers["X-Redmine-API-Key"] = os.environ[KEY]
        issues = 0
        while True:
            query = f"status_id=*&sort=updated_on,id&limit=100&offset={issues}"
            answer = session.get(f"{url}/issues.json?{query}", timeout=60).json()
            issues += len(answer["issues"])
            if issues >= answer["total_count"]:
                return issues


os.environ.setdefault(KEY, "0" * 39 + "7")
# All of it comes as on first contact, from the lists alone.
SUBJECT = Subject(make, fill, change, connector, bare, datetime.now(UTC) + timedelta(days=1))

if __name__ == "__main__":
    run("benchmarks.redmine_simulated")
