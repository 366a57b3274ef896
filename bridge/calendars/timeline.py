"""Open time laid out on one line: intervals of UTC seconds and the seconds counted before each.

This is where wall time becomes real time. A year is cut where the zone changes its offset; inside
such a piece wall time and UTC differ by a constant, so an hour that happens twice is laid out twice
and one that does not exist not at all (C10), without any rule about nights or directions.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bridge.calendars.opening import DAY, Spans

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """The open intervals of whole local years, without a gap between the years.

    ``begin``, ``end``: the UTC seconds covered, half-open. ``starts``, ``ends``: the intervals,
    sorted; they may touch (at midnight) but not overlap. ``counted[i]``: open seconds before
    interval ``i``, with the total as its last element. ``days``, ``closings``: the local dates
    (ordinals, sorted) with an open second, and the UTC second at which each closes.
    """

    years: range
    begin: int
    end: int
    starts: Sequence[int]
    ends: Sequence[int]
    counted: Sequence[int]
    days: Sequence[int]
    closings: Mapping[int, int]

    def counted_until(self, at: int) -> int:
        """Open seconds from ``begin`` until ``at``."""
        i = bisect_right(self.starts, at) - 1
        if i < 0:
            return 0
        end = self.ends[i]
        return self.counted[i] + (at if at < end else end) - self.starts[i]

    def after(self, start: int, seconds: int) -> int | None:
        """The earliest second at which ``seconds`` (> 0) have been counted; None: not in here."""
        count = self.counted_until(start) + seconds
        i = bisect_left(self.counted, count) - 1
        return self.starts[i] + count - self.counted[i] if i < len(self.starts) else None

    def is_open(self, at: int) -> bool:
        """Whether the second ``at`` is inside an interval (half-open, C1)."""
        i = bisect_right(self.starts, at) - 1
        return i >= 0 and at < self.ends[i]

    def next_open(self, at: int) -> int | None:
        """``at`` when open, else the next interval's start; None: not in here."""
        i = bisect_right(self.ends, at)
        return max(at, self.starts[i]) if i < len(self.starts) else None

    def joined(self, other: "Timeline") -> "Timeline":
        """Both as one; ``other`` holds the years right before or right after."""
        if not self.years:
            return other
        a, b = (self, other) if self.years.start < other.years.start else (other, self)
        before = a.counted[-1]
        return Timeline(
            range(a.years.start, b.years.stop),
            a.begin,
            b.end,
            [*a.starts, *b.starts],
            [*a.ends, *b.ends],
            [*a.counted, *(before + count for count in b.counted[1:])],
            [*a.days, *b.days],
            {**a.closings, **b.closings},
        )


EMPTY = Timeline(range(0), 0, 0, (), (), (0,), (), {})


def lay_out_year(zone: ZoneInfo, year: int, spans: Callable[[date], Spans]) -> Timeline:
    """The timeline of one local year; ``spans`` gives the open wall time of a local date."""
    begin, end = _new_year(zone, year), _new_year(zone, year + 1)
    starts: list[int] = []
    ends: list[int] = []
    counted = [0]
    closings: dict[int, int] = {}
    for first, last, offset in _pieces(zone, begin, end):
        for day in range((first + offset) // DAY, (last - 1 + offset) // DAY + 1):
            midnight = day * DAY - offset
            for opens, closes in spans(date.fromordinal(_EPOCH_ORDINAL + day)):
                start, stop = max(midnight + opens, first), min(midnight + closes, last)
                if start >= stop:
                    continue
                starts.append(start)
                ends.append(stop)
                counted.append(counted[-1] + stop - start)
                closings[_EPOCH_ORDINAL + day] = stop
    return Timeline(
        range(year, year + 1), begin, end, starts, ends, counted, sorted(closings), closings
    )


def _new_year(zone: ZoneInfo, year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=zone).timestamp())


@lru_cache(maxsize=1024)
def _pieces(zone: ZoneInfo, begin: int, end: int) -> tuple[tuple[int, int, int], ...]:
    """The stretches of constant offset in UTC seconds, each with its offset in seconds.

    The offset is looked at once a day: no zone has changed it twice within two days since 1970.
    """

    def offset_at(second: int) -> int:
        offset = datetime.fromtimestamp(second, zone).utcoffset() or timedelta()
        return offset.days * DAY + offset.seconds

    pieces: list[tuple[int, int, int]] = []
    first, offset = begin, offset_at(begin)
    for probe in [*range(begin + DAY, end, DAY), end - 1]:
        if offset_at(probe) == offset:
            continue
        known, changed = first, probe
        while changed - known > 1:
            middle = (known + changed) // 2
            if offset_at(middle) == offset:
                known = middle
            else:
                changed = middle
        pieces.append((first, changed, offset))
        first, offset = changed, offset_at(changed)
    return (*pieces, (first, end, offset))
