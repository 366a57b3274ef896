"""Where a poll stands: the stamp reached, and what was already taken at its edge.

Stamps are printed to the second, so the last second read may still grow (docs/redmine.md, 1.11 and
2): what was seen in it is taken once more by a poll that starts later, and only then settled.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from connectors.toolkit import stamps
from connectors.toolkit.cursor import Codec

OVERLAP: Final = timedelta(seconds=10)
"""A slow transaction appears late with an earlier stamp; so far back is looked every time."""
SETTLED: Final = timedelta(seconds=2)
"""A second is over for good when the tool itself has shown one so much later."""
SKEW: Final = timedelta(minutes=15)
"""Our clock may be that wrong; what is older by it is settled too."""


class EntryMark(NamedTuple):
    """How far time entries are known: the newest creation, ids near it, and how many there are."""

    stamp: str
    ids: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the list of issues by `updated_on`, of the projects in `scope` (ids)."""

    scope: tuple[int, ...]
    stamp: datetime | None = None
    edge: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Taken so far, by stamp, for the last seconds before `stamp`."""
    fresh: dict[str, int] = field(default_factory=dict)
    """Stamps of the edge that may still grow → when they were first seen (our clock, epoch)."""
    aside: tuple[tuple[str, str], ...] = ()
    """Issues with impossible stamps, already set aside."""
    first: bool = True
    """Whether the first walk is not finished: old tickets come as heads."""
    entries: EntryMark | None = None
    proved: int = 0
    """When the key was last proved to be good (epoch)."""

    @property
    def start(self) -> datetime:
        """From where the next walk reads."""
        return (self.stamp - OVERLAP) if self.stamp else datetime(1970, 1, 1, tzinfo=UTC)

    def knows(self, number: int, stamp: str) -> bool:
        """Whether this state of an issue was taken and settled."""
        return number in self.edge.get(stamp, ()) and stamp not in self.fresh

    def edge_size(self) -> int:
        """How many states of issues the edge holds."""
        return sum(len(ids) for ids in self.edge.values())

    def past(self, rows: list[tuple[int, str]], now: datetime, *, ended: bool) -> Cursor:
        """The place after taking rows (id, stamp), in the order of the list, at `now`.

        Unless the list `ended`, more rows of its last stamp may follow: that one stays open.
        """
        if not rows:
            return self
        edge = {stamp: set(ids) for stamp, ids in self.edge.items()}
        for number, stamp in rows:
            edge.setdefault(stamp, set()).add(number)
        last = max(edge)
        reached = max(stamps.parse(last), self.stamp or stamps.EARLIEST)
        floor = stamps.show(reached - OVERLAP - SETTLED)
        kept = {stamp: tuple(sorted(ids)) for stamp, ids in edge.items() if stamp >= floor}
        fresh = {
            stamp: self.fresh.get(stamp, int(now.timestamp()))
            for stamp in kept
            if (stamp in self.fresh or stamp not in self.edge)
            and not ((ended or stamp < rows[-1][1]) and self._settled(stamp, reached, now))
        }
        return replace(self, stamp=reached, edge=kept, fresh=fresh)

    def _settled(self, stamp: str, reached: datetime, now: datetime) -> bool:
        at = stamps.parse(stamp)
        if at + SETTLED <= reached or at + SKEW <= now:
            return True
        seen = self.fresh.get(stamp)
        return seen is not None and seen + SETTLED.total_seconds() + 1 <= now.timestamp()


CODEC: Final = Codec(Cursor)
