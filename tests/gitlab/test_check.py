"""What stands in the way is told before the first write, and checking writes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.model import Problem
from connectors.errors import AccessError
from connectors.sandbox.core import Answer
from connectors.sandbox.gitlab import GitlabSandbox, seed
from connectors.sandbox.gitlab.records import Role
from tests.gitlab.client import Client
from tests.gitlab.conftest import Make, bare


def problems(client: Client) -> dict[str, Problem]:
    return {problem.message: problem for problem in client.connector.verify().problems}


def errors(client: Client) -> list[str]:
    return [text for text, problem in problems(client).items() if problem.severity == "error"]


def user(tool: GitlabSandbox, role: Role) -> str:
    """A token of an account with a role."""
    tool.add_user("newcomer")
    tool.add_token("newcomer", "glpat-newcomer")
    tool.add_member(seed.PROJECT, "newcomer", role)
    return "glpat-newcomer"


@pytest.mark.parametrize("version", ["15", "16", "17", "18.7"])
def test_a_good_account_has_no_error_in_any_version(version: str, make: Make) -> None:
    tool = bare(version)
    client = make(tool)
    assert errors(client) == []
    assert client.connector.verify().account.login == "bridge"
    assert tool.journal.writes == []


@pytest.mark.parametrize(
    ("version", "role", "enough"),
    [
        ("16", Role.GUEST, False),
        ("16", Role.REPORTER, True),
        ("18.7", Role.GUEST, False),
        ("18.7", Role.PLANNER, True),
    ],
)
def test_a_role_that_would_have_its_labels_dropped_is_told(
    version: str, role: Role, enough: bool, make: Make
) -> None:
    tool = bare(version)
    client = make(tool, token=user(tool, role))
    assert any("drop them" in text for text in errors(client)) is not enough
    reader = make(tool, token="glpat-newcomer", writes=[])
    assert errors(reader) == []


def test_a_token_that_may_not_write_is_told(tool: GitlabSandbox, make: Make) -> None:
    assert any("read_api" in text for text in errors(make(tool, token=seed.READER_TOKEN)))
    assert errors(make(tool, token=seed.READER_TOKEN, writes=[])) == []


def test_a_token_that_may_not_even_read_is_told(tool: GitlabSandbox, make: Make) -> None:
    tool.add_token("bridge", "glpat-user-only", scopes=("read_user",))
    with pytest.raises(AccessError, match="insufficient_scope"):
        make(tool, token="glpat-user-only").connector.verify()


def test_a_token_that_ends_soon_is_told_early(tool: GitlabSandbox, make: Make) -> None:
    today = datetime.now(UTC).date()
    for days, warned in ((20, True), (90, False)):
        secret = f"glpat-ending-{days}"
        tool.add_token("bridge", secret, expires_on=today + timedelta(days=days))
        found = problems(make(tool, token=secret))
        assert any("the token ends on" in text for text in found) is warned


def test_an_unknown_token_is_an_access_error(tool: GitlabSandbox, make: Make) -> None:
    with pytest.raises(AccessError) as refused:
        make(tool, token="glpat-nobody-knows").connector.verify()
    assert "glpat" not in str(refused.value)


def test_ask_22_a_misspelt_project_stops_no_check_of_the_others(
    tool: GitlabSandbox, make: Make
) -> None:
    found = make(tool, projects=["acme/sight", "acme/site"]).connector.verify()
    (wrong,) = (problem for problem in found.problems if problem.severity == "error")
    assert 'no project "acme/sight"' in wrong.message
    assert found.summary == "bridge sees acme/site", "the others are looked at"


def test_a_misspelt_project_alone_is_met_with_the_one_that_was_meant(
    tool: GitlabSandbox, make: Make
) -> None:
    found = make(tool, projects=["acme/sight"]).connector.verify()
    (wrong,) = (problem for problem in found.problems if problem.severity == "error")
    assert 'did you mean "acme/site"' in wrong.hint


def test_an_archived_project_cannot_be_written(tool: GitlabSandbox, make: Make) -> None:
    tool.archive_project(seed.PROJECT)
    assert any("archived" in text for text in errors(make(tool)))


def test_labels_that_are_missing_are_named_and_near_ones_shown(
    tool: GitlabSandbox, make: Make
) -> None:
    tool.add_label("acme", "aproval::awaiting")
    found = problems(make(tool))
    (none,) = [
        p for text, p in found.items() if "none of the labels" in text and "approval" in text
    ]
    assert none.severity == "warning"
    assert 'did you mean labels such as "aproval::awaiting"' in none.hint
    tool.add_label("acme", "approval::awaiting")
    (some,) = [text for text in problems(make(tool)) if "has no label" in text]
    assert '"approval::approved"' in some
    assert '"approval::awaiting"' not in some


def test_a_gitlab_without_graphql_is_told(tool: GitlabSandbox, make: Make) -> None:
    tool.faults.add(Answer.json('{"error":"404 Not Found"}', 404), "POST", "/api/graphql")
    assert any("single time entries" in text for text in problems(make(tool)))


def test_a_place_that_gitlab_does_not_have_is_an_error(
    tool: GitlabSandbox, make: Make, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("own") / "own.toml"
    path.write_text(
        'extends = "gitlab"\n[approval]\n"yes, of course" = "approved"\n'
        '[fields]\nconsumed = "custom:Hours"\n',
        encoding="utf-8",
    )
    found = errors(make(tool, mapping=str(path)))
    assert any("'custom:Hours'" in text for text in found)
    assert any("it has a comma" in text for text in found)


def test_the_words_of_a_group_and_its_projects_are_described(
    tool: GitlabSandbox, make: Make
) -> None:
    tool.add_project("acme/shop")
    tool.add_label("acme", "priority::2")
    tool.add_label("acme/shop", "status::blocked")
    tool.add_label("acme", "unrelated")
    vocabulary = make(tool, projects=[], groups=["acme"]).connector.describe()
    assert set(vocabulary.projects) == {"acme/site", "acme/shop"}
    assert vocabulary.words["priority"] == ("priority::2",)
    assert vocabulary.words["state"] == ("opened", "closed", "status::blocked")
    assert "unrelated" not in str(vocabulary.words)
    assert tool.journal.writes == []


def test_recent_issues_come_as_heads_newest_first(tool: GitlabSandbox, make: Make) -> None:
    issues = tool.fill(130)
    tool.open_issue(seed.PROJECT, "jdoe", "A step", type="task")
    page = make(tool).connector.recent(120)
    assert [ticket.title for ticket in page.tickets] == [i.title for i in issues[:-120:-1]]
    assert not any(ticket.complete for ticket in page.tickets)
    assert tool.journal.writes == []
