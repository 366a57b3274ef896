"""What stands in the way, told before the first write; and the settings."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from connectors.errors import AccessError, SettingsError, TryAgainError
from connectors.pivotal import PivotalSettings
from connectors.sandbox.core import Answer
from connectors.sandbox.pivotal import PivotalSandbox, seed
from tests.pivotal.client import Client
from tests.pivotal.conftest import ADDRESSES

Make = Callable[..., Client]
ACME = seed.ACME


def problems(client: Client) -> list[tuple[str, str]]:
    return [(p.severity, f"{p.message} / {p.hint}") for p in client.connector.verify().problems]


def test_service_in_order_has_no_problem(tool: PivotalSandbox, make: Make) -> None:
    client = make(tool, projects=[ACME])
    identity = client.connector.verify()
    assert identity.problems == ()
    assert (identity.account.id, identity.account.login) == ("104", "bridge")
    assert identity.summary == "bridge sees 2001"


def test_check_writes_nothing(tool: PivotalSandbox, make: Make) -> None:
    tool.add_story(ACME, "alice", "Filtre")
    client = make(tool)
    client.connector.verify()
    client.connector.describe()
    client.connector.recent(10)
    assert {entry.method for entry in tool.journal.entries} == {"GET"}


def test_viewer_is_a_problem_where_something_is_to_be_written(
    tool: PivotalSandbox, make: Make
) -> None:
    tool.join(ACME, "bridge", "viewer")
    ((severity, text),) = problems(make(tool))
    assert severity == "error"
    assert 'is a "viewer"' in text
    assert problems(make(tool, writes=[])) == []


def test_ask_22_project_that_does_not_answer_is_a_finding_beside_the_others(
    tool: PivotalSandbox, make: Make
) -> None:
    tool.add_project("second", {"jdoe": "owner", "bridge": "member"}, number=2500)
    tool.allow_api(2500, False)
    ((severity, text),) = problems(make(tool, projects=[2500, ACME]))
    assert severity == "error"
    assert "API access" in text
    ((_, missing),) = problems(make(tool, projects=[ACME, 9999]))
    assert "no project 9999" in missing
    assert "the token sees: 2001" in missing


def test_token_that_sees_nothing_is_a_problem(tool: PivotalSandbox, make: Make) -> None:
    tool.leave(ACME, "bridge")
    ((_, text),) = problems(make(tool))
    assert "sees no project" in text


def test_service_without_a_feed_is_a_warning(tool: PivotalSandbox, make: Make) -> None:
    refusal = Answer.json('{"kind":"error","code":"route_not_found","error":"No."}', 404)
    tool.faults.add(refusal, "GET", "*/activity")
    ((severity, text),) = problems(make(tool))
    assert severity == "warning"
    assert "no activity feed" in text


def test_scale_of_the_usual_points_is_doubted_where_points_are_hours(
    tool: PivotalSandbox, make: Make
) -> None:
    hours = '[fields]\nestimate = "native:estimate"\n'
    ((severity, text),) = problems(make(tool, words=hours))
    assert severity == "warning"
    assert "are its points hours at all?" in text
    tool.change_project(ACME, "jdoe", point_scale="0,0.5,1,2,4,8,16")
    assert problems(make(tool, words=hours)) == []
    tool.change_project(ACME, "jdoe", point_scale="0.1,0.2")
    ((_, few),) = problems(make(tool, words=hours))
    assert "no whole hours" in few


def test_field_without_a_place_is_a_problem(tool: PivotalSandbox, make: Make) -> None:
    words = '[fields]\nconsumed = "custom:Hours"\npriority = "native:severity"\n'
    found = problems(make(tool, words=words))
    assert [severity for severity, _ in found] == ["error", "error"]
    assert 'priority = "label:PREFIX" or "native:story_priority"' in found[0][1]


def test_refused_token_and_silent_service_are_errors(tool: PivotalSandbox, make: Make) -> None:
    with pytest.raises(AccessError, match="refuses the token"):
        make(tool, key="0" * 32).connector.verify()
    tool.faults.add(Answer.html(503), "GET", "*", times=4)
    with pytest.raises(TryAgainError):
        make(tool).connector.verify()


def test_address_without_the_api_says_so(tool: PivotalSandbox, make: Make) -> None:
    make(tool)
    url = ADDRESSES[id(tool)]
    with pytest.raises(SettingsError, match="nothing at this address"):
        make(tool, url=url).connector.verify()


def test_live_words_are_the_api_s_and_the_labels_that_mean_something(
    tool: PivotalSandbox, make: Make
) -> None:
    labels = ("approval:awaiting", "approval:peut-être", "severity:major", "checkout")
    tool.add_story(ACME, "alice", "Filtre", labels=labels)
    found = make(tool).connector.describe()
    assert "delivered" in found.words["state"]
    assert found.words["approval"] == ("awaiting", "approval:peut-être")
    assert found.words["severity"] == ("major",)
    assert found.projects == (str(ACME),)
    assert found.fields["estimate"] == "native points"


def test_recent_stories_are_the_newest_ones(tool: PivotalSandbox, make: Make) -> None:
    old = seed.bulk(tool, 250)
    new = [tool.add_story(ACME, "alice", f"neuf {n}").id for n in range(3)]
    client = make(tool)
    assert {t.key for t in client.connector.recent(3).tickets} == {str(n) for n in new}
    many = {t.key for t in client.connector.recent(100).tickets}
    assert many == {str(n) for n in [*new, *old[-97:]]}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "https://www.pivotaltracker.com/services/v5"}, "closed on 30 April 2025"),
        ({"url": "http://tracker.example/services/v5"}, "in the clear"),
        ({"url": "https://me:secret@tracker.example"}, "would be logged"),
        ({"projects": ["acme"]}, "valid integer"),
        ({"projects": [0]}, "greater than or equal to 1"),
        ({"api_key": "0123456789"}, "by reference"),
        ({"priority": "label"}, "Extra inputs"),
    ],
)
def test_wrong_settings_are_refused_in_words(changes: dict[str, object], words: str) -> None:
    good = {"type": "pivotal", "url": "https://tracker.example/services/v5", "api_key": "env:KEY"}
    assert PivotalSettings.model_validate(good).host == "tracker.example"
    with pytest.raises(ValidationError, match=words) as caught:
        PivotalSettings.model_validate(good | changes)
    assert "me:secret" not in str(caught.value.errors()[0]["msg"])


def test_there_is_no_default_address() -> None:
    with pytest.raises(ValidationError, match="url"):
        PivotalSettings.model_validate({"type": "pivotal", "api_key": "env:KEY"})
