"""The story's people in the tool that lives in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.model import Kind, Person
from bridge.model.durations import parse_duration, short
from connectors.memory import BRIDGE, WORLD, Tool

ALICE = Person("Alice Rochat", "7", "alice")
MALLORY = Person("Mallory", "8", "mallory")
JANE = Person("Jane Doe", "9", "jdoe")


class MemoryWorld:
    """A `Tool` of this process."""

    source = "desk"

    def __init__(self) -> None:
        self.tool = WORLD["story"] = Tool()

    def configuration(self) -> Mapping[str, str]:
        return {
            "settings": 'type = "memory"\ntool = "story"',
            "people": '"desk:jdoe"',
            "match": '{ source = "desk", project = "acme" }',
            "approvers": '"desk:alice"',
        }

    def client_asks(self, title: str) -> str:
        return self.tool.open(self.source, title, ALICE, project="acme", kind=Kind.REQUEST)

    def provider_estimates(self, key: str, hours: str) -> None:
        self.tool.change(key, JANE, estimate=parse_duration(hours))

    def client_says(self, key: str, text: str) -> None:
        self.tool.say(key, ALICE, text)

    def stranger_says(self, key: str, text: str) -> None:
        self.tool.say(key, MALLORY, text)

    def provider_logs(self, key: str, hours: str) -> None:
        self.tool.log_time(key, JANE, parse_duration(hours))

    def told(self, key: str) -> list[str]:
        comments = self.tool.tickets[key].comments
        return [c.text for c in comments if c.author == BRIDGE and c.public]

    def approval(self, key: str) -> str:
        return str(self.tool.tickets[key].approval)

    def consumed(self, key: str) -> str:
        return short(self.tool.tickets[key].consumed or 0)

    def footprint(self, key: str) -> Any:
        return self.tool.tickets[key], self.tool.version
