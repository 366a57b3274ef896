"""The small world in its languages, and what a user is told about it."""

from __future__ import annotations

import tomllib

import pytest

from connectors.sandbox import load
from connectors.sandbox.gitlab import PROJECT, TOKENS, GitlabSandbox
from connectors.sandbox.gitlab.versions import Version


@pytest.mark.parametrize(
    ("language", "label"), [("en", "incident"), ("fr", "demande"), ("de", "Störung")]
)
def test_a_world_has_the_labels_of_its_language(language: str, label: str) -> None:
    gitlab = GitlabSandbox.seeded(language)
    assert gitlab.label_named(PROJECT, label).owner is gitlab.group("acme")
    assert len(gitlab.project(PROJECT).issues) == 2


def test_another_language_is_refused() -> None:
    with pytest.raises(KeyError, match="nl"):
        GitlabSandbox.seeded("nl")


def test_it_is_loaded_by_name() -> None:
    assert load("gitlab") is GitlabSandbox


@pytest.mark.parametrize(("language", "mapping"), [("en", "gitlab"), ("fr", "gitlab-fr")])
def test_the_guide_is_what_the_world_holds(language: str, mapping: str) -> None:
    gitlab = GitlabSandbox.seeded(language)
    guide = gitlab.guide("http://127.0.0.1:8080")
    source = tomllib.loads(guide.config)["sources"]["code"]
    assert source["mapping"] == mapping
    assert source["url"] == "http://127.0.0.1:8080"
    assert source["api_key"] == f"env:{guide.environment[0][0]}"
    assert gitlab.world.tokens[guide.environment[0][1]].user.username == "bridge"
    assert {person.secret for person in guide.people} <= set(TOKENS.values())
    for person in guide.people:
        assert gitlab.user(person.address).name == person.name


@pytest.mark.parametrize(
    ("text", "shown"), [("15", "15.4.6"), ("18.3", "18.3.0"), ("18.7.2", "18.7.2")]
)
def test_a_version_is_told_in_full(text: str, shown: str) -> None:
    assert str(Version.of(text)) == shown


@pytest.mark.parametrize("text", ["", "eighteen", "18.7.1.2"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Version.of(text)
