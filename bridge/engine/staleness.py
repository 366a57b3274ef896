"""When nothing is heard: of a source that is no longer read, and of one that has no news (ask 7).

Both are measured against what is usual for that very source: a mailbox that is read every two
minutes is missed within the hour, one that a nightly job reads after two days.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from sqlalchemy.engine import Connection

from bridge.store import tickets
from bridge.store.sources import Pass, Source
from connectors.base import SourceSettings

LOOKED_BACK: Final = timedelta(days=28)
"""So far back news is looked at, four weekends included, to know what is usual."""
_FEW: Final = 20
"""With fewer moments of news nothing is known to be usual."""
_LEAST_NEWS: Final = timedelta(hours=4)
_LEAST_READ: Final = timedelta(hours=1)


def overdue(
    known: Source, passes: Sequence[Pass], settings: SourceSettings, now: datetime
) -> datetime | None:
    """Since when a source was not read to its end, where that is longer than usual; else None.

    Usual are the gaps between the successes among its last `passes`; at first, the time between two
    full passes.
    """
    if known.last_success_at is None:
        return None
    ended = [p.finished_at for p in passes if p.ok]
    gaps = _gaps(at for at in ended if at is not None)
    patience = settings.full_every
    if len(gaps) > 1:
        patience = max(2 * max(gaps), 3 * settings.every, _LEAST_READ)
    return known.last_success_at if now - known.last_success_at > patience else None


def silent(
    conn: Connection, known: Source, settings: SourceSettings, now: datetime
) -> datetime | None:
    """Since when a source has had no news, where that is longer than `silent_after` allows, or
    without that key more than twice as long as ever in the last four weeks; else None."""
    quiet = known.last_news_at or known.last_success_at
    if quiet is None:
        return None
    patience = settings.silent_after
    if patience is None:
        news = tickets.news_since(conn, known.name, quiet - LOOKED_BACK)
        gaps = _gaps(news)
        if len(gaps) < _FEW:
            return None
        patience = max(2 * max(gaps), _LEAST_NEWS)
    return quiet if now - quiet > patience else None


def _gaps(moments: Iterable[datetime]) -> list[timedelta]:
    return [later - earlier for earlier, later in pairwise(sorted(set(moments)))]
