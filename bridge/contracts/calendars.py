"""The working calendar that a contract describes, ready to count with."""

from __future__ import annotations

from bridge.calendars.holidays import PublicHolidays
from bridge.contracts.model import Calendar
from bridge.worktime import WorkCalendar, parse_intervals, parse_weekly


def working_calendar(calendar: Calendar, timezone: str) -> WorkCalendar:
    """The calendar in its own time zone, else in `timezone`.

    Raises CalendarError when its holidays are unknown or it is never open (C20).
    """
    return WorkCalendar(
        calendar.timezone or timezone,
        parse_weekly(calendar.weekly),
        PublicHolidays.of(calendar.holidays) if calendar.holidays else (),
        calendar.extra_closed,
        {day: parse_intervals(hours) for day, hours in calendar.extra_open.items()},
    )
