"""The account: who may do what, how often, in which words."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sandbox.core import Clock
from connectors.sandbox.freshdesk import GROWTH, TRIAL, FreshdeskSandbox, Person, Ticket
from connectors.sandbox.freshdesk.seed import JANE_KEY, NEWBIE_KEY
from tests.sandbox.freshdesk.conftest import ALWAYS, Api


def test_a_key_has_the_rights_of_its_person(api: Api, account: FreshdeskSandbox) -> None:
    api.key = NEWBIE_KEY
    assert api.get("/tickets").status_code == 200
    for got in (
        api.put("/tickets/1", priority=2),
        api.post("/tickets/1/notes", body="x"),
        api.post("/tickets/1/reply", body="x"),
        api.post("/tickets/1/time_entries", time_spent="00:10"),
        api.get("/agents"),
    ):
        assert (got.status_code, got.json()["code"]) == (403, "access_denied")
    api.key = JANE_KEY
    assert api.put("/tickets/1", priority=2).status_code == 200
    assert api.get("/admin/ticket_fields").status_code == 403
    assert api.get("/agents/me").json()["contact"]["email"] == "jane@agence.example"


def test_a_person_of_narrow_scope_sees_less(
    api: Api, account: FreshdeskSandbox, ticket: Ticket
) -> None:
    narrow = account.add_agent("Nina", "nina@agence.example", key="nina", scope=3)
    api.key = "nina"
    assert api.ids(ALWAYS) == []
    assert api.get("/tickets/1").status_code == 403
    account.set_field(ticket, responder_id=narrow.id)
    assert api.ids(ALWAYS) == [1]
    narrow.scope, narrow.group_ids = 2, tuple(account.groups)
    account.set_field(account.tickets[2], group_id=narrow.group_ids[0])
    assert sorted(api.ids(ALWAYS)) == [1, 2]


def test_a_collaborator_enters_their_own_time_only(
    api: Api, account: FreshdeskSandbox, jane: Person
) -> None:
    account.add_agent("Cora", "cora@agence.example", "Ticket Collaborator", key="cora")
    api.key = "cora"
    assert api.post("/tickets/1/time_entries", time_spent="00:10").status_code == 201
    other = api.post("/tickets/1/time_entries", time_spent="00:10", agent_id=jane.id)
    assert other.status_code == 403


@pytest.mark.parametrize("auth", [("wrong", "X"), ("", ""), None])
def test_without_a_key_nobody_is_logged_in(api: Api, auth: tuple[str, str] | None) -> None:
    got = api.call("GET", "/tickets", auth=auth)
    assert got.status_code == 401
    assert got.json()["code"] == "invalid_credentials"
    broken = api.call("GET", "/tickets", auth=None, headers={"Authorization": "Basic %%%"})
    assert broken.status_code == 401


def test_the_plan_is_shared_by_the_minute_and_failed_calls_count(
    api: Api, account: FreshdeskSandbox, clock: Clock
) -> None:
    account.meter.plan = TRIAL
    clock.advance(15)
    got = api.get("/tickets?include=stats")
    assert got.headers["X-RateLimit-Total"] == "50"
    assert got.headers["X-RateLimit-Remaining"] == "47"
    api.get("/nowhere")
    assert api.get("/tickets?x=1").headers["X-RateLimit-Remaining"] == "45"
    for _ in range(45):
        last = api.get("/agents/me")
    assert (last.status_code, last.headers["X-RateLimit-Remaining"]) == (200, "0")
    refused = api.get("/agents/me")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "45")
    clock.advance(45)
    assert api.get("/agents/me").status_code == 200


def test_a_cap_of_one_call_refuses_while_much_remains(api: Api, account: FreshdeskSandbox) -> None:
    account.meter.plan = GROWTH
    codes = [api.get("/tickets").status_code for _ in range(21)]
    assert codes == [200] * 20 + [429]
    assert int(api.get("/tickets/1").headers["X-RateLimit-Remaining"]) > 100


def test_formats_are_json_and_nothing_else(api: Api) -> None:
    def send(**values: Any) -> Any:
        return api.call("POST", "/tickets/1/notes", **values)

    assert send(data='{"body": ').status_code == 415
    as_json = {"Content-Type": "application/json"}
    assert send(data='{"body": ', headers=as_json).json()["code"] == "invalid_json"
    assert send(data="[]", headers=as_json).json()["code"] == "invalid_json"
    assert send(data="<a/>", headers={"Content-Type": "application/xml"}).status_code == 415
    assert api.get("/tickets", headers={"Accept": "text/html"}).status_code == 406


def test_what_does_not_exist_is_404_and_a_wrong_verb_405(api: Api) -> None:
    assert api.get("/tickets/99").status_code == 404
    assert api.get("/nowhere").status_code == 404
    assert api.get("/tickets/one").status_code == 404
    wrong = api.delete("/tickets")
    assert wrong.json()["message"] == (
        "DELETE method is not allowed. It should be one of these method(s): GET, POST"
    )
    assert wrong.headers["Allow"] == "GET, POST"


def test_a_suspended_account_refuses_everybody(api: Api, account: FreshdeskSandbox) -> None:
    account.suspend()
    got = api.get("/agents/me")
    assert (got.status_code, got.json()["code"]) == (403, "account_suspended")
    account.suspend(False)
    assert api.get("/agents/me").status_code == 200


def fields_of(api: Api) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in api.get("/ticket_fields").json()}


def test_the_form_shows_choices_in_four_shapes(api: Api, jane: Person) -> None:
    fields = fields_of(api)
    assert fields["ticket_type"]["choices"][1] == "Incident"
    assert fields["cf_severity"]["choices"] == ["Blocking", "Major", "Minor"]
    assert fields["priority"]["choices"] == {"Low": 1, "Medium": 2, "High": 3, "Urgent": 4}
    assert fields["agent"]["choices"]["Jane Doe"] == jane.id
    assert fields["status"]["choices"]["3"] == ["Pending", "Awaiting your Reply"]
    assert fields["cf_area"]["choices"][0] == {
        "Web": [{"Shop": ["Cart", "Payment"]}, {"Content": []}]
    }
    assert "choices" not in fields["subject"]
    assert (fields["status"]["default"], fields["cf_area"]["default"]) == (True, False)
    only = api.get("/ticket_fields?type=custom_decimal").json()
    assert [row["name"] for row in only] == ["cf_estimated_hours", "cf_consumed_hours"]


def test_the_administrators_list_of_the_form_has_no_choices(api: Api) -> None:
    assert all("choices" not in row for row in api.get("/admin/ticket_fields").json())


@pytest.mark.parametrize(
    ("language", "status", "priority", "kind", "estimate"),
    [
        ("en", "Open", "Low", "Incident", "Estimated hours"),
        ("fr", "Ouvert", "Faible", "Incident", "Heures estimées"),
        ("de", "Offen", "Niedrig", "Vorfall", "Geschätzte Stunden"),
    ],
)
def test_an_install_speaks_its_language(
    session: Any, language: str, status: str, priority: str, kind: str, estimate: str
) -> None:
    with FreshdeskSandbox.seeded(language).serve() as served:
        api = Api(served.url, session)
        fields = fields_of(api)
        assert fields["status"]["choices"]["2"][0] == status
        assert fields["priority"]["choices"][priority] == 1
        assert kind in fields["ticket_type"]["choices"]
        assert estimate in {row["label"] for row in fields.values()}
        assert api.get("/settings/helpdesk").json()["primary_language"] == language
        assert api.get(f"/tickets?{ALWAYS}").json()[-1]["type"] == kind


def test_an_account_may_have_more_than_fifty_statuses(api: Api, account: FreshdeskSandbox) -> None:
    numbers = [account.add_status(f"Step {n}", "In progress") for n in range(50)]
    account.rename_status(numbers[0], "Quality check")
    choices = fields_of(api)["status"]["choices"]
    assert (len(choices), choices["8"]) == (56, ["Quality check", "In progress"])
    assert api.put("/tickets/1", status=numbers[-1]).json()["status"] == 57


def test_who_is_there(api: Api, account: FreshdeskSandbox, bruno: Person, jane: Person) -> None:
    assert api.get(f"/contacts/{bruno.id}").json()["company_id"] == bruno.company_id
    assert api.get(f"/contacts/{jane.id}").status_code == 404
    assert api.get(f"/agents/{jane.id}").json()["contact"]["name"] == "Jane Doe"
    assert api.get(f"/agents/{bruno.id}").status_code == 404
    assert [row["name"] for row in api.get("/companies").json()] == ["ACME", "BETA"]
    assert api.get(f"/companies/{bruno.company_id}").json()["domains"] == ["acme.example"]
    group = next(iter(account.groups))
    assert api.get(f"/groups/{group}").json()["name"] == "Web"
    assert len(api.get("/groups").json()) == 1
    assert len(api.get("/agents?per_page=2").json()) == 2
    assert "Newbie Agent" in {row["name"] for row in api.get("/roles").json()}
    found = api.get("/contacts?email=bruno%40acme.example").json()
    assert [row["id"] for row in found] == [bruno.id]
    lonely = account.add_contact("Lena", "lena@home.example")
    assert "other_companies" not in api.get(f"/contacts/{lonely.id}").json()


def test_promised_times_and_hours_are_for_administrators(
    api: Api, account: FreshdeskSandbox
) -> None:
    (policy,) = api.get("/sla_policies").json()
    assert policy["sla_target"]["priority_4"]["resolve_within"] == 12 * 3600
    (hours,) = api.get("/business_hours").json()
    assert hours["time_zone"] == "Bern"
    (mailbox,) = api.get("/email_configs").json()
    assert mailbox["reply_email"] == account.support_email
    api.key = JANE_KEY
    for path in ("/sla_policies", "/business_hours", "/email_configs"):
        assert api.get(path).status_code == 403


def test_many_tickets_are_there_at_once(api: Api, account: FreshdeskSandbox) -> None:
    account.seed_many(250, replies=1)
    rows = api.get(f"/tickets?{ALWAYS}&order_by=updated_at&order_type=asc&per_page=100").json()
    assert len(rows) == 100
    assert len({row["updated_at"] for row in rows}) == 100
    number = rows[0]["id"]
    assert len(api.get(f"/tickets/{number}/conversations").json()) == 1


def test_the_guide_leads_into_the_seeded_account(api: Api, account: FreshdeskSandbox) -> None:
    guide = account.guide(api.base.removesuffix("/api/v2"))
    api.key = dict(guide.environment)["FRESHDESK_API_KEY"]
    assert api.get("/agents/me").status_code == 200
    assert {resident.role for resident in guide.people} >= {"Agent", "client of ACME"}
