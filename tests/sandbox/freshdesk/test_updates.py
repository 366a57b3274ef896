"""Writing to a ticket: types are strict, one wrong attribute refuses the whole."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sandbox.core import Clock
from connectors.sandbox.freshdesk import FreshdeskSandbox, Person, Refusal, Ticket
from tests.sandbox.freshdesk.conftest import Api


def test_one_wrong_attribute_refuses_the_whole_update(api: Api, ticket: Ticket) -> None:
    before = api.get("/tickets/1").json()
    refused = api.put(
        "/tickets/1",
        priority=4,
        status="3",
        colour="red",
        custom_fields={"cf_estimated_hours": "2.5", "cf_reference": "ok", "cf_nowhere": 1},
    )
    assert api.wrong(refused) == {
        "status": "datatype_mismatch",
        "colour": "invalid_field",
        "cf_estimated_hours": "datatype_mismatch",
        "cf_nowhere": "invalid_field",
    }
    messages = {error["field"]: error["message"] for error in refused.json()["errors"]}
    assert messages["status"] == (
        "Value set is of type String.It should be one of these values: '2,3,4,5,6,7'"
    )
    assert messages["colour"] == "Unexpected/invalid field in request"
    assert api.get("/tickets/1").json() == before


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"status": 99}, {"status": "invalid_value"}),
        ({"status": True}, {"status": "datatype_mismatch"}),
        ({"priority": 5}, {"priority": "invalid_value"}),
        ({"type": "incident"}, {"type": "invalid_value"}),
        ({"type": 3}, {"type": "datatype_mismatch"}),
        ({"tags": "one"}, {"tags": "datatype_mismatch"}),
        ({"tags": [1]}, {"tags": "invalid_value"}),
        ({"responder_id": 1}, {"responder_id": "invalid_value"}),
        ({"requester_id": None}, {"requester_id": "datatype_mismatch"}),
        ({"group_id": "1"}, {"group_id": "datatype_mismatch"}),
        ({"due_by": "soon"}, {"due_by": "invalid_date"}),
        ({"due_by": "2026-01-01", "fr_due_by": "2026-01-01"}, {"due_by": "invalid_value"}),
        ({"due_by": "2040-01-01", "fr_due_by": "2041-01-01"}, {"due_by": "invalid_value"}),
        ({"due_by": "2040-01-01", "status": 5}, {"due_by": "incompatible_field"}),
        ({"subject": "x" * 256}, {"subject": "invalid_value"}),
        ({"subject": 7}, {"subject": "datatype_mismatch"}),
        ({"source": 77}, {"source": "invalid_value"}),
        ({"company_id": None}, {"company_id": "inaccessible_field"}),
        ({"parent_id": 2}, {"parent_id": "inaccessible_field"}),
        ({"email_config_id": "x"}, {"email_config_id": "datatype_mismatch"}),
        ({"custom_fields": []}, {"custom_fields": "datatype_mismatch"}),
        ({"custom_fields": {"cf_severity": "major"}}, {"cf_severity": "invalid_value"}),
        ({"custom_fields": {"cf_visits": 2.5}}, {"cf_visits": "datatype_mismatch"}),
        ({"custom_fields": {"cf_visits": "2"}}, {"cf_visits": "datatype_mismatch"}),
        ({"custom_fields": {"cf_go_live": "18.05.2026"}}, {"cf_go_live": "invalid_value"}),
        ({"custom_fields": {"cf_go_live": "2026-02-30"}}, {"cf_go_live": "invalid_value"}),
        ({"custom_fields": {"cf_go_live": 1}}, {"cf_go_live": "datatype_mismatch"}),
        (
            {"custom_fields": {"cf_under_warranty": "true"}},
            {"cf_under_warranty": "datatype_mismatch"},
        ),
        ({"custom_fields": {"cf_reference": 7}}, {"cf_reference": "datatype_mismatch"}),
        ({"custom_fields": {"cf_reference": "x" * 256}}, {"cf_reference": "invalid_value"}),
        ({"custom_fields": {"cf_area": "Desktop"}}, {"cf_area": "invalid_value"}),
        ({}, {"request": "missing_field"}),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(
    api: Api, given: dict[str, Any], refused: dict[str, str]
) -> None:
    assert api.wrong(api.put("/tickets/1", **given)) == refused


def test_an_update_sets_what_it_names_and_leaves_the_rest(
    api: Api, clock: Clock, account: FreshdeskSandbox, jane: Person, alice: Person
) -> None:
    group = next(iter(account.groups))
    api.put("/tickets/1", custom_fields={"cf_reference": "A-1", "cf_visits": 2})
    clock.advance(60)
    row = api.put(
        "/tickets/1",
        status=3,
        priority=4,
        type="Problem",
        tags=["a", "b", "a"],
        responder_id=jane.id,
        requester_id=alice.id,
        group_id=group,
        due_by="2026-06-01",
        fr_due_by="2026-05-31",
        description="New <script>x</script>",
        custom_fields={
            "cf_estimated_hours": 2.5,
            "cf_visits": None,
            "cf_go_live": "2026-06-01",
            "cf_under_warranty": True,
            "cf_area": "Web",
        },
    ).json()
    assert (row["status"], row["priority"], row["type"], row["tags"]) == (
        3,
        4,
        "Problem",
        ["a", "b"],
    )
    assert (row["responder_id"], row["requester_id"], row["group_id"]) == (
        jane.id,
        alice.id,
        group,
    )
    assert row["description"] == "<div>New </div>"
    fields = row["custom_fields"]
    assert (fields["cf_reference"], fields["cf_visits"]) == ("A-1", None)
    assert (fields["cf_estimated_hours"], fields["cf_go_live"]) == (2.5, "2026-06-01")
    assert row["updated_at"] == "2026-05-18T08:01:00Z"


def test_stamps_follow_the_status(api: Api, clock: Clock) -> None:
    def stats() -> dict[str, Any]:
        found: dict[str, Any] = api.get("/tickets/1?include=stats").json()["stats"]
        return {name: value[11:16] for name, value in found.items() if value}

    clock.advance(60)
    api.put("/tickets/1", status=3)
    assert stats()["pending_since"] == "08:01"
    clock.advance(60)
    api.put("/tickets/1", status=5)
    assert (stats()["resolved_at"], stats()["closed_at"]) == ("08:02", "08:02")
    clock.advance(60)
    api.put("/tickets/1", status=2)
    assert stats()["reopened_at"] == "08:03"
    assert not {"resolved_at", "closed_at", "pending_since"} & set(stats())


def test_a_form_may_want_a_field_before_a_ticket_is_closed(
    api: Api, account: FreshdeskSandbox
) -> None:
    account.add_field("cf_cause", "Cause", "custom_text", for_closure=True)
    assert api.wrong(api.put("/tickets/1", status=5)) == {"cf_cause": "missing_field"}
    blank = api.put("/tickets/1", status=4, custom_fields={"cf_cause": ""})
    assert api.wrong(blank) == {"cf_cause": "missing_field"}
    closed = api.put("/tickets/1", status=5, custom_fields={"cf_cause": "A cable"})
    assert closed.status_code == 200


def test_the_company_changes_only_where_a_requester_may_have_several(
    clock: Clock, api: Api, account: FreshdeskSandbox
) -> None:
    other = next(c.id for c in account.companies.values() if c.name == "BETA")
    account.multiple_companies = True
    assert api.put("/tickets/1", company_id=other).json()["company_id"] == other
    assert api.wrong(api.put("/tickets/1", company_id=5)) == {"company_id": "invalid_value"}


def test_an_outbound_ticket_keeps_its_subject(
    api: Api, account: FreshdeskSandbox, bruno: Person
) -> None:
    sent = account.open_ticket(bruno, "Our offer", source=10)
    refused = api.put(f"/tickets/{sent.id}", subject="x", description="y")
    assert api.wrong(refused) == {"subject": "readonly_field", "description": "readonly_field"}
    assert api.put(f"/tickets/{sent.id}", priority=2).status_code == 200


@pytest.mark.parametrize("shelf", ["trash", "mark_spam"])
def test_what_is_in_the_trash_or_spam_takes_no_writes(
    api: Api, account: FreshdeskSandbox, ticket: Ticket, shelf: str
) -> None:
    getattr(account, shelf)(ticket)
    for method, path in [
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/notes"),
        ("POST", "/reply"),
        ("POST", "/time_entries"),
    ]:
        got = api.call(method, f"/tickets/1{path}", json={"body": "x", "time_spent": "00:10"})
        assert got.status_code == 405, method
        assert got.headers["Allow"] == "GET"
    assert got.json()["message"].endswith("It should be one of these method(s): GET")
    for answer in (200, 403, 404):
        account.trashed_answer = answer
        assert api.get("/tickets/1").status_code == answer


def test_trash_and_restore_by_call(api: Api, account: FreshdeskSandbox) -> None:
    assert api.put("/tickets/1/restore").status_code == 404
    gone = api.delete("/tickets/1")
    assert (gone.status_code, gone.content) == (204, b"")
    assert account.tickets[1].deleted
    assert api.call("PUT", "/tickets/1/restore").status_code == 204
    account.delete_forever(account.tickets[1])
    assert api.get("/tickets/1").status_code == 404
    assert api.get("/time_entries").json() == []


def test_a_ticket_is_created_with_all_it_needs(api: Api, account: FreshdeskSandbox) -> None:
    assert api.wrong(api.post("/tickets", priority=1)) == {
        "requester_id": "missing_field",
        "subject": "missing_field",
        "description": "missing_field",
    }
    made = api.post(
        "/tickets",
        email="new@beta.example",
        name="New",
        subject="S",
        description="<b>D</b>",
        status=2,
        priority=2,
        cc_emails=["a@b.example"],
    )
    assert made.status_code == 201
    assert made.headers["Location"].endswith(f"/api/v2/tickets/{made.json()['id']}")
    assert made.json()["cc_emails"] == ["a@b.example"]
    asking = account.people[made.json()["requester_id"]]
    assert (asking.name, asking.email) == ("New", "new@beta.example")


def test_merging_moves_the_messages_and_closes_the_others(
    api: Api, account: FreshdeskSandbox, jane: Person
) -> None:
    said = account.tickets[3].conversations[0]
    merged = api.put("/tickets/merge", primary_id=1, ticket_ids=[1, 3])
    assert (merged.status_code, merged.content) == (204, b"")
    rows = api.get("/tickets/1/conversations").json()
    assert said.id in [row["id"] for row in rows]
    (told,) = api.get("/tickets/3/conversations").json()
    assert told["body_text"] == "This ticket is closed and merged into ticket 1"
    assert account.tickets[3].status == 5
    account.merge(account.tickets[1], [account.tickets[2]], jane, private=False)
    assert account.tickets[2].conversations[0].private is False
    assert api.wrong(api.put("/tickets/merge", primary_id=1, ticket_ids=[99])) == {
        "ticket_ids": "invalid_value"
    }
    assert api.wrong(api.put("/tickets/merge", ids=[1])) == {
        "ids": "invalid_field",
        "primary_id": "missing_field",
        "ticket_ids": "missing_field",
    }
    refused = api.put("/tickets/merge", primary_id=1, ticket_ids=[3], note_in_primary={"text": 1})
    assert api.wrong(refused) == {"note": "invalid_value"}


def test_people_cannot_set_what_the_account_has_not(
    account: FreshdeskSandbox, ticket: Ticket, bruno: Person
) -> None:
    with pytest.raises(Refusal):
        account.set_field(ticket, status=42)
    with pytest.raises(Refusal):
        account.open_ticket(bruno, "x", type="None such")
    assert (ticket.status, len(account.tickets)) == (2, 3)
