"""The GitLab connector against a bare `requests` loop, on the simulated GitLab.

    python -m benchmarks.gitlab

Aims: first read at most 1.10 x the bare loop at 30 ms a page and 2 x at 0; no news: 1 request for
issues and 1 for merge requests; equal peaks.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import requests

from benchmarks._sandbox import Recall, Subject, run
from connectors.base import Context
from connectors.gitlab import GitLabConnector, GitLabSettings
from connectors.marks import Marks
from connectors.sandbox.gitlab import GitlabSandbox, seed
from mappings import load

KEY = "BRIDGE_BENCH_KEY"
os.environ[KEY] = seed.BRIDGE_TOKEN


def make() -> GitlabSandbox:
    """A newest GitLab, which pages issues by keyset, without a rate limit."""
    return GitlabSandbox.seeded()


def fill(tool: GitlabSandbox, count: int) -> None:
    """Old issues with two comments each, a minute apart."""
    tool.fill(count)


def change(tool: GitlabSandbox, count: int) -> None:
    """Somebody answers on so many issues."""
    for issue in list(tool.project(seed.PROJECT).issues.values())[-count:]:
        tool.comment(issue, "jdoe", "We look at it.")


def connector(url: str, recall: Recall) -> GitLabConnector:
    """A connector as a source of the configuration would have it."""
    settings = GitLabSettings.model_validate(
        {"type": "gitlab", "url": url, "api_key": f"env:{KEY}", "projects": [seed.PROJECT]}
    )
    return GitLabConnector(settings, Context("bench", load("gitlab"), Marks(bytes(16)), recall))


def bare(url: str) -> int:
    """Issues read by a loop that does nothing but read, by keyset too."""
    with requests.Session() as session:
        session.headers["PRIVATE-TOKEN"] = seed.BRIDGE_TOKEN
        query = "pagination=keyset&order_by=updated_at&sort=asc&per_page=100"
        address: str | None = f"{url}/api/v4/projects/1/issues?{query}"
        issues = 0
        while address is not None:
            answer = session.get(address, timeout=60)
            issues += len(answer.json())
            address = answer.links.get("next", {}).get("url")
        return issues


# All of it comes as on first contact, from the lists alone.
SUBJECT = Subject(make, fill, change, connector, bare, datetime.now(UTC) + timedelta(days=1))

if __name__ == "__main__":
    run("benchmarks.gitlab")
