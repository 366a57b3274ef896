"""When time alone changes a judgement: the next instant at which somebody must look again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

INSTANT: Final = timedelta.resolution
"""The smallest step of time: what holds up to and including an instant ends this much later."""


def soonest(after: datetime, *moments: datetime | None) -> datetime | None:
    """The first of these moments that lies after `after`, None when none does."""
    return min((at for at in moments if at is not None and at > after), default=None)
