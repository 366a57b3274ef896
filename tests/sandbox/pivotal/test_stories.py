"""Stories, their states, points, labels and comments: what the tool allows and what it tells."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connectors.sandbox.pivotal.errors import TrackerError
from tests.sandbox.pivotal.client import ACME, Office

STORIES = f"/projects/{ACME}/stories"


def path(story: int, more: str = "") -> str:
    return f"{STORIES}/{story}{more}"


def test_creation_answers_200_with_the_whole_story(office: Office) -> None:
    body = {
        "name": "Export", "description": "as CSV", "labels": [{"name": "Billing"}],
        "owner_ids": [102], "estimate": 2, "story_priority": "p1",
        "tasks": [{"description": "one"}], "comments": [{"text": "please"}],
    }  # fmt: skip
    answer = office.bridge.ask("POST", STORIES, body)
    assert answer.status_code == 200
    story = answer.json()
    assert story["labels"][0]["name"] == "billing"
    assert (story["owner_ids"], story["owned_by_id"], story["estimate"]) == ([102], 102, 2)
    assert story["requested_by_id"] == 104
    found = office.bridge.get(path(story["id"]), fields="tasks,comments,story_priority")
    assert found["tasks"][0]["position"] == 1
    assert (found["comments"][0]["text"], found["story_priority"]) == ("please", "p1")


def test_a_change_sends_only_what_changes_and_nothing_is_no_version(office: Office) -> None:
    story = office.story(description="old")
    before = office.bridge.get(f"/projects/{ACME}")["version"]
    assert office.bridge.send("PUT", path(story), {})["description"] == "old"
    assert office.bridge.send("PUT", path(story), {"description": "old"})["description"] == "old"
    assert office.bridge.get(f"/projects/{ACME}")["version"] == before
    office.clock.advance(60)
    changed = office.bridge.send("PUT", f"/stories/{story}", {"description": None})
    assert "description" not in changed
    assert changed["updated_at"] == "2026-05-18T12:01:00Z"


@pytest.mark.parametrize(
    ("kind", "state", "allowed"),
    [
        ("feature", "started", False),
        ("bug", "started", True),
        ("chore", "started", True),
        ("chore", "accepted", True),
        ("chore", "finished", False),
        ("chore", "delivered", False),
        ("chore", "rejected", False),
        ("release", "accepted", True),
        ("release", "started", False),
        ("release", "finished", False),
        ("bug", "planned", False),
    ],
)
def test_types_have_states_of_their_own(
    office: Office, kind: str, state: str, allowed: bool
) -> None:
    story = office.story(story_type=kind)
    answer = office.bridge.ask("PUT", path(story), {"current_state": state})
    assert answer.status_code == (200 if allowed else 400), answer.text
    assert (office.tool.story(story).state == state) is allowed


def test_planned_exists_where_planning_is_by_hand(office: Office) -> None:
    story = office.story(story_type="bug")
    refused = office.bridge.refused("PUT", path(story), {"current_state": "planned"})
    assert refused["requirement"]
    assert refused["possible_fix"]
    office.tool.change_project(ACME, "jdoe", automatic_planning=False)
    office.bridge.send("PUT", path(story), {"current_state": "planned"})


def test_a_feature_without_points_is_not_started(office: Office) -> None:
    story = office.story()
    refused = office.bridge.refused("PUT", path(story), {"current_state": "started"})
    assert refused["general_problem"] == "Stories in the started state must be estimated."
    assert refused["validation_errors"][0]["field"] == "estimate"
    both = {"current_state": "started", "estimate": 0}
    assert office.bridge.send("PUT", path(story), both)["estimate"] == 0


@pytest.mark.parametrize(
    ("kind", "points"), [("feature", 2.5), ("feature", -1), ("bug", 1), ("release", 1)]
)
def test_points_off_the_scale_or_for_another_type_are_refused(
    office: Office, kind: str, points: float
) -> None:
    story = office.story(story_type=kind)
    refused = office.bridge.refused("PUT", path(story), {"estimate": points, "name": "new"})
    assert [each["field"] for each in refused["validation_errors"]] == ["estimate"]
    assert (office.tool.story(story).estimate, office.tool.story(story).name) == (
        None,
        "Blank page",
    )


def test_points_may_be_hours_where_the_scale_says_so(office: Office) -> None:
    office.tool.change_project(
        ACME, "jdoe", point_scale="0,0.5,1,2,4", bugs_and_chores_are_estimatable=True
    )
    story = office.story(story_type="bug")
    assert office.bridge.send("PUT", path(story), {"estimate": 0.5})["estimate"] == 0.5
    assert office.tool.story(story).estimate == Decimal("0.5")
    assert "estimate" not in office.bridge.send("PUT", path(story), {"estimate": None})


def test_a_deadline_belongs_to_a_release(office: Office) -> None:
    when = "2026-06-01T12:00:00Z"
    release = office.story(story_type="release")
    assert office.bridge.send("PUT", path(release), {"deadline": when})["deadline"] == when
    refused = office.bridge.refused("PUT", path(office.story()), {"deadline": when})
    assert refused["validation_errors"][0]["field"] == "deadline"


def test_a_refused_change_leaves_no_trace(office: Office) -> None:
    story = office.story()
    version = office.bridge.get(f"/projects/{ACME}")["version"]
    body = {"labels": [{"name": "new"}], "estimate": 99, "owner_ids": [102]}
    office.bridge.refused("PUT", path(story), body)
    office.bridge.refused("POST", STORIES, {"name": "x", **body})
    assert office.bridge.get(f"/projects/{ACME}")["version"] == version
    assert office.bridge.get(f"/projects/{ACME}/labels") == []
    assert office.bridge.get(path(story))["owner_ids"] == []


def test_accepting_stamps_and_reopening_takes_the_stamp_away(office: Office) -> None:
    tool, story = office.tool, office.story(estimate=1)
    tool.schedule(story, "jdoe")
    tool.start(story, "jdoe")
    tool.finish(story, "jdoe")
    tool.deliver(story, "jdoe")
    office.clock.advance(90)
    tool.accept(story, "alice")
    found = office.bridge.get(path(story))
    assert (found["accepted_at"], found["owner_ids"]) == ("2026-05-18T12:01:30Z", [102])
    tool.reject(story, "alice", "still blank")
    assert "accepted_at" not in office.bridge.get(path(story))
    tool.restart(story, "jdoe")
    states = [each["state"] for each in office.bridge.get(path(story, "/transitions"))]
    assert states == ["unscheduled", "unstarted", "started", "finished", "delivered", "accepted",
                      "rejected", "started"]  # fmt: skip


def test_the_time_in_each_state_is_told_when_asked_for(office: Office) -> None:
    story = office.story(story_type="bug")
    office.tool.start(story, "jdoe")
    office.clock.advance(90)
    office.tool.finish(story, "jdoe")
    found = office.bridge.get(path(story), fields="cycle_time_details")["cycle_time_details"]
    assert (found["started_time"], found["started_count"], found["finished_count"]) == (90000, 1, 1)


def test_a_finished_chore_is_accepted(office: Office) -> None:
    story = office.story(story_type="chore")
    assert office.tool.finish(story, "jdoe").state == "accepted"


def test_delete_answers_204_and_then_404(office: Office) -> None:
    story = office.story()
    answer = office.bridge.ask("DELETE", path(story))
    assert (answer.status_code, answer.content) == (204, b"")
    assert office.bridge.refused("GET", f"/stories/{story}")["status"] == 404
    assert office.bridge.refused("DELETE", path(story))["status"] == 404


def test_a_story_moved_to_another_project_keeps_id_labels_and_comments(office: Office) -> None:
    office.tool.add_project("other", {"bridge": "member", "jdoe": "owner"}, number=2999)
    story = office.story(labels=["urgent"])
    office.tool.comment(story, "alice", "hello")
    moved = office.bridge.send("PUT", path(story), {"project_id": 2999})
    assert (moved["id"], moved["project_id"]) == (story, 2999)
    assert [label["name"] for label in moved["labels"]] == ["urgent"]
    assert office.bridge.refused("GET", path(story))["status"] == 404
    assert office.bridge.get(f"/stories/{story}")["project_id"] == 2999
    kinds = {
        number: office.bridge.get(f"/projects/{number}/activity")[0]["kind"]
        for number in (ACME, 2999)
    }
    assert kinds == {
        ACME: "story_move_from_project_activity",
        2999: "story_move_into_project_activity",
    }
    assert office.bridge.refused("PUT", f"/stories/{story}", {"project_id": 1})["status"] == 400


def test_labels_are_lower_case_added_once_and_taken_off(office: Office) -> None:
    story = office.story()
    first = office.bridge.send("POST", path(story, "/labels"), {"name": "Spent:3h"})
    again = office.bridge.send("POST", path(story, "/labels"), {"id": first["id"]})
    assert first == again
    assert first["name"] == "spent:3h"
    assert office.tool.labels_of(story) == ["spent:3h"]
    assert office.bridge.get(path(story, "/labels"))[0]["id"] == first["id"]
    gone = office.bridge.ask("DELETE", path(story, f"/labels/{first['id']}"))
    assert gone.status_code == 204
    refused = office.bridge.refused("DELETE", path(story, f"/labels/{first['id']}"))
    assert refused["status"] == 404
    assert office.bridge.get(f"/projects/{ACME}/labels/{first['id']}")["name"] == "spent:3h"
    for body in ({}, {"id": 1}, {"label": {"name": "x"}}):
        assert office.bridge.refused("POST", path(story, "/labels"), body)["status"] == 400


def test_a_project_has_a_label_once(office: Office) -> None:
    made = office.bridge.send("POST", f"/projects/{ACME}/labels", {"name": "One"})
    assert made["name"] == "one"
    refused = office.bridge.refused("POST", f"/projects/{ACME}/labels", {"name": "ONE"})
    assert refused["validation_errors"][0]["field"] == "name"


def test_put_labels_is_the_whole_list(office: Office) -> None:
    story = office.story(labels=["a", "b"])
    office.bridge.send("PUT", path(story), {"labels": [{"name": "c"}, {"name": "b"}]})
    assert office.tool.labels_of(story) == ["b", "c"]
    office.bridge.send("PUT", path(story), {"labels": []})
    assert office.tool.labels_of(story) == []


def test_comments_are_written_edited_and_deleted_by_their_author(office: Office) -> None:
    story = office.story()
    comments = path(story, "/comments")
    made = office.bridge.send("POST", comments, {"text": "three hours"})
    assert made == {
        "kind": "comment", "id": made["id"], "story_id": story, "text": "three hours",
        "person_id": 104, "created_at": "2026-05-18T12:00:00Z",
        "updated_at": "2026-05-18T12:00:00Z",
    }  # fmt: skip
    one = f"{comments}/{made['id']}"
    office.clock.advance(5)
    assert office.bridge.send("PUT", one, {"text": "four"})["updated_at"] == "2026-05-18T12:00:05Z"
    refused = office.bridge.refused("PUT", one, {})
    assert refused["general_problem"].endswith("google_attachment_ids_to_remove, text")
    alice = office.program("alice")
    assert alice.refused("PUT", one, {"text": "mine"})["code"] == "unauthorized_operation"
    assert alice.refused("DELETE", one)["status"] == 403
    assert office.program("jdoe").ask("DELETE", one).status_code == 204  # an owner may
    assert office.bridge.get(comments) == []


@pytest.mark.parametrize("body", [{}, {"text": " "}, {"text": "x", "mood": 1}, {"text": 1}])
def test_a_comment_needs_a_text(office: Office, body: dict[str, Any]) -> None:
    assert office.bridge.refused("POST", path(office.story(), "/comments"), body)["status"] == 400


def test_nobody_comments_in_the_name_of_another(office: Office) -> None:
    body = {"text": "yes", "person_id": 101}
    refused = office.bridge.refused("POST", path(office.story(), "/comments"), body)
    assert refused["code"] == "unauthorized_operation"


def test_a_commit_comment_says_so(office: Office) -> None:
    story = office.story()
    office.tool.commit(story, "jdoe", "Commit by Jane: fix", "abc123")
    (comment,) = office.bridge.get(path(story, "/comments"))
    assert (comment["commit_type"], comment["commit_identifier"]) == ("github", "abc123")
    body = {"text": "Commit", "commit_identifier": "def"}
    assert "commit_identifier" in office.bridge.send("POST", path(story, "/comments"), body)


def test_a_blocker_is_settled_when_the_story_it_names_is(office: Office) -> None:
    first, second = office.story(story_type="bug"), office.story()
    office.tool.block(second, "jdoe", f"waits for #{first}")
    assert office.bridge.get(path(first), fields="blocked_story_ids")["blocked_story_ids"] == [
        second
    ]
    office.tool.accept(first, "alice")
    (blocker,) = office.bridge.get(path(second, "/blockers"))
    assert blocker["resolved"] is True
    other = office.bridge.send("POST", path(second, "/blockers"), {"description": "money"})
    settled = path(second, f"/blockers/{other['id']}")
    assert office.bridge.send("PUT", settled, {"resolved": True})["resolved"] is True
    assert office.bridge.refused("PUT", path(second, "/blockers/1"), {})["status"] == 404


def test_tasks_reviews_and_owners_are_listed(office: Office) -> None:
    story = office.story()
    office.tool.add_task(story, "jdoe", "call them", complete=True)
    office.tool.ask_review(story, "jdoe", "alice")
    office.tool.assign(story, "jdoe", "jdoe", "bridge")
    assert office.bridge.get(path(story, "/tasks"))[0]["complete"] is True
    (review,) = office.bridge.get(path(story, "/reviews"), fields=":default,review_type")
    assert (review["review_type"]["name"], review["status"]) == ("Code", "unstarted")
    owners = office.bridge.get(path(story, "/owners"))
    assert [owner["username"] for owner in owners] == ["jdoe", "bridge"]


def test_people_are_held_to_the_same_rules(office: Office) -> None:
    story = office.story()
    with pytest.raises(TrackerError, match="must be estimated"):
        office.tool.start(story, "jdoe")
    with pytest.raises(TrackerError, match="aren't authorized"):
        office.tool.comment(story, "mallory", "hello")
    with pytest.raises(TrackerError, match="aren't authorized"):
        office.tool.change_project(ACME, "alice", name="mine")
    comment = office.tool.comment(story, "alice", "hello").id
    with pytest.raises(TrackerError, match="aren't authorized"):
        office.tool.edit_comment(comment, "jdoe", "changed")
    office.tool.edit_comment(comment, "alice", "changed")
    office.tool.delete_comment(comment, "jdoe")
    with pytest.raises(KeyError, match="no label"):
        office.tool.unlabel(story, "jdoe", "none")
    with pytest.raises(KeyError, match="nobody"):
        office.tool.delete(story, "nobody")
    with pytest.raises(KeyError, match="no comment"):
        office.tool.delete_comment(comment, "jdoe")
    assert office.tool.story(story).comments == []


def test_one_owner_may_be_named_in_the_old_way(office: Office) -> None:
    story = office.story()
    assert office.bridge.send("PUT", path(story), {"owned_by_id": 102})["owner_ids"] == [102]
    assert office.bridge.send("PUT", path(story), {"owned_by_id": None})["owner_ids"] == []


def test_people_move_stories_and_the_world_names_what_it_lacks(office: Office) -> None:
    office.tool.add_project("other", {"jdoe": "owner"})
    story = office.story()
    comment = office.tool.comment(story, "jdoe", "hello").id
    assert office.tool.move(story, "jdoe", "other").project != ACME
    comments = f"/projects/{office.tool.story(story).project}/stories/{story}/comments/{comment}"
    assert office.program("jdoe").get(comments)["text"] == "hello"
    with pytest.raises(KeyError, match="no project"):
        office.tool.move(story, "jdoe", "nowhere")
    with pytest.raises(TrackerError, match="aren't authorized"):
        office.tool.move(story, "alice", ACME)


def test_people_label_prioritise_estimate_and_delete(office: Office) -> None:
    story = office.story()
    office.tool.label(story, "alice", "Urgent")
    office.tool.unlabel(story, "jdoe", "urgent")
    office.tool.prioritise(story, "alice", "p0")
    office.tool.estimate(story, "jdoe", 2)
    office.tool.estimate(story, "jdoe", None)
    assert office.tool.story(story).priority == "p0"
    assert office.tool.labels_of(story) == []
    office.tool.delete(story, "jdoe")
    assert office.bridge.get(STORIES) == []
