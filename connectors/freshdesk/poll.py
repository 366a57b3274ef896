"""One pass over what changed: list pages in a thread, tickets made here, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from connectors.base import Context, Page
from connectors.errors import AccessError
from connectors.freshdesk import cursor as cursors
from connectors.freshdesk import paging
from connectors.freshdesk.api import LAST_PAGE, PAGE, Api, Rows
from connectors.freshdesk.cursor import Cursor, Place
from connectors.freshdesk.library import Row
from connectors.freshdesk.loader import TicketLoader
from connectors.freshdesk.settings import FreshdeskSettings
from connectors.toolkit import stamps
from connectors.toolkit.http import Transport, ahead

_BATCH: Final = 50
_RECENT: Final = timedelta(days=2)
"""How far back every pass compares time entries; what is back-dated further waits for a full
one."""
_MOST_ASIDE: Final = 1000
_OLDEST: Final = "oldest-open"


class Pass:
    """One poll of one source. Made for it, used once."""

    def __init__(
        self, settings: FreshdeskSettings, context: Context, transport: Transport, api: Api
    ) -> None:
        self._window = settings.time_window
        self._context = context
        self._transport = transport
        self._api = api
        self._taker = TicketLoader(settings, context, transport, api)
        self._just_taken: set[Place] = set()
        self._oldest: datetime | None = None

    def changes(self, text: str | None, since: datetime) -> Iterator[Page]:
        """What changed since the cursor; heads of what was last changed before `since` on first
        contact. Always ends with a page, so that cursor and requests are told."""
        cursor = self._resume(text)
        if cursor.first and cursor.stamp is not None:  # goes on where an earlier pass broke off
            self._oldest = self._known_oldest()
        for stretch in self._ahead(cursor.start):
            cursor = self._take_stretch(stretch, cursor, since)
            if cursor.first:
                self._remember_oldest(datetime.now(UTC))
            if not stretch.ended:
                yield self._taker.builder.page(cursor.text())
        recent = min(datetime.now(UTC), cursor.stamp or since) - _RECENT
        note_before = since if cursor.first else None
        differing = self._taker.compared(recent.date(), note_before=note_before)
        cursor = replace(cursor, first=False)
        yield from self._read(differing, cursor.text)
        yield self._taker.builder.page(cursor.text())
        self._end()

    def everything(self, text: str | None, since: datetime) -> Iterator[Page]:
        """Every open ticket, those touched since `since`, what was thrown away, and tickets whose
        time entries differ from what is remembered. The cursor comes back as given.

        The API has no list of open tickets: all are listed from where the oldest open one stood
        when all were last listed, or from `since`. Of those that are closed and were not touched
        within the time window, the list row is taken.
        """
        given = text or Cursor().text()
        loader = self._taker
        loader.people.fresh = True
        loader.ask_tracking_again()
        now = datetime.now(UTC)
        for stretch in self._ahead(min(self._known_oldest(), since)):
            for row in stretch.rows:
                at = stamps.parse(row["updated_at"])
                is_open = self._is_open(row)
                if is_open:
                    self._note_open(at)
                if row["id"] in loader.complete or not (is_open or at >= since):
                    continue
                if is_open or at >= now - self._window:
                    loader.take(row["id"], row)
                else:
                    loader.take_head(row)
            yield loader.builder.page(given)
        self._remember_oldest(now)
        for where in ("deleted", "spam"):
            for stretch in self._ahead(since, where):
                for row in stretch.rows:
                    loader.take_thrown_away(row, where)
                yield loader.builder.page(given)
        first = (now - self._window).date()
        yield from self._read(loader.compared(first), lambda: given)
        yield loader.builder.page(given)
        self._end()

    def recent(self, limit: int) -> Page:
        """The tickets opened last, as heads."""
        rows: dict[int, Row] = {}
        size, page, more = min(limit, PAGE), 0, limit > 0
        while more and len(rows) < limit and page < LAST_PAGE:
            page += 1
            found = self._api.newest(page, size)
            rows |= {row["id"]: row for row in paging.sort_out(found).rows}
            more = found.more
        for row in list(rows.values())[:limit]:
            self._taker.take_head(row)
        return self._taker.builder.page("")

    # -- what is there ------------------------------------------------------------------------

    def _resume(self, text: str | None) -> Cursor:
        """The stored place, or the beginning when there is none."""
        if not text:
            return Cursor()
        try:
            return cursors.read(text)
        except ValueError as error:
            self._context.observe("restart", reason=f"the cursor cannot be read: {error}")
            return Cursor()

    def _ahead(self, start: datetime, only: str = "") -> Iterator[paging.Stretch]:
        ask = partial(self._ask, only)
        pages = paging.ascending(self._context.name, ask, start)
        return ahead(pages, self._transport.stop, self._transport.go_on)

    def _ask(self, only: str, since: datetime, page: int, size: int) -> Rows:
        return self._api.tickets(since, page=page, size=size, only=only)

    # -- the oldest open ticket ---------------------------------------------------------------

    def _is_open(self, row: Row) -> bool:
        """Whether a row is of an open ticket. An unknown state counts as open."""
        try:
            state = self._taker.reader.values(row).state()
        except ValueError:
            state = None
        return state is None or not state.is_finished

    def _note_open(self, at: datetime) -> None:
        self._oldest = at if self._oldest is None else min(self._oldest, at)

    def _remember_oldest(self, now: datetime) -> None:
        self._taker.memory.put(_OLDEST, stamps.show(self._oldest or now))

    def _known_oldest(self) -> datetime:
        known = self._taker.memory.get(_OLDEST)
        return stamps.parse(known) if isinstance(known, str) else stamps.EARLIEST

    # -- taking -------------------------------------------------------------------------------

    def _take_stretch(self, stretch: paging.Stretch, cursor: Cursor, since: datetime) -> Cursor:
        places = [paging.place_of(row) for row in stretch.rows]
        for row, place in zip(stretch.rows, places, strict=True):
            if place in self._just_taken or cursor.knows(place):
                continue
            at = stamps.parse(row["updated_at"])
            if not (cursor.first and at < since):
                self._taker.take(row["id"], row)
                is_open = True
            else:
                is_open = self._taker.take_head(row)
            if cursor.first and is_open:
                self._note_open(at)
        aside = list(cursor.aside)
        for row in stretch.odd:
            odd = (str(row.get("id")), str(row.get("updated_at")))
            if odd not in aside:
                aside.append(odd)
                self._taker.builder.set_aside(odd[0], f"its date {odd[1]} cannot be true", row)
        cursor = replace(cursor, aside=tuple(aside[-_MOST_ASIDE:]))
        # Pages overlap: what was taken and may come again in this pass is of the last second.
        last = places[-1][1] if places else ""
        self._just_taken = {p for p in (*self._just_taken, *places) if p[1] >= last}
        return cursor.past(places, stretch.now, ended=stretch.ended)

    def _read(self, tickets: Iterable[int], cursor: Callable[[], str]) -> Iterator[Page]:
        """Pages of tickets read whole. The last of them stays in the builder."""
        waiting = sorted(set(tickets) - self._taker.complete)
        for begin in range(0, len(waiting), _BATCH):
            if begin:
                yield self._taker.builder.page(cursor())
            for number in waiting[begin : begin + _BATCH]:
                self._taker.take(number)

    def _end(self) -> None:
        """Raise what went wrong beside the tickets, now that they are read."""
        if self._taker.time_hidden:
            raise AccessError(
                self._context.name,
                "time entries that were visible to the key no longer are; sums would be too small",
                "has the plan lost its time tracking, or the key's agent the right to see it?",
            )
