"""One request to the API: who asks, with which parameters, and the answer in the service's form."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from connectors.sandbox.core import BadBody
from connectors.sandbox.core.bodies import parse
from connectors.sandbox.pivotal.editing import Editor
from connectors.sandbox.pivotal.errors import (
    GatewayTimeout,
    TrackerError,
    cannot_accept,
    no_route,
    unauthenticated,
    unauthorized,
    unfound,
    unparsable,
)
from connectors.sandbox.pivotal.flavour import Flavour
from connectors.sandbox.pivotal.parameters import (
    Check,
    query_boolean,
    query_integer,
    query_natural,
    query_text,
    take,
    wrong,
)
from connectors.sandbox.pivotal.resources import Resources
from connectors.sandbox.pivotal.shape import Shape, Wanted, parse_fields, written
from connectors.sandbox.pivotal.world import Person, Project, Story, World

SHAPING: Final[Mapping[str, Check]] = {
    "fields": query_text,
    "envelope": query_boolean,
    "date_format": query_text,
    "token": query_text,
}
"""What every endpoint takes in its query: the form of the answer, and the token."""
PAGING: Final[Mapping[str, Check]] = {"limit": query_natural, "offset": query_natural}


@dataclass(frozen=True, slots=True)
class Page:
    """The place of a page in its list."""

    total: int
    limit: int
    offset: int
    returned: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint gives: a value (None answers 204), its project, its page."""

    value: Any
    project: Project | None = None
    page: Page | None = None


@dataclass(slots=True)
class Call:
    """One request on its way: the tool, who asks, what for."""

    editor: Editor
    resources: Resources
    person: Person
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Mapping[str, Any] = field(default_factory=dict)
    items: Sequence[Any] = ()
    """The body of an endpoint that takes a list."""

    @property
    def world(self) -> World:
        """What there is."""
        return self.editor.world

    @property
    def flavour(self) -> Flavour:
        """Which service this is."""
        return self.editor.flavour

    # -- what the path names ------------------------------------------------------------------

    def project(self) -> Project:
        """The project of the path, readable for who asks. Raises TrackerError."""
        text = self.path["project"]
        if not text.isdecimal():
            raise no_route()
        project = self.world.projects.get(int(text))
        if project is None:
            raise unfound()
        return self.readable(project)

    def readable(self, project: Project) -> Project:
        """The project, when who asks may read it. Raises TrackerError."""
        if project.deleted or not project.api:
            raise unauthorized()
        if self.person.id not in project.members and not project.public:
            raise unauthorized()
        return project

    def story(self) -> tuple[Project, Story]:
        """The story of the path, and its project. Raises TrackerError."""
        number = query_integer("story_id", self.path["story"])
        project = self.project() if "project" in self.path else None
        story = self.world.stories.get(number)
        if story is None or (project is not None and story.project != project.id):
            raise unfound()
        return project or self.readable(self.world.projects[story.project]), story

    def number(self, name: str) -> int:
        """An id in the path. Raises TrackerError."""
        return query_integer(f"{name}_id", self.path[name])

    # -- answers ------------------------------------------------------------------------------

    def wanted(self, shape: Shape) -> Wanted | None:
        """What `fields` asks for, None when it is not given. Raises TrackerError."""
        if "fields" not in self.query:
            return None
        wanted = parse_fields(self.query["fields"])
        shape.check(wanted)
        return wanted

    def one(self, shape: Shape, item: Any, project: Project | None) -> Answer:
        """One resource."""
        return Answer(shape.one(item, self.wanted(shape)), project)

    def all(self, shape: Shape, items: Sequence[Any], project: Project | None) -> Answer:
        """A list that has no pages."""
        return Answer(shape.many(items, self.wanted(shape)), project)

    def paged(self, shape: Shape, items: Sequence[Any], project: Project | None) -> Answer:
        """A page of a list."""
        asked = self.query.get("limit", self.flavour.page)
        limit = min(asked, self.flavour.largest_page)
        offset = self.query.get("offset", 0)
        wanted = self.wanted(shape)
        found = shape.many(items[offset : offset + limit], wanted)
        return Answer(found, project, Page(len(items), limit, offset, len(found)))


Run = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method and a path; `query` and `body` are all the parameters that it takes.

    `listed` takes a list as its body, `needs` are the parameters without which nothing goes.
    """

    method: str
    path: str
    run: Run
    query: Mapping[str, Check] = field(default_factory=dict)
    body: Mapping[str, Check] | None = None
    needs: tuple[str, ...] = ()
    listed: bool = False


class Switchboard:
    """Finds the endpoint of a request, checks what it was given, and writes the answer down."""

    def __init__(
        self, editor: Editor, resources: Resources, endpoints: Sequence[Endpoint], prefix: str
    ) -> None:
        self._editor = editor
        self._resources = resources
        self._prefix = prefix
        self._endpoints: list[tuple[Endpoint, list[str]]] = []
        for endpoint in endpoints:
            self.add(endpoint)

    def add(self, endpoint: Endpoint) -> None:
        """One endpoint more."""
        self._endpoints.append((endpoint, endpoint.path.strip("/").split("/")))

    def connect(self, method: str, path: str) -> tuple[Endpoint, dict[str, str]]:
        """The endpoint of a path (case counts, a slash at the end does not), and its ids.

        Raises TrackerError.
        """
        if not path.startswith(self._prefix + "/"):
            raise no_route()
        parts = path[len(self._prefix) :].strip("/").split("/")
        for endpoint, names in self._endpoints:
            if endpoint.method == method and len(names) == len(parts):
                pairs = list(zip(names, parts, strict=True))
                if all(name == part or name[:1] == "{" for name, part in pairs):
                    return endpoint, {n[1:-1]: part for n, part in pairs if n[:1] == "{"}
        raise no_route()

    async def answer(self, request: Request) -> Response:
        """The answer to a request, refusals included."""
        query = dict(request.query_params)
        try:
            answer = self.run(
                request.method,
                request.url.path,
                query,
                request.headers.get("X-TrackerToken"),
                await request.body(),
                request.headers.get("Content-Type", ""),
            )
        except TrackerError as error:
            return _respond(error.status, written(error.body), {})
        except GatewayTimeout:
            page = "<html><body><h1>504 Gateway Time-out</h1></body></html>"
            return Response(page, 504, media_type="text/html")
        return self._written(answer, query)

    def run(
        self, method: str, path: str, query: Mapping[str, str], token: str | None, raw: bytes,
        content_type: str,
    ) -> Answer:  # fmt: skip
        """Do what a request asks for. Raises TrackerError."""
        endpoint, ids = self.connect(method, path)
        person = self._editor.world.tokens.get(token or query.get("token", ""))
        if person is None:
            raise unauthenticated()
        checked = self._query(endpoint, query)
        call = Call(self._editor, self._resources, person, ids, checked)
        if endpoint.listed:
            call.items = _list(raw)
        elif endpoint.body is not None:
            call.body = take(_object(raw, content_type), endpoint.body)
            for name in endpoint.needs:
                if name not in call.body:
                    raise TrackerError(
                        400, "invalid_parameter",
                        "One or more request parameters was missing or invalid.",
                        general_problem=f"this endpoint requires the parameter: {name}",
                    )  # fmt: skip
        return endpoint.run(call)

    def _query(self, endpoint: Endpoint, query: Mapping[str, str]) -> dict[str, Any]:
        known = {**SHAPING, **endpoint.query}
        found = {}
        for name, value in query.items():
            if name in known:
                found[name] = known[name](name, value)
            elif self._editor.flavour.strict_query:
                raise cannot_accept(name)
        if found.get("date_format", "iso8601") not in ("iso8601", "millis"):
            raise wrong("date_format", "one of the enumerated values: iso8601, millis")
        return found

    def _written(self, answer: Answer, query: Mapping[str, str]) -> Response:
        flavour, headers, page = self._editor.flavour, {}, answer.page
        if answer.project is not None and flavour.version_header:
            headers["X-Tracker-Project-Version"] = str(answer.project.version)
        if page is not None and flavour.pagination_headers:
            for name in ("total", "limit", "offset", "returned"):
                headers[f"X-Tracker-Pagination-{name.capitalize()}"] = str(getattr(page, name))
        if answer.value is None:
            return _respond(204, b"", headers)
        value = answer.value
        if query.get("envelope") == "true":
            value = {"data": value}
            if page is not None:
                value["pagination"] = {
                    "total": page.total, "limit": page.limit, "offset": page.offset,
                    "returned": page.returned,
                }  # fmt: skip
        return _respond(200, written(value, millis=query.get("date_format") == "millis"), headers)


def _respond(status: int, body: bytes, headers: dict[str, str]) -> Response:
    headers["X-Request-Id"] = uuid.uuid4().hex
    headers["X-Tracker-Client-Pinger-Interval"] = "20"
    kind = "application/json; charset=utf-8" if body else None
    return Response(body, status, headers, kind)


def _object(raw: bytes, content_type: str) -> dict[str, Any]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
    found = _json(raw) if raw.strip() else {}
    if kind not in ("application/json", "") or not isinstance(found, dict):
        raise unparsable()
    return found


def _list(raw: bytes) -> list[Any]:
    found = _json(raw)
    if not isinstance(found, list):
        raise unparsable()
    return found


def _json(raw: bytes) -> Any:
    try:
        return parse(raw)
    except BadBody:
        raise unparsable() from None
