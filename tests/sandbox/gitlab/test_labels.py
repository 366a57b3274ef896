"""Labels: given, taken, created, of projects and groups, scoped; and the events they leave."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.sandbox.core import Clock
from connectors.sandbox.gitlab import PROJECT, GitlabSandbox
from connectors.sandbox.gitlab.records import Issue
from tests.sandbox.gitlab.conftest import Api

ONE = "/projects/1/issues/1"


def test_added_and_removed_labels_apply_to_the_present_ones(api: Api) -> None:
    got = api.put(ONE, add_labels="request,priority::2", remove_labels="priority::1,priority::3")
    assert got.json()["labels"] == ["incident", "priority::2", "request", "severity::blocking"]


def test_labels_replace_and_an_empty_list_takes_all(api: Api) -> None:
    assert api.put(ONE, labels="request", add_labels=["incident"]).json()["labels"] == [
        "incident",
        "request",
    ]
    assert api.put(ONE, labels="").json()["labels"] == []


def test_the_same_change_again_changes_nothing(api: Api, issue: Issue) -> None:
    for _ in range(2):
        api.put(ONE, add_labels="request", remove_labels="incident")
    assert len(issue.label_events) == 3 + 2


def test_a_missing_label_is_created_in_the_project(api: Api) -> None:
    api.put(ONE, add_labels="never seen")
    row = next(row for row in api.rows("/projects/1/labels?per_page=100&search=never"))
    assert row["is_project_label"] is True
    assert "never seen" in api.issue()["labels"]
    assert api.rows("/groups/acme/labels?search=never") == []


def test_labels_of_the_group_above_are_the_projects_too(api: Api) -> None:
    found = api.rows("/projects/1/labels?per_page=100")
    assert {row["is_project_label"] for row in found} == {False}
    assert "priority::1" in [row["name"] for row in found]
    assert api.rows("/projects/1/labels?include_ancestor_groups=false") == []


def test_names_of_labels_differ_by_case(api: Api) -> None:
    api.put(ONE, add_labels="Incident")
    assert {"incident", "Incident"} <= set(api.issue()["labels"])


@pytest.mark.parametrize(
    ("paid", "left"), [(True, {"priority::3"}), (False, {"priority::1", "priority::3"})]
)
def test_scoped_labels_exclude_each_other_only_when_paid(
    serve: Callable[[GitlabSandbox], Api], paid: bool, left: set[str]
) -> None:
    api = serve(GitlabSandbox.seeded(paid=paid))
    labels = api.put(ONE, add_labels="priority::3").json()["labels"]
    assert {name for name in labels if name.startswith("priority")} == left


def test_an_update_without_a_known_field_is_refused(api: Api) -> None:
    got = api.put(ONE, priority=1)
    assert got.status_code == 400
    assert "at least one parameter must be provided" in got.json()["error"]


def test_errors_of_the_model_are_told_by_field(api: Api) -> None:
    assert api.put(ONE, title=" ").json() == {"message": {"title": ["can't be blank"]}}
    assert "too long" in api.put(ONE, title="x" * 256).json()["message"]["title"][0]
    assert api.put(ONE, state_event="resolve").json() == {
        "error": "state_event does not have a valid value"
    }
    assert api.post("/projects/1/issues").json() == {"error": "title is missing"}


def test_a_label_event_tells_who_and_when(
    api: Api, gitlab: GitlabSandbox, issue: Issue, clock: Clock
) -> None:
    clock.advance(5)
    gitlab.label(issue, "alice", add=["approval::approved"])
    event = api.rows(f"{ONE}/resource_label_events")[-1]
    assert (event["user"]["username"], event["action"]) == ("alice", "add")
    assert event["label"]["name"] == "approval::approved"
    assert event["created_at"] == "2026-05-18T08:00:05.123Z"
    assert api.get(f"{ONE}/resource_label_events/{event['id']}").json() == event
    assert not [row for row in api.rows(f"{ONE}/notes") if "approval" in row["body"]]


def test_a_deleted_label_leaves_its_events_without_a_label(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.delete_label(PROJECT, "incident")
    assert "incident" not in api.issue()["labels"]
    assert None in [row["label"] for row in api.rows(f"{ONE}/resource_label_events")]


def test_a_renamed_label_stays_on_its_issues(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.rename_label(PROJECT, "incident", "outage")
    assert "outage" in api.issue()["labels"]


def test_labels_are_made_changed_and_deleted_by_the_team(api: Api) -> None:
    labels = "/projects/1/labels"
    made = api.post(labels, name="new", color="#ff0000")
    assert made.status_code == 201
    assert api.post(labels, name="new", color="#ff0000").status_code == 409
    assert api.post(labels, name="a,b", color="red!").json() == {
        "message": {"title": ["is invalid"], "color": ["must be a valid color code"]}
    }
    assert api.put(f"{labels}/new", new_name="newer").json()["name"] == "newer"
    assert api.put(labels, name="newer", color="#00ff00").json()["color"] == "#00ff00"
    assert "at least one parameter" in api.put(f"{labels}/newer").json()["error"]
    assert api.by("mallory").delete(f"{labels}/newer").status_code == 403
    assert api.delete(f"{labels}/newer").status_code == 204
    assert api.get(f"{labels}/newer").json() == {"message": "404 Label Not Found"}
    assert api.delete(f"{labels}/incident").status_code == 404


def test_details_of_labels_come_when_asked(api: Api) -> None:
    row = api.rows("/projects/1/issues?with_labels_details=true&iids[]=1")[0]
    assert {"id", "name", "color", "description"} <= set(row["labels"][0])


def test_states_and_milestones_leave_events_and_no_notes(
    api: Api, gitlab: GitlabSandbox, issue: Issue
) -> None:
    milestone = gitlab.add_milestone(PROJECT, "May")
    notes = len(issue.notes)
    api.put(ONE, state_event="close", milestone_id=milestone.id)
    api.put(ONE, state_event="reopen")
    assert [row["state"] for row in api.rows(f"{ONE}/resource_state_events")] == [
        "closed",
        "reopened",
    ]
    assert api.rows(f"{ONE}/resource_milestone_events")[0]["milestone"]["title"] == "May"
    assert len(issue.notes) == notes
    assert api.issue()["closed_at"] is None
    assert api.iids("milestone=May") == [1]


def test_the_feed_tells_whole_days_and_neither_labels_nor_time(
    api: Api, gitlab: GitlabSandbox, issue: Issue, clock: Clock
) -> None:
    clock.advance(86400)
    gitlab.close(issue, "jdoe")
    gitlab.label(issue, "jdoe", add=["request"])
    gitlab.log_time(issue, "jdoe", "1h")
    feed = api.rows("/projects/1/events")
    assert [row["action_name"] for row in feed] == ["closed", "opened", "commented on", "opened"]
    after = api.rows("/projects/1/events?after=2026-05-18")
    assert [row["action_name"] for row in after] == ["closed"]
    assert api.rows("/projects/1/events?after=2026-05-19") == []
    notes = api.rows("/projects/1/events?target_type=note")
    assert notes[0]["note"]["body"] == "We look at it now."
