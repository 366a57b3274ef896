"""The test Redmine is a real one and does what its class promises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import requests

from tests.servers.redmine import Redmine
from tests.servers.redmine_bulk import BulkIssues
from tests.servers.tls import Certificates


@pytest.fixture(autouse=True)
def _empty(redmine: Redmine) -> None:
    redmine.reset()


def test_bot_is_an_ordinary_member_and_speaks_rest(redmine: Redmine) -> None:
    me = redmine.api("bridge").get("/users/current.json", include="memberships")["user"]
    assert (me["login"], me["admin"]) == ("bridge", False)
    assert [entry["project"]["name"] for entry in me["memberships"]] == ["ACME SA"]


def test_install_speaks_french(redmine: Redmine) -> None:
    api = redmine.api("bridge")
    states = [state["name"] for state in api.get("/issue_statuses.json")["issue_statuses"]]
    assert states == ["Nouveau", "En cours", "Résolu", "Commentaire", "Fermé", "Rejeté"]
    refusal = api.request("POST", "/issues.json", json={"issue": {"project_id": "acme"}})
    assert refusal.status_code == 422
    assert "Sujet doit être renseigné(e)" in refusal.json()["errors"]


def test_second_install_speaks_english_beside_the_first(redmine_en: Redmine) -> None:
    api = redmine_en.api("bridge")
    assert api.get("/issue_statuses.json")["issue_statuses"][1]["name"] == "In Progress"
    number = redmine_en.api("alice").create_issue("White page")
    api.set_custom_field(number, "consumed", "1.5")
    api.set_custom_field(number, "approval", "Awaiting")
    assert api.custom_field(number, "Consumed hours") == "1.5"


def test_bot_can_do_its_work_and_the_client_sees_it(redmine: Redmine) -> None:
    number = redmine.api("alice").create_issue("Page blanche", priority="immediate")
    bot = redmine.api("bridge")
    bot.update(number, estimated_hours=3, priority_id=redmine.id_of("priority", "high"))
    bot.set_custom_field(number, "approval", "En attente")
    bot.set_custom_field(number, "severity", "Majeure")
    bot.comment(number, "Estimation : 3 h.")
    redmine.api("jdoe").log_time(number, "1:30", on="2026-03-02", comment="Panier")
    shown = redmine.api("alice").issue(number)
    assert (shown["estimated_hours"], shown["spent_hours"]) == (3.0, 1.5)
    assert shown["priority"]["name"] == "Haut"
    assert shown["author"]["name"] == "Alice Martin"
    assert "Estimation : 3 h." in [entry["notes"] for entry in shown["journals"]]


def test_stranger_may_comment_and_reads_no_private_note(redmine: Redmine) -> None:
    number = redmine.api("alice").create_issue("Page blanche")
    redmine.api("jdoe").comment(number, "Marge de 2 h, ne pas dire.", private=True)
    redmine.api("mallory").comment(number, "Oui, allez-y.")
    seen = [entry["notes"] for entry in redmine.api("mallory").issue(number)["journals"]]
    assert seen == ["Oui, allez-y."]


def test_bot_cannot_see_the_other_clients_project(redmine: Redmine) -> None:
    number = redmine.api("mallory").create_issue("Chez Globex", project="globex")
    assert redmine.api("bridge").request("GET", f"/issues/{number}.json").status_code == 403


def test_wrong_key_gets_an_empty_list_as_on_a_default_install(redmine: Redmine) -> None:
    redmine.seed_issues(3)
    answer = redmine.api("bridge").request(
        "GET", "/issues.json", headers={"X-Redmine-API-Key": "0" * 40}
    )
    assert (answer.status_code, answer.json()["issues"]) == (200, [])


def test_setting_holds_from_the_next_request_on(redmine: Redmine) -> None:
    api = redmine.api("bridge")
    with redmine.setting("rest_api_enabled", "0"):
        assert api.request("GET", "/users/current.json").status_code == 403
    assert api.request("GET", "/users/current.json").status_code == 200
    with redmine.setting("timelog_max_hours_per_day", "2"):
        number = api.create_issue("Trop d'heures")
        with pytest.raises(AssertionError, match="422"):
            api.log_time(number, "3", on="2026-03-02")
    api.log_time(number, "3", on="2026-03-02")


def test_lost_permission_holds_from_the_next_request_on(redmine: Redmine) -> None:
    api = redmine.api("bridge")
    number = api.create_issue("Page blanche")
    with (
        redmine.permissions(remove=["log_time"]),
        pytest.raises(AssertionError, match=r"answered 4\d\d"),
    ):
        api.log_time(number, "1", on="2026-03-02")
    api.log_time(number, "1", on="2026-03-02")


def test_read_only_field_is_dropped_silently(redmine: Redmine) -> None:
    api = redmine.api("bridge")
    number = api.create_issue("Page blanche")
    with redmine.read_only_field("consumed"), pytest.raises(AssertionError, match="instead of"):
        api.set_custom_field(number, "consumed", "1.5")
    api.set_custom_field(number, "consumed", "1.5")


def test_locked_account_is_refused(redmine: Redmine) -> None:
    with redmine.changed("users", "login = 'bridge'", status=3):
        assert redmine.api("bridge").request("GET", "/users/current.json").status_code == 401
    assert redmine.api("bridge").me()["login"] == "bridge"


def test_thousands_of_issues_come_with_the_stamps_asked_for(redmine: Redmine) -> None:
    start = datetime(2026, 2, 1, 9, tzinfo=UTC)
    numbers = redmine.seed_issues(
        5000, BulkIssues(updated_on=lambda index: start + timedelta(seconds=index // 250))
    )
    page = redmine.api("bridge").get(
        "/issues.json", status_id="*", sort="updated_on,id", limit=100, offset=200
    )
    assert page["total_count"] == len(numbers) == 5000
    assert [entry["id"] for entry in page["issues"]] == numbers[200:300]
    assert page["issues"][49]["updated_on"] == "2026-02-01T09:00:00Z"
    assert page["issues"][50]["updated_on"] == "2026-02-01T09:00:01Z"
    assert "paiement" in "".join(entry["description"] for entry in page["issues"])


def test_time_and_notes_come_in_bulk_and_move_no_issue(redmine: Redmine) -> None:
    numbers = redmine.seed_issues(300)
    entries = redmine.seed_time_entries(numbers)
    redmine.seed_notes(numbers, "Toujours d'actualité ?", at=datetime(2026, 3, 3, 9, tzinfo=UTC))
    api = redmine.api("bridge")
    page = api.get("/time_entries.json", limit=100, sort="created_on:desc")
    assert page["total_count"] == len(entries) == 300
    assert (page["time_entries"][0]["hours"], page["time_entries"][0]["spent_on"]) == (
        1.5,
        "2026-03-02",
    )
    shown = api.issue(numbers[0])
    assert (shown["spent_hours"], shown["updated_on"]) == (1.5, "2026-01-05T08:00:00Z")
    assert [entry["user"]["name"] for entry in shown["journals"]] == ["Alice Martin"]


def test_reset_empties_it_under_the_running_server(redmine: Redmine) -> None:
    api = redmine.api("alice")
    first = api.create_issue("Avant")
    redmine.set_setting("app_title", "Changé")
    redmine.reset()
    assert api.get("/issues.json", status_id="*")["total_count"] == 0
    assert api.create_issue("Après") == first
    assert "Changé" not in redmine.api("admin").request("GET", "/").text


def test_ruby_runs_inside(redmine: Redmine) -> None:
    redmine.api("alice").create_issue("Page blanche")
    assert redmine.runner("print Issue.last.subject") == "Page blanche"


def test_https_shows_the_certificate_asked_for(
    redmine: Redmine, certificates: Certificates
) -> None:
    url, ca_file = f"{redmine.https_url}/users/current.json", str(certificates.ca_file)
    headers = {"X-Redmine-API-Key": redmine.key()}
    client = requests.Session()
    client.trust_env = False
    answer = client.get(url, headers=headers, verify=ca_file, timeout=10)
    assert answer.json()["user"]["login"] == "bridge"
    redmine.restart(certificates.wrong_name)
    try:
        with pytest.raises(requests.exceptions.SSLError, match="mismatch"):
            client.get(url, headers=headers, verify=ca_file, timeout=10)
    finally:
        redmine.restart(certificates.good)


def test_it_can_go_away_and_come_back_with_its_data(redmine: Redmine) -> None:
    number = redmine.api("alice").create_issue("Toujours là")
    redmine.pause()
    with pytest.raises(OSError, match="refused"):
        redmine.api("bridge").me()
    redmine.restart()
    assert redmine.api("bridge").issue(number)["subject"] == "Toujours là"
