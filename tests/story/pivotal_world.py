"""The story's people in a simulated Tracker, in English, French or German labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from connectors.sandbox.pivotal import PivotalSandbox, seed
from mappings import load


class PivotalWorld:
    """Project 2001 of a simulated Tracker."""

    source = "pm"

    def __init__(
        self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, mapping: str
    ) -> None:
        self.tool, self.mapping = PivotalSandbox(), mapping
        seed.people(self.tool)
        self.tool.join(seed.ACME, "mallory", "member")
        serving = self.tool.serve()
        self.url = serving.__enter__().url
        request.addfinalizer(lambda: serving.__exit__(None, None, None))
        monkeypatch.setenv("PIVOTAL_API_KEY", self.tool.world.person("bridge").token)
        self._words = load(mapping)

    def configuration(self) -> Mapping[str, str]:
        return {
            "settings": (
                f'type = "pivotal"\nurl = "{self.url}/services/v5"\n'
                f'api_key = "env:PIVOTAL_API_KEY"\nprojects = [{seed.ACME}]\n'
                f'mapping = "{self.mapping}"'
            ),
            "people": '"pm:jdoe"',
            "match": f'{{ source = "pm", project = "{seed.ACME}" }}',
            "approvers": '"pm:alice"',
        }

    def client_asks(self, title: str) -> str:
        return str(self.tool.add_story(seed.ACME, "alice", title).id)

    def provider_estimates(self, key: str, hours: str) -> None:
        self.tool.comment(int(key), "jdoe", f"/estimate {hours}")

    def client_says(self, key: str, text: str) -> None:
        self.tool.comment(int(key), "alice", text)

    def stranger_says(self, key: str, text: str) -> None:
        self.tool.comment(int(key), "mallory", text)

    def provider_logs(self, key: str, hours: str) -> None:
        self.tool.comment(int(key), "jdoe", f"/spend {hours}")

    def told(self, key: str) -> list[str]:
        bridge = self.tool.world.person("bridge").id
        comments = self.tool.story(int(key)).comments
        return [comment.text for comment in comments if comment.person == bridge]

    def approval(self, key: str) -> str:
        (word,) = self._labels(key, "approval")
        return str(self._words.read("approval", word).value)

    def consumed(self, key: str) -> str:
        (hours,) = self._labels(key, "consumed")
        return hours

    def footprint(self, key: str) -> Any:
        story = self.tool.story(int(key))
        return self.tool.labels_of(story.id), list(story.comments), story.updated_at

    def _labels(self, key: str, field: str) -> list[str]:
        """What the story's labels of one field say behind their prefix."""
        prefix = self._words.place(field).name
        names = self.tool.labels_of(int(key))
        return [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
