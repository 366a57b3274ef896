"""`verify` and `describe` on a real Redmine: one clear sentence for whatever stands in the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.errors import AccessError, SettingsError
from tests.redmine.client import Client
from tests.servers.redmine import Redmine
from tests.servers.tls import Certificates

Make = Callable[..., Client]


def problems(client: Client) -> list[str]:
    return [problem.message for problem in client.connector.verify().problems]


def test_account_with_all_it_needs_has_no_problem(tool: Redmine, make: Make) -> None:
    tool.seed_issues(1)
    identity = make(tool, projects=["acme"]).connector.verify()
    assert identity.problems == ()
    assert (identity.account.login, identity.account.id) == ("bridge", "5")
    assert identity.summary == "bridge sees acme"


def test_administrator_has_no_problem(tool: Redmine, make: Make) -> None:
    assert problems(make(tool, login="admin", projects=["acme"])) == []


@pytest.mark.parametrize(
    ("permission", "label"),
    [
        ("edit_issues", "Edit issues"),
        ("add_issue_notes", "Add notes"),
        ("set_notes_private", "Set notes as private"),
        ("view_private_notes", "View private notes"),
        ("view_time_entries", "View spent time"),
    ],
)
def test_missing_right_is_named_with_project_and_role(
    tool: Redmine, make: Make, permission: str, label: str
) -> None:
    with tool.permissions(remove=[permission]):
        (problem,) = make(tool).connector.verify().problems
    assert problem.message == (
        f'the account lacks the right "{label}" ({permission}) in the project "acme"'
    )
    assert "role Pont" in problem.hint
    assert (problem.source, problem.where) == ("tma", "tma")


def test_right_that_no_write_needs_is_not_asked_for(tool: Redmine, make: Make) -> None:
    with tool.permissions(remove=["edit_issues", "log_time", "set_notes_private"]):
        assert problems(make(tool, writes=[])) == []


def test_own_time_only_is_said(tool: Redmine, make: Make) -> None:
    with tool.changed("roles", "name = 'Pont'", time_entries_visibility="own"):
        (message,) = problems(make(tool))
    assert "only its own time entries" in message


def test_own_issues_only_is_said(tool: Redmine, make: Make) -> None:
    with tool.changed("roles", "name = 'Pont'", issues_visibility="own"):
        (message,) = problems(make(tool))
    assert "does not see every issue" in message


def test_closed_project_is_said(tool: Redmine, make: Make) -> None:
    with tool.changed("projects", "identifier = 'acme'", status=5):
        (message,) = problems(make(tool))
    assert "is closed" in message


def test_archived_project_is_said(tool: Redmine, make: Make) -> None:
    with tool.changed("projects", "identifier = 'acme'", status=9):
        (message,) = problems(make(tool, projects=["acme"]))
    assert '"acme" is archived' in message


def test_module_switched_off_is_said(tool: Redmine, make: Make) -> None:
    where = "name = 'time_tracking' AND project_id = 1"
    with tool.changed("enabled_modules", where, name="news"):
        messages = problems(make(tool, projects=["acme"]))
    assert any('"Time tracking" is switched off' in message for message in messages)


def test_unknown_project_is_answered_with_the_one_that_was_meant(tool: Redmine, make: Make) -> None:
    found = make(tool, projects=["acne", "acme"]).connector.verify()
    (problem,) = found.problems
    assert 'no project "acne"' in problem.message
    assert 'did you mean "acme"' in problem.hint
    assert found.summary == "bridge sees acme", "the others are looked at"


def test_project_without_membership_is_said(tool: Redmine, make: Make) -> None:
    (message,) = problems(make(tool, projects=["globex"]))
    assert '"globex"' in message


def test_tracker_without_estimate_is_said(tool: Redmine, make: Make) -> None:
    with tool.changed("trackers", "name = 'Anomalie'", fields_bits=1 << 6):
        (message,) = problems(make(tool))
    assert 'tracker "Anomalie"' in message


def test_renamed_field_is_answered_with_the_one_that_was_meant(tool: Redmine, make: Make) -> None:
    tool.seed_issues(1)
    with tool.changed("custom_fields", "name = 'Heures consommées'", name="Heures consommees"):
        (problem,) = make(tool).connector.verify().problems
    assert '"Heures consommées"' in problem.message
    assert 'did you mean "Heures consommees"' in problem.hint


def test_refused_key_and_switched_off_api_are_told_apart(tool: Redmine, make: Make) -> None:
    with pytest.raises(AccessError, match=r"tma: .* refuses the key"):
        make(tool, key="f" * 40).connector.verify()
    with (
        tool.setting("rest_api_enabled", "0"),
        pytest.raises(AccessError, match="switched off"),
    ):
        make(tool).connector.verify()


def test_wrong_path_is_said(tool: Redmine, make: Make) -> None:
    client = make(tool, url=f"{tool.url}/redmine")
    with pytest.raises(SettingsError, match="nothing at this address"):
        client.connector.verify()


def test_describe_gives_the_live_words(tool: Redmine, make: Make) -> None:
    (number,) = tool.seed_issues(1)
    tool.api("jdoe").set_custom_field(number, "approval", "En attente")
    seen = make(tool).connector.describe()
    assert seen.words["state"][:2] == ("Nouveau", "En cours")
    assert "Immédiat" in seen.words["priority"]
    assert seen.words["kind"] == ("Anomalie", "Evolution", "Assistance")
    assert seen.words["approval"] == ("En attente",)
    assert "Heures consommées" in seen.fields
    assert seen.projects == ("acme",)


def test_certificates_are_checked(tool: Redmine, make: Make, certificates: Certificates) -> None:
    good = make(tool, url=tool.https_url, ca_file=str(certificates.ca_file))
    assert good.connector.verify().account.login == "bridge"
    with pytest.raises(SettingsError, match=r"certificate of .* signed by nobody") as caught:
        make(tool, url=tool.https_url).connector.verify()
    assert "ca_file" in caught.value.hint


def test_recent_gives_the_newest_heads_of_the_scope_and_writes_nothing(
    tool: Redmine, make: Make
) -> None:
    tool.seed_issues(230)
    key = tool.api("alice").create_issue("Dernière", tracker="feature")
    before = tool.api().issue(int(key))
    client = make(tool, projects=["acme"])
    page = client.connector.recent(150)
    assert len(page.tickets) == 150
    assert page.tickets[0].key == str(key)
    assert not any(ticket.complete for ticket in page.tickets)
    assert page.cursor == ""
    assert len(client.connector.recent(500).tickets) == 231
    assert tool.api().issue(int(key)) == before


def test_a_field_that_is_missing_is_told_with_how_to_make_it(tool: Redmine, make: Make) -> None:
    tool.seed_issues(1)
    with tool.changed("custom_fields", "name = 'Approbation'", name="Zzz"):
        (problem,) = make(tool, projects=["acme"]).connector.verify().problems
    assert problem.hint.startswith(
        "create it: Administration, Custom fields, Issues, format "
        '"List", for this project, with the values: Non requise, Estimation à faire, En attente'
    )
