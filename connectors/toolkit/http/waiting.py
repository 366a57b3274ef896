"""How long a tool asks to be left alone: `Retry-After`, in seconds or as a date (H7)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_LONGEST: Final = 30 * 86400


def retry_after(header: str | None, now: datetime) -> int | None:
    """Whole seconds from a `Retry-After` header, between 0 and 30 days; None when it says nothing.

    RFC 9110, 10.2.3: a number of seconds or an HTTP date.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), _LONGEST)
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    seconds = (at - now).total_seconds()
    return min(max(0, int(seconds)), _LONGEST)
