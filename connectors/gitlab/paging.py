"""Reading the list of issues so that none is missed while people go on working (API sheet, 1.4).

By keyset where the server has it. Elsewhere always the first page from a stamp on, oldest first: an
issue that is edited meanwhile goes to the end and is met there, and nothing shifts, because no page
number is ever used. Only when more than a page shares one stamp (a bulk edit) that stamp is read by
page numbers, forwards and then backwards: issues that leave it pull the others towards pages that
are still to come.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from connectors.errors import SourceError, TryAgainError
from connectors.gitlab import stamps
from connectors.gitlab.api import PAGE, Api, Page, Part, Row
from connectors.toolkit.http import status_of

_ORDER: Final = {"order_by": "updated_at", "sort": "asc", "scope": "all"}
_MOST: Final = 10_000
"""Pages of one stamp; more is no bulk edit (H4)."""


def newest(api: Api, part: Part, start: datetime | None) -> Page:
    """What changed since `start`, newest first, as far as one page goes."""
    since = {} if start is None else {"updated_after": stamps.show(start)}
    return api.first(
        f"/{part.name}/issues", order_by="updated_at", sort="desc", scope="all", **since
    )


def opened_last(api: Api, part: Part) -> Iterator[Row]:
    """The issues of a part, those that were opened last first."""
    return api.rows(f"/{part.name}/issues", order_by="created_at", sort="desc", scope="all")


def ascending(
    api: Api, part: Part, start: datetime | None, *, keyset: bool, state: str = "all"
) -> Iterator[list[Row]]:
    """Everything that changed since `start`, oldest first; the same row may come twice.

    Without `keyset` by stamps. Raises a SourceError of status 405, before the first row, where the
    server has no keyset for this list.
    """
    path = f"/{part.name}/issues"
    query = {**_ORDER, "state": state}
    if not keyset:
        yield from _by_stamps(api, path, query, start)
        return
    since = {} if start is None else {"updated_after": stamps.show(start)}
    rows = api.rows(path, pagination="keyset", **query, **since)
    while batch := list(islice(rows, PAGE)):
        yield batch


def merge_requests(api: Api, part: Part, start: datetime) -> Iterator[list[Row]]:
    """The merge requests that changed since `start`: one request when few did."""
    path = f"/{part.name}/merge_requests"
    query = {**_ORDER, "state": "all"}
    yield from _by_stamps(api, path, query, start)


def lacks_keyset(error: SourceError) -> bool:
    """Whether the server said that this list cannot be paged by keyset."""
    return status_of(error) == 405


def _by_stamps(
    api: Api, path: str, query: dict[str, str], start: datetime | None
) -> Iterator[list[Row]]:
    position = start
    while True:
        since = {} if position is None else {"updated_after": stamps.show(position)}
        page = api.first(path, **query, **since)
        yield page.rows
        if not page.more:
            return
        last = _last(page.rows)
        if last is None or (position is not None and last < position):
            raise TryAgainError(
                api.source,
                "the list of issues is not in the order that was asked for",
                "is something between the bridge and GitLab caching pages?",
            )
        if position is None or last > position:
            position = last
        elif position > stamps.LATEST:
            return
        else:
            yield from _of_stamp(api, path, query, position)
            position += stamps.STEP


def _of_stamp(api: Api, path: str, query: dict[str, str], stamp: datetime) -> Iterator[list[Row]]:
    within = {
        **query,
        "updated_after": stamps.show(stamp),
        "updated_before": stamps.show(stamp + stamps.STEP),
    }
    pages = 0
    while pages < _MOST:
        pages += 1
        page = api.first(path, page=pages, **within)
        yield page.rows
        if not page.more:
            break
    for number in range(pages - 1, 0, -1):
        yield api.first(path, page=number, **within).rows


def _last(rows: list[Row]) -> datetime | None:
    """The newest stamp of a page, believable or not: it only says where the next page begins."""
    found: list[datetime] = []
    for row in rows:
        with contextlib.suppress(ValueError):
            found.append(stamps.parse(row.get("updated_at")))
    return max(found, default=None)
