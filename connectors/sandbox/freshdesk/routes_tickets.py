"""`/tickets`: list, view, create, update, trash, merge, archived ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from starlette.responses import Response

from connectors.sandbox.core import json_answer
from connectors.sandbox.freshdesk import attributes, parameters, refusals, shapes
from connectors.sandbox.freshdesk.door import PREFIX, Call, Routes, Verb
from connectors.sandbox.freshdesk.html import kept
from connectors.sandbox.freshdesk.limits import CREATE, LIST, UPDATE
from connectors.sandbox.freshdesk.parameters import instant, page_of
from connectors.sandbox.freshdesk.records import (
    DELETE,
    EDIT,
    GLOBAL,
    GROUPS,
    OPEN,
    PORTAL,
    Person,
    Ticket,
)
from connectors.sandbox.freshdesk.refusals import Wrong, invalid

LISTED: Final = {
    "filter": parameters.among("new_and_my_open", "watching", "spam", "deleted"),
    "requester_id": parameters.integer,
    "email": parameters.text,
    "unique_external_id": parameters.text,
    "company_id": parameters.integer,
    "updated_since": parameters.a_time,
    "order_by": parameters.among("created_at", "due_by", "updated_at", "status"),
    "order_type": parameters.among("asc", "desc"),
    "include": parameters.some_of("stats", "requester", "description"),
    **parameters.PAGED,
}
VIEWED: Final = {"include": parameters.some_of("conversations", "requester", "company", "stats")}
NO_MORE: Final = (
    "You cannot access tickets beyond the 300th page. Please provide a smaller page number."
)
WITHIN: Final = timedelta(days=30)
IN_VIEW: Final = 10
"""Conversations that a view includes, the oldest."""


def sees(who: Person, ticket: Ticket) -> bool:
    """Whether a ticket is in the scope of a key's person."""
    if who.scope == GLOBAL or ticket.responder_id == who.id:
        return True
    return who.scope == GROUPS and ticket.group_id in who.group_ids


def one(call: Call) -> Ticket:
    """The ticket that a path names. Raises Refusal: 404, 403."""
    found = call.world.tickets.get(call.ids["id"])
    if found is None or found.archived:
        raise refusals.missing()
    if not sees(call.who, found):
        raise refusals.denied()
    return found


def writable(call: Call, method: str) -> Ticket:
    """The same for writing: what is in the trash or spam takes nothing (405)."""
    found = one(call)
    if found.deleted or found.spam:
        raise refusals.not_allowed(method, ["GET"])
    return found


def listed(call: Call) -> Response:
    query, world, who = call.query, call.world, call.who
    if int(query.get("page", 1)) > parameters.LAST_PAGE:
        raise invalid([Wrong("page", NO_MORE)])
    wanted = {n: v for n, v in query.items() if n not in ("page", "per_page", "include")}
    since = instant(query["updated_since"]) if "updated_since" in query else None
    first = None if since is not None else world.now() - WITHIN
    email = world.by_email(query["email"]) if "email" in query else None
    requester = query.get("requester_id") or (email.id if email else "email" in query and -1)
    company = query.get("company_id")
    shelf = query.get("filter", "")

    def chosen(ticket: Ticket) -> bool:
        if ticket.archived or "unique_external_id" in query or shelf == "watching":
            return False
        shelved = ticket.deleted if shelf == "deleted" else ticket.spam and not ticket.deleted
        if not (shelved if shelf in ("spam", "deleted") else ticket.listed):
            return False
        if since is not None and ticket.updated_at < since:
            return False
        if first is not None and ticket.created_at < first:
            return False
        if shelf == "new_and_my_open" and not (
            ticket.status == OPEN and ticket.responder_id in (None, who.id)
        ):
            return False
        if requester and ticket.requester_id != int(requester):
            return False
        return (company is None or ticket.company_id == int(company)) and sees(who, ticket)

    by = query.get("order_by", "created_at")
    missing = world.opened_at - timedelta(days=100_000)

    def order(ticket: Ticket) -> Any:
        value = getattr(ticket, by)
        return (missing if value is None else value, ticket.id)

    asked = (who.id, first, tuple(sorted(wanted.items())))
    found = world.found(asked, chosen, order, query.get("order_type", "desc") == "desc")
    rows, headers = page_of(query, found, call.url)
    extra = parameters.included(query)
    return json_answer([_row(call, ticket, extra) for ticket in rows], headers=headers)


def _row(call: Call, ticket: Ticket, extra: list[str]) -> dict[str, Any]:
    row = shapes.ticket(call.world, ticket)
    if "stats" in extra:
        row["stats"] = shapes.stats(ticket)
    if "requester" in extra:
        row["requester"] = shapes.requester(call.world.people[ticket.requester_id])
    if "description" in extra:
        row |= shapes.described(ticket)
    return row


def view(call: Call) -> Response:
    ticket = one(call)
    if (ticket.deleted or ticket.spam) and call.world.trashed_answer != 200:
        raise refusals.denied() if call.world.trashed_answer == 403 else refusals.missing()
    extra = parameters.included(call.query)
    row = shapes.whole(call.world, ticket) | _row(call, ticket, extra)
    if "company" in extra:
        company = call.world.companies.get(ticket.company_id or 0)
        row["company"] = {"id": company.id, "name": company.name} if company else {}
    if "conversations" in extra:
        some = ticket.conversations[:IN_VIEW]
        row["conversations"] = [shapes.conversation(each) for each in some]
    return json_answer(row)


def shelved(call: Call) -> Ticket:
    """The archived ticket of a call's path. Raises Refusal (404)."""
    found = call.world.tickets.get(call.ids["id"])
    if found is None or not found.archived:
        raise refusals.missing()
    return found


def archived(call: Call) -> Response:
    return json_answer(shapes.whole(call.world, shelved(call)))


def create(call: Call) -> Response:
    world, given = call.world, call.body
    wrong = attributes.judge(world, given, attributes.CREATE)
    if not {"requester_id", "email", "phone"} & set(given):
        told = "One of these values should be given: requester_id, phone, email"
        wrong.append(Wrong("requester_id", told, "missing_field"))
    for name in ("subject", "description"):
        if not given.get(name):
            told = "It should be a/an String"
            wrong.append(Wrong(name, told, "missing_field"))
    if wrong:
        raise invalid(wrong)
    now = world.now()
    ticket = Ticket(
        world.number("ticket"), given["subject"], kept(given["description"]), 0, now, now
    )
    ticket.source, ticket.status_updated_at = PORTAL, now
    ticket.cc_emails = given.get("cc_emails", [])
    rest = {n: v for n, v in given.items() if n not in ("cc_emails", "description")}
    attributes.apply(world, ticket, rest, now)
    ticket.company_id = ticket.company_id or world.people[ticket.requester_id].company_id
    world.keep(ticket)
    where = f"{call.origin}{PREFIX}/tickets/{ticket.id}"
    return json_answer(shapes.whole(world, ticket), 201, {"Location": where})


def update(call: Call) -> Response:
    ticket = writable(call, "PUT")
    attributes.update(call.world, ticket, call.body)
    return json_answer(shapes.whole(call.world, ticket))


def trash(call: Call) -> Response:
    ticket = writable(call, "DELETE")
    ticket.deleted = True
    call.world.touch(ticket)
    return Response(status_code=204)


def restore(call: Call) -> Response:
    ticket = one(call)
    if not ticket.deleted:
        raise refusals.missing()
    ticket.deleted = False
    call.world.touch(ticket)
    return Response(status_code=204)


ROUTES: Final[Routes] = {
    "/tickets": {
        "GET": Verb(listed, parameters=LISTED, include_costs=2, counts_as=LIST),
        "POST": Verb(create, EDIT, counts_as=CREATE),
    },
    "/tickets/archived/{id:int}": {"GET": Verb(archived)},
    "/tickets/{id:int}": {
        "GET": Verb(view, parameters=VIEWED, include_costs=1),
        "PUT": Verb(update, EDIT, counts_as=UPDATE),
        "DELETE": Verb(trash, DELETE),
    },
    "/tickets/{id:int}/restore": {"PUT": Verb(restore, DELETE)},
}
