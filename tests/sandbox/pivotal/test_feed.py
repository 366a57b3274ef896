"""The change feed: one activity a version, in both directions, as far as it is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.sandbox.core import Answer, Lose, Swap
from tests.sandbox.pivotal.client import ACME, NOON, Office

FEED = f"/projects/{ACME}/activity"


def versions(office: Office, **query: Any) -> list[int]:
    return [each["project_version"] for each in office.bridge.get(FEED, **query)]


def test_each_change_is_one_version_and_one_activity(office: Office) -> None:
    story = office.story(labels=["a"])
    comment = office.tool.comment(story, "jdoe", "hello").id
    office.tool.edit_comment(comment, "jdoe", "hello!")
    office.tool.delete_comment(comment, "jdoe")
    office.tool.label(story, "jdoe", "b")
    office.tool.estimate(story, "jdoe", 2)
    office.tool.start(story, "jdoe")
    office.tool.add_task(story, "jdoe", "call")
    office.tool.block(story, "jdoe", "money")
    office.tool.ask_review(story, "jdoe", "alice")
    office.tool.delete(story, "jdoe")
    feed = office.bridge.get(FEED, sort_order="asc")
    assert [each["kind"].removesuffix("_activity") for each in feed] == [
        "story_create", "comment_create", "comment_update", "comment_delete", "story_update",
        "story_update", "story_update", "task_create", "blocker_create", "review_create",
        "story_delete",
    ]  # fmt: skip
    numbers = [each["project_version"] for each in feed]
    assert numbers == list(range(2, 13))
    assert [each["guid"] for each in feed] == [f"{ACME}_{number}" for number in numbers]
    assert office.bridge.get(f"/projects/{ACME}")["version"] == 12


def test_an_activity_says_who_what_and_the_values_before_and_after(office: Office) -> None:
    story = office.story()
    office.clock.advance(60)
    office.tool.prioritise(story, "jdoe", "p1")
    (latest,) = office.bridge.get(FEED, limit=1)
    assert latest["message"] == "Jane Doe edited this feature"
    assert latest["performed_by"] == {
        "kind": "person", "id": 102, "name": "Jane Doe", "initials": "JD",
    }  # fmt: skip
    assert latest["changes"] == [
        {
            "kind": "story", "change_type": "update", "id": story,
            "original_values": {"story_priority": None, "updated_at": "2026-05-18T12:00:00Z"},
            "new_values": {"story_priority": "p1", "updated_at": "2026-05-18T12:01:00Z"},
            "name": "Blank page", "story_type": "feature",
        }
    ]  # fmt: skip
    assert latest["primary_resources"][0]["id"] == story
    assert latest["occurred_at"] == "2026-05-18T12:01:00Z"
    assert office.bridge.get(FEED, limit=1, fields="message") == [
        {
            "message": latest["message"],
            "guid": latest["guid"],
            "project_version": latest["project_version"],
        }
    ]


def test_a_second_change_in_one_second_leaves_the_stamp_where_it_was(office: Office) -> None:
    story = office.story()
    office.clock.advance(timedelta(seconds=9, milliseconds=400))
    office.tool.estimate(story, "jdoe", 1)
    stamp = office.bridge.get(f"/stories/{story}")["updated_at"]
    office.clock.advance(timedelta(milliseconds=400))
    office.tool.comment(story, "jdoe", "now in the same second")
    assert office.bridge.get(f"/stories/{story}")["updated_at"] == stamp
    changes = office.bridge.get(FEED, limit=1)[0]["changes"]
    assert [change["kind"] for change in changes] == ["comment", "story"]  # a follower more
    office.tool.comment(story, "jdoe", "and again")
    changes = office.bridge.get(FEED, limit=1)[0]["changes"]
    assert [change["kind"] for change in changes] == ["comment"]


def test_the_feed_is_cut_by_version_and_time_and_paged(office: Office) -> None:
    for number in range(5):
        office.clock.set(NOON + timedelta(minutes=number))
        office.story(str(number))
    assert versions(office) == [6, 5, 4, 3, 2]
    assert versions(office, since_version=4) == [6, 5]
    assert versions(office, since_version=4, sort_order="asc", limit=1) == [5]
    assert versions(office, sort_order="asc", limit=2, offset=2) == [4, 5]
    assert versions(office, occurred_after="2026-05-18T12:02:00Z") == [6, 5]
    assert versions(office, occurred_before="2026-05-18T12:01:00Z") == [2]
    page = office.bridge.ask("GET", FEED, limit=2)
    assert page.headers["X-Tracker-Pagination-Total"] == "5"
    assert office.bridge.refused("GET", FEED, sort_order="up")["status"] == 400
    assert office.bridge.refused("GET", FEED, since_version="x")["status"] == 400
    assert office.bridge.refused("GET", FEED, occurred_after="2026-05-18")["status"] == 400


def test_what_is_older_than_half_a_year_is_gone_from_the_feed(office: Office) -> None:
    office.story("old")
    office.clock.advance(timedelta(days=184))
    office.story("new")
    assert versions(office, since_version=0) == [3]


def test_a_story_and_a_person_have_feeds_of_their_own(office: Office) -> None:
    office.tool.add_project("other", {"jdoe": "owner"}, number=2999)
    first, second = office.story("one"), office.story("two")
    office.tool.add_story(2999, "jdoe", "elsewhere")
    for path in (f"/projects/{ACME}/stories/{first}/activity", f"/stories/{first}/activity"):
        assert [each["project_version"] for each in office.bridge.get(path)] == [2]
    assert len(office.bridge.get(f"/stories/{second}/activity")) == 1
    assert len(office.bridge.get("/my/activity")) == 2
    assert len(office.program("jdoe").get("/my/activity")) == 3


def test_a_comment_by_us_moves_the_stamp_and_is_in_the_feed_as_ours(office: Office) -> None:
    story = office.story()
    office.clock.advance(60)
    office.bridge.send("POST", f"/projects/{ACME}/stories/{story}/comments", {"text": "three h"})
    assert office.bridge.get(f"/stories/{story}")["updated_at"] == "2026-05-18T12:01:00Z"
    (latest,) = office.bridge.get(FEED, limit=1)
    assert latest["performed_by"]["id"] == office.bridge.get("/me")["id"]


@pytest.mark.parametrize("fault", [Lose(), Swap(Answer.html(502))])
def test_a_post_may_be_taken_though_its_answer_is_lost(office: Office, fault: Lose | Swap) -> None:
    story = office.story()
    comments = f"/projects/{ACME}/stories/{story}/comments"
    office.tool.faults.add(fault, "POST", "*/comments")
    try:
        answer = office.bridge.ask("POST", comments, {"text": "once"})
        assert answer.status_code == 502
    except OSError:
        assert isinstance(fault, Lose)
    assert [each["text"] for each in office.bridge.get(comments)] == ["once"]
    assert len(office.tool.journal.writes) == 1
