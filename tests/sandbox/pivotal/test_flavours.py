"""The clone's own ways, and single switches of an installation."""

from __future__ import annotations

from dataclasses import replace

from connectors.sandbox.pivotal import LITETRACKER, PIVOTAL, seed
from tests.sandbox.pivotal.client import ACME, Office
from tests.sandbox.pivotal.conftest import Opening

STORIES = f"/projects/{ACME}/stories"


def test_the_clone_says_title_and_is_told_name(lite: Office) -> None:
    made = lite.bridge.send("POST", STORIES, {"name": "Blank page"})
    assert (made["title"], "name" in made) == ("Blank page", False)
    assert lite.bridge.get(f"/projects/{ACME}")["title"] == "acme"
    assert lite.bridge.refused("POST", STORIES, {"title": "x"})["status"] == 400


def test_the_clone_nests_owners_whose_person_is_user_id(lite: Office) -> None:
    story = lite.story()
    lite.tool.assign(story, "jdoe", "jdoe")
    found = lite.bridge.get(f"/stories/{story}")
    (owner,) = found["owners"]
    assert (owner["user_id"], owner["name"]) == (102, "Jane Doe")
    assert owner["id"] != 102
    assert "owner_ids" not in found


def test_the_clone_forgets_owners_of_a_new_story_and_takes_them_afterwards(lite: Office) -> None:
    made = lite.bridge.send("POST", STORIES, {"name": "x", "owner_ids": [102]})
    assert made["owners"] == []
    changed = lite.bridge.send("PUT", f"{STORIES}/{made['id']}", {"owner_ids": [102]})
    assert changed["owners"][0]["user_id"] == 102


def test_an_owner_more_moves_no_stamp_in_the_clone_and_does_in_the_original(
    lite: Office, office: Office
) -> None:
    for each, moved in ((lite, False), (office, True)):
        story = each.story()
        each.clock.advance(60)
        each.tool.assign(story, "jdoe", "jdoe")
        stamp = each.bridge.get(f"/stories/{story}")["updated_at"]
        assert (stamp == "2026-05-18T12:01:00Z") is moved
        assert len(each.bridge.get(f"/projects/{ACME}/activity")) == 2


def test_pages_of_the_clone_hold_fifty_and_tell_nothing(lite: Office) -> None:
    seed.bulk(lite.tool, 60)
    first = lite.bridge.ask("GET", STORIES)
    assert len(first.json()) == 50
    assert not [name for name in first.headers if name.startswith("X-Tracker-P")]
    assert len(lite.bridge.get(STORIES, limit=10_000)) == 60


def test_lists_of_the_clone_lack_the_description(lite: Office) -> None:
    story = lite.story(description="why")
    assert "description" not in lite.bridge.get(STORIES)[0]
    assert lite.bridge.get(f"/stories/{story}")["description"] == "why"


def test_filters_of_the_clone_take_one_clause_and_ignore_the_rest(lite: Office) -> None:
    lite.story("bug", story_type="bug")
    lite.story("feature")
    assert len(lite.bridge.get(STORIES, filter="type:bug")) == 1
    assert len(lite.bridge.get(STORIES, filter="-type:bug")) == 1
    assert lite.bridge.get(STORIES, filter="type:bug state:unscheduled") == []
    assert len(lite.bridge.get(STORIES, filter="owner:jdoe")) == 2
    assert len(lite.bridge.get(STORIES, current_state="started", state="x")) == 2
    assert len(lite.bridge.get(STORIES, updated_after="2030-01-01T00:00:00Z")) == 2


def test_a_filtered_list_of_a_large_project_of_the_clone_times_out(opening: Opening) -> None:
    office = opening(replace(LITETRACKER, filter_wall=3))
    seed.bulk(office.tool, 3)
    answer = office.bridge.ask("GET", STORIES, filter="type:bug")
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (504, "text/html")
    assert len(office.bridge.get(STORIES)) == 3


def test_the_feed_of_the_clone_goes_by_time_alone(lite: Office) -> None:
    lite.story()
    lite.clock.advance(60)
    lite.story()
    feed = f"/projects/{ACME}/activity"
    assert len(lite.bridge.get(feed, since_version=999)) == 2
    assert len(lite.bridge.get(feed, occurred_after="2026-05-18T12:00:30Z", limit=5)) == 1


def test_a_label_for_the_clone_comes_wrapped(lite: Office) -> None:
    story = lite.story()
    path = f"{STORIES}/{story}/labels"
    made = lite.bridge.send("POST", path, {"label": {"name": "spent:3h"}})
    assert made["name"] == "spent:3h"
    assert lite.bridge.refused("POST", path, {"name": "spent:3h"})["status"] == 400
    assert lite.bridge.ask("DELETE", f"{path}/{made['id']}").status_code == 204


def test_labels_put_on_a_heavy_story_of_the_clone_are_500_and_half_applied(lite: Office) -> None:
    story = lite.story(labels=["kept"])
    for number in range(20):
        lite.tool.comment(story, "alice", str(number))
    body = {"name": "renamed", "labels": [{"name": "new"}]}
    refused = lite.bridge.refused("PUT", f"{STORIES}/{story}", body)
    assert (refused["status"], refused["code"]) == (500, "unhandled_condition")
    assert lite.tool.story(story).name == "renamed"
    assert lite.tool.labels_of(story) == ["kept"]


def test_a_service_may_offer_no_comment_post(opening: Opening) -> None:
    office = opening(replace(LITETRACKER, comment_post=False))
    story = office.story()
    refused = office.bridge.refused("POST", f"{STORIES}/{story}/comments", {"text": "x"})
    assert (refused["status"], refused["code"]) == (404, "route_not_found")
    assert office.bridge.get(f"{STORIES}/{story}/comments") == []


def test_a_service_may_know_no_priority(opening: Opening) -> None:
    office = opening(replace(PIVOTAL, story_priority=False))
    story = office.story()
    refused = office.bridge.refused("PUT", f"{STORIES}/{story}", {"story_priority": "p1"})
    assert refused["general_problem"] == (
        "this endpoint cannot accept the parameter: story_priority"
    )
    assert office.bridge.refused("GET", STORIES, fields="story_priority")["status"] == 400
    assert office.bridge.refused("GET", STORIES, with_story_priority="p1")["status"] == 400


def test_a_service_may_take_no_fields_beside_a_filter(opening: Opening) -> None:
    office = opening(replace(PIVOTAL, filter_takes_fields=False))
    assert office.bridge.refused("GET", STORIES, filter="type:bug", fields="name")["status"] == 400
    assert office.bridge.get(STORIES, filter="type:bug") == []
