"""Reading lists that move while they are read, so that none of their rows is missed.

Whatever a list is sorted by, a row that is edited or deleted leaves its place, and those behind it
slip towards pages that were read: an offset then points too far. So every page begins with the last
row of the page before; when no row known so far is at its head, the walk steps back until one is.
Where rows can be asked for by their stamp, no offset is needed at all: `by_stamp`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, TypeVar

from connectors.errors import TryAgainError
from connectors.toolkit import stamps
from connectors.toolkit.rows import Row

_STEP: Final = 10
"""How far the walk first steps back, doubled until a known row is met."""
_PATIENCE: Final = 20
"""Pages in a row without anything new, after which the list is going in circles (H4)."""
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list: its rows, those of them not met before on this walk, the offset at which a
    later walk may go on, and whether it is the last."""

    rows: Sequence[Row]
    fresh: Sequence[Row]
    next: int
    ended: bool


def by_offset(
    source: str,
    ask: Callable[[int], tuple[Sequence[Row], bool]],
    place: Callable[[Row], Hashable],
    start: int = 0,
) -> Iterator[Listed]:
    """The pages of a list from an offset on; the same row may come twice.

    `ask(offset)` gives a page and whether the list ends with it; `place` tells rows, or states of
    rows, apart. Raises TryAgainError when the list does not come to an end.
    """
    offset, back, idle = start, _STEP, 0
    seen: set[Hashable] = set()
    """Any of them at the head of a page proves that none slipped by."""
    while True:
        rows, ended = ask(offset)
        if not rows and not seen and offset:
            offset = 0  # the list became shorter than where an earlier walk stood
            continue
        places = [place(row) for row in rows]
        broken = bool(seen) and (not places or places[0] not in seen)
        fresh = [row for row, at in zip(rows, places, strict=True) if at not in seen]
        idle = 0 if fresh and not broken else idle + 1
        if idle > _PATIENCE:
            raise TryAgainError(
                source,
                "a list does not come to its end",
                "is something between the bridge and the tool cutting or repeating pages?",
            )
        if broken and offset:
            offset, back = max(0, offset - back), back * 2
            continue
        seen.update(places)
        back = _STEP
        offset += len(rows) - 1 if len(rows) > 1 else len(rows)
        yield Listed(rows, fresh, offset, ended)
        if ended:
            return


class Stamped(Protocol):
    """A page of a list by stamp: the newest stamp in it, believable or not, and whether the list
    ends with it."""

    @property
    def newest(self) -> datetime | None: ...
    @property
    def ended(self) -> bool: ...


P = TypeVar("P", bound=Stamped)


def by_stamp(
    source: str,
    ask: Callable[[datetime | None], P],
    of_one: Callable[[datetime, P], Iterator[P]],
    start: datetime | None,
    step: timedelta,
) -> Iterator[P]:
    """The pages of a list from a stamp on (None: all), oldest first; the same row may come twice.

    Always its first page from a stamp on: a row that is edited meanwhile goes to the end and is met
    there, and nothing slips, for no page number is used. Only where a page holds one stamp and no
    other (a bulk edit), that one is read by `of_one(stamp, that page)` in the tool's own way: its
    pages, and where they lead beyond it, those up to there. `ask(stamp)` gives what has it or a
    later one; `step` is what the tool tells apart. Raises TryAgainError for a list in another
    order.
    """
    position = start
    while True:
        page = ask(position)
        yield page
        if page.ended:
            return
        last = page.newest
        if last is None or (position is not None and last < position):
            raise TryAgainError(
                source,
                "a list is not in the order that was asked for",
                "is something between the bridge and the tool caching pages?",
            )
        if position is None or last > position:
            position = last
            continue
        if position > _LATEST:
            return
        for more in of_one(position, page):
            yield more
            if more.ended:
                return
            last = max(last, more.newest or last)
        position = last if last > position else position + step


@dataclass(frozen=True, slots=True)
class Sorted:
    """Rows that can be placed in a list by their last change, and rows that cannot."""

    rows: tuple[Row, ...]
    odd: tuple[Row, ...]


def sort_out(rows: Sequence[Row], stamp: str, now: datetime) -> Sorted:
    """Keep rows without a whole id or a believable stamp (the field `stamp`) apart (H5)."""
    good: list[Row] = []
    odd: list[Row] = []
    for row in rows:
        try:
            if type(row.get("id")) is not int or row["id"] < 1:
                raise ValueError("no id")
            stamps.believable(row.get(stamp), now)
            good.append(row)
        except ValueError:
            odd.append(row)
    return Sorted(tuple(good), tuple(odd))
