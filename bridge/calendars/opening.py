"""Opening hours as people write them, and as seconds of a day.

``{"mon-fri": ["08:30-12:15", "13:15-17:30"], "sat": []}`` is what a contract holds;
``{0: (("08:30", "12:15"), ("13:15", "17:30")), …}`` (Monday is 0) is what a
:class:`.WorkCalendar` is given; ``((30600, 44100), (47700, 63000))`` is what it
counts with. Everything here is pure and refuses what it does not understand, naming the text.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from bridge.calendars.errors import CalendarError

DAY = 86_400
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Interval: TypeAlias = tuple[str, str]
"""Opening and closing wall time, ``("08:30", "12:15")``. Closing not later than opening: C7."""

Weekly: TypeAlias = Mapping[int, Sequence[Interval]]
"""Intervals per weekday, Monday is 0. A weekday that is missing is closed."""

Spans: TypeAlias = tuple[tuple[int, int], ...]
"""Open parts of one local date in seconds since its 00:00: sorted, apart, half-open (C1)."""

_TIME = re.compile(r"(?:([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?|24:00(?::00)?)")
_INTERVAL = re.compile(r"\s*([0-9:]+)\s*[-\u2013]\s*([0-9:]+)\s*")


def parse_time(text: object) -> int:
    """Seconds since midnight of ``HH:MM`` or ``HH:MM:SS``; ``24:00`` is the end of the day.

    Raises CalendarError for anything else.
    """
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise CalendarError(f"{text!r} is not a time: expected HH:MM from 00:00 to 24:00, as 08:30")
    hours, minutes, seconds = match.groups()
    if hours is None:
        return DAY
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds or 0)


def parse_interval(text: object) -> Interval:
    """The two wall times of ``"08:30-12:15"``; ``"22:00-06:00"`` runs over midnight (C7).

    Raises CalendarError when a time is malformed or the interval opens at 24:00.
    """
    match = _INTERVAL.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise CalendarError(f"{text!r} is not an interval: expected HH:MM-HH:MM, as 08:30-12:15")
    opens, closes = match.groups()
    try:
        split_interval((opens, closes))
    except CalendarError as error:
        raise CalendarError(f"interval {text!r}: {error}") from None
    return opens, closes


def parse_intervals(texts: object) -> tuple[Interval, ...]:
    """The intervals of one date, in order of opening.

    Raises CalendarError when one is malformed or two overlap: a typing error that would silently
    lengthen or shorten a day.
    """
    if isinstance(texts, str) or not isinstance(texts, Iterable):
        raise CalendarError(f'expected a list of intervals, as ["08:30-12:15"], not {texts!r}')
    intervals = sorted((parse_interval(text) for text in texts), key=lambda i: parse_time(i[0]))
    reached, latest = 0, ""
    for opens, closes in intervals:
        first, second = parse_time(opens), parse_time(closes)
        if first < reached:
            raise CalendarError(f"{latest} and {opens}-{closes} overlap: expected them apart")
        reached = second if second > first else DAY + second
        latest = f"{opens}-{closes}"
    return tuple(intervals)


def parse_days(text: object) -> tuple[int, ...]:
    """The weekdays (Monday is 0) of ``"mon"``, ``"mon-fri"`` or ``"fri-mon"`` (fri sat sun mon).

    Raises CalendarError when a name is not one of the seven.
    """
    names = [name.strip().lower() for name in text.split("-")] if isinstance(text, str) else []
    if len(names) not in (1, 2) or any(name not in WEEKDAYS for name in names):
        raise CalendarError(
            f"{text!r} is not a day: expected one of {', '.join(WEEKDAYS)}, or a range as mon-fri"
        )
    first, last = WEEKDAYS.index(names[0]), WEEKDAYS.index(names[-1])
    return tuple((first + step) % 7 for step in range((last - first) % 7 + 1))


def parse_weekly(table: object) -> dict[int, tuple[Interval, ...]]:
    """A week from a contract's table of day or range of days → list of intervals.

    Days that are not named, and days with an empty list, are closed. Raises CalendarError, naming
    the key, when a key or interval is malformed, when one day is given twice, or when one day's
    shift over midnight runs into the next day's hours.
    """
    if not isinstance(table, Mapping):
        raise CalendarError(f'expected a table, as {{ mon-fri = ["08:30-17:30"] }}, not {table!r}')
    week: dict[int, tuple[Interval, ...]] = {}
    given_by: dict[int, str] = {}
    for key, texts in table.items():
        days = parse_days(key)
        try:
            intervals = parse_intervals(texts)
        except CalendarError as error:
            raise CalendarError(f"{key}: {error}") from None
        for day in days:
            if day in week:
                raise CalendarError(
                    f"{WEEKDAYS[day]} is given twice, by {given_by[day]!r} and {key!r}: "
                    "expected each day once"
                )
            week[day], given_by[day] = intervals, key
    for day, intervals in week.items():
        follower = (day + 1) % 7
        spilled = max((closes for _, closes in split_day(intervals)[1]), default=0)
        starts = [parse_time(opens) for opens, _ in week.get(follower, ())]
        if starts and min(starts) < spilled:
            raise CalendarError(
                f"{given_by[day]}: the shift over midnight runs into {WEEKDAYS[follower]}'s "
                f"{week[follower][0][0]}-{week[follower][0][1]}: expected them apart"
            )
    return week


def split_interval(interval: Interval) -> tuple[tuple[int, int], int]:
    """The span on its own date, and where on the next date it ends (0: not at all), in seconds.

    C7: an interval whose end is not later than its start runs over midnight.
    """
    opens, closes = parse_time(interval[0]), parse_time(interval[1])
    if opens == DAY:
        raise CalendarError("24:00 can only close: expected to open between 00:00 and 23:59")
    return ((opens, closes), 0) if closes > opens else ((opens, DAY), closes)


def split_day(intervals: Iterable[Interval]) -> tuple[Spans, Spans]:
    """The open parts on a date and, of what runs over midnight, those on the date after (C7)."""
    own: list[tuple[int, int]] = []
    after: list[tuple[int, int]] = []
    for interval in intervals:
        span, spilled = split_interval(interval)
        own.append(span)
        if spilled:
            after.append((0, spilled))
    return union(own), union(after)


def union(spans: Iterable[tuple[int, int]]) -> Spans:
    """The same seconds as sorted spans that neither touch nor overlap: nothing counts twice."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def show_spans(spans: Spans) -> list[str]:
    """Spans as people write them, ``["08:30-12:15"]``; seconds are shown when there are any."""

    def show(second: int) -> str:
        text = f"{second // 3600:02}:{second // 60 % 60:02}"
        return text if second % 60 == 0 else f"{text}:{second % 60:02}"

    return [f"{show(start)}-{show(end)}" for start, end in spans]
