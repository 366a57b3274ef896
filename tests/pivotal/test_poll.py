"""Polling a Tracker: its change feed, what it does not tell, and that nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.model import ApprovalState, Kind, Priority, Role, Severity, State, Unmapped
from connectors.errors import AccessError, GoneError, SourceError, TryAgainError
from connectors.pivotal import cursor as cursors
from connectors.pivotal import feed
from connectors.sandbox.core import Answer, Cut
from connectors.sandbox.pivotal import PivotalSandbox, seed
from connectors.sandbox.pivotal.flavour import PIVOTAL
from tests.pivotal.client import FUTURE, Client
from tests.pivotal.conftest import world

Make = Callable[..., Client]
Serve = Callable[[PivotalSandbox], PivotalSandbox]
ACME = seed.ACME


@pytest.fixture(params=["pivotal", "litetracker"])
def either(request: pytest.FixtureRequest, serve: Serve) -> PivotalSandbox:
    """The original, then the clone."""
    return serve(world(request.param))


def test_story_becomes_a_whole_ticket(either: PivotalSandbox, make: Make) -> None:
    story = either.add_story(
        ACME,
        "alice",
        "Page blanche",
        story_type="bug",
        labels=("checkout", "severity:major"),
        description="Rien ne s'affiche.",
        current_state="unstarted",
        story_priority="p0",
    )
    either.comment(story.id, "alice", "C'est urgent.")
    ticket = make(either).poll()[str(story.id)]
    assert (ticket.source, ticket.title, ticket.body) == ("pm", "Page blanche", story.description)
    assert (ticket.project, ticket.organisation) == (str(ACME), "acme")
    assert ticket.url.endswith(f"/story/show/{story.id}")
    assert ticket.url.startswith("http://127.0.0.1:")
    assert (ticket.kind, ticket.priority, ticket.severity) == (
        Kind.INCIDENT,
        Priority.CRITICAL,
        Severity.MAJOR,
    )
    assert (ticket.state, ticket.labels) == (State.NEW, ("checkout",))
    assert (ticket.requester.login, ticket.requester.address) == ("alice", "alice@acme.ch")
    assert [(c.text, c.role, c.author.id, c.public) for c in ticket.comments] == [
        ("C'est urgent.", Role.CLIENT, "101", True)
    ]
    assert ticket.complete
    assert ticket.unmapped == ()


def test_changes_come_with_time_author_and_both_values(either: PivotalSandbox, make: Make) -> None:
    story = either.add_story(ACME, "alice", "Filtre", current_state="unstarted", estimate=2)
    client = make(either)
    client.poll()
    either.start(story.id, "jdoe")
    either.prioritise(story.id, "alice", "p1")
    either.label(story.id, "alice", "approval:approved")
    either.label(story.id, "jdoe", "vip")
    either.unlabel(story.id, "jdoe", "vip")
    events = client.poll()[str(story.id)].events
    assert [(e.kind, e.old, e.new, e.actor.login if e.actor else "") for e in events] == [
        ("state", "new", "open", "jdoe"),
        ("priority", None, "2", "alice"),
        ("approval", None, "approved", "alice"),
        ("label", None, "vip", "jdoe"),
        ("label", "vip", None, "jdoe"),
    ]
    assert not any(e.own or e.observed for e in events)
    assert len({e.key for e in events}) == 5


def test_poll_without_news_costs_one_request_however_many_projects(
    either: PivotalSandbox, make: Make
) -> None:
    either.add_project("second", {"bridge": "member"}, number=2500)
    either.add_story(ACME, "alice", "Rien de neuf")
    client = make(either, projects=[ACME, 2500])
    client.poll()
    assert client.poll() == {}
    assert client.requests == 1


def test_changed_story_costs_a_constant_number_of_requests(
    either: PivotalSandbox, make: Make
) -> None:
    made = seed.bulk(either, 40)
    client = make(either)
    client.poll(FUTURE)
    for number in made:
        either.comment(number, "alice", "Encore")
    client.poll()
    for number in made:
        either.comment(number, "alice", "Et encore")
    assert len(client.poll()) == 40
    assert client.requests <= 5


def test_own_account_s_changes_are_told_as_own(tool: PivotalSandbox, make: Make) -> None:
    story = tool.add_story(ACME, "alice", "Filtre")
    client = make(tool)
    client.poll()
    tool.label(story.id, "bridge", "approval:awaiting")
    (event,) = client.poll()[str(story.id)].events
    assert (event.kind, event.new, event.own) == ("approval", "awaiting", True)


def test_ask_06_change_that_moves_no_stamp_is_found_all_the_same(
    either: PivotalSandbox, make: Make
) -> None:
    """Two edits in one second, and on the clone every change of owners, leave the stamp."""
    story = either.add_story(ACME, "alice", "Filtre")
    client = make(either)
    client.poll()
    either.clock.set(either.clock.now())
    either.comment(story.id, "alice", "une")
    client.poll()
    before = either.story(story.id).updated_at
    either.label(story.id, "jdoe", "vip")
    assert either.story(story.id).updated_at == before
    assert client.poll()[str(story.id)].labels == ("vip",)


def test_list_is_read_whole_whatever_the_service_calls_a_page(serve: Serve, make: Make) -> None:
    for largest in (7, 100, 500):
        tool = serve(world(replace(PIVOTAL, largest_page=largest)))
        made = seed.bulk(tool, 230)
        assert set(make(tool).poll(FUTURE)) == {str(number) for number in made}


def test_stories_that_move_while_the_list_is_read_are_not_lost(
    either: PivotalSandbox, make: Make
) -> None:
    made = seed.bulk(either, 700)
    client = make(either)
    seen: set[str] = set()
    for page, given in enumerate(client.connector.poll(None, FUTURE)):
        client.take(given)
        seen |= {ticket.key for ticket in given.tickets}
        if page == 0:
            for number in made[:60]:  # what was read moves behind what was not
                either.delete(number, "jdoe")
    assert {str(number) for number in made[60:]} <= seen


def test_ask_10_first_reading_goes_on_where_it_was_cut(tool: PivotalSandbox, make: Make) -> None:
    made = seed.bulk(tool, 1800)
    client = make(tool)
    tool.faults.add(Answer.html(502), "GET", "*/stories", times=4, after=8)
    with pytest.raises(TryAgainError):
        client.poll(FUTURE)
    assert len(client.tickets) > 1500
    client.poll(FUTURE)
    assert client.requests <= 6
    assert set(client.tickets) == {str(number) for number in made}


def test_activity_that_is_kept_no_longer_makes_the_list_be_read(
    either: PivotalSandbox, make: Make
) -> None:
    made = seed.bulk(either, 5)
    client = make(either)
    client.poll(FUTURE)
    either.comment(made[0], "alice", "Avant les vacances")
    either.world.project(ACME).activities.clear()  # beyond the service's retention
    either.label(made[1], "alice", "vip")
    client.poll()
    assert [c.text for c in client.tickets[str(made[0])].comments][-1] == "Avant les vacances"
    assert client.tickets[str(made[1])].labels == ("area-1", "vip")
    assert "no longer tells" in client.reasons("restart")[0]
    assert client.poll() == {}
    assert client.requests == 1


def test_service_without_a_feed_is_read_by_the_stamps_of_its_stories(
    tool: PivotalSandbox, make: Make
) -> None:
    made = seed.bulk(tool, 20)
    tool.faults.add(
        Answer.json('{"kind":"error","code":"route_not_found","error":"No."}', 404),
        "GET",
        "*/activity",
        times=1000,
    )
    client = make(tool)
    client.poll(FUTURE)
    tool.comment(made[7], "alice", "Du neuf")
    assert set(client.poll()) == {str(made[7])}
    assert client.tickets[str(made[7])].comments[-1].text == "Du neuf"
    assert client.tickets[str(made[7])].events == ()
    assert client.poll() == {}
    tool.faults.clear()


def test_service_that_is_restored_from_a_backup_is_read_again(
    tool: PivotalSandbox, make: Make
) -> None:
    story = tool.add_story(ACME, "alice", "Filtre")
    tool.comment(story.id, "alice", "une")
    client = make(tool)
    client.poll()
    tool.world.project(ACME).version -= 2
    story.name = "Filtre, comme avant"
    assert client.poll()[str(story.id)].title == "Filtre, comme avant"
    assert "fell" in client.reasons("restart")[0]


def test_imported_stories_and_renamed_labels_are_seen(tool: PivotalSandbox, make: Make) -> None:
    """Their activity names no story."""
    client = make(tool)
    client.poll()
    made = seed.bulk(tool, 3)
    assert set(client.poll()) == {str(number) for number in made}


def test_deleted_comment_is_told_gone_and_a_deleted_story_is_not(
    tool: PivotalSandbox, make: Make
) -> None:
    story = tool.add_story(ACME, "alice", "Filtre")
    other = tool.add_story(ACME, "alice", "Autre")
    first = tool.comment(story.id, "alice", "une")
    tool.comment(story.id, "alice", "deux")
    client = make(tool)
    client.poll()
    tool.delete_comment(first.id, "alice")
    tool.delete(other.id, "jdoe")
    assert set(client.poll()) == {str(story.id)}
    assert client.gone == [(str(story.id), "comment", str(first.id))]


def test_threat_I2_edited_comment_says_so(tool: PivotalSandbox, make: Make) -> None:
    story = tool.add_story(ACME, "alice", "Filtre")
    said = tool.comment(story.id, "alice", "Non")
    client = make(tool)
    client.poll()
    tool.clock.advance(60)
    tool.edit_comment(said.id, "alice", "J'approuve")
    (comment,) = client.poll()[str(story.id)].comments
    assert comment.edited_at is not None
    assert comment.edited_at > comment.at


def test_commit_is_no_client_s_word(tool: PivotalSandbox, make: Make) -> None:
    story = tool.add_story(ACME, "alice", "Filtre")
    tool.commit(story.id, "alice", "J'approuve", "abc123")
    assert make(tool).poll()[str(story.id)].comments[0].automatic


def test_threat_I3_renamed_label_does_not_rewrite_who_decided(
    tool: PivotalSandbox, make: Make
) -> None:
    """Alice put "nice to have" on it; Mallory renames the label into an approval."""
    story = tool.add_story(ACME, "alice", "Filtre")
    label = tool.label(story.id, "alice", "nice to have")
    tool.clock.advance(60)
    label.name, label.updated_at = "approval:approved", tool.editor.now()
    ticket = make(tool).poll()[str(story.id)]
    assert ticket.approval is ApprovalState.APPROVED
    assert [e for e in ticket.events if e.kind == "approval"] == []


def test_approval_put_beside_the_waiting_one_is_what_was_meant(
    tool: PivotalSandbox, make: Make
) -> None:
    story = tool.add_story(ACME, "alice", "Filtre", labels=("approval:awaiting",))
    client = make(tool)
    client.poll()
    tool.label(story.id, "alice", "approval:approved")
    ticket = client.poll()[str(story.id)]
    assert [(e.kind, e.old, e.new) for e in ticket.events] == [("approval", "awaiting", "approved")]
    assert ticket.approval is None


def test_person_who_left_is_still_known_by_what_was_seen(tool: PivotalSandbox, make: Make) -> None:
    story = tool.add_story(ACME, "alice", "Filtre")
    client = make(tool)
    client.poll()
    tool.leave(ACME, "alice")
    tool.comment(story.id, "jdoe", "Elle est partie")
    assert client.poll()[str(story.id)].requester.login == "alice"
    stranger = make(tool).poll()[str(story.id)].requester
    assert (stranger.id, stranger.login, stranger.address) == ("101", None, None)


def test_word_that_the_mapping_lacks_is_reported(tool: PivotalSandbox, make: Make) -> None:
    story = tool.add_story(ACME, "alice", "Filtre", labels=("approval:peut-être",))
    ticket = make(tool).poll()[str(story.id)]
    assert ticket.unmapped == (Unmapped("approval", "approval:peut-être"),)
    assert ticket.approval is None


def test_external_id_names_the_request_that_the_work_is_for(
    tool: PivotalSandbox, make: Make
) -> None:
    story = tool.add_story(ACME, "jdoe", "Filtre", external_id="helpdesk#42")
    assert make(tool).poll()[str(story.id)].link is None
    words = '[fields]\nlink = "native:external_id"\n'
    assert make(tool, words=words).poll()[str(story.id)].link == "helpdesk#42"


@pytest.mark.parametrize("state", ["started", "accepted"])
def test_threat_C3_story_of_a_project_that_nobody_asked_for_is_dropped(
    state: str, tool: PivotalSandbox, make: Make
) -> None:
    tool.add_story(ACME, "alice", "Filtre")
    client = make(tool, projects=[ACME])
    client.poll()
    alien = {
        "id": 9_999_999,
        "project_id": 4242,
        "name": "Not ours",
        "current_state": state,
        "story_type": "bug",
        "comments": [],
        "created_at": "2021-05-18T08:00:00Z",
        "updated_at": "2021-05-18T08:00:00Z",
    }
    for path in ("*/stories", "*/stories/bulk", "*/stories/*"):
        one = path.endswith("/*")
        body = json.dumps(alien if one else [alien, {**alien, "id": 9_999_998}])
        tool.faults.add(Answer.json(body), "GET", path, times=100)
    assert client.poll(datetime(2022, 1, 1, tzinfo=UTC), thorough=True) == {}


def test_story_moved_to_another_project_is_the_same_ticket(
    tool: PivotalSandbox, make: Make
) -> None:
    tool.add_project(
        "second", {"jdoe": "owner", "bridge": "member", "alice": "member"}, number=2500
    )
    story = tool.add_story(ACME, "alice", "Filtre")
    both, first = make(tool), make(tool, projects=[ACME])
    both.poll()
    first.poll()
    tool.move(story.id, "jdoe", 2500)
    assert both.poll()[str(story.id)].project == "2500"
    assert first.poll() == {}
    with pytest.raises(GoneError):
        first.connector.fetch(str(story.id))


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
