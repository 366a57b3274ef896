"""`PUT /tickets/merge`: messages of the others go to one, the others end closed."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from connectors.sandbox.freshdesk import refusals
from connectors.sandbox.freshdesk.door import Call, Routes, Verb
from connectors.sandbox.freshdesk.fields import mismatch
from connectors.sandbox.freshdesk.merging import into
from connectors.sandbox.freshdesk.records import EDIT
from connectors.sandbox.freshdesk.refusals import Wrong, invalid, unexpected
from connectors.sandbox.freshdesk.routes_tickets import sees

_TAKEN: Final = {
    "primary_id": (int, "Positive Integer"),
    "ticket_ids": (list, "Array"),
    "convert_recepients_to_cc": (bool, "Boolean"),
    "note_in_primary": (dict, "key/value pair"),
    "note_in_secondary": (dict, "key/value pair"),
}


def merge(call: Call) -> Response:
    given, world = call.body, call.world
    wrong: list[Wrong] = []
    for name, value in given.items():
        if name not in _TAKEN:
            wrong.append(unexpected(name))
        elif type(value) is not _TAKEN[name][0]:
            wrong.append(mismatch(name, value, _TAKEN[name][1]))
    wrong += [
        Wrong(name, "It should be present", "missing_field")
        for name in ("primary_id", "ticket_ids")
        if name not in given
    ]
    if wrong:
        raise invalid(wrong)
    numbers = [given["primary_id"], *given["ticket_ids"]]
    found = [world.tickets.get(n) for n in dict.fromkeys(numbers) if type(n) is int]
    tickets = [each for each in found if each is not None and each.listed]
    if len(tickets) != len(set(numbers)) or len(tickets) < 2:
        told = "There are no records matching the ids"
        raise invalid([Wrong("ticket_ids", told)])
    if not all(sees(call.who, each) for each in tickets):
        raise refusals.denied()
    notes = [_note(given.get(name)) for name in ("note_in_primary", "note_in_secondary")]
    if given.get("convert_recepients_to_cc"):
        asking = [world.people[each.requester_id].email for each in tickets[1:]]
        tickets[0].cc_emails = list(dict.fromkeys([*tickets[0].cc_emails, *asking]))
    into(world, tickets[0], tickets[1:], call.who, *notes)
    return Response(status_code=204)


def _note(given: dict[str, Any] | None) -> tuple[str, bool] | None:
    if given is None:
        return None
    body, private = given.get("body"), given.get("private", True)
    if type(body) is not str or type(private) is not bool or set(given) - {"body", "private"}:
        raise invalid([Wrong("note", "It should have a body, and private as Boolean")])
    return body, private


ROUTES: Final[Routes] = {"/tickets/merge": {"PUT": Verb(merge, EDIT)}}
