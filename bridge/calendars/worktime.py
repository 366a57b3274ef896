"""Working time: which seconds a contract counts, and when a number of them has passed.

A :class:`WorkCalendar` knows when somebody is at work. It counts real elapsed seconds while open
(C1), so nights of a clock change come out right by themselves (C10), and it answers in time that
does not grow with the span: the open intervals of a year are laid out once, with the seconds
counted before each, and every question is a bisection.

Instants are aware datetimes of any zone (C6) and are taken at the whole second in which they lie;
answers are aware UTC datetimes, amounts are whole seconds (``int``). Seconds are never rounded to
minutes (C5).
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from threading import Lock
from typing import final, overload

from bridge.calendars.errors import CalendarError
from bridge.calendars.holidays import PublicHolidays, data_version
from bridge.calendars.instants import Pause, merge_pauses, to_instant, to_second, zone_of
from bridge.calendars.opening import (
    DAY,
    WEEKDAYS,
    Interval,
    Weekly,
    parse_intervals,
    parse_time,
    parse_weekly,
    show_spans,
)
from bridge.calendars.pattern import Pattern, require_date
from bridge.calendars.table import CalendarTableError, read_table
from bridge.calendars.timeline import EMPTY, Timeline, lay_out_year

__all__ = [
    "CalendarError",
    "CalendarTableError",
    "Count",
    "Interval",
    "Pause",
    "PublicHolidays",
    "TargetUnreachableError",
    "Weekly",
    "WorkCalendar",
    "parse_intervals",
    "parse_weekly",
]

_YEARS = range(1969, 2200)
_HORIZON_DAYS = 3653
_HORIZON = _HORIZON_DAYS * DAY


class TargetUnreachableError(CalendarError):
    """The target is not reached within ten years (C20)."""


@final
class WorkCalendar:
    """When work is done: a weekly pattern in a time zone, holidays, and dates that differ.

    ``timezone``: an IANA name. ``weekly``: intervals per weekday, Monday is 0 (see
    :func:`parse_weekly` for a contract's way of writing them). ``holidays``: their dates are closed
    (C8). ``extra_closed``: more closed dates. ``extra_open``: intervals per date, replacing
    everything else on that date, also on a holiday (C9); what such an interval has after midnight
    belongs to the weekly pattern of the next date.

    Immutable, comparable and hashable by what it was made of, and safe to share between threads.
    Raises CalendarError for an unknown zone, malformed times, a date both in ``extra_closed`` and
    ``extra_open`` (C9), and a calendar without a single interval (C20).
    """

    __slots__ = ("_given", "_index", "_lock", "_pattern", "_timezone", "_zone")

    def __init__(
        self,
        timezone: str,
        weekly: Weekly,
        holidays: PublicHolidays | Iterable[PublicHolidays] = (),
        extra_closed: Iterable[date] = (),
        extra_open: Mapping[date, Sequence[Interval]] | None = None,
    ) -> None:
        self._zone = zone_of(timezone)
        self._timezone = timezone
        rules = (holidays,) if isinstance(holidays, PublicHolidays) else tuple(holidays)
        self._given = (
            {day: tuple(intervals) for day, intervals in weekly.items()},
            rules,
            frozenset(extra_closed),
            {day: tuple(intervals) for day, intervals in (extra_open or {}).items()},
        )
        self._pattern = Pattern.of(*self._given)
        self._index: Timeline = EMPTY
        self._lock = Lock()

    @classmethod
    def round_the_clock(cls, timezone: str = "UTC") -> "WorkCalendar":
        """A calendar that is always open: its seconds are real seconds. The same one each time."""
        return _round_the_clock(timezone)

    @classmethod
    def from_table(
        cls,
        table: Mapping[str, object],
        *,
        timezone: str | None = None,
        language: str | None = None,
    ) -> "WorkCalendar":
        """The calendar that a contract writes; :mod:`bridge.calendars.table` shows the keys.

        ``timezone``: where the table gives none. ``language`` of the holidays' names (``fr``).
        Raises CalendarTableError, whose ``problems`` are all that is wrong, each with its key.
        """
        written = read_table(table, timezone, language)
        try:
            return cls(*written)
        except CalendarError as error:
            raise CalendarTableError([("", str(error))]) from None

    @property
    def timezone(self) -> str:
        """The IANA name of the zone in which its hours are meant."""
        return self._timezone

    # Counted in seconds ------------------------------------------------------------------------

    @overload
    def add(self, start: datetime, seconds: int) -> datetime: ...
    @overload
    def add(self, start: datetime, seconds: int, pauses: Iterable[Pause]) -> datetime | None: ...

    def add(self, start: datetime, seconds: int, pauses: Iterable[Pause] = ()) -> datetime | None:
        """The earliest instant at which ``seconds`` have been counted since ``start`` (C2).

        0 seconds: ``start`` when open, else the next opening (C3). ``pauses`` are not counted, in
        any order, overlapping or empty; None when one without end begins before the target is used
        up; one that begins at the due instant does not move it (C11).

        Raises CalendarError for a naive instant (C6) or a negative amount (C4), and
        TargetUnreachableError when ten years do not suffice (C20).
        """
        return self.count(start, pauses).reach(seconds)

    def between(self, a: datetime, b: datetime, pauses: Iterable[Pause] = ()) -> int:
        """Open seconds from ``a`` until ``b`` outside ``pauses``; 0 when ``b <= a`` (C4).

        Raises CalendarError for a naive instant (C6).
        """
        return self.count(a, pauses).until(b)

    def count(self, start: datetime, pauses: Iterable[Pause] = ()) -> "Count":
        """Counting from ``start``, for whoever asks several things of it."""
        return Count(self, to_second(start), merge_pauses(pauses) if pauses else ())

    def is_open(self, at: datetime) -> bool:
        """Whether the second of ``at`` counts: the opening second does, the closing not (C1)."""
        second = to_second(at)
        return self._covering(second, second).is_open(second)

    def next_open(self, at: datetime) -> datetime:
        """``at`` itself when open, else the next opening (C3).

        Raises TargetUnreachableError when there is none within ten years (C20).
        """
        return to_instant(self._next_open(to_second(at)))

    # Counted in dates --------------------------------------------------------------------------

    def closing(self, day: date) -> datetime | None:
        """When ``day`` closes for good, as that date's own hours say (C18); None: it is closed."""
        found = self._year(require_date(day, "closing").year).closings.get(day.toordinal())
        return None if found is None else to_instant(found)

    def business_dates_after(self, day: date, count: int) -> tuple[date, ...]:
        """The next ``count`` dates after ``day`` on which at least one second is open.

        Raises CalendarError for a negative count, TargetUnreachableError past ten years (C20).
        """
        if count < 0:
            raise CalendarError(f"{count} business dates: expected 0 or more")
        ordinal = require_date(day, "business_dates_after").toordinal()
        latest = ordinal + _HORIZON_DAYS
        index = self._year(day.year)
        while len(index.days) < (stop := bisect_right(index.days, ordinal) + count):
            if date(index.years[-1], 12, 31).toordinal() > latest:
                break
            index = self._year(index.years[-1] + 1)
        found = index.days[stop - count : stop]
        if len(found) < count or (found and found[-1] > latest):
            raise self._unreachable(f"{count} business dates after {day}")
        return tuple(map(date.fromordinal, found))

    def receipt_date(self, at: datetime, same_day_cutoff: str | None = None) -> date:
        """The local date on which a message of ``at`` counts as received (C16, C17).

        At or after ``same_day_cutoff`` (local wall time, ``"16:00"``) on a business date it is the
        next business date; a closed date has no working day to be late in and stays itself.
        """
        local = datetime.fromtimestamp(to_second(at), self._zone)
        day = local.date()
        if same_day_cutoff is None or self.closing(day) is None:
            return day
        wall = local.hour * 3600 + local.minute * 60 + local.second
        return day if wall < parse_time(same_day_cutoff) else self.business_dates_after(day, 1)[0]

    def due_same_day(self, at: datetime, same_day_cutoff: str | None = None) -> datetime:
        """``Within the day`` (C17): closing time of the date of receipt.

        Received at or after closing, or on a closed date: closing of the next business date.
        """
        day = self.receipt_date(at, same_day_cutoff)
        closing = self.closing(day)
        if closing is not None and to_second(at) < to_second(closing):
            return closing
        return self._closing_after(day, 1)

    def due_in_business_dates(
        self, at: datetime, count: int, same_day_cutoff: str | None = None
    ) -> datetime:
        """``Within N business days`` (C16): closing time of the Nth business date after receipt.

        The date of receipt does not count, whatever the hour. ``count`` is at least 1.
        """
        if count < 1:
            raise CalendarError(f"within {count} business days: expected 1 or more")
        return self._closing_after(self.receipt_date(at, same_day_cutoff), count)

    # Stored with an assessment -----------------------------------------------------------------

    def basis(self, a: datetime, b: datetime) -> dict[str, object]:
        """What the calendar says of the local dates from ``a`` to ``b``, ready for JSON (C20).

        Two answers that differ say why two due times differ: the pattern, the release of the
        holiday data, or a date that was added or taken away. ``dates`` lists those that do not
        simply follow the week; see :meth:`bridge.calendars.pattern.Pattern.special_dates`.
        """
        first = datetime.fromtimestamp(to_second(a), self._zone).date()
        last = datetime.fromtimestamp(to_second(b), self._zone).date()
        holidays = self._pattern.holidays
        return {
            "timezone": self._timezone,
            "weekly": dict(zip(WEEKDAYS, map(show_spans, self._pattern.week), strict=True)),
            "holidays": [rule.code for rule in holidays],
            "holiday_data": data_version() if holidays else None,
            "from": first.isoformat(),
            "to": last.isoformat(),
            "dates": self._pattern.special_dates(first, last),
        }

    # Identity ----------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, WorkCalendar)
            and self._timezone == other._timezone
            and self._pattern == other._pattern
        )

    def __hash__(self) -> int:
        return hash((self._timezone, self._pattern.key()))

    def __repr__(self) -> str:
        codes = ", ".join(rule.code for rule in self._pattern.holidays) or "no holidays"
        return f"<WorkCalendar {self._timezone}, {codes}>"

    def __reduce__(self) -> tuple[object, ...]:
        return WorkCalendar, (self._timezone, *self._given)

    # Seconds since 1970 ------------------------------------------------------------------------

    def _between(self, first: int, last: int) -> int:
        index = self._covering(first, last)
        return index.counted_until(last) - index.counted_until(first)

    def _add(self, start: int, seconds: int) -> int:
        index = self._covering(start, start)
        while (found := index.after(start, seconds)) is None:
            index = self._with_next_year(index, start)
        if found - start > _HORIZON:
            raise self._unreachable(f"the target after {to_instant(start).isoformat()}")
        return found

    def _next_open(self, start: int) -> int:
        index = self._covering(start, start)
        while (found := index.next_open(start)) is None:
            index = self._with_next_year(index, start)
        if found - start > _HORIZON:
            raise self._unreachable(f"an opening after {to_instant(start).isoformat()}")
        return found

    def _with_next_year(self, index: Timeline, start: int) -> Timeline:
        if index.end - start > _HORIZON:
            raise self._unreachable(f"the target after {to_instant(start).isoformat()}")
        return self._year(index.years[-1] + 1)

    def _closing_after(self, day: date, count: int) -> datetime:
        last = self.business_dates_after(day, count)[-1]
        return to_instant(self._year(last.year).closings[last.toordinal()])

    def _unreachable(self, what: str) -> TargetUnreachableError:
        return TargetUnreachableError(
            f"{what}: not reached within ten years in {self!r}; "
            "expected a shorter target or longer opening hours"
        )

    # The index, laid out year by year when first asked for -------------------------------------

    def _covering(self, first: int, last: int) -> Timeline:
        index = self._index
        if index.begin <= first and last < index.end:
            return index
        self._year(datetime.fromtimestamp(first, self._zone).year)
        return self._year(datetime.fromtimestamp(last, self._zone).year)

    def _year(self, year: int) -> Timeline:
        """An index that holds ``year`` and all that was held before."""
        index = self._index
        if year in index.years:
            return index
        if year not in _YEARS:
            raise CalendarError(f"year {year}: expected one from {_YEARS[0]} to {_YEARS[-1]}")
        with self._lock:
            # Readers go on with the old index; each index is complete and never changes.
            while year not in (index := self._index).years:
                missing = year
                if index.years:
                    missing = index.years[0] - 1 if year < index.years[0] else index.years[-1] + 1
                self._index = index.joined(lay_out_year(self._zone, missing, self._pattern.spans))
        return index


@final
class Count:
    """Open seconds of a calendar since a start, outside some pauses; see :meth:`WorkCalendar.add`
    and :meth:`WorkCalendar.between`."""

    __slots__ = ("_calendar", "_pauses", "_start")

    def __init__(
        self, calendar: WorkCalendar, start: int, pauses: Sequence[tuple[int, int | None]]
    ) -> None:
        self._calendar = calendar
        self._start = start
        self._pauses = pauses

    def reach(self, seconds: int) -> datetime | None:
        """The earliest instant at which so many have been counted."""
        at, left, calendar = self._start, _amount(seconds), self._calendar
        if left == 0:
            return to_instant(calendar._next_open(at))
        for begin, end in self._pauses:
            if end is not None and end <= at:
                continue
            if begin > at:
                counted = calendar._between(at, begin)
                if counted >= left:
                    break
                left -= counted
            if end is None:
                return None
            at = end
        return to_instant(calendar._add(at, left))

    def until(self, at: datetime) -> int:
        """How many have been counted by then."""
        first, last, calendar = self._start, to_second(at), self._calendar
        if last <= first:
            return 0
        counted = calendar._between(first, last)
        for begin, end in self._pauses:
            low, high = max(begin, first), last if end is None else min(end, last)
            if low < high:
                counted -= calendar._between(low, high)
        return counted


def _amount(seconds: object) -> int:
    if not isinstance(seconds, int):
        raise CalendarError(f"{seconds!r} seconds: expected a whole number (int)")
    if seconds < 0:
        raise CalendarError(f"{seconds} seconds: expected 0 or more (C4)")
    return seconds


@lru_cache(maxsize=64)
def _round_the_clock(timezone: str) -> WorkCalendar:
    return WorkCalendar(timezone, dict.fromkeys(range(7), (("00:00", "24:00"),)))
