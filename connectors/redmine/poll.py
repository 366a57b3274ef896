"""One pass over what changed: list pages in a thread, tickets made here, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from connectors.base import Page
from connectors.errors import AccessError, SourceError
from connectors.redmine import paging
from connectors.redmine.api import PAGE, Api
from connectors.redmine.cursor import CODEC, Cursor, EntryMark
from connectors.redmine.loader import TicketLoader
from connectors.redmine.settings import RedmineSettings
from connectors.toolkit import stamps
from connectors.toolkit.http import status_of
from connectors.toolkit.paging import sort_out
from connectors.toolkit.rows import Row

_PROOF_LASTS: Final = timedelta(hours=1)


class Pass:
    """One poll of one source. Made for it, used once."""

    def __init__(self, settings: RedmineSettings, api: Api, loader: TicketLoader) -> None:
        self._settings = settings
        self._api = api
        self._loader = loader
        self._poll = loader.poll
        self._just_taken: set[tuple[int, str]] = set()
        self._asked: set[str] = set()

    def changes(self, text: str | None, since: datetime) -> Iterator[Page]:
        """What changed since the cursor; heads of what was last changed before `since` on first
        contact. Always ends with a page, so that cursor and requests are told."""
        poll = self._poll
        cursor = self._resume(text, self._scope())
        proof = cursor.proved + _PROOF_LASTS.total_seconds()
        if cursor.stamp is None or proof < poll.now().timestamp():
            cursor = self._looked_again(self._proved(cursor))
        arrived, mark, odd = self._arrivals(cursor, since)
        for stretch in poll.ahead(self._since(cursor)):
            cursor = self._take_stretch(stretch, cursor, since)
            if not stretch.ended:
                yield poll.page(CODEC.text(cursor))
        cursor = replace(cursor, first=False)
        if odd:
            arrived |= self._loader.compared(cursor.scope)
        yield from self._read(arrived, lambda: CODEC.text(cursor))
        if not self._loader.time_hidden:  # otherwise the next pass looks again
            cursor = replace(cursor, entries=mark)
        yield poll.last(CODEC.text(cursor))
        self._end()

    def everything(self, text: str | None, since: datetime) -> Iterator[Page]:
        """Every open issue, those touched since `since`, and those whose time entries differ from
        what is remembered. The cursor comes back as given."""
        poll, scope = self._poll, self._scope()
        given = text or CODEC.text(Cursor(scope))
        self._loader.names.ask_again()
        self._looked_again(self._proved(Cursor(scope)))
        scope = self._known()
        for status, start in (("o", Cursor(scope).start), ("*", since)):
            for stretch in poll.ahead(self._ascending(scope, start, status)):
                for row in stretch.rows:
                    if row["id"] not in self._loader.complete:
                        self._loader.take(row["id"], row)
                yield poll.page(given)
        yield from self._read(self._loader.compared(scope), lambda: given)
        yield poll.last(given)
        self._end()

    def recent(self, limit: int) -> Page:
        """The issues opened last, as the list tells them. What cannot be read is set aside."""
        scope = self._scope()
        params = [*paging.issues(scope, Cursor(scope).start), ("sort", "id:desc")]
        met: set[object] = set()
        while len(met) < limit:
            rows, _, _ = self._api.issues(params, offset=len(met), limit=min(PAGE, limit))
            new = [row for row in rows if row.get("id") not in met][: limit - len(met)]
            found = sort_out(new, paging.STAMP, self._poll.now())
            for row in found.rows:
                self._loader.take_head(row)
            for row in found.odd:
                reason = "it has no id or no true date"
                self._poll.builder.set_aside(str(row.get("id")), reason, row)
            met.update(row.get("id") for row in new)
            if not new:
                break
        return self._poll.page("")

    # -- what is there ------------------------------------------------------------------------

    def _scope(self) -> tuple[int, ...]:
        """The ids of the configured projects that can be read; () for all. Raises where none can.
        One that is known is not asked for."""
        for name in self._settings.projects:
            if isinstance(self._poll.state.get(f"scope/{name}"), int):
                self._poll.scopes.answers(_called(name))
            else:
                self._ask_for(name)
        self._poll.scopes.check()
        return self._known()

    def _ask_for(self, name: str) -> None:
        """Learn the id of a configured project; forget it when the project cannot be read."""
        self._asked.add(name)
        number: int | None = None
        try:
            number = int(self._api.project(name)["id"])
        except SourceError as error:
            self._poll.scopes.lost(_called(name), error)
        else:
            self._poll.scopes.answers(_called(name))
        self._poll.state.put(f"scope/{name}", number)

    def _known(self) -> tuple[int, ...]:
        known = (self._poll.state.get(f"scope/{name}") for name in self._settings.projects)
        found = tuple(number for number in known if isinstance(number, int))
        self._loader.scope = frozenset(found)
        return found

    def _looked_again(self, cursor: Cursor) -> Cursor:
        """After asking for each project: lists are silent about those that cannot be read. What was
        reached in the others holds. A project made anew under its name is read from its beginning
        by the next pass. Raises where none can be read."""
        for name in self._settings.projects:
            if name not in self._asked:
                self._ask_for(name)
        self._poll.scopes.check()
        return _narrowed(cursor, self._known()) or cursor

    def _resume(self, text: str | None, scope: tuple[int, ...]) -> Cursor:
        """The stored place, or the beginning when there is none or projects have come."""
        cursor = CODEC.resume(text, self._poll.context)
        if cursor is None:
            return Cursor(scope)
        if cursor.scope == scope:
            return cursor
        return _narrowed(cursor, scope) or Cursor(scope)

    def _proved(self, cursor: Cursor) -> Cursor:
        """After asking who we are: lists answer 200 and empty to a refused key."""
        _ = self._loader.names.account
        return replace(cursor, proved=int(self._poll.now().timestamp()))

    def _arrivals(self, cursor: Cursor, since: datetime) -> tuple[set[int], EntryMark | None, bool]:
        mark = cursor.entries
        try:
            return paging.arrivals(self._api, cursor.scope, mark, since, self._poll.now())
        except AccessError as error:
            if status_of(error) != 403:
                raise
            if mark is not None:
                self._loader.time_hidden = True
            return set(), mark, False

    def _ask(self, params: paging.Params, offset: int) -> tuple[list[Row], int, int]:
        return self._api.issues(params, offset=offset)

    def _ascending(
        self, scope: tuple[int, ...], start: datetime, status: str = "*"
    ) -> Iterator[paging.Stretch]:
        def since(at: datetime) -> paging.Params:
            return paging.issues(scope, at, status=status)

        poll = self._poll
        return paging.ascending(poll.context.name, self._ask, since, start, poll.now())

    def _since(self, cursor: Cursor) -> Iterator[paging.Stretch]:
        """The pages since the cursor. Nothing or little new: one request. Thousands that share the
        last second (an import) are not walked again when their number tells that they are known."""
        if cursor.stamp is not None:
            found, total = paging.newest(
                self._ask,
                lambda since: paging.issues(cursor.scope, since),
                cursor.start,
                self._poll.now(),
            )
            known = all(cursor.knows(*paging.place_of(row)) for row in found.rows)
            same = total == cursor.edge_size() + len(cursor.aside)
            if found.ended or (known and same and not cursor.fresh):
                yield replace(found, ended=True)
                return
        yield from self._ascending(cursor.scope, cursor.start)

    # -- taking -------------------------------------------------------------------------------

    def _take_stretch(self, stretch: paging.Stretch, cursor: Cursor, since: datetime) -> Cursor:
        now = self._poll.now()
        if not stretch.rows and cursor.stamp is not None:
            cursor = self._looked_again(self._proved(cursor))
        places = [paging.place_of(row) for row in stretch.rows]
        new = [
            row
            for row, place in zip(stretch.rows, places, strict=True)
            if not (place in self._just_taken or cursor.knows(*place))
        ]
        if new:
            cursor = self._proved(cursor)
        for row in new:
            if cursor.first and stamps.parse(row[paging.STAMP]) < since:
                self._loader.take_head(row)
            else:
                self._loader.take(row["id"], row)
        aside = self._poll.aside_once(stretch.odd, paging.STAMP, cursor.aside)
        cursor = replace(cursor, aside=aside).past(places, now, ended=stretch.ended)
        # Pages overlap: what was taken and may come again in this pass lies at the edge.
        self._just_taken = {p for p in self._just_taken if p[1] in cursor.edge} | set(places)
        return cursor

    def _read(self, issues: Iterable[int], cursor: Callable[[], str]) -> Iterator[Page]:
        """Pages of issues read whole, among them those that entries were moved to. The last of
        them stays in the builder."""
        named = set(issues)

        def waiting() -> set[int]:
            return (named | self._loader.moved_to) - self._loader.complete

        for _ in self._poll.batches(waiting, self._loader.take):
            yield self._poll.page(cursor())

    def _end(self) -> None:
        """Raise what went wrong beside the tickets, now that they are read."""
        if self._loader.time_hidden:
            raise AccessError(
                self._poll.context.name,
                "time entries that were visible to the key no longer are; sums would be too small",
                'its role needs "View spent time" and, as time logs visibility, "All time entries"',
            )


def _called(name: str) -> str:
    return f"project {name}"


def _narrowed(cursor: Cursor, scope: tuple[int, ...]) -> Cursor | None:
    """The same place without the projects that went; None when others came."""
    return replace(cursor, scope=scope) if scope and set(scope) < set(cursor.scope) else None
