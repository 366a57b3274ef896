"""One pass over what changed, and reading the list of tickets so that none is missed while people
go on working (docs/freshdesk.md, 4).

Page numbers of a list that moves lose rows: a ticket that is edited leaves its place for the end,
and the row behind it slips to the page just read. So each page is asked for by the stamp of the
last row of the page before, inclusive, which also goes round the wall at page 300. Pages are
counted only where one second holds more tickets than a page (a bulk edit); there every page begins
with a row of the page before; where it does not, the second is read again from its beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from connectors.base import Page
from connectors.errors import AccessError, TryAgainError
from connectors.freshdesk.api import LAST_PAGE, PAGE, Api, Rows
from connectors.freshdesk.cursor import CODEC, Cursor, Stamped
from connectors.freshdesk.loader import TicketLoader
from connectors.freshdesk.settings import FreshdeskSettings
from connectors.toolkit import stamps
from connectors.toolkit.paging import by_stamp, sort_out
from connectors.toolkit.poll import opened_last
from connectors.toolkit.rows import Row

_RECENT: Final = timedelta(days=2)
"""How far back every pass compares time entries; what is back-dated further waits for a full
one."""
_OLDEST: Final = "oldest-open"
_PATIENCE: Final = 20
"""How often one second may be begun again, because its rows moved away."""
_SECOND: Final = timedelta(seconds=1)


class Pass:
    """One poll of one source. Made for it, used once."""

    def __init__(self, settings: FreshdeskSettings, api: Api, loader: TicketLoader) -> None:
        self._window = settings.time_window
        self._api = api
        self._loader = loader
        self._poll = loader.poll
        self._just_taken: set[Stamped] = set()
        self._oldest: datetime | None = None

    def changes(self, text: str | None, since: datetime) -> Iterator[Page]:
        """What changed since the cursor; heads of what was last changed before `since` on first
        contact. Always ends with a page, so that cursor and requests are told."""
        cursor = CODEC.resume(text, self._poll.context) or Cursor()
        if cursor.first and cursor.stamp is not None:  # goes on where an earlier pass broke off
            self._oldest = self._known_oldest()
        for stretch in self._ahead(cursor.start):
            cursor = self._take_stretch(stretch, cursor, since)
            if cursor.first:
                self._remember_oldest(self._poll.now())
            if not stretch.ended:
                yield self._poll.page(CODEC.text(cursor))
        recent = min(self._poll.now(), cursor.stamp or since) - _RECENT
        note_before = since if cursor.first else None
        differing = self._loader.compared(recent.date(), note_before=note_before)
        cursor = replace(cursor, first=False)
        yield from self._read(differing, CODEC.text(cursor))
        yield self._poll.last(CODEC.text(cursor))
        self._end()

    def everything(self, text: str | None, since: datetime) -> Iterator[Page]:
        """Every open ticket, those touched since `since`, what was thrown away, and tickets whose
        time entries differ from what is remembered. The cursor comes back as given.

        The API has no list of open tickets: all are listed from where the oldest open one stood
        when all were last listed, or from `since`. Of those that are closed and were not touched
        within the time window, the list row is taken.
        """
        given = text or CODEC.text(Cursor())
        loader = self._loader
        loader.people.fresh = True
        loader.ask_tracking_again()
        now = self._poll.now()
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
            yield self._poll.page(given)
        self._remember_oldest(now)
        for where in ("deleted", "spam"):
            for stretch in self._ahead(since, where):
                for row in stretch.rows:
                    loader.take_thrown_away(row, where)
                yield self._poll.page(given)
        first = (now - self._window).date()
        yield from self._read(loader.compared(first), given)
        yield self._poll.last(given)
        self._end()

    def recent(self, limit: int) -> Page:
        """The tickets opened last, as heads."""
        rows = sort_out(list(self._newest(limit)), "updated_at", self._poll.now()).rows
        for row in opened_last(rows, limit):
            self._loader.take_head(row)
        return self._poll.page("")

    def _newest(self, limit: int) -> Iterator[Row]:
        """Rows of the list by creation, so many pages of it as may hold `limit` of them."""
        size, met = min(limit, PAGE), 0
        for number in range(1, LAST_PAGE + 1 if limit else 0):
            page = self._api.newest(number, size)
            yield from page.rows
            met += len(page.rows)
            if met >= limit or not page.more:
                return

    # -- what is there ------------------------------------------------------------------------

    def _ahead(self, start: datetime, only: str = "") -> Iterator[Stretch]:
        def ask(since: datetime, page: int, size: int) -> Rows:
            return self._api.tickets(since, page=page, size=size, only=only)

        return self._poll.ahead(ascending(self._poll.context.name, ask, start, self._poll.now))

    # -- the oldest open ticket ---------------------------------------------------------------

    def _is_open(self, row: Row) -> bool:
        """Whether a row is of an open ticket. An unknown state counts as open."""
        try:
            state = self._loader.reader.values(row).state()
        except ValueError:
            state = None
        return state is None or not state.is_finished

    def _note_open(self, at: datetime) -> None:
        self._oldest = at if self._oldest is None else min(self._oldest, at)

    def _remember_oldest(self, now: datetime) -> None:
        self._poll.state.put(_OLDEST, stamps.show(self._oldest or now))

    def _known_oldest(self) -> datetime:
        known = self._poll.state.get(_OLDEST)
        return stamps.parse(known) if isinstance(known, str) else stamps.EARLIEST

    # -- taking -------------------------------------------------------------------------------

    def _take_stretch(self, stretch: Stretch, cursor: Cursor, since: datetime) -> Cursor:
        states = [state_of(row) for row in stretch.rows]
        for row, state in zip(stretch.rows, states, strict=True):
            if state in self._just_taken or cursor.knows(state):
                continue
            at = stamps.parse(row["updated_at"])
            if not (cursor.first and at < since):
                self._loader.take(row["id"], row)
                is_open = True
            else:
                is_open = self._loader.take_head(row)
            if cursor.first and is_open:
                self._note_open(at)
        aside = self._poll.aside_once(stretch.odd, "updated_at", cursor.aside)
        cursor = replace(cursor, aside=aside)
        # Pages overlap: what was taken and may come again in this pass is of the last second.
        last = states[-1][1] if states else ""
        self._just_taken = {s for s in (*self._just_taken, *states) if s[1] >= last}
        return cursor.past(states, stretch.now, ended=stretch.ended)

    def _read(self, tickets: set[int], cursor: str) -> Iterator[Page]:
        """Pages of tickets read whole. The last of them stays in the builder."""

        def waiting() -> set[int]:
            return tickets - self._loader.complete

        for _ in self._poll.batches(waiting, self._loader.take):
            yield self._poll.page(cursor)

    def _end(self) -> None:
        """Raise what went wrong beside the tickets, now that they are read."""
        if self._loader.time_hidden:
            raise AccessError(
                self._poll.context.name,
                "time entries that were visible to the key no longer are; sums would be too small",
                "has the plan lost its time tracking, or the key's agent the right to see it?",
            )


Ask = Callable[[datetime, int, int], Rows]
"""(since, page, rows a page) → rows."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A page of the list: rows that can be placed, rows that cannot, the tool's own time, the
    newest stamp, and whether it is the last."""

    rows: tuple[Row, ...]
    odd: tuple[Row, ...]
    now: datetime
    newest: datetime
    ended: bool


def state_of(row: Row) -> Stamped:
    """What tells two states of tickets apart: the id and the stamp."""
    return (row["id"], row["updated_at"])


def ascending(
    source: str, ask: Ask, start: datetime, now: Callable[[], datetime]
) -> Iterator[Stretch]:
    """Everything that changed since `start`, in order; the same row may come twice.

    Raises TryAgainError when the list does not come to an end.
    """

    def page_of(since: datetime, page: int, size: int) -> Stretch:
        rows = ask(since, page, size)
        parts = sort_out(rows.rows, "updated_at", now())
        last = max((row["updated_at"] for row in parts.rows), default=None)  # stamps of one shape
        newest = since if last is None else max(stamps.parse(last), since)
        return Stretch(parts.rows, parts.odd, rows.now, newest, not rows.more)

    def one_second(at: datetime, first: Stretch) -> Iterator[Stretch]:
        return _counted(source, page_of, at, first)

    yield from by_stamp(
        source, lambda since: page_of(since or start, 1, PAGE), one_second, start, _SECOND
    )


def _counted(
    source: str, page_of: Callable[[datetime, int, int], Stretch], since: datetime, first: Stretch
) -> Iterator[Stretch]:
    """One second by page numbers, up to the page that leaves it, or ends the list. Its first page
    was read already."""
    for attempt in range(_PATIENCE):
        seen: set[Stamped] = set()
        consumed = 0
        while True:
            page, size = _next_page(consumed)
            if page > LAST_PAGE:
                raise TryAgainError(
                    source,
                    f"more than {LAST_PAGE * PAGE} tickets were last changed in one second, "
                    f"{stamps.show(since)}: Freshdesk gives no more of them",
                    "touch some of them in smaller groups, or wait until they change",
                )
            known = not attempt and not consumed
            stretch = first if known else page_of(since, page, size)
            states = [state_of(row) for row in stretch.rows]
            if consumed and states and states[0] not in seen:
                break  # rows left this second: others slipped to pages that were read
            if not known:
                yield stretch
            if stretch.ended or stretch.newest > since:
                return
            seen |= set(states)
            consumed = (page - 1) * size + len(stretch.rows) + len(stretch.odd)
    raise TryAgainError(
        source,
        f"the tickets last changed at {stamps.show(since)} keep moving while they are read",
        "the next pass tries again",
    )


def _next_page(consumed: int) -> tuple[int, int]:
    """Page number and size of the page that begins with a row already read, and brings the most
    new ones: page sizes are free up to 100, positions are not."""
    if not consumed:
        return 1, PAGE
    sizes = range(PAGE, PAGE // 2, -1)
    best = max(sizes, key=lambda size: (consumed - 1) // size * size + size)
    return (consumed - 1) // best + 1, best
