"""Booked time. REST tells only a total; GraphQL tells the single entries (API sheet, 5).

Where GraphQL is switched off or too old, what the total grew by since the last look is taken as an
entry (`total:N`), and what it shrank by is taken off the newest of these again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bridge.model import Person, TimeEntry
from connectors.errors import AccessError, SettingsError, TryAgainError
from connectors.gitlab import stamps
from connectors.gitlab.api import Api
from connectors.gitlab.people import person
from connectors.gitlab.refs import Ref
from connectors.marks import Marks
from connectors.toolkit.text import clean

DAY: Final = 86400
_KINDS: Final = {"issue": "issue", "merge request": "mergeRequest"}
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


@dataclass(frozen=True, slots=True)
class Log:
    """One row of a timesheet as GitLab keeps it: subtracting is a row of its own, below zero."""

    number: int
    at: str
    user: Person
    seconds: int
    summary: str

    def data(self) -> list[Any]:
        """As it is remembered."""
        return [self.number, self.at, self.user.id, self.user.login, self.user.name,
                self.seconds, self.summary]  # fmt: skip

    @classmethod
    def of(cls, data: Sequence[Any]) -> Log:
        """What was remembered."""
        number, at, user, login, name, seconds, summary = data
        return cls(number, at, Person(name, user, login), seconds, summary)

    @property
    def copied(self) -> tuple[Any, ...]:
        """What a copy of it in another issue has in common with it."""
        return (self.at, self.user.id, self.seconds, self.summary)


def are_told(api: Api) -> bool:
    """Whether this GitLab answers GraphQL at all."""
    try:
        api.graphql("query { currentUser { username } }", {})
    except (SettingsError, AccessError):
        return False
    return True


def of_item(api: Api, path: str, ref: Ref, kind: str) -> list[Log] | None:
    """All rows of an issue or a merge request; None where this GitLab does not tell them.

    Raises TryAgainError for a list that does not end.
    """
    field = _KINDS[kind]
    found: dict[int, Log] = {}
    after = None
    for _ in range(_PAGES):
        variables = {"path": path, "iid": str(ref.iid), "after": after}
        try:
            data = api.graphql(_QUERY % field, variables)
        except (SettingsError, AccessError):
            return None
        item = (data.get("project") or {}).get(field)
        if not isinstance(item, dict):
            return None
        logs = item.get("timelogs") or {}
        found |= {log.number: log for log in _logs(api, logs.get("nodes"))}
        info = logs.get("pageInfo") or {}
        if not info.get("hasNextPage"):
            return list(found.values())
        if info.get("endCursor") in (None, after):
            break
        after = info["endCursor"]
    raise TryAgainError(api.source, f"the time entries of {kind} {ref.key} do not come to an end")


def _logs(api: Api, nodes: Any) -> Iterator[Log]:
    if not isinstance(nodes, list):
        raise TryAgainError(api.source, "an answer of GitLab has no list of time entries")
    for node in nodes:
        user = node.get("user") or {}
        number, seconds = _number(node.get("id")), node.get("timeSpent")
        if number is None or type(seconds) is not int:
            raise TryAgainError(api.source, "a time entry of GitLab has no number or no seconds")
        account = _number(user.get("id"))
        who = person({**user, "id": account}) if account is not None else Person()
        yield Log(number, str(node.get("spentAt")), who, seconds, clean(node.get("summary")))


def _number(gid: Any) -> int | None:
    found = _GID.fullmatch(gid) if isinstance(gid, str) else None
    return None if found is None else int(found[1])


def entries(
    logs: Sequence[Log], marks: Marks, own: int, now: datetime, *, about: str = ""
) -> tuple[TimeEntry, ...]:
    """Rows as time entries; those that the bridge itself booked, by its account `own` and with its
    mark, are left out: everybody can copy a mark from a note (I5).

    A row below zero takes back from the newest entries before it, of its own user first, so that
    no entry is negative (H6). Raises ValueError for what cannot be true: more taken back than was
    booked, or more than a day in one row.
    """
    ordered = sorted(
        (log for log in logs if log.user.id != str(own) or marks.genuine(log.summary) is None),
        key=lambda log: log.number,
    )
    left = {log.number: log.seconds for log in ordered if log.seconds > 0}
    for log in ordered:
        if log.seconds < 0:
            _take_back(log, [o for o in ordered if o.seconds > 0], left)
    return tuple(
        _entry(log, left[log.number], now, about)
        for log in ordered
        if log.number in left and left[log.number] > 0
    )


def _take_back(taken: Log, booked: Sequence[Log], left: dict[int, int]) -> None:
    """Earlier rows give first; on a moved issue the order of numbers may be another."""
    rest = -taken.seconds
    order = sorted(
        booked,
        key=lambda log: (
            log.number < taken.number,
            log.user.id == taken.user.id,
            log.number,
        ),
        reverse=True,
    )
    for log in order:
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
        at = stamps.parse(log.at)
    except ValueError as error:
        raise ValueError(f"time entry {log.number}: {error}") from error
    if not stamps.EARLIEST <= at <= now + _AHEAD:
        raise ValueError(f"time entry {log.number}: its date {log.at} cannot be true")
    note = f"{about}: {log.summary}" if about and log.summary else about or log.summary
    return TimeEntry(f"timelog:{log.number}", at, log.user, seconds, note)


@dataclass(frozen=True, slots=True)
class Grown:
    """What a total grew by, look by look: (number, date-time, seconds)."""

    steps: tuple[tuple[int, str, int], ...] = ()
    given: int = 0
    """How many numbers were given so far."""

    def at_total(self, total: int, at: datetime) -> Grown:
        """With the total as it is now, first seen at an instant."""
        difference = total - sum(seconds for _, _, seconds in self.steps)
        if difference > 0:
            step = (self.given + 1, stamps.show(at), difference)
            return Grown((*self.steps, step), self.given + 1)
        steps = list(self.steps)
        while difference < 0 and steps:
            number, when, seconds = steps.pop()
            difference += seconds
            if difference > 0:
                steps.append((number, when, difference))
                difference = 0
        return Grown(tuple(steps), self.given)

    def entries(self, prefix: str, about: str) -> tuple[TimeEntry, ...]:
        """As time entries of nobody in particular."""
        return tuple(
            TimeEntry(f"{prefix}total:{number}", stamps.parse(at), Person(), seconds, about)
            for number, at, seconds in self.steps
        )

    def data(self) -> list[Any]:
        """As it is remembered."""
        return [self.steps, self.given]

    @classmethod
    def of(cls, data: Any) -> Grown:
        """What was remembered."""
        if not isinstance(data, list) or len(data) != 2:
            return cls()
        return cls(tuple((n, at, seconds) for n, at, seconds in data[0]), data[1])
