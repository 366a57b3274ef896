"""The story's people in a real Redmine, in French or in English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest

from bridge.model.durations import short
from tests.servers.redmine import Redmine

_APPROVALS = ("not_required", "estimate_needed", "awaiting", "approved", "expired")


class RedmineWorld:
    """Project `acme` of the seeded Redmine."""

    source = "tma"

    def __init__(
        self, redmine: Redmine, monkeypatch: pytest.MonkeyPatch, mapping: str = "redmine"
    ) -> None:
        redmine.reset()
        self.mapping = mapping
        monkeypatch.setenv("REDMINE_API_KEY", redmine.key("bridge"))
        self.redmine = redmine

    def configuration(self) -> Mapping[str, str]:
        return {
            "settings": (
                f'type = "redmine"\nurl = "{self.redmine.url}"\n'
                'api_key = "env:REDMINE_API_KEY"\nprojects = ["acme"]\n'
                f'mapping = "{self.mapping}"'
            ),
            "people": '"tma:jdoe"',
            "match": '{ source = "tma", project = "acme" }',
            "approvers": '"tma:alice"',
        }

    def client_asks(self, title: str) -> str:
        return str(self.redmine.api("alice").create_issue(title, tracker="feature"))

    def provider_estimates(self, key: str, hours: str) -> None:
        self.redmine.api("jdoe").update(int(key), estimated_hours=hours)

    def client_says(self, key: str, text: str) -> None:
        self.redmine.api("alice").comment(int(key), text)

    def stranger_says(self, key: str, text: str) -> None:
        self.redmine.api("mallory").comment(int(key), text)

    def provider_logs(self, key: str, hours: str) -> None:
        today = datetime.now(UTC).date().isoformat()
        self.redmine.api("jdoe").log_time(int(key), hours, on=today)

    def told(self, key: str) -> list[str]:
        bot = self.redmine.api("bridge").me()["id"]
        journals = self.redmine.api("alice").issue(int(key))["journals"]
        return [j["notes"] for j in journals if j["user"]["id"] == bot and j["notes"]]

    def approval(self, key: str) -> str:
        shown = self.redmine.api().custom_field(int(key), "approval")
        words = self.redmine.words
        return next(name for name in _APPROVALS if words[name] == shown)

    def consumed(self, key: str) -> str:
        hours = self.redmine.api().custom_field(int(key), "consumed")
        return short(int(Fraction(hours or "0") * 3600))

    def footprint(self, key: str) -> Any:
        return self.redmine.api().issue(int(key))
