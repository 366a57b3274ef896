"""Which wall hours a local date has, and why: the week, holidays, and dates that differ.

No zone and no clock in here: a :class:`Pattern` speaks of dates and of seconds since midnight.
:class:`bridge.calendars.worktime.WorkCalendar` turns them into instants.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bridge.calendars.errors import CalendarError
from bridge.calendars.holidays import PublicHolidays
from bridge.calendars.opening import (
    WEEKDAYS,
    Interval,
    Spans,
    Weekly,
    show_spans,
    split_day,
    union,
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Open wall time by local date.

    ``week``: the open parts of each weekday, Monday first, what runs over midnight already given to
    the day after (C7). ``holidays`` and ``closed`` close their own date (C8). ``replaced``: dates
    whose hours replace everything else (C9). ``overnight``: what runs on from a replaced date into
    the next one; it is treated as part of the next date's weekly hours.
    """

    week: tuple[Spans, ...]
    holidays: tuple[PublicHolidays, ...]
    closed: frozenset[date]
    replaced: Mapping[date, Spans]
    overnight: Mapping[date, Spans]

    @classmethod
    def of(
        cls,
        weekly: Weekly,
        holidays: PublicHolidays | Iterable[PublicHolidays],
        extra_closed: Iterable[date],
        extra_open: Mapping[date, Sequence[Interval]],
    ) -> "Pattern":
        """A pattern from the arguments of a WorkCalendar, which tells what they mean.

        Raises CalendarError for malformed times, a date both in ``extra_closed`` and
        ``extra_open`` (C9), and a pattern without a single interval (C20).
        """
        replaced: dict[date, Spans] = {}
        overnight: dict[date, Spans] = {}
        for day in sorted(require_date(day, "extra_open") for day in extra_open):
            replaced[day], after = _split(extra_open[day], f"extra_open {day}")
            if after:
                overnight[day + timedelta(days=1)] = after
        closed = frozenset(require_date(day, "extra_closed") for day in extra_closed)
        both = sorted(closed & replaced.keys())
        if both:
            raise CalendarError(
                f"{', '.join(map(str, both))}: both in extra_open and extra_closed; "
                "expected a date in one of them"
            )
        week = _lay_out_week(weekly)
        if not any(week) and not any(replaced.values()):
            raise CalendarError("the calendar is never open: expected at least one interval")
        rules = (holidays,) if isinstance(holidays, PublicHolidays) else tuple(holidays)
        return cls(week, rules, closed, replaced, overnight)

    def key(self) -> tuple[object, ...]:
        """All of it, hashable: equal keys give equal hours on every date."""
        return (
            self.week,
            self.holidays,
            self.closed,
            tuple(self.replaced.items()),
            tuple(self.overnight.items()),
        )

    def spans(self, day: date) -> Spans:
        """The open parts of a local date (C7, C8, C9), in seconds since its 00:00."""
        if (replaced := self.replaced.get(day)) is not None:
            return replaced
        if day in self.closed or any(day in rule.in_year(day.year) for rule in self.holidays):
            return ()
        usual = self.week[day.weekday()]
        overnight = self.overnight.get(day)
        return usual if overnight is None else union((*usual, *overnight))

    def special_dates(self, first: date, last: date) -> list[dict[str, object]]:
        """The dates from ``first`` to ``last`` that do not simply follow the week, ready for JSON.

        ``{"date", "is": "holiday" | "closed" | "open", "name", "hours"}``; ``name`` is the
        holiday's, also on a date that is open nevertheless, else None.
        """
        names: dict[date, list[str]] = {}
        for rule in self.holidays:
            for year in range(first.year, last.year + 1):
                for day, name in rule.in_year(year).items():
                    names.setdefault(day, []).append(name)
        kinds = {
            **dict.fromkeys(self.overnight, "open"),
            **dict.fromkeys(names, "holiday"),
            **dict.fromkeys(self.closed, "closed"),
            **dict.fromkeys(self.replaced, "open"),
        }
        return [
            {
                "date": day.isoformat(),
                "is": kinds[day],
                "name": "; ".join(dict.fromkeys(names.get(day, ()))) or None,
                "hours": show_spans(self.spans(day)),
            }
            for day in sorted(kinds)
            if first <= day <= last
        ]


def require_date(day: object, where: str) -> date:
    """``day`` itself. Raises CalendarError for anything but a plain date (a datetime is none)."""
    if not isinstance(day, date) or isinstance(day, datetime):
        raise CalendarError(f"{where}: {day!r} is not a date, as 2026-12-24")
    return day


def _lay_out_week(weekly: Weekly) -> tuple[Spans, ...]:
    parts: list[list[tuple[int, int]]] = [[] for _ in WEEKDAYS]
    for day, intervals in weekly.items():
        if day not in range(7):
            raise CalendarError(f"weekday {day!r}: expected 0 (Monday) to 6 (Sunday)")
        own, after = _split(intervals, WEEKDAYS[day])
        parts[day].extend(own)
        parts[(day + 1) % 7].extend(after)
    return tuple(map(union, parts))


def _split(intervals: Iterable[Interval], where: str) -> tuple[Spans, Spans]:
    try:
        return split_day(intervals)
    except CalendarError as error:
        raise CalendarError(f"{where}: {error}") from None
