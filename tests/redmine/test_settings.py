"""The keys of a Redmine source, and sentences for what is wrong with them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.base import Connector, Context
from connectors.errors import SettingsError
from connectors.marks import Marks
from connectors.redmine import RedmineConnector, RedmineSettings
from mappings import load


def settings(**changes: Any) -> RedmineSettings:
    keys = {"type": "redmine", "url": "https://redmine.example/sub/", "api_key": "env:NO_SUCH_KEY"}
    return RedmineSettings.model_validate(keys | changes)


def test_address_loses_its_slash_and_gives_the_host() -> None:
    assert (settings().url, settings().host) == ("https://redmine.example/sub", "redmine.example")
    assert settings(time_window="60d").time_window == timedelta(days=60)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"url": "http://redmine.example"}, "would send the key in the clear"),
        ({"url": "redmine.example"}, "expected an address such as"),
        ({"api_key": "0123456789abcdef"}, "written by reference"),
        ({"projects": ["ACME SA"]}, "no project identifier"),
        ({"projects": ["../x"]}, "no project identifier"),
        ({"time_window": "45"}, "expected a span"),
        ({"per_minute": 0}, "greater than or equal to 1"),
        ({"ulr": "x"}, "Extra inputs"),
    ],
)
def test_wrong_key_or_value_is_answered_with_what_was_expected(
    changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValidationError, match=says) as caught:
        settings(**changes)
    assert "0123456789abcdef" not in str(caught.value.errors(include_input=False))


def test_secret_that_cannot_be_had_names_the_source_and_the_reference() -> None:
    context = Context("tma", load("redmine"), Marks(bytes(16)))
    with pytest.raises(SettingsError, match=r"tma: api_key: .*NO_SUCH_KEY is not set"):
        RedmineConnector(settings(), context)


def test_it_is_a_connector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_SUCH_KEY", "0123456789abcdef")
    context = Context("tma", load("redmine"), Marks(bytes(16)))
    connector = RedmineConnector(settings(), context)
    assert isinstance(connector, Connector)
    assert "0123456789abcdef" not in repr(vars(connector))
    connector.close()
    connector.close()


def test_shipped_mapping_knows_the_stock_words_of_both_languages() -> None:
    from tests.servers.redmine_words import APPROVALS, SEVERITIES, WORDS

    mapping = load("redmine")
    tables = {
        "state": ("new", "in_progress", "resolved", "feedback", "closed", "rejected"),
        "priority": ("low", "normal", "high", "urgent", "immediate"),
        "kind": ("bug", "feature", "support"),
        "severity": SEVERITIES,
        "approval": APPROVALS,
    }
    for words in WORDS.values():
        for table, names in tables.items():
            assert all(mapping.read(table, words[name]) is not None for name in names), table
