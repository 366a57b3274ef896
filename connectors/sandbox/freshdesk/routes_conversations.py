"""Replies, notes, and the list of both."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from starlette.responses import Response

from connectors.sandbox.core import json_answer
from connectors.sandbox.freshdesk import refusals, shapes
from connectors.sandbox.freshdesk.door import PREFIX, Call, Routes, Verb
from connectors.sandbox.freshdesk.fields import mismatch
from connectors.sandbox.freshdesk.html import kept
from connectors.sandbox.freshdesk.parameters import PAGED, page_of
from connectors.sandbox.freshdesk.records import NOTE, REPLY, WEB_CHAT, Conversation, Ticket
from connectors.sandbox.freshdesk.refusals import Wrong, invalid, unexpected
from connectors.sandbox.freshdesk.routes_tickets import one, shelved, writable
from connectors.sandbox.freshdesk.talk import add_note, add_reply
from connectors.sandbox.freshdesk.world import World

REPLIES: Final[Mapping[str, type]] = {
    "body": str,
    "from_email": str,
    "user_id": int,
    "cc_emails": list,
    "bcc_emails": list,
    "attachments": list,
    "structured_body": dict,
}
NOTES: Final[Mapping[str, type]] = {
    "body": str,
    "private": bool,
    "incoming": bool,
    "notify_emails": list,
    "user_id": int,
    "attachments": list,
    "structured_body": dict,
}
_NAMES: Final = {
    str: "String",
    int: "Positive Integer",
    bool: "Boolean",
    list: "Array",
    dict: "key/value pair",
}


def judged(call: Call, allowed: Mapping[str, type], ticket: Ticket | None = None) -> dict[str, Any]:
    """The attributes of a message, all known and of their types. Raises Refusal (400).

    To a web chat a public message goes as `structured_body`, and as nothing else.
    """
    wrong: list[Wrong] = []
    for name, value in call.body.items():
        if name not in allowed:
            wrong.append(unexpected(name))
        elif type(value) is not allowed[name]:
            wrong.append(mismatch(name, value, _NAMES[allowed[name]]))
    given = dict(call.body)
    chat = ticket is not None and ticket.source == WEB_CHAT
    wanted = "structured_body" if chat else "body"
    if not wrong and "structured_body" in given:
        given["body"] = _unstructured(given["structured_body"])
    body = None if chat and "structured_body" not in call.body else given.get("body")
    if body is None or (type(body) is str and not body.strip()):
        wrong.append(Wrong(wanted, "It should be a/an String", "missing_field"))
    author = call.body.get("user_id", call.who.id)
    if type(author) is int and author not in call.world.people:
        told = "There is no contact matching the given user_id"
        wrong.append(Wrong("user_id", told))
    if wrong:
        raise invalid(wrong)
    return given


def _unstructured(given: dict[str, Any]) -> str:
    """`{"body_contents": [{"type": "text", "data": {"content": …}}]}` as HTML; else nothing."""
    try:
        texts = [part["data"]["content"] for part in given["body_contents"]]
        return "<br>".join(escape(text, quote=False) for text in texts)
    except (AttributeError, KeyError, TypeError):
        return ""


def listed(call: Call) -> Response:
    rows, headers = page_of(call.query, one(call).conversations, call.url)
    return json_answer([shapes.conversation(each) for each in rows], headers=headers)


def of_archived(call: Call) -> Response:
    rows, headers = page_of(call.query, shelved(call).conversations, call.url)
    return json_answer([shapes.conversation(each) for each in rows], headers=headers)


def reply(call: Call) -> Response:
    ticket = writable(call, "POST")
    given = judged(call, REPLIES, ticket)
    author = call.world.people[given.get("user_id", call.who.id)]
    if not author.agent:
        told = "There is no agent matching the given user_id"
        raise invalid([Wrong("user_id", told)])
    sender = given.get("from_email", call.world.support_email)
    if sender != call.world.support_email:
        told = f"It should be one of these values: '{call.world.support_email}'"
        raise invalid([Wrong("from_email", told)])
    said = add_reply(call.world, ticket, author, given["body"], given.get("cc_emails", []))
    said.bcc_emails = given.get("bcc_emails", [])
    return _made(call, shapes.replied(said), said)


def note(call: Call) -> Response:
    ticket = writable(call, "POST")
    private = call.body.get("private", True) is not False
    given = judged(call, NOTES, None if private else ticket)
    author = call.world.people[given.get("user_id", call.who.id)]
    incoming = given.get("incoming", False)
    said = add_note(call.world, ticket, author, given["body"], private, incoming)
    said.to_emails = given.get("notify_emails", [])
    return _made(call, shapes.noted(said), said)


def _made(call: Call, row: dict[str, Any], said: Conversation) -> Response:
    where = f"{call.origin}{PREFIX}/conversations/{said.id}"
    return json_answer(row, 201, {"Location": where})


def found(world: World, number: int) -> tuple[Ticket, Conversation]:
    """A message by its id. Raises Refusal (404)."""
    for ticket in world.tickets.values():
        for each in ticket.conversations:
            if each.id == number:
                return ticket, each
    raise refusals.missing()


def edit(call: Call) -> Response:
    """Notes only; the stamps of the ticket and of the message itself stay where they were."""
    _, said = found(call.world, call.ids["id"])
    given = judged(call, {"body": str, "attachments": list})
    if said.source != 2:
        raise refusals.not_allowed("PUT", ["DELETE"])
    said.body = kept(given["body"])
    said.last_edited_at, said.last_edited_user_id = call.world.now(), call.who.id
    call.world.version += 1
    return json_answer(shapes.noted(said))


def delete(call: Call) -> Response:
    ticket, said = found(call.world, call.ids["id"])
    ticket.conversations.remove(said)
    call.world.version += 1
    return Response(status_code=204)


ROUTES: Final[Routes] = {
    "/tickets/{id:int}/conversations": {"GET": Verb(listed, parameters=PAGED)},
    "/tickets/archived/{id:int}/conversations": {"GET": Verb(of_archived, parameters=PAGED)},
    "/tickets/{id:int}/reply": {"POST": Verb(reply, REPLY)},
    "/tickets/{id:int}/notes": {"POST": Verb(note, NOTE)},
    "/conversations/{id:int}": {"PUT": Verb(edit, NOTE), "DELETE": Verb(delete, NOTE)},
}
