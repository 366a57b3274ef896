"""A GitLab that answers oddly: nothing is concluded from it, and the key stays where it belongs."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from connectors.errors import GoneError, SettingsError, SourceError, TryAgainError
from connectors.gitlab import GitLabSettings
from connectors.gitlab.text import mentioned
from connectors.sandbox.core import Answer, Cut
from connectors.sandbox.gitlab import GitlabSandbox, seed
from tests.gitlab.client import QUICK, Client
from tests.gitlab.conftest import Make, bare


def served(tool: GitlabSandbox, make: Make) -> Client:
    tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    client.poll()
    tool.clock.advance(200)
    return client


@pytest.mark.parametrize(
    "answer",
    [
        Answer.html(),
        Answer.html(502),
        Answer.json("{}"),
        Answer.json("null"),
        Answer.json('["x"]'),
        Answer.json('{"0": {}}'),
        Answer.json("[{"),
        Answer.json("[NaN]"),
        Answer.json('[{"a":1,"a":2}]'),
        Cut(),
    ],
)
def test_threat_H2_an_answer_that_is_no_list_fails_the_pass_and_moves_nothing(
    answer: Answer | Cut, tool: GitlabSandbox, make: Make
) -> None:
    client = served(tool, make)
    issue = tool.open_issue(seed.PROJECT, "alice", "Second")
    cursor = client.cursor
    tool.faults.add(answer, "GET", "*/issues", times=QUICK.attempts)
    with pytest.raises(TryAgainError):
        client.poll()
    assert client.cursor == cursor
    tool.faults.clear()
    client.poll()
    assert client.ticket(issue).title == "Second"


def test_threat_H4_a_list_that_leads_back_to_itself_ends_in_an_error(
    tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    path = f"{client.url}/api/v4/projects/1/issues/{issue.iid}/notes"
    url = f"{path}?sort=asc&order_by=created_at&per_page=100"
    answer = Answer(200, b"[]", "application/json", {"Link": f'<{url}>; rel="next"'})
    tool.faults.add(answer, "GET", "*/notes", times=500)
    with pytest.raises(TryAgainError, match="circles"):
        client.poll()
    assert len(tool.journal.of("GET", "*/notes")) < 5


def test_threat_H4_a_list_of_empty_pages_ends_in_an_error(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    base = client.url
    for number in range(200):
        url = f"{base}/api/v4/projects/1/issues/{issue.iid}/notes?page={number}"
        answer = Answer(200, b"[]", "application/json", {"Link": f'<{url}>; rel="next"'})
        tool.faults.add(answer, "GET", "*/notes")
    with pytest.raises(TryAgainError, match="circles"):
        client.poll()
    assert len(tool.journal.of("GET", "*/notes")) < 60


def test_a_page_of_notes_that_is_empty_in_between_loses_none(
    tool: GitlabSandbox, make: Make
) -> None:
    """Rights are checked after GitLab cuts its pages (docs/gitlab.md, 4)."""
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    tool.comment(issue, "jdoe", "behind an empty page")
    client = make(tool)
    base = client.url
    path = f"/api/v4/projects/1/issues/{issue.iid}/notes"
    link = f'<{base}{path}?sort=asc&order_by=created_at&per_page=100&page=1>; rel="next"'
    tool.faults.add(Answer(200, b"[]", "application/json", {"Link": link}), "GET", "*/notes")
    client.poll()
    assert [c.text for c in client.ticket(issue).comments] == ["behind an empty page"]


def test_threat_S2_a_next_page_on_another_host_is_asked_for_on_our_own(make: Make) -> None:
    """A proxy in front of GitLab: `Link` names another host, and never gets the key."""
    tool = GitlabSandbox(external_url="https://elsewhere.example")
    seed.bare(tool)
    tool.fill(250)
    assert len(make(tool).poll()) == 250


def test_threat_S2_a_redirect_is_not_followed(tool: GitlabSandbox, make: Make) -> None:
    client = served(tool, make)
    moved = Answer(301, b"", "text/html", {"Location": "https://evil.example/api/v4"})
    tool.faults.add(moved, "GET", "*/issues")
    with pytest.raises(SettingsError, match=r"redirects to evil\.example"):
        client.poll()


@pytest.mark.parametrize(
    "key", ["../../user", "1-1/../2", "1", "1-", "-1", "a-b", "1-1 ", "٤-٢", "1-1-1"]
)
def test_threat_H3_what_is_no_key_reaches_no_address(
    key: str, tool: GitlabSandbox, make: Make
) -> None:
    client = make(tool)
    with pytest.raises(GoneError):
        client.connector.fetch(key)
    assert len(tool.journal) == 0


def test_threat_H3_an_address_elsewhere_is_not_stored(tool: GitlabSandbox, make: Make) -> None:
    tool_elsewhere = GitlabSandbox(external_url="https://elsewhere.example")
    seed.bare(tool_elsewhere)
    issue = tool_elsewhere.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool_elsewhere)
    ticket = next(iter(client.poll().values()))
    assert ticket.url == f"{client.url}/acme/site/-/issues/{issue.iid}"


def test_threat_H7_an_absurd_wait_is_the_schedulers_matter(tool: GitlabSandbox, make: Make) -> None:
    client = served(tool, make)
    later = Answer(429, b"Retry later\n", "text/plain", {"Retry-After": "99999"})
    tool.faults.add(later, "GET", "*/issues")
    with pytest.raises(SourceError, match="left alone"):
        client.poll()


def test_ask_09_a_rate_limit_is_waited_out_and_loses_no_page(make: Make) -> None:
    tool = bare()
    tool.fill(250)
    client = make(tool)
    later = Answer(429, b"Retry later\n", "text/plain", {"Retry-After": "1"})
    tool.faults.add(later, "GET", "*/issues", after=1)
    assert len(client.poll()) == 250
    assert ("waiting") in {event for event, _ in client.events}


def test_ask_25_the_token_stands_in_no_error(tool: GitlabSandbox, make: Make) -> None:
    client = served(tool, make)
    body = json.dumps({"message": f"{seed.BRIDGE_TOKEN} is wrong"})
    tool.faults.add(Answer.json(body, 400), "GET", "*/issues")
    with pytest.raises(SourceError) as failed:
        client.poll()
    assert seed.BRIDGE_TOKEN not in f"{failed.value} {failed.value.hint}"
    assert "is wrong" in str(failed.value)


def test_references_are_read_as_people_write_them() -> None:
    base = "https://gitlab.example/git"
    text = (
        "#1, see other#2 and a/b/c#3. `#4` x#y #05 &#6; "
        "https://gitlab.example/git/a/b/-/issues/7 and "
        "https://gitlab.example/git/a/b/-/work_items/8#note_1 not "
        "https://evil.example/a/b/-/issues/9"
    )
    assert set(mentioned(text, "a/b", base)) == {
        ("a/b", 1),
        ("a/other", 2),
        ("a/b/c", 3),
        ("a/b", 7),
        ("a/b", 8),
    }


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"url": "gitlab.example"}, "no web address"),
        ({"url": "http://gitlab.example"}, "in the clear"),
        ({"projects": []}, "at least one project"),
        ({"projects": ["site"]}, "names its group"),
        ({"projects": ["https://gitlab.example/a/b"]}, "is no path"),
        ({"groups": ["../admin"]}, "is no path"),
        ({"api_key": "glpat-bare"}, "env:"),
        ({"reaction": True}, "reaction"),
    ],
)
def test_ask_12_a_wrong_setting_says_what_was_expected(
    changes: dict[str, object], sentence: str
) -> None:
    good = {
        "type": "gitlab",
        "url": "https://gitlab.example",
        "api_key": "env:GITLAB_TOKEN",
        "projects": ["acme/site"],
    }
    GitLabSettings.model_validate(good)
    with pytest.raises(ValidationError, match=sentence):
        GitLabSettings.model_validate(good | changes)
