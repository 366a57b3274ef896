"""What python-gitlab does with it: the library's calls are answered as by the real server."""

from __future__ import annotations

from collections.abc import Iterator

import gitlab as library
import pytest
from gitlab.v4.objects import Project, ProjectIssue

from connectors.sandbox.gitlab import BRIDGE_TOKEN, TOKENS, GitlabSandbox
from tests.sandbox.gitlab.conftest import Api


@pytest.fixture
def client(api: Api) -> Iterator[library.Gitlab]:
    with library.Gitlab(api.url, private_token=BRIDGE_TOKEN, timeout=10) as client:
        yield client


@pytest.fixture
def project(client: library.Gitlab) -> Project:
    return client.projects.get("acme/site")


@pytest.fixture
def first(project: Project) -> ProjectIssue:
    return project.issues.get(1)


def test_it_signs_in_and_reads_the_version(client: library.Gitlab) -> None:
    client.auth()
    assert client.user is not None
    assert client.user.username == "bridge"
    assert client.version()[0] == "18.7.0"
    assert client.personal_access_tokens.get("self").scopes == ["api"]


def test_it_walks_lists_by_offset_and_keyset(
    client: library.Gitlab, project: Project, gitlab: GitlabSandbox
) -> None:
    gitlab.fill(250, notes=0)
    rows = list(project.issues.list(iterator=True, per_page=100))
    walk = client.http_list(
        "/projects/1/issues",
        iterator=True,
        per_page=100,
        pagination="keyset",
        order_by="updated_at",
        sort="asc",
    )
    assert len(rows) == len(list(walk)) == 252
    assert len(client.groups.get("acme").issues.list(get_all=True)) == 252
    assert len(client.issues.list(get_all=True, scope="all", iids=[1, 2])) == 2


def test_it_writes_notes_labels_time_and_reactions(project: Project, first: ProjectIssue) -> None:
    note = first.notes.create({"body": "Hello", "internal": True})
    assert note.internal is True
    note.body = "Hello again"
    note.save()
    assert first.notes.get(note.id).body == "Hello again"
    assert note.awardemojis.create({"name": "thumbsup"}).name == "thumbsup"
    assert first.awardemojis.create({"name": "rocket"}).user["username"] == "bridge"
    assert len(first.awardemojis.list(get_all=True)) == 1
    assert first.time_estimate("90m")["time_estimate"] == 5400
    assert first.add_spent_time("30m", summary="work")["total_time_spent"] == 3600
    assert first.reset_time_estimate()["time_estimate"] == 0
    answer = project.issues.update(1, {"add_labels": "request", "remove_labels": "incident"})
    assert "request" in answer["labels"]
    note.delete()
    with pytest.raises(library.GitlabGetError):
        first.notes.get(note.id)


def test_a_note_of_commands_only_has_no_id(first: ProjectIssue) -> None:
    assert not hasattr(first.notes.create({"body": "/spend 1h"}), "id")


def test_it_opens_saves_moves_and_closes(
    project: Project, client: library.Gitlab, gitlab: GitlabSandbox
) -> None:
    shop = gitlab.add_project("acme/shop")
    made = project.issues.create({"title": "New", "labels": ["a", "b"], "due_date": "2026-06-01"})
    made.state_event = "close"
    made.title = "Newer"
    made.save()
    assert (made.state, made.title) == ("closed", "Newer")
    made.move(shop.id)
    assert client.projects.get("acme/shop").issues.get(1).title == "Newer"


def test_it_reads_all_that_hangs_on_an_issue(
    first: ProjectIssue, project: Project, gitlab: GitlabSandbox
) -> None:
    gitlab.open_merge_request("acme/site", "jdoe", "Repair", "Closes #1")
    first.links.create({"target_project_id": 1, "target_issue_iid": 2})
    first.subscribe()
    first.todo()
    assert len(first.resourcelabelevents.list(get_all=True)) == 3
    assert first.resourcestateevents.list(get_all=True) == []
    assert first.resourcemilestoneevents.list(get_all=True) == []
    assert len(first.discussions.list(get_all=True)) == len(first.notes.list(get_all=True))
    assert len(list(first.related_merge_requests())) == len(list(first.closed_by())) == 1
    assert [row.iid for row in first.links.list(get_all=True)] == [2]
    assert {row["username"] for row in first.participants()} == {"alice", "jdoe"}
    assert project.mergerequests.get(1).time_stats()["total_time_spent"] == 0
    assert len(list(project.mergerequests.get(1).closes_issues())) == 1
    assert project.events.list(get_all=True, target_type="issue")
    assert len(project.members_all.list(get_all=True)) == 4
    assert project.issues_statistics.get().statistics["counts"]["opened"] == 2
    assert project.milestones.list(get_all=True) == []


def test_it_makes_renames_and_deletes_labels(project: Project) -> None:
    label = project.labels.create({"name": "new", "color": "#112233"})
    label.new_name = "newer"
    label.save()
    assert project.labels.get("newer").color == "#112233"
    project.labels.delete("newer")
    assert "newer" not in [row.name for row in project.labels.list(get_all=True)]


def test_it_raises_what_it_says_it_raises(api: Api, gitlab: GitlabSandbox) -> None:
    wrong = library.Gitlab(api.url, private_token="wrong")
    with wrong, pytest.raises(library.GitlabAuthenticationError):
        wrong.auth()
    with library.Gitlab(api.url, private_token=TOKENS["mallory"]) as guest:
        project = guest.projects.get(1)
        with pytest.raises(library.GitlabUpdateError) as refused:
            project.issues.update(1, {"title": "x"})
        assert refused.value.response_code == 403
        with pytest.raises(library.GitlabGetError) as absent:
            project.issues.get(99)
        assert absent.value.response_code == 404
    gitlab.rename_project("acme/site", "shop")
    with library.Gitlab(api.url, private_token=BRIDGE_TOKEN) as client:
        assert client.projects.get("acme/site").path_with_namespace == "acme/shop"
        with pytest.raises(library.GitlabCreateError) as moved:
            client.projects.get("acme/site", lazy=True).issues.create({"title": "x"})
        assert moved.value.response_code == 405
