"""One pass over what changed, project by project; one that does not answer stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Final

from connectors.base import Page
from connectors.errors import SourceError
from connectors.pivotal import feed
from connectors.pivotal.api import PAGE, Api, ids, instant
from connectors.pivotal.cursor import CODEC, Cursor, Position
from connectors.pivotal.loader import StoryLoader
from connectors.pivotal.settings import PivotalSettings
from connectors.toolkit import stamps
from connectors.toolkit.paging import Listed, by_offset
from connectors.toolkit.poll import opened_last
from connectors.toolkit.rows import Row

_SKEW: Final = timedelta(minutes=15)
"""Our clock and the service's may differ by that much."""
_DONE: Final = ("accepted",)
_LATELY: Final = timedelta(days=90)
_LOOK: Final = 10
"""Pages of each project that a look at recent stories takes."""
_SWEEPING: Final = ("model_import_activity", "label_update_activity", "label_delete_activity")


class Pass:
    """One poll of one source. Made for it, used once."""

    def __init__(self, settings: PivotalSettings, api: Api, loader: StoryLoader) -> None:
        self._settings = settings
        self._api = api
        self._loader = loader
        self._poll = loader.poll
        self._source = self._poll.context.name

    def changes(self, text: str | None, since: datetime) -> Iterator[Page]:
        """What happened since the cursor. Always ends with a page, so that cursor and requests are
        told. A project that does not answer is set aside while others do (ask 22)."""
        cursor = CODEC.resume(text, self._poll.context) or Cursor()

        def read(one: tuple[int, Row]) -> Iterator[tuple[int, Position]]:
            number, project = one
            for reached in self._of_project(number, project, cursor.projects.get(number), since):
                yield number, reached

        for number, reached in self._poll.each(self._projects(), _called, read):
            cursor = cursor.moved(number, reached)
            yield self._poll.page(CODEC.text(cursor))
        yield self._poll.last(CODEC.text(cursor))

    def everything(self, text: str | None, since: datetime) -> Iterator[Page]:
        """Every open story and those touched since `since`. The cursor comes back as given."""
        given = text or CODEC.text(Cursor())
        self._loader.people.fresh = True

        def wanted(row: Row) -> bool:
            return str(row.get("current_state")) not in _DONE or self._touched(row) >= since

        def read(one: tuple[int, Row]) -> Iterator[None]:
            for listed in self._list(one[0], 0):
                self._take_rows(one[0], listed.fresh, wanted)
                yield

        for _ in self._poll.each(self._projects(), _called, read):
            yield self._poll.page(given)
        yield self._poll.last(given)

    def recent(self, limit: int) -> Page:
        """The stories opened last among those touched in the last months; where these are few,
        among the first pages of the lists, which have an order of their own."""
        numbers = [number for number, _ in self._projects()]
        young = stamps.show(self._poll.now() - _LATELY)
        newest: list[Row] = []
        for filters in ((("updated_after", young),), ()):
            newest = []
            for number in numbers:
                for listed in islice(self._list(number, 0, filters), _LOOK):
                    rows = [*newest, *(row for row in listed.fresh if ids([row]))]
                    rows.sort(key=lambda row: -int(row["id"]))
                    newest = opened_last(rows, limit)
            if len(newest) >= limit:
                break
        self._loader.take_heads(newest)
        return self._poll.last("")

    # -- what is there ------------------------------------------------------------------------

    def _projects(self) -> list[tuple[int, Row]]:
        """The projects to read, each as it stands now. One request when all are the account's own;
        one that does not answer does not stop the others."""
        mine = {row["id"]: row for row in self._api.projects() if ids([row])}
        answering: list[tuple[int, Row]] = []
        for number in self._settings.projects or mine:
            try:
                project = mine.get(number) or self._api.project(number)
            except SourceError as error:
                self._poll.scopes.lost(_called((number, {})), error)
            else:
                answering.append((number, project))
                self._poll.scopes.answers(_called((number, {})))
                self._loader.names.learn_project(project)
        return answering

    # -- one project --------------------------------------------------------------------------

    def _of_project(
        self, number: int, project: Row, start: Position | None, since: datetime
    ) -> Iterator[Position]:
        """Take what is new in a project; the position reached after each page."""
        version = project.get("version")
        latest = version if type(version) is int else None
        if start is None:
            at = self._poll.now().replace(microsecond=0) - _SKEW
            yield from self._read_list(number, Position(latest, at, walk=0, floor=since))
        elif start.walk is not None:
            yield from self._read_list(number, start)
        elif latest is None:
            yield from self._by_time(number, start)
        elif start.version is None or latest < start.version:
            # Restored from a back-up, or moved: what was known of its versions holds no more.
            self._say_restart(f"the version of project {number} fell")
            yield from self._read_again(number, start, latest)
        elif latest > start.version:
            yield from self._by_version(number, start, latest)

    def _by_version(self, number: int, start: Position, latest: int) -> Iterator[Position]:
        def ask(since_version: int, offset: int) -> list[Row]:
            more = (("since_version", since_version), ("sort_order", "asc"))
            return feed.page_of(self._api.activity(number, *more, offset=offset))

        try:
            batches = feed.by_version(self._source, ask, start, latest, self._poll.now())
            yield from self._take_batches(number, batches)
        except feed.NoFeed:
            yield from self._by_stamp(number, replace(start, version=latest))
        except feed.Hole:
            self._say_restart(f"project {number} no longer tells all that happened since")
            yield from self._read_again(number, start, latest)

    def _by_time(self, number: int, start: Position) -> Iterator[Position]:
        def ask(after: datetime, offset: int) -> list[Row]:
            since = ("occurred_after", stamps.show(after))
            return feed.page_of(self._api.activity(number, since, offset=offset))

        try:
            batches = feed.by_time(self._source, ask, start, self._poll.now())
            yield from self._take_batches(number, batches)
        except feed.NoFeed:
            yield from self._by_stamp(number, start)
        except feed.Hole:
            yield from self._read_again(number, start, None)

    def _take_batches(self, number: int, batches: Iterable[feed.Batch]) -> Iterator[Position]:
        for batch in batches:
            if any(activity.get("kind") in _SWEEPING for activity in batch.activities):
                raise feed.Hole  # they change stories and do not say which
            stories = {story for each in batch.activities for story in feed.stories_of(each)}
            self._loader.take(number, stories, batch.activities)
            if batch.reached is not None:
                yield batch.reached

    def _by_stamp(self, number: int, start: Position) -> Iterator[Position]:
        """Without any feed: stories by their last change. The last minute is always read again,
        since a second change in one second moves no stamp."""
        floor = start.at - feed.OVERLAP
        newest = start.at
        filters = (("updated_after", stamps.show(floor)),)
        for listed in self._list(number, 0, filters):
            young = [row for row in listed.fresh if self._touched(row) >= floor]
            newest = max([newest, *(self._touched(row) for row in young)])
            self._loader.take(number, ids(young))
        yield Position(start.version, newest)

    def _read_again(self, number: int, start: Position, latest: int | None) -> Iterator[Position]:
        """The whole list, as on first contact; what changed since is read whole."""
        floor = start.at - _SKEW
        yield from self._read_list(number, Position(latest, start.at, walk=0, floor=floor))

    def _read_list(self, number: int, start: Position) -> Iterator[Position]:
        """The list of a project, from where an earlier pass left it. `start` is from when on the
        feed tells what happened meanwhile."""
        floor = start.floor or stamps.EARLIEST
        newest = start.at
        for listed in self._list(number, max(0, (start.walk or 0) - PAGE)):
            newest = max([newest, *(self._touched(row) for row in listed.fresh)])
            self._take_rows(
                number, listed.fresh, lambda row: self._touched(row) >= floor, history=True
            )
            yield Position(start.version, start.at, walk=listed.next, floor=floor)
        yield Position(start.version, min(newest, self._poll.now().replace(microsecond=0)))

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
        mine = [row for row in rows if row.get("project_id", number) == number]
        whole = {row["id"] for row in mine if ids([row]) and wanted(row)}
        heads = [row for row in mine if not ids([row]) or row["id"] not in whole]
        self._loader.take(number, whole - self._loader.whole, history=history)
        self._loader.take_heads(heads)

    def _list(
        self, number: int, start: int, filters: tuple[tuple[str, str], ...] = ()
    ) -> Iterator[Listed]:
        """The list of a project's stories, in the service's own order. It ends where nothing new
        comes: how large a page may be is the service's own business (docs/pivotal.md, 3)."""

        def ask(offset: int) -> tuple[list[Row], bool]:
            rows, total = self._api.stories(number, offset, *filters)
            return rows, total is not None and offset + len(rows) >= total

        pages = by_offset(self._source, ask, _place_of, start)
        return self._poll.ahead(takewhile(lambda listed: listed.fresh, pages))

    def _touched(self, row: Row) -> datetime:
        """When a row was last changed; long ago where its stamp cannot be true (H5)."""
        try:
            return stamps.believable(row.get("updated_at"), self._poll.now(), instant)
        except ValueError:
            return stamps.EARLIEST

    def _say_restart(self, reason: str) -> None:
        self._poll.context.observe("restart", reason=reason)


def _called(one: tuple[int, Row]) -> str:
    return f"project {one[0]}"


def _place_of(row: Row) -> int | str:
    """What tells rows apart; numbers are small to keep, and 20,000 of them are kept."""
    number = row.get("id")
    return number if type(number) is int else str(number)
