"""`bridge backfill`: a range of time read again, beside the passes.

Every connector can read from a moment on without a cursor; what cannot have moved in the range is
left out here, and the cursor stays where it is. What the range brings is assessed by the next sync,
under the same limits as everything else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bridge.cli.errors import UsageError
from bridge.cli.observer import Observer
from bridge.cli.session import Session
from bridge.engine.agreements import Agreements
from bridge.engine.ingest import save
from bridge.engine.locks import source_lock
from bridge.engine.sources import Observe, nobody, open_source
from bridge.engine.sync import utc_now
from bridge.store.database import Database
from connectors.base import Page
from connectors.errors import TryAgainError


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What a range brought: tickets of the range, how many of them differ from what was stored,
    how many could not be read, and the calls that it took."""

    seen: int
    changed: int
    set_aside: int
    requests: int


def backfill(
    agreements: Agreements,
    database: Database,
    name: str,
    start: datetime,
    end: datetime,
    clock: Callable[[], datetime] = utc_now,
    observe: Observe = nobody,
) -> Backfilled:
    """Read again what may have changed from `start` on and before `end`.

    Raises LockedError when a pass holds the source, the connector's errors, and TryAgainError
    beyond the source's deadline; what was read until then is kept.
    """
    settings = agreements.config.sources[name].settings
    deadline = time.monotonic() + settings.deadline.total_seconds()
    seen = changed = aside = 0
    with (
        source_lock(database, name),
        open_source(agreements.config, database, name, observe) as connector,
    ):
        for page in _within(connector.poll(None, start), start, end):
            saved = save(database, agreements, name, page, clock(), move_cursor=False)
            seen, changed = seen + saved.seen, changed + len(saved.changed)
            aside += len(page.set_aside)
            observe("page", source=name, tickets=seen)
            if time.monotonic() > deadline:
                raise TryAgainError(
                    name,
                    f"reading took longer than the deadline of {settings.deadline}",
                    "what was read is kept; take a shorter range",
                )
        return Backfilled(seen, changed, aside, connector.requests)


def _within(pages: Iterator[Page], start: datetime, end: datetime) -> Iterator[Page]:
    """The pages less the tickets that cannot have changed in the range: those made after it, and
    those that stood still since before it."""
    for page in pages:
        kept = tuple(t for t in page.tickets if t.created_at < end and t.updated_at >= start)
        yield replace(page, tickets=kept)


def command(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="SOURCE")],
    first: Annotated[str, typer.Option("--from", metavar="D", help="The first day.")],
    last: Annotated[str, typer.Option("--to", metavar="D", help="The last day.")],
) -> None:
    """Read a range of days again; the cursor stays."""
    session: Session = context.obj
    (name,) = session.sources([source])
    since, until = _day(first, "--from"), _day(last, "--to")
    if until < since:
        raise UsageError(f"--to {until} lies before --from {since}", "the earlier day comes first")
    start = _midnight(since, session.zone)
    end = _midnight(until + timedelta(days=1), session.zone)
    with session.database() as database, Observer(session) as progress:
        read = backfill(session.agreements, database, name, start, end, observe=progress)
    session.done(said(name, read), **asdict(read))


def said(name: str, read: Backfilled) -> str:
    """The outcome in one line."""
    aside = f", {read.set_aside} set aside" if read.set_aside else ""
    told = f"{name}: {read.seen} read, {read.changed} differ from what was known{aside}"
    return f"{told}; the next sync judges them" if read.changed else told


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f'{option} "{text}" is no day', f"write  {option} 2026-05-18") from None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
