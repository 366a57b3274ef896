"""Reading the list of issues so that none is missed while people go on working (API sheet, 2).

Ascending by `updated_on`, rows only ever leave their place for the end: an offset then points too
far and a row slips through. So every page begins with the last row of the page before; when no row
known so far is there, the walk steps back until one is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from connectors.errors import TryAgainError
from connectors.redmine.api import Row
from connectors.toolkit import stamps

Params = list[tuple[str, str]]
Ask = Callable[[Params, int], tuple[list[Row], int, int]]
"""(parameters, offset) → rows, page size used, total."""
Since = Callable[[datetime], Params]
"""The filters for what changed since an instant."""

_RENEW: Final = 2000
"""Offsets beyond this make the tool's database count; the walk then starts from the stamp."""
_STEP: Final = 10
"""How far the walk first steps back, doubled until a known row is met."""
_PATIENCE: Final = 20
"""Pages in a row without anything new, after which the list is going in circles (H4)."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A page of the list: rows that can be placed, rows that cannot, whether it is the last."""

    rows: tuple[Row, ...]
    odd: tuple[Row, ...]
    ended: bool


def place_of(row: Row) -> tuple[int, str]:
    """What tells two states of issues apart: the id and the stamp."""
    return (row["id"], row["updated_on"])


def _any_place(row: Row) -> tuple[object, object]:
    return (str(row.get("id")), str(row.get("updated_on")))


def sort_out(rows: list[Row], ended: bool) -> Stretch:
    """Keep rows without a whole id or a believable stamp apart (H5)."""
    now = datetime.now(UTC)
    good: list[Row] = []
    odd: list[Row] = []
    for row in rows:
        try:
            if type(row.get("id")) is not int or row["id"] < 1:
                raise ValueError("no id")
            stamps.believable(row.get("updated_on"), now)
            good.append(row)
        except ValueError:
            odd.append(row)
    return Stretch(tuple(good), tuple(odd), ended)


def newest(ask: Ask, since: Since, start: datetime) -> tuple[Stretch, int]:
    """What changed since `start`, newest first as far as one page goes, and how many there are."""
    rows, _, total = ask([*since(start), ("sort", "updated_on:desc,id:desc")], 0)
    found = sort_out(list(reversed(rows)), ended=len(rows) >= total)
    return found, total


def ascending(source: str, ask: Ask, since: Since, start: datetime) -> Iterator[Stretch]:
    """Everything that changed since `start`, in order; the same row may come twice.

    Raises TryAgainError when the list does not come to an end.
    """
    position, offset = start, 0
    seen: set[tuple[object, object]] = set()
    """Rows met since `position`; any of them at the head of a page proves that none slipped by."""
    last, back = start, _STEP
    idle = 0
    while True:
        rows, limit, total = ask([*since(position), ("sort", "updated_on,id")], offset)
        ended = len(rows) < limit and offset + len(rows) >= total
        found = sort_out(rows, ended)
        places = {_any_place(row) for row in rows}
        broken = offset > 0 and (not rows or _any_place(rows[0]) not in seen)
        idle = 0 if not broken and not places <= seen else idle + 1
        if idle > _PATIENCE:
            raise TryAgainError(
                source,
                f"the list of issues says {total} and does not come to its end",
                "is something between the bridge and Redmine cutting or repeating pages?",
            )
        if broken:
            offset, back = max(0, offset - back), back * 2
            continue
        yield found
        if ended:
            return
        if found.rows:
            last = max(last, stamps.parse(found.rows[-1]["updated_on"]))
        seen |= places
        back = _STEP
        offset += max(len(rows) - 1, 0)
        if offset >= _RENEW and last > position:
            position, offset, seen = last, 0, set()
