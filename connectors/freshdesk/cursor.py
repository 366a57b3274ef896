"""Where a poll stands: the stamp reached, and what was taken near it.

Stamps are whole seconds and transactions end late, so what was changed near the tool's own present
is looked at again: a second is over when the tool's time is some seconds past it (`FRESH`), and
nothing late is expected once it is past by `OVERLAP`. Until then a poll begins before the stamp,
afterwards right behind it: one without news brings no row at all, however many tickets a bulk edit
put under one last stamp.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.toolkit import stamps

OVERLAP: Final = timedelta(minutes=2)
FRESH: Final = timedelta(seconds=5)
_SECOND: Final = timedelta(seconds=1)
_VERSION: Final = 1

Place = tuple[int, str]
"""What tells two states of tickets apart: the id and the stamp."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the list of tickets by `updated_at`."""

    stamp: datetime | None = None
    settled: bool = False
    """Whether nothing more is expected up to and with `stamp`."""
    edge: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Taken so far, by stamp, for the last minutes before `stamp`; those of seconds that may have
    gone on after the look are not among them."""
    aside: tuple[tuple[str, str], ...] = ()
    """Rows with impossible stamps, already set aside."""
    first: bool = True
    """Whether the first walk is not finished: old tickets come as heads."""

    def text(self) -> str:
        """As the store keeps it."""
        data: dict[str, Any] = {
            "v": _VERSION,
            "stamp": None if self.stamp is None else stamps.show(self.stamp),
            "settled": self.settled,
            "edge": self.edge,
            "aside": self.aside,
            "first": self.first,
        }
        return json.dumps(data, separators=(",", ":"), sort_keys=True)

    @property
    def start(self) -> datetime:
        """From where the next walk reads, inclusive."""
        if self.stamp is None:
            return stamps.EARLIEST
        return self.stamp + _SECOND if self.settled else self.stamp - OVERLAP

    def knows(self, place: Place) -> bool:
        """Whether this state of a ticket was taken, and its second was over by then."""
        return place[0] in self.edge.get(place[1], ())

    def past(self, places: list[Place], now: datetime, *, ended: bool) -> Cursor:
        """The place after taking rows, which the tool gave at its own time `now`. Unless the list
        `ended`, more rows of its last stamp may follow."""
        if not places and self.stamp is None:
            return self
        last = max((stamp for _, stamp in places), default="")  # of one shape, so in order
        shown = [stamps.parse(last)] if last else []
        reached = max([*shown, *([self.stamp] if self.stamp else [])])
        floor, over = stamps.show(reached - OVERLAP), stamps.show(now - FRESH)
        edge = {stamp: set(ids) for stamp, ids in self.edge.items()}
        for number, stamp in places:
            if floor <= stamp <= over:
                edge.setdefault(stamp, set()).add(number)
        settled = ended and reached + OVERLAP <= now
        kept = {stamp: tuple(sorted(ids)) for stamp, ids in edge.items() if stamp >= floor}
        settled = settled or (self.settled and reached == self.stamp)
        return replace(self, stamp=reached, settled=settled, edge={} if settled else kept)


def read(text: str) -> Cursor:
    """The cursor of a stored text. Raises ValueError when this version cannot read it."""
    try:
        data = json.loads(text)
        if data["v"] != _VERSION:
            raise ValueError(f"version {data['v']}")
        return Cursor(
            stamp=stamps.parse(data["stamp"]) if data["stamp"] else None,
            settled=data["settled"],
            edge={stamp: tuple(ids) for stamp, ids in data["edge"].items()},
            aside=tuple((number, stamp) for number, stamp in data["aside"]),
            first=data["first"],
        )
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError("not a cursor of this connector") from error
