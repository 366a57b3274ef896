"""The way in: who asks, which endpoint, and the form of the answers.

A wrong key makes nobody of whoever shows it: lists answer 200 and empty; only what needs somebody
says 401, or 403 where the REST API is switched off.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from connectors.sandbox.core import json_answer
from connectors.sandbox.core.bodies import BadBody, parse
from connectors.sandbox.redmine.editing import Editor
from connectors.sandbox.redmine.query import Pairs
from connectors.sandbox.redmine.rights import Rights
from connectors.sandbox.redmine.values import Refusal
from connectors.sandbox.redmine.world import User, World

_CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="Redmine API"'}


class Refused(Exception):
    """A bare status: 401, 403, 404, 400 or 500."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way."""

    editor: Editor
    rights: Rights
    pairs: Pairs
    ids: Mapping[str, str]
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def world(self) -> World:
        """What there is."""
        return self.editor.world

    @property
    def user(self) -> User:
        """Who asks. Raises Refused for nobody."""
        if self.rights.user is None:
            raise Refused(401)
        return self.rights.user

    @property
    def include(self) -> frozenset[str]:
        """What is asked for besides."""
        return frozenset(dict(self.pairs).get("include", "").split(","))

    def denied(self) -> Refused:
        """403 for somebody, 401 for nobody."""
        return Refused(403 if self.rights.user is not None else 401)

    def wrapped(self, name: str) -> Mapping[str, Any] | None:
        """What a body holds under its name; None without it. Raises Refused (500) for what is no
        object."""
        given = self.body.get(name)
        if given is None:
            return None
        if not isinstance(given, dict) or not isinstance(given.get("custom_fields", []), list):
            raise Refused(500)
        return given


Run = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method, a path with `{id}`s, and what it does."""

    method: str
    path: str
    run: Run

    def ids(self, method: str, path: str) -> dict[str, str] | None:
        """The ids in a path, when it is this endpoint's."""
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/.]+)", re.escape(self.path).replace(r"\{", "{")
                         .replace(r"\}", "}"))  # fmt: skip
        found = re.fullmatch(pattern, path) if method == self.method else None
        return found.groupdict() if found else None


class Door:
    """Answers requests."""

    def __init__(self, editor: Editor, endpoints: list[Endpoint]) -> None:
        self._editor = editor
        self._endpoints = endpoints

    async def answer(self, request: Request) -> Response:
        """The answer to a request, refusals included."""
        pairs = request.query_params.multi_items()
        rights = Rights(self._editor.world, self._who(request, dict(pairs)))
        try:
            return self._run(request, pairs, rights, await request.body())
        except Refusal as refusal:
            return json_answer({"errors": refusal.sentences}, 422)
        except Refused as refused:
            return self._refused(refused.status)

    def _run(self, request: Request, pairs: Pairs, rights: Rights, raw: bytes) -> Response:
        world = self._editor.world
        if rights.user is None and world.login_required:
            raise Refused(401)
        for endpoint in self._endpoints:
            ids = endpoint.ids(request.method, request.url.path)
            if ids is not None:
                kind = request.headers.get("Content-Type", "")
                body = _object(raw) if kind.startswith("application/json") else {}
                return endpoint.run(Call(self._editor, rights, pairs, ids, body))
        return Response("<html><body>404</body></html>", 404, media_type="text/html")

    def _refused(self, status: int) -> Response:
        if status == 401 and not self._editor.world.rest_api:
            status = 403
        if status == 500:
            return json_answer({"status": 500, "error": "Internal Server Error"}, 500)
        return Response(b"", status, _CHALLENGE if status == 401 else None, "application/json")

    def _who(self, request: Request, query: Mapping[str, str]) -> User | None:
        if not self._editor.world.rest_api:
            return None
        key = request.headers.get("X-Redmine-API-Key") or query.get("key") or _basic(request)
        for user in self._editor.world.users.values():
            if key and user.key == key and not user.locked:
                return user
        return None


def _basic(request: Request) -> str:
    """The key as the user name of Basic credentials."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(text).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _object(raw: bytes) -> Mapping[str, Any]:
    """The body as an object. Raises Refused (400) for broken JSON."""
    if not raw.strip():
        return {}
    try:
        found = parse(raw)
    except BadBody:
        raise Refused(400) from None
    return found if isinstance(found, dict) else {}
