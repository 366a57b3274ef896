"""Moments as the reasons of a judgement name them."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache


@lru_cache(maxsize=64)
def minute(at: datetime) -> str:
    """`2026-05-13 08:00 UTC`, of an instant in UTC. Several times as fast as strftime; a ticket's
    reasons name the same few moments."""
    return f"{at.isoformat(' ', 'minutes')[:16]} UTC"
