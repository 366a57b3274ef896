"""Polling a Tracker: its change feed, what it does not tell, and that nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.model import ApprovalState, Kind, Priority, Role, Severity, State, Unmapped
from connectors.errors import GoneError, TryAgainError
from connectors.sandbox.core import Answer
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
