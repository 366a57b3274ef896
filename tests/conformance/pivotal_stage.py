"""A simulated Tracker (API v5) as a stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from bridge.model import Field, Priority, State
from bridge.testing import Told
from connectors.base import Connector, Context
from connectors.pivotal import PivotalConnector, PivotalSettings
from connectors.sandbox.pivotal import PivotalSandbox, seed
from tests.conformance.line import QUICK
from tests.conformance.sandbox_stage import SandboxStage

_STATES: Final = {State.OPEN: "started", State.CLOSED: "accepted"}
_FEED: Final = "the project's activity is a numbered feed"


class PivotalStage(SandboxStage):
    """Project 2001 of the simulated Tracker."""

    source = "pm"
    mapping = "pivotal"
    cannot = MappingProxyType(
        {
            "log_time": "stories have no time entries; an agent's /spend in a comment counts",
            "private": "every member of a project reads every comment",
        }
    )
    needless = MappingProxyType(
        {
            "unknown_state": "the states are the same in every project",
            "arrive_late": _FEED,
            "change_unstamped": _FEED,
        }
    )
    page_size = 200
    field_calls = 6  # priority; a label each for four fields, never the whole list; a comment
    message_calls = ("POST", "*comments*")

    def __init__(self, folder: Path) -> None:
        self.tool = PivotalSandbox()
        seed.people(self.tool)
        self.tool.add_project("elsewhere", {"jdoe": "owner"}, number=2002)
        super().__init__(self.tool, self.tool.world.person("bridge").token, folder)

    def connect(self, context: Context, *, refused_key: bool = False) -> Connector:
        settings = PivotalSettings(
            type="pivotal",
            url=f"{self.url}/services/v5",
            api_key=self.key(refused_key),
            projects=(seed.ACME,),
            writes=tuple(Field),
        )
        return PivotalConnector(settings, replace(context, limits=QUICK))

    def open(self, title: str, body: str = "") -> str:
        given = {"description": body} if body else {}
        return str(self.tool.add_story(seed.ACME, "alice", title, story_type="bug", **given).id)

    def open_unreadable(self) -> str:
        key = self.open("Spoilt")
        self.tool.story(int(key)).created_at = datetime(2999, 1, 1, tzinfo=UTC)
        return key

    def client_says(self, key: str, text: str) -> None:
        self.tool.comment(int(key), "alice", text)

    def agent_says(self, key: str, text: str, *, public: bool = True) -> None:
        if not public:
            self.unable("private")
        self.tool.comment(int(key), "jdoe", text)

    def account_says(self, key: str, text: str) -> None:
        self.tool.comment(int(key), "bridge", text)

    def set_state(self, key: str, state: State) -> None:
        self.tool.edit(int(key), "jdoe", current_state=_STATES[state])

    def set_priority(self, key: str, priority: Priority) -> None:
        self.tool.prioritise(int(key), "jdoe", f"p{int(priority) - 1}")

    def mass_edit(self, keys: Sequence[str]) -> None:
        word = f"edited {self.clock.now():%H:%M:%S.%f}"
        self.at_once(lambda: [self.tool.label(int(key), "jdoe", word) for key in keys])

    def delete(self, key: str) -> None:
        self.tool.delete(int(key), "jdoe")

    def hide(self, key: str) -> None:
        self.tool.move(int(key), "jdoe", 2002)

    def deny_writes(self) -> None:
        self.tool.join(seed.ACME, "bridge", "viewer")

    def told(self, key: str) -> Sequence[Told]:
        bridge = self.tool.world.person("bridge").id
        comments = self.tool.story(int(key)).comments
        return [Told(comment.text, True) for comment in comments if comment.person == bridge]
