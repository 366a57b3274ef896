"""`/search/tickets`: an index that is minutes behind, ten pages of thirty."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from starlette.responses import Response

from connectors.sandbox.core import json_answer
from connectors.sandbox.freshdesk import parameters, shapes
from connectors.sandbox.freshdesk.door import Call, Routes, Verb
from connectors.sandbox.freshdesk.refusals import Wrong, invalid
from connectors.sandbox.freshdesk.routes_tickets import sees
from connectors.sandbox.freshdesk.world import World

INDEXED_AFTER: Final = timedelta(minutes=3)
LONGEST: Final = 512
PAGES, ROWS = 10, 30
_TOKEN: Final = re.compile(
    r"\s*(?:(\()|(\))|(AND|OR)\b|(\w+):([<>]?)('(?:[^'\\]|\\.)*'|[^\s()]+))\s*"
)
_SIMPLE: Final = {"custom_text", "custom_number", "custom_checkbox", "custom_dropdown"}
_STANDARD: Final = {
    "agent_id": "responder_id",
    "group_id": "group_id",
    "priority": "priority",
    "status": "status",
    "tag": "tags",
    "type": "type",
    "due_by": "due_by",
    "fr_due_by": "fr_due_by",
    "created_at": "created_at",
    "updated_at": "updated_at",
}
Row = dict[str, Any]
Test = Callable[[Row], bool]


def search(call: Call) -> Response:
    """Rows as they were when they were indexed, with the `total` of them."""
    query, world = call.query, call.world
    page = int(query.get("page", 1))
    if page > PAGES:
        told = f"It should be a Positive Integer less than or equal to {PAGES}"
        raise invalid([Wrong("page", told)])
    text = query.get("query", "")
    quoted = len(text) > 2 and text[0] == text[-1] == '"'
    if not quoted or len(text) > LONGEST:
        raise _wrong("It should be between double quotes, and of 512 characters at most")
    test = _parsed(world, text[1:-1])
    rows = [row for row in _indexed(world).values() if test(row)]
    rows = [row for row in rows if sees(call.who, world.tickets[row["id"]])]
    shown = rows[(page - 1) * ROWS : page * ROWS]
    return json_answer({"total": len(rows), "results": shown})


def _indexed(world: World) -> dict[int, Row]:
    before = world.now() - INDEXED_AFTER
    index = world.index
    for number in [n for n in index if n not in world.tickets or not world.tickets[n].listed]:
        del index[number]
    for ticket in world.tickets.values():
        if ticket.listed and ticket.updated_at <= before:
            row = shapes.ticket(world, ticket)
            index[ticket.id] = {**row, "custom_fields": dict(row["custom_fields"])}
    return index


def _wrong(message: str) -> Exception:
    return invalid([Wrong("query", message)])


def _parsed(world: World, text: str) -> Test:
    """A query as a test. `AND` binds closer than `OR`. Raises Refusal (400)."""
    tokens: list[re.Match[str]] = []
    place = 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise _wrong(f"Unexpected text at {place + 1}")
        tokens.append(token)
        place = token.end()
    test = _either(world, tokens)
    if tokens:
        raise _wrong("Unexpected text after the query")
    return test


def _either(world: World, tokens: list[re.Match[str]]) -> Test:
    tests = [_all(world, tokens)]
    while tokens and tokens[0][3] == "OR":
        tokens.pop(0)
        tests.append(_all(world, tokens))
    return lambda row: any(test(row) for test in tests)


def _all(world: World, tokens: list[re.Match[str]]) -> Test:
    tests = [_term(world, tokens)]
    while tokens and tokens[0][3] == "AND":
        tokens.pop(0)
        tests.append(_term(world, tokens))
    return lambda row: all(test(row) for test in tests)


def _term(world: World, tokens: list[re.Match[str]]) -> Test:
    token = tokens.pop(0) if tokens else None
    if token is not None and token[1]:
        inner = _either(world, tokens)
        if not tokens or not tokens.pop(0)[2]:
            raise _wrong("A parenthesis is not closed")
        return inner
    if token is None or not token[4]:
        raise _wrong("A condition is missing")
    name, relation, value = token[4], token[5], token[6].strip("'")
    custom = world.custom.get(name)
    if name not in _STANDARD and (custom is None or custom.type not in _SIMPLE):
        raise invalid([Wrong(name, "Unexpected/invalid field in request", "invalid_field")])
    return lambda row: _holds(
        row["custom_fields"].get(name) if custom else row[_STANDARD[name]], relation, value
    )


def _holds(held: Any, relation: str, value: str) -> bool:
    if isinstance(held, list):
        return value in held
    if value == "null" or held is None:
        return held is None and value == "null"
    text = str(held).lower() if isinstance(held, bool) else str(held)
    if relation == "" or not isinstance(held, str):
        number = isinstance(held, int) and value.lstrip("-").isdecimal()
        if relation and number:
            return bool(held >= int(value) if relation == ">" else held <= int(value))
        return text[: len(value)] == value if text[-1:] == "Z" else text == value
    return text[:10] >= value if relation == ">" else text[:10] <= value


def _number(name: str, value: str) -> Wrong | None:
    fits = value.isdecimal() and int(value) > 0
    return None if fits else Wrong(name, "It should be a Positive Integer", "datatype_mismatch")


ROUTES: Final[Routes] = {
    "/search/tickets": {
        "GET": Verb(search, parameters={"query": parameters.text, "page": _number})
    },
}
