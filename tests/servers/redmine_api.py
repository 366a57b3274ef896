"""A small REST client for people in the tests: acts as alice or jdoe would, and fails loudly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import requests

IdOf = Callable[[str, str], int]


class Api:
    """Redmine's REST API with one account's key; a refusal raises `AssertionError`, quoting it."""

    def __init__(self, url: str, key: str, words: Mapping[str, str], id_of: IdOf) -> None:
        """Speak to the Redmine at `url` with `key`."""
        self.url = url
        self._words = words
        self._id_of = id_of
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["X-Redmine-API-Key"] = key

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send one request (`path` from the slash on); return the bare answer, whatever it is."""
        return self._session.request(method, self.url + path, timeout=60, **options)

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Send one request and return the decoded JSON, `None` for an empty answer."""
        answer = self.request(method, path, **options)
        assert answer.status_code < 300, (
            f"{method} {path} answered {answer.status_code}: {answer.text[:500]}"
        )
        return answer.json() if answer.text.strip() else None

    def get(self, path: str, **params: Any) -> Any:
        """Return the decoded answer of a GET; keywords become the query."""
        return self.call("GET", path, params=params)

    def me(self) -> dict[str, Any]:
        """Return this account as `/users/current.json` shows it."""
        return dict(self.get("/users/current.json")["user"])

    def create_issue(
        self,
        subject: str,
        *,
        project: str = "acme",
        tracker: str = "bug",
        priority: str = "normal",
        **fields: Any,
    ) -> int:
        """Open an issue and return its id. `tracker`, `priority`: keys of `words` or names.

        Further fields go as they are: `description=`, `estimated_hours=`, `parent_issue_id=`,
        `custom_fields=[{"id": …, "value": …}]`.
        """
        issue = {
            "project_id": project,
            "tracker_id": self._id_of("tracker", tracker),
            "priority_id": self._id_of("priority", priority),
            "subject": subject,
            **fields,
        }
        return int(self.call("POST", "/issues.json", json={"issue": issue})["issue"]["id"])

    def issue(self, number: int, include: str = "journals") -> dict[str, Any]:
        """Return one issue as this account sees it."""
        return dict(self.get(f"/issues/{number}.json", include=include)["issue"])

    def update(self, number: int, **fields: Any) -> None:
        """Change an issue: `status_id=`, `notes=`, ...; what Redmine drops is dropped silently."""
        self.call("PUT", f"/issues/{number}.json", json={"issue": fields})

    def set_status(self, number: int, status: str) -> None:
        """Move an issue to a state (key of `words` or name); fails when Redmine drops it."""
        wanted = self._id_of("status", status)
        self.update(number, status_id=wanted)
        shown = self.issue(number)["status"]
        assert shown["id"] == wanted, f"issue {number} stayed {shown['name']!r}"

    def comment(self, number: int, text: str, *, private: bool = False) -> int:
        """Write a note and return its journal id."""
        extra = {"private_notes": True} if private else {}
        self.update(number, notes=text, **extra)
        noted = [entry for entry in self.issue(number)["journals"] if entry.get("notes") == text]
        assert noted, f"issue {number}: the note was not kept"
        return int(noted[-1]["id"])

    def custom_field(self, number: int, field: str) -> str | None:
        """Return the value of a custom field (key of `words` or name) of an issue."""
        name = self._words.get(field, field)
        shown = self.issue(number)["custom_fields"]
        value: str | None = next(entry["value"] for entry in shown if entry["name"] == name)
        return value

    def set_custom_field(self, number: int, field: str, value: str) -> None:
        """Write a custom field; fails when Redmine drops the value."""
        entry = {"id": self._id_of("custom_field", field), "value": value}
        self.update(number, custom_fields=[entry])
        shown = self.custom_field(number, field)
        assert shown == value, f"issue {number}: {field} shows {shown!r} instead of {value!r}"

    def log_time(
        self,
        number: int,
        hours: str,
        *,
        on: str,
        comment: str = "",
        activity: str = "development",
    ) -> int:
        """Log time on an issue and return the entry's id; `hours` like "1:30", `on` an ISO day."""
        entry = {
            "issue_id": number,
            "hours": hours,
            "spent_on": on,
            "comments": comment,
            "activity_id": self._id_of("activity", activity),
        }
        answer = self.call("POST", "/time_entries.json", json={"time_entry": entry})
        return int(answer["time_entry"]["id"])
