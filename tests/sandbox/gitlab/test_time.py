"""Estimates and spent time, over REST and GraphQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from connectors.sandbox.core import Clock
from connectors.sandbox.gitlab import PROJECT, READER_TOKEN, GitlabSandbox
from connectors.sandbox.gitlab.records import Issue
from tests.sandbox.gitlab.conftest import MORNING, Api

ONE = "/projects/1/issues/1"
LOGS = (
    "query($path: ID!, $iid: String!, $after: String) { project(fullPath: $path) {"
    " issue(iid: $iid) { timelogs(first: 2, after: $after) {"
    " nodes { id timeSpent summary spentAt user { username } }"
    " pageInfo { hasNextPage endCursor } totalSpentTime } } } }"
)
CREATE = (
    "mutation($id: IssuableID!, $time: String!, $summary: String!, $at: Time) {"
    " timelogCreate(input: {issuableId: $id, timeSpent: $time, summary: $summary, spentAt: $at}) {"
    " timelog { id timeSpent summary spentAt } errors } }"
)


def test_an_estimate_is_absolute_and_leaves_a_note_per_change(api: Api, issue: Issue) -> None:
    got = api.post(f"{ONE}/time_estimate", duration="90m")
    assert (got.status_code, got.json()["time_estimate"]) == (200, 5400)
    assert got.json()["human_time_estimate"] == "1h 30m"
    count = len(issue.notes)
    api.post(f"{ONE}/time_estimate", duration="90m")
    assert len(issue.notes) == count
    assert api.post(f"{ONE}/reset_time_estimate").json()["time_estimate"] == 0


@pytest.mark.parametrize("duration", ["soon", "-1h", "0", ""])
def test_an_estimate_that_is_none_is_refused(api: Api, duration: str) -> None:
    got = api.post(f"{ONE}/time_estimate", duration=duration)
    assert got.status_code == 400
    assert list(got.json()["message"]) == ["time_estimate"]
    assert api.post(f"{ONE}/time_estimate").json() == {"error": "duration is missing"}


def test_spent_time_adds_each_time(api: Api, issue: Issue) -> None:
    for _ in range(2):
        got = api.post(f"{ONE}/add_spent_time", duration="1h", summary="work [tma:1]")
    assert (got.status_code, got.json()["total_time_spent"]) == (201, 1800 + 7200)
    assert [log.summary for log in issue.timelogs[1:]] == ["work [tma:1]"] * 2


def test_parameters_may_stand_in_the_query(api: Api, issue: Issue) -> None:
    got = api.call("POST", f"{ONE}/add_spent_time?duration=15m&summary=in+the+query")
    assert got.status_code == 201
    assert issue.timelogs[-1].summary == "in the query"
    form = api.call("POST", f"{ONE}/add_spent_time", data={"duration": "15m"})
    assert form.json()["total_time_spent"] == 3600


def test_more_time_than_was_spent_cannot_be_taken_back(api: Api) -> None:
    assert api.post(f"{ONE}/add_spent_time", duration="-30m").json()["total_time_spent"] == 0
    got = api.post(f"{ONE}/add_spent_time", duration="-1m")
    assert (got.status_code, got.json()) == (
        400,
        {"message": {"base": ["Time to subtract exceeds the total time spent"]}},
    )


def test_summaries_and_totals_have_an_end(api: Api) -> None:
    long = api.post(f"{ONE}/add_spent_time", duration="1h", summary="x" * 256)
    assert long.status_code == 400
    assert api.post(f"{ONE}/add_spent_time", duration="99mo").status_code == 400
    assert api.post(f"{ONE}/add_spent_time", duration="soon").status_code == 400


def test_reset_takes_everybodys_time(api: Api) -> None:
    assert api.post(f"{ONE}/reset_spent_time").json()["total_time_spent"] == 0
    assert api.get(f"{ONE}/time_stats").json()["human_total_time_spent"] is None


def test_rest_tells_no_single_entry(api: Api) -> None:
    assert api.get(f"{ONE}/timelogs").status_code == 404
    assert "timelogs" not in api.issue()


@pytest.mark.parametrize(
    ("version", "words"),
    [("15", "changed time estimate to 2h"), ("18", "changed time estimate to 2h from 1h")],
)
def test_the_wording_of_system_notes_changes_with_the_version(
    serve: Callable[[GitlabSandbox], Api], version: str, words: str
) -> None:
    api = serve(GitlabSandbox.seeded(version=version))
    for duration in ("1h", "2h"):
        api.post(f"{ONE}/time_estimate", duration=duration)
    assert words in [row["body"] for row in api.rows(f"{ONE}/notes")]


# GraphQL


def test_entries_come_in_pages_with_their_users(
    api: Api, gitlab: GitlabSandbox, issue: Issue
) -> None:
    gitlab.log_time(issue, "jdoe", "1h", summary="later", at=MORNING + timedelta(hours=1))
    gitlab.log_time(issue, "bridge", "15m", summary="x [tma:1]", at=MORNING - timedelta(hours=1))
    first = api.ask(LOGS, path="acme/site", iid="1")["data"]["project"]["issue"]["timelogs"]
    assert [(row["timeSpent"], row["user"]["username"]) for row in first["nodes"]] == [
        (900, "bridge"),
        (1800, "jdoe"),
    ]
    assert first["nodes"][0]["spentAt"] == "2026-05-18T07:00:00Z"
    assert first["totalSpentTime"] == "6300"
    assert first["pageInfo"]["hasNextPage"] is True
    cursor = first["pageInfo"]["endCursor"]
    rest = api.ask(LOGS, path="acme/site", iid="1", after=cursor)
    logs = rest["data"]["project"]["issue"]["timelogs"]
    assert [row["summary"] for row in logs["nodes"]] == ["later"]
    assert logs["pageInfo"]["hasNextPage"] is False


def test_an_entry_is_made_and_taken_back(api: Api, issue: Issue) -> None:
    gid = f"gid://gitlab/Issue/{issue.id}"
    made = api.ask(CREATE, id=gid, time="90m", summary="s", at="2026-05-17T10:00:00Z")
    log = made["data"]["timelogCreate"]["timelog"]
    assert (log["timeSpent"], log["spentAt"]) == (5400, "2026-05-17T10:00:00Z")
    assert made["data"]["timelogCreate"]["errors"] == []
    delete = "mutation($id: TimelogID!) { timelogDelete(input: {id: $id}) { errors } }"
    other = api.by("alice").ask(delete, id=log["id"])
    assert other["data"]["timelogDelete"] is None
    assert "don't have permission" in other["errors"][0]["message"]
    assert api.ask(delete, id=log["id"])["data"]["timelogDelete"]["errors"] == []
    assert issue.total_time_spent == 1800


@pytest.mark.parametrize(
    ("time", "at", "words"),
    [
        ("soon", None, "invalid"),
        ("0h", None, "zero"),
        ("1h", "2026-05-19T00:00:00Z", "future"),
        ("-1h", None, "exceeds"),
    ],
)
def test_a_wrong_entry_is_answered_in_its_errors(
    api: Api, issue: Issue, time: str, at: str | None, words: str
) -> None:
    gid = f"gid://gitlab/Issue/{issue.id}"
    got = api.ask(CREATE, id=gid, time=time, summary="s", at=at)["data"]["timelogCreate"]
    assert got["timelog"] is None
    assert words in got["errors"][0]


def test_guests_see_no_entries_and_outsiders_no_project(api: Api, gitlab: GitlabSandbox) -> None:
    seen = api.by("mallory").ask(LOGS, path="acme/site", iid="1")
    assert seen["data"]["project"]["issue"]["timelogs"]["nodes"] == []
    gitlab.add_user("eve")
    gitlab.add_token("eve", "eve")
    assert api.by("eve").ask(LOGS, path="acme/site", iid="1") == {"data": {"project": None}}


def test_a_reading_token_asks_and_does_not_change(api: Api, issue: Issue) -> None:
    reader = api.by(READER_TOKEN)
    assert reader.ask("{ currentUser { username } }")["data"]["currentUser"]["username"] == "bridge"
    got = reader.ask(CREATE, id=f"gid://gitlab/Issue/{issue.id}", time="1h", summary="")
    assert got["data"] == {"timelogCreate": None}
    assert len(got["errors"]) == 1


def test_a_field_or_an_argument_that_is_not_there_refuses_the_whole_query(api: Api) -> None:
    wrong = api.ask("{ currentUser { login } }")
    assert "data" not in wrong
    assert wrong["errors"][0]["message"] == "Field 'login' doesn't exist on type 'UserCore'"
    assert "accept argument" in api.ask('{project(path:"x"){id}}')["errors"][0]["message"]
    assert "must have selections" in api.ask("{currentUser}")["errors"][0]["message"]
    assert "Selections can't" in api.ask("{currentUser{id{x}}}")["errors"][0]["message"]


def test_fragments_aliases_and_defaults_are_understood(api: Api) -> None:
    got = api.ask(
        'query A($iid: String = "1") { p: project(fullPath: "acme/site") {'
        " issue(iid: $iid) { ...I ... on Issue { title } __typename } } }"
        " fragment I on Issue { iid timelogs { edges { node { id } } count } } # end"
    )
    issue = got["data"]["p"]["issue"]
    assert (issue["iid"], issue["__typename"], issue["timelogs"]["count"]) == ("1", "Issue", 1)
    assert issue["timelogs"]["edges"][0]["node"]["id"] == "gid://gitlab/Timelog/1"


@pytest.mark.parametrize(
    "query", ["{", "query {}", "subscription { x }", "{ a(b: ) }", "{ ...X }", "%", ""]
)
def test_what_is_no_graphql_is_an_error_with_200(api: Api, query: str) -> None:
    assert api.ask(query)["errors"]


def test_an_invalid_token_is_401_and_none_asks_as_nobody(api: Api) -> None:
    url = f"{api.url}/api/graphql"
    body = {"query": "{ currentUser { id } }"}
    got = api.by("wrong").call("POST", url, json=body)
    assert (got.status_code, got.json()) == (401, {"errors": [{"message": "Invalid token"}]})
    assert api.by("").call("POST", url, json=body).json() == {"data": {"currentUser": None}}


def test_an_entry_by_the_form_touches_and_one_by_rest_of_somebody_else_saves(
    api: Api, gitlab: GitlabSandbox, issue: Issue, clock: Clock
) -> None:
    gitlab.retitle(issue, "jdoe", "Changed")
    clock.advance(30)
    gitlab.log_time(issue, "jdoe", "1h")
    assert issue.updated_at == MORNING
    api.post(f"{ONE}/add_spent_time", duration="1h")
    assert issue.updated_at == clock.now()


@pytest.mark.parametrize(("version", "seconds"), [("18.6", 0), ("18.7", 5400)])
def test_commits_book_time_since_18_7(clock: Clock, version: str, seconds: int) -> None:
    gitlab = GitlabSandbox.seeded(version=version, clock=clock)
    two = gitlab.issue(PROJECT, 2)
    gitlab.push_commit(PROJECT, "jdoe", "Build the page\n\nFixes #2 and #2 @1h30m")
    assert (two.total_time_spent, two.state) == (seconds, "closed")
    assert any(note.body.startswith("mentioned in commit") for note in two.notes)
