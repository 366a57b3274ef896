"""Lists of stories, their pages and filters, and the search language."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.sandbox.pivotal import seed
from tests.sandbox.pivotal.client import ACME, NOON, Office

STORIES = f"/projects/{ACME}/stories"


def names(office: Office, **query: Any) -> set[str]:
    return {story["name"] for story in office.bridge.get(STORIES, **query)}


@pytest.fixture
def full(office: Office) -> Office:
    """Four stories that differ in everything."""
    office.clock.set(NOON - timedelta(days=30))
    office.story("done", story_type="bug", current_state="accepted", labels=["old"])
    office.clock.set(NOON)
    office.story("fresh", story_type="bug", current_state="accepted")
    office.clock.advance(60)
    open_story = office.story("open", estimate=2, labels=["needs work"], story_priority="p1")
    office.tool.schedule(open_story, "jdoe")
    office.tool.start(open_story, "jdoe")
    office.clock.advance(60)
    office.story("icebox", story_type="chore", external_id="X-1", description="some rest")
    return office


def test_pages_have_headers_and_end_empty(office: Office) -> None:
    seed.bulk(office.tool, 7)
    pages = [office.bridge.ask("GET", STORIES, limit=3, offset=at) for at in (0, 3, 6, 9)]
    ids = [story["id"] for page in pages for story in page.json()]
    assert len(set(ids)) == 7
    told = [
        tuple(
            int(page.headers[f"X-Tracker-Pagination-{name}"])
            for name in ("Total", "Limit", "Offset", "Returned")
        )
        for page in pages
    ]
    assert told == [(7, 3, 0, 3), (7, 3, 3, 3), (7, 3, 6, 1), (7, 3, 9, 0)]
    empty = office.bridge.ask("GET", STORIES, limit=0)
    assert (empty.json(), empty.headers["X-Tracker-Pagination-Total"]) == ([], "7")
    assert office.bridge.ask("GET", STORIES).headers["X-Tracker-Pagination-Limit"] == "100"
    large = office.bridge.ask("GET", STORIES, limit=9999)
    assert large.headers["X-Tracker-Pagination-Limit"] == "500"
    for wrong in ("-1", "x", "1.5"):
        assert office.bridge.refused("GET", STORIES, limit=wrong)["status"] == 400


def test_lists_without_pages_have_no_headers(full: Office) -> None:
    for path in ("/projects", f"/projects/{ACME}/labels", f"/projects/{ACME}/memberships"):
        assert "X-Tracker-Pagination-Total" not in full.bridge.ask("GET", path).headers


def test_pages_skip_and_repeat_when_a_story_moves_between_them(office: Office) -> None:
    made = seed.bulk(office.tool, 6)
    first = office.bridge.get(STORIES, limit=3)
    office.tool.edit(first[0]["id"], "jdoe", current_state="unscheduled")
    second = office.bridge.get(STORIES, limit=3, offset=3)
    read = [story["id"] for story in first + second]
    assert read.count(first[0]["id"]) == 2
    assert set(made) - set(read)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"with_state": "accepted"}, {"done", "fresh"}),
        ({"with_story_type": "chore"}, {"icebox"}),
        ({"with_label": "Old"}, {"done"}),
        ({"with_story_priority": "p1"}, {"open"}),
        ({"updated_after": "2026-05-18T12:01:00Z"}, {"icebox"}),
        ({"updated_after": "2026-05-18T14:01:00+02:00"}, {"icebox"}),
        ({"updated_after": "1779105660000"}, {"icebox"}),
        ({"updated_before": "2026-05-18T12:00:00Z"}, {"done"}),
        ({"accepted_after": "2026-05-01T00:00:00Z"}, {"fresh"}),
        ({"created_after": "2026-05-18T11:00:00Z", "with_state": "accepted"}, {"fresh"}),
        ({"deadline_after": "2020-01-01T00:00:00Z"}, set()),
        ({"filter": "state:started,accepted includedone:true"}, {"done", "fresh", "open"}),
        ({"filter": "type:bug"}, {"fresh"}),
        ({"filter": "-type:bug"}, {"open", "icebox"}),
        ({"filter": 'label:"needs work"'}, {"open"}),
        ({"filter": 'label:""'}, {"fresh", "icebox"}),
        ({"filter": "type:chore OR state:started"}, {"open", "icebox"}),
        ({"filter": "type:chore AND (state:started OR state:unscheduled)"}, {"icebox"}),
        ({"filter": "estimate:-1"}, {"fresh", "icebox"}),
        ({"filter": "estimate:2"}, {"open"}),
        ({"filter": "owner:jdoe"}, {"open"}),
        ({"filter": "mywork:JD"}, {"open"}),
        ({"filter": 'owned_by:""'}, {"fresh", "icebox"}),
        ({"filter": 'requester:"alice martin"'}, {"fresh", "open", "icebox"}),
        ({"filter": "external_id:x-1"}, {"icebox"}),
        ({"filter": "has:label"}, {"open"}),
        ({"filter": "no:owner"}, {"fresh", "icebox"}),
        ({"filter": "name:ice"}, {"icebox"}),
        ({"filter": "rest"}, {"icebox"}),
        ({"filter": "updated_since:05/18/2026"}, {"fresh", "open", "icebox"}),
        ({"filter": "created:today"}, {"fresh", "open", "icebox"}),
        ({"filter": "created_before:yesterday includedone:true"}, {"done"}),
        ({"filter": "created:-30d includedone:true"}, {"done"}),
        ({"filter": "updated_after:-1h"}, {"fresh", "open", "icebox"}),
        ({"filter": "accepted:04/01/2026..05/01/2026 includedone:true"}, {"done"}),
        ({"filter": "accepted_on:2026-05-18"}, {"fresh"}),
    ],
)
def test_selections_find(full: Office, query: dict[str, str], found: set[str]) -> None:
    assert names(full, **query) == found


def test_ids_are_found_and_past_iterations_left_out(full: Office) -> None:
    ids = ",".join(str(number) for number in full.tool.world.stories)
    assert names(full, filter=f"id:{ids}") == {"fresh", "open", "icebox"}
    assert names(full, filter=f"id:{ids} includedone:true") == {"done", "fresh", "open", "icebox"}


@pytest.mark.parametrize(
    "text", ["colour:red", "updated:soon", "estimate:x", "has:money", "(type:bug", "type:bug)"]
)
def test_a_filter_that_cannot_be_read_is_400(full: Office, text: str) -> None:
    assert full.bridge.refused("GET", STORIES, filter=text)["status"] == 400


def test_filter_goes_with_no_other_selection(full: Office) -> None:
    refused = full.bridge.refused("GET", STORIES, filter="type:bug", with_state="started")
    assert "cannot be combined" in refused["general_problem"]
    assert names(full, filter="type:bug", limit=5, offset=0, fields="name") == {"fresh"}


@pytest.mark.parametrize(
    "query", [{"foo": "1"}, {"with_state": "open"}, {"updated_after": "2026-05-18"}]
)
def test_a_selection_that_does_not_exist_is_400(office: Office, query: dict[str, str]) -> None:
    assert office.bridge.refused("GET", STORIES, **query)["status"] == 400


def test_stories_stand_where_they_are_put(office: Office) -> None:
    first, second, third = (office.story(str(each)) for each in range(3))
    assert [story["id"] for story in office.bridge.get(STORIES)] == [third, second, first]
    office.bridge.send("PUT", f"{STORIES}/{first}", {"before_id": second})
    assert [story["id"] for story in office.bridge.get(STORIES)] == [third, first, second]
    office.bridge.send("PUT", f"{STORIES}/{third}", {"after_id": second})
    assert [story["id"] for story in office.bridge.get(STORIES)] == [first, second, third]
    between = office.bridge.get(STORIES, after_story_id=first, before_story_id=third)
    assert [story["id"] for story in between] == [second]
    neighbours = office.bridge.get(f"/stories/{second}", fields="before_id,after_id")
    assert neighbours == {"id": second, "before_id": third, "after_id": first}
    assert "after_id" not in office.bridge.get(f"/stories/{first}", fields="after_id")
    assert office.bridge.refused("GET", STORIES, after_story_id=1)["status"] == 400
    assert office.bridge.refused("PUT", f"{STORIES}/{first}", {"after_id": 1})["status"] == 400


def test_bulk_drops_what_is_gone_and_takes_five_hundred(office: Office) -> None:
    story = office.story()
    found = office.bridge.get(f"{STORIES}/bulk", ids=f"{story},1,2", fields="name")
    assert found == [{"id": story, "name": "Blank page"}]
    many = ",".join(str(each) for each in range(501))
    assert office.bridge.refused("GET", f"{STORIES}/bulk", ids=many)["status"] == 400
    assert office.bridge.refused("GET", f"{STORIES}/bulk")["status"] == 400
    assert office.bridge.refused("GET", f"{STORIES}/bulk", ids="a")["status"] == 400


def test_search_counts_with_and_without_what_is_done(full: Office) -> None:
    found = full.bridge.get(f"/projects/{ACME}/search", query="type:bug,feature")
    stories = found["stories"]
    assert {story["name"] for story in stories["stories"]} == {"fresh", "open"}
    assert (stories["total_hits"], stories["total_hits_with_done"]) == (2, 3)
    assert (stories["total_points"], stories["total_points_completed"]) == (2, 0)
    assert found["epics"]["total_hits"] == 0
    assert full.bridge.refused("GET", f"/projects/{ACME}/search")["status"] == 400


def test_twenty_thousand_stories_are_there_at_once(office: Office) -> None:
    made = seed.bulk(office.tool, 20_000)
    page = office.bridge.ask("GET", STORIES, limit=500, offset=19_500)
    assert page.headers["X-Tracker-Pagination-Total"] == "20000"
    assert len(page.json()) == 500
    assert len(set(made)) == 20_000
    (activity,) = office.bridge.get(f"/projects/{ACME}/activity")
    assert activity["kind"] == "model_import_activity"
