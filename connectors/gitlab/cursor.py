"""Where a poll stands, for each project or group by itself.

A comment, a label or booked time may leave an issue's stamp alone while the stamp is younger than
60 s (API sheet, 1.1). So the last minutes are listed again each time and compared by content, and
every issue that was read while it could still change unseen is read once more afterwards.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.gitlab import stamps

OVERLAP: Final = timedelta(seconds=180)
"""So far back is listed again: the throttle, slow transactions and some slack."""
SETTLED: Final = timedelta(seconds=90)
"""What is so old can no longer change without its stamp telling."""
SKEW: Final = timedelta(minutes=15)
"""Our clock may be that wrong; what is older by it is settled too."""
_VERSION: Final = 1


def settled_by(newest: datetime | None, now: datetime) -> datetime:
    """The tool's time was at least this: a stamp that it had shown or, short of one, our clock."""
    return max(newest, now - SKEW) if newest is not None else now - SKEW


@dataclass(frozen=True, slots=True)
class Trail:
    """A place in a list by `updated_at`. `edge` holds what was taken of its last stretch: key →
    (stamp, fingerprint)."""

    stamp: datetime | None = None
    edge: dict[str, tuple[str, str]] = field(default_factory=dict)
    since: int = 0
    """When `stamp` was first seen, by our clock (epoch): the overlap ends so much later."""

    def start(self, now: datetime) -> datetime | None:
        """From where the next list begins."""
        if self.stamp is None or self.since + OVERLAP.total_seconds() <= now.timestamp():
            return self.stamp
        return self.stamp - OVERLAP

    def knows(self, key: str, print_: str) -> bool:
        """Whether this state of a row was taken."""
        return key in self.edge and self.edge[key][1] == print_

    def known_from(self, start: datetime) -> int:
        """How many rows with stamps from `start` on were taken."""
        floor = stamps.show(start)
        return sum(stamp >= floor for stamp, _ in self.edge.values())

    def past(self, rows: list[tuple[str, datetime, str]], now: datetime) -> Trail:
        """The place after taking rows: (key, stamp, fingerprint)."""
        if not rows:
            return self
        reached = max([at for _, at, _ in rows] + ([self.stamp] if self.stamp else []))
        floor = stamps.show(reached - OVERLAP)
        edge = self.edge | {key: (stamps.show(at), print_) for key, at, print_ in rows}
        return Trail(
            reached,
            {key: place for key, place in edge.items() if place[0] >= floor},
            self.since if reached == self.stamp else int(now.timestamp()),
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where the poll of one project or group stands."""

    issues: Trail = field(default_factory=Trail)
    merges: Trail = field(default_factory=Trail)
    first: bool = True
    """Whether the first walk is not finished: old issues come as heads."""
    unsettled: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Issues that could still change unseen when they were read: key → stamp, and when (epoch)."""
    aside: tuple[tuple[str, str], ...] = ()
    """Rows with impossible stamps, already set aside."""

    def due(self, newest: datetime | None, now: datetime) -> tuple[str, ...]:
        """The issues to be read once more, now that nothing can have changed unseen."""
        return tuple(
            key
            for key, (stamp, read) in self.unsettled.items()
            if read + SETTLED.total_seconds() <= now.timestamp()
            or stamps.parse(stamp) + SETTLED <= settled_by(newest, now)
        )

    def settled(self, key: str) -> Place:
        """After reading an issue once more."""
        return replace(self, unsettled={k: v for k, v in self.unsettled.items() if k != key})

    def took(self, key: str, at: datetime, newest: datetime | None, now: datetime) -> Place:
        """After reading an issue whole. `newest` is a stamp that the tool had shown before."""
        unsettled = {name: seen for name, seen in self.unsettled.items() if name != key}
        if at + SETTLED > settled_by(newest, now):
            before = self.unsettled.get(key)
            shown = stamps.show(at)
            again = before is not None and before[0] == shown
            since = before[1] if before is not None and again else int(now.timestamp())
            if not (again and since + SETTLED.total_seconds() <= now.timestamp()):
                unsettled[key] = (shown, since)
        return replace(self, unsettled=unsettled)


@dataclass(frozen=True, slots=True)
class Cursor:
    """All places of a source, by project or group."""

    places: dict[str, Place] = field(default_factory=dict)

    def of(self, name: str) -> Place:
        """The place of a part; the beginning where there is none yet."""
        return self.places.get(name, Place())

    def moved(self, name: str, place: Place) -> Cursor:
        """With one part's place moved."""
        return Cursor(self.places | {name: place})

    def within(self, names: set[str]) -> Cursor:
        """Without the parts that are no longer asked for."""
        return Cursor({name: place for name, place in self.places.items() if name in names})

    def text(self) -> str:
        """As the store keeps it."""
        places = {name: _place_data(place) for name, place in self.places.items()}
        return json.dumps({"v": _VERSION, "parts": places}, separators=(",", ":"), sort_keys=True)


def read(text: str) -> Cursor:
    """The cursor of a stored text. Raises ValueError when this version cannot read it."""
    try:
        data = json.loads(text)
        if data["v"] != _VERSION:
            raise ValueError(f"version {data['v']}")
        return Cursor({name: _place(part) for name, part in data["parts"].items()})
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError("not a cursor of this connector") from error


def _place_data(place: Place) -> dict[str, Any]:
    return {
        "issues": _trail_data(place.issues),
        "merges": _trail_data(place.merges),
        "first": place.first,
        "unsettled": place.unsettled,
        "aside": place.aside,
    }


def _place(data: dict[str, Any]) -> Place:
    return Place(
        issues=_trail(data["issues"]),
        merges=_trail(data["merges"]),
        first=data["first"],
        unsettled={key: (stamp, read) for key, (stamp, read) in data["unsettled"].items()},
        aside=tuple((key, stamp) for key, stamp in data["aside"]),
    )


def _trail_data(trail: Trail) -> list[Any]:
    stamp = None if trail.stamp is None else stamps.show(trail.stamp)
    return [stamp, trail.edge, trail.since]


def _trail(data: list[Any]) -> Trail:
    stamp, edge, since = data
    return Trail(
        None if stamp is None else stamps.parse(stamp),
        {key: (at, print_) for key, (at, print_) in edge.items()},
        since,
    )
