"""API v5's date-times: UTC with `Z`, whole seconds; or, where an endpoint knows no `date_format`,
milliseconds since 1970 (API sheet, 2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from connectors.toolkit import stamps
from connectors.toolkit.stamps import EARLIEST, FUTURE, show

__all__ = ["EARLIEST", "believable", "parse", "show"]

_MOST: Final = 10**14


def parse(value: object) -> datetime:
    """The instant, cut to the second. Raises ValueError for anything that is none."""
    if type(value) is int and 0 <= value < _MOST:
        return datetime.fromtimestamp(value // 1000, UTC)
    return stamps.parse(value)


def believable(value: object, now: datetime) -> datetime:
    """The instant, if it lies between 2000 and tomorrow (H5). Raises ValueError otherwise."""
    at = parse(value)
    if not EARLIEST <= at <= now + FUTURE:
        raise ValueError(f"its date {value} cannot be true")
    return at
