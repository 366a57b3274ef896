"""Date-times as Redmine and Freshdesk print them: always UTC with `Z`, to the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
FUTURE: Final = timedelta(days=1)


def parse(text: object) -> datetime:
    """The instant. Raises ValueError for anything but `YYYY-MM-DDTHH:MM:SSZ`."""
    if not isinstance(text, str):
        raise ValueError("a date-time is missing")
    try:
        return datetime.strptime(text, _FORMAT).replace(tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"{text[:40]!r} is no date-time") from error


def believable(text: object, now: datetime) -> datetime:
    """The instant, if it lies between 2000 and tomorrow (H5). Raises ValueError otherwise."""
    at = parse(text)
    if not EARLIEST <= at <= now + FUTURE:
        raise ValueError(f"its date {text} cannot be true")
    return at


def show(at: datetime) -> str:
    """An instant as filters take it: fractions, offsets and a raw `+` would be refused."""
    return at.astimezone(UTC).strftime(_FORMAT)
