"""Where a poll stands, for each project or group by itself.

A comment, a label or booked time may leave an issue's stamp alone while the stamp is younger than
60 s (docs/gitlab.md, 1.1). So the last minutes are listed again each time and compared by content,
and every issue that was read while it could still change unseen is read once more afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from pydantic import AwareDatetime

from connectors.toolkit import stamps
from connectors.toolkit.cursor import Codec

OVERLAP: Final = timedelta(seconds=180)
"""So far back is listed again: the throttle, slow transactions and some slack."""
SETTLED: Final = timedelta(seconds=90)
"""What is so old can no longer change without its stamp telling."""
SKEW: Final = timedelta(minutes=15)
"""Our clock may be that wrong; what is older by it is settled too."""


class Trail(NamedTuple):
    """A place in a list by `updated_at`."""

    stamp: AwareDatetime | None = None
    edge: dict[str, tuple[str, str]] = {}  # noqa: RUF012  # never changed
    """What was taken of the last stretch: key → (stamp, fingerprint)."""
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
        floor = stamps.show_ms(start)
        return sum(stamp >= floor for stamp, _ in self.edge.values())

    def past(self, rows: list[tuple[str, datetime, str]], now: datetime) -> Trail:
        """The place after taking rows: (key, stamp, fingerprint)."""
        if not rows:
            return self
        reached = max([at for _, at, _ in rows] + ([self.stamp] if self.stamp else []))
        floor = stamps.show_ms(reached - OVERLAP)
        edge = self.edge | {key: (stamps.show_ms(at), print_) for key, at, print_ in rows}
        return Trail(
            reached,
            {key: seen for key, seen in edge.items() if seen[0] >= floor},
            self.since if reached == self.stamp else int(now.timestamp()),
        )


@dataclass(frozen=True, slots=True)
class Reached:
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
            or stamps.parse_ms(stamp) + SETTLED <= _shown_by(newest, now)
        )

    def settled(self, key: str) -> Reached:
        """After reading an issue once more."""
        return replace(self, unsettled={k: v for k, v in self.unsettled.items() if k != key})

    def took(self, key: str, at: datetime, newest: datetime | None, now: datetime) -> Reached:
        """After reading an issue whole. `newest` is a stamp that the tool had shown before."""
        after = self.settled(key)
        if at + SETTLED <= _shown_by(newest, now):
            return after
        shown = stamps.show_ms(at)
        before = self.unsettled.get(key)
        again = before is not None and before[0] == shown
        since = before[1] if before is not None and again else int(now.timestamp())
        if again and since + SETTLED.total_seconds() <= now.timestamp():
            return after
        return replace(after, unsettled={**after.unsettled, key: (shown, since)})


@dataclass(frozen=True, slots=True)
class Cursor:
    """All places of a source, by project or group (`projects/42`)."""

    parts: dict[str, Reached] = field(default_factory=dict)

    def of(self, name: str) -> Reached:
        """How far one is read; the beginning where it is new."""
        return self.parts.get(name, Reached())

    def moved(self, name: str, reached: Reached) -> Cursor:
        """With one of them read further."""
        return Cursor(self.parts | {name: reached})

    def within(self, names: set[str]) -> Cursor:
        """Without those that are no longer asked for."""
        return Cursor({name: reached for name, reached in self.parts.items() if name in names})


CODEC: Final = Codec(Cursor)


def _shown_by(newest: datetime | None, now: datetime) -> datetime:
    """The tool's time was at least this: a stamp that it had shown or, short of one, our clock."""
    return max(newest, now - SKEW) if newest is not None else now - SKEW
