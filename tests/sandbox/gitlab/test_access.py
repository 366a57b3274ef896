"""Tokens, scopes and roles: who sees what, and how a refusal looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from connectors.sandbox.core import Clock
from connectors.sandbox.gitlab import PROJECT, READER_TOKEN, TOKENS, GitlabSandbox, Role
from connectors.sandbox.gitlab.records import Issue
from tests.sandbox.gitlab.conftest import MORNING, Api

NOTES = "/projects/1/issues/1/notes"


def test_both_headers_carry_a_token(api: Api) -> None:
    bearer = {"Authorization": f"Bearer {api.token}"}
    assert api.get("/user").json()["username"] == "bridge"
    assert api.get("/user", headers=bearer).json()["username"] == "bridge"


def test_an_unknown_token_is_refused_by_message(api: Api) -> None:
    got = api.by("glpat-wrong").get("/user")
    assert (got.status_code, got.json()) == (401, {"message": "401 Unauthorized"})


def test_a_revoked_token_is_refused_as_invalid(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.revoke_token(TOKENS["bridge"])
    got = api.get("/projects/1")
    assert got.status_code == 401
    assert got.json()["error"] == "invalid_token"
    assert "revoked" in got.json()["error_description"]


def test_a_token_ends_on_its_day(api: Api, gitlab: GitlabSandbox, clock: Clock) -> None:
    gitlab.add_token("bridge", "short", expires_on=date(2026, 5, 19))
    assert api.by("short").get("/personal_access_tokens/self").json()["expires_at"] == "2026-05-19"
    clock.advance(86400)
    got = api.by("short").get("/user")
    assert got.json()["error_description"].startswith("Token is expired")


def test_tokens_without_an_end_get_one_since_16(clock: Clock) -> None:
    old = GitlabSandbox.seeded(version="15", clock=clock)
    new = GitlabSandbox.seeded(version="16", clock=clock)
    assert old.world.tokens[TOKENS["bridge"]].expires_on is None
    assert new.world.tokens[TOKENS["bridge"]].expires_on == date(2027, 5, 18)


def test_a_reading_token_reads_and_is_refused_a_write_by_scope(api: Api) -> None:
    reader = api.by(READER_TOKEN)
    assert reader.get("/projects/1/issues").status_code == 200
    got = reader.post(NOTES, body="x")
    assert got.status_code == 403
    assert got.json()["error"] == "insufficient_scope"
    assert got.json()["scope"] == "api"


def test_a_token_of_read_user_sees_only_its_user(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.add_token("bridge", "narrow", scopes=["read_user"])
    narrow = api.by("narrow")
    assert narrow.get("/user").status_code == 200
    assert narrow.get("/personal_access_tokens/self").json()["scopes"] == ["read_user"]
    assert narrow.get("/projects/1").json()["error"] == "insufficient_scope"


def test_without_a_token_a_private_project_is_not_there_and_notes_want_one(api: Api) -> None:
    nobody = api.by("")
    assert nobody.get("/projects/1/issues").json() == {"message": "404 Project Not Found"}
    assert nobody.get(NOTES).json() == {"message": "401 Unauthorized"}
    assert nobody.get("/version").status_code == 401


def test_an_empty_token_reads_as_none(api: Api) -> None:
    got = api.get("/projects/1", headers={"PRIVATE-TOKEN": ""})
    assert got.status_code == 404


def test_an_outsider_is_told_404_for_403(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.add_user("eve")
    gitlab.add_token("eve", "eve")
    got = api.by("eve").get("/projects/acme%2Fsite")
    assert (got.status_code, got.json()) == (404, {"message": "404 Project Not Found"})


def test_a_path_with_an_escaped_slash_names_a_project(api: Api) -> None:
    assert api.get("/projects/acme%2Fsite").json()["id"] == 1
    assert api.get("/projects/acme/site").json() == {"error": "404 Not Found"}


def test_guests_do_not_see_what_is_confidential(api: Api, gitlab: GitlabSandbox) -> None:
    secret = gitlab.open_issue(PROJECT, "jdoe", "Secret", confidential=True)
    own = gitlab.open_issue(PROJECT, "mallory", "Mine", confidential=True)
    guest = api.by("mallory")
    assert secret.iid not in guest.iids()
    assert own.iid in guest.iids()
    got = guest.get(f"/projects/1/issues/{secret.iid}")
    assert (got.status_code, got.json()) == (404, {"message": "404 Not found"})


def test_metadata_of_a_guest_is_dropped_with_200(api: Api, gitlab: GitlabSandbox) -> None:
    own = gitlab.open_issue(PROJECT, "mallory", "Mine")
    got = api.by("mallory").put(
        f"/projects/1/issues/{own.iid}", title="Changed", add_labels="approval::approved"
    )
    assert got.status_code == 200
    assert (got.json()["title"], got.json()["labels"]) == ("Changed", [])


def test_a_guest_may_not_change_what_somebody_else_opened(api: Api) -> None:
    got = api.by("mallory").put("/projects/1/issues/1", title="x")
    assert (got.status_code, got.json()) == (403, {"message": "403 Forbidden"})


def test_a_guest_gives_metadata_to_a_new_issue_only(api: Api) -> None:
    got = api.by("mallory").post("/projects/1/issues", title="New", labels="request")
    assert (got.status_code, got.json()["labels"]) == (201, ["request"])


def test_time_of_a_guest_is_refused_not_dropped(api: Api) -> None:
    got = api.by("mallory").post("/projects/1/issues/1/time_estimate", duration="1h")
    assert got.status_code == 403


@pytest.mark.parametrize(("version", "status"), [("17.6", 403), ("17.7", 201)])
def test_planners_track_time_since_17_7(
    serve: Callable[[GitlabSandbox], Api], clock: Clock, version: str, status: int
) -> None:
    gitlab = GitlabSandbox.seeded(version=version, clock=clock)
    gitlab.add_member(PROJECT, "mallory", Role.PLANNER)
    got = serve(gitlab).by("mallory").post("/projects/1/issues/1/add_spent_time", duration="1h")
    assert got.status_code == status


def test_a_renamed_project_redirects_reads_and_refuses_writes(
    api: Api, gitlab: GitlabSandbox
) -> None:
    gitlab.rename_project(PROJECT, "shop")
    got = api.get("/projects/acme%2Fsite/issues?state=opened&private_token=x")
    assert got.status_code == 301
    assert got.headers["Location"] == f"{api.base}/projects/1/issues?state=opened"
    refused = api.post("/projects/acme%2Fsite/issues/1/notes", body="x")
    assert refused.status_code == 405
    assert refused.json() == {"message": "Non GET methods are not allowed for moved projects"}
    assert api.get("/projects/acme%2Fshop").json()["id"] == 1


def test_before_16_7_the_former_path_goes_on_working(
    serve: Callable[[GitlabSandbox], Api], clock: Clock
) -> None:
    gitlab = GitlabSandbox.seeded(version="16.6", clock=clock)
    gitlab.rename_project(PROJECT, "shop")
    got = serve(gitlab).get("/projects/acme%2Fsite")
    assert got.json()["path_with_namespace"] == "acme/shop"


def test_a_deleted_project_is_not_found(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.delete_project(PROJECT)
    assert api.get("/projects/1/issues").json() == {"message": "404 Project Not Found"}
    assert api.iids("scope=all", place="") == []


def test_an_archived_project_is_read_and_not_written(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.archive_project(PROJECT)
    assert len(api.iids()) == 2
    assert api.post(NOTES, body="x").status_code == 403
    assert api.iids(place="/groups/acme") == []


def test_a_blocked_account_is_refused(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.block_user("bridge")
    got = api.get("/user")
    assert got.status_code == 403
    assert "blocked" in got.json()["message"]


def test_no_such_route_and_no_such_method_are_the_routers_errors(api: Api) -> None:
    assert api.get("/projects/1/isues").json() == {"error": "404 Not Found"}
    got = api.delete("/version")
    assert (got.status_code, got.json()) == (405, {"error": "405 Not Allowed"})


def test_roles_are_told_by_number_and_inherited(api: Api) -> None:
    own = {row["username"]: row["access_level"] for row in api.rows("/projects/1/members")}
    every = {row["username"]: row["access_level"] for row in api.rows("/projects/1/members/all")}
    assert own == {"alice": Role.REPORTER, "mallory": Role.GUEST}
    assert every == {**own, "jdoe": Role.DEVELOPER, "bridge": Role.DEVELOPER}
    jdoe = api.rows("/users?username=JDoe")[0]["id"]
    assert api.get(f"/projects/1/members/{jdoe}").status_code == 404
    assert api.get(f"/projects/1/members/all/{jdoe}").json()["access_level"] == 30


def test_the_journal_tells_writes_from_graphql_reads(api: Api, gitlab: GitlabSandbox) -> None:
    api.get("/user")
    api.ask("{currentUser{id}}")
    assert gitlab.journal.writes == []
    api.ask('mutation{timelogDelete(input:{id:"gid://gitlab/Timelog/99"}){errors}}')
    api.post(NOTES, body="x")
    assert [entry.path for entry in gitlab.journal.writes] == ["/api/graphql", f"/api/v4{NOTES}"]


def test_stamps_of_the_seeded_world_are_those_of_the_clock(issue: Issue) -> None:
    assert issue.created_at == MORNING


def test_a_token_of_a_project_has_a_bot_of_its_own(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.add_access_token(PROJECT, "bridge", Role.REPORTER, "one")
    gitlab.add_access_token(PROJECT, "bridge", Role.REPORTER, "two")
    first, second = (api.by(secret).get("/user").json() for secret in ("one", "two"))
    assert first["username"].startswith("project_1_bot_")
    assert (first["name"], first["bot"]) == ("bridge", True)
    assert first["id"] != second["id"]
    gitlab.rotate_token("one", "three")
    assert api.by("three").get("/user").json()["id"] == first["id"]
    assert api.by("one").get("/user").status_code == 401


def test_a_project_without_issues_lists_none_and_shows_none(
    api: Api, gitlab: GitlabSandbox
) -> None:
    gitlab.switch_issues(PROJECT, enabled=False)
    assert api.iids() == []
    assert api.get("/projects/1/issues/1").status_code == 404
    assert api.post("/projects/1/issues", title="x").status_code == 403
    assert api.get("/projects/1").json()["issues_enabled"] is False
