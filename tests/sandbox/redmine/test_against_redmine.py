"""The same requests to a real Redmine and to the simulated one: the same answers in form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from connectors.sandbox.redmine import RedmineSandbox
from tests.sandbox.redmine.twins import Install, compared, differences, twin
from tests.servers.redmine import Redmine

Pair = tuple[Install, Install]
pytestmark = pytest.mark.server


@pytest.fixture(params=["fr", "en"])
def language(request: pytest.FixtureRequest) -> str:
    """Of both installs."""
    return str(request.param)


@pytest.fixture
def real(request: pytest.FixtureRequest, language: str) -> Redmine:
    """The real one, as its seed made it."""
    found: Redmine = request.getfixturevalue("redmine" if language == "fr" else "redmine_en")
    found.reset()
    return found


@pytest.fixture
def simulated(language: str) -> RedmineSandbox:
    """The simulated one, with the same people."""
    return twin(language)


@pytest.fixture
def pair(real: Redmine, simulated: RedmineSandbox) -> Iterator[Pair]:
    """Both, answering."""
    with ExitStack() as stack:
        served = stack.enter_context(simulated.serve())
        first, second = Install.at(real.url), Install.at(served.url)
        for name, field in (("consumed", 0), ("approval", 1), ("severity", 2)):
            first.ids[f"field:{name}"] = real.id_of("custom_field", name)
            second.ids[f"field:{name}"] = simulated.world.fields[field].id
        for login in ("bridge", "jdoe", "alice"):
            first.ids[f"user:{login}"] = real.id_of("user", login)
            second.ids[f"user:{login}"] = simulated.world.user(login).id
        for name, word in real.words.items():
            for install in (first, second):
                found = [n for key, n in install.ids.items() if key.partition(":")[2] == word]
                install.ids[f"word:{name}"] = found[0] if found else 0
        yield first, second


def both(pair: Pair, login: str, method: str, path: str, **options: Any) -> tuple[Any, Any]:
    """Ask both, hold the answers against each other, and give them back."""
    answers = [install.ask(login, method, path, **options) for install in pair]
    told = [compared(answer) for answer in answers]
    found = [
        *differences(told[0][0], told[1][0], "status"),
        *differences(told[0][1], told[1][1]),
    ]
    assert found == [], f"{login} {method} {path} {options}"
    return answers[0], answers[1]


def opened(pair: Pair, login: str = "alice", **more: Any) -> None:
    """An issue in both, as `{issue}`."""
    body = {
        "project_id": "acme",
        "tracker_id": "{word:bug}",
        "subject": "Page blanche",
        "priority_id": "{word:high}",
        **more,
    }
    answers = both(pair, login, "POST", "/issues.json", json={"issue": body})
    for install, answer in zip(pair, answers, strict=True):
        install.ids["issue"] = answer.json()["issue"]["id"]


def put(pair: Pair, login: str, **fields: Any) -> None:
    both(pair, login, "PUT", "/issues/{issue}.json", json={"issue": fields})


def looked_at(pair: Pair, login: str = "bridge") -> Any:
    """The issue with its history, on the simulated one."""
    path = "/issues/{issue}.json?include=journals,children,allowed_statuses"
    return both(pair, login, "GET", path)[1].json()["issue"]


@pytest.mark.parametrize("login", ["bridge", "alice", "admin", "nobody", "wrong key"])
@pytest.mark.parametrize(
    "path",
    [
        "/users/current.json",
        "/users/current.json?include=memberships",
        "/users/{user:alice}.json",
        "/users/999999.json",
        "/issue_statuses.json",
        "/trackers.json",
        "/enumerations/issue_priorities.json",
        "/enumerations/time_entry_activities.json",
        "/roles.json",
        "/roles/999999.json",
        "/projects/acme.json?include=trackers,enabled_modules,time_entry_activities",
        "/projects/globex.json",
        "/projects/none.json",
        "/projects/acme/memberships.json",
        "/issues.json?status_id=*",
        "/issues/999999.json",
        "/time_entries.json",
        "/time_entries/999999.json",
        "/nothing.json",
    ],
)
def test_what_is_told_to_whom_is_told_alike(pair: Pair, login: str, path: str) -> None:
    if login == "admin" and ("roles" in path or "memberships" in path or "current" in path):
        path = "/users/{user:alice}.json"
    both(pair, login, "GET", path)


def test_role_of_the_bridge_tells_its_permissions(pair: Pair) -> None:
    first, second = both(pair, "bridge", "GET", "/roles/{word:role_bridge}.json")
    told = [set(answer.json()["role"]["permissions"]) for answer in (first, second)]
    assert told[1] == told[0]


@pytest.mark.parametrize("path", ["/custom_fields.json", "/users.json"])
def test_only_administrators_see_definitions_and_lists_of_people(pair: Pair, path: str) -> None:
    first, second = (install.ask("bridge", "GET", path) for install in pair)
    assert first.status_code == second.status_code == 403


def test_history_of_an_issue_is_told_alike(pair: Pair) -> None:
    opened(pair)
    put(pair, "jdoe", status_id="{word:in_progress}", estimated_hours="1h30", notes="Je regarde.")
    put(pair, "bridge", custom_fields=[{"id": "{field:consumed}", "value": "1.25"}])
    put(pair, "bridge", notes="Entre nous", private_notes=True, priority_id="{word:immediate}")
    put(pair, "alice", notes="Merci", priority_id="{word:low}")
    put(pair, "bridge", due_date="2040-06-12")
    put(pair, "jdoe", due_date="")
    shown = looked_at(pair)
    told = [bool(j["notes"]) for j in shown["journals"]]
    assert told == [True, False, False, True, True, False, False]
    looked_at(pair, "alice")
    looked_at(pair, "jdoe")
    both(pair, "bridge", "GET", "/issues.json?status_id=*&include=journals,attachments")


def test_wrong_values_are_refused_in_the_same_words(pair: Pair, language: str) -> None:
    opened(pair)
    put(pair, "bridge", estimated_hours="-1")
    put(pair, "bridge", estimated_hours="bientôt")
    put(pair, "bridge", priority_id=999, notes="rien de tout cela")
    put(pair, "bridge", subject="")
    put(pair, "bridge", due_date="demain")
    put(pair, "bridge", due_date="2020-01-01")
    put(pair, "bridge", custom_fields=[{"id": "{field:consumed}", "value": "1,5"}])
    put(pair, "bridge", custom_fields=[{"id": "{field:approval}", "value": "Peut-être"}])
    assert looked_at(pair)["journals"] == []


def test_what_may_not_be_written_is_dropped_without_a_word(pair: Pair) -> None:
    opened(pair)
    put(pair, "bridge", status_id=999)
    put(pair, "bridge", custom_fields=[{"id": 999, "value": "x"}])
    put(pair, "alice", priority_id="{word:low}", estimated_hours=3)
    put(pair, "alice", notes="En privé ?", private_notes=True)
    shown = looked_at(pair)
    assert [(j["notes"], j["private_notes"]) for j in shown["journals"]] == [("En privé ?", False)]
    for body in ({}, {"notes": "sans enveloppe"}):
        both(pair, "bridge", "PUT", "/issues/{issue}.json", json=body)
    assert len(looked_at(pair)["journals"]) == 1


def test_odd_bodies_get_the_same_status(pair: Pair) -> None:
    opened(pair)
    path = "/issues/{issue}.json"
    headers = {"Content-Type": "application/json"}
    statuses = []
    for data in (b"{", b'{"issue": 5}', b'{"issue": {"custom_fields": 5}}'):
        answers = [i.ask("bridge", "PUT", path, data=data, headers=headers) for i in pair]
        statuses.append([answer.status_code for answer in answers])
    assert [second for _, second in statuses] == [first for first, _ in statuses]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "status_id=*",
        "status_id=closed",
        "status_id=*&limit=1",
        "status_id=*&limit=0",
        "status_id=*&limit=abc",
        "status_id=*&limit=1000",
        "status_id=*&limit=1&offset=1",
        "status_id=*&offset=50",
        "status_id=*&page=2&limit=1",
        "status_id=*&nometa=1",
        "status_id=*&sort=updated_on:desc,id:desc",
        "status_id=*&updated_on=%3E%3D2020-01-01T00:00:00Z",
        "status_id=*&updated_on=%3E%3D2100-01-01T00:00:00Z",
        "status_id=*&updated_on=%3E%3D2020-01-01T00:00:00.5Z",
        "status_id=*&updated_on=%3E2020-01-01T00:00:00Z",
        "status_id=*&updated_on=%3E%3Dhier",
        "status_id=*&unknown=1",
        "status_id=*&project_id=acme",
        "status_id=*&project_id=globex",
        "status_id=*&project_id=none",
        "issue_id=1,2,3&status_id=*",
        "status_id=*&author_id=me",
        "f[]=status_id&op[status_id]=*"
        "&f[]=project_id&op[project_id]==&v[project_id][]={projects:ACME SA}",
        "f[]=updated_on&op[updated_on]=%3E%3D&v[updated_on][]=2020-01-01T00:00:00Z",
    ],
)
def test_lists_are_filtered_and_paged_alike(pair: Pair, query: str) -> None:
    opened(pair)
    opened(pair, subject="La deuxième")
    put(pair, "jdoe", status_id="{word:closed}")
    opened(pair, "jdoe", subject="La troisième")
    first, second = both(pair, "bridge", "GET", f"/issues.json?{query}")
    if second.status_code == 200:
        told = [
            {name: answer.json().get(name) for name in ("total_count", "offset", "limit")}
            for answer in (first, second)
        ]
        assert told[1] == told[0]
        subjects = [[i["subject"] for i in a.json()["issues"]] for a in (first, second)]
        assert subjects[1] == subjects[0]


def test_time_is_logged_edited_and_refused_alike(pair: Pair) -> None:
    opened(pair)

    def log(login: str, **more: Any) -> Any:
        entry = {
            "issue_id": "{issue}",
            "hours": "1h20",
            "activity_id": "{word:development}",
            "spent_on": "2026-05-18",
            "comments": "analyse",
        } | more
        return both(pair, login, "POST", "/time_entries.json", json={"time_entry": entry})

    for install, answer in zip(pair, log("bridge"), strict=True):
        install.ids["entry"] = answer.json()["time_entry"]["id"]
    assert [i.ask("bridge", "GET", "/time_entries/{entry}.json").json()["time_entry"]["hours"]
            for i in pair] == [1.33, 1.33]  # fmt: skip
    log("jdoe", hours="-1")
    log("jdoe", hours="bientôt")
    log("jdoe", hours="")
    log("jdoe", activity_id="")
    log("jdoe", comments="x" * 1025)
    log("jdoe", hours="90m", comments="")
    looked_at(pair)
    both(pair, "bridge", "PUT", "/time_entries/{entry}.json", json={"time_entry": {"hours": 2}})
    both(pair, "jdoe", "PUT", "/time_entries/{entry}.json", json={"time_entry": {"hours": 3}})
    for query in ("issue_id={issue}", "user_id=me", "spent_on=2026-05-18", "from=2026-05-19",
                  "comments=~ANALYSE", "sort=created_on:desc", "updated_on=%3E%3D2100-01-01",
                  "project_id=acme&limit=1"):  # fmt: skip
        first, second = both(pair, "bridge", "GET", f"/time_entries.json?{query}")
        assert second.json()["total_count"] == first.json()["total_count"], query
    both(pair, "bridge", "DELETE", "/time_entries/{entry}.json")
    both(pair, "bridge", "GET", "/time_entries/{entry}.json")


def test_time_moves_no_stamp_and_every_put_does(pair: Pair, simulated: RedmineSandbox) -> None:
    opened(pair)
    (issue,) = simulated.world.issues.values()
    before = issue.updated_on
    simulated.log_time(issue.id, "jdoe", "1:30")
    assert simulated.world.issues[issue.id].updated_on == before
    put(pair, "bridge")
    assert simulated.world.issues[issue.id].updated_on > before


def test_switched_off_api_looks_alike(pair: Pair, real: Redmine, simulated: RedmineSandbox) -> None:
    opened(pair)
    simulated.world.rest_api = False
    with real.setting("rest_api_enabled", "0"):
        for path in ("/users/current.json", "/issues.json?status_id=*", "/issues/{issue}.json",
                     "/time_entries.json", "/projects/acme.json"):  # fmt: skip
            both(pair, "bridge", "GET", path)


def test_deleted_issue_takes_its_time_along(pair: Pair) -> None:
    opened(pair)
    entry = {"issue_id": "{issue}", "hours": 1, "activity_id": "{word:design}"}
    both(pair, "jdoe", "POST", "/time_entries.json", json={"time_entry": entry})
    both(pair, "bridge", "DELETE", "/issues/{issue}.json")
    both(pair, "admin", "DELETE", "/issues/{issue}.json")
    both(pair, "bridge", "GET", "/issues/{issue}.json")
    assert both(pair, "bridge", "GET", "/time_entries.json")[1].json()["total_count"] == 0
