"""Where calls come in: limits, login, formats, rights, parameters; then the call's own handler.

Attachments (multipart) are the one documented format that is not taken: they are answered 415.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.core import BadBody
from connectors.sandbox.core.bodies import parse
from connectors.sandbox.freshdesk import refusals
from connectors.sandbox.freshdesk.parameters import Check, check, included
from connectors.sandbox.freshdesk.records import VIEW, Person
from connectors.sandbox.freshdesk.world import World

PREFIX: Final = "/api/v2"


@dataclass(frozen=True, slots=True)
class Call:
    """One call that may be made: who asks, for what, with what."""

    world: World
    who: Person
    ids: Mapping[str, int]
    query: Mapping[str, str]
    body: dict[str, Any]
    origin: str
    """`http://host:port`."""
    path: str

    @property
    def url(self) -> str:
        return f"{self.origin}{self.path}"


Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Verb:
    """One method of one address."""

    handler: Handler
    right: str = VIEW
    parameters: Mapping[str, Check] = field(default_factory=dict)
    include_costs: int = 0
    """Credits for each thing included."""
    counts_as: str = ""
    """The cap of the plan that it falls under."""
    feature: str = ""
    """What the plan must have."""


Routes = Mapping[str, Mapping[str, Verb]]
"""Path below `/api/v2`, with `{id}` for numbers → method → verb."""


def application(world: World, tables: list[Routes]) -> Starlette:
    """The API as an ASGI application. Paths are tried in the order of the tables."""
    routes = [
        Route(f"{PREFIX}{path}", _endpoint(world, verbs), methods=None)
        for table in tables
        for path, verbs in table.items()
    ]

    async def nowhere(request: Request, error: Exception) -> Response:
        return _answered(world, request, b"", {})

    for route in routes:
        route.methods = None  # a wrong verb is answered by the tool, not by the framework
    return Starlette(routes=routes, exception_handlers={404: nowhere})


def _endpoint(world: World, verbs: Mapping[str, Verb]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        return _answered(world, request, await request.body(), verbs)

    return endpoint


def _answered(world: World, request: Request, raw: bytes, verbs: Mapping[str, Verb]) -> Response:
    verb = verbs.get(request.method)
    query = dict(request.query_params)
    credits = 1 + (verb.include_costs * len(included(query)) if verb else 0)
    try:
        refused = world.meter.charge(world.now(), credits, verb.counts_as if verb else "")
        if refused is not None:
            raise refused
        who = _who(world, request)
        if world.suspended:
            raise refusals.suspended()
        if verb is None:
            raise refusals.not_allowed(request.method, list(verbs)) if verbs else refusals.missing()
        body = _body(request, raw)
        if verb.right not in who.rights:
            raise refusals.denied()
        if verb.feature and not world.time_tracking:
            raise refusals.lacks_feature(verb.feature)
        check(query, verb.parameters)
        world.escalate()
        origin = f"{request.url.scheme}://{request.headers.get('host', '')}"
        ids = {name: int(value) for name, value in request.path_params.items()}
        call = Call(world, who, ids, query, body, origin, request.url.path)
        answer = verb.handler(call)
    except refusals.Refusal as no:
        answer = no.answer()
    answer.headers.update(world.meter.headers(credits))
    answer.headers["X-Freshdesk-API-Version"] = "latest=v2; requested=v2"
    answer.headers["X-Request-Id"] = str(uuid.uuid4())
    return answer


def _who(world: World, request: Request) -> Person:
    """The agent whose key this is: the user name of Basic, with any password."""
    kind, _, coded = request.headers.get("authorization", "").partition(" ")
    try:
        key = base64.b64decode(coded, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        raise refusals.no_login() from None
    found = world.by_key(key) if kind.lower() == "basic" else None
    if found is None:
        raise refusals.no_login()
    if not found.agent:
        raise refusals.denied()
    return found


def _body(request: Request, raw: bytes) -> dict[str, Any]:
    accepted = request.headers.get("accept", "*/*")
    if not any(kind in accepted for kind in ("*/*", "application/json", "application/*")):
        raise refusals.Refusal(406)
    if not raw.strip():
        return {}
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise refusals.Refusal(415)
    try:
        found = parse(raw)
    except BadBody:
        raise refusals.bad_json() from None
    if not isinstance(found, dict):
        raise refusals.bad_json()
    return found
