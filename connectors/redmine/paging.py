"""Reading Redmine's lists, of issues and of time entries, so that nothing is missed while people go
on working (docs/redmine.md, 2 and 4).

Filters are written in their long form, `f[]`, `op[NAME]`, `v[NAME][]`: the short form takes one
project only, and is ignored as soon as one `f[]` is there. Filters that Redmine does not know are
ignored too, and everything is the answer: only names that every version from 5.0 on has are used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from connectors.redmine.api import PAGE, Api
from connectors.redmine.cursor import EntryMark
from connectors.toolkit import stamps
from connectors.toolkit.paging import by_offset, sort_out
from connectors.toolkit.rows import Row

Params = list[tuple[str, str]]
Scope = Sequence[int]
"""Ids of projects; empty: all."""
Ask = Callable[[Params, int], tuple[list[Row], int, int]]
"""(parameters, offset) → rows, page size used, total."""
Since = Callable[[datetime], Params]
"""The filters for what changed since an instant."""

STAMP: Final = "updated_on"
_RENEW: Final = 2000
"""Offsets beyond this make the tool's database count; the walk then starts from the stamp."""
_OVERLAP: Final = timedelta(seconds=60)
"""A slow transaction shows a time entry late with an earlier creation."""
_PROBE: Final = 25


def issues(scope: Scope, since: datetime, *, status: str = "*") -> Params:
    """Issues changed since an instant (`>=`: the only safe bound); `status`: "*" all, "o" open."""
    return [
        *_filter("status_id", status),
        *_filter(STAMP, ">=", stamps.show(since)),
        *_projects(scope),
    ]


def time_entries(scope: Scope, days: tuple[date, date] | None = None) -> Params:
    """Time entries; with `days`, those whose work lies between the two, the last included."""
    between = [] if days is None else _filter("spent_on", "><", *(d.isoformat() for d in days))
    return [*between, *_projects(scope)]


def _projects(scope: Scope) -> Params:
    return _filter("project_id", "=", *(str(number) for number in scope)) if scope else []


def _filter(name: str, operator: str, *values: str) -> Params:
    return [("f[]", name), (f"op[{name}]", operator), *((f"v[{name}][]", v) for v in values)]


# -- issues ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stretch:
    """A page of the list: rows that can be placed, rows that cannot, whether it is the last."""

    rows: tuple[Row, ...]
    odd: tuple[Row, ...]
    ended: bool


def place_of(row: Row) -> tuple[int, str]:
    """What tells two states of issues apart: the id and the stamp."""
    return (row["id"], row[STAMP])


def newest(ask: Ask, since: Since, start: datetime, now: datetime) -> tuple[Stretch, int]:
    """What changed since `start`, newest first as far as one page goes, and how many there are."""
    rows, _, total = ask([*since(start), ("sort", "updated_on:desc,id:desc")], 0)
    found = sort_out(rows[::-1], STAMP, now)
    return Stretch(found.rows, found.odd, ended=len(rows) >= total), total


def ascending(
    source: str, ask: Ask, since: Since, start: datetime, now: datetime
) -> Iterator[Stretch]:
    """Everything that changed since `start`, in order; the same row may come twice.

    Raises TryAgainError when the list does not come to an end.
    """
    position = last = start
    while True:
        params = [*since(position), ("sort", "updated_on,id")]
        for page in by_offset(source, partial(_page, ask, params), _any_place):
            found = sort_out(page.rows, STAMP, now)
            yield Stretch(found.rows, found.odd, page.ended)
            if page.ended:
                return
            if found.rows:
                last = max(last, stamps.parse(found.rows[-1][STAMP]))
            if page.next >= _RENEW and last > position:
                break
        position = last


def _page(ask: Ask, params: Params, offset: int) -> tuple[list[Row], bool]:
    rows, limit, total = ask(params, offset)
    return rows, len(rows) < limit and offset + len(rows) >= total


def _any_place(row: Row) -> tuple[str, str]:
    return (str(row.get("id")), str(row.get(STAMP)))


# -- time entries ---------------------------------------------------------------------------------


def arrivals(
    api: Api, scope: Scope, mark: EntryMark | None, since: datetime, now: datetime
) -> tuple[set[int], EntryMark, bool]:
    """Issues that got time entries since `mark` (without one: since `since`), the new mark, and
    whether the number of entries says that others went. One request when nothing is new."""
    floor = stamps.parse(mark.stamp) - _OVERLAP if mark else since
    known = frozenset(mark.ids) if mark else frozenset()
    seen: dict[int, datetime] = {}
    found: set[int] = set()
    total = 0
    for rows, count in _newest_first(api, scope):
        total = count
        young = [(row, at) for row in rows if (at := _logged(row, now)) >= floor]
        seen |= {int(row["id"]): at for row, at in young}
        found |= {n for row, _ in young if int(row["id"]) not in known for n in issue_of(row)}
        if len(young) < len(rows):
            break
    reached = max([*seen.values(), stamps.parse(mark.stamp) if mark else since])
    ids = tuple(sorted(n for n, at in seen.items() if at >= reached - _OVERLAP))
    odd = mark is not None and total != mark.total + len(seen.keys() - known)
    return found, EntryMark(stamps.show(reached), ids, total), odd


def of_issue(api: Api, source: str, number: int) -> list[Row]:
    """All entries of one issue that the account sees, each once."""
    rows = _entries(api, source, [("issue_id", str(number))])
    return list({int(row["id"]): row for row in rows if number in issue_of(row)}.values())


def window(api: Api, source: str, scope: Scope, first: date, last: date) -> Iterator[Row]:
    """Every entry whose work lies between two days, the last included; some may come twice."""
    return _entries(api, source, time_entries(scope, (first, last)))


def issue_of(row: Row) -> set[int]:
    """The number of the issue that a time entry is of, if it is of one."""
    issue = row.get("issue")
    number = issue.get("id") if isinstance(issue, dict) else None
    return {number} if type(number) is int else set()


def _entries(api: Api, source: str, query: Params) -> Iterator[Row]:
    def ask(params: Params, offset: int) -> tuple[list[Row], int, int]:
        return api.time_entries(params, offset=offset)

    params = [*query, ("sort", "created_on")]
    for page in by_offset(source, partial(_page, ask, params), lambda row: row["id"]):
        yield from page.fresh


def _newest_first(api: Api, scope: Scope) -> Iterator[tuple[list[Row], int]]:
    params = [*time_entries(scope), ("sort", "created_on:desc")]
    rows, limit, total = api.time_entries(params, limit=_PROBE)
    offset = 0
    while rows:
        yield rows, total
        offset += max(len(rows) - 1, 0)
        if len(rows) < limit and offset + 1 >= total:
            return
        # The last row again: entries deleted meanwhile pull the rest along.
        rows, limit, _ = api.time_entries(params, offset=offset, limit=PAGE)
        if len(rows) <= 1:
            return
    yield rows, total


def _logged(row: Row, now: datetime) -> datetime:
    try:
        return stamps.parse(row.get("created_on"))
    except ValueError:
        return now
