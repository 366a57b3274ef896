"""Date-times as Redmine and Freshdesk print them (always UTC with `Z`, to the second), and as
GitLab does: with an offset, to the millisecond (`parse_ms`, `show_ms`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"
_SHAPE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
FUTURE: Final = timedelta(days=1)
MILLISECOND: Final = timedelta(milliseconds=1)
_SHORTEST: Final = len("2026-01-01T00:00:00Z")


def parse(text: object) -> datetime:
    """The instant. Raises ValueError for anything but `YYYY-MM-DDTHH:MM:SSZ`."""
    if not isinstance(text, str):
        raise ValueError("a date-time is missing")
    try:
        return _parsed(text)
    except ValueError as error:
        raise ValueError(f"{text[:40]!r} is no date-time") from error


@lru_cache(maxsize=1024)  # a row's stamp is read several times on its way
def _parsed(text: str) -> datetime:
    if not _SHAPE.fullmatch(text):
        raise ValueError("another shape")
    return datetime.fromisoformat(text)  # many times as fast as strptime


def parse_ms(text: object) -> datetime:
    """The instant, cut to the millisecond. Raises ValueError for anything but ISO 8601 with a time
    and an offset."""
    if not isinstance(text, str):
        raise ValueError("a date-time is missing")
    try:
        return _parsed_ms(text)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text[:40]!r} is no date-time with its zone") from error


@lru_cache(maxsize=1024)
def _parsed_ms(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or len(text) < _SHORTEST:
        raise ValueError("no time or no zone")
    whole = at.astimezone(UTC)
    return whole.replace(microsecond=whole.microsecond // 1000 * 1000)


def believable(text: object, now: datetime, read: Callable[[object], datetime] = parse) -> datetime:
    """The instant, if it lies between 2000 and tomorrow (H5). Raises ValueError otherwise."""
    at = read(text)
    if not EARLIEST <= at <= now + FUTURE:
        raise ValueError(f"its date {text} cannot be true")
    return at


def show(at: datetime) -> str:
    """An instant as filters take it: fractions, offsets and a raw `+` would be refused."""
    return at.astimezone(UTC).strftime(_FORMAT)


def show_ms(at: datetime) -> str:
    """An instant to the millisecond, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
