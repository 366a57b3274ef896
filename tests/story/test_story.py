"""The story: asked, estimated, approved by the right person, worked, counted; nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.story.memory_world import MemoryWorld
from tests.story.world import Bridge, World


@pytest.fixture(
    params=[
        "memory",
        "redmine",
        "redmine-en",
        "mailbox",
        "pivotal",
        "pivotal-fr",
        "pivotal-de",
        "freshdesk",
        "freshdesk-fr",
        "freshdesk-de",
        "gitlab",
        "gitlab-fr",
        "gitlab-de",
    ]
)
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> World:
    if request.param == "redmine":
        from tests.story.redmine_world import RedmineWorld

        return RedmineWorld(request.getfixturevalue("redmine"), monkeypatch)
    if request.param == "redmine-en":
        from tests.story.redmine_world import RedmineWorld

        return RedmineWorld(request.getfixturevalue("redmine_en"), monkeypatch, request.param)
    if request.param == "mailbox":
        from tests.story.mailbox_world import MailboxWorld

        dovecot, smtp = request.getfixturevalue("dovecot"), request.getfixturevalue("smtp")
        return MailboxWorld(dovecot, smtp, request.getfixturevalue("certificates"), monkeypatch)
    if request.param.startswith("pivotal"):
        from tests.story.pivotal_world import PivotalWorld

        return PivotalWorld(request, monkeypatch, request.param)
    if request.param.startswith("freshdesk"):
        from tests.story.freshdesk_world import open_world

        return open_world(request, monkeypatch, request.param)
    if request.param.startswith("gitlab"):
        from tests.story.gitlab_world import GitLabWorld

        return GitLabWorld(request, monkeypatch, request.param)
    return MemoryWorld()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "sqlite":
        return "sqlite:///bridge.db"
    monkeypatch.setenv("BRIDGE_DATABASE", request.getfixturevalue("postgres").store_url())
    return "env:BRIDGE_DATABASE"


def test_a_request_is_estimated_approved_worked_and_counted_once(
    world: World, database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bridge = Bridge(world, tmp_path, database, capsys)
    bridge.sync()

    # A client opens a ticket.
    key = world.client_asks("Filtre par canton")
    bridge.sync()
    assert world.told(key) == []
    assert world.approval(key) == "estimate_needed"

    # The provider estimates 3 h: the client is told once, in French, and the tool shows that it
    # waits for approval.
    world.provider_estimates(key, "3h")
    bridge.sync()
    bridge.sync()
    (told,) = world.told(key)
    assert "notre estimation" in told
    assert "3\N{NO-BREAK SPACE}h" in told
    assert "J'approuve" in told
    assert world.approval(key) == "awaiting"

    # A stranger's yes and an unclear answer change nothing.
    world.stranger_says(key, "J'approuve")
    world.client_says(key, "Oui, mais avant jeudi")
    bridge.sync()
    assert world.approval(key) == "awaiting"
    unclear = bridge.json("explain", f"{world.source}:{key}")["assessment"]
    assert unclear["approval"]["state"] == "awaiting"
    assert len([line for line in unclear["attention"] if line.startswith("A3")]) == 2

    # The approver's yes is seen.
    world.client_says(key, "J'approuve")
    bridge.sync()
    assert world.approval(key) == "approved"

    # 1 h 30 are logged: the tool and the ledger show 1 h 30 used of 40 h.
    world.provider_logs(key, "1h30")
    bridge.sync()
    assert world.consumed(key) == "1h30"
    ledger = bridge.json("ledger", "acme")
    assert ledger["balance_seconds"] == (40 * 60 - 90) * 60
    assert [entry["seconds"] for entry in ledger["entries"]] == [40 * 3600, -90 * 60]
    assert "40h credited, 1h30 deducted, 38h30 left" in bridge.type("ledger", "acme")[1]
    explained = bridge.json("explain", f"{world.source}:{key}")
    assert explained["assessment"]["charge"]["consumed_seconds"] == 90 * 60

    # Three more syncs, and nothing changes any more.
    before = world.footprint(key)
    for _ in range(3):
        again = bridge.sync()
        assert again["writes_planned"] == again["writes_done"] == 0
    assert world.footprint(key) == before
    assert len([text for text in world.told(key) if "estimation" in text]) == 1
    assert bridge.json("ledger", "acme") == ledger
