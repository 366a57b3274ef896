"""Issues that move, merge requests that name them, links, Service Desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.sandbox.core import Clock
from connectors.sandbox.gitlab import PROJECT, GitlabSandbox, Invalid, Role
from connectors.sandbox.gitlab.records import Issue
from tests.sandbox.gitlab.conftest import Api

ONE = "/projects/1/issues/1"


@pytest.fixture
def shop(gitlab: GitlabSandbox) -> None:
    """A second project."""
    gitlab.add_project("acme/shop")


@pytest.mark.usefixtures("shop")
def test_a_moved_issue_closes_and_names_its_copy(api: Api, issue: Issue) -> None:
    got = api.post(f"{ONE}/move", to_project_id=2)
    copy = got.json()
    assert (got.status_code, copy["project_id"], copy["iid"]) == (201, 2, 1)
    old = api.issue()
    assert (old["state"], old["moved_to_id"]) == ("closed", copy["id"])
    assert (copy["author"]["username"], copy["created_at"]) == ("alice", old["created_at"])
    bodies = [row["body"] for row in api.rows("/projects/2/issues/1/notes?sort=asc")]
    assert bodies[0] == "We look at it now."
    assert bodies[-1] == "moved from acme/site#1"
    assert copy["labels"] == old["labels"]
    assert {note.id for note in issue.notes}.isdisjoint(
        row["id"] for row in api.rows("/projects/2/issues/1/notes")
    )


@pytest.mark.parametrize(("version", "seconds"), [("16", 0), ("17", 1800)])
def test_time_entries_follow_as_copies_since_17(clock: Clock, version: str, seconds: int) -> None:
    gitlab = GitlabSandbox.seeded(version=version, clock=clock)
    gitlab.add_project("acme/shop")
    old = gitlab.issue(PROJECT, 1)
    copy = gitlab.move_issue(old, "jdoe", "acme/shop")
    assert (old.total_time_spent, copy.total_time_spent) == (1800, seconds)


def test_a_move_to_nowhere_is_refused(api: Api) -> None:
    assert api.post(f"{ONE}/move", to_project_id=99).json() == {"message": "404 Project Not Found"}
    assert api.post(f"{ONE}/move", to_project_id=1).status_code == 400


def test_only_owners_and_planners_delete(api: Api, gitlab: GitlabSandbox) -> None:
    assert api.delete(ONE).status_code == 403
    gitlab.add_member(PROJECT, "alice", Role.OWNER)
    assert api.by("alice").delete(ONE).status_code == 204
    assert api.get(ONE).status_code == 404


# merge requests


def test_a_merge_request_closes_one_issue_and_mentions_another(
    api: Api, gitlab: GitlabSandbox, issue: Issue, clock: Clock
) -> None:
    clock.advance(600)
    request = gitlab.open_merge_request(PROJECT, "jdoe", "Repair", "Closes #1\n\nSee also #2")
    assert issue.updated_at == clock.now()
    related = {iid: api.rows(f"/projects/1/issues/{iid}/related_merge_requests") for iid in (1, 2)}
    assert [row["iid"] for rows in related.values() for row in rows] == [request.iid] * 2
    assert len(api.rows(f"{ONE}/closed_by")) == 1
    assert api.rows("/projects/1/issues/2/closed_by") == []
    closes = api.rows(f"/projects/1/merge_requests/{request.iid}/closes_issues")
    assert [row["iid"] for row in closes] == [1]
    assert api.issue()["merge_requests_count"] == 1
    gitlab.merge(request, "jdoe")
    assert (issue.state, api.rows("/projects/1/merge_requests")[0]["state"]) == (
        "closed",
        "merged",
    )


def test_time_of_a_merge_request_is_its_own(api: Api, gitlab: GitlabSandbox, issue: Issue) -> None:
    request = gitlab.open_merge_request(PROJECT, "jdoe", "Repair", "Fixes #1")
    gitlab.log_time(request, "jdoe", "2h", summary="repair")
    stats = api.get(f"/projects/1/merge_requests/{request.iid}/time_stats").json()
    assert stats["total_time_spent"] == 7200
    assert issue.total_time_spent == 1800
    got = api.ask(
        '{project(fullPath:"acme/site"){mergeRequest(iid:"1"){timelogs{nodes{timeSpent summary'
        " mergeRequest{iid} issue{iid}}}} timelogs{count}}}"
    )["data"]["project"]
    assert got["mergeRequest"]["timelogs"]["nodes"] == [
        {"timeSpent": 7200, "summary": "repair", "mergeRequest": {"iid": "1"}, "issue": None}
    ]
    assert got["timelogs"]["count"] == 2


def test_a_merge_request_of_another_project_is_related_and_not_closing(
    api: Api, gitlab: GitlabSandbox
) -> None:
    gitlab.add_project("acme/shop")
    gitlab.open_merge_request("acme/shop", "jdoe", "Elsewhere", "Closes acme/site#1")
    assert len(api.rows(f"{ONE}/related_merge_requests")) == 1
    assert api.rows(f"{ONE}/closed_by") == []


def test_a_guest_sees_no_merge_requests_of_a_private_project(
    api: Api, gitlab: GitlabSandbox
) -> None:
    gitlab.open_merge_request(PROJECT, "jdoe", "Repair", "Closes #1")
    assert api.by("mallory").rows(f"{ONE}/related_merge_requests") == []
    assert api.by("mallory").get("/projects/1/merge_requests/1").status_code == 404


def test_code_names_no_issue(gitlab: GitlabSandbox) -> None:
    request = gitlab.open_merge_request(PROJECT, "jdoe", "Repair", "`Closes #1`")
    assert (request.closes, request.mentions) == ([], [])


# links


def test_links_go_both_ways_and_move_no_stamp(api: Api, issue: Issue, clock: Clock) -> None:
    before = issue.updated_at
    clock.advance(600)
    made = api.post(f"{ONE}/links", target_project_id="acme/site", target_issue_iid=2)
    assert made.status_code == 201
    assert made.json()["target_issue"]["iid"] == 2
    row = api.rows("/projects/1/issues/2/links")[0]
    assert (row["iid"], row["link_type"]) == (1, "relates_to")
    assert issue.updated_at == before
    again = api.post(f"{ONE}/links", target_project_id=1, target_issue_iid=2)
    assert (again.status_code, again.json()) == (409, {"message": "Issue(s) already assigned"})
    assert api.delete(f"{ONE}/links/{row['issue_link_id']}").status_code == 200
    assert api.rows(f"{ONE}/links") == []


def test_blocking_links_are_for_paid_tiers(api: Api, serve: Callable[[GitlabSandbox], Api]) -> None:
    body = {"target_project_id": 1, "target_issue_iid": 2, "link_type": "blocks"}
    assert api.post(f"{ONE}/links", **body).json() == {
        "error": "link_type does not have a valid value"
    }
    assert serve(GitlabSandbox.seeded(paid=True)).post(f"{ONE}/links", **body).status_code == 201


# service desk


@pytest.fixture
def ticket(gitlab: GitlabSandbox) -> Issue:
    return gitlab.service_desk_mail(
        PROJECT,
        "bob@acme.example",
        "Help",
        "It is broken.\n/close",
        participants=["c@acme.example"],
    )


def test_a_mail_opens_a_confidential_issue_of_the_support_bot(api: Api, ticket: Issue) -> None:
    row = api.issue(ticket.iid)
    assert row["author"]["username"] == "support-bot"
    assert (row["confidential"], row["service_desk_reply_to"]) == (True, "bob@acme.example")
    assert (row["state"], row["type"]) == ("opened", "TICKET")
    assert api.by("mallory").get(f"/projects/1/issues/{ticket.iid}").status_code == 404


def test_public_notes_are_mailed_and_internal_ones_are_not(
    api: Api, gitlab: GitlabSandbox, ticket: Issue
) -> None:
    notes = f"/projects/1/issues/{ticket.iid}/notes"
    api.post(notes, body="Between us", internal=True)
    assert gitlab.mails == []
    api.post(notes, body="We look at it\n\n/spend 15m")
    assert [mail.to for mail in gitlab.mails] == ["bob@acme.example", "c@acme.example"]
    assert gitlab.mails[0].body == "We look at it"


def test_an_answer_by_mail_is_a_note_of_the_bot_that_runs_no_commands(
    api: Api, gitlab: GitlabSandbox, ticket: Issue
) -> None:
    gitlab.service_desk_mail(PROJECT, "bob@acme.example", "Re: Help", "Ok\n/close", issue=ticket)
    row = api.rows(f"/projects/1/issues/{ticket.iid}/notes")[0]
    assert (row["author"]["username"], row["body"]) == ("support-bot", "Ok\n/close")
    assert "external_author" not in row
    assert [mail.to for mail in gitlab.mails] == ["c@acme.example"]
    assert ticket.state == "opened"


@pytest.mark.parametrize("reopen", [True, False])
def test_a_closed_ticket_reopens_only_where_enabled(
    gitlab: GitlabSandbox, ticket: Issue, reopen: bool
) -> None:
    gitlab.close(ticket, "jdoe")
    gitlab.service_desk_mail(PROJECT, "bob@acme.example", "", "Again", issue=ticket, reopen=reopen)
    assert ticket.state == ("opened" if reopen else "closed")


# people who may not


def test_people_are_held_to_their_roles(gitlab: GitlabSandbox, issue: Issue) -> None:
    gitlab.add_user("eve")
    with pytest.raises(PermissionError):
        gitlab.close(issue, "mallory")
    with pytest.raises(PermissionError):
        gitlab.comment(issue, "eve", "Hello")
    with pytest.raises(Invalid):
        gitlab.comment(issue, "jdoe", "/close")
    with pytest.raises(LookupError):
        gitlab.comment(issue, "nobody", "Hello")
    gitlab.label(issue, "alice", add=["approval::approved"])
    assert "approval::approved" in [label.name for label in issue.labels]
