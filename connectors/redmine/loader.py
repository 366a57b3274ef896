"""Making tickets: heads from list rows, whole ones from two requests each; what cannot be read is
set aside, what is proven to be gone is said, and what later polls need is remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.model import Part
from connectors.base import Context, Gone
from connectors.errors import AccessError, GoneError, TicketError, TryAgainError
from connectors.redmine import entries, identity
from connectors.redmine.api import Api, Row
from connectors.redmine.from_tool import ODD, Reader, why
from connectors.redmine.names import Names
from connectors.redmine.rights import Rights
from connectors.redmine.settings import RedmineSettings
from connectors.toolkit.http import Transport, is_too_large, status_of
from connectors.toolkit.page_builder import PageBuilder
from connectors.toolkit.state import SourceState


class TicketLoader:
    """What one pass has taken so far, and the page in the making."""

    def __init__(
        self, settings: RedmineSettings, context: Context, transport: Transport, api: Api
    ) -> None:
        self.memory = SourceState(context.recall)
        self.names = Names(api, self.memory)
        self.scope: frozenset[int] = frozenset()
        """The projects asked for, by id; empty: all."""
        self.complete: set[int] = set()
        """Issues read whole in this pass."""
        self.moved_to: set[int] = set()
        """Issues that time entries of others were moved to."""
        self.time_hidden = False
        """Whether time entries that are known were found to be hidden from the key."""
        self._window = settings.time_window
        self._context = context
        self._transport = transport
        self._api = api
        self._reader = Reader(context, settings.url, self.names)
        self._rights = Rights(api, self.names)
        self.builder = PageBuilder(transport, self.memory)

    def take_head(self, row: Row) -> None:
        """Take what a list row tells, at no further request."""
        if row["id"] in self.complete or self._foreign(row):
            return
        try:
            key = identity.key_of(row, self.memory)
            ticket = self._reader.head(row, key)
        except ODD as error:
            self.builder.set_aside(str(row["id"]), why(error), row)
        else:
            self._remember(row, key, None)
            self.builder.tickets.append(ticket)

    def take(self, number: int, row: Row | None = None) -> None:
        """Read one issue whole: two requests, whatever it holds."""
        raw = row or {"id": number}
        self.complete.add(number)
        try:
            raw = self._api.issue(number)
            if self._foreign(raw):
                return
            key = identity.key_of(raw, self.memory)
            booked, facts = self._booked(raw, key)
            ticket = self._reader.full(raw, key, booked)
        except GoneError:
            self._context.observe("gone", ticket=str(number))
        except TicketError as error:
            self.builder.set_aside(str(number), error.what, raw)
        except TryAgainError as error:
            if status_of(error) != 500 and not is_too_large(error):
                raise
            self.builder.set_aside(str(number), error.what, raw)
        except ODD as error:
            self.builder.set_aside(str(number), why(error), raw)
        else:
            self._remember(raw, key, facts)
            self.builder.tickets.append(ticket)

    def _booked(self, issue: Row, key: str) -> tuple[list[Row], dict[str, Any]]:
        """The issue's time entries, and what to remember of them. Those that are proven to be gone
        go into the builder; those that are only hidden are an error, and concluded from not."""
        known = self._known_time(issue)
        if "spent_hours" not in issue:
            self.time_hidden = self.time_hidden or bool(known)
            return [], known
        booked = entries.of_issue(self._api, issue["id"]) if issue["spent_hours"] or known else []
        facts = entries.facts(booked)
        for number in sorted(known.keys() - facts.keys(), key=int):
            if self._is_hidden(int(number), issue):
                self.time_hidden = True
                facts[number] = known[number]
            else:
                self.builder.gone.append(Gone(key, Part.TIME_ENTRY, number))
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
            self.moved_to.add(where)
        return entry is not None and where == issue["id"]

    def _known_time(self, issue: Row) -> dict[str, Any]:
        known = self.memory.get(f"issue/{issue['id']}")
        if not isinstance(known, dict) or known.get("born") != issue["created_on"]:
            return {}
        time = known.get("time")
        return time if isinstance(time, dict) else {}

    def _remember(self, issue: Row, key: str, facts: dict[str, Any] | None) -> None:
        number = issue["id"]
        before = self.memory.get(f"issue/{number}")
        self.memory.put(f"issue/{number}", identity.remembered(issue, key, facts, before))
        for month in sorted({entries.month_of(str(fact[1])) for fact in (facts or {}).values()}):
            known = self.memory.get(f"month/{month}") or []
            if number not in known:
                self.memory.put(f"month/{month}", sorted([*known, number]))

    def _foreign(self, row: Row) -> bool:
        """Whether it lies in a project that nobody asked for (C3)."""
        project = (row.get("project") or {}).get("id")
        return bool(self.scope) and project not in self.scope

    def compared(self, scope: tuple[int, ...]) -> set[int]:
        """Issues whose time entries within the window differ from what is remembered."""
        today = datetime.now(UTC).date()
        first = (today - self._window).replace(day=1)
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
            for number in self.memory.get(f"month/{month}") or ()
        }
        return {
            number
            for number in booked | shown.keys()
            if self._within(number, first.isoformat()) != shown.get(number, {})
            and (number in shown or not self._elsewhere(number))
        }

    def _elsewhere(self, number: int) -> bool:
        """Whether an issue lay in a project that is not read, or no longer answers."""
        known = self.memory.get(f"issue/{number}")
        project = known.get("project") if isinstance(known, dict) else None
        return bool(self.scope) and project is not None and project not in self.scope

    def _within(self, number: int, first: str) -> dict[str, Any]:
        known = self.memory.get(f"issue/{number}")
        time = known.get("time", {}) if isinstance(known, dict) else {}
        return {key: fact for key, fact in time.items() if str(fact[1]) >= first}
