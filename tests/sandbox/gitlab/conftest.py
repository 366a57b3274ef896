"""A served GitLab with its clock stopped, and somebody who calls its API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, Final

import pytest
import requests

from connectors.sandbox.core import Clock
from connectors.sandbox.gitlab import BRIDGE_TOKEN, PROJECT, TOKENS, GitlabSandbox
from connectors.sandbox.gitlab.records import Issue

MORNING: Final = datetime(2026, 5, 18, 8, 0, 0, 123456, tzinfo=UTC)


class Api:
    """Calls with a token; `token` may be changed between calls."""

    def __init__(self, url: str, session: requests.Session) -> None:
        self.url = url
        self.base = f"{url}/api/v4"
        self.token: str | None = BRIDGE_TOKEN
        self._session = session

    def by(self, name: str) -> Api:
        """The same server, called by somebody else."""
        other = Api(self.url, self._session)
        other.token = TOKENS.get(name, name) or None
        return other

    def call(self, method: str, path: str, **values: Any) -> requests.Response:
        headers = {"PRIVATE-TOKEN": self.token} if self.token is not None else {}
        values = {"headers": headers, "timeout": 10, "allow_redirects": False, **values}
        url = path if path.startswith("http") else f"{self.base}{path}"
        return self._session.request(method, url, **values)

    def get(self, path: str, **values: Any) -> requests.Response:
        return self.call("GET", path, **values)

    def put(self, path: str, **body: Any) -> requests.Response:
        return self.call("PUT", path, json=body)

    def post(self, path: str, **body: Any) -> requests.Response:
        return self.call("POST", path, json=body)

    def delete(self, path: str) -> requests.Response:
        return self.call("DELETE", path)

    def rows(self, path: str) -> list[dict[str, Any]]:
        """The rows of one page."""
        got = self.get(path)
        assert got.status_code == 200, got.text
        found: list[dict[str, Any]] = got.json()
        return found

    def iids(self, query: str = "", place: str = "/projects/1") -> list[int]:
        return [row["iid"] for row in self.rows(f"{place}/issues?{query}")]

    def issue(self, iid: int = 1) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/projects/1/issues/{iid}").json()
        return found

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """GraphQL."""
        got = self.call(
            "POST",
            f"{self.url}/api/graphql",
            json={"query": query, "variables": variables},
        )
        assert got.status_code == 200, got.text
        found: dict[str, Any] = got.json()
        return found


@pytest.fixture
def clock() -> Clock:
    return Clock(MORNING)


@pytest.fixture
def gitlab(clock: Clock) -> GitlabSandbox:
    return GitlabSandbox.seeded("en", clock=clock)


@pytest.fixture
def serve() -> Iterator[Callable[[GitlabSandbox], Api]]:
    """Serve any sandbox until the end of the test."""
    with ExitStack() as stack:
        session = stack.enter_context(requests.Session())

        def start(sandbox: GitlabSandbox) -> Api:
            return Api(stack.enter_context(sandbox.serve()).url, session)

        yield start


@pytest.fixture
def api(serve: Callable[[GitlabSandbox], Api], gitlab: GitlabSandbox) -> Api:
    return serve(gitlab)


@pytest.fixture
def issue(gitlab: GitlabSandbox) -> Issue:
    """The incident of the seeded world."""
    return gitlab.issue(PROJECT, 1)
