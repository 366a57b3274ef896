"""A served account with its clock stopped, and somebody who calls its API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import pytest
import requests

from connectors.sandbox.core import Clock
from connectors.sandbox.freshdesk import BRIDGE_KEY, FreshdeskSandbox, Person, Ticket

MORNING: Final = datetime(2026, 5, 18, 8, 0, tzinfo=UTC)
ALWAYS: Final = "updated_since=2000-01-01T00:00:00Z"


class Api:
    """Calls with a key; `key` may be changed between calls."""

    def __init__(self, url: str, session: requests.Session) -> None:
        self.base = f"{url}/api/v2"
        self.key = BRIDGE_KEY
        self._session = session

    def call(self, method: str, path: str, **values: Any) -> requests.Response:
        values = {"auth": (self.key, "X"), "timeout": 10, **values}
        return self._session.request(method, f"{self.base}{path}", **values)

    def get(self, path: str, **values: Any) -> requests.Response:
        return self.call("GET", path, **values)

    def put(self, path: str, **body: Any) -> requests.Response:
        return self.call("PUT", path, json=body)

    def post(self, path: str, **body: Any) -> requests.Response:
        return self.call("POST", path, json=body)

    def delete(self, path: str) -> requests.Response:
        return self.call("DELETE", path)

    def ids(self, query: str) -> list[int]:
        """The ids that a ticket list answers."""
        got = self.get(f"/tickets?{query}")
        assert got.status_code == 200, got.text
        return [row["id"] for row in got.json()]

    def wrong(self, answer: requests.Response) -> dict[str, str]:
        """Field → code of a refused call."""
        assert answer.status_code == 400, answer.text
        told = answer.json()
        assert told["description"] == "Validation failed"
        return {error["field"]: error["code"] for error in told["errors"]}


@pytest.fixture
def clock() -> Clock:
    return Clock(MORNING)


@pytest.fixture
def account(clock: Clock) -> FreshdeskSandbox:
    return FreshdeskSandbox.seeded("en", clock)


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.trust_env = False
        yield made


@pytest.fixture
def api(account: FreshdeskSandbox, session: requests.Session) -> Iterator[Api]:
    with account.serve() as served:
        yield Api(served.url, session)


@pytest.fixture
def ticket(account: FreshdeskSandbox) -> Ticket:
    """Bruno of ACME asked by mail; his director is in copy; Jane answered."""
    return account.tickets[1]


def person(account: FreshdeskSandbox, name: str) -> Person:
    """Somebody of the account by the beginning of their name."""
    return next(p for p in account.people.values() if p.name.startswith(name))


@pytest.fixture
def jane(account: FreshdeskSandbox) -> Person:
    return person(account, "Jane")


@pytest.fixture
def bruno(account: FreshdeskSandbox) -> Person:
    return person(account, "Bruno")


@pytest.fixture
def alice(account: FreshdeskSandbox) -> Person:
    return person(account, "Alice")
