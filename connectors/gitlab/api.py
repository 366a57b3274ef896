"""GitLab's REST API, one method per question, through python-gitlab.

Lists are read with the library's raw list calls, which cost as little as bare requests; writes go
through its managers. Its session is ours (`session.py`), so nothing is repeated or waited for
inside of it. Answers are checked for their shape, never for their meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from gitlab import Gitlab, GitlabError

from connectors.base import Context
from connectors.errors import AccessError, SettingsError, SourceError, TryAgainError
from connectors.gitlab.refs import Ref
from connectors.gitlab.session import Session
from connectors.gitlab.settings import GitLabSettings
from connectors.toolkit.http import BASE_TABLE, Decision, HeaderKey, Limits, Transport, status_of
from connectors.toolkit.secret import MEND, SecretError

HEADER: Final = "PRIVATE-TOKEN"
PAGE: Final = 100
TABLE: Final = {**BASE_TABLE, 202: Decision.OK, 409: Decision.AGAIN}
_TICKET: Final = re.compile(r"/projects/(\d+)/issues/(\d+)(?:/|$)")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A project or a group whose issues are read: `kind` is "projects" or "groups"."""

    kind: str
    number: int

    @property
    def name(self) -> str:
        """How cursor and memory call it."""
        return f"{self.kind}/{self.number}"


@dataclass(frozen=True, slots=True)
class Page:
    """The first page of a list, whether more follow, and how many rows there are (a hint)."""

    rows: list[Row]
    more: bool
    total: int | None


def connect(settings: GitLabSettings, context: Context, limits: Limits | None = None) -> Transport:
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
        ticket_of=_ticket_of,
        words_of=words_of,
    )


def _ticket_of(path: str) -> str | None:
    found = _TICKET.search(path)
    return None if found is None else f"{found[1]}-{found[2]}"


def words_of(body: Any) -> str:
    """The sentences of a refusal: `message` may be text or an object, `error` is a word."""
    if not isinstance(body, dict):
        return ""
    said = [body.get(name) for name in ("message", "error_description", "error")]
    return "; ".join(text for part in said for text in _sentences(part))


def _sentences(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        yield from (str(item) for item in part[:10])
    elif isinstance(part, dict):
        for name, texts in list(part.items())[:10]:
            for text in texts[:10] if isinstance(texts, list) else [texts]:
                yield str(text) if name in ("base", "error") else f"{name} {text}"


class Api:
    """Questions to one GitLab."""

    def __init__(self, settings: GitLabSettings, transport: Transport) -> None:
        self._transport = transport
        self.source = transport.source
        self._url = settings.url
        self._gl = Gitlab(
            settings.url,
            session=Session(transport),
            keep_base_url=True,
            retry_transient_errors=False,
        )

    # -- lists --------------------------------------------------------------------------------

    def rows(self, path: str, **query: Any) -> Iterator[Row]:
        """All rows of a list, page after page. Raises TryAgainError for anything but objects."""
        listing = self._list(path, query)
        while True:
            try:
                row = next(listing)
            except StopIteration:
                return
            except _ODD as error:
                raise self._no_list(path) from error
            if not isinstance(row, dict):
                raise self._no_list(path)
            yield row

    def first(self, path: str, **query: Any) -> Page:
        """The first page of a list."""
        listing = self._list(path, query, get_next=False)
        try:
            found = list(listing)
            more, total = listing.next_page is not None, listing.total
        except _ODD as error:
            raise self._no_list(path) from error
        if not all(isinstance(row, dict) for row in found):
            raise self._no_list(path)
        return Page(found, more, total)

    def _list(self, path: str, query: Mapping[str, Any], **options: Any) -> Any:
        try:
            return self._gl.http_list(
                path,
                query_data={"per_page": PAGE, **query},
                iterator=True,
                obey_rate_limit=False,
                **options,
            )
        except GitlabError as error:
            raise self._no_list(path) from error

    def notes(self, ref: Ref) -> list[Row]:
        """All notes of an issue, oldest first, system notes included. A page may come short or
        empty and be followed by others (API sheet, 4)."""
        path = f"{_issue(ref)}/notes"
        return self._numbered(self.rows(path, sort="asc", order_by="created_at"), path)

    def latest_notes(self, ref: Ref) -> Iterator[Row]:
        """The notes of an issue, newest first."""
        return self.rows(f"{_issue(ref)}/notes", sort="desc", order_by="created_at")

    def label_events(self, ref: Ref) -> list[Row]:
        """Who set and took away which label, and when."""
        path = f"{_issue(ref)}/resource_label_events"
        return self._numbered(self.rows(path), path)

    def state_events(self, ref: Ref) -> list[Row]:
        """Who closed and reopened an issue, and when."""
        path = f"{_issue(ref)}/resource_state_events"
        return self._numbered(self.rows(path), path)

    def awards(self, ref: Ref, note: int) -> list[Row]:
        """The reactions to a note."""
        path = f"{_issue(ref)}/notes/{note:d}/award_emoji"
        return self._numbered(self.rows(path), path)

    def closed_by(self, ref: Ref) -> list[Row]:
        """The issues that a merge request closes. `ref` is the merge request's."""
        return list(
            self.rows(f"/projects/{ref.project:d}/merge_requests/{ref.iid:d}/closes_issues")
        )

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
        return self._object(self._get(_issue(ref)), "issue")

    def merge_request(self, ref: Ref) -> Row:
        """One merge request as it stands now. Raises SettingsError when there is none."""
        path = f"/projects/{ref.project:d}/merge_requests/{ref.iid:d}"
        return self._object(self._get(path), "merge request")

    def account(self) -> Row:
        """Whose key it is. Raises AccessError when the key is refused, or is none at all."""
        return self._object(self._get("/user"), "user")

    def token(self) -> Row | None:
        """Scopes and last day of the key, None where this GitLab does not tell."""
        try:
            return self._object(self._get("/personal_access_tokens/self"), "token")
        except (AccessError, SettingsError) as error:
            if status_of(error) not in (400, 403, 404):
                raise
            return None

    def version(self) -> tuple[int, int]:
        """Major and minor version; (0, 0) where it is not told."""
        try:
            found = re.match(r"(\d{1,4})\.(\d{1,4})", str(self._get("/version").get("version")))
        except (AccessError, SettingsError, AttributeError):
            return 0, 0
        return (int(found[1]), int(found[2])) if found else (0, 0)

    def place(self, kind: str, path: str) -> Row:
        """A project or group by its path. Raises SettingsError when there is none that the key
        may see: GitLab answers the same to both."""
        what = "project" if kind == "projects" else "group"
        extra = {} if kind == "projects" else {"with_projects": "false"}
        try:
            return self._object(self._get(f"/{kind}/{quote(path, safe='')}", **extra), what)
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
        return self._object(self._get(f"/projects/{number:d}"), "project")

    def group_path(self, number: int) -> str:
        """The whole path of a group as it is now. Raises SourceErrors."""
        row = self._object(self._get(f"/groups/{number:d}", with_projects="false"), "group")
        path = row.get("full_path")
        return path if isinstance(path, str) else ""

    def graphql(self, query: str, variables: Mapping[str, Any]) -> Row:
        """The data of a GraphQL query. Raises SettingsError when this GitLab does not take it."""
        url = f"{self._url}/api/graphql"
        answer = self._transport.call(
            "post", url, json={"query": query, "variables": dict(variables)}
        )
        data = answer.get("data") if isinstance(answer, dict) else None
        errors = answer.get("errors") if isinstance(answer, dict) else None
        if errors or not isinstance(data, dict):
            raise SettingsError(self.source, "this GitLab does not take the GraphQL query")
        return data

    def _get(self, path: str, **query: Any) -> Any:
        try:
            return self._gl.http_get(path, query_data=query, obey_rate_limit=False)
        except GitlabError as error:
            raise TryAgainError(self.source, f"{path} cannot be read") from error

    # -- writing ------------------------------------------------------------------------------

    def edit(
        self, ref: Ref, add: list[str], remove: list[str], *, due_date: str | None = None
    ) -> Row:
        """Add and take away labels and set the due date, in one call; the issue as it then is.
        Unknown parameters are ignored by GitLab, and what the role may not set is dropped: read the
        answer."""
        labels = {"add_labels": ",".join(add), "remove_labels": ",".join(remove)}
        changes = {**labels, "due_date": due_date}
        wanted = {name: text for name, text in changes.items() if text}
        answer = self._issues(ref).update(ref.iid, wanted)
        return self._object(answer, "issue")

    def estimate(self, ref: Ref, duration: str) -> Row:
        """Set the estimate, such as "90m"; the time statistics as they then are."""
        issue = self._issues(ref).get(ref.iid, lazy=True)
        return self._object(issue.time_estimate(duration), "time estimate")

    def add_note(self, ref: Ref, body: str, **flags: bool) -> Row:
        """Write a note. Without `id` in the answer none was made: its text was commands only."""
        issue = self._issues(ref).get(ref.iid, lazy=True)
        made = issue.notes.create({"body": body, **flags})
        return dict(made.attributes)

    def _issues(self, ref: Ref) -> Any:
        return self._gl.projects.get(ref.project, lazy=True).issues

    # -- shapes -------------------------------------------------------------------------------

    def _numbered(self, rows: Iterator[Row], path: str) -> list[Row]:
        """Rows that have no number make the whole answer doubtful."""
        found = list(rows)
        if not all(type(row.get("id")) is int for row in found):
            raise TryAgainError(self.source, f"a row of {path} has no number")
        return found

    def _object(self, answer: Any, name: str) -> Row:
        if not isinstance(answer, dict):
            raise TryAgainError(self.source, f"an answer of GitLab is no {name}")
        return dict(answer)

    def _no_list(self, path: str) -> TryAgainError:
        return TryAgainError(
            self.source,
            f"the answer to {path} is no list",
            "nothing was concluded from it; the next pass asks again",
        )


_ODD: Final = (GitlabError, KeyError, TypeError, ValueError, AttributeError, RecursionError)
"""What the library raises where a list was expected and something else came."""


def _issue(ref: Ref) -> str:
    return f"/projects/{ref.project:d}/issues/{ref.iid:d}"
