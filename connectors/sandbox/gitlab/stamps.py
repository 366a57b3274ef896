"""Instants and dates as GitLab writes and reads them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|UTC|[+-]\d\d:?\d\d)?)?\Z"
)


def shown(at: datetime | None) -> str | None:
    """JSON carries milliseconds, cut and not rounded; the database keeps microseconds."""
    return None if at is None else at.isoformat(timespec="milliseconds")[:-6] + "Z"


def day(on: date | None) -> str | None:
    return None if on is None else on.isoformat()


def read_instant(text: str) -> datetime:
    """An instant of a parameter; without an offset it is UTC. Raises ValueError.

    A `+` that was not escaped arrives as a blank and makes the value invalid.
    """
    found = _INSTANT.match(text.strip())
    if found is None:
        raise ValueError(text)
    on, time, zone = found.groups()
    offset = "+00:00" if zone in (None, "Z", "UTC") else zone
    moment = datetime.fromisoformat(f"{on}T{_microseconds(time or '00:00')}{offset}")
    return moment.astimezone(UTC)


def read_date(text: str) -> date:
    """A day of a parameter. Raises ValueError."""
    return date.fromisoformat(text.strip()[:10])


def _microseconds(time: str) -> str:
    clock, point, fraction = time.partition(".")
    return f"{clock}.{fraction[:6].ljust(6, '0')}" if point else clock
