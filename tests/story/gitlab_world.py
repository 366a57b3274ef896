"""The story's people in a simulated GitLab, with labels in English, French or German."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from connectors.sandbox.gitlab import GitlabSandbox, seed
from connectors.sandbox.gitlab.records import Issue, Note
from mappings import load


class GitLabWorld:
    """Project `acme/site` of a simulated GitLab."""

    source = "code"

    def __init__(
        self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, mapping: str
    ) -> None:
        self.tool, self.mapping = GitlabSandbox(), mapping
        seed.bare(self.tool)
        serving = self.tool.serve()
        self.url = serving.__enter__().url
        request.addfinalizer(lambda: serving.__exit__(None, None, None))
        monkeypatch.setenv("GITLAB_TOKEN", seed.BRIDGE_TOKEN)
        self._words = load(mapping)

    def configuration(self) -> Mapping[str, str]:
        return {
            "settings": (
                f'type = "gitlab"\nurl = "{self.url}"\napi_key = "env:GITLAB_TOKEN"\n'
                f'projects = ["{seed.PROJECT}"]\nmapping = "{self.mapping}"'
            ),
            "people": '"code:jdoe"',
            "match": f'{{ source = "code", project = "{seed.PROJECT}" }}',
            "approvers": '"code:alice"',
        }

    def client_asks(self, title: str) -> str:
        issue = self.tool.open_issue(seed.PROJECT, "alice", title)
        return f"{issue.project.id}-{issue.iid}"

    def provider_estimates(self, key: str, hours: str) -> None:
        self.tool.estimate(self._issue(key), "jdoe", hours)

    def client_says(self, key: str, text: str) -> None:
        self.tool.comment(self._issue(key), "alice", text)

    def stranger_says(self, key: str, text: str) -> None:
        self.tool.comment(self._issue(key), "mallory", text)

    def provider_logs(self, key: str, hours: str) -> None:
        self.tool.log_time(self._issue(key), "jdoe", _with_units(hours))

    def told(self, key: str) -> list[str]:
        return [note.body for note in self._notes(key) if note.author.username == "bridge"]

    def approval(self, key: str) -> str:
        (label,) = self._labels(key, "approval")
        return str(self._words.read("approval", label).value)

    def consumed(self, key: str) -> str:
        (label,) = self._labels(key, "consumed")
        return label.removeprefix(self._words.place("consumed").name)

    def footprint(self, key: str) -> Any:
        issue = self._issue(key)
        return self._names(issue), list(issue.notes), issue.updated_at

    def _issue(self, key: str) -> Issue:
        return self.tool.issue(seed.PROJECT, int(key.partition("-")[2]))

    def _notes(self, key: str) -> list[Note]:
        return [note for note in self._issue(key).notes if not note.system]

    def _labels(self, key: str, field: str) -> list[str]:
        prefix = self._words.place(field).name
        return [name for name in self._names(self._issue(key)) if name.startswith(prefix)]

    def _names(self, issue: Issue) -> list[str]:
        return sorted(label.name for label in issue.labels)


def _with_units(hours: str) -> str:
    """`1h30` as GitLab understands it: a number without a unit is hours there."""
    return f"{hours}m" if hours[-1].isdigit() else hours
