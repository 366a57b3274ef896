"""Reading the list of a project's stories so that none is missed while people go on working.

The list has the service's own order and moves while it is read; what moves it is told by the feed,
except for the rows that slide along. So each page begins with the last row of the page before; when
no row known so far is at its head, the walk steps back until one is. The end is where nothing new
comes: how large a page may be is the service's own business (API sheet, 3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from connectors.errors import TryAgainError

Row = dict[str, Any]
_STEP: Final = 10
"""How far the walk first steps back, doubled until a known row is met."""
_PATIENCE: Final = 20
"""Pages in a row without anything new, after which the list is going in circles (H4)."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows not met before; `offset` is where a later walk may go on."""

    rows: tuple[Row, ...]
    offset: int


def stories(
    source: str, ask: Callable[[int], tuple[list[Row], int | None]], start: int = 0
) -> Iterator[Stretch]:
    """All rows of a list from `start` on, each once. `ask(offset)` reads a page, and says how many
    rows there are, where that is known.

    Raises TryAgainError when the list does not come to an end.
    """
    offset, back, idle = start, _STEP, 0
    seen: set[object] = set()
    while True:
        rows, total = ask(offset)
        if not rows and not seen:
            if offset == 0:
                return
            offset = 0  # the list became shorter than where an earlier walk stood
            continue
        known = [_place_of(row) for row in rows]
        broken = bool(seen) and (not known or known[0] not in seen)
        fresh = tuple(row for row, key in zip(rows, known, strict=True) if key not in seen)
        idle = 0 if fresh and not broken else idle + 1
        if idle > _PATIENCE:
            raise TryAgainError(
                source,
                "the list of stories does not come to its end",
                "is something between the bridge and the service cutting or repeating pages?",
            )
        if broken and offset > 0:
            offset, back = max(0, offset - back), back * 2
            continue
        if not fresh:
            return
        seen |= set(known)
        back = _STEP
        ended = total is not None and offset + len(rows) >= total
        offset += len(rows) - 1 if len(rows) > 1 else 1
        yield Stretch(fresh, offset)
        if ended:
            return


def _place_of(row: Row) -> object:
    """What tells rows apart; numbers are small to keep, and 20,000 of them are kept."""
    number = row.get("id")
    return number if type(number) is int else str(number)
