"""Making tickets: heads from list rows, whole ones from two requests each; what is proven to be
gone is said, and what later polls need is remembered: of each issue birth, key, project and time.

Which ticket a number stands for: on SQLite the number of a deleted last issue is used again by the
next one (docs/redmine.md, 1.13). The second ticket must not inherit the first one's approvals and
hours: it gets a key of its own, `NUMBER@CREATED`, and the first one's is then a deleted ticket.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, Final

from bridge.model import Part, Ticket
from connectors.base import Context, Gone
from connectors.errors import AccessError, GoneError
from connectors.redmine import paging
from connectors.redmine.api import Api
from connectors.redmine.from_tool import Reader
from connectors.redmine.names import Names
from connectors.redmine.settings import RedmineSettings
from connectors.toolkit.http import status_of, unless
from connectors.toolkit.poll import Poll
from connectors.toolkit.rows import Row, number_of
from connectors.toolkit.state import SourceState

_AHEAD: Final = timedelta(days=366)
"""So far into the future work may be booked."""
Facts = dict[str, list[Any]]
"""What is remembered of time entries, by id: hours, day, and whose they are."""


class TicketLoader:
    """What one pass has taken so far, beside the page in the making (`poll.builder`)."""

    def __init__(self, settings: RedmineSettings, context: Context, api: Api, poll: Poll) -> None:
        self.poll = poll
        self.state = poll.state
        self.names = Names(api, poll.state)
        self.scope: frozenset[int] = frozenset()
        """The projects asked for, by id; empty: all."""
        self.complete: set[int] = set()
        """Issues read whole in this pass."""
        self.moved_to: set[int] = set()
        """Issues that time entries of others were moved to."""
        self.time_hidden = False
        """Whether time entries that are known were found to be hidden from the key."""
        self._window = settings.time_window
        self._source = context.name
        self._api = api
        self._reader = Reader(context, settings.url, self.names)

    def take_head(self, row: Row) -> None:
        """Take what a list row tells, at no further request."""
        if row["id"] in self.complete or self._foreign(row):
            return
        with self.poll.loader.one(str(row["id"]), row):
            key = key_of(row, self.state)
            ticket = self._reader.head(row, key)
            self._remember(row, key, None)
            self.poll.builder.tickets.append(ticket)

    def take(self, number: int, row: Row | None = None) -> None:
        """Read one issue whole: two requests, whatever it holds."""
        self.complete.add(number)
        with self.poll.loader.one(str(number), row or {"id": number}) as reading:
            raw = reading.got(self._api.issue(number))
            if self._foreign(raw):
                return
            key = key_of(raw, self.state)
            booked, known, gone = self._booked(raw, key)
            ticket = self._reader.full(raw, key, booked)
            self._remember(raw, key, known)
            self.poll.builder.gone += gone
            self.poll.builder.tickets.append(ticket)

    def fetched(self, key: str) -> Ticket:
        """One ticket, whole, outside of a pass. Raises GoneError, and what `ODD` names."""
        issue = same_issue(self._source, key, self._api, self.state)
        number = issue["id"]
        booked = issue.get("spent_hours")
        rows = paging.of_issue(self._api, self._source, number) if booked else []
        return self._reader.full(issue, key, rows)

    def _booked(self, issue: Row, key: str) -> tuple[list[Row], Facts, list[Gone]]:
        """The issue's time entries, what to remember of them, and those that are proven to be
        gone. Those that are only hidden are an error, and concluded from not."""
        number = issue["id"]
        known = _time_of(self._known(number), issue["created_on"])
        if "spent_hours" not in issue:
            self.time_hidden = self.time_hidden or bool(known)
            return [], known, []
        asked = issue["spent_hours"] or known
        booked = paging.of_issue(self._api, self._source, number) if asked else []
        facts, gone = facts_of(booked), []
        for entry in sorted(known.keys() - facts.keys(), key=int):
            if self._is_hidden(int(entry), issue):
                self.time_hidden = True
                facts[entry] = known[entry]
            else:
                gone.append(Gone(key, Part.TIME_ENTRY, entry))
        return booked, facts, gone

    def _is_hidden(self, number: int, issue: Row) -> bool:
        """Whether an entry that the list of its issue lacks is only hidden from us there, rather
        than deleted or moved; the issue it was moved to is noted."""
        try:
            entry = self._api.time_entry(number)
        except AccessError as error:
            if status_of(error) != 403:
                raise
            granted = self.names.rights(issue["project"]["id"])
            return granted is None or granted.time != "all"
        where = None if entry is None else (entry.get("issue") or {}).get("id")
        if isinstance(where, int) and where != issue["id"]:
            self.moved_to.add(where)
        return entry is not None and where == issue["id"]

    def _foreign(self, row: Row) -> bool:
        """Whether it lies in a project that nobody asked for (C3)."""
        project = (row.get("project") or {}).get("id")
        return bool(self.scope) and project not in self.scope

    # -- what is remembered -------------------------------------------------------------------

    def _known(self, number: int) -> Row:
        known = self.state.get(f"issue/{number}")
        return known if isinstance(known, dict) else {}

    def _remember(self, issue: Row, key: str, time: Facts | None) -> None:
        """Keep birth, key and project, and the time entries where they were read (`time`)."""
        number, born = issue["id"], issue["created_on"]
        booked = _time_of(self._known(number), born) if time is None else time
        project = (issue.get("project") or {}).get("id")
        known = {"born": born, "key": key, "project": project}
        self.state.put(f"issue/{number}", known | ({"time": booked} if booked else {}))
        for month in sorted({str(fact[1])[:7] for fact in (time or {}).values()}):
            numbers = self.state.get(f"month/{month}") or []
            if number not in numbers:
                self.state.put(f"month/{month}", sorted([*numbers, number]))

    def compared(self, scope: tuple[int, ...]) -> set[int]:
        """Issues whose time entries within the window differ from what is remembered."""
        today = self.poll.now().date()
        first = (today - self._window).replace(day=1)
        shown = unless((403,), lambda: self._shown(scope, first, today + _AHEAD))
        if shown is None:
            return set()
        booked = {
            number
            for month in _months(first, today)
            for number in self.state.get(f"month/{month}") or ()
        }
        return {
            number
            for number in booked | shown.keys()
            if self._within(number, first.isoformat()) != shown.get(number, {})
            and (number in shown or not self._elsewhere(number))
        }

    def _shown(self, scope: tuple[int, ...], first: date, last: date) -> dict[int, Facts]:
        shown: dict[int, Facts] = {}
        for row in paging.window(self._api, self._source, scope, first, last):
            for number in paging.issue_of(row):
                shown.setdefault(number, {}).update(facts_of([row]))
        return shown

    def _elsewhere(self, number: int) -> bool:
        """Whether an issue lay in a project that is not read, or no longer answers."""
        project = self._known(number).get("project")
        return bool(self.scope) and project is not None and project not in self.scope

    def _within(self, number: int, first: str) -> Facts:
        time: Facts = self._known(number).get("time") or {}
        return {key: fact for key, fact in time.items() if str(fact[1]) >= first}


def facts_of(rows: Iterable[Row]) -> Facts:
    """What is remembered of entries, to see later that one was edited or is gone."""
    return {
        str(row["id"]): [row.get("hours"), row.get("spent_on"), (row.get("user") or {}).get("id")]
        for row in rows
    }


def _time_of(known: Row, born: str) -> Facts:
    """The time entries that are known of an issue, if it is the one that was born then."""
    time = known.get("time") if known.get("born") == born else None
    return time if isinstance(time, dict) else {}


def _months(first: date, last: date) -> Iterator[str]:
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        yield f"{year:04d}-{month:02d}"
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


# -- which ticket a number stands for --------------------------------------------------------------


def key_of(issue: Row, state: SourceState) -> str:
    """The key of an issue: its number, unless that number belonged to another ticket before."""
    number, born = str(issue["id"]), str(issue["created_on"])
    known = state.get(f"issue/{number}")
    if not isinstance(known, dict):
        return number
    if known.get("born") == born:
        return str(known.get("key", number))
    return f"{number}@{_compact(born)}"


def same_issue(
    source: str, key: str, api: Api, state: SourceState, include: str = "journals,children"
) -> Row:
    """The issue of a ticket. Raises GoneError, also when its number is another ticket's now."""
    issue = api.issue(number_of(source, key.partition("@")[0], "a Redmine"), include)
    known = state.get(f"issue/{issue['id']}")
    if "@" in key:
        same = key.partition("@")[2] == _compact(str(issue["created_on"]))
    else:
        same = not isinstance(known, dict) or (
            known.get("born") == issue["created_on"] and known.get("key", key) == key
        )
    if not same:
        what = f"deleted: Redmine has given number {issue['id']} to another issue since"
        raise GoneError(source, key, what)
    return issue


def _compact(stamp: str) -> str:
    return stamp.replace("-", "").replace(":", "")
