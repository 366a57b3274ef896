"""Time entries: Redmine tells nobody when one is edited, moved or deleted (API sheet, 4).

New ones are found newest first. That some were deleted shows in their number. Edited and moved ones
are found by comparing a window of days with what is remembered, in a full pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from connectors.redmine import query
from connectors.redmine.api import PAGE, Api, Row
from connectors.redmine.cursor import EntryMark
from connectors.toolkit import stamps

Scope = Sequence[int]
_OVERLAP: Final = timedelta(seconds=60)
"""A slow transaction shows an entry late with an earlier creation."""
_PROBE: Final = 25


def arrivals(
    api: Api, scope: Scope, mark: EntryMark | None, since: datetime
) -> tuple[set[int], EntryMark, bool]:
    """Issues that got time entries since `mark` (without one: since `since`), the new mark, and
    whether the number of entries says that others went. One request when nothing is new."""
    floor = stamps.parse(mark.stamp) - _OVERLAP if mark else since
    known = frozenset(mark.ids) if mark else frozenset()
    seen: dict[int, datetime] = {}
    issues: set[int] = set()
    total = 0
    for rows, count in _newest_first(api, scope):
        total = count
        young = [row for row in rows if _at(row) >= floor]
        seen |= {int(row["id"]): _at(row) for row in young}
        issues |= {n for row in young if int(row["id"]) not in known for n in _issue(row)}
        if len(young) < len(rows):
            break
    newest = max([*seen.values(), stamps.parse(mark.stamp) if mark else since])
    ids = tuple(sorted(n for n, at in seen.items() if at >= newest - _OVERLAP))
    odd = mark is not None and total != mark.total + len(seen.keys() - known)
    return issues, EntryMark(stamps.show(newest), ids, total), odd


def of_issue(api: Api, number: int) -> list[Row]:
    """All entries of one issue that the account sees, each once."""
    found: dict[int, Row] = {}
    offset = 0
    while True:
        params = [("issue_id", str(number)), ("sort", "created_on")]
        rows, limit, total = api.time_entries(params, offset=offset)
        found |= {int(row["id"]): row for row in rows if number in _issue(row)}
        offset += len(rows)
        if not rows or (len(rows) < limit and offset >= total):
            return list(found.values())


def window(api: Api, scope: Scope, first: date, last: date) -> Iterator[Row]:
    """Every entry whose work lies between two days, the last included; some may come twice."""
    offset = 0
    params = [*query.time_entries(scope, (first, last)), ("sort", "created_on")]
    while True:
        rows, limit, total = api.time_entries(params, offset=offset)
        yield from rows
        if not rows or (len(rows) < limit and offset + len(rows) >= total):
            return
        offset += max(len(rows) - 1, 1)


def facts(rows: list[Row]) -> dict[str, list[Any]]:
    """What is remembered of entries, to see later that one was edited or is gone."""
    return {
        str(row["id"]): [row.get("hours"), row.get("spent_on"), (row.get("user") or {}).get("id")]
        for row in rows
    }


def month_of(day: str) -> str:
    """The month of an ISO day, by which issues with time in it are remembered."""
    return day[:7]


def months(first: date, last: date) -> Iterator[str]:
    """All months from one day to another."""
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        yield f"{year:04d}-{month:02d}"
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _newest_first(api: Api, scope: Scope) -> Iterator[tuple[list[Row], int]]:
    params = [*query.time_entries(scope), ("sort", "created_on:desc")]
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


def _at(row: Row) -> datetime:
    try:
        return stamps.parse(row.get("created_on"))
    except ValueError:
        return datetime.now(UTC)


def _issue(row: Row) -> set[int]:
    issue = row.get("issue")
    number = issue.get("id") if isinstance(issue, dict) else None
    return {number} if type(number) is int else set()
