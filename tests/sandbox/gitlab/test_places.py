"""Users, tokens, groups, projects and merge requests as lists; other filters of issues."""

from __future__ import annotations

import pytest

from connectors.sandbox.core import Clock
from connectors.sandbox.gitlab import PROJECT, GitlabSandbox, Role
from connectors.sandbox.gitlab.records import Issue
from tests.sandbox.gitlab.conftest import Api


@pytest.fixture
def shops(gitlab: GitlabSandbox) -> None:
    """`acme/shops/bern`, and a public project of somebody else."""
    gitlab.add_group("acme/shops", "Shops")
    gitlab.add_project("acme/shops/bern")
    gitlab.add_group("other", visibility="public")
    gitlab.add_project("other/open", visibility="public")


def _paths(rows: list[dict[str, object]]) -> list[object]:
    return [row["path_with_namespace"] for row in rows]


@pytest.mark.usefixtures("shops")
def test_projects_are_listed_as_far_as_they_are_seen(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.archive_project("acme/shops/bern")
    assert _paths(api.rows("/projects")) == ["other/open", "acme/shops/bern", PROJECT]
    assert _paths(api.rows("/projects?membership=true&archived=false")) == [PROJECT]
    assert _paths(api.rows("/projects?search=open")) == ["other/open"]
    assert _paths(api.by("").rows("/projects")) == ["other/open"]


@pytest.mark.usefixtures("shops")
def test_groups_hold_groups_and_projects(api: Api) -> None:
    assert [row["full_path"] for row in api.rows("/groups")] == ["acme", "acme/shops", "other"]
    assert [row["full_path"] for row in api.rows("/groups/acme/subgroups")] == ["acme/shops"]
    assert _paths(api.rows("/groups/acme/projects")) == [PROJECT]
    assert len(api.rows("/groups/acme/projects?include_subgroups=true")) == 2
    assert (
        api.get("/groups/acme%2Fshops").json()["parent_id"] == api.get("/groups/acme").json()["id"]
    )
    assert api.get("/groups/none").json() == {"message": "404 Group Not Found"}
    assert api.get("/groups/acme/issues_statistics").json()["statistics"]["counts"]["all"] == 2


def test_a_member_of_a_project_sees_the_group_above_it(api: Api) -> None:
    assert api.by("alice").get("/groups/acme").status_code == 200
    assert api.by("alice").iids(place="/groups/acme") == [2, 1]


def test_users_are_found_by_login_and_id(api: Api) -> None:
    found = api.rows("/users?search=doe")
    assert [row["username"] for row in found] == ["jdoe"]
    assert api.get(f"/users/{found[0]['id']}").json()["bot"] is False
    assert api.get("/users/999").json() == {"message": "404 User Not Found"}
    assert len(api.rows("/personal_access_tokens")) == 2
    assert api.get("/metadata").json()["version"] == "18.7.0"


def test_members_are_searched_and_leave(api: Api, gitlab: GitlabSandbox) -> None:
    assert [row["username"] for row in api.rows("/projects/1/members?query=ali")] == ["alice"]
    alice = gitlab.user("alice").id
    assert len(api.rows(f"/projects/1/members/all?user_ids[]={alice}")) == 1
    gitlab.remove_member(PROJECT, "alice")
    assert api.by("alice").get("/projects/1").status_code == 404
    assert len(api.rows("/projects/1/users")) == 3


def test_head_answers_without_a_body(api: Api) -> None:
    got = api.call("HEAD", "/projects/1/issues")
    assert (got.status_code, got.content, got.headers["X-Total"]) == (200, b"", "2")


def test_merge_requests_are_listed_and_filtered(
    api: Api, gitlab: GitlabSandbox, clock: Clock
) -> None:
    first = gitlab.open_merge_request(PROJECT, "jdoe", "One", "See #2")
    clock.advance(60)
    second = gitlab.open_merge_request(PROJECT, "alice", "Two", "")
    gitlab.merge(first, "jdoe")
    at = "2026-05-18T08:01:00Z"
    place = "/projects/1/merge_requests"
    jdoe = gitlab.user("jdoe").id
    questions = {
        "": [second.iid, first.iid],
        "state=merged": [first.iid],
        f"iids[]={second.iid}": [second.iid],
        "labels=x": [],
        f"author_id={jdoe}": [first.iid],
        f"created_after={at}": [second.iid],
        f"updated_after={at}": [second.iid, first.iid],
        f"updated_before={at}": [],
    }
    for question, iids in questions.items():
        assert [row["iid"] for row in api.rows(f"{place}?{question}")] == iids, question
    assert len(api.rows("/groups/acme/merge_requests")) == 2
    assert api.rows("/merge_requests") == []
    assert len(api.rows("/merge_requests?scope=all")) == 2
    assert [row["iid"] for row in api.rows(f"{place}/1/related_issues")] == [2]
    gitlab.edit_merge_request(second, "alice", "Fixes #1")
    assert [row["iid"] for row in api.rows("/projects/1/issues/1/closed_by")] == [second.iid]
    notes = f"{place}/{second.iid}/notes"
    assert api.post(notes, body="Good").json()["resolvable"] is True
    assert [row["action_name"] for row in api.rows("/events")] == ["commented on"]
    kinds = api.rows("/projects/1/events?target_type=merge_request&action=created")
    assert len(kinds) == 2
    assert api.rows("/projects/1/events?before=2026-05-18") == []


# other filters of issues


@pytest.mark.parametrize(
    ("question", "iids"),
    [
        ("search=shop", [2]),
        ("search=form&in=description", []),
        ("assignee_id=None", [2]),
        ("assignee_id=Any", [1]),
        ("assignee_username=jdoe", [1]),
        ("author_username=alice", [2, 1]),
        ("milestone=None", [2]),
        ("milestone=Any", [1]),
        ("scope=assigned_to_me", []),
        ("scope=created-by-me", []),
        ("my_reaction_emoji=rocket", [2]),
        ("confidential=true", [2]),
        ("due_date=0", [1]),
        ("due_date=any", [2]),
        ("due_date=overdue", []),
        ("due_date=today", []),
        ("due_date=tomorrow", [2]),
        ("due_date=week", [2]),
        ("not[author_username]=alice", []),
        ("not[iids][]=2", [1]),
        ("order_by=title&sort=asc", [2, 1]),
        ("order_by=popularity", [1, 2]),
        ("order_by=due_date&sort=asc", [2, 1]),
        ("order_by=milestone_due&sort=asc", [1, 2]),
        ("order_by=weight", [2, 1]),
        ("order_by=relative_position&sort=asc", [1, 2]),
        ("order_by=label_priority&sort=asc", [1, 2]),
        ("search=SHOP&in=title&state=opened&created_before=2026-05-19", [2]),
        ("created_after=2026-05-19", []),
    ],
)
def test_a_filter_lets_through_what_it_says(
    api: Api, gitlab: GitlabSandbox, issue: Issue, question: str, iids: list[int]
) -> None:
    two = gitlab.issue(PROJECT, 2)
    gitlab.assign(issue, "jdoe", ["jdoe"])
    gitlab.bulk_edit([issue], "jdoe", milestone=gitlab.add_milestone(PROJECT, "May"))
    gitlab.set_confidential(two, "jdoe")
    gitlab.react(two, "bridge", "rocket")
    gitlab.react(issue, "alice")
    api.put("/projects/1/issues/2", due_date="2026-05-19")
    assert api.iids(question) == iids


def test_keyset_orders_by_stamps_only(api: Api) -> None:
    assert api.get("/projects/1/issues?pagination=keyset&order_by=title").status_code == 405
    assert api.iids("pagination=keyset&order_by=created_at&sort=desc") == [2, 1]


def test_any_issue_by_its_global_id_is_for_administrators(
    api: Api, gitlab: GitlabSandbox, issue: Issue
) -> None:
    assert api.get(f"/issues/{issue.id}").status_code == 403
    gitlab.user("bridge").admin = True
    assert api.get(f"/issues/{issue.id}").json()["iid"] == 1
    assert api.get("/issues/1").status_code == 404


@pytest.mark.parametrize("key", ["²", "9" * 5000, "0", "-1"])
def test_what_is_no_id_names_no_project(api: Api, key: str) -> None:
    assert api.get(f"/projects/{key}").status_code == 404


def test_searches_have_a_limit_of_their_own(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.limits.search = 1
    assert api.iids("search=shop") == [2]
    assert api.get("/projects/1/issues?search=shop").status_code == 429
    assert api.iids() == [2, 1]


def test_roles_above_reporter_are_inherited_from_the_group(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.add_member("acme", "mallory", Role.MAINTAINER)
    note = api.post("/projects/1/issues/1/notes", body="x").json()["id"]
    changed = api.by("mallory").put(f"/projects/1/issues/1/notes/{note}", body="y")
    assert changed.json()["body"] == "y"
