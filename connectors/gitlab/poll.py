"""One pass over what changed: list pages in a thread, tickets made here, a page at a time.

A pass without news costs one request for the issues of each project or group and one for its merge
requests, and one for each question of ours that is open, of which at most five are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from connectors.base import Context, Page
from connectors.errors import SourceError
from connectors.gitlab import cursor as cursors
from connectors.gitlab import fields, paging, stamps
from connectors.gitlab.api import Api, Part, Row
from connectors.gitlab.api import Page as ListPage
from connectors.gitlab.cursor import Cursor, Place, Trail
from connectors.gitlab.from_tool import ODD, fingerprint, why
from connectors.gitlab.loader import WAITING, TicketLoader
from connectors.gitlab.refs import Ref
from connectors.gitlab.scope import Scope
from connectors.gitlab.settings import GitLabSettings
from connectors.toolkit.http import Transport, ahead, status_of
from connectors.toolkit.state import SourceState

_BATCH: Final = 50
_LOOKS: Final = 5
"""Open questions that one pass looks at for reactions; the others wait for their turn."""
_LOOKED: Final = "looked-at"
"""Which of them was the last."""
_ASIDE: Final = 1000


class Pass:
    """One poll of one source. Made for it, used once."""

    def __init__(
        self, settings: GitLabSettings, context: Context, transport: Transport, api: Api
    ) -> None:
        memory = SourceState(context.recall)
        self._context = context
        self._transport = transport
        self._api = api
        self._taker = TicketLoader(settings, context, transport, api, memory)
        self._scope = Scope(settings, api, memory)

    def changes(self, text: str | None, since: datetime) -> Iterator[Page]:
        """What changed since the cursor; heads of what was last changed before `since` on first
        contact. Always ends with a page, so that cursor and requests are told."""
        parts = self._scope.parts()
        cursor = self._resume(text).within({part.name for part in parts})
        for part in parts:
            try:
                for reached in self._changes_of(part, cursor, since):
                    cursor = reached
                    if self._taker.builder.holds_something:
                        yield self._taker.builder.page(cursor.text())
            except SourceError as error:
                self._scope.lost(part, error)
        self._look_at_questions()
        yield from self._again(cursor.text)
        self._scope.places.tell(self._taker.builder)
        yield self._taker.builder.page(cursor.text())

    def everything(self, text: str | None, since: datetime) -> Iterator[Page]:
        """Every open issue and those touched since `since`. The cursor comes back as given."""
        given = text or Cursor().text()
        for part in self._scope.parts():
            try:
                for state, start in (("opened", None), ("all", since)):
                    for rows in self._ahead(self._ascending(part, start, state)):
                        for row in rows:
                            if self._scope.holds(part, row):
                                self._taker.take(row)
                        yield self._taker.builder.page(given)
                self._take_merges(part, Trail(), since)
            except SourceError as error:
                self._scope.lost(part, error)
        yield from self._again(lambda: given)
        self._scope.places.tell(self._taker.builder)
        yield self._taker.builder.page(given)

    def recent(self, limit: int) -> Page:
        """The issues that were opened last, of all parts together, as lists tell them."""
        rows: list[Row] = []
        for part in self._scope.parts():
            newest = paging.opened_last(self._api, part)
            mine = (row for row in newest if self._scope.holds(part, row))
            rows += islice(mine, limit)
        rows.sort(key=lambda row: str(row.get("created_at")), reverse=True)
        for row in rows[:limit]:
            if fields.type_of(row) not in fields.NOT_ASKED:
                self._taker.take_head(row)
        return self._taker.builder.page("")

    def _resume(self, text: str | None) -> Cursor:
        if not text:
            return Cursor()
        try:
            return cursors.read(text)
        except ValueError as error:
            self._context.observe("restart", reason=f"the cursor cannot be read: {error}")
            return Cursor()

    # -- issues -------------------------------------------------------------------------------

    def _changes_of(self, part: Part, cursor: Cursor, since: datetime) -> Iterator[Cursor]:
        """Take what changed in one part; the cursor after each batch but the last."""
        now = datetime.now(UTC)
        place = cursor.of(part.name)
        start = place.issues.start(now)
        page = None if start is None else paging.newest(self._api, part, start)
        shown = [at for row in page.rows if (at := _believable(row, now))] if page else []
        newest = max(shown, default=place.issues.stamp)
        for batch in self._batches(part, place, start, page):
            place = self._take_batch(part, batch, place, since, newest)
            cursor = cursor.moved(part.name, place)
            yield cursor
        place = replace(place, first=False)
        for key in place.due(newest, now):
            self._taker.take_key(key)
            place = place.settled(key)
        trail = self._take_merges(part, place.merges, since)
        yield cursor.moved(part.name, replace(place, merges=trail))

    def _batches(
        self, part: Part, place: Place, start: datetime | None, page: ListPage | None
    ) -> Iterator[list[Row]]:
        """The pages since `start`. Nothing or little new: the one that is there. Thousands of one
        moment (a bulk edit) are not listed again when their number tells that they are known."""
        if page is not None and start is not None:
            if not page.more:
                yield page.rows[::-1]
                return
            known = all(place.issues.knows(_name(row), fingerprint(row)) for row in page.rows)
            taken = place.issues.known_from(start) + len(place.aside)
            if known and page.total == taken and not place.first:
                return
        yield from self._ahead(self._ascending(part, start, "all"))

    def _ascending(self, part: Part, start: datetime | None, state: str) -> Iterator[list[Row]]:
        """Oldest first; by keyset where the server has it for this list."""
        if part.kind == "projects":  # group lists have none (API sheet, 3)
            try:
                yield from paging.ascending(self._api, part, start, keyset=True, state=state)
                return
            except SourceError as error:
                if not paging.lacks_keyset(error):
                    raise
        yield from paging.ascending(self._api, part, start, keyset=False, state=state)

    def _ahead(self, batches: Iterator[list[Row]]) -> Iterator[list[Row]]:
        return ahead(batches, self._transport.stop, self._transport.go_on)

    def _take_batch(
        self, part: Part, rows: list[Row], place: Place, since: datetime, newest: datetime | None
    ) -> Place:
        now = datetime.now(UTC)
        taken: list[tuple[str, datetime, str]] = []
        stamped = [(row, _believable(row, now)) for row in rows]
        # What lies before the overlap is not listed again: no need to know what it looked like.
        last = max((at for _, at in stamped if at is not None), default=now)
        floor = last - cursors.OVERLAP
        for row, at in stamped:
            if at is None:
                place = self._odd(row, place)
                continue
            name = _name(row)
            print_ = fingerprint(row) if at >= floor or name in place.issues.edge else ""
            taken.append((name, at, print_))
            if place.issues.knows(name, print_) or not self._scope.holds(part, row):
                continue
            if fields.type_of(row) in fields.NOT_ASKED:
                continue
            if place.first and at < since:
                self._taker.take_head(row)
            else:
                self._taker.take(row)
                place = place.took(name, at, newest, now)
        return replace(place, issues=place.issues.past(taken, now))

    def _odd(self, row: Row, place: Place) -> Place:
        """Set a row with an impossible stamp aside, once (H5)."""
        odd = (_name(row), str(row.get("updated_at")))
        if odd in place.aside:
            return place
        self._taker.builder.set_aside(odd[0], f"its date {odd[1]} cannot be true", row)
        return replace(place, aside=(*place.aside, odd)[-_ASIDE:])

    def _again(self, cursor: Callable[[], str]) -> Iterator[Page]:
        """Issues that others showed to have changed. The last of them stay in the builder."""
        while waiting := sorted(self._taker.again - self._taker.complete):
            for key in waiting[:_BATCH]:
                self._taker.take_key(key)
            self._taker.again -= set(waiting[:_BATCH])
            if len(waiting) > _BATCH:
                yield self._taker.builder.page(cursor())

    # -- what stands beside the issues ----------------------------------------------------------

    def _take_merges(self, part: Part, trail: Trail, since: datetime) -> Trail:
        """Look at the merge requests that changed. Those last changed before `since` have no time
        on them that counts. A project may have none, and may hide them."""
        now = datetime.now(UTC)
        start = trail.start(now) or since
        try:
            for rows in paging.merge_requests(self._api, part, start):
                taken = []
                for row in rows:
                    at, name, print_ = _believable(row, now), _name(row), fingerprint(row)
                    if at is None or not self._scope.holds(part, row):
                        continue
                    taken.append((name, at, print_))
                    if not trail.knows(name, print_):
                        self._take_merge(row)
                trail = trail.past(taken, now)
        except SourceError as error:
            if status_of(error) not in (403, 404):
                raise
        return trail if trail.stamp is not None else Trail(since, {}, int(now.timestamp()))

    def _take_merge(self, row: Row) -> None:
        try:
            merge, touched = self._taker.merges.take(row)
        except ODD as error:
            self._taker.builder.set_aside(_merge_name(row), why(error), row)
            return
        if merge is not None and merge.doubt:
            self._taker.builder.set_aside(_merge_name(row), f"{merge.about}: {merge.doubt}", row)
        else:
            self._taker.builder.cleared.append(_merge_name(row))
        self._taker.again |= touched
        self._taker.complete -= touched

    def _look_at_questions(self) -> None:
        """Reactions move nothing that lists show: open questions are looked at in turn."""
        waiting = self._taker.memory.get(WAITING) or {}
        open_ = [(key, note) for key in sorted(waiting) for note in waiting[key]]
        last = self._taker.memory.get(_LOOKED) if len(open_) > _LOOKS else None
        begun = next((n for n, (key, note) in enumerate(open_) if [key, note] == last), -1) + 1
        for number in range(min(_LOOKS, len(open_))):
            key, note = open_[(begun + number) % len(open_)]
            self._taker.look_at(key, note)
            if len(open_) > _LOOKS:
                self._taker.memory.put(_LOOKED, [key, note])


def _believable(row: Row, now: datetime) -> datetime | None:
    try:
        return stamps.believable(row.get("updated_at"), now)
    except ValueError:
        return None


def _name(row: Row) -> str:
    try:
        return Ref.of(row).key
    except ValueError:
        return str(row.get("id"))


def _merge_name(row: Row) -> str:
    """`42!7`: no key of an issue."""
    return _name(row).replace("-", "!")
