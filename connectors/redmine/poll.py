"""One pass over what changed: list pages in a thread, tickets made here, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from connectors.base import Context, Page
from connectors.errors import AccessError, SourceError
from connectors.redmine import cursor as cursors
from connectors.redmine import entries, paging, query
from connectors.redmine.api import PAGE, Api
from connectors.redmine.cursor import Cursor, EntryMark
from connectors.redmine.loader import TicketLoader
from connectors.redmine.settings import RedmineSettings
from connectors.toolkit import stamps
from connectors.toolkit.http import Transport, ahead, status_of
from connectors.toolkit.scopes import Scopes

_PROOF_LASTS: Final = timedelta(hours=1)
_BATCH: Final = 50


class Pass:
    """One poll of one source. Made for it, used once."""

    def __init__(
        self, settings: RedmineSettings, context: Context, transport: Transport, api: Api
    ) -> None:
        self._settings = settings
        self._context = context
        self._transport = transport
        self._api = api
        self._taker = TicketLoader(settings, context, transport, api)
        self._just_taken: set[tuple[int, str]] = set()
        self._places = Scopes()
        self._asked: set[str] = set()

    def changes(self, text: str | None, since: datetime) -> Iterator[Page]:
        """What changed since the cursor; heads of what was last changed before `since` on first
        contact. Always ends with a page, so that cursor and requests are told."""
        scope = self._scope()
        cursor = self._resume(text, scope)
        now = datetime.now(UTC)
        if cursor.stamp is None or cursor.proved + _PROOF_LASTS.total_seconds() < now.timestamp():
            cursor = self._looked_again(self._proved(cursor))
        arrived, mark, odd = self._arrivals(cursor, since)
        for stretch in self._ahead(self._since(cursor)):
            cursor = self._take_stretch(stretch, cursor, since)
            if not stretch.ended:
                yield self._taker.builder.page(cursor.text())
        cursor = replace(cursor, first=False)
        if odd:
            arrived |= self._taker.compared(cursor.scope)
        yield from self._read(arrived, cursor.text)
        if not self._taker.time_hidden:  # otherwise the next pass looks again
            cursor = replace(cursor, entries=mark)
        self._places.tell(self._taker.builder)
        yield self._taker.builder.page(cursor.text())
        self._end()

    def everything(self, text: str | None, since: datetime) -> Iterator[Page]:
        """Every open issue, those touched since `since`, and those whose time entries differ from
        what is remembered. The cursor comes back as given."""
        scope = self._scope()
        given = text or Cursor(scope).text()
        self._taker.names.fresh_people = True
        self._looked_again(self._proved(Cursor(scope)))
        scope = self._known()
        beginning = Cursor(scope).start
        for status, start in (("o", beginning), ("*", since)):
            for stretch in self._ahead(self._ascending(scope, start, status)):
                for row in stretch.rows:
                    if row["id"] not in self._taker.complete:
                        self._taker.take(row["id"], row)
                yield self._taker.builder.page(given)
        yield from self._read(self._taker.compared(scope), lambda: given)
        self._places.tell(self._taker.builder)
        yield self._taker.builder.page(given)
        self._end()

    def recent(self, limit: int) -> Page:
        """The issues opened last, as the list tells them. What cannot be read is set aside."""
        scope = self._scope()
        params = [*query.issues(scope, Cursor(scope).start), ("sort", "id:desc")]
        met: set[object] = set()
        while len(met) < limit:
            rows, _, _ = self._api.issues(params, offset=len(met), limit=min(PAGE, limit))
            new = [row for row in rows if row.get("id") not in met][: limit - len(met)]
            found = paging.sort_out(new, ended=True)
            for row in found.rows:
                self._taker.take_head(row)
            for row in found.odd:
                reason = "it has no id or no true date"
                self._taker.builder.set_aside(str(row.get("id")), reason, row)
            met.update(row.get("id") for row in new)
            if not new:
                break
        return self._taker.builder.page("")

    # -- what is there ------------------------------------------------------------------------

    def _scope(self) -> tuple[int, ...]:
        """The ids of the configured projects that can be read; () for all. Raises where none can.
        One that is known is not asked for."""
        for name in self._settings.projects:
            if isinstance(self._taker.memory.get(f"scope/{name}"), int):
                self._places.answers(_called(name))
            else:
                self._ask_for(name)
        self._places.check()
        return self._known()

    def _ask_for(self, name: str) -> None:
        """Learn the id of a configured project; forget it when the project cannot be read."""
        self._asked.add(name)
        number: int | None = None
        try:
            number = int(self._api.project(name)["id"])
        except SourceError as error:
            self._places.lost(_called(name), error)
        else:
            self._places.answers(_called(name))
        self._taker.memory.put(f"scope/{name}", number)

    def _known(self) -> tuple[int, ...]:
        known = (self._taker.memory.get(f"scope/{name}") for name in self._settings.projects)
        found = tuple(number for number in known if isinstance(number, int))
        self._taker.scope = frozenset(found)
        return found

    def _looked_again(self, cursor: Cursor) -> Cursor:
        """After asking for each project: lists are silent about those that cannot be read. What was
        reached in the others holds. A project made anew under its name is read from its beginning
        by the next pass. Raises where none can be read."""
        for name in self._settings.projects:
            if name not in self._asked:
                self._ask_for(name)
        self._places.check()
        return _narrowed(cursor, self._known()) or cursor

    def _resume(self, text: str | None, scope: tuple[int, ...]) -> Cursor:
        """The stored place, or the beginning when there is none or projects have come."""
        if not text:
            return Cursor(scope)
        try:
            cursor = cursors.read(text)
        except ValueError as error:
            self._context.observe("restart", reason=f"the cursor cannot be read: {error}")
            return Cursor(scope)
        if cursor.scope == scope:
            return cursor
        return _narrowed(cursor, scope) or Cursor(scope)

    def _proved(self, cursor: Cursor) -> Cursor:
        """After asking who we are: lists answer 200 and empty to a refused key."""
        _ = self._taker.names.account
        return replace(cursor, proved=int(datetime.now(UTC).timestamp()))

    def _arrivals(self, cursor: Cursor, since: datetime) -> tuple[set[int], EntryMark | None, bool]:
        try:
            return entries.arrivals(self._api, cursor.scope, cursor.entries, since)
        except AccessError as error:
            if status_of(error) != 403:
                raise
            if cursor.entries is not None:
                self._taker.time_hidden = True
            return set(), cursor.entries, False

    def _ahead(self, stretches: Iterator[paging.Stretch]) -> Iterator[paging.Stretch]:
        return ahead(stretches, self._transport.stop, self._transport.go_on)

    def _ascending(
        self, scope: tuple[int, ...], start: datetime, status: str = "*"
    ) -> Iterator[paging.Stretch]:
        return paging.ascending(
            self._context.name,
            lambda params, offset: self._api.issues(params, offset=offset),
            lambda since: query.issues(scope, since, status=status),
            start,
        )

    def _since(self, cursor: Cursor) -> Iterator[paging.Stretch]:
        """The pages since the cursor. Nothing or little new: one request. Thousands that share the
        last second (an import) are not walked again when their number tells that they are known."""
        if cursor.stamp is not None:
            found, total = paging.newest(
                lambda params, offset: self._api.issues(params, offset=offset),
                lambda since: query.issues(cursor.scope, since),
                cursor.start,
            )
            known = all(cursor.knows(*paging.place_of(row)) for row in found.rows)
            same = total == cursor.edge_size() + len(cursor.aside)
            if found.ended or (known and same and not cursor.fresh):
                yield replace(found, ended=True)
                return
        yield from self._ascending(cursor.scope, cursor.start)

    # -- taking -------------------------------------------------------------------------------

    def _take_stretch(self, stretch: paging.Stretch, cursor: Cursor, since: datetime) -> Cursor:
        now = datetime.now(UTC)
        if not stretch.rows and cursor.stamp is not None:
            cursor = self._looked_again(self._proved(cursor))
        places = [paging.place_of(row) for row in stretch.rows]
        for row, place in zip(stretch.rows, places, strict=True):
            if place in self._just_taken or cursor.knows(*place):
                continue
            cursor = self._proved(cursor)
            if cursor.first and stamps.parse(row["updated_on"]) < since:
                self._taker.take_head(row)
            else:
                self._taker.take(row["id"], row)
        aside = list(cursor.aside)
        for row in stretch.odd:
            odd = (str(row.get("id")), str(row.get("updated_on")))
            if odd not in aside:
                aside.append(odd)
                self._taker.builder.set_aside(odd[0], f"its date {odd[1]} cannot be true", row)
        cursor = replace(cursor, aside=tuple(aside[-1000:]))
        cursor = cursor.past(places, now, ended=stretch.ended)
        # Pages overlap: what was taken and may come again in this pass lies at the edge.
        self._just_taken = {p for p in self._just_taken if p[1] in cursor.edge} | set(places)
        return cursor

    def _read(self, issues: Iterable[int], cursor: Callable[[], str]) -> Iterator[Page]:
        """Pages of issues read whole, among them those that entries were moved to. The last of
        them stays in the builder."""
        waiting = sorted(set(issues) - self._taker.complete)
        while waiting:
            for number in waiting[:_BATCH]:
                self._taker.take(number)
            waiting = sorted({*waiting[_BATCH:], *self._taker.moved_to} - self._taker.complete)
            if waiting:
                yield self._taker.builder.page(cursor())

    def _end(self) -> None:
        """Raise what went wrong beside the tickets, now that they are read."""
        if self._taker.time_hidden:
            raise AccessError(
                self._context.name,
                "time entries that were visible to the key no longer are; sums would be too small",
                'its role needs "View spent time" and, as time logs visibility, "All time entries"',
            )


def _called(name: str) -> str:
    return f"project {name}"


def _narrowed(cursor: Cursor, scope: tuple[int, ...]) -> Cursor | None:
    """The same place without the projects that went; None when others came."""
    return replace(cursor, scope=scope) if scope and set(scope) < set(cursor.scope) else None
