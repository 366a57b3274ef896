"""The working calendar that a contract describes, ready to count with."""

from __future__ import annotations

from bridge.calendars.worktime import WorkCalendar
from bridge.contracts.model import Calendar


def working_calendar(
    calendar: Calendar, timezone: str, language: str | None = None
) -> WorkCalendar:
    """The calendar in its own time zone, else in `timezone`; holidays named in `language`.

    Raises CalendarError when its holidays are unknown or it is never open (C20).
    """
    table = {key: value for key, value in calendar if value}
    return WorkCalendar.from_table(table, timezone=timezone, language=language)
