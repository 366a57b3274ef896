"""Calendars of the agreements, and instants as people say them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from bridge.calendars.worktime import Interval, PublicHolidays, WorkCalendar

HOUR = 3600
ZURICH = ZoneInfo("Europe/Zurich")
BRUSSELS = ZoneInfo("Europe/Brussels")


def on(text: str, zone: ZoneInfo = ZURICH) -> datetime:
    """``on("2026-05-13 09:15")``: that wall time in the zone, the first of two when it is twice."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def daily(*intervals: Interval) -> dict[int, tuple[Interval, ...]]:
    return dict.fromkeys(range(7), intervals)


def weekdays(*intervals: Interval) -> dict[int, tuple[Interval, ...]]:
    return dict.fromkeys(range(5), intervals)


def office(
    *,
    extra_closed: tuple[date, ...] = (),
    extra_open: dict[date, tuple[Interval, ...]] | None = None,
) -> WorkCalendar:
    """Lausanne: Monday to Friday 08:30-12:15 and 13:15-17:00 (7 h 30), holidays of Vaud."""
    return WorkCalendar(
        "Europe/Zurich",
        weekdays(("08:30", "12:15"), ("13:15", "17:00")),
        PublicHolidays("CH", "VD"),
        extra_closed,
        extra_open,
    )


def belgian_hosting() -> WorkCalendar:
    """R3.1: Monday to Friday 08:30-17:30 without a break, Belgium's ten legal holidays."""
    return WorkCalendar("Europe/Brussels", weekdays(("08:30", "17:30")), PublicHolidays("BE"))
