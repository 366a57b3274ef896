"""Rate limits, faults on the way, and another address than the one called."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from connectors.sandbox.core import Answer, Clock, Lose
from connectors.sandbox.gitlab import PROJECT, GitlabSandbox
from connectors.sandbox.gitlab.records import Issue
from tests.sandbox.gitlab.conftest import Api

NOTES = "/projects/1/issues/1/notes"


def test_the_general_limit_answers_in_text_and_says_when_to_come_back(
    api: Api, gitlab: GitlabSandbox, clock: Clock
) -> None:
    gitlab.limits.requests = 2
    assert [api.get("/user").status_code for _ in range(2)] == [200, 200]
    clock.advance(20)
    got = api.get("/user")
    assert (got.status_code, got.text) == (429, "Retry later\n")
    assert got.headers["Content-Type"].startswith("text/plain")
    assert got.headers["Retry-After"] == "40"
    assert got.headers["RateLimit-Limit"] == "2"
    assert got.headers["RateLimit-Observed"] == "3"
    assert got.headers["RateLimit-Remaining"] == "0"
    assert api.by("alice").get("/user").status_code == 200
    clock.advance(40)
    assert api.get("/user").status_code == 200


def test_the_limit_of_notes_answers_in_json_without_a_time(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.limits.notes = 1
    assert api.post(NOTES, body="one").status_code == 201
    got = api.post(NOTES, body="two")
    assert got.status_code == 429
    assert "too many times" in got.json()["message"]["error"]
    assert "Retry-After" not in got.headers
    assert api.get(NOTES).status_code == 200


def test_the_limits_of_gitlab_com_can_be_had(gitlab: GitlabSandbox) -> None:
    gitlab.limits.as_gitlab_com()
    assert (gitlab.limits.requests, gitlab.limits.notes) == (2000, 60)


def test_a_lost_answer_was_applied(api: Api, gitlab: GitlabSandbox, issue: Issue) -> None:
    gitlab.faults.add(Lose(), "POST", "*/add_spent_time")
    with pytest.raises(requests.ConnectionError):
        api.post("/projects/1/issues/1/add_spent_time", duration="1h")
    assert issue.total_time_spent == 5400


def test_a_fault_finds_a_project_by_its_unescaped_path(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.faults.add(Answer.html(502), "GET", "/api/v4/projects/acme/site/issues")
    assert api.get("/projects/acme%2Fsite/issues").status_code == 502


def test_links_may_name_another_address_than_the_one_called(
    serve: Callable[[GitlabSandbox], Api], clock: Clock
) -> None:
    gitlab = GitlabSandbox.seeded(clock=clock, external_url="https://code.agence.example/")
    got = serve(gitlab).get("/projects/1/issues?per_page=1")
    assert got.links["next"]["url"].startswith("https://code.agence.example/api/v4/projects/1/")
    assert got.json()[0]["web_url"].startswith("https://code.agence.example/acme/site/-/issues/")


def test_outside_the_api_there_are_pages(api: Api) -> None:
    got = api.get(f"{api.url}/acme/site")
    assert (got.status_code, got.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert api.get(f"{api.url}/").headers["Location"].endswith("/users/sign_in")


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b"{", 400),
        ("application/json", b"[1]", 400),
        ("text/html", b"body=x", 415),
        ("application/x-www-form-urlencoded", b"body=x", 201),
        ("application/json", b'{"body": {"a": 1}}', 400),
    ],
)
def test_a_body_has_to_be_what_its_type_says(api: Api, kind: str, body: bytes, status: int) -> None:
    headers = {"PRIVATE-TOKEN": api.token or "", "Content-Type": kind}
    assert api.call("POST", NOTES, data=body, headers=headers).status_code == status


def test_a_large_world_is_made_in_a_moment(gitlab: GitlabSandbox, api: Api) -> None:
    made = gitlab.fill(2000)
    assert len({one.updated_at for one in made}) == 2000
    got = api.get("/projects/1/issues?order_by=updated_at&sort=asc&per_page=100")
    assert got.headers["X-Total"] == "2002"
    assert {row["state"] for row in got.json()} == {"opened", "closed"}
    assert gitlab.issue(PROJECT, 2002).comments == 2
