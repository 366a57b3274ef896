"""Redmine's REST API, one method per question, through python-redmine's engine.

The library builds and speaks; what it would do badly is taken out of its hands: its session is our
transport (timeouts, retries, no redirects), its errors are ours. Only `engine.request` is used:
resource managers share a class-level URL formatter between threads, and attributes of resources
cost hidden requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from redminelib import Redmine
from redminelib.engines.sync import SyncEngine

from connectors.base import Context
from connectors.errors import AccessError, SettingsError, SourceError, TryAgainError
from connectors.redmine.settings import RedmineSettings
from connectors.toolkit.http import BASE_TABLE, Decision, HeaderKey, Limits, Transport, status_of
from connectors.toolkit.secret import MEND, SecretError

HEADER: Final = "X-Redmine-API-Key"
PAGE: Final = 100
TABLE: Final = {**BASE_TABLE, 412: Decision.KEY}
_TICKET: Final = re.compile(r"/issues/(\d+)\.json$")

Row = dict[str, Any]


class Engine(SyncEngine):  # type: ignore[misc]  # the library ships no types
    """python-redmine's engine over our transport, given as `requests={"transport": …}`."""

    @staticmethod
    def create_session(**params: Any) -> Any:
        return params["transport"]

    def request(
        self, method: str, url: str, headers: Any = None, params: Any = None, data: Any = None
    ) -> Any:
        return self.session.call(method, url, params=params, json=data)


def connect(settings: RedmineSettings, context: Context, limits: Limits | None = None) -> Transport:
    """The transport of a source. Raises SettingsError when its key cannot be had."""
    try:
        secret = settings.api_key.resolve()
    except SecretError as error:
        raise SettingsError(context.name, f"api_key: {error}", MEND) from error
    return Transport(
        context.name,
        settings.address,
        HeaderKey(HEADER, secret),
        ca_file=settings.ca_file,
        per_minute=settings.per_minute,
        limits=limits,
        table=TABLE,
        observe=context.observe,
        stopping=context.stopping,
        ticket_of=lambda path: found[1] if (found := _TICKET.search(path)) else None,
        words_of=_words,
    )


def _words(body: Any) -> str:
    """The sentences of a 422, in the language of the account."""
    errors = body.get("errors") if isinstance(body, dict) else None
    return "; ".join(str(e) for e in errors) if isinstance(errors, list) else ""


class Api:
    """Questions to one Redmine. Answers are checked for their shape, never for their meaning."""

    def __init__(self, settings: RedmineSettings, transport: Transport) -> None:
        self._transport = transport
        self._source = transport.source
        self._redmine = Redmine(settings.url, engine=Engine, requests={"transport": transport})

    def issues(
        self, query: Sequence[tuple[str, str]], *, offset: int = 0, limit: int = PAGE
    ) -> tuple[list[Row], int, int]:
        """A page of issues: rows, the page size that Redmine really used, and its total."""
        return self._page("issues", "/issues.json", query, offset, limit)

    def time_entries(
        self, query: Sequence[tuple[str, str]], *, offset: int = 0, limit: int = PAGE
    ) -> tuple[list[Row], int, int]:
        """A page of time entries, as `issues`. Unknown filters are ignored by Redmine: name none
        that 5.0 lacks."""
        page = self._page("time_entries", "/time_entries.json", query, offset, limit)
        return self._with_ids(page[0], "time_entries"), page[1], page[2]

    def issue(self, number: int, include: str = "journals,children") -> Row:
        """One issue with its journals. Raises GoneError."""
        answer = self._get(f"/issues/{number:d}.json", {"include": include})
        return self._object(answer, "issue")

    def time_entry(self, number: int) -> Row | None:
        """One time entry, None when it was deleted."""
        try:
            answer = self._get(f"/time_entries/{number:d}.json")
        except SettingsError as error:
            if status_of(error) != 404:
                raise
            return None
        return self._object(answer, "time_entry")

    def update_issue(self, number: int, fields: Mapping[str, Any]) -> None:
        """Change an issue. Redmine answers 204 whatever it drops: read back."""
        url = f"{self._redmine.url}/issues/{number:d}.json"
        self._redmine.engine.request("put", url, data={"issue": dict(fields)})

    def account(self) -> Row:
        """Whose key it is, with memberships. Raises AccessError: this is the only answer that
        tells a refused key (401) and a REST API switched off (403) from an empty Redmine."""
        try:
            answer = self._get("/users/current.json", {"include": "memberships"})
        except AccessError as error:
            if status_of(error) == 403:
                raise AccessError(
                    self._source,
                    "the REST API of this Redmine is switched off",
                    "Administration, Settings, API: enable the REST web service",
                ) from error
            raise
        return self._object(answer, "user")

    def user(self, number: int) -> Row | None:
        """A person, None when Redmine does not show them (locked, or not visible)."""
        try:
            answer = self._get(f"/users/{number:d}.json")
        except (SettingsError, AccessError) as error:
            if status_of(error) not in (403, 404):
                raise
            return None
        return self._object(answer, "user")

    def project(self, name: str, include: str = "") -> Row:
        """A project by id or identifier. Raises SettingsError when there is none, AccessError
        when it is archived or not for this account."""
        params = {"include": include} if include else None
        try:
            found = self._object(self._get(f"/projects/{name}.json", params), "project")
            return self._with_ids([found], "project")[0]
        except SourceError as error:
            if status_of(error) == 404:
                raise SettingsError(
                    self._source,
                    f'there is no project "{name}" that the key may see',
                    "its identifier is what follows /projects/ in the address of its page",
                ) from error.__cause__
            if status_of(error) == 403:
                _ = self.account()  # says so when the whole REST API is switched off
                raise AccessError(
                    self._source,
                    f'the project "{name}" is archived, or the account is no member of it',
                    "make the account a member, or take the project out of `projects`",
                ) from error.__cause__
            raise

    def projects(self) -> Iterator[Row]:
        """All visible projects."""
        offset = 0
        while True:
            rows, limit, total = self._page("projects", "/projects.json", (), offset, PAGE)
            yield from rows
            offset += len(rows)
            if not rows or (len(rows) < limit and offset >= total):
                return

    def role(self, number: int) -> Row:
        """A role with its permissions and visibilities; readable by anybody."""
        return self._object(self._get(f"/roles/{number:d}.json"), "role")

    def statuses(self) -> list[Row]:
        """All issue states of the install."""
        return self._words_of("/issue_statuses.json", "issue_statuses")

    def trackers(self) -> list[Row]:
        """All trackers, with the standard fields that are enabled in each."""
        return self._words_of("/trackers.json", "trackers")

    def priorities(self) -> list[Row]:
        """All priorities of the install."""
        return self._words_of("/enumerations/issue_priorities.json", "issue_priorities")

    def _get(self, path: str, params: Any = None) -> Any:
        return self._redmine.engine.request("get", f"{self._redmine.url}{path}", params=params)

    def _page(
        self, name: str, path: str, query: Sequence[tuple[str, str]], offset: int, limit: int
    ) -> tuple[list[Row], int, int]:
        params = [*query, ("limit", str(limit)), ("offset", str(offset))]
        answer = self._get(path, params)
        rows = self._list(answer, name)
        used, total = answer.get("limit"), answer.get("total_count")
        if not (isinstance(used, int) and used > 0 and isinstance(total, int)):
            raise TryAgainError(self._source, f"{path} gives no page size or no total")
        return rows, used, total

    def _list(self, answer: Any, name: str) -> list[Row]:
        rows = answer.get(name) if isinstance(answer, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise TryAgainError(self._source, f"an answer of Redmine has no list of {name}")
        return rows

    def _words_of(self, path: str, name: str) -> list[Row]:
        return self._with_ids(self._list(self._get(path), name), name)

    def _with_ids(self, rows: list[Row], name: str) -> list[Row]:
        """Rows that are not issues and have no id make the whole answer doubtful."""
        if not all(type(row.get("id")) is int for row in rows):
            raise TryAgainError(self._source, f"a row in Redmine's {name} has no id")
        return rows

    def _object(self, answer: Any, name: str) -> Row:
        found = answer.get(name) if isinstance(answer, dict) else None
        if not isinstance(found, dict):
            raise TryAgainError(self._source, f"an answer of Redmine has no {name}")
        return found
