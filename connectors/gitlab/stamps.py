"""GitLab's date-times: with an offset, to the millisecond (API sheet, 1.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)
FUTURE: Final = timedelta(days=1)
STEP: Final = timedelta(milliseconds=1)
"""The database knows microseconds and JSON shows milliseconds, cut: what has the stamp S lies
from S on and before S + STEP."""
_SHORTEST: Final = len("2026-01-01T00:00:00Z")


def parse(text: object) -> datetime:
    """The instant, to the millisecond. Raises ValueError for anything but ISO 8601 with an
    offset."""
    if not isinstance(text, str):
        raise ValueError("a date-time is missing")
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text[:40]!r} is no date-time") from error
    if at.tzinfo is None or len(text) < _SHORTEST:
        raise ValueError(f"{text[:40]!r} has no time or no zone")
    try:
        whole = at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text[:40]!r} is no date-time") from error
    return whole.replace(microsecond=whole.microsecond // 1000 * 1000)


def believable(text: object, now: datetime) -> datetime:
    """The instant, if it lies between 2000 and tomorrow (H5). Raises ValueError otherwise."""
    at = parse(text)
    if not EARLIEST <= at <= now + FUTURE:
        raise ValueError(f"its date {text} cannot be true")
    return at


def show(at: datetime) -> str:
    """An instant as GitLab's filters take it: in UTC, since a raw `+` would be misread."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
