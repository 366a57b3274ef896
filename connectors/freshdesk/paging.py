"""Reading the list of tickets so that none is missed while people go on working (API sheet, 4).

Page numbers of a list that moves lose rows: a ticket that is edited leaves its place for the end,
and the row behind it slips to the page just read. So each page is asked for by the stamp of the
last row of the page before, inclusive, which also goes round the wall at page 300. Pages are
counted only where one second holds more tickets than a page (a bulk edit); there every page begins
with a row of the page before; where it does not, the second is read again from its beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from connectors.errors import TryAgainError
from connectors.freshdesk.api import LAST_PAGE, PAGE, Rows
from connectors.freshdesk.cursor import Place
from connectors.freshdesk.library import Row
from connectors.toolkit import stamps

Ask = Callable[[datetime, int, int], Rows]
"""(since, page, rows a page) → rows."""

_PATIENCE: Final = 20
"""How often one second may be begun again, because its rows moved away."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A page of the list: rows that can be placed, rows that cannot, the tool's own time, and
    whether it is the last."""

    rows: tuple[Row, ...]
    odd: tuple[Row, ...]
    now: datetime
    ended: bool


def place_of(row: Row) -> Place:
    """What tells two states of tickets apart: the id and the stamp."""
    return (row["id"], row["updated_at"])


def sort_out(found: Rows) -> Stretch:
    """Keep rows without a whole id or a believable stamp apart (H5)."""
    now = datetime.now(UTC)
    good: list[Row] = []
    odd: list[Row] = []
    for row in found.rows:
        try:
            if type(row.get("id")) is not int or row["id"] < 1:
                raise ValueError("no id")
            stamps.believable(row.get("updated_at"), now)
            good.append(row)
        except ValueError:
            odd.append(row)
    return Stretch(tuple(good), tuple(odd), found.now, not found.more)


def ascending(source: str, ask: Ask, start: datetime) -> Iterator[Stretch]:
    """Everything that changed since `start`, in order; the same row may come twice.

    Raises TryAgainError when the list does not come to an end.
    """
    since = start
    while True:
        found = sort_out(ask(since, 1, PAGE))
        last = _last(found, since)
        if found.ended or last > since:
            yield found
        if found.ended:
            return
        if last == since:
            ended = False
            for counted in _counted(source, ask, since, found):
                yield counted
                last, ended = _last(counted, last), counted.ended
            if ended:
                return
        since = last


def _last(found: Stretch, otherwise: datetime) -> datetime:
    last = max((row["updated_at"] for row in found.rows), default=None)  # stamps of one shape
    return otherwise if last is None else max(stamps.parse(last), otherwise)


def _counted(source: str, ask: Ask, since: datetime, first: Stretch) -> Iterator[Stretch]:
    """One second by page numbers, up to the page that leaves it, or ends the list. Its first page
    was read already."""
    for attempt in range(_PATIENCE):
        seen: set[Place] = set()
        consumed = 0
        while True:
            page, size = _next_page(consumed)
            if page > LAST_PAGE:
                raise TryAgainError(
                    source,
                    f"more than {LAST_PAGE * PAGE} tickets were last changed in one second, "
                    f"{stamps.show(since)}: Freshdesk gives no more of them",
                    "touch some of them in smaller groups, or wait until they change",
                )
            known = not attempt and not consumed
            found = first if known else sort_out(ask(since, page, size))
            places = [place_of(row) for row in found.rows]
            if consumed and places and places[0] not in seen:
                break  # rows left this second: others slipped to pages that were read
            yield found
            if found.ended or _last(found, since) > since:
                return
            seen |= set(places)
            consumed = (page - 1) * size + len(found.rows) + len(found.odd)
    raise TryAgainError(
        source,
        f"the tickets last changed at {stamps.show(since)} keep moving while they are read",
        "the next pass tries again",
    )


def _next_page(consumed: int) -> tuple[int, int]:
    """Page number and size of the page that begins with a row already read, and brings the most
    new ones: page sizes are free up to 100, positions are not."""
    if not consumed:
        return 1, PAGE
    sizes = range(PAGE, PAGE // 2, -1)
    best = max(sizes, key=lambda size: (consumed - 1) // size * size + size)
    return (consumed - 1) // best + 1, best
