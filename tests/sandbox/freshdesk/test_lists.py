"""Lists of tickets: what is left out, where they end, what they cost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.sandbox.core import Clock
from connectors.sandbox.freshdesk import UNMETERED, FreshdeskSandbox, Person, Ticket
from tests.sandbox.freshdesk.conftest import ALWAYS, MORNING, Api


def test_a_list_without_updated_since_is_blind_beyond_thirty_days(api: Api, clock: Clock) -> None:
    clock.advance(timedelta(days=30, seconds=1))
    assert api.ids("") == []
    assert sorted(api.ids(ALWAYS)) == [1, 2, 3]


def test_updated_since_takes_in_the_very_second(api: Api, clock: Clock, ticket: Ticket) -> None:
    at = clock.advance(3600)
    api.put("/tickets/1", status=3)
    assert ticket.updated_at == at
    assert api.ids(f"updated_since={at:%Y-%m-%dT%H:%M:%SZ}") == [1]
    assert api.ids(f"updated_since={at + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}") == []


def test_a_raw_plus_in_a_query_is_a_space_and_refused(api: Api) -> None:
    since = "updated_since=2026-05-18T10:00:00+02:00"
    assert api.wrong(api.get(f"/tickets?{since}")) == {"updated_since": "invalid_date"}
    assert len(api.ids(since.replace("+", "%2B"))) == 3


def test_pages_are_linked_until_the_last(api: Api) -> None:
    got = api.get(f"/tickets?{ALWAYS}&order_by=updated_at&order_type=asc&per_page=2")
    link = got.links["next"]
    assert "page=2&per_page=2" in link["url"]
    assert "order_by=updated_at" in link["url"]
    last = api.get(link["url"].partition("/api/v2")[2])
    assert (len(got.json()), len(last.json()), last.links) == (2, 1, {})


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ("per_page=101", {"per_page": "invalid_value"}),
        ("per_page=0", {"per_page": "invalid_value"}),
        ("page=0", {"page": "datatype_mismatch"}),
        ("page=x", {"page": "datatype_mismatch"}),
        ("page=301", {"page": "invalid_value"}),
        ("agent_id=1", {"agent_id": "invalid_field"}),
        ("status=2&tag=x", {"status": "invalid_field", "tag": "invalid_field"}),
        ("include=company", {"include": "invalid_value"}),
        ("order_by=id", {"order_by": "invalid_value"}),
        ("order_type=up", {"order_type": "invalid_value"}),
        ("filter=all", {"filter": "invalid_value"}),
        ("updated_since=yesterday", {"updated_since": "invalid_date"}),
        ("company_id=ACME", {"company_id": "datatype_mismatch"}),
    ],
)
def test_a_parameter_that_is_unknown_or_wrong_is_refused(
    api: Api, query: str, refused: dict[str, str]
) -> None:
    assert api.wrong(api.get(f"/tickets?{query}")) == refused


def test_tickets_end_at_the_three_hundredth_page_though_its_link_leads_on(
    account: FreshdeskSandbox, api: Api
) -> None:
    account.meter.plan = UNMETERED
    account.seed_many(400)
    last = api.get(f"/tickets?{ALWAYS}&per_page=1&page=300")
    assert len(last.json()) == 1
    beyond = api.get(last.links["next"]["url"].partition("/api/v2")[2])
    assert api.wrong(beyond) == {"page": "invalid_value"}
    assert "300th page" in beyond.json()["errors"][0]["message"]


def test_a_ticket_changed_while_a_list_is_read_moves_to_its_end(
    api: Api, clock: Clock, account: FreshdeskSandbox, bruno: Person
) -> None:
    for _ in range(4):
        clock.advance(60)
        account.open_ticket(bruno, "More")
    asked = f"{ALWAYS}&order_by=updated_at&order_type=asc&per_page=3"
    first = api.ids(asked)
    clock.advance(60)
    account.set_field(account.tickets[first[0]], priority=4)
    assert first[0] in api.ids(f"{asked}&page=3") + api.ids(f"{asked}&page=2")


def test_a_bulk_edit_puts_many_under_one_stamp(
    api: Api, clock: Clock, account: FreshdeskSandbox
) -> None:
    at = clock.advance(60)
    account.bulk_edit(list(account.tickets.values()), priority=2)
    rows = api.get(f"/tickets?{ALWAYS}").json()
    assert {row["updated_at"] for row in rows} == {f"{at:%Y-%m-%dT%H:%M:%SZ}"}


def test_includes_cost_two_credits_in_a_list_and_one_in_a_view(api: Api) -> None:
    def cost(path: str) -> tuple[str, set[str]]:
        got = api.get(path)
        rows = got.json()
        row = rows[0] if isinstance(rows, list) else rows
        extra = {"stats", "requester", "description", "company", "conversations"} & set(row)
        return got.headers["X-RateLimit-Used-CurrentRequest"], extra

    assert cost("/tickets") == ("1", set())
    assert cost("/tickets?include=stats,requester,description") == (
        "7",
        {"stats", "requester", "description"},
    )
    assert cost("/tickets/1") == ("1", {"description"})
    assert cost("/tickets/1?include=conversations,requester,company,stats") == (
        "5",
        {"stats", "requester", "description", "company", "conversations"},
    )


def test_trash_and_spam_vanish_from_lists_unless_asked_for(
    api: Api, account: FreshdeskSandbox
) -> None:
    account.trash(account.tickets[1])
    account.mark_spam(account.tickets[2])
    assert api.ids(ALWAYS) == [3]
    assert api.ids(f"{ALWAYS}&filter=deleted") == [1]
    assert api.ids(f"{ALWAYS}&filter=spam") == [2]
    assert api.get(f"/tickets?{ALWAYS}&filter=deleted").json()[0]["deleted"] is True
    account.restore(account.tickets[1])
    account.mark_spam(account.tickets[2], spam=False)
    assert sorted(api.ids(ALWAYS)) == [1, 2, 3]


def test_a_list_is_of_a_company_or_of_a_requester(
    api: Api, account: FreshdeskSandbox, alice: Person
) -> None:
    assert sorted(api.ids(f"{ALWAYS}&company_id={alice.company_id}")) == [1, 2]
    assert api.ids(f"{ALWAYS}&requester_id={alice.id}") == [2]
    assert api.ids(f"{ALWAYS}&email=direction%40acme.example") == [2]
    assert api.ids(f"{ALWAYS}&email=nobody%40acme.example") == []
    account.move_company(account.tickets[1], None)
    assert api.ids(f"{ALWAYS}&company_id={alice.company_id}") == [2]


def test_due_times_are_null_at_first_and_set_seconds_later(api: Api, clock: Clock) -> None:
    made = api.post("/tickets", email="x@y.example", subject="S", description="D").json()
    assert (made["due_by"], made["fr_due_by"]) == (None, None)
    clock.advance(5)
    assert api.get(f"/tickets/{made['id']}").json()["due_by"] == "2026-05-21T08:00:00Z"


def test_a_missed_due_time_moves_the_stamp_though_nobody_did_anything(
    api: Api, clock: Clock, ticket: Ticket
) -> None:
    assert ticket.due_by is not None
    clock.advance(60)
    before = api.get("/tickets/1").json()
    clock.set(ticket.due_by + timedelta(minutes=5))
    after = api.get("/tickets/1").json()
    assert (before["is_escalated"], after["is_escalated"]) == (False, True)
    assert after["updated_at"] == f"{ticket.due_by + timedelta(seconds=77):%Y-%m-%dT%H:%M:%SZ}"
    untouched = {"updated_at", "is_escalated"}
    assert {k: v for k, v in before.items() if k not in untouched} == {
        k: v for k, v in after.items() if k not in untouched
    }


def test_a_resolved_ticket_is_not_escalated(api: Api, clock: Clock, ticket: Ticket) -> None:
    api.put("/tickets/1", status=4)
    assert ticket.due_by is not None
    clock.set(ticket.due_by + timedelta(days=2))
    row = api.get("/tickets/1").json()
    assert (row["is_escalated"], row["updated_at"]) == (False, f"{MORNING:%Y-%m-%dT%H:%M:%SZ}")


def test_an_archived_ticket_has_another_address(api: Api, account: FreshdeskSandbox) -> None:
    account.archive(account.tickets[3])
    assert sorted(api.ids(ALWAYS)) == [1, 2]
    assert api.get("/tickets/3").status_code == 404
    assert api.get("/tickets/archived/3").json()["archived"] is True
    assert api.get("/tickets/archived/1").status_code == 404


def test_search_is_minutes_behind_and_knows_few_fields(
    api: Api, clock: Clock, account: FreshdeskSandbox
) -> None:
    def found(query: str) -> list[int]:
        got = api.get("/search/tickets", params={"query": f'"{query}"'})
        assert got.status_code == 200, got.text
        return [row["id"] for row in got.json()["results"]]

    assert found("priority:3") == []
    clock.advance(200)
    assert found("priority:3") == [1]
    api.put("/tickets/1", priority=1)
    assert found("priority:3 AND status:2") == [1]
    clock.advance(200)
    assert found("priority:3") == []
    assert found("(status:2 OR status:3) AND priority:<1") == [1, 2, 3]
    assert found("type:'Incident' OR cf_reference:null") == [1, 2, 3]
    assert found("updated_at:>'2026-05-19'") == []
    refused = api.get("/search/tickets", params={"query": '"company_id:1"'})
    assert api.wrong(refused) == {"company_id": "invalid_field"}
    for broken in ("priority:3", '"priority"', '"(priority:3"', '"priority:3 status:2"', '"%"'):
        got = api.get("/search/tickets", params={"query": broken})
        assert got.status_code == 400, broken
