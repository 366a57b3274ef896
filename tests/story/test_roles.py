"""Role × tool: who writes "J'approuve" in which tool, and that only an approver's own word decides.

For each tool the whole bridge asks a client about an estimate; then everybody who is no approver,
and the approver in every way that proves nothing, says yes. The request stays awaiting; last of
all the approver's own plain yes is taken, so that the tool was not simply deaf.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.model import ApprovalState, Person
from connectors.memory import BRIDGE, Tool
from connectors.sandbox.freshdesk import Ticket as DeskTicket
from connectors.sandbox.gitlab import seed as gitlab_seed
from tests.story.freshdesk_world import _APPROVALS as APPROVALS
from tests.story.freshdesk_world import FreshdeskWorld, open_world
from tests.story.gitlab_world import GitLabWorld
from tests.story.memory_world import ALICE, JANE, MALLORY, MemoryWorld
from tests.story.pivotal_world import PivotalWorld
from tests.story.redmine_world import RedmineWorld
from tests.story.world import Bridge, World

YES = "J'approuve"
Acts = Mapping[str, Callable[[str], object]]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def _memory(world: MemoryWorld) -> Acts:
    tool: Tool = world.tool

    def edited(key: str) -> None:
        number = tool.say(key, ALICE, "Un moment")
        _change(key, number, text=YES, edited_at=tool.clock() + timedelta(seconds=1))

    def _change(key: str, number: str, **values: Any) -> None:
        comments = tool.tickets[key].comments
        changed = tuple(replace(c, **values) if c.key == number else c for c in comments)
        tool.change(key, ALICE, comments=changed)

    def said(who: Person, **values: Any) -> Callable[[str], object]:
        return lambda key: _change(key, tool.say(key, who, YES), **values)

    return {
        "an agent": said(JANE),
        "the bridge's account": said(BRIDGE),
        "an account named like the approver": said(Person("Alice Rochat", "66", "alice.rochat")),
        "an account that took the approver's login": said(replace(ALICE, id="67")),
        "an account whose login is the approver's id": said(Person("x", "68", "7")),
        "somebody whose account is gone": said(Person()),
        "a survey": said(ALICE, automatic=True),
        "an agent in the client's name": said(ALICE, doubts=("an agent wrote it",)),
        "a private note": lambda key: tool.say(key, ALICE, YES, public=False),
        "an edited comment": edited,
        "an imported comment with an old date": said(ALICE, at=LONG_AGO),
        "a field set by an agent": lambda key: tool.change(
            key, JANE, approval=ApprovalState.APPROVED
        ),
        "a field set by a stranger": lambda key: tool.change(
            key, MALLORY, approval=ApprovalState.APPROVED
        ),
    }


def _freshdesk(world: FreshdeskWorld) -> Acts:
    tool = world.tool
    approved = tool.words.approvals[list(APPROVALS).index(ApprovalState.APPROVED)]

    def row(key: str) -> DeskTicket:
        return tool.tickets[int(key)]

    def changed(key: str, **values: Any) -> None:
        said = tool.reply_by_mail(row(key), world.alice, YES)
        with tool.lock:
            for name, value in values.items():
                setattr(said, name, value)

    return {
        "an agent": lambda key: tool.agent_reply(row(key), world.jane, YES),
        "an agent's note": lambda key: tool.agent_note(row(key), world.jane, YES, private=False),
        "an agent's note marked as incoming": lambda key: tool.agent_note(
            row(key), world.jane, YES, private=False, incoming=True
        ),
        "the bridge's account": lambda key: tool.agent_note(
            row(key), world.bridge, YES, private=False
        ),
        "the bridge's account as incoming": lambda key: tool.agent_note(
            row(key), world.bridge, YES, private=False, incoming=True
        ),
        "a survey": lambda key: tool.survey(row(key), world.alice, YES),
        "an auto-response": lambda key: tool.auto_response(row(key), world.alice, YES),
        "a forwarded entry": lambda key: changed(key, source=8),
        "a look-alike address": lambda key: changed(
            key, from_email="Alice <direction@acme.example.evil.example>"
        ),
        "a private one": lambda key: changed(key, private=True),
        "an edited one": lambda key: changed(
            key, last_edited_at=tool.now() + timedelta(minutes=1), last_edited_user_id=world.jane.id
        ),
        "an imported one with an old date": lambda key: changed(key, created_at=LONG_AGO),
        "the field set by hand": lambda key: tool.set_field(
            row(key), custom_fields={tool.words.custom["approval"][0]: approved}
        ),
    }


def _gitlab(world: GitLabWorld) -> Acts:
    tool = world.tool

    def issue(key: str) -> Any:
        return tool.issue(gitlab_seed.PROJECT, int(key.partition("-")[2]))

    def edited(key: str) -> None:
        note = tool.comment(issue(key), "alice", "Je réfléchis")
        tool.clock.advance(5)
        tool.edit_note(note, YES)

    def by_bot(key: str) -> None:
        note = tool.comment(issue(key), "jdoe", YES)
        note.author = tool.add_user("project_1_bot_1a2b", bot=True)

    def old(key: str) -> None:
        tool.comment(issue(key), "alice", YES).created_at = LONG_AGO

    return {
        "an agent": lambda key: tool.comment(issue(key), "jdoe", YES),
        "the bridge's account": lambda key: tool.comment(issue(key), "bridge", YES),
        "a bot": by_bot,
        "the service desk": lambda key: tool.service_desk_mail(
            gitlab_seed.PROJECT, "alice@acme.example", "Re: x", YES, issue=issue(key)
        ),
        "an internal note": lambda key: tool.comment(issue(key), "alice", YES, internal=True),
        "an edited note": edited,
        "an imported note with an old date": old,
        "an agent's label": lambda key: tool.label(
            issue(key), "jdoe", add=["approbation::approuvée"]
        ),
    }


def _pivotal(world: PivotalWorld) -> Acts:
    tool = world.tool

    def edited(key: str) -> None:
        said = tool.comment(int(key), "alice", "Un moment")
        tool.clock.advance(5)
        tool.edit_comment(said.id, "alice", YES)

    return {
        "an agent": lambda key: tool.comment(int(key), "jdoe", YES),
        "the bridge's account": lambda key: tool.comment(int(key), "bridge", YES),
        "a commit in the approver's name": lambda key: tool.commit(
            int(key), "alice", YES, "abc123"
        ),
        "an edited comment": edited,
        "an imported comment with an old date": lambda key: tool.comment(
            int(key), "alice", YES, at=LONG_AGO
        ),
        "an agent's label": lambda key: tool.label(int(key), "jdoe", "approval:approved"),
        "a stranger's label": lambda key: tool.label(int(key), "mallory", "approval:approved"),
    }


def _redmine(world: RedmineWorld) -> Acts:
    tool = world.redmine

    def said(who: str, **how: Any) -> Callable[[str], object]:
        return lambda key: tool.api(who).comment(int(key), YES, **how)

    def set_by(who: str) -> Callable[[str], object]:
        word = tool.words["approved"]
        return lambda key: tool.api(who).set_custom_field(int(key), "approval", word)

    return {
        "an agent": said("jdoe"),
        "an agent's private note": said("jdoe", private=True),
        "the bridge's account": said("bridge"),
        "a field set by an agent": set_by("jdoe"),
    }


@pytest.fixture(params=["memory", "freshdesk", "gitlab", "pivotal", "redmine"])
def staged(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[World, Acts]:
    match request.param:
        case "freshdesk":
            desk = open_world(request, monkeypatch, "freshdesk")
            return desk, _freshdesk(desk)
        case "gitlab":
            code = GitLabWorld(request, monkeypatch, "gitlab-fr")
            return code, _gitlab(code)
        case "pivotal":
            tracker = PivotalWorld(request, monkeypatch, "pivotal")
            return tracker, _pivotal(tracker)
        case "redmine":
            redmine = RedmineWorld(request.getfixturevalue("redmine"), monkeypatch)
            return redmine, _redmine(redmine)
    memory = MemoryWorld()
    return memory, _memory(memory)


@pytest.fixture
def asked(
    staged: tuple[World, Acts], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[World, Acts, Bridge, str]:
    """A request of which the client was asked, in one tool."""
    world, acts = staged
    bridge = Bridge(world, tmp_path, "sqlite:///bridge.db", capsys)
    bridge.sync()
    key = world.client_asks("Filtre par canton")
    bridge.sync()
    world.provider_estimates(key, "3h")
    bridge.sync()
    assert world.approval(key) == "awaiting"
    return world, acts, bridge, key


def test_threat_I1_only_the_approver_s_own_plain_word_decides_in_each_tool(
    asked: tuple[World, Acts, Bridge, str],
) -> None:
    world, acts, bridge, key = asked
    roles: Acts = {"somebody else": lambda one: world.stranger_says(one, YES), **acts}
    for role, act in roles.items():
        act(key)
        bridge.sync()
        explained = bridge.json("explain", f"{world.source}:{key}")["assessment"]
        assert explained["approval"]["state"] == "awaiting", role
        assert world.approval(key) == "awaiting", role
        assert explained["approval"]["decisions"] == [], role
    world.client_says(key, YES)
    bridge.sync()
    assert world.approval(key) == "approved"


MARKUP = {
    "quote": f"> {YES}",
    "code block": f"```\n{YES}\n```",
    "indented code": f"Voir :\n\n    {YES}",
    "inline code": f"`{YES}`",
    "struck": f"~~{YES}~~",
    "struck in HTML": f"<del>{YES}</del>",
    "HTML comment": f"<!-- {YES} -->",
    "alternative text": f"![{YES}](x.png)",
    "link": f"[{YES}](http://x.example)",
    "heading": f"# {YES}",
    "table": f"| {YES} | non |\n|---|---|",
    "folded": f"<details><summary>Non</summary>{YES}</details>",
    "macro": f"{{{{collapse(voir)\n{YES}\n}}}}",
    "below a quote": f"> Non\n{YES}",
}


def test_threat_I4_a_yes_in_markup_decides_in_no_tool(
    asked: tuple[World, Acts, Bridge, str],
) -> None:
    world, _, bridge, key = asked
    for text in MARKUP.values():
        world.client_says(key, text)
    bridge.sync()
    explained = bridge.json("explain", f"{world.source}:{key}")["assessment"]
    assert explained["approval"]["decisions"] == []
    assert world.approval(key) == "awaiting"
    world.client_says(key, YES)
    bridge.sync()
    assert world.approval(key) == "approved"


HOSTILE = ("/close", "/spend 40h", "@all", "{{include()}}", "<img src=x onerror=alert(1)>",
           "x\n/close", "/estimate 15m")  # fmt: skip


@pytest.mark.parametrize("staged", ["freshdesk", "gitlab", "pivotal"], indirect=True)
def test_threat_I6_a_title_that_is_a_command_does_nothing_in_any_tool(
    staged: tuple[World, Acts], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world, _ = staged
    bridge = Bridge(world, tmp_path, "sqlite:///bridge.db", capsys)
    bridge.sync()
    keys = [world.client_asks(title) for title in HOSTILE]
    # All requests are new at once: a person lets the many writes pass.
    bridge.json("sync", "--force")
    for key in keys:
        world.provider_estimates(key, "3h")
    bridge.json("sync", "--force")
    for title, key in zip(HOSTILE, keys, strict=True):
        explained = bridge.json("explain", f"{world.source}:{key}")["assessment"]
        assert explained["approval"]["estimate_seconds"] == 3 * 3600, title
        assert explained["charge"]["consumed_seconds"] == 0, title
        assert world.approval(key) == "awaiting", title
        (told,) = world.told(key)
        lines = told.splitlines()
        assert not any(line.lstrip().startswith(("/", "@")) for line in lines), told
        # Of Freshdesk's HTML this is the visible text: there the sign is an entity.
        assert "<img" not in told or isinstance(world, FreshdeskWorld)
    assert bridge.json("ledger", "acme")["balance_seconds"] == 40 * 3600
