"""`/time_entries`: absent on plans without time tracking."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from connectors.sandbox.core import json_answer
from connectors.sandbox.freshdesk import parameters, refusals, shapes, timesheet
from connectors.sandbox.freshdesk.door import PREFIX, Call, Routes, Verb
from connectors.sandbox.freshdesk.parameters import PAGED, instant, page_of
from connectors.sandbox.freshdesk.records import ADMIN, EDIT, TIME, VIEW, TimeEntry
from connectors.sandbox.freshdesk.routes_tickets import one, writable

FEATURE: Final = "Timesheets"
LISTED: Final = {
    "company_id": parameters.integer,
    "agent_id": parameters.integer,
    "executed_after": parameters.a_time,
    "executed_before": parameters.a_time,
    "billable": parameters.boolean,
    **PAGED,
}


def _rows(call: Call, entries: list[TimeEntry]) -> Response:
    rows, headers = page_of(call.query, entries, call.url)
    return json_answer([shapes.listed_entry(call.world, each) for each in rows], headers=headers)


def listed(call: Call) -> Response:
    """All entries, the latest work first; by the day of the work, never by their own stamps."""
    query, world = call.query, call.world
    after, before = instant(query.get("executed_after")), instant(query.get("executed_before"))

    def chosen(entry: TimeEntry) -> bool:
        ticket = world.tickets[entry.ticket_id]
        return (
            not ticket.deleted
            and (after is None or entry.executed_at > after)
            and (before is None or entry.executed_at < before)
            and query.get("agent_id", str(entry.agent_id)) == str(entry.agent_id)
            and query.get("company_id", str(ticket.company_id)) == str(ticket.company_id)
            and query.get("billable", str(entry.billable).lower()) == str(entry.billable).lower()
        )

    found = [entry for entry in world.entries.values() if chosen(entry)]
    found.sort(key=lambda entry: (entry.executed_at, entry.id), reverse=True)
    return _rows(call, found)


def of_ticket(call: Call) -> Response:
    return _rows(call, call.world.entries_of([one(call).id]))


def create(call: Call) -> Response:
    ticket = writable(call, "POST")
    timesheet.judge(call.world, call.body)
    _own(call, call.body.get("agent_id", call.who.id))
    entry = timesheet.create(call.world, ticket, call.who, call.body)
    where = f"{call.origin}{PREFIX}/time_entries/{entry.id}"
    return json_answer(shapes.entry(entry, call.world.now()), 201, {"Location": where})


def _own(call: Call, agent: Any) -> None:
    """Whoever may not edit tickets (a collaborator) enters their own time only."""
    if agent != call.who.id and not {EDIT, ADMIN} & call.who.rights:
        raise refusals.denied()


def _entry(call: Call) -> TimeEntry:
    found = call.world.entries.get(call.ids["id"])
    if found is None:
        raise refusals.missing()
    _own(call, found.agent_id)
    return found


def update(call: Call) -> Response:
    entry = _entry(call)
    timesheet.judge(call.world, call.body, entry)
    timesheet.update(call.world, entry, call.body)
    return json_answer(shapes.entry(entry, call.world.now()))


def toggle(call: Call) -> Response:
    entry = _entry(call)
    if call.body:
        raise refusals.coded(400, "no_content_required", "No JSON data required")
    timesheet.toggle(call.world, entry)
    return json_answer(shapes.entry(entry, call.world.now()))


def delete(call: Call) -> Response:
    del call.world.entries[_entry(call).id]
    return Response(status_code=204)


ROUTES: Final[Routes] = {
    "/time_entries": {"GET": Verb(listed, VIEW, LISTED, feature=FEATURE)},
    "/tickets/{id:int}/time_entries": {
        "GET": Verb(of_ticket, VIEW, PAGED, feature=FEATURE),
        "POST": Verb(create, TIME, feature=FEATURE),
    },
    "/time_entries/{id:int}": {
        "PUT": Verb(update, TIME, feature=FEATURE),
        "DELETE": Verb(delete, TIME, feature=FEATURE),
    },
    "/time_entries/{id:int}/toggle_timer": {"PUT": Verb(toggle, TIME, feature=FEATURE)},
}
