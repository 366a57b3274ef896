"""Services that fail, repeat themselves or say less than they should lose no story."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import AccessError, GoneError, SourceError, TryAgainError
from connectors.pivotal import cursor as cursors
from connectors.pivotal import feed
from connectors.sandbox.core import Answer, Cut
from connectors.sandbox.pivotal import PivotalSandbox, seed
from tests.pivotal.client import FUTURE
from tests.pivotal.test_poll import ACME, Make


@pytest.mark.parametrize("how", ["switched off", "deleted", "left"])
def test_ask_22_project_that_does_not_answer_stops_no_other_and_is_not_hidden(
    tool: PivotalSandbox, make: Make, how: str
) -> None:
    tool.add_project("second", {"jdoe": "owner", "bridge": "member"}, number=2500)
    client = make(tool, projects=[2500, ACME])
    client.poll()
    if how == "switched off":
        tool.allow_api(2500, False)
    elif how == "deleted":
        tool.delete_project(2500)
    else:
        tool.leave(2500, "bridge")
    story = tool.add_story(ACME, "alice", "Filtre")
    tool.add_project("third", {"jdoe": "owner"})
    assert set(client.poll()) == {str(story.id)}
    assert "2500" in client.set_aside["project 2500"]
    if how == "switched off":
        tool.allow_api(2500, True)
        client.poll()
        assert client.set_aside == {}, "a project that is read again leaves by itself"
    with pytest.raises(SourceError):
        make(tool, projects=[2501]).poll()


def test_thorough_pass_reads_what_is_open_or_young_and_leaves_the_cursor(
    tool: PivotalSandbox, make: Make
) -> None:
    made = seed.bulk(tool, 16)
    client = make(tool)
    client.poll(FUTURE)
    before = client.cursor
    tool.story(made[0]).description = "changé sans trace"
    seen = client.poll(FUTURE, thorough=True)
    whole = {key for key, ticket in seen.items() if ticket.complete}
    opened = {str(n) for n in made if tool.story(n).state != "accepted"}
    assert whole == opened
    assert seen[str(made[0])].body == "changé sans trace"
    assert client.cursor == before


def test_story_that_cannot_be_read_is_set_aside_and_the_others_come(
    tool: PivotalSandbox, make: Make
) -> None:
    good, bad = (tool.add_story(ACME, "alice", name) for name in ("bon", "mauvais"))
    bad.created_at += timedelta(days=4000)
    client = make(tool)
    assert set(client.poll()) == {str(good.id)}
    assert "cannot be true" in client.set_aside[str(bad.id)]


def test_ask_01_cut_list_moves_no_place(tool: PivotalSandbox, make: Make) -> None:
    made = seed.bulk(tool, 30)
    client = make(tool)
    client.poll(FUTURE)
    tool.comment(made[3], "alice", "Du neuf")
    before = client.cursor
    for path in ("*/projects", "*/activity"):
        tool.faults.add(Cut(), "GET", path, times=4)
        with pytest.raises(TryAgainError):
            client.poll()
        assert client.cursor == before
    assert set(client.poll()) == {str(made[3])}


def test_story_whose_activity_fails_is_asked_for_again_and_stops_no_other(
    tool: PivotalSandbox, make: Make
) -> None:
    """The tool failed at one story: it is set aside until it answers, and the source goes on."""
    good, bad = (tool.add_story(ACME, "alice", name) for name in ("bon", "mauvais"))
    tool.faults.add(Answer.json("{}", 500), "GET", f"*/stories/{bad.id}/activity", times=100)
    client = make(tool)
    assert set(client.poll()) == {str(good.id)}
    assert client.temporary == {str(bad.id)}
    tool.faults.clear()
    assert client.connector.fetch(str(bad.id)).title == "mauvais"


def test_cursor_of_the_first_release_reads_on(tool: PivotalSandbox, make: Make) -> None:
    story = tool.add_story(ACME, "alice", "Filtre")
    client = make(tool)
    client.poll()
    version = cursors.CODEC.read(client.cursor or "").projects[ACME].version
    position = f'{{"version":{version},"at":"2026-05-18T08:00:00Z","edge":["a"]}}'
    client.cursor = f'{{"v":1,"projects":{{"{ACME}":{position}}}}}'
    tool.comment(story.id, "alice", "Du neuf")
    assert set(client.poll()) == {str(story.id)}
    assert not [event for event in client.events if event[0] == "restart"]


def test_cursor_that_cannot_be_read_begins_anew_and_says_so(
    tool: PivotalSandbox, make: Make
) -> None:
    story = tool.add_story(ACME, "alice", "Filtre")
    client = make(tool)
    client.cursor = '{"v":7}'
    assert set(client.poll()) == {str(story.id)}
    assert [event for event, _ in client.events] == ["restart"]


def test_refused_token_is_no_empty_list(tool: PivotalSandbox, make: Make) -> None:
    with pytest.raises(AccessError, match="refuses the token"):
        make(tool, key="a token of somebody else").poll()
    with pytest.raises(AccessError, match="refuses the token"):
        make(tool, key="a token of somebody else").connector.fetch("2001")


def test_threat_H4_feed_that_repeats_itself_is_given_up(tool: PivotalSandbox, make: Make) -> None:
    story = tool.add_story(ACME, "alice", "Filtre")
    client = make(tool)
    client.poll()
    tool.comment(story.id, "alice", "une")
    start = cursors.CODEC.read(client.cursor or "").projects[ACME]
    item = (
        f'{{"kind":"x","guid":"{ACME}_%d","project_version":%d,"changes":[],'
        '"occurred_at":"2026-05-18T08:00:00Z"}'
    )
    version = (start.version or 0) - 1
    body = f"[{item % (version, version)},{item % (version - 1, version - 1)}]"
    tool.faults.add(Answer.json(body), "GET", "*/activity", times=100_000)
    client.poll()  # read again from the list: what the feed says cannot be all
    assert client.tickets[str(story.id)].comments[-1].text == "une"
    tool.faults.clear()


NOW = datetime(2026, 5, 18, 9, tzinfo=UTC)


def happened(count: int) -> list[dict[str, object]]:
    """The newest activities of a project, newest first."""
    return [
        {"guid": f"1_{n}", "project_version": n, "occurred_at": "2026-05-18T08:00:00Z"}
        for n in range(1000, 1000 - count, -1)
    ]


@pytest.mark.parametrize(("count", "ends"), [(40, True), (100, False)])
def test_threat_H4_feed_by_time_that_turns_no_pages_is_asked_twice(count: int, ends: bool) -> None:
    """Less than a page is all there is; a whole one may not be, and the list tells."""
    asked: list[int] = []

    def ask(after: datetime, offset: int) -> list[dict[str, object]]:
        asked.append(offset)
        return happened(count)

    start = cursors.Position(None, datetime(2026, 5, 18, 8, tzinfo=UTC))
    with nullcontext() if ends else pytest.raises(feed.Hole):
        first, _ = feed.by_time("pm", ask, start, NOW)
        assert len(first.activities) == count
    assert len(asked) == 2


def test_threat_H4_feed_by_version_that_turns_no_pages_is_asked_twice() -> None:
    asked: list[int] = []

    def ask(version: int, offset: int) -> list[dict[str, object]]:
        asked.append(offset)
        return happened(100)

    start = cursors.Position(800, datetime(2026, 5, 18, 8, tzinfo=UTC))
    with pytest.raises(feed.Hole):
        list(feed.by_version("pm", ask, start, 1000, NOW))
    assert len(asked) == 2


def test_secrets_of_the_account_go_no_further(tool: PivotalSandbox, make: Make) -> None:
    """`/me` echoes the token."""
    client = make(tool)
    tool.add_story(ACME, "alice", "Filtre")
    client.poll()
    identity = client.connector.verify()
    token = tool.world.person("bridge").token
    shown = [repr(identity), repr(client.store), repr(client.tickets), repr(client.cursor)]
    assert not any(token in text for text in shown)


@pytest.mark.parametrize("key", ["../../me", "12/comments", "", "-1", "1" * 30, "2001?fields=x"])
def test_threat_H3_key_that_is_no_number_reaches_no_address(
    tool: PivotalSandbox, make: Make, key: str
) -> None:
    asked = len(tool.journal.entries)
    with pytest.raises(GoneError):
        make(tool).connector.fetch(key)
    assert len(tool.journal.entries) == asked
