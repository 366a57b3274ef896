"""Time entries: no stamp moves, timers start by carelessness, plans may lack them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.sandbox.core import Clock
from connectors.sandbox.freshdesk import FreshdeskSandbox, Person, Ticket
from tests.sandbox.freshdesk.conftest import Api, person


def test_no_time_entry_moves_its_ticket(
    account: FreshdeskSandbox, api: Api, clock: Clock, ticket: Ticket, jane: Person
) -> None:
    before = ticket.updated_at
    clock.advance(60)
    entry = account.log_time(ticket, jane, 600)
    account.edit_time(entry, seconds=1200, note="more")
    account.delete_time(entry)
    made = api.post("/tickets/1/time_entries", time_spent="01:30").json()
    api.put(f"/time_entries/{made['id']}", note="x")
    api.delete(f"/time_entries/{made['id']}")
    assert ticket.updated_at == before


def test_an_entry_has_company_and_seconds_in_lists_only(
    account: FreshdeskSandbox, api: Api, ticket: Ticket, jane: Person
) -> None:
    account.log_time(ticket, jane, 103, "cut to the minute")
    made = api.post("/tickets/1/time_entries", time_spent="01:30", note="n")
    assert made.status_code == 201
    assert not {"company_id", "time_spent_in_seconds"} & set(made.json())
    rows = {row["note"]: row for row in api.get("/tickets/1/time_entries").json()}
    assert (rows["n"]["time_spent"], rows["n"]["time_spent_in_seconds"]) == ("01:30", 5400)
    cut = rows["cut to the minute"]
    assert (cut["time_spent"], cut["time_spent_in_seconds"]) == ("00:01", 103)
    assert cut["company_id"] == ticket.company_id
    assert cut["executed_at"] == "2026-05-18T00:00:00Z"


@pytest.mark.parametrize(
    ("given", "runs"),
    [
        ({}, True),
        ({"note": "x"}, True),
        ({"time_spent": "00:30"}, False),
        ({"time_spent": "00:30", "start_time": "2026-05-18T07:00:00Z"}, True),
        ({"timer_running": True, "time_spent": "00:30"}, True),
        ({"timer_running": False}, False),
    ],
)
def test_a_timer_starts_by_carelessness(api: Api, given: dict[str, Any], runs: bool) -> None:
    assert api.post("/tickets/1/time_entries", **given).json()["timer_running"] is runs


def test_a_new_timer_stops_the_agents_other_one_and_no_one_elses(
    account: FreshdeskSandbox, api: Api, clock: Clock, ticket: Ticket, jane: Person
) -> None:
    hers = account.start_timer(ticket, jane)
    mine = api.post("/tickets/1/time_entries").json()["id"]
    clock.advance(90)
    api.post("/tickets/2/time_entries", note="another")
    row = next(r for r in api.get("/tickets/1/time_entries").json() if r["id"] == mine)
    assert (row["timer_running"], row["time_spent_in_seconds"]) == (False, 90)
    assert hers.timer_running
    account.toggle_timer(hers)
    assert (hers.timer_running, hers.seconds) == (False, 90)


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"time_spent": 90}, {"time_spent": "datatype_mismatch"}),
        ({"time_spent": "1h30"}, {"time_spent": "invalid_value"}),
        ({"time_spent": "01:75"}, {"time_spent": "invalid_value"}),
        ({"agent_id": 1}, {"agent_id": "invalid_value"}),
        ({"start_time": "2026-05-18T09:00:00Z"}, {"start_time": "invalid_value"}),
        (
            {"start_time": "2026-05-18T07:00:00Z", "timer_running": False},
            {"start_time": "incompatible_field"},
        ),
        ({"executed_at": "today"}, {"executed_at": "invalid_date"}),
        ({"external_id": "x"}, {"external_id": "invalid_field"}),
        ({"billable": "true"}, {"billable": "datatype_mismatch"}),
    ],
)
def test_an_entry_of_the_wrong_shape_is_refused(
    api: Api, given: dict[str, Any], refused: dict[str, str]
) -> None:
    assert api.wrong(api.post("/tickets/1/time_entries", **given)) == refused


def test_only_an_agent_has_time(api: Api, bruno: Person) -> None:
    refused = api.post("/tickets/1/time_entries", time_spent="00:10", agent_id=bruno.id)
    assert api.wrong(refused) == {"agent_id": "invalid_value"}


def test_a_running_timer_locks_what_it_counts(api: Api, jane: Person, clock: Clock) -> None:
    entry = api.post("/tickets/1/time_entries").json()["id"]
    assert api.wrong(api.put(f"/time_entries/{entry}", timer_running=True, agent_id=jane.id)) == {
        "timer_running": "invalid_value",
        "agent_id": "incompatible_field",
    }
    clock.advance(600)
    stopped = api.put(f"/time_entries/{entry}", timer_running=False).json()
    assert (stopped["timer_running"], stopped["time_spent"]) == (False, "00:10")
    refused = api.put(f"/time_entries/{entry}", start_time="2026-05-18T07:00:00Z")
    assert api.wrong(refused) == {"start_time": "incompatible_field"}
    started = api.put(
        f"/time_entries/{entry}", timer_running=True, start_time="2026-05-18T08:05:00Z"
    ).json()
    assert started["time_spent"] == "00:15"
    toggled = api.call("PUT", f"/time_entries/{entry}/toggle_timer").json()
    assert toggled["timer_running"] is False
    assert api.put(f"/time_entries/{entry}/toggle_timer", x=1).status_code == 400


def test_entries_are_listed_by_the_day_of_the_work_not_by_their_stamp(
    account: FreshdeskSandbox, api: Api, clock: Clock, ticket: Ticket, jane: Person
) -> None:
    bridge = person(account, "The bridge")
    early = account.log_time(ticket, jane, 60, executed_at=clock.now() - timedelta(days=50))
    late = account.log_time(ticket, bridge, 60, executed_at=clock.now() + timedelta(days=1))
    free = account.log_time(account.tickets[3], jane, 60, billable=False)
    seeded = next(iter(account.entries))

    def ids(query: str) -> list[int]:
        return [row["id"] for row in api.get(f"/time_entries?{query}").json()]

    assert ids("") == [late.id, free.id, seeded, early.id]
    assert ids("executed_after=2026-05-10T00:00:00Z") == [late.id, free.id, seeded]
    assert ids("executed_before=2026-05-10T00:00:00Z") == [early.id]
    assert ids(f"agent_id={bridge.id}") == [late.id]
    assert ids(f"company_id={account.tickets[3].company_id}") == [free.id]
    assert ids("billable=false") == [free.id]
    assert ids("per_page=1&page=2") == [free.id]
    for query in ("created_after=2026-01-01", "updated_since=2026-01-01", "billable=1"):
        assert api.get(f"/time_entries?{query}").status_code == 400


def test_a_plan_without_time_tracking_refuses_all_of_it(
    account: FreshdeskSandbox, api: Api
) -> None:
    account.time_tracking = False
    for got in (
        api.get("/time_entries"),
        api.get("/tickets/1/time_entries"),
        api.post("/tickets/1/time_entries", time_spent="00:10"),
        api.put("/time_entries/1", note="x"),
    ):
        assert (got.status_code, got.json()["code"]) == (403, "require_feature")


def test_a_deleted_entry_shows_only_by_its_absence(account: FreshdeskSandbox, api: Api) -> None:
    (entry,) = account.entries
    assert api.delete(f"/time_entries/{entry}").status_code == 204
    assert api.delete(f"/time_entries/{entry}").status_code == 404
    assert api.get("/time_entries").json() == []
