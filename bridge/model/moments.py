"""Moments as the reasons of a judgement name them."""

from __future__ import annotations

from datetime import datetime


def minute(at: datetime) -> str:
    """`2026-05-13 08:00 UTC`, of an instant in UTC. Several times as fast as strftime."""
    day = f"{at.year}-{at.month:02}-{at.day:02}"
    return f"{day} {at.hour:02}:{at.minute:02} UTC"
