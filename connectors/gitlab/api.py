"""GitLab's REST API and its GraphQL, one method per question, through python-gitlab.

The library speaks, on our session: timeouts, retries, redirects and errors are the transport's.
Its raw calls are used: objects cost 3.3 times the work of plain rows, and send old labels back
(docs/gitlab.md, 8). Answers are checked for their shape, never for their meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, urlsplit

from gitlab import Gitlab

from connectors.base import Context
from connectors.errors import AccessError, GoneError, SettingsError, SourceError, TryAgainError
from connectors.gitlab.settings import GitLabSettings
from connectors.toolkit import stamps
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

HEADER: Final = "PRIVATE-TOKEN"
PAGE: Final = 100
TABLE: Final = {**BASE_TABLE, 202: Decision.OK, 409: Decision.AGAIN}
STAMP: Final = "updated_at"
_API: Final = "/api/v4"
_ITEM: Final = re.compile(r"/projects/(\d+)/(issues|merge_requests)/(\d+)(?:/|$)")
_KEY: Final = re.compile(r"([1-9][0-9]{0,17})([-!])([1-9][0-9]{0,17})")
_SIGNS: Final = {"issues": "-", "merge_requests": "!"}
_EMPTY_PAGES: Final = 50
"""Empty pages in a row that still promise a next one, after which a list leads nowhere (H4)."""
_PAGES: Final = 20_000


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """An issue or a merge request: the project's number and the number in it, which renaming the
    project does not change."""

    project: int
    iid: int

    @property
    def key(self) -> str:
        """The ticket's key: `PROJECT-IID`."""
        return f"{self.project}-{self.iid}"

    @classmethod
    def of(cls, row: Row) -> Ref:
        """Of a row. Raises ValueError when it has no whole numbers."""
        project, iid = row.get("project_id"), row.get("iid")
        if type(project) is not int or type(iid) is not int or project < 1 or iid < 1:
            raise ValueError("it has no project number or no number of its own")
        return cls(project, iid)


def parse(source: str, key: str, sign: str = "-") -> Ref:
    """The issue of a ticket's key. Raises GoneError for what is no key of ours (H3)."""
    parts = _KEY.fullmatch(key)
    if parts is None or parts[2] != sign:
        raise GoneError(source, key, "this is no issue of a GitLab: its keys look like 42-7")
    return Ref(int(parts[1]), int(parts[3]))


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a list, whether it is the last, and how many rows there are in all (a hint: not
    told above 10,000, nor by keyset)."""

    rows: list[Row]
    ended: bool
    total: int | None = None

    @property
    def newest(self) -> datetime | None:
        """The last stamp in it, believable or not: it only says where the next page begins."""
        shown = []
        for row in self.rows:
            try:
                shown.append(stamps.parse_ms(row.get(STAMP)))
            except ValueError:
                continue
        return max(shown, default=None)


def open_transport(settings: GitLabSettings, context: Context) -> Transport:
    """The transport of a source. Raises SettingsError when its key cannot be had."""
    return connect(settings, context, HEADER, table=TABLE, ticket_of=_ticket_of, words_of=_words_of)


def _ticket_of(path: str) -> str | None:
    item = _ITEM.search(path)
    return None if item is None else f"{item[1]}{_SIGNS[item[2]]}{item[3]}"


def _words_of(body: Any) -> str:
    """The sentences of a refusal: `message` may be text or an object, `error` is a word."""
    if not isinstance(body, dict):
        return ""
    named = ("message", "error_description", "error")
    return "; ".join(text for name in named for text in _sentences(body.get(name)))


def _sentences(part: Any, name: str = "") -> Iterator[str]:
    if isinstance(part, dict):
        for key, inner in list(part.items())[:10]:
            yield from _sentences(inner, "" if key in ("base", "error") else f"{key} ")
    elif isinstance(part, list):
        for inner in part[:10]:
            yield from _sentences(inner, name)
    elif part is not None:
        yield f"{name}{part}"


class Api:
    """Questions to one GitLab."""

    def __init__(self, settings: GitLabSettings, transport: Transport) -> None:
        self.source = transport.source
        self._url = settings.url
        self._gitlab = Gitlab(settings.url, session=LibrarySession(transport))

    # -- lists --------------------------------------------------------------------------------

    def pages(self, path: str, **query: Any) -> Iterator[ListPage]:
        """The pages of a list, as `Link` leads from one to the next; one may be short or empty and
        be followed by others (docs/gitlab.md, 4). Raises TryAgainError for anything but rows, and
        for a list that goes in circles or nowhere (H4)."""
        address, asked, empty = path, {"per_page": PAGE, **query}, 0
        met: set[str] = set()
        while True:
            answer = self._gitlab.http_request("get", address, query_data=asked)
            rows = rows_of(self.source, answer.json(), path)
            following = answer.links.get("next", {}).get("url")
            total = answer.headers.get("X-Total", "")
            yield ListPage(rows, not following, int(total) if total.isdigit() else None)
            if not following:
                return
            # Behind a proxy the link may name another host: only its path and query are followed.
            parts = urlsplit(following)
            address, asked = f"{parts.path.partition(_API)[2]}?{parts.query}", {}
            empty = 0 if rows else empty + 1
            if address in met or empty > _EMPTY_PAGES or len(met) > _PAGES:
                raise TryAgainError(
                    self.source,
                    "a list of GitLab goes in circles: its pages lead back or nowhere",
                    "is something between the bridge and GitLab caching or rewriting pages?",
                )
            met.add(address)

    def rows(self, path: str, **query: Any) -> Iterator[Row]:
        """All rows of a list, page after page. Raises as `pages`."""
        for page in self.pages(path, **query):
            yield from page.rows

    def first(self, path: str, **query: Any) -> ListPage:
        """The first page of a list."""
        return next(self.pages(path, **query))

    def notes(self, ref: Ref) -> list[Row]:
        """All notes of an issue, oldest first, system notes included."""
        return self._numbered(f"{_issue(ref)}/notes", sort="asc", order_by="created_at")

    def latest_notes(self, ref: Ref) -> Iterator[Row]:
        """The notes of an issue, newest first."""
        return self.rows(f"{_issue(ref)}/notes", sort="desc", order_by="created_at")

    def events(self, ref: Ref, of: str) -> list[Row]:
        """Who did what to the "label"s of an issue, or to its "state", and when."""
        return self._numbered(f"{_issue(ref)}/resource_{of}_events")

    def awards(self, ref: Ref, note: int) -> list[Row]:
        """The reactions to a note."""
        return self._numbered(f"{_issue(ref)}/notes/{note:d}/award_emoji")

    def closed_by(self, ref: Ref) -> list[Row]:
        """The issues that a merge request closes. `ref` is the merge request's."""
        return list(self.rows(f"{_merge(ref)}/closes_issues"))

    def labels(self, project: int) -> list[str]:
        """The names of all labels that issues of a project may carry, the groups' included."""
        rows = self.rows(f"/projects/{project:d}/labels", include_ancestor_groups="true")
        return [name for row in rows if isinstance(name := row.get("name"), str)]

    def projects_of(self, group: int) -> Iterator[Row]:
        """The projects in a group and below it."""
        return self.rows(f"/groups/{group:d}/projects", include_subgroups="true", archived="false")

    # -- single things ------------------------------------------------------------------------

    def issue(self, ref: Ref) -> Row:
        """One issue as it stands now. Raises GoneError."""
        return self._get(_issue(ref), "issue")

    def merge_request(self, ref: Ref) -> Row:
        """One merge request as it stands now. Raises GoneError."""
        return self._get(_merge(ref), "merge request")

    @cached_property
    def account(self) -> Row:
        """Whose key it is. Raises AccessError when the key is refused, or is none at all."""
        return self._get("/user", "user")

    def token(self) -> Row | None:
        """Scopes and last day of the key, None where this GitLab does not tell."""
        return unless((400, 403, 404), lambda: self._get("/personal_access_tokens/self", "token"))

    @cached_property
    def version(self) -> tuple[int, int]:
        """Major and minor version; (0, 0) where it is not told."""
        answer = unless((403, 404), lambda: self._get("/version", "version")) or {}
        version = re.match(r"(\d{1,4})\.(\d{1,4})", str(answer.get("version")))
        return (int(version[1]), int(version[2])) if version else (0, 0)

    def container(self, kind: str, path: str) -> Row:
        """A project or group (`kind` is "projects" or "groups") by its path. Raises SettingsError
        when there is none that the key may see: GitLab answers the same to both."""
        what = kind.removesuffix("s")
        try:
            return self._get(f"/{kind}/{quote(path, safe='')}", what, **_SHORT)
        except SourceError as error:
            if status_of(error) != 404:  # a 403 is the token's scope
                raise
            raise SettingsError(
                self.source,
                f'there is no {what} "{path}" that the key may see',
                f"is it spelt as in the address of its page, and is the account a member of it? "
                f"a {what} that was moved or deleted looks just the same",
            ) from error.__cause__

    def project(self, number: int) -> Row:
        """One project. Raises SettingsError when the key does not see it (any more)."""
        return self._get(f"/projects/{number:d}", "project")

    def group_path(self, number: int) -> str:
        """The whole path of a group as it is now. Raises SourceErrors."""
        path = self._get(f"/groups/{number:d}", "group", **_SHORT).get("full_path")
        return path if isinstance(path, str) else ""

    def graphql(self, query: str, variables: Mapping[str, Any]) -> Row | None:
        """The data of a GraphQL query; None when this GitLab does not take it."""
        asked = {"query": query, "variables": dict(variables)}
        try:
            answer = self._gitlab.http_post(f"{self._url}/api/graphql", post_data=asked)
        except (SettingsError, AccessError):
            return None
        data = answer.get("data") if isinstance(answer, dict) else None
        errors = answer.get("errors") if isinstance(answer, dict) else None
        return data if isinstance(data, dict) and not errors else None

    # -- writing ------------------------------------------------------------------------------

    def edit(self, ref: Ref, changes: Mapping[str, str]) -> Row:
        """Change an issue in one call; the issue as it then is. Unknown parameters are ignored by
        GitLab, and what the role may not set is dropped: read the answer."""
        answer = self._gitlab.http_put(_issue(ref), post_data=dict(changes))
        return object_of(self.source, answer, "issue")

    def estimate(self, ref: Ref, duration: str) -> Row:
        """Set the estimate, such as "90m"; the time statistics as they then are."""
        asked = {"duration": duration}
        answer = self._gitlab.http_post(f"{_issue(ref)}/time_estimate", post_data=asked)
        return object_of(self.source, answer, "time estimate")

    def add_note(self, ref: Ref, body: str, **flags: bool) -> Row:
        """Write a note. Without `id` in the answer none was made: its text was commands only."""
        answer = self._gitlab.http_post(f"{_issue(ref)}/notes", post_data={"body": body, **flags})
        return object_of(self.source, answer, "note")

    def _get(self, path: str, name: str, **query: str) -> Row:
        answer = self._gitlab.http_get(path, query_data=query)
        return object_of(self.source, answer, name, numbered=name in _NUMBERED)

    def _numbered(self, path: str, **query: Any) -> list[Row]:
        return rows_of(self.source, list(self.rows(path, **query)), path, numbered=True)


_NUMBERED: Final = ("user", "project", "group")
_SHORT: Final = {"with_projects": "false"}
"""Keeps an answer about a group short; ignored for a project."""


def _issue(ref: Ref) -> str:
    return f"/projects/{ref.project:d}/issues/{ref.iid:d}"


def _merge(ref: Ref) -> str:
    return f"/projects/{ref.project:d}/merge_requests/{ref.iid:d}"
