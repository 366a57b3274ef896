"""The whole bridge on a simulated GitLab: whose 👍 and whose label decide, and whose do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.gitlab import seed
from connectors.sandbox.gitlab.records import Issue, Note, Role
from tests.story.gitlab_world import GitLabWorld
from tests.story.world import Bridge


class Asked:
    """A request that is estimated, and of which the client was told."""

    def __init__(
        self,
        request: pytest.FixtureRequest,
        monkeypatch: pytest.MonkeyPatch,
        folder: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.world = GitLabWorld(request, monkeypatch, "gitlab-fr")
        self.tool = self.world.tool
        self.bridge = Bridge(self.world, folder, "sqlite:///bridge.db", capsys)
        self.bridge.sync()
        self.key = self.world.client_asks("Filtre par canton")
        self.bridge.sync()
        self.world.provider_estimates(self.key, "3h")
        self.bridge.sync()

    @property
    def issue(self) -> Issue:
        return self.tool.issue(seed.PROJECT, int(self.key.partition("-")[2]))

    @property
    def question(self) -> Note:
        return [note for note in self.issue.notes if note.author.username == "bridge"][-1]

    def state(self) -> str:
        self.bridge.sync()
        return self.world.approval(self.key)

    def attention(self) -> Any:
        return self.bridge.json("explain", f"code:{self.key}")["assessment"]["attention"]


@pytest.fixture
def asked(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> Asked:
    return Asked(request, monkeypatch, tmp_path, capsys)


def test_an_approvers_thumb_approves(asked: Asked) -> None:
    asked.tool.react(asked.question, "mallory")
    assert asked.state() == "awaiting"
    assert any("mallory is no approver" in line for line in asked.attention())
    asked.tool.react(asked.question, "alice")
    assert asked.state() == "approved"


def test_a_thumb_that_is_taken_back_goes_to_a_person(asked: Asked) -> None:
    asked.tool.react(asked.question, "alice")
    assert asked.state() == "approved"
    asked.tool.unreact(asked.question, "alice")
    asked.tool.comment(asked.issue, "jdoe", "Merci.")
    assert asked.state() == "awaiting"
    assert any("taken back" in line for line in asked.attention())


def test_a_thumb_on_the_old_estimate_does_not_approve_the_new_one(asked: Asked) -> None:
    old = asked.question
    asked.world.provider_estimates(asked.key, "5h")
    assert asked.state() == "awaiting"
    assert asked.question is not old
    asked.tool.react(old, "alice")
    assert asked.state() == "awaiting"
    asked.tool.react(asked.question, "alice")
    assert asked.state() == "approved"


@pytest.mark.parametrize("who", ["jdoe", "mallory"])
def test_threat_I3_a_label_set_by_somebody_else_is_put_back(asked: Asked, who: str) -> None:
    asked.tool.add_member(seed.PROJECT, who, Role.REPORTER)
    labels = [label.name for label in asked.issue.labels if "approbation" in label.name]
    asked.tool.label(asked.issue, who, add=["approbation::approuvée"], remove=labels)
    assert asked.state() == "awaiting"
    assert any(line.startswith("A2") for line in asked.attention())


def test_threat_I3_a_label_set_by_an_approver_decides(asked: Asked) -> None:
    labels = [label.name for label in asked.issue.labels if "approbation" in label.name]
    asked.tool.label(asked.issue, "alice", add=["approbation::approuvée"], remove=labels)
    assert asked.state() == "approved"


def test_threat_I3_a_label_that_is_renamed_later_decides_nothing(asked: Asked) -> None:
    waits = [label.name for label in asked.issue.labels if "approbation" in label.name]
    asked.tool.add_label(seed.PROJECT, "urgent for us")
    asked.tool.label(asked.issue, "jdoe", remove=waits)
    asked.tool.label(asked.issue, "alice", add=["urgent for us"])
    assert asked.state() == "awaiting"
    asked.tool.label(asked.issue, "jdoe", remove=waits)
    asked.tool.rename_label(seed.PROJECT, "urgent for us", "approbation::approuvée")
    assert asked.state() == "awaiting"


def test_threat_I1_an_internal_note_of_an_approver_decides_nothing(asked: Asked) -> None:
    asked.tool.comment(asked.issue, "alice", "J'approuve", internal=True)
    assert asked.state() == "awaiting"


def test_threat_I1_a_service_desk_answer_decides_nothing(asked: Asked) -> None:
    asked.tool.service_desk_mail(
        seed.PROJECT, "alice@acme.example", "Re: estimation", "J'approuve", issue=asked.issue
    )
    assert asked.state() == "awaiting"


def test_threat_I2_an_edited_note_decides_nothing(asked: Asked) -> None:
    note = asked.tool.comment(asked.issue, "alice", "Je réfléchis")
    asked.tool.clock.advance(5)
    asked.tool.edit_note(note, "J'approuve")
    assert asked.state() == "awaiting"
    assert any("edited" in line for line in asked.attention())


def test_a_yes_that_gets_a_reaction_is_still_a_yes(asked: Asked) -> None:
    note = asked.tool.comment(asked.issue, "alice", "J'approuve")
    assert asked.state() == "approved"
    asked.tool.clock.advance(100)
    asked.tool.react(note, "jdoe", "tada")
    asked.tool.comment(asked.issue, "jdoe", "Merci !")
    assert asked.state() == "approved"


def test_threat_I6_a_title_that_is_a_quick_action_is_never_carried_out(asked: Asked) -> None:
    issue = asked.issue
    for title in ("/close", "/spend 40h", "@all", "/label ~x", "\u2028/close", "x\n/close"):
        asked.tool.retitle(issue, "alice", title)
        asked.world.provider_estimates(asked.key, f"{len(title) + 4}h")
        asked.bridge.sync()
    assert issue.state == "opened"
    assert issue.timelogs == []
    assert not any(label.name == "x" for label in issue.labels)
