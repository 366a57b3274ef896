"""Quick actions: what runs, with whose rights, and what is left of the text."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.sandbox.core import Clock
from connectors.sandbox.gitlab import PROJECT, GitlabSandbox
from connectors.sandbox.gitlab.records import Issue
from tests.sandbox.gitlab.conftest import Api

NOTES = "/projects/1/issues/1/notes"


def test_time_and_text_in_one_note(api: Api, issue: Issue) -> None:
    got = api.post(NOTES, body="Done. <!-- 4711 -->\n\n/spend 90m")
    assert got.status_code == 201
    assert got.json()["body"] == "Done. <!-- 4711 -->"
    assert got.json()["commands_changes"]["spend_time"]["duration"] == 5400
    log = issue.timelogs[-1]
    assert (log.seconds, log.user.username) == (5400, "bridge")
    assert log.note is not None
    assert log.note.id == got.json()["id"]


def test_commands_alone_leave_no_note(api: Api, issue: Issue) -> None:
    got = api.post(NOTES, body="/close\n/label ~request\n/estimate 2h")
    assert got.status_code == 202
    assert "id" not in got.json()
    assert got.json()["commands_changes"] == {
        "state_event": "close",
        "add_label_ids": [2],
        "time_estimate": 7200,
    }
    assert got.json()["summary"][0] == "Closed this issue."
    assert (issue.state, issue.time_estimate) == ("closed", 7200)
    assert "request" in [label.name for label in issue.labels]


@pytest.mark.parametrize(
    "body", ["/spend soon", "/reopen", "/label ~unknown", "/spend 1h 2099-01-01", "/title"]
)
def test_commands_that_fail_alone_are_refused(api: Api, issue: Issue, body: str) -> None:
    before = issue.comments
    got = api.post(NOTES, body=body)
    assert got.status_code == 400
    assert "Failed to apply commands" in got.json()["message"]
    assert issue.comments == before


def test_a_refused_command_leaves_just_the_note(api: Api, issue: Issue) -> None:
    got = api.by("mallory").post(NOTES, body="Please\n/spend 5h\n/label ~request")
    assert got.status_code == 201
    assert (got.json()["body"], got.json()["commands_changes"]) == ("Please", {})
    assert issue.total_time_spent == 1800


def test_a_command_runs_with_the_rights_of_whoever_sends_it(
    api: Api, gitlab: GitlabSandbox
) -> None:
    own = gitlab.open_issue(PROJECT, "mallory", "Mine")
    api.by("mallory").post(f"/projects/1/issues/{own.iid}/notes", body="/close")
    assert own.state == "closed"
    api.by("mallory").post(NOTES, body="x\n/close")
    assert gitlab.issue(PROJECT, 1).state == "opened"


@pytest.mark.parametrize(
    "body",
    [
        "> /close",
        "    /close",
        "text /close",
        "```\n/close\n```",
        "<details>\n/close\n</details>",
        ">>>\n/close\n>>>",
        "/closed",
        "/unknown 1h",
    ],
)
def test_what_does_not_begin_its_line_as_a_known_command_is_text(
    api: Api, issue: Issue, body: str
) -> None:
    assert api.post(NOTES, body=body).status_code == 201
    assert issue.state == "opened"


@pytest.mark.parametrize("body", ["Hello\n/CLOSE", "Hello\r\n/close\r\nBye", "/close\nBye"])
def test_a_command_runs_in_any_case_and_anywhere_in_a_body(
    api: Api, issue: Issue, body: str
) -> None:
    assert api.post(NOTES, body=body).status_code == 201
    assert issue.state == "closed"


def test_a_description_and_an_edited_note_run_commands_too(
    api: Api, gitlab: GitlabSandbox, issue: Issue
) -> None:
    made = api.post("/projects/1/issues", title="/close me", description="Words\n/estimate 1h")
    assert (made.json()["description"], made.json()["state"]) == ("Words", "opened")
    assert made.json()["time_stats"]["time_estimate"] == 3600
    api.put("/projects/1/issues/1", description="Changed\n/spend 1h")
    assert (issue.description, issue.total_time_spent) == ("Changed", 5400)
    note = gitlab.comment(issue, "bridge", "Text")
    api.put(f"{NOTES}/{note.id}", body="Text\n/close")
    assert issue.state == "closed"


def test_spent_time_may_be_dated_back(api: Api, issue: Issue) -> None:
    api.post(NOTES, body="/spend 1h 2026-05-04")
    assert issue.timelogs[-1].spent_at.isoformat() == "2026-05-04T12:00:00+00:00"


def test_titles_people_dates_and_locks(api: Api, issue: Issue) -> None:
    body = (
        "/title Another\n/assign @jdoe\n/due 2026-06-01\n/lock\n/award :rocket:\n/unlabel ~incident"
    )
    assert api.post(NOTES, body=body).status_code == 202
    assert issue.title == "Another"
    assert [user.username for user in issue.assignees] == ["jdoe"]
    assert str(issue.due_date) == "2026-06-01"
    assert issue.discussion_locked
    assert [award.name for award in issue.awards] == ["rocket"]
    assert "incident" not in [label.name for label in issue.labels]


def test_taking_away_all_time_books_its_opposite(api: Api, issue: Issue) -> None:
    api.post(NOTES, body="/remove_time_spent")
    assert [log.seconds for log in issue.timelogs] == [1800, -1800]


@pytest.mark.parametrize(("version", "status"), [("16.9", 400), ("16.10", 202)])
def test_an_issue_becomes_a_ticket_since_16_10(
    serve: Callable[[GitlabSandbox], Api], clock: Clock, version: str, status: int
) -> None:
    gitlab = GitlabSandbox.seeded(version=version, clock=clock)
    got = serve(gitlab).post(NOTES, body="/convert_to_ticket client@acme.example")
    assert got.status_code == status
    author = gitlab.issue(PROJECT, 1).author.username
    assert author == ("support-bot" if status == 202 else "alice")


def test_a_command_moves_an_issue(api: Api, gitlab: GitlabSandbox, issue: Issue) -> None:
    gitlab.add_project("acme/shop")
    api.post(NOTES, body="/move acme/shop")
    assert issue.state == "closed"
    assert issue.moved_to is gitlab.issue("acme/shop", 1)
