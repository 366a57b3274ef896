"""Where a poll stands: the stamp reached, and what was taken near it.

Stamps are whole seconds and transactions end late, so what was changed near the tool's own present
is looked at again: a second is over when the tool's time is some seconds past it (`FRESH`), and
nothing late is expected once it is past by `OVERLAP`. Until then a poll begins before the stamp,
afterwards right behind it: one without news brings no row at all, however many tickets a bulk edit
put under one last stamp.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from connectors.toolkit import stamps
from connectors.toolkit.cursor import Codec

OVERLAP: Final = timedelta(minutes=2)
FRESH: Final = timedelta(seconds=5)
_SECOND: Final = timedelta(seconds=1)

Stamped = tuple[int, str]
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

    @property
    def start(self) -> datetime:
        """From where the next walk reads, inclusive."""
        if self.stamp is None:
            return stamps.EARLIEST
        return self.stamp + _SECOND if self.settled else self.stamp - OVERLAP

    def knows(self, state: Stamped) -> bool:
        """Whether this state of a ticket was taken, and its second was over by then."""
        return state[0] in self.edge.get(state[1], ())

    def past(self, states: list[Stamped], now: datetime, *, ended: bool) -> Cursor:
        """The place after taking rows, which the tool gave at its own time `now`. Unless the list
        `ended`, more rows of its last stamp may follow."""
        if not states and self.stamp is None:
            return self
        last = max((stamp for _, stamp in states), default="")  # of one shape, so in order
        shown = [stamps.parse(last)] if last else []
        reached = max([*shown, *([self.stamp] if self.stamp else [])])
        floor, over = stamps.show(reached - OVERLAP), stamps.show(now - FRESH)
        edge = {stamp: set(ids) for stamp, ids in self.edge.items()}
        for number, stamp in states:
            if floor <= stamp <= over:
                edge.setdefault(stamp, set()).add(number)
        settled = ended and reached + OVERLAP <= now
        kept = {stamp: tuple(sorted(ids)) for stamp, ids in edge.items() if stamp >= floor}
        settled = settled or (self.settled and reached == self.stamp)
        return replace(self, stamp=reached, settled=settled, edge={} if settled else kept)


CODEC: Final = Codec(Cursor)
