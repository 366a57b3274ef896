"""Redmine's REST API, one method per question, through python-redmine's engine.

The engine speaks, on our session: timeouts, retries, redirects and errors are the transport's.
Resource managers are not used: they share a class-level URL formatter between threads, and
attributes of resources cost hidden requests (docs/redmine.md, 11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from redminelib import Redmine

from connectors.base import Context
from connectors.errors import AccessError, SettingsError, SourceError, TryAgainError
from connectors.redmine.settings import RedmineSettings
from connectors.toolkit.http import (
    BASE_TABLE,
    Decision,
    LibrarySession,
    Transport,
    status_of,
    unless,
)
from connectors.toolkit.rows import Row, object_of, rows_of
from connectors.toolkit.settings import connect

HEADER: Final = "X-Redmine-API-Key"
PAGE: Final = 100
TABLE: Final = {**BASE_TABLE, 412: Decision.KEY}
_TICKET: Final = re.compile(r"/issues/(\d+)\.json$")


def open_transport(settings: RedmineSettings, context: Context) -> Transport:
    """The transport of a source. Raises SettingsError when its key cannot be had."""
    return connect(
        settings,
        context,
        HEADER,
        table=TABLE,
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
        self._source = transport.source
        self._redmine = Redmine(settings.url)
        self._redmine.engine.session = LibrarySession(transport)

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
        return self._page("time_entries", "/time_entries.json", query, offset, limit, numbered=True)

    def issue(self, number: int, include: str = "journals,children") -> Row:
        """One issue with its journals. Raises GoneError."""
        answer = self._get(f"/issues/{number:d}.json", {"include": include})
        return self._object(answer, "issue")

    def time_entry(self, number: int) -> Row | None:
        """One time entry, None when it was deleted."""
        path = f"/time_entries/{number:d}.json"
        return unless((404,), lambda: self._object(self._get(path), "time_entry"))

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
        path = f"/users/{number:d}.json"
        return unless((403, 404), lambda: self._object(self._get(path), "user"))

    def project(self, name: str, include: str = "") -> Row:
        """A project by id or identifier. Raises SettingsError when there is none, AccessError
        when it is archived or not for this account."""
        params = {"include": include} if include else None
        try:
            answer = self._get(f"/projects/{name}.json", params)
            return self._object(answer, "project", numbered=True)
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
        self,
        name: str,
        path: str,
        query: Sequence[tuple[str, str]],
        offset: int,
        limit: int,
        *,
        numbered: bool = False,
    ) -> tuple[list[Row], int, int]:
        params = [*query, ("limit", str(limit)), ("offset", str(offset))]
        answer = object_of(self._source, self._get(path, params), f"page of {name}")
        rows = rows_of(self._source, answer.get(name), name, numbered=numbered)
        used, total = answer.get("limit"), answer.get("total_count")
        if not (isinstance(used, int) and used > 0 and isinstance(total, int)):
            raise TryAgainError(self._source, f"{path} gives no page size or no total")
        return rows, used, total

    def _words_of(self, path: str, name: str) -> list[Row]:
        answer = object_of(self._source, self._get(path), f"list of {name}")
        return rows_of(self._source, answer.get(name), name, numbered=True)

    def _object(self, answer: Any, name: str, *, numbered: bool = False) -> Row:
        whole = object_of(self._source, answer, name)
        return object_of(self._source, whole.get(name), name, numbered=numbered)
