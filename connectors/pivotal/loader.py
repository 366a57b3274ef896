"""Making tickets: heads from list rows, whole ones by the batch; what is proven to be gone is said,
and what later polls need is remembered: people, labels and projects by number, and of each story
read whole its comments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from bridge.model import Event, Part, Ticket
from connectors.base import Context, Gone
from connectors.errors import GoneError, TicketError, TryAgainError
from connectors.pivotal import feed
from connectors.pivotal.api import BULK, Api, ids
from connectors.pivotal.from_tool import EventReader, Reader
from connectors.pivotal.names import Names, People, labels_in
from connectors.pivotal.settings import PivotalSettings
from connectors.toolkit.http import is_too_large, status_of
from connectors.toolkit.poll import Poll
from connectors.toolkit.rows import Row, number_of

_HISTORY_PAGES: Final = 50


class StoryLoader:
    """What one pass has taken so far, beside the page in the making (`poll.builder`)."""

    def __init__(self, settings: PivotalSettings, context: Context, api: Api, poll: Poll) -> None:
        self.poll = poll
        self.state = poll.state
        self.people = People(poll.state, api.memberships)
        self.names = Names(poll.state, api.labels)
        self.whole: set[int] = set()
        """Stories read whole in this pass."""
        self._settings = settings
        self._context = context
        self._api = api

    @cached_property
    def own(self) -> int:
        """The bridge's account. Raises AccessError when the token is refused."""
        return int(self._api.me()["id"])

    @cached_property
    def reader(self) -> Reader:
        """Makes tickets of stories."""
        return replace(self.head_reader, own=self.own)

    @cached_property
    def head_reader(self) -> Reader:
        """Makes heads of list rows, which have no comments: whose the token is does not matter."""
        return Reader(self._context, self._settings.site, None, self.people.of, self.names.project)

    @cached_property
    def events(self) -> EventReader:
        """Makes events of activities."""
        return EventReader(self._context.mapping, self.own, self.people.of, self.names.label)

    def take_heads(self, rows: Iterable[Row]) -> None:
        """Take what list rows tell, at no further request."""
        for row in rows:
            if type(row.get("id")) is int and row["id"] in self.whole:
                continue
            with self.poll.loader.one(str(row.get("id")), row):
                self.poll.builder.tickets.append(self.head_reader.head(row))
                self.names.learn_labels(row.get("labels"))

    def take(
        self,
        project: int,
        numbers: Iterable[int],
        activities: Sequence[Row] = (),
        *,
        history: bool = False,
    ) -> None:
        """Read stories of a project whole. `activities` are what was told since the last look; with
        `history`, and for stories never read whole before, all that is still told of each."""
        waiting = sorted(numbers)
        for start in range(0, len(waiting), BULK):
            told: dict[int, Sequence[Row]] = {}
            rows = self._read(project, waiting[start : start + BULK])
            for row in rows:
                with self.poll.loader.one(str(row["id"]), row):
                    told[row["id"]] = self._told_of(project, row["id"], activities, history)
            self._prepare(project, rows, told)
            for row in rows:
                if row["id"] in told:
                    self._take(row, told[row["id"]])

    def _read(self, project: int, numbers: Sequence[int]) -> list[Row]:
        """Stories in one request; those that it lacks, or that spoil it, each by itself."""
        rows = self._together(project, numbers) if len(numbers) > 1 else []
        for number in sorted(set(numbers) - set(ids(rows))):
            with self.poll.loader.one(str(number), {"id": number}):
                rows += _of_project(project, [self._api.story(number, project)])
        return rows

    def _together(self, project: int, numbers: Sequence[int]) -> list[Row]:
        try:
            return _of_project(project, self._api.bulk(project, numbers))
        except TicketError:
            return []
        except TryAgainError as error:
            if status_of(error) != 500 and not is_too_large(error):
                raise
            return []

    def _told_of(
        self, project: int, number: int, activities: Sequence[Row], history: bool
    ) -> Sequence[Row]:
        """The activities of a story."""
        if history or not isinstance(self.state.get(f"story/{number}"), dict):
            return self.history(project, number)
        return [activity for activity in activities if number in feed.stories_of(activity)]

    def history(self, project: int, number: int) -> list[Row]:
        """All that is still told of one story, oldest first."""
        by_guid: dict[str, Row] = {}
        for page in range(_HISTORY_PAGES):
            try:
                rows = self._api.story_activity(project, number, len(by_guid) if page else 0)
            except GoneError:
                break
            shown = {feed.guid_of(row): row for row in rows or ()}
            if not shown.keys() - by_guid.keys():
                break
            by_guid |= shown
            if len(shown) < 10:  # no service gives so few when there are more
                break
        return feed.in_time(by_guid.values(), self.poll.now())

    def _prepare(self, project: int, rows: list[Row], told: Mapping[int, Sequence[Row]]) -> None:
        """Know the people and labels that these stories name."""
        people: list[object] = [row.get("requested_by_id") for row in rows]
        for row in rows:
            self.names.learn_labels(row.get("labels"))
            comments = row.get("comments")
            for comment in comments if isinstance(comments, list) else ():
                people.append(comment.get("person_id") if isinstance(comment, dict) else None)
        all_told = [activity for activities in told.values() for activity in activities]
        for activity in all_told:
            people += feed.people_of(activity)
        self.names.prepare_labels(project, labels_in(all_told))
        self.people.prepare(project, {number for number in people if type(number) is int})

    def _take(self, row: Row, activities: Sequence[Row]) -> None:
        number = row["id"]
        self.whole.add(number)
        with self.poll.loader.one(str(number), row):
            ticket = self._full(row, activities)
            self._note_removed(number, [comment.key for comment in ticket.comments])
            self.poll.builder.tickets.append(ticket)

    def fetched(self, key: str) -> Ticket:
        """One story with all that is still told of it, outside of a pass. Raises GoneError, and
        what `ODD` names."""
        row = asked_for(self._api, self._settings, self._context.name, key)
        project = row.get("project_id")
        if type(project) is not int:
            return self._full(row, [])
        told = self.history(project, row["id"])
        self._prepare(project, [row], {row["id"]: told})
        if self.names.project(project) is None:
            self.names.learn_project(self._api.project(project))
        return self._full(row, told)

    def _full(self, row: Row, activities: Sequence[Row]) -> Ticket:
        """One story with what was told of it. Raises what `ODD` names."""
        events: list[Event] = []
        for activity in activities:
            events += self.events.of(activity, row["id"])
        return self.reader.full(row, events)

    def _note_removed(self, number: int, shown: list[str]) -> None:
        """Comments that were there and are missing from the complete list are gone."""
        known = self.state.get(f"story/{number}")
        before = known.get("comments", ()) if isinstance(known, dict) else ()
        for key in before:
            if key not in shown:
                self.poll.builder.gone.append(Gone(str(number), Part.COMMENT, str(key)))
        self.state.put(f"story/{number}", {"comments": shown})


def asked_for(api: Api, settings: PivotalSettings, source: str, key: str) -> Row:
    """The story of a ticket, whole. Raises GoneError, also for one of a project that nobody asked
    for (threat C3)."""
    row = api.story(number_of(source, key, "a service that speaks API v5"))
    if settings.projects and row.get("project_id") not in settings.projects:
        raise GoneError(source, key, "it lies in a project that this source does not name")
    return row


def _of_project(project: int, rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if ids([row]) and row.get("project_id", project) == project]
