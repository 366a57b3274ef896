"""Freshdesk's REST API, one method per question: by python-freshdesk where it serves, else by plain
calls (the stream of tickets, conversations, time entries, which the library lacks).

The library knows paths, verbs and bodies, and speaks through a session that is our transport: no
error and no retry of its own, an HTML page is a failure and never an empty list. Of its models only
the attributes are used, as the tool gave them: its own readings fail on words of newer versions
(docs/freshdesk.md, 14).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Final

import requests
from freshdesk.v2.api import API as Library

from connectors.base import Context
from connectors.errors import AccessError, GoneError, SettingsError, TryAgainError
from connectors.freshdesk.settings import FreshdeskSettings
from connectors.toolkit import stamps
from connectors.toolkit.http import (
    BASE_TABLE,
    Decision,
    HeaderKey,
    LibrarySession,
    Transport,
    said_by,
    status_of,
    unless,
)
from connectors.toolkit.rows import Row, object_of, rows_of
from connectors.toolkit.settings import connect

PAGE: Final = 100
LAST_PAGE: Final = 300
TABLE: Final = {**BASE_TABLE, 405: Decision.MISSING}
"""405 is how Freshdesk answers a write to what lies in the trash or among spam
(docs/freshdesk.md, 3)."""
_TICKET: Final = re.compile(r"/tickets/(?:archived/)?(\d+)(?:/\w+)?$")
"""The ticket that a path speaks of."""
_INCLUDED: Final = 10
"""So many conversations come with a ticket at most (docs/freshdesk.md, 6)."""
_SKEW: Final = timedelta(minutes=15)
_MINUTE: Final = 60.0
_ITS_OWN: Final = "account.freshdesk.com"
"""The library asks for such a name; the address in use is the configured one."""
NO_FEATURE: Final = "require_feature"
_SUSPENDED: Final = "account_suspended"


class ApiKey(HeaderKey):
    """The key as a user's name, with any password (docs/freshdesk.md, 1)."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        pair = base64.b64encode(f"{self.secret.reveal()}:X".encode()).decode()
        request.headers["Authorization"] = f"Basic {pair}"
        return request


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of a list: its rows, whether more follow, and the tool's own time."""

    rows: list[Row]
    more: bool
    now: datetime


def open_transport(settings: FreshdeskSettings, context: Context) -> Transport:
    """The transport of a source. Raises SettingsError when its key cannot be had."""
    return connect(
        settings,
        context,
        partial(ApiKey, "Authorization"),
        table=TABLE,
        ticket_of=lambda path: ticket[1] if (ticket := _TICKET.search(path)) else None,
        words_of=lambda body: "; ".join(words_of(body)),
        heed=partial(pause_after, settings.leave_free),
    )


def pause_after(leave_free: int, headers: Mapping[str, str]) -> float:
    """For how many seconds the host is to be left alone after an answer with these headers.

    The account's calls a minute are shared by every program and person of it. What is left is used
    freely until only the reserve of the others remains (`leave_free` per cent); from there on calls
    are spaced so that half of the reserve stays, whether the minute is a fixed or a sliding one.
    """
    total = _number(headers.get("X-RateLimit-Total"))
    remaining = _number(headers.get("X-RateLimit-Remaining"))
    if not total or remaining is None:
        return 0
    reserve = total * leave_free // 100
    if remaining > reserve or not reserve:
        return 0
    used = _number(headers.get("X-RateLimit-Used-CurrentRequest")) or 1
    return min(_MINUTE, _MINUTE * used / max(1, reserve // 2))


def _number(text: str | None) -> int | None:
    value = (text or "").strip()
    return int(value[:9]) if value.isascii() and value.isdigit() else None


def words_of(body: Any) -> list[str]:
    """What a refusal says: field by field, or one sentence."""
    complaints = complaints_of(body)
    if complaints:
        return [f"{field}: {message}" for field, message in complaints.items()]
    whole = (body.get("message") or body.get("description")) if isinstance(body, dict) else None
    return [whole] if isinstance(whole, str) else []


def complaints_of(body: Any) -> dict[str, str]:
    """Of a 400: the fields that are wrong, each with what Freshdesk says of it
    (docs/freshdesk.md, 3)."""
    errors = body.get("errors") if isinstance(body, dict) else None
    complaints = {}
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, dict) and isinstance(error.get("field"), str):
            name = error["field"].rpartition(".")[2]
            complaints[name] = str(error.get("message") or error.get("code") or "refused")
    return complaints


def code_of(error: BaseException) -> str | None:
    """The word that Freshdesk has for a refusal, such as `require_feature`."""
    body = said_by(error)
    code = body.get("code") if isinstance(body, dict) else None
    return code if isinstance(code, str) else None


class Api:
    """Questions to one Freshdesk. Answers are checked for their shape, never for their meaning."""

    def __init__(self, settings: FreshdeskSettings, context: Context, transport: Transport) -> None:
        self._source = transport.source
        self._clock = context.clock
        self._transport = transport
        self._base = f"{settings.url}/api/v2/"
        self._library = Library(_ITS_OWN, "")
        self._library._api_prefix = self._base
        self._library._session = LibrarySession(transport)

    # -- tickets ------------------------------------------------------------------------------

    def tickets(self, since: datetime, *, page: int = 1, size: int = PAGE, only: str = "") -> Rows:
        """A page of tickets changed since an instant (inclusive), oldest change first; `only` is
        "deleted" or "spam". Without `updated_since` Freshdesk would keep all but the last 30 days
        to itself (docs/freshdesk.md, 5)."""
        params = {
            "updated_since": stamps.show(since),
            "order_by": "updated_at",
            "order_type": "asc",
            **({"filter": only} if only else {}),
        }
        return self._page("tickets", params, page, size)

    def newest(self, page: int, size: int) -> Rows:
        """A page of tickets, those opened last first."""
        params = {
            "updated_since": stamps.show(stamps.EARLIEST),
            "order_by": "created_at",
            "order_type": "desc",
        }
        return self._page("tickets", params, page, size)

    def ticket(self, number: int, include: str = "") -> Row:
        """One ticket. Raises GoneError for one that is deleted, in the trash or spam; an archived
        one is read where it lies."""
        try:
            row = self._object(f"tickets/{number:d}", {"include": include} if include else None)
        except (GoneError, SettingsError) as error:
            if code_of(error) == _SUSPENDED:
                raise AccessError(self._source, "the account is suspended") from error.__cause__
            if status_of(error) not in (301, 302, 404):
                raise
            row = self._object(f"tickets/archived/{number:d}", None) | {"archived": True}
        for flag, where in (("deleted", "in the trash"), ("spam", "marked as spam")):
            if row.get(flag) is True:
                raise GoneError(self._source, str(number), f"it is {where}")
        return row

    def said_on(self, ticket: Row) -> list[Row]:
        """Everything said on a ticket after its first message: what came with its row (`include`),
        where that can be all, else by another request."""
        rows = ticket.get("conversations")
        if isinstance(rows, list) and len(rows) < _INCLUDED:
            return rows_of(self._source, rows, "conversations")
        where = "tickets/archived" if ticket.get("archived") is True else "tickets"
        return list(self._all(f"{where}/{ticket['id']:d}/conversations"))

    def update(self, number: int, fields: Mapping[str, Any]) -> Row:
        """Change a ticket; what it shows then. Raises RefusedError, with `complaints_of`."""
        tickets = self._library.tickets
        return attributes(
            self._source, lambda: tickets.update_ticket(number, **fields), writing=True
        )

    def reply(self, number: int, body: str) -> Row:
        """Write to the client: Freshdesk mails it at once."""
        comments = self._library.comments
        return attributes(self._source, lambda: comments.create_reply(number, body), writing=True)

    def note(self, number: int, body: str) -> Row:
        """Write a private note."""
        comments = self._library.comments
        return attributes(
            self._source, lambda: comments.create_note(number, body, private=True), writing=True
        )

    # -- time ---------------------------------------------------------------------------------

    def time_of(self, number: int) -> list[Row] | None:
        """All time entries of a ticket; None where the account's plan has no time tracking."""
        try:
            return list(self._all(f"tickets/{number:d}/time_entries"))
        except GoneError as error:
            if status_of(error) != 403:
                raise
            if code_of(error) == NO_FEATURE:
                return None
            raise self._no_time() from error.__cause__

    def time_since(self, after: datetime, size: int = PAGE) -> Iterator[Row] | None:
        """All time entries whose work lies after an instant, in no known order; None where the
        plan has no time tracking. There is no filter on when one was made or edited
        (docs/freshdesk.md, 9)."""
        params = {"executed_after": stamps.show(after)}
        try:
            first = self._page("time_entries", params, 1, size)
        except AccessError as error:
            if status_of(error) != 403:
                raise
            if code_of(error) == NO_FEATURE:
                return None
            raise self._no_time() from error.__cause__
        return self._rest("time_entries", params, first, size)

    def _no_time(self) -> AccessError:
        return AccessError(
            self._source,
            "the key may not see time entries",
            "give its agent's role the right to view them; sums would be too small",
        )

    # -- people and words ---------------------------------------------------------------------

    def account(self) -> Row:
        """Whose key it is. Raises AccessError for a refused one."""
        return attributes(self._source, self._library.agents.currently_authenticated_agent)

    def contact(self, number: int) -> Row | None:
        """A client's person; None for an agent, and for one who is gone or not shown."""
        return self._unless_hidden(lambda: self._library.contacts.get_contact(number))

    def agent(self, number: int) -> Row | None:
        """One of the firm's people; None where there is none. Raises AccessError: only an
        administrator's key may ask."""
        return self._unless_hidden(lambda: self._library.agents.get_agent(number), (404,))

    def company(self, number: int) -> Row | None:
        """A client's company, None when it is gone or not shown."""
        return self._unless_hidden(lambda: self._library.companies.get_company(number))

    def fields(self) -> list[Row]:
        """The ticket form: every field with its type and choices."""
        ask = self._library.ticket_fields.list_ticket_fields
        rows = all_attributes(self._source, ask)
        if not all(isinstance(row.get("name"), str) for row in rows):
            raise TryAgainError(self._source, "a ticket field of Freshdesk has no name")
        return rows

    def may_read(self, what: str) -> bool:
        """Whether the key may list `agents`, `contacts` or `companies`."""
        try:
            self._page(what, {}, 1, 1)
        except AccessError as error:
            if status_of(error) != 403:
                raise
            return False
        return True

    # -- how ----------------------------------------------------------------------------------

    def _unless_hidden(
        self, ask: Callable[[], Any], hidden: tuple[int, ...] = (403, 404)
    ) -> Row | None:
        return unless(hidden, lambda: attributes(self._source, ask))

    def _object(self, path: str, params: Mapping[str, str] | None) -> Row:
        answer = self._transport.call("GET", self._base + path, params=params)
        return object_of(self._source, answer, "ticket", numbered=True)

    def _page(self, path: str, params: Mapping[str, str], page: int, size: int) -> Rows:
        paging = {"page": str(page), "per_page": str(size)}
        answer = self._transport.ask("GET", self._base + path, params={**params, **paging})
        rows = rows_of(self._source, answer.value, path)
        more = len(rows) >= size or 'rel="next"' in answer.headers.get("Link", "")
        return Rows(rows, more, self._tools_time(answer.headers.get("Date")))

    def _tools_time(self, header: str | None) -> datetime:
        """When the tool says it answered. Without that: our clock, less than any tool's by then."""
        try:
            at = parsedate_to_datetime(header or "")
        except (TypeError, ValueError):
            return self._clock() - _SKEW
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)

    def _all(self, path: str) -> Iterator[Row]:
        return self._rest(path, {}, self._page(path, {}, 1, PAGE), PAGE)

    def _rest(self, path: str, params: Mapping[str, str], first: Rows, size: int) -> Iterator[Row]:
        """A list to its end, which is an error where it has none (H4)."""
        last, page = first, 1
        yield from last.rows
        while last.more:
            page += 1
            if page > LAST_PAGE:
                raise TryAgainError(self._source, f"the list of {path} does not come to its end")
            last = self._page(path, params, page, size)
            yield from last.rows


def attributes(source: str, ask: Callable[[], Any], *, writing: bool = False) -> Row:
    """What one model of the library holds, under the tool's own names. Raises TryAgainError for an
    answer of which the library can make no model."""
    try:
        return _attributes(ask())
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _unfit(source, writing) from error


def all_attributes(source: str, ask: Callable[[], Any]) -> list[Row]:
    """The same of a list of models."""
    try:
        return [_attributes(model) for model in ask()]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _unfit(source, False) from error


def _attributes(model: Any) -> Row:
    """The library hides names that its own class has behind an underscore."""
    return {name.lstrip("_"): getattr(model, name) for name in model._keys}


def _unfit(source: str, writing: bool) -> TryAgainError:
    return TryAgainError(
        source,
        "an answer of Freshdesk lacks what it always has",
        "nothing was concluded from it; the next pass asks again",
        unknown_outcome=writing,
    )
