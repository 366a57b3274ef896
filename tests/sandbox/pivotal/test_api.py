"""What holds for every endpoint: who may, what is taken, how it is answered."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from connectors.sandbox.pivotal import PivotalSandbox
from tests.sandbox.pivotal.client import ACME, Office

PROJECT = f"/projects/{ACME}"


def test_a_missing_or_unknown_token_is_403_invalid_authentication(office: Office) -> None:
    refused = office.program(None).refused("GET", "/me")
    assert (refused["status"], refused["code"]) == (403, "invalid_authentication")
    assert "Profile page" in refused["possible_fix"]
    answer = requests.get(
        f"{office.url}/services/v5/me", headers={"X-TrackerToken": "wrong"}, timeout=10
    )
    assert answer.json()["code"] == "invalid_authentication"


def test_me_repeats_the_token_and_names_projects_with_roles(office: Office) -> None:
    me = office.bridge.get("/me")
    assert me["api_token"] == office.tool.world.person("bridge").token
    assert [(each["project_id"], each["role"]) for each in me["projects"]] == [(ACME, "member")]
    assert office.bridge.get("/me") == me


def test_a_token_in_the_query_is_taken_and_masked_in_the_journal(office: Office) -> None:
    token = office.tool.world.person("bridge").token
    assert office.program(None).get("/me", token=token)["username"] == "bridge"
    (entry,) = office.tool.journal
    assert token not in str(entry)


def test_paths_mind_case_but_not_a_slash_at_the_end(office: Office) -> None:
    assert office.bridge.get("/projects/")[0]["id"] == ACME
    for path in ("/Projects", "/projects/x", "/nowhere", f"{PROJECT}/webhooks"):
        refused = office.bridge.refused("GET", path)
        assert (refused["status"], refused["code"]) == (404, "route_not_found")
    assert office.bridge.refused("PATCH", PROJECT)["code"] == "route_not_found"


def test_what_is_not_there_is_404_unfound_resource(office: Office) -> None:
    story = office.story()
    office.tool.add_project("other", {"bridge": "member"}, number=2999)
    for path in (
        "/projects/9999",
        f"{PROJECT}/stories/1",
        f"/projects/2999/stories/{story}",
        f"{PROJECT}/stories/{story}/comments/1",
        f"{PROJECT}/labels/1",
    ):
        refused = office.bridge.refused("GET", path)
        assert (refused["status"], refused["code"]) == (404, "unfound_resource")
    refused = office.bridge.refused("GET", f"{PROJECT}/stories/abc")
    assert (refused["status"], refused["code"]) == (400, "invalid_parameter")


def test_strangers_deleted_projects_and_closed_apis_are_403_unauthorized(office: Office) -> None:
    story = office.story()
    stranger = office.program("mallory")
    assert stranger.refused("GET", PROJECT)["code"] == "unauthorized_operation"
    assert stranger.get("/projects") == []
    office.tool.allow_api(ACME, False)
    refused = office.bridge.refused("GET", f"/stories/{story}")
    assert (refused["status"], refused["code"]) == (403, "unauthorized_operation")
    assert "aren't authorized" in refused["general_problem"]
    office.tool.allow_api(ACME, True)
    office.bridge.get(f"/stories/{story}")
    office.tool.delete_project(ACME)
    assert office.bridge.refused("GET", PROJECT)["code"] == "unauthorized_operation"
    assert office.bridge.get("/projects") == []


def test_a_viewer_reads_and_writes_nothing(office: Office) -> None:
    story = office.story()
    office.tool.join(ACME, "mallory", "viewer")
    viewer = office.program("mallory")
    assert viewer.get(f"{PROJECT}/stories/{story}")["id"] == story
    for method, path, body in (
        ("POST", f"{PROJECT}/stories", {"name": "x"}),
        ("PUT", f"{PROJECT}/stories/{story}", {"name": "x"}),
        ("DELETE", f"{PROJECT}/stories/{story}", None),
        ("POST", f"{PROJECT}/stories/{story}/comments", {"text": "x"}),
        ("POST", f"{PROJECT}/stories/{story}/labels", {"name": "x"}),
        ("POST", f"{PROJECT}/labels", {"name": "x"}),
    ):
        assert viewer.refused(method, path, body)["code"] == "unauthorized_operation"
    assert office.tool.labels_of(story) == []


def test_everybody_reads_a_public_project(office: Office) -> None:
    office.tool.change_project(ACME, "jdoe", public=True)
    assert office.program("mallory").get(PROJECT)["public"] is True


def test_every_answer_about_a_project_tells_its_version(office: Office) -> None:
    before = office.bridge.ask("GET", PROJECT)
    story = office.story()
    after = office.bridge.ask("GET", f"{PROJECT}/stories/{story}")
    versions = [int(each.headers["X-Tracker-Project-Version"]) for each in (before, after)]
    assert versions[1] == versions[0] + 1
    assert office.bridge.get(PROJECT)["version"] == versions[1]
    assert "X-Tracker-Project-Version" not in office.bridge.ask("GET", "/me").headers


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'{"name": "a", "name": "b"}', "application/json"),
        (b"\xff", "application/json"),
        (b'{"name": "x"}', "text/plain"),
    ],
)
def test_a_body_that_is_no_json_object_is_400(office: Office, body: bytes, kind: str) -> None:
    answer = requests.post(
        f"{office.url}/services/v5{PROJECT}/stories",
        data=body,
        headers={
            "X-TrackerToken": office.tool.world.person("bridge").token,
            "Content-Type": kind,
        },
        timeout=10,
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "could_not_parse_body")


def test_a_form_encoded_comment_is_taken(office: Office) -> None:
    story = office.story()
    answer = requests.post(
        f"{office.url}/services/v5{PROJECT}/stories/{story}/comments",
        data={"text": "as a form"},
        headers={"X-TrackerToken": office.tool.world.person("bridge").token},
        timeout=10,
    )
    assert answer.json()["text"] == "as a form"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "this endpoint requires the parameter: name"),
        ({"name": "x", "namesss": "y"}, "this endpoint cannot accept the parameter: namesss"),
        ({"name": 3}, "'name' must be an extended_string"),
        ({"name": " "}, "Name can't be blank"),
        ({"name": "x", "estimate": "3"}, "'estimate' must be a float"),
        ({"name": "x", "owner_ids": "101"}, "'owner_ids' must be a List[int]"),
        ({"name": "x", "owner_ids": [True]}, "'owner_ids' must be an int"),
        ({"name": "x", "labels": ["a"]}, "'labels' must be a List of resources"),
        ({"name": "x", "labels": [{"nom": "a"}]}, "cannot accept the parameter: nom"),
        ({"name": "x", "story_type": "epic"}, "'story_type' must be one of the enumerated"),
        ({"name": "x", "story_priority": "p4"}, "'story_priority' must be one of"),
        ({"name": "x", "created_at": "2019-10-15"}, "'created_at' must be a datetime"),
        ({"name": "x", "tasks": [{"complete": 1}]}, "'complete' must be a boolean"),
        ({"name": "x", "owner_ids": [103]}, "must be a member of the project"),
        ({"name": "x", "created_at": "2019-13-45T10:00:00Z"}, "'created_at' must be a datetime"),
        ({"name": "x", "created_at": 10**30}, "'created_at' must be a datetime"),
        ({"name": "x", "labels": [{"name": "a" * 256}]}, "too long"),
        ({"name": "x", "label_ids": [7]}, "names no label of this project"),
    ],
)
def test_parameters_are_checked_by_name_and_type(
    office: Office, body: dict[str, Any], problem: str
) -> None:
    refused = office.bridge.refused("POST", f"{PROJECT}/stories", body)
    assert (refused["status"], refused["code"]) == (400, "invalid_parameter")
    assert problem in refused["general_problem"]
    assert office.tool.world.stories == {}


def test_too_long_a_text_says_how_long_it_may_be(office: Office) -> None:
    refused = office.bridge.refused("POST", f"{PROJECT}/labels", {"name": "x" * 256})
    assert refused["requirement"] == "'name' parameter must be 255 characters or less."


def test_fields_shape_an_answer_and_id_always_comes(office: Office) -> None:
    story = office.story(labels=["a"])
    office.tool.comment(story, "jdoe", "Hello")
    path = f"{PROJECT}/stories/{story}"
    short = office.bridge.get(path, fields="name,story_type")
    assert short == {"id": story, "name": "Blank page", "story_type": "feature"}
    deep = office.bridge.get(
        path, fields=":default,comments(text,person(name)),story_priority,labels(name),comment_ids"
    )
    assert deep["kind"] == "story"
    assert deep["comments"][0]["text"] == "Hello"
    assert set(deep["comments"][0]) == {"id", "text", "person"}
    assert deep["comments"][0]["person"] == {"id": 102, "name": "Jane Doe"}
    assert deep["story_priority"] == "none"
    assert deep["labels"][0].keys() == {"id", "name"}
    for fields in ("nonsense", "name(", "name(x)", "comments(nope)", ")", "a" + "(a" * 9):
        assert office.bridge.refused("GET", path, fields=fields)["status"] == 400


def test_what_a_story_has_not_has_no_key(office: Office) -> None:
    story = office.bridge.get(f"/stories/{office.story()}")
    for absent in ("estimate", "description", "accepted_at", "owned_by_id", "deadline", "comments"):
        assert absent not in story
    assert "story_priority" not in story
    assert story["owner_ids"] == story["labels"] == []


def test_instants_are_whole_seconds_or_milliseconds(office: Office) -> None:
    story = office.story()
    path = f"{PROJECT}/stories/{story}"
    assert office.bridge.get(path)["created_at"] == "2026-05-18T12:00:00Z"
    millis = office.bridge.get(path, date_format="millis")["created_at"]
    assert millis == 1779105600000
    assert office.bridge.refused("GET", path, date_format="unix")["status"] == 400


def test_an_envelope_holds_the_page(office: Office) -> None:
    office.story()
    answer = office.bridge.get(f"{PROJECT}/stories", envelope="true", limit=1)
    assert answer["pagination"] == {"total": 1, "limit": 1, "offset": 0, "returned": 1}
    assert len(answer["data"]) == 1


def test_the_shape_of_an_answer_is_asked_for_in_the_words_that_exist(office: Office) -> None:
    assert office.bridge.refused("GET", PROJECT, envelope="maybe")["status"] == 400
    assert office.bridge.refused("GET", PROJECT, fields="(name)")["status"] == 400
    answer = requests.get(f"{office.url}/elsewhere", timeout=10)
    assert answer.json()["code"] == "route_not_found"


def test_the_aggregator_answers_by_path_and_takes_fifteen(office: Office) -> None:
    story = office.story()
    paths = [
        f"/services/v5{PROJECT}/stories?limit=1",
        f"/services/v5/stories/{story}?fields=name",
        "/services/v5/stories/1",
        "/services/v5/aggregator",
    ]
    found = office.bridge.send("POST", "/aggregator", paths)
    assert found[paths[1]] == {"id": story, "name": "Blank page"}
    assert found[paths[0]][0]["id"] == story
    assert found[paths[2]]["code"] == "unfound_resource"
    assert found[paths[3]]["code"] == "route_not_found"
    assert office.bridge.refused("POST", "/aggregator", ["/services/v5/me"] * 16)["status"] == 400
    assert office.bridge.refused("POST", "/aggregator", [])["status"] == 400
    assert office.bridge.refused("POST", "/aggregator", [7])["status"] == 400
    assert office.bridge.refused("POST", "/aggregator", {})["code"] == "could_not_parse_body"


def test_members_are_listed_with_roles_and_those_who_left_are_not(office: Office) -> None:
    office.tool.leave(ACME, "alice")
    members = office.bridge.get(f"{PROJECT}/memberships", sort_by="name")
    assert [(each["person"]["username"], each["role"]) for each in members] == [
        ("jdoe", "owner"),
        ("bridge", "member"),
    ]


def test_settings_of_a_project_are_its_owners(office: Office) -> None:
    office.tool.change_project(ACME, "jdoe", point_scale="0,0.5,1,2,4")
    project = office.bridge.get(PROJECT)
    assert (project["point_scale"], project["point_scale_is_custom"]) == ("0,0.5,1,2,4", True)


@pytest.mark.parametrize(("language", "label"), [("en", "checkout"), ("fr", "commande"),
                                                 ("de", "bestellung")])  # fmt: skip
def test_the_small_world_is_there_in_each_language(language: str, label: str) -> None:
    tool = PivotalSandbox.seeded(language)
    with tool.serve() as served:
        guide = tool.guide(served.url)
        assert f'url = "{served.url}/services/v5"' in guide.config
        assert dict(guide.environment)["PIVOTAL_API_KEY"] in tool.world.tokens
        assert {resident.address for resident in guide.people} == {
            "alice", "jdoe", "mallory", "bridge",
        }  # fmt: skip
    kinds = [story.kind for story in tool.world.stories.values()]
    assert sorted(kinds) == ["bug", "chore", "feature", "release"]
    assert label in {each.name for each in tool.world.projects[ACME].labels.values()}
