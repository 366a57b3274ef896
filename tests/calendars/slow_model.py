"""Working time by walking: every minute is turned into local time and assessed on its own.

Obviously right and hopelessly slow. Everything is on whole minutes of UTC (opening times have no
seconds here, and no zone has changed its clock inside a minute since 1972), while what is asked may
lie on any second. It shares no code with the calendar: not the parsing, not the holidays, not the
zones' handling.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

Interval = tuple[str, str]
Stretch = tuple[datetime, datetime | None]


@lru_cache(maxsize=500_000)
def local_of(minute: datetime, zone: str) -> tuple[date, str]:
    """The local date of a UTC minute and its wall time, ``"08:30"``."""
    local = minute.astimezone(ZoneInfo(zone))
    return local.date(), local.strftime("%H:%M")


@dataclass(frozen=True)
class SlowCalendar:
    zone: str
    weekly: Mapping[int, Sequence[Interval]]
    holidays: frozenset[date] = frozenset()
    closed: frozenset[date] = frozenset()
    extra_open: Mapping[date, Sequence[Interval]] = field(default_factory=dict)

    def minute_is_open(self, minute: datetime) -> bool:
        """C1, C7, C8, C9 for one minute; texts of equal length compare as times do."""
        day, wall = local_of(minute, self.zone)
        if day in self.extra_open:
            return any(
                opens <= wall and (wall < closes or closes <= opens)
                for opens, closes in self.extra_open[day]
            )
        if day in self.holidays or day in self.closed:
            return False
        today = self.weekly.get(day.weekday(), ())
        if any(opens <= wall and (wall < closes or closes <= opens) for opens, closes in today):
            return True
        the_day_before = [
            *self.weekly.get((day - DAY).weekday(), ()),
            *self.extra_open.get(day - DAY, ()),
        ]
        return any(closes <= opens and wall < closes for opens, closes in the_day_before)

    def seconds_open(
        self, a: datetime, b: datetime, pauses: Iterable[Stretch] = ()
    ) -> Iterable[datetime]:
        """Every open second from ``a`` until ``b`` that no pause holds, one by one."""
        stretches = list(pauses)
        minute = a.replace(second=0, microsecond=0)
        while minute < b:
            if self.minute_is_open(minute):
                for i in range(60):
                    second = minute + timedelta(seconds=i)
                    if a <= second < b and not any(
                        begin <= second and (end is None or second < end)
                        for begin, end in stretches
                    ):
                        yield second
            minute += MINUTE

    def between(self, a: datetime, b: datetime, pauses: Sequence[Stretch] = ()) -> int:
        """Minute by minute where no pause cuts one, so that days can be walked in a test."""
        cuts = {t.replace(second=0) for pause in pauses for t in pause if t is not None}
        total, minute = 0, a.replace(second=0)
        while minute < b:
            whole = a <= minute and minute + MINUTE <= b and minute not in cuts
            if not whole:
                total += sum(
                    1 for _ in self.seconds_open(max(a, minute), min(b, minute + MINUTE), pauses)
                )
            elif self.minute_is_open(minute) and not any(
                begin <= minute and (end is None or minute < end) for begin, end in pauses
            ):
                total += 60
            minute += MINUTE
        return total

    def add(
        self, start: datetime, seconds: int, until: datetime, pauses: Sequence[Stretch] = ()
    ) -> datetime | None:
        """The instant right after the ``seconds``-th counted second; None: not before ``until``."""
        left, minute = seconds, start.replace(second=0)
        while minute < until:
            counted = self.between(max(start, minute), minute + MINUTE, pauses)
            if counted >= left:
                for second in self.seconds_open(max(start, minute), minute + MINUTE, pauses):
                    left -= 1
                    if left == 0:
                        return second + timedelta(seconds=1)
            left -= counted
            minute += MINUTE
        return None

    def next_open(self, start: datetime, until: datetime) -> datetime | None:
        return next(iter(self.seconds_open(start, until)), None)

    def closing(self, day: date) -> datetime | None:
        """The end of the last open minute whose local date is ``day``."""
        minute = datetime(day.year, day.month, day.day, tzinfo=UTC) - 2 * DAY
        last = None
        for _ in range(5 * 24 * 60):
            if local_of(minute, self.zone)[0] == day and self.minute_is_open(minute):
                last = minute + MINUTE
            minute += MINUTE
        return last
