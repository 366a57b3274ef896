"""The Redmine connector against a bare `requests` loop, on a real Redmine of this machine.

    python -m benchmarks.redmine

The bare loop asks for the same pages and decodes their JSON, nothing else; both read what the other
reads, in turns, and the best of each counts. A poll with no news is counted in requests. Memory is
the peak of a process of its own that polls once and lets every page go. Aims: first read at most
1.05 x the bare loop; no news: 1 request for issues and 1 for time entries; equal peaks.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import requests

from connectors.base import Context
from connectors.marks import Marks
from connectors.redmine import RedmineConnector, RedmineSettings
from mappings import load
from tests.servers.redmine import Redmine

FEW, MANY = 5_000, 20_000
SINCE = datetime(2026, 11, 1, tzinfo=UTC)
"""After the bulk's last change: all of it comes as on first contact, from the lists alone."""
KEY = "BRIDGE_BENCH_KEY"
ROUNDS = 3


def connector(url: str) -> RedmineConnector:
    """A connector as a source of the configuration would have it; the key is in the environment."""
    settings = RedmineSettings.model_validate(
        {"type": "redmine", "url": url, "api_key": f"env:{KEY}"}
    )
    return RedmineConnector(settings, Context("bench", load("redmine"), Marks(bytes(16))))


def poll(url: str, cursor: str | None = None) -> tuple[int, int, str]:
    """Tickets, requests and cursor of one poll."""
    ours = connector(url)
    tickets, reached = 0, ""
    for page in ours.poll(cursor, SINCE):
        tickets, reached = tickets + len(page.tickets), page.cursor
    ours.close()
    return tickets, ours.requests, reached


def bare(url: str) -> int:
    """Issues read by a loop that does nothing but read."""
    with requests.Session() as session:
        session.headers["X-Redmine-API-Key"] = os.environ[KEY]
        issues = offset = 0
        while True:
            query = f"status_id=*&sort=updated_on,id&limit=100&offset={offset}"
            answer = session.get(f"{url}/issues.json?{query}", timeout=60).json()
            issues += len(answer["issues"])
            offset += 100
            if offset >= answer["total_count"]:
                return issues


def seconds(work: Callable[[], object]) -> float:
    """How long one run takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def peak(url: str) -> int:
    """Peak memory in kB of a process that polls once."""
    command = [sys.executable, "-m", "benchmarks.redmine", url]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    with Redmine("fr") as tool:
        os.environ[KEY] = tool.key()
        tool.seed_issues(FEW)
        bare(tool.url)  # both find the server warm
        times = [
            (seconds(lambda: bare(tool.url)), seconds(lambda: poll(tool.url)))
            for _ in range(ROUNDS)
        ]
        loop, ours = (min(column) for column in zip(*times, strict=True))
        tickets, made, cursor = poll(tool.url)
        print(f"first read of {tickets} issues: {ours:.1f} s in {made} requests")
        print(f"  bare loop, {FEW // 100} requests: {loop:.1f} s; ratio {ours / loop:.2f}")
        news, idle, _ = poll(tool.url, cursor)
        print(f"poll with no news: {idle} requests, {news} tickets")
        few = peak(tool.url)
        tool.seed_issues(MANY - FEW)
        many = peak(tool.url)
        print(f"peak memory: {few / 1024:.0f} MB at {FEW}, {many / 1024:.0f} MB at {MANY} issues")
        print(f"  ratio {many / few:.2f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        poll(sys.argv[1])
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    else:
        main()
