"""What stands in the way is told before the first write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bridge.model import Problem
from connectors.base import Identity, Vocabulary
from connectors.errors import AccessError, SettingsError
from connectors.freshdesk.settings import FreshdeskSettings
from connectors.sandbox.core import Answer
from connectors.toolkit.secret import SecretRef
from tests.freshdesk.conftest import Make
from tests.freshdesk.desk import Desk


def verify(desk: Desk, **changes: Any) -> Identity:
    found: Identity = desk.with_connector(lambda connector: connector.verify(), **changes)
    return found


def describe(desk: Desk) -> Vocabulary:
    found: Vocabulary = desk.with_connector(lambda connector: connector.describe())
    return found


def only(desk: Desk) -> Problem:
    (problem,) = verify(desk).problems
    return problem


@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_account_of_each_language_has_no_problem(make: Make, language: str) -> None:
    desk = make(language)
    found = verify(desk)
    assert found.problems == ()
    assert found.account.address == "bridge@agence.example"
    assert found.summary == (
        "as The bridge, may write priority, estimate, consumed, approval, due, message"
    )
    assert not desk.tool.journal.writes


def test_words_and_fields_are_the_account_s_own(make: Make) -> None:
    live = describe(make("fr"))
    assert live.words["state"][:2] == ("Ouvert", "En attente")
    assert live.words["priority"] == ("Faible", "Moyenne", "Élevée", "Urgente")
    assert "Devis séparé" in live.words["approval"]
    assert live.fields["Heures estimées"] == live.fields["cf_heures_estimees"] == "custom_decimal"


def test_missing_field_is_told_with_the_call_that_creates_it(make: Make) -> None:
    desk = make("fr")
    desk.tool.fields = [f for f in desk.tool.fields if f.name != "cf_approbation"]
    problem = only(desk)
    assert problem.severity == "error"
    assert 'no field "Approbation" that the mapping names for approval' in problem.message
    definition = json.loads(problem.hint[problem.hint.index("{") :])
    assert definition["type"] == "custom_dropdown"
    assert definition["choices"][0] == {"value": "Non requise", "position": 1}
    assert len(definition["choices"]) == 7


def test_missing_hours_field_is_to_be_a_decimal_one(desk: Desk) -> None:
    desk.tool.fields = [f for f in desk.tool.fields if f.name != "cf_consumed_hours"]
    problem = only(desk)
    assert 'did you mean "Estimated hours"?' in problem.hint
    assert '"type": "custom_decimal"' in problem.hint


def test_account_of_another_language_is_told_every_field_that_is_missing(make: Make) -> None:
    problems = verify(make("de", mapping="freshdesk-fr")).problems
    assert [p.severity for p in problems] == ["error", "error", "error", "warning"]
    assert all(p.hint.startswith('mapping = "freshdesk-de" fits this form; ') for p in problems)


@pytest.mark.parametrize(
    ("kind", "words"),
    [("custom_number", "whole numbers only"), ("custom_date", "holds no hours")],
)
def test_field_that_cannot_hold_hours_is_told(kind: str, words: str, desk: Desk) -> None:
    desk.tool.field("cf_estimated_hours").type = kind
    problem = only(desk)
    assert words in problem.message
    assert "custom_decimal" in problem.hint


def test_field_that_cannot_hold_a_word_is_told(desk: Desk) -> None:
    field = desk.tool.field("cf_approval")
    field.type, field.choices = "custom_checkbox", None
    assert "holds no word" in only(desk).message


def test_word_that_a_dropdown_lacks_is_told(desk: Desk) -> None:
    desk.tool.field("cf_approval").choices.remove("Expired")
    problem = only(desk)
    assert "no word for the approval expired" in problem.message
    assert '"Expired"' in problem.message


def test_plan_without_time_tracking_is_told_with_the_way_out(make: Make) -> None:
    problem = only(make(time_tracking=False))
    assert problem.severity == "warning"
    assert "no time tracking" in problem.message
    assert "worked" in problem.hint


def test_key_that_may_not_look_agents_up_is_told(desk: Desk) -> None:
    with desk.tool.lock:
        desk.bridge.role = "Agent"
    problem = only(desk)
    assert "administrator" in problem.message
    assert '"helpdesk:ID"' in problem.hint


@pytest.mark.parametrize("what", ["contacts", "companies"])
def test_key_that_may_not_see_clients_is_told(what: str, desk: Desk) -> None:
    denied = b'{"code": "access_denied", "message": "You are not authorized"}'
    desk.tool.faults.add(Answer(403, denied), "GET", f"*/{what}")
    problem = only(desk)
    assert problem.severity == "error"
    assert f"may not see {what}" in problem.message


def test_agent_who_does_not_see_every_ticket_is_told(desk: Desk) -> None:
    with desk.tool.lock:
        desk.bridge.scope = 2
    assert "does not see every ticket" in only(desk).message


def test_due_times_that_a_policy_would_leave_to_freshdesk_s_own_sla_are_told(desk: Desk) -> None:
    desk.settings = {"policy": {}}
    assert "policy for due leaves what is there" in only(desk).message
    desk.settings = {"policy": {}, "writes": ("priority",)}
    assert verify(desk).problems == ()


def test_missing_date_field_is_to_be_one(desk: Desk, tmp_path: Path) -> None:
    mapping = tmp_path / "own.toml"
    mapping.write_text('extends = "freshdesk"\n[fields]\ndue = "custom:Promised"\n', "utf-8")
    desk.mapping = str(mapping)
    assert '"type": "custom_date"' in only(desk).hint
    mapping.write_text('extends = "freshdesk"\n[fields]\ndue = "custom:Severity"\n', "utf-8")
    assert "holds no day" in only(desk).message


def test_source_that_only_reads_needs_no_field_to_write(desk: Desk) -> None:
    desk.tool.fields = [f for f in desk.tool.fields if f.name != "cf_approval"]
    assert verify(desk, writes=()).problems == ()


def test_address_of_no_freshdesk_is_a_matter_of_settings(desk: Desk) -> None:
    with pytest.raises(SettingsError, match="nothing at this address"):
        verify(desk, url=f"{desk.url}/support")


def test_login_page_is_no_account(desk: Desk) -> None:
    desk.tool.faults.add(Answer.html(), "GET", "*", times=50)
    with pytest.raises(Exception, match="login or maintenance page"):
        verify(desk)


def test_threat_S1_key_stands_in_no_message(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRESHDESK_API_KEY", "wrong-key-of-nobody")
    with pytest.raises(AccessError) as caught:
        verify(desk)
    assert "wrong-key-of-nobody" not in f"{caught.value!r} {caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("url", "http://acme.freshdesk.com"),
        ("url", "https://user:pass@acme.freshdesk.com"),
        ("leave_free", 91),
        ("time_window", "soon"),
        ("projects", ["acme"]),
    ],
)
def test_setting_that_cannot_be_is_refused(key: str, value: object) -> None:
    good = {"type": "freshdesk", "url": "https://acme.freshdesk.com", "api_key": SecretRef("env:K")}
    assert FreshdeskSettings.model_validate(good).host == "acme.freshdesk.com"
    with pytest.raises(ValueError):
        FreshdeskSettings.model_validate(good | {key: value})
