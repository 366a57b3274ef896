"""What happened since the last look: the activity of a project (docs/pivotal.md, 7).

One activity is one version of the project. Versions come in either order; a repeated one is
dropped, and the position moves only over what was read without a hole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from connectors.errors import TryAgainError
from connectors.pivotal.api import FEED, instant
from connectors.pivotal.cursor import Position
from connectors.toolkit import stamps
from connectors.toolkit.rows import Row

OVERLAP: Final = timedelta(seconds=60)
"""A slow transaction appears late with an earlier time; so far back is looked where times tell."""
_MOST_PAGES: Final = 2000
"""Of activity in one pass; more is a feed that does not end (H4)."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Activities in order of time. `reached` is where the project stands once they are taken;
    None while older ones are still to come."""

    activities: tuple[Row, ...]
    reached: Position | None


class Hole(Exception):
    """The service no longer tells everything since then: the list must be read."""


class NoFeed(Exception):
    """The service tells of no activity at all."""


def page_of(rows: list[Row] | None) -> list[Row]:
    """A page of activity. Raises NoFeed where the service has no such feed."""
    if rows is None:
        raise NoFeed
    return rows


def by_version(
    source: str,
    ask: Callable[[int, int], list[Row]],
    start: Position,
    latest: int,
    now: datetime,
) -> Iterator[Batch]:
    """Everything after the version of `start`. `ask(since_version, offset)` reads a page.

    Raises Hole when versions that follow that of `start` are not told (any more), and TryAgainError
    when the feed does not come to an end.
    """
    known = start.version or 0
    version, offset, newest, at = known, 0, known, start.at
    seen: set[int] = set()
    for _ in range(_MOST_PAGES):
        rows = ask(version, offset)
        if not rows:
            break
        versions = [version_of(row) for row in rows]
        if 0 in versions:
            raise Hole  # what has no place in the order may have happened at any time
        if offset and seen.issuperset(versions):
            raise Hole  # the service turns no pages
        fresh = [row for row, v in zip(rows, versions, strict=True) if v > known and v not in seen]
        rising = versions == sorted(versions)
        if rising and not seen and fresh and version_of(fresh[0]) > known + 1:
            raise Hole
        seen |= set(versions)
        newest = max(newest, *versions)
        at = max([at, *(moment_of(row, now) for row in fresh)])
        if rising and fresh:
            version, offset = newest, 0
            yield Batch(tuple(fresh), Position(newest, at))
            if newest >= latest:
                return
            continue
        offset += len(rows)
        if fresh:
            yield Batch(tuple(sorted(fresh, key=version_of)), None)
        if not rising and min(versions) <= known + 1:
            break
    else:
        raise _endless(source)
    if newest < latest and newest == known:
        raise Hole
    if seen and known + 1 not in seen and min(v for v in seen if v > known) > known + 1:
        raise Hole
    yield Batch((), Position(newest, at))


def by_time(
    source: str, ask: Callable[[datetime, int], list[Row]], start: Position, now: datetime
) -> Iterator[Batch]:
    """Everything after the time of `start`, for a service that tells no versions; what was taken
    before is known by its `guid`. `ask(occurred_after, offset)` reads a page.

    Raises Hole when the service turns no pages and there is more than one, TryAgainError when the
    feed does not come to an end.
    """
    known, at, offset = set(start.edge), start.at, 0
    moments: dict[str, datetime] = {}
    for _ in range(_MOST_PAGES):
        rows = ask(start.at - OVERLAP, offset)
        if offset and all(guid_of(row) in moments for row in rows):
            if len(rows) < FEED:
                break  # the service turns no pages, and this one was all
            raise Hole
        fresh = [row for row in rows if guid_of(row) not in known and guid_of(row) not in moments]
        moments |= {guid_of(row): moment_of(row, now) for row in rows}
        if fresh:
            yield Batch(tuple(sorted(fresh, key=lambda row: moment_of(row, now))), None)
        # Newest first, unless told otherwise: beyond the edge there is nothing new.
        if not rows or min(moments.values()) < start.at - OVERLAP:
            break
        offset += len(rows)
    else:
        raise _endless(source)
    at = max([at, *moments.values()])
    edge = tuple(sorted(guid for guid, moment in moments.items() if moment >= at - OVERLAP))
    yield Batch((), Position(None, at, edge))


def version_of(row: Row) -> int:
    """The project's version after an activity; 0 where none is told."""
    version = row.get("project_version")
    return version if type(version) is int else 0


def moment_of(row: Row, now: datetime) -> datetime:
    """When an activity happened; long ago where its time cannot be true (H5)."""
    try:
        return stamps.believable(row.get("occurred_at"), now, instant)
    except ValueError:
        return stamps.EARLIEST


def in_time(rows: Iterable[Row], now: datetime) -> list[Row]:
    """Activities, oldest first."""
    return sorted(rows, key=lambda row: (moment_of(row, now), version_of(row)))


def guid_of(row: Row) -> str:
    """What tells two activities apart."""
    return str(row.get("guid") or f"{version_of(row)}@{row.get('occurred_at')}")


def stories_of(row: Row) -> set[int]:
    """The stories that an activity speaks of."""
    numbers: list[object] = []
    for item in (*_dicts(row.get("changes")), *_dicts(row.get("primary_resources"))):
        if item.get("kind") == "story":
            numbers.append(item.get("id"))
        for values in (item.get("new_values"), item.get("original_values")):
            if isinstance(values, dict):
                numbers.append(values.get("story_id"))
    return {number for number in numbers if type(number) is int and number > 0}


def people_of(row: Row) -> set[int]:
    """Who did it."""
    who = row.get("performed_by")
    number = who.get("id") if isinstance(who, dict) else None
    return {number} if type(number) is int else set()


def changes_of(row: Row, kind: str) -> Iterator[Row]:
    """The changes of one kind of thing in an activity."""
    return (item for item in _dicts(row.get("changes")) if item.get("kind") == kind)


def _dicts(items: object) -> list[Row]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _endless(source: str) -> TryAgainError:
    return TryAgainError(
        source,
        "the activity of a project does not come to its end",
        "is something between the bridge and the service repeating pages?",
    )
