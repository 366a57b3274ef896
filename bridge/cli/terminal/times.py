"""Instants as a person at the keyboard reads them: local, short, in English."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bridge.model import as_utc

_MONTHS: Final = [
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
]
_STEPS: Final = ((86400, "d"), (3600, "h"), (60, "min"))


def ago(at: datetime, now: datetime) -> str:
    """How long since: "2 min ago", "3 h ago", "4 d ago"; "just now" below a minute and for what
    a clock that runs ahead calls the future."""
    seconds = int((as_utc(now) - as_utc(at)).total_seconds())
    for step, unit in _STEPS:
        if seconds >= step:
            return f"{seconds // step} {unit} ago"
    return "just now"


def moment(at: datetime, zone: ZoneInfo, now: datetime | None = None) -> str:
    """ "18 May 10:12" in the zone; with `now`, "today 17:00", "yesterday 17:00", "tomorrow 08:00",
    and the year where it is another one."""
    local = as_utc(at).astimezone(zone)
    time = f"{local:%H:%M}"
    day = f"{local.day} {_MONTHS[local.month - 1]}"
    if now is None:
        return f"{day} {local.year} {time}"
    today = as_utc(now).astimezone(zone).date()
    near = {
        today: "today",
        today - timedelta(days=1): "yesterday",
        today + timedelta(days=1): "tomorrow",
    }
    if local.date() in near:
        return f"{near[local.date()]} {time}"
    return f"{day} {time}" if local.year == today.year else f"{day} {local.year} {time}"


def clock(at: datetime, zone: ZoneInfo, *, seconds: bool = False) -> str:
    """ "11:02" or "14:06:10" in the zone."""
    return f"{as_utc(at).astimezone(zone):{'%H:%M:%S' if seconds else '%H:%M'}}"
