"""The account's calls a minute, as every answer's headers tell them (API sheet, 2).

They are shared by every program and person of the account. What is left is used freely until only
the reserve of the others remains; from there on calls are spaced so that half of the reserve stays,
whether the minute is a fixed or a sliding one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_MINUTE: Final = 60.0


class Allowance:
    """Reads the headers; `leave_free` is the reserve in per cent."""

    def __init__(self, leave_free: int) -> None:
        self._share = leave_free

    def __call__(self, headers: Mapping[str, str]) -> float:
        """For how many seconds the host is to be left alone after this answer."""
        total = _number(headers.get("X-RateLimit-Total"))
        remaining = _number(headers.get("X-RateLimit-Remaining"))
        if not total or remaining is None:
            return 0
        reserve = total * self._share // 100
        if remaining > reserve or not reserve:
            return 0
        used = _number(headers.get("X-RateLimit-Used-CurrentRequest")) or 1
        return min(_MINUTE, _MINUTE * used / max(1, reserve // 2))


def _number(text: str | None) -> int | None:
    value = (text or "").strip()
    return int(value[:9]) if value.isascii() and value.isdigit() else None
