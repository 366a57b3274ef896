"""One pass over what changed, project by project; one that does not answer stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

from connectors.base import Context, Page
from connectors.errors import SourceError
from connectors.pivotal import cursor as cursors
from connectors.pivotal import feed, paging, stamps
from connectors.pivotal.api import PAGE, Api, ids
from connectors.pivotal.cursor import Cursor, Place
from connectors.pivotal.loader import TicketLoader
from connectors.pivotal.settings import PivotalSettings
from connectors.toolkit.http import Transport, ahead
from connectors.toolkit.scopes import Scopes

Row = dict[str, Any]
_SKEW: Final = timedelta(minutes=15)
"""Our clock and the service's may differ by that much."""
_DONE: Final = ("accepted",)
_LATELY: Final = timedelta(days=90)
_LOOK: Final = 10
"""Pages of each project that a look at recent stories takes."""
_SWEEPING: Final = ("model_import_activity", "label_update_activity", "label_delete_activity")


class Pass:
    """One poll of one source. Made for it, used once."""

    def __init__(
        self, settings: PivotalSettings, context: Context, transport: Transport, api: Api
    ) -> None:
        self._settings = settings
        self._context = context
        self._transport = transport
        self._api = api
        self._taker = TicketLoader(settings, context, transport, api)
        self._places = Scopes()

    def changes(self, text: str | None, since: datetime) -> Iterator[Page]:
        """What happened since the cursor. Always ends with a page, so that cursor and requests are
        told. A project that does not answer is set aside while others do (ask 22)."""
        cursor = self._resume(text)
        for number, project in self._projects():
            try:
                for reached in self._of_project(number, project, cursor, since):
                    cursor = cursor.moved(number, reached)
                    yield self._taker.builder.page(cursor.text())
            except SourceError as error:
                self._places.lost(_called(number), error)
        self._places.tell(self._taker.builder)
        yield self._taker.builder.page(cursor.text())

    def everything(self, text: str | None, since: datetime) -> Iterator[Page]:
        """Every open story and those touched since `since`. The cursor comes back as given."""
        given = text or Cursor().text()
        self._taker.people.fresh = True
        for number, _ in self._projects():
            try:
                for stretch in self._list(number, 0):
                    self._take_rows(number, stretch.rows, lambda row: _open_or_young(row, since))
                    yield self._taker.builder.page(given)
            except SourceError as error:
                self._places.lost(_called(number), error)
        self._places.tell(self._taker.builder)
        yield self._taker.builder.page(given)

    def recent(self, limit: int) -> Page:
        """The stories opened last among those touched in the last months; where these are few,
        among the first pages of the lists, which have an order of their own."""
        projects = [number for number, _ in self._projects()]
        young = stamps.show(datetime.now(UTC) - _LATELY)
        for filters in ((("updated_after", young),), ()):
            rows: dict[int, Row] = {}
            for number in projects:
                for stretch in islice(self._list(number, 0, filters), _LOOK):
                    rows |= {row["id"]: row for row in stretch.rows if ids([row])}
                    newest = sorted(rows, reverse=True)[:limit]
                    rows = {key: rows[key] for key in newest}
            if len(rows) >= limit:
                break
        self._taker.take_heads(rows.values())
        self._places.tell(self._taker.builder)
        return self._taker.builder.page("")

    # -- what is there ------------------------------------------------------------------------

    def _projects(self) -> list[tuple[int, Row]]:
        """The projects to read, each as it stands now. One request when all are the account's own;
        one that does not answer does not stop the others."""
        mine = {row["id"]: row for row in self._api.projects() if ids([row])}
        found: list[tuple[int, Row]] = []
        for number in self._settings.projects or mine:
            try:
                found.append((number, mine.get(number) or self._api.project(number)))
            except SourceError as error:
                self._places.lost(_called(number), error)
            else:
                self._places.answers(_called(number))
        for _, project in found:
            self._taker.names.learn_project(project)
        return found

    def _resume(self, text: str | None) -> Cursor:
        if not text:
            return Cursor()
        try:
            return cursors.read(text)
        except ValueError as error:
            self._context.observe("restart", reason=f"the cursor cannot be read: {error}")
            return Cursor()

    # -- one project --------------------------------------------------------------------------

    def _of_project(
        self, number: int, project: Row, cursor: Cursor, since: datetime
    ) -> Iterator[Place]:
        """Take what is new in a project; the place reached after each page."""
        place = cursor.places.get(number)
        version = project.get("version")
        latest = version if type(version) is int else None
        if place is None:
            now = datetime.now(UTC).replace(microsecond=0) - _SKEW
            yield from self._read_list(number, Place(latest, now, walk=0, floor=since))
        elif place.walk is not None:
            yield from self._read_list(number, place)
        elif latest is None:
            yield from self._by_time(number, place)
        elif place.version is None or latest < place.version:
            # Restored from a back-up, or moved: what was known of its versions holds no more.
            self._context.observe("restart", reason=f"the version of project {number} fell")
            yield from self._read_again(number, place, latest)
        elif latest > place.version:
            yield from self._by_version(number, place, latest)

    def _by_version(self, number: int, place: Place, latest: int) -> Iterator[Place]:
        def ask(since_version: int, offset: int) -> list[Row]:
            more = (("since_version", since_version), ("sort_order", "asc"))
            rows = self._api.activity(number, *more, offset=offset)
            if rows is None:
                raise feed.NoFeed
            return rows

        try:
            for batch in feed.by_version(self._context.name, ask, place, latest):
                self._take_batch(number, batch)
                if batch.place is not None:
                    yield batch.place
        except feed.NoFeed:
            yield from self._by_stamp(number, replace(place, version=latest))
        except feed.Hole:
            reason = f"project {number} no longer tells all that happened since the last look"
            self._context.observe("restart", reason=reason)
            yield from self._read_again(number, place, latest)

    def _by_time(self, number: int, place: Place) -> Iterator[Place]:
        def ask(after: datetime, offset: int) -> list[Row]:
            found = self._api.activity(
                number, ("occurred_after", stamps.show(after)), offset=offset
            )
            if found is None:
                raise feed.NoFeed
            return found

        try:
            for batch in feed.by_time(self._context.name, ask, place):
                self._take_batch(number, batch)
                if batch.place is not None:
                    yield batch.place
        except feed.NoFeed:
            yield from self._by_stamp(number, place)
        except feed.Hole:
            yield from self._read_again(number, place, None)

    def _take_batch(self, number: int, batch: feed.Batch) -> None:
        if any(activity.get("kind") in _SWEEPING for activity in batch.activities):
            raise feed.Hole  # they change stories and do not say which
        found = {story for activity in batch.activities for story in feed.stories_of(activity)}
        self._taker.take(number, found, batch.activities)

    def _by_stamp(self, number: int, place: Place) -> Iterator[Place]:
        """Without any feed: stories by their last change. The last minute is always read again,
        since a second change in one second moves no stamp."""
        floor = place.at - feed.OVERLAP
        newest = place.at
        filters = (("updated_after", stamps.show(floor)),)
        for stretch in self._list(number, 0, filters):
            young = [row for row in stretch.rows if _touched(row) >= floor]
            newest = max([newest, *(_touched(row) for row in young)])
            self._taker.take(number, ids(young))
        yield Place(place.version, newest)

    def _read_again(self, number: int, place: Place, latest: int | None) -> Iterator[Place]:
        """The whole list, as on first contact; what changed since the place is read whole."""
        floor = place.at - _SKEW
        yield from self._read_list(number, Place(latest, place.at, walk=0, floor=floor))

    def _read_list(self, number: int, place: Place) -> Iterator[Place]:
        """The list of a project, from where an earlier pass left it. `place` is from when on the
        feed tells what happened meanwhile."""
        floor = place.floor or stamps.EARLIEST
        newest = place.at
        for stretch in self._list(number, max(0, (place.walk or 0) - PAGE)):
            newest = max([newest, *(_touched(row) for row in stretch.rows)])
            self._take_rows(number, stretch.rows, lambda row: _touched(row) >= floor, history=True)
            yield Place(place.version, place.at, walk=stretch.offset, floor=floor)
        yield Place(place.version, min(newest, datetime.now(UTC).replace(microsecond=0)))

    def _take_rows(
        self,
        number: int,
        rows: Iterable[Row],
        wanted: Callable[[Row], bool],
        *,
        history: bool = False,
    ) -> None:
        """Rows of the list: those wanted are read whole, the others taken as they are. What is of
        another project was not asked for (threat C3)."""
        listed = [row for row in rows if row.get("project_id", number) == number]
        whole = {row["id"] for row in listed if ids([row]) and wanted(row)}
        read = [row for row in listed if not ids([row]) or row["id"] not in whole]
        self._taker.take(number, whole - self._taker.whole, history=history)
        self._taker.take_heads(read)

    def _list(
        self, number: int, start: int, filters: tuple[tuple[str, str], ...] = ()
    ) -> Iterator[paging.Stretch]:
        stretches = paging.stories(
            self._context.name, lambda offset: self._api.stories(number, offset, *filters), start
        )
        return ahead(stretches, self._transport.stop, self._transport.go_on)


def _called(number: int) -> str:
    return f"project {number}"


def _touched(row: Row) -> datetime:
    """When a row was last changed; long ago where its stamp cannot be true (H5)."""
    try:
        return stamps.believable(row.get("updated_at"), datetime.now(UTC))
    except ValueError:
        return stamps.EARLIEST


def _open_or_young(row: Row, since: datetime) -> bool:
    return str(row.get("current_state")) not in _DONE or _touched(row) >= since
