"""Making tickets: heads from list rows, whole ones by the batch; what cannot be read is set aside,
what is proven to be gone is said, and what later polls need is remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

from bridge.model import Event, Part, Ticket
from connectors.base import Context, Gone
from connectors.errors import GoneError, TicketError, TryAgainError
from connectors.pivotal import feed
from connectors.pivotal.api import BULK, Api, ids
from connectors.pivotal.events import Teller
from connectors.pivotal.from_tool import ODD, Reader, why
from connectors.pivotal.names import Names, labels_in
from connectors.pivotal.people import People
from connectors.pivotal.settings import PivotalSettings
from connectors.toolkit.http import Transport, is_too_large, status_of
from connectors.toolkit.page_builder import PageBuilder
from connectors.toolkit.state import SourceState

Row = dict[str, Any]
_HISTORY_PAGES: Final = 50


class TicketLoader:
    """What one pass has taken so far, and the page in the making."""

    def __init__(
        self, settings: PivotalSettings, context: Context, transport: Transport, api: Api
    ) -> None:
        self.memory = SourceState(context.recall)
        self.people = People(self.memory, api.memberships)
        self.names = Names(self.memory, api.labels)
        self.whole: set[int] = set()
        """Stories read whole in this pass."""
        self._settings = settings
        self._context = context
        self._transport = transport
        self._api = api
        self.builder = PageBuilder(transport, self.memory)

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
    def teller(self) -> Teller:
        """Makes events of activities."""
        return Teller(self._context.mapping, self.own, self.people.of, self.names.label)

    def take_heads(self, rows: Iterable[Row]) -> None:
        """Take what list rows tell, at no further request."""
        for row in rows:
            if type(row.get("id")) is int and row["id"] in self.whole:
                continue
            try:
                ticket = self.head_reader.head(row)
            except ODD as error:
                self.builder.set_aside(str(row.get("id")), why(error), row)
            else:
                self.names.learn_labels(row.get("labels"))
                self.builder.tickets.append(ticket)

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
            part = waiting[start : start + BULK]
            rows = self._bulk(project, part)
            for number in sorted(set(part) - set(ids(rows))):
                rows += self._missing(project, number, alone=len(part) == 1)
            told = self._told(project, rows, activities, history)
            self._prepare(project, rows, told)
            for row in rows:
                self._take(row, told.get(row["id"], ()))

    def _missing(self, project: int, number: int, *, alone: bool) -> list[Row]:
        """A story that was not among those asked for: gone only when it is not found by itself."""
        found = [] if alone else self._bulk(project, [number])
        if not found:
            self._context.observe("gone", ticket=str(number))
        return found

    def _bulk(self, project: int, numbers: list[int]) -> list[Row]:
        """Stories in one request; each by itself where one of them spoils it."""
        try:
            rows = self._api.bulk(project, numbers)
            return [row for row in rows if ids([row]) and row.get("project_id", project) == project]
        except TryAgainError as error:
            if status_of(error) != 500 and not is_too_large(error):
                raise
            if len(numbers) == 1:
                self.builder.set_aside(str(numbers[0]), error.what, {"id": numbers[0]})
                return []
        except TicketError as error:
            if isinstance(error, GoneError):
                return []
            self.builder.set_aside(error.key, error.what, {"id": error.key})
            return []
        return [row for number in numbers for row in self._bulk(project, [number])]

    def _told(
        self, project: int, rows: list[Row], activities: Sequence[Row], history: bool
    ) -> dict[int, Sequence[Row]]:
        """The activities of each story."""
        found: dict[int, Sequence[Row]] = {}
        for row in rows:
            number = row["id"]
            known = self.memory.get(f"story/{number}")
            if history or not isinstance(known, dict):
                found[number] = self.history(project, number)
            else:
                found[number] = [a for a in activities if number in feed.stories_of(a)]
        return found

    def history(self, project: int, number: int) -> list[Row]:
        """All that is still told of one story, oldest first."""
        found: dict[str, Row] = {}
        for page in range(_HISTORY_PAGES):
            try:
                rows = self._api.story_activity(project, number, len(found) if page else 0)
            except GoneError:
                break
            fresh = {feed.guid_of(row): row for row in rows or ()}
            if not fresh.keys() - found.keys():
                break
            found |= fresh
            if len(fresh) < 10:  # no service gives so few when there are more
                break
        return sorted(found.values(), key=lambda row: (feed.moment_of(row), feed.version_of(row)))

    def _prepare(self, project: int, rows: list[Row], told: Mapping[int, Sequence[Row]]) -> None:
        """Know the people and labels that these stories name."""
        people: list[object] = [row.get("requested_by_id") for row in rows]
        for row in rows:
            self.names.learn_labels(row.get("labels"))
            said = row.get("comments")
            comments = said if isinstance(said, list) else ()
            people += [c.get("person_id") for c in comments if isinstance(c, dict)]
        all_told = [activity for activities in told.values() for activity in activities]
        for activity in all_told:
            people += feed.people_of(activity)
        self.names.prepare_labels(project, labels_in(all_told))
        self.people.prepare(project, {number for number in people if type(number) is int})

    def _take(self, row: Row, activities: Sequence[Row]) -> None:
        number = row["id"]
        self.whole.add(number)
        try:
            ticket = self.full(row, activities)
        except ODD as error:
            self.builder.set_aside(str(number), why(error), row)
            return
        self._note_removed(number, [comment.key for comment in ticket.comments])
        self.builder.tickets.append(ticket)

    def one(self, row: Row) -> Ticket:
        """One story with all that is still told of it. Raises one of `ODD`."""
        project = row.get("project_id")
        told = self.history(project, row["id"]) if type(project) is int else []
        if type(project) is int:
            self._prepare(project, [row], {row["id"]: told})
            if self.names.project(project) is None:
                self.names.learn_project(self._api.project(project))
        return self.full(row, told)

    def full(self, row: Row, activities: Sequence[Row]) -> Ticket:
        """One story with what was told of it. Raises one of `ODD`."""
        events: list[Event] = []
        for activity in activities:
            events += self.teller.of(activity, row["id"])
        return self.reader.full(row, events)

    def _note_removed(self, number: int, shown: list[str]) -> None:
        """Comments that were there and are missing from the complete list are gone."""
        known = self.memory.get(f"story/{number}")
        before = known.get("comments", ()) if isinstance(known, dict) else ()
        for key in before:
            if key not in shown:
                self.builder.gone.append(Gone(str(number), Part.COMMENT, str(key)))
        self.memory.put(f"story/{number}", {"comments": shown})
