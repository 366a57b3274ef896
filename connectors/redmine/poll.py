"""One pass over what changed: list pages in a thread, tickets made here, a page at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bridge.model import Ticket
from connectors.base import Context, Gone, Page, Unreadable
from connectors.errors import (
    AccessError,
    GoneError,
    SourceError,
    TicketError,
    TryAgainError,
)
from connectors.http import Transport, ahead, is_too_large, printable, status_of
from connectors.redmine import cursor as cursors
from connectors.redmine import entries, identity, query, stamps, walk
from connectors.redmine.api import Api, Row
from connectors.redmine.cursor import Cursor, EntryMark
from connectors.redmine.memory import Memory
from connectors.redmine.names import Names
from connectors.redmine.normalise import ODD, Reader, why
from connectors.redmine.rights import Rights
from connectors.redmine.settings import RedmineSettings

_PROOF_LASTS: Final = timedelta(hours=1)
_BATCH: Final = 50
_RAW: Final = 20_000


@dataclass(slots=True)
class _Basket:
    """What the page in the making holds."""

    tickets: list[Ticket] = field(default_factory=list)
    set_aside: list[Unreadable] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)


class Pass:
    """One poll of one source. Made for it, used once."""

    def __init__(
        self, settings: RedmineSettings, context: Context, transport: Transport, api: Api
    ) -> None:
        self._settings = settings
        self._context = context
        self._transport = transport
        self._api = api
        self._memory = Memory(context.recall)
        self._names = Names(api, self._memory)
        self._reader = Reader(context, settings.url, self._names)
        self._rights = Rights(api, self._names)
        self._basket = _Basket()
        self._complete: set[int] = set()
        self._just_taken: set[tuple[int, str]] = set()
        self._moved_to: set[int] = set()
        self._counted = transport.requests
        self._failed: SourceError | None = None
        self._time_hidden = False
        self._scope_ids: frozenset[int] = frozenset()

    def changes(self, text: str | None, since: datetime) -> Iterator[Page]:
        """What changed since the cursor; heads of what was last changed before `since` on first
        contact. Always ends with a page, so that cursor and requests are told."""
        cursor = self._resume(text, self._scope())
        now = datetime.now(UTC)
        if cursor.stamp is None or cursor.proved + _PROOF_LASTS.total_seconds() < now.timestamp():
            cursor = self._proved(cursor)
        arrived, mark, odd = self._arrivals(cursor, since)
        for stretch in self._ahead(self._since(cursor)):
            cursor = self._take_stretch(stretch, cursor, since)
            if not stretch.ended:
                yield self._page(cursor.text())
        cursor = replace(cursor, first=False)
        if odd:
            arrived |= self._compared(cursor.scope)
        yield from self._read(arrived, cursor.text)
        if not self._time_hidden:  # otherwise the next pass looks again
            cursor = replace(cursor, entries=mark)
        yield self._page(cursor.text())
        self._end()

    def everything(self, text: str | None, since: datetime) -> Iterator[Page]:
        """Every open issue, those touched since `since`, and those whose time entries differ from
        what is remembered. The cursor comes back as given."""
        scope = self._scope()
        given = text or Cursor(scope).text()
        self._names.fresh_people = True
        self._proved(Cursor(scope))
        beginning = Cursor(scope).start
        for status, start in (("o", beginning), ("*", since)):
            for stretch in self._ahead(self._ascending(scope, start, status)):
                for row in stretch.rows:
                    if row["id"] not in self._complete:
                        self._take(row["id"], row)
                yield self._page(given)
        yield from self._read(self._compared(scope), lambda: given)
        yield self._page(given)
        self._end()

    # -- what is there ------------------------------------------------------------------------

    def _scope(self) -> tuple[int, ...]:
        """The ids of the configured projects; () for all. A project that cannot be read does not
        stop the others: its error is raised when they are done."""
        found: list[int] = []
        for name in self._settings.projects:
            known = self._memory.get(f"scope/{name}")
            number = known if isinstance(known, int) else self._project(name)
            if number is not None:
                self._memory.put(f"scope/{name}", number)
                found.append(number)
        if self._failed is not None and not found:
            raise self._failed
        self._scope_ids = frozenset(found)
        return tuple(found)

    def _project(self, name: str) -> int | None:
        """The id of a configured project; None, with the error kept, when it cannot be read."""
        try:
            return int(self._api.project(name)["id"])
        except SourceError as error:
            if status_of(error) not in (403, 404):
                raise
            self._failed = self._failed or error
            return None

    def _resume(self, text: str | None, scope: tuple[int, ...]) -> Cursor:
        """The stored place, or the beginning when there is none or the projects are others."""
        if not text:
            return Cursor(scope)
        try:
            cursor = cursors.read(text)
        except ValueError as error:
            self._context.observe("restart", reason=f"the cursor cannot be read: {error}")
            return Cursor(scope)
        return cursor if cursor.scope == scope else Cursor(scope)

    def _proved(self, cursor: Cursor) -> Cursor:
        """After asking who we are: lists answer 200 and empty to a refused key."""
        _ = self._names.account
        return replace(cursor, proved=int(datetime.now(UTC).timestamp()))

    def _arrivals(self, cursor: Cursor, since: datetime) -> tuple[set[int], EntryMark | None, bool]:
        try:
            return entries.arrivals(self._api, cursor.scope, cursor.entries, since)
        except AccessError as error:
            if status_of(error) != 403:
                raise
            if cursor.entries is not None:
                self._time_hidden = True
            return set(), cursor.entries, False

    def _ahead(self, stretches: Iterator[walk.Stretch]) -> Iterator[walk.Stretch]:
        return ahead(stretches, self._transport.stop, self._transport.go_on)

    def _ascending(
        self, scope: tuple[int, ...], start: datetime, status: str = "*"
    ) -> Iterator[walk.Stretch]:
        return walk.ascending(
            self._context.name,
            lambda params, offset: self._api.issues(params, offset=offset),
            lambda since: query.issues(scope, since, status=status),
            start,
        )

    def _since(self, cursor: Cursor) -> Iterator[walk.Stretch]:
        """The pages since the cursor. Nothing or little new: one request. Thousands that share the
        last second (an import) are not walked again when their number tells that they are known."""
        if cursor.stamp is not None:
            found, total = walk.newest(
                lambda params, offset: self._api.issues(params, offset=offset),
                lambda since: query.issues(cursor.scope, since),
                cursor.start,
            )
            known = all(cursor.knows(*walk.place_of(row)) for row in found.rows)
            same = total == cursor.edge_size() + len(cursor.aside)
            if found.ended or (known and same and not cursor.fresh):
                yield replace(found, ended=True)
                return
        yield from self._ascending(cursor.scope, cursor.start)

    # -- taking -------------------------------------------------------------------------------

    def _take_stretch(self, stretch: walk.Stretch, cursor: Cursor, since: datetime) -> Cursor:
        now = datetime.now(UTC)
        if not stretch.rows and cursor.stamp is not None:
            cursor = self._proved(cursor)
            for name in self._settings.projects:
                number = self._project(name)
                if number is not None:  # made anew under its old name: the next pass starts over
                    self._memory.put(f"scope/{name}", number)
        places = [walk.place_of(row) for row in stretch.rows]
        for row, place in zip(stretch.rows, places, strict=True):
            if place in self._just_taken or cursor.knows(*place):
                continue
            cursor = self._proved(cursor)
            if cursor.first and stamps.parse(row["updated_on"]) < since:
                self._take_head(row)
            else:
                self._take(row["id"], row)
        aside = list(cursor.aside)
        for row in stretch.odd:
            odd = (str(row.get("id")), str(row.get("updated_on")))
            if odd not in aside:
                aside.append(odd)
                self._set_aside(odd[0], f"its date {odd[1]} cannot be true", row)
        cursor = replace(cursor, aside=tuple(aside[-1000:]))
        self._just_taken = set(places)  # pages overlap by a row
        return cursor.past(places, now, ended=stretch.ended)

    def _take_head(self, row: Row) -> None:
        if row["id"] in self._complete or self._foreign(row):
            return
        try:
            key = identity.key_of(row, self._memory)
            self._basket.tickets.append(self._reader.head(row, key))
            self._remember(row, key, None)
        except ODD as error:
            self._set_aside(str(row["id"]), why(error), row)

    def _take(self, number: int, row: Row | None = None) -> None:
        """Read one issue whole: two requests, whatever it holds."""
        raw = row or {"id": number}
        self._complete.add(number)
        try:
            raw = self._api.issue(number)
            if self._foreign(raw):
                return
            key = identity.key_of(raw, self._memory)
            booked, facts = self._booked(raw, key)
            ticket = self._reader.full(raw, key, booked)
        except GoneError:
            self._context.observe("gone", ticket=str(number))
        except TicketError as error:
            self._set_aside(str(number), error.what, raw)
        except TryAgainError as error:
            if status_of(error) != 500 and not is_too_large(error):
                raise
            self._set_aside(str(number), error.what, raw)
        except ODD as error:
            self._set_aside(str(number), why(error), raw)
        else:
            self._remember(raw, key, facts)
            self._basket.tickets.append(ticket)

    def _booked(self, issue: Row, key: str) -> tuple[list[Row], dict[str, Any]]:
        """The issue's time entries, and what to remember of them. Those that are proven to be gone
        go into the basket; those that are only hidden are an error, and concluded from not."""
        known = self._known_time(issue)
        if "spent_hours" not in issue:
            self._time_hidden = self._time_hidden or bool(known)
            return [], known
        booked = entries.of_issue(self._api, issue["id"]) if issue["spent_hours"] or known else []
        facts = entries.facts(booked)
        for number in sorted(known.keys() - facts.keys(), key=int):
            if self._is_hidden(int(number), issue):
                self._time_hidden = True
                facts[number] = known[number]
            else:
                self._basket.gone.append(Gone(key, "time_entry", number))
        return booked, facts

    def _is_hidden(self, number: int, issue: Row) -> bool:
        """Whether an entry that the list of its issue lacks is only hidden from us there, rather
        than deleted or moved; the issue it was moved to is noted."""
        try:
            entry = self._api.time_entry(number)
        except AccessError as error:
            if status_of(error) != 403:
                raise
            granted = self._rights.of(issue["project"]["id"])
            return granted is None or granted.time != "all"
        where = None if entry is None else (entry.get("issue") or {}).get("id")
        if isinstance(where, int) and where != issue["id"]:
            self._moved_to.add(where)
        return entry is not None and where == issue["id"]

    def _known_time(self, issue: Row) -> dict[str, Any]:
        known = self._memory.get(f"issue/{issue['id']}")
        if not isinstance(known, dict) or known.get("born") != issue["created_on"]:
            return {}
        time = known.get("time")
        return time if isinstance(time, dict) else {}

    def _remember(self, issue: Row, key: str, facts: dict[str, Any] | None) -> None:
        number = issue["id"]
        before = self._memory.get(f"issue/{number}")
        self._memory.put(f"issue/{number}", identity.remembered(issue, key, facts, before))
        for month in sorted({entries.month_of(str(fact[1])) for fact in (facts or {}).values()}):
            known = self._memory.get(f"month/{month}") or []
            if number not in known:
                self._memory.put(f"month/{month}", sorted([*known, number]))

    def _foreign(self, row: Row) -> bool:
        """Whether it lies in a project that nobody asked for (C3)."""
        project = (row.get("project") or {}).get("id")
        return bool(self._scope_ids) and project not in self._scope_ids

    def _set_aside(self, key: str, reason: str, raw: Row) -> None:
        text = json.dumps(raw, ensure_ascii=True, default=str)[:_RAW]
        self._basket.set_aside.append(Unreadable(key, printable(reason), text))

    # -- time entries that changed without a sign ---------------------------------------------

    def _compared(self, scope: tuple[int, ...]) -> set[int]:
        """Issues whose time entries within the window differ from what is remembered."""
        today = datetime.now(UTC).date()
        first = (today - self._settings.time_window).replace(day=1)
        last = today + timedelta(days=366)
        shown: dict[int, dict[str, Any]] = {}
        try:
            for row in entries.window(self._api, scope, first, last):
                number = (row.get("issue") or {}).get("id")
                if isinstance(number, int):
                    shown.setdefault(number, {}).update(entries.facts([row]))
        except AccessError as error:
            if status_of(error) != 403:
                raise
            return set()
        booked = {
            number
            for month in entries.months(first, today)
            for number in self._memory.get(f"month/{month}") or ()
        }
        return {
            number
            for number in booked | shown.keys()
            if self._within(number, first.isoformat()) != shown.get(number, {})
        }

    def _within(self, number: int, first: str) -> dict[str, Any]:
        known = self._memory.get(f"issue/{number}")
        time = known.get("time", {}) if isinstance(known, dict) else {}
        return {key: fact for key, fact in time.items() if str(fact[1]) >= first}

    def _read(self, issues: Iterable[int], cursor: Callable[[], str]) -> Iterator[Page]:
        """Pages of issues read whole, among them those that entries were moved to. The last of
        them stays in the basket."""
        waiting = sorted(set(issues) - self._complete)
        while waiting:
            for number in waiting[:_BATCH]:
                self._take(number)
            waiting = sorted({*waiting[_BATCH:], *self._moved_to} - self._complete)
            if waiting:
                yield self._page(cursor())

    def _end(self) -> None:
        """Raise what went wrong beside the tickets, now that they are read."""
        if self._failed is not None:
            raise self._failed
        if self._time_hidden:
            raise AccessError(
                self._context.name,
                "time entries that were visible to the key no longer are; sums would be too small",
                'its role needs "View spent time" and, as time logs visibility, "All time entries"',
            )

    def _page(self, cursor: str) -> Page:
        basket, self._basket = self._basket, _Basket()
        made = self._transport.requests - self._counted
        self._counted += made
        return Page(
            tickets=tuple(basket.tickets),
            cursor=cursor,
            set_aside=tuple(basket.set_aside),
            gone=tuple(basket.gone),
            remember=self._memory.drain(),
            requests=made,
        )
