"""Booked time. REST tells only a total; GraphQL tells the single entries (docs/gitlab.md, 5).

Where GraphQL is switched off or too old, what the total grew by since the last look is taken as an
entry (`total:N`), and what it shrank by is taken off the newest of these again. What is remembered
of an issue says which entries were told before, so that one that is gone is told too; and it
bridges the time in which GraphQL does not answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from bridge.model import Person, TimeEntry
from connectors.base import Context
from connectors.errors import TryAgainError
from connectors.gitlab import fields
from connectors.gitlab.api import STAMP, Api, Ref
from connectors.gitlab.from_tool import believable
from connectors.marks import Marks
from connectors.toolkit import stamps
from connectors.toolkit.rows import Row, object_of, rows_of
from connectors.toolkit.state import SourceState
from connectors.toolkit.text import clean

DAY: Final = 86400
_SPENT: Final = "total_time_spent"
_QUERY: Final = """
query($path: ID!, $iid: String!, $after: String) {
  project(fullPath: $path) {
    %s(iid: $iid) {
      timelogs(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { id timeSpent spentAt summary user { id username name } }
      }
    }
  }
}"""
_GID: Final = re.compile(r"gid://gitlab/\w{1,40}/([1-9][0-9]{0,17})")
_PAGES: Final = 200
_AHEAD: Final = timedelta(days=366)


class Log(NamedTuple):
    """One row of a timesheet as GitLab keeps it: subtracting is a row of its own, below zero."""

    number: int
    at: str
    user: str | None
    login: str | None
    name: str
    seconds: int
    summary: str

    @property
    def copied(self) -> tuple[Any, ...]:
        """What a copy of it in another issue has in common with it."""
        return (self.at, self.user, self.seconds, self.summary)


class Grown(NamedTuple):
    """What a total grew by, look by look, (number, date-time, seconds), and how many numbers were
    given so far."""

    steps: tuple[tuple[int, str, int], ...] = ()
    given: int = 0

    @property
    def seconds(self) -> int:
        """All of it."""
        return sum(seconds for _, _, seconds in self.steps)

    def at_total(self, total: int, at: datetime) -> Grown:
        """With the total as it is now, first seen at an instant."""
        difference = total - self.seconds
        if difference > 0:
            step = (self.given + 1, stamps.show_ms(at), difference)
            return Grown((*self.steps, step), self.given + 1)
        steps = list(self.steps)
        while difference < 0 and steps:
            number, when, seconds = steps.pop()
            difference += seconds
            if difference > 0:
                steps.append((number, when, difference))
                difference = 0
        return Grown(tuple(steps), self.given)

    def entries(self, prefix: str, about: str) -> Iterator[TimeEntry]:
        """As time entries of nobody in particular."""
        for number, at, seconds in self.steps:
            when = stamps.parse_ms(at)
            yield TimeEntry(f"{prefix}total:{number}", when, Person(), seconds, about)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of an issue or a merge request, and what its total grew by beyond them."""

    logs: tuple[Log, ...] = ()
    grown: Grown = field(default_factory=Grown)

    @property
    def seconds(self) -> int:
        """All of it."""
        return sum(log.seconds for log in self.logs) + self.grown.seconds

    def data(self) -> dict[str, Any]:
        """As it is remembered."""
        return {"logs": self.logs, "grown": self.grown}

    @classmethod
    def of(cls, data: Any) -> Sheet:
        """What was remembered; nothing where that cannot be read."""
        if not isinstance(data, dict):
            return cls()
        steps, given = data.get("grown") or ((), 0)
        logs = tuple(Log(*item) for item in data.get("logs") or ())
        return cls(logs, Grown(tuple((n, at, seconds) for n, at, seconds in steps), given))


class Timesheets:
    """Reads booked time for one pass."""

    def __init__(self, context: Context, api: Api, state: SourceState) -> None:
        self._context = context
        self._api = api
        self._state = state
        self._without_graphql = False

    def of_head(self, row: Row) -> Sheet:
        """What a list row tells: the total that was reached when it was last changed."""
        at = believable(row.get(STAMP), self._context.clock())
        return Sheet((), Grown().at_total(fields.time_of(row, _SPENT), at))

    def read(self, row: Row, kind: str, known: Sheet) -> Sheet:
        """The sheet of an issue or merge request (`kind` is "issue" or "mergeRequest") as it is
        now. Nothing is asked where nothing is booked and nothing was."""
        total = fields.time_of(row, _SPENT)
        if not (total or known.logs or known.grown.steps):
            return known
        at = believable(row.get(STAMP), self._context.clock())
        logs = self._ask(row, kind)
        if logs is not None:
            return Sheet(tuple(logs), Grown((), known.grown.given))
        base = sum(log.seconds for log in known.logs)
        if base > total:  # rows that are known were changed, and GraphQL does not say which
            return Sheet((), known.grown.at_total(total, at))
        return Sheet(known.logs, known.grown.at_total(total - base, at))

    def _ask(self, row: Row, kind: str) -> list[Log] | None:
        path = fields.project_path(row)
        if path is None or self._without_graphql:
            return None
        logs = logs_of(self._api, path, Ref.of(row), kind)
        if logs is None:
            self._without_graphql = True
            reason = "single time entries are not told (GraphQL): totals are compared instead"
            self._context.observe("degraded", reason=reason)
        return logs

    def entries(self, ref: Ref, number: int, own: Sheet) -> tuple[TimeEntry, ...]:
        """All that counts for an issue, of which `number` is the global one: its own rows, and
        those of merge requests that count for it. Raises ValueError for time that cannot be
        true."""
        booked = [*self._of_sheet(self._without_copies(number, own), "", "")]
        for merge in self._state.get(f"merged/{ref.key}") or ():
            known = self._state.get(f"mr/{merge}") or {}
            if known.get("issue") == ref.key:
                sheet, about = Sheet.of(known.get("sheet")), str(known.get("about") or "")
                booked += self._of_sheet(sheet, f"{merge}:", about)
        return tuple(booked)

    def _of_sheet(self, sheet: Sheet, prefix: str, about: str) -> Iterator[TimeEntry]:
        now, own = self._context.clock(), str(self._api.account["id"])
        yield from entries(sheet.logs, self._context.marks, own, now, about=about)
        yield from sheet.grown.entries(prefix, about)

    def _without_copies(self, number: int, own: Sheet) -> Sheet:
        """A moved issue gets copies of the rows of the one it was before. They were booked there,
        and count there."""
        before = self._state.get(f"moved/{number}")
        if not isinstance(before, str):
            return own
        old = Sheet.of((self._state.get(f"issue/{before}") or {}).get("sheet"))
        copies = Counter(log.copied for log in old.logs)
        left = []
        for log in own.logs:
            if copies[log.copied] > 0:
                copies[log.copied] -= 1
            else:
                left.append(log)
        grown = own.grown
        if grown.steps and not own.logs:
            grown = grown.at_total(max(0, grown.seconds - old.seconds), stamps.EARLIEST)
        return Sheet(tuple(left), grown)


# -- GraphQL ---------------------------------------------------------------------------------------


def logs_of(api: Api, path: str, ref: Ref, kind: str) -> list[Log] | None:
    """All rows of an issue or a merge request; None where this GitLab does not tell them.

    Raises TryAgainError for a list that does not end.
    """
    by_number: dict[int, Log] = {}
    after = None
    for _ in range(_PAGES):
        variables = {"path": path, "iid": str(ref.iid), "after": after}
        data = api.graphql(_QUERY % kind, variables) or {}
        item = (data.get("project") or {}).get(kind)
        if not isinstance(item, dict):
            return None
        logs = item.get("timelogs") or {}
        nodes = rows_of(api.source, logs.get("nodes"), "time entries")
        by_number |= {log.number: log for log in (_log(api.source, node) for node in nodes)}
        info = logs.get("pageInfo") or {}
        if not info.get("hasNextPage"):
            return list(by_number.values())
        if info.get("endCursor") in (None, after):
            break
        after = info["endCursor"]
    raise TryAgainError(api.source, f"the time entries of {kind} {ref.key} do not come to an end")


def _log(source: str, node: Row) -> Log:
    number, seconds = _number(node.get("id")), node.get("timeSpent")
    if number is None or type(seconds) is not int:
        raise TryAgainError(source, "a time entry of GitLab has no number or no seconds")
    user = object_of(source, node.get("user") or {}, "user")
    who = fields.person({**user, "id": _number(user.get("id"))})
    summary = clean(node.get("summary"))
    return Log(number, str(node.get("spentAt")), who.id, who.login, who.name, seconds, summary)


def _number(gid: Any) -> int | None:
    parts = _GID.fullmatch(gid) if isinstance(gid, str) else None
    return None if parts is None else int(parts[1])


def entries(
    logs: Sequence[Log], marks: Marks, own: str, now: datetime, *, about: str = ""
) -> Iterator[TimeEntry]:
    """Rows as time entries; those that the bridge itself booked, by its account `own` and with its
    mark, are left out: everybody can copy a mark from a note (I5).

    A row below zero takes back from the newest entries before it, of its own user first, so that
    no entry is negative (H6). Raises ValueError for what cannot be true: more taken back than was
    booked, or more than a day in one row.
    """
    ordered = sorted(log for log in logs if log.user != own or marks.genuine(log.summary) is None)
    left = {log.number: log.seconds for log in ordered if log.seconds > 0}
    for log in ordered:
        if log.seconds < 0:
            _take_back(log, [other for other in ordered if other.seconds > 0], left)
    for log in ordered:
        if left.get(log.number, 0) > 0:
            yield _entry(log, left[log.number], now, about)


def _take_back(taken: Log, booked: Sequence[Log], left: dict[int, int]) -> None:
    """Earlier rows give first; on a moved issue the order of numbers may be another."""

    def order(log: Log) -> tuple[bool, bool, int]:
        return log.number < taken.number, log.user == taken.user, log.number

    rest = -taken.seconds
    for log in sorted(booked, key=order, reverse=True):
        part = min(rest, left[log.number])
        left[log.number] -= part
        rest -= part
    if rest:
        raise ValueError(f"time entry {taken.number} takes back more than was booked")


def _entry(log: Log, seconds: int, now: datetime, about: str) -> TimeEntry:
    if seconds > DAY:
        raise ValueError(
            f"time entry {log.number} is of {seconds // 3600} hours, more than a day: "
            "a number without its unit counts as hours in GitLab"
        )
    try:
        at = stamps.parse_ms(log.at)
    except ValueError as error:
        raise ValueError(f"time entry {log.number}: {error}") from error
    if not stamps.EARLIEST <= at <= now + _AHEAD:
        raise ValueError(f"time entry {log.number}: its date {log.at} cannot be true")
    note = f"{about}: {log.summary}" if about and log.summary else about or log.summary
    who = Person(log.name, log.user, log.login)
    return TimeEntry(f"timelog:{log.number}", at, who, seconds, note)
