"""Moments as the reasons of a judgement name them."""

from __future__ import annotations

from datetime import datetime


def minute(at: datetime) -> str:
    """`2026-05-13 08:00 UTC`, of an instant in UTC. Several times as fast as strftime."""
    day = (at.year, at.month, at.day, at.hour, at.minute)
    return "%d-%02d-%02d %02d:%02d UTC" % day
