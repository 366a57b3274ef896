"""API v5, one method per question (docs/pivotal.md, 4). Answers are checked for shape, not meaning.

Nothing is asked in the query that would be a secret, ids are integers, and what a service may not
offer (`fields`, `bulk`, a story without its project) has a plainer question to fall back on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from connectors.base import Context
from connectors.errors import AccessError, GoneError, RefusedError, SettingsError, SourceError
from connectors.pivotal.settings import PivotalSettings
from connectors.toolkit import stamps
from connectors.toolkit.http import Answer, Transport, said_by, status_of
from connectors.toolkit.rows import Row, object_of, rows_of
from connectors.toolkit.settings import connect

HEADER: Final = "X-TrackerToken"
TOTAL: Final = "X-Tracker-Pagination-Total"
PAGE: Final = 200
"""Stories asked for at once; honoured by the original (docs/pivotal.md, 3)."""
FEED: Final = 100
"""Activities asked for at once: the default, and what every service seen gives."""
BULK: Final = 50
"""Stories read whole at once. 500 are allowed; their comments come with them."""
HEAD_FIELDS: Final = ":default,story_priority"
WHOLE_FIELDS: Final = (
    f"{HEAD_FIELDS},comments(id,text,person_id,created_at,updated_at,commit_identifier)"
)
_TICKET: Final = re.compile(r"/stories/(\d+)(?:/|$)")
_MOST: Final = 10**14
Params = list[tuple[str, Any]]


def words_of(body: Any) -> str:
    """The sentences of an error, in the service's words."""
    if not isinstance(body, dict):
        return ""
    parts = [body.get(name) for name in ("general_problem", "error", "requirement")]
    problem = next((part for part in parts if isinstance(part, str) and part), "")
    errors = body.get("validation_errors")
    fields = [
        f"{item.get('field')}: {item.get('problem')}"
        for item in (errors if isinstance(errors, list) else ())
        if isinstance(item, dict)
    ]
    return "; ".join(part for part in (problem, *fields) if part)


def code_of(error: SourceError) -> str:
    """The code that the service gave its refusal: a 403 is a refused token or a missing right."""
    body = said_by(error)
    return str(body.get("code") or "") if isinstance(body, dict) else ""


def open_transport(settings: PivotalSettings, context: Context) -> Transport:
    """The transport of a source. Raises SettingsError when its token cannot be had."""
    return connect(
        settings,
        context,
        HEADER,
        ticket_of=lambda path: story[1] if (story := _TICKET.search(path)) else None,
        words_of=words_of,
    )


class Api:
    """Questions to one service."""

    def __init__(self, settings: PivotalSettings, transport: Transport) -> None:
        self._transport = transport
        self._source = transport.source
        self._url = settings.url
        self._lacking: set[str] = set()
        """What this service was found not to offer."""

    def me(self) -> Row:
        """Whose token it is. It echoes the token, which goes no further."""
        answer = self._object(self._get("/me"), "account")
        return {name: item for name, item in answer.items() if name != "api_token"}

    def projects(self) -> list[Row]:
        """All projects that the account is a member of, each with its version."""
        return self._rows(self._get("/projects"), "projects")

    def project(self, number: int) -> Row:
        """One project. Raises SettingsError or AccessError with the reason."""
        try:
            return self._object(self._get(f"/projects/{number:d}"), "project")
        except SourceError as error:
            if status_of(error) == 404:
                raise SettingsError(
                    self._source,
                    f"there is no project {number} that the token may see",
                    "its number is what follows /projects/ in the address of its page",
                ) from error.__cause__
            if status_of(error) == 403 and not self._is_key(error):
                raise AccessError(
                    self._source,
                    f"the project {number} does not answer: it was deleted, its API access is "
                    "switched off, or the account is no member of it",
                    "make the account a member, allow API access in the project's settings, "
                    "or take the project out of `projects`",
                ) from error.__cause__
            raise

    def memberships(self, project: int) -> list[Row]:
        """The active members of a project, each with `person`."""
        return self._rows(self._get(f"/projects/{project:d}/memberships"), "memberships")

    def labels(self, project: int) -> list[Row]:
        """All labels of a project."""
        return self._rows(self._get(f"/projects/{project:d}/labels"), "labels")

    def stories(
        self, project: int, offset: int, *more: tuple[str, str]
    ) -> tuple[list[Row], int | None]:
        """A page of a project's stories, done ones included, in the service's own order; and how
        many there are, where the service says."""
        params: Params = [*more, ("limit", PAGE), ("offset", offset)]
        answer = self._shaped(f"/projects/{project:d}/stories", params, HEAD_FIELDS)
        total = answer.headers.get(TOTAL, "")
        known = int(total) if total.isascii() and total.isdigit() and len(total) < 10 else None
        return self._rows(answer.value, "stories"), known

    def bulk(self, project: int, numbers: Sequence[int]) -> list[Row]:
        """Stories of a project read whole, as many as are still there; `BULK` at most at once."""
        if "bulk" not in self._lacking and len(numbers) > 1:
            params: Params = [("ids", ",".join(str(int(number)) for number in numbers))]
            try:
                path = f"/projects/{project:d}/stories/bulk"
                answer = self._shaped(path, params)
                return self._with_comments(self._rows(answer.value, "stories"))
            except SourceError as error:
                if status_of(error) not in (400, 404) or isinstance(error, GoneError):
                    raise
                self._lacking.add("bulk")
        rows = []
        for number in numbers:
            with suppress(GoneError):
                rows.append(self.story(number, project))
        return rows

    def story(self, number: int, project: int | None = None) -> Row:
        """One story, whole, wherever it is. Raises GoneError."""
        if project is None and "stories by number" not in self._lacking:
            try:
                return self._story(f"/stories/{number:d}")
            except GoneError as error:
                if code_of(error) != "route_not_found":
                    raise
                self._lacking.add("stories by number")
        if project is None:
            return self._story_of_any(number)
        return self._story(f"/projects/{project:d}/stories/{number:d}")

    def activity(self, project: int, *more: tuple[str, Any], offset: int = 0) -> list[Row] | None:
        """What happened in a project; None where the service has no such feed."""
        params: Params = [*more, ("limit", FEED), ("offset", offset)]
        return self._feed(f"/projects/{project:d}/activity", params)

    def story_activity(self, project: int, number: int, offset: int = 0) -> list[Row] | None:
        """What happened to a story; None where the service has no such feed."""
        params: Params = [("limit", FEED), ("offset", offset)]
        return self._feed(f"/projects/{project:d}/stories/{number:d}/activity", params)

    def update(self, project: int, number: int, fields: Mapping[str, Any]) -> None:
        """Change fields of a story. Raises RefusedError for a value that is not taken."""
        self._send("PUT", f"/projects/{project:d}/stories/{number:d}", dict(fields))

    def add_comment(self, project: int, number: int, text: str) -> None:
        """Write a comment. Raises GoneError on 404, which may only mean that the service does not
        offer it: ask for the story (docs/pivotal.md, 1.1)."""
        self._send("POST", f"/projects/{project:d}/stories/{number:d}/comments", {"text": text})

    def add_label(self, project: int, number: int, name: str) -> None:
        """Put a label on a story; it is made when there is none of that name. One service wants
        the label wrapped (docs/pivotal.md, 1.1)."""
        path = f"/projects/{project:d}/stories/{number:d}/labels"
        if "plain labels" not in self._lacking:
            try:
                self._send("POST", path, {"name": name})
                return
            except RefusedError as error:
                if status_of(error) != 400:
                    raise
                try:
                    self._send("POST", path, {"label": {"name": name}})
                except RefusedError:
                    raise error from error.__cause__
                self._lacking.add("plain labels")
                return
        self._send("POST", path, {"label": {"name": name}})

    def remove_label(self, project: int, number: int, label: int) -> None:
        """Take a label off a story; one that is off already is no error."""
        path = f"/projects/{project:d}/stories/{number:d}/labels/{label:d}"
        with suppress(GoneError):
            self._send("DELETE", path, None)

    # -- how it is asked ------------------------------------------------------------------------

    def _story(self, path: str) -> Row:
        row = self._object(self._shaped(path, []).value, "story")
        return self._with_comments([row])[0]

    def _story_of_any(self, number: int) -> Row:
        """One story of a service that finds stories by project only."""
        for project in ids(self.projects()):
            with suppress(GoneError):
                return self._story(f"/projects/{project:d}/stories/{number:d}")
        raise GoneError(self._source, str(number), "no project that the token sees has this story")

    def _shaped(self, path: str, params: Params, fields: str = WHOLE_FIELDS) -> Answer:
        """The answer with the fields asked for; with the service's own where it refuses to."""
        if "fields" not in self._lacking:
            try:
                return self._ask(path, [*params, ("fields", fields)])
            except (RefusedError, SettingsError) as error:
                if status_of(error) != 400:
                    raise
                answer = self._ask(path, params)
                self._lacking.add("fields")
                return answer
        return self._ask(path, params)

    def _with_comments(self, rows: list[Row]) -> list[Row]:
        """The stories with their comments; asked for one by one where they did not come along."""
        for row in rows:
            if "comments" not in row and type(row.get("id")) is int:
                project = row.get("project_id")
                below = f"/projects/{project:d}" if type(project) is int else ""
                path = f"{below}/stories/{row['id']:d}/comments"
                row["comments"] = self._rows(self._get(path), "comments")
        return rows

    def _feed(self, path: str, params: Params) -> list[Row] | None:
        if "activity" in self._lacking:
            return None
        try:
            return self._rows(self._get(path, params), "activity")
        except (SettingsError, GoneError) as error:
            if status_of(error) != 404 or code_of(error) == "unfound_resource":
                raise
            self._lacking.add("activity")
            return None

    def _get(self, path: str, params: Params | None = None) -> Any:
        return self._ask(path, params).value

    def _ask(self, path: str, params: Params | None = None) -> Answer:
        return self._answered(
            lambda: self._transport.ask("GET", f"{self._url}{path}", params=params)
        )

    def _send(self, method: str, path: str, body: Any) -> None:
        self._answered(lambda: self._transport.ask(method, f"{self._url}{path}", json=body))

    def _answered(self, ask: Callable[[], Answer]) -> Answer:
        """The answer; a refused key is told for what it is, whatever the call was about."""
        try:
            return ask()
        except SourceError as error:
            if self._is_key(error):
                raise AccessError(
                    self._source,
                    "the service refuses the token",
                    "is it complete, not replaced by another, and is its account still active?",
                ) from error.__cause__
            raise

    def _is_key(self, error: SourceError) -> bool:
        return status_of(error) == 403 and code_of(error) == "invalid_authentication"

    def _rows(self, answer: Any, name: str) -> list[Row]:
        return rows_of(self._source, answer, name)

    def _object(self, answer: Any, name: str) -> Row:
        return object_of(self._source, answer, name, numbered=True)


def ids(rows: Iterable[Row]) -> list[int]:
    """The numbers of rows that have one."""
    return [row["id"] for row in rows if type(row.get("id")) is int and row["id"] > 0]


def instant(value: object) -> datetime:
    """A date-time as the API prints it: UTC with `Z`, to the second; or, where an endpoint knows no
    `date_format`, milliseconds since 1970 (docs/pivotal.md, 2), cut to the second. Raises
    ValueError for anything that is none."""
    if type(value) is int and 0 <= value < _MOST:
        return datetime.fromtimestamp(value // 1000, UTC)
    return stamps.parse(value)
