"""A real Redmine and a simulated one with the same people in it, asked the same things."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import requests

from connectors.sandbox.redmine import RedmineSandbox, seed
from connectors.sandbox.redmine.seed import ACME
from tests.servers.redmine_words import PEOPLE

LITERAL: Final = ("name", "subject", "notes", "errors", "login", "identifier", "field", "property")
"""Keys whose words are compared, not only their types."""
_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


def twin(language: str) -> RedmineSandbox:
    """The simulated Redmine with the accounts, roles and projects of the real one."""
    tool = RedmineSandbox(language=language)
    seed.people(tool)
    tool.world.users.clear()
    tool.world.project(ACME).members.clear()
    tool.world.project(ACME).member_ids.clear()
    tool.add_project("globex", "Globex")
    _, provider, client, bridge = tool.world.roles
    roles = {"provider": provider, "client": client, "bridge": bridge}
    for person in PEOPLE.values():
        name = f"{person.firstname} {person.lastname}"
        tool.add_user(person.login, name, person.mail, key=person.key, admin=person.admin)
        for project, role in person.memberships.items():
            tool.join(project, person.login, roles[role])
    return tool


@dataclass
class Install:
    """One of the two: an address, and the ids of its words."""

    url: str
    ids: dict[str, int]

    @classmethod
    def at(cls, url: str) -> Install:
        """Learns the words of an install by its API."""
        found = cls(url, {})
        for path, name in (
            ("/issue_statuses.json", "issue_statuses"),
            ("/trackers.json", "trackers"),
            ("/enumerations/issue_priorities.json", "issue_priorities"),
            ("/enumerations/time_entry_activities.json", "time_entry_activities"),
            ("/roles.json", "roles"),
            ("/projects.json", "projects"),
        ):
            rows = found.ask("bridge", "GET", path).json()[name]
            found.ids |= {f"{name}:{row['name']}": row["id"] for row in rows}
        return found

    def ask(self, login: str, method: str, path: str, **options: Any) -> requests.Response:
        """One request as somebody, with nobody's key for "nobody"; `{NAME}` are ids."""
        headers = {"X-Redmine-API-Key": PEOPLE[login].key} if login in PEOPLE else {}
        if login == "wrong key":
            headers = {"X-Redmine-API-Key": "0" * 40}
        filled = re.sub(r"\{([^}]+)\}", lambda found: str(self.ids[found[1]]), path)
        body = _filled(options.pop("json", None), self.ids)
        if body is not None:
            options["json"] = body
        headers |= options.pop("headers", {})
        return requests.request(method, self.url + filled, headers=headers, timeout=30, **options)


def _filled(body: Any, ids: Mapping[str, int]) -> Any:
    """A body with the ids of its words: `"{issue_statuses:Fermé}"` → 5."""
    if isinstance(body, dict):
        return {name: _filled(value, ids) for name, value in body.items()}
    if isinstance(body, list):
        return [_filled(value, ids) for value in body]
    if isinstance(body, str) and (found := re.fullmatch(r"\{([^}]+)\}", body)):
        return ids[found[1]]
    return body


def shape(value: Any, key: str = "") -> Any:
    """What is compared of an answer: keys, types and forms, and the words of some keys."""
    if isinstance(value, dict):
        return {name: shape(item, name) for name, item in sorted(value.items())}
    if isinstance(value, list):
        shapes = [shape(item, key) for item in value]
        return (
            shapes if key in ("journals", "details", "custom_fields", "errors") else _kinds(shapes)
        )
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    if isinstance(value, int | float):
        return "number"
    if key in LITERAL:
        return value
    if _STAMP.fullmatch(value):
        return "stamp"
    return "day" if _DAY.fullmatch(value) else "text"


def _kinds(shapes: list[Any]) -> list[Any]:
    """The different shapes in a list, in an order of their own."""
    return [found for _, found in sorted({repr(each): each for each in shapes}.items())]


def differences(real: Any, simulated: Any, path: str = "") -> list[str]:
    """Where two shapes differ, a line each."""
    if isinstance(real, dict) and isinstance(simulated, dict):
        return [
            line
            for name in sorted({*real, *simulated})
            for line in differences(
                real.get(name, "(absent)"), simulated.get(name, "(absent)"), f"{path}/{name}"
            )
        ]
    if isinstance(real, list) and isinstance(simulated, list) and len(real) == len(simulated):
        pairs = enumerate(zip(real, simulated, strict=True))
        return [line for n, (a, b) in pairs for line in differences(a, b, f"{path}/{n}")]
    return [] if real == simulated else [f"{path}: {real!r} is simulated as {simulated!r}"]


def compared(answer: requests.Response) -> tuple[int, Any]:
    """What of an answer must be the same on both."""
    kind = answer.headers.get("Content-Type", "")
    if not answer.content.strip() or not kind.startswith("application/json"):
        return answer.status_code, None
    return answer.status_code, shape(answer.json())
