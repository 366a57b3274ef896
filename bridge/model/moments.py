"""Moments as the reasons of a judgement name them."""

from __future__ import annotations

from datetime import datetime


def minute(at: datetime) -> str:
    """`2026-05-13 08:00 UTC`, of an instant in UTC. Several times as fast as strftime."""
    return f"{at.isoformat(' ', 'minutes')[:16]} UTC"
