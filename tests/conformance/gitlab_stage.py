"""A simulated GitLab as a stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final

from bridge.model import Field, Priority, State
from bridge.testing import Told
from connectors.base import Connector, Context
from connectors.gitlab import GitLabConnector, GitLabSettings
from connectors.sandbox.gitlab import GitlabSandbox, seed
from connectors.sandbox.gitlab.records import Issue, Role
from tests.conformance.line import QUICK
from tests.conformance.sandbox_stage import SandboxStage

_PRIORITIES: Final = {
    Priority.CRITICAL: "priority::critical",
    Priority.HIGH: "priority::high",
    Priority.NORMAL: "priority::normal",
    Priority.LOW: "priority::low",
}


class GitLabStage(SandboxStage):
    """Project `acme/site` of the simulated GitLab."""

    source = "code"
    mapping = "gitlab"
    needless = MappingProxyType(
        {"unknown_state": "an issue is open or closed; any other label is a label"}
    )
    field_calls = 2  # the estimate has a call of its own
    message_calls = ("POST", "*/notes")

    def __init__(self, folder: Path) -> None:
        self.tool = GitlabSandbox()
        seed.bare(self.tool)
        super().__init__(self.tool, seed.BRIDGE_TOKEN, folder)

    def connect(self, context: Context, *, refused_key: bool = False) -> Connector:
        settings = GitLabSettings(
            type="gitlab",
            url=self.url,
            api_key=self.key(refused_key),
            projects=(seed.PROJECT,),
            writes=tuple(Field),
        )
        return GitLabConnector(settings, replace(context, limits=QUICK))

    def open(self, title: str, body: str = "") -> str:
        issue = self.tool.open_issue(seed.PROJECT, "alice", title, body or None)
        return f"{issue.project.id}-{issue.iid}"

    def open_unreadable(self) -> str:
        key = self.open("Spoilt")
        self._issue(key).created_at = datetime(2999, 1, 1, tzinfo=UTC)
        return key

    def client_says(self, key: str, text: str) -> None:
        self.tool.comment(self._issue(key), "alice", text)

    def agent_says(self, key: str, text: str, *, public: bool = True) -> None:
        self.tool.comment(self._issue(key), "jdoe", text, internal=not public)

    def account_says(self, key: str, text: str) -> None:
        self.tool.comment(self._issue(key), "bridge", text)

    def log_time(self, key: str, seconds: int) -> None:
        self.tool.log_time(self._issue(key), "jdoe", f"{seconds // 60}m")

    def remove_time(self, key: str) -> None:
        self.tool.unlog_time(self._issue(key).timelogs[-1])

    def set_state(self, key: str, state: State) -> None:
        act = self.tool.close if state.is_finished else self.tool.reopen
        act(self._issue(key), "jdoe")

    def set_priority(self, key: str, priority: Priority) -> None:
        others = [word for other, word in _PRIORITIES.items() if other is not priority]
        issue = self._issue(key)
        # Nobody sets two labels in one millisecond.
        self.tool.clock.advance(timedelta(milliseconds=10))
        self.tool.label(issue, "jdoe", add=[_PRIORITIES[priority]], remove=others)

    def mass_edit(self, keys: Sequence[str]) -> None:
        self.tool.bulk_edit([self._issue(key) for key in keys], "jdoe", add=["edited"])

    def change_unstamped(self, key: str) -> None:
        issue = self._issue(key)
        stamp = issue.updated_at
        self.tool.edit_note(issue.notes[0], "Rewritten in silence")
        issue.updated_at = stamp

    def arrive_late(self, key: str) -> None:
        issue = self._issue(key)
        others = [each.updated_at for each in issue.project.issues.values() if each is not issue]
        issue.updated_at = max(others) - timedelta(seconds=1)
        self.tool.world.changed()

    def delete(self, key: str) -> None:
        self.tool.delete_issue(self._issue(key))

    def hide(self, key: str) -> None:
        self.tool.delete_issue(self._issue(key))

    def deny_writes(self) -> None:
        self.tool.add_member("acme", "bridge", Role.GUEST)

    def told(self, key: str) -> Sequence[Told]:
        return [
            Told(note.body, not note.internal)
            for note in self._issue(key).notes
            if note.author.username == "bridge" and not note.system
        ]

    def _issue(self, key: str) -> Issue:
        return self.tool.issue(seed.PROJECT, int(key.partition("-")[2]))
