"""Somebody's program on a simulated Tracker, and what its tests share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import requests

from connectors.sandbox.core import Clock, Serving
from connectors.sandbox.pivotal import Flavour, PivotalSandbox, seed

NOON = datetime(2026, 5, 18, 12, 0, tzinfo=UTC)
ACME = seed.ACME


class Program:
    """One person's token on a served Tracker."""

    def __init__(self, url: str, token: str | None) -> None:
        self._base = f"{url}/services/v5"
        self._session = requests.Session()
        self._session.trust_env = False
        if token is not None:
            self._session.headers["X-TrackerToken"] = token

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        """Any request below the API's prefix."""
        return self._session.request(method, self._base + path, json=body, params=query, timeout=10)

    def get(self, path: str, **query: Any) -> Any:
        """What a GET gives; it has to be well."""
        answer = self.ask("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, method: str, path: str, body: Any) -> Any:
        """What a write gives; it has to be well."""
        answer = self.ask(method, path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, method: str, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        """The error document of a refused request, with its status."""
        answer = self.ask(method, path, body, **query)
        assert answer.status_code >= 400, answer.text
        found: dict[str, Any] = answer.json()
        assert found["kind"] == "error"
        return {**found, "status": answer.status_code}

    def close(self) -> None:
        """Leave."""
        self._session.close()


class Office:
    """A served Tracker with people and no story, its clock stopped at noon."""

    def __init__(self, flavour: str | Flavour = "pivotal") -> None:
        self.clock = Clock(NOON)
        self.tool = PivotalSandbox(self.clock, flavour)
        seed.people(self.tool)
        self._serving: Serving = self.tool.serve()  # type: ignore[assignment]
        self.url = self._serving.__enter__().url
        self._programs: list[Program] = []
        self.bridge = self.program("bridge")

    def program(self, username: str | None) -> Program:
        """The program of a person; of a stranger without a token for None."""
        token = None if username is None else self.tool.world.person(username).token
        self._programs.append(Program(self.url, token))
        return self._programs[-1]

    def story(self, name: str = "Blank page", by: str = "alice", **given: Any) -> int:
        """A story of acme; its id."""
        return self.tool.add_story(ACME, by, name, **given).id

    def close(self) -> None:
        """Close all programs and stop; raises what the sandbox did wrong."""
        for program in self._programs:
            program.close()
        self._serving.__exit__(None, None, None)
