"""Instants as whole UTC seconds, stretches of time that are not counted, and zones by name.

Conversions are exact: no float takes part. Zones are left behind at this door (C6).
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bridge.calendars.errors import CalendarError, did_you_mean
from bridge.calendars.opening import DAY

Pause: TypeAlias = tuple[datetime, datetime | None]
"""A half-open stretch of real time that is not counted; None: it has not ended (C11)."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_INSTANT = 0
LAST_INSTANT = (datetime(2199, 12, 30, tzinfo=UTC) - EPOCH).days * DAY


def to_second(at: datetime) -> int:
    """The whole second since 1970 in which an aware instant lies.

    Raises CalendarError for a naive datetime (C6), and for one before 1970 or after 2199, which no
    tool means: laying out the years to reach it would only hide a wrong date.
    """
    try:
        passed = at - EPOCH
    except TypeError:
        raise CalendarError(
            f"{at!r} is not an instant: expected a datetime with a time zone (C6)"
        ) from None
    second = passed.days * DAY + passed.seconds
    if not FIRST_INSTANT <= second <= LAST_INSTANT:
        raise CalendarError(f"{at.isoformat()}: expected an instant from 1970 to 2199")
    return second


def to_instant(second: int) -> datetime:
    """The aware UTC datetime of a second since 1970."""
    return datetime.fromtimestamp(second, UTC)


def merge_pauses(pauses: Iterable[Pause]) -> list[tuple[int, int | None]]:
    """Pauses in seconds: sorted, apart, without the empty ones; a last end of None is open.

    A pause that ends where or before it begins holds no instant and counts as empty (C11).
    """
    merged: list[tuple[int, int | None]] = []
    stretches = [(to_second(a), None if b is None else to_second(b)) for a, b in pauses]
    for begin, end in sorted(stretches, key=lambda stretch: stretch[0]):
        if end is not None and end <= begin:
            continue
        if not merged:
            merged.append((begin, end))
            continue
        last_begin, last_end = merged[-1]
        if last_end is None:
            break
        if begin > last_end:
            merged.append((begin, end))
        else:
            merged[-1] = (last_begin, None if end is None else max(end, last_end))
    return merged


def zone_of(name: object) -> ZoneInfo:
    """The time zone of an IANA name. Raises CalendarError when there is none of that name."""
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(str(name), available_timezones())
        raise CalendarError(
            f"{name!r} is not a time zone: expected a name as Europe/Zurich{hint}"
        ) from None
