"""From work to chargeable time: rounding (P3), then the express multiplier (P5), in whole seconds.

Parts always add up to the whole, and the order in which entries come does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from decimal import ROUND_DOWN, Decimal
from operator import attrgetter
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from bridge.contracts.model import Contract, Rounding
from bridge.model import RoundedPer, Seconds
from bridge.model.assessment import DayCharge
from bridge.rules.prepaid.work import Work

ONE = Decimal(1)
_MIDNIGHT: Final = time()
_ORDER: Final = attrgetter("at", "key")


class Measured(NamedTuple):
    """One piece of work, and the seconds that it counts for."""

    work: Work
    seconds: Seconds


def agreed_multiplier(contract: Contract) -> Decimal | None:
    """R0.16: the multiplier of express work that the client's own contract writes, else None.

    The value of a preset is a proposal only: over-charging is the worse error.
    """
    if contract.express is None or "express.multiplier" not in contract.own_keys:
        return None
    return contract.express.multiplier


def times(factor: Decimal, seconds: Seconds) -> Seconds:
    """A multiple, to the whole second below."""
    if factor == ONE:
        return seconds
    return int((factor * seconds).to_integral_value(ROUND_DOWN))


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """The local day of some work. Tools that know only the day say midnight UTC of it."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.date() if at.time() == _MIDNIGHT else at.astimezone(zone).date()


def measure(
    pieces: Sequence[Work], rounding: Rounding | None, factor: Decimal, zone: ZoneInfo
) -> tuple[Measured, ...]:
    """Each piece with the seconds it counts for, in order of time."""
    ordered = sorted(pieces, key=_ORDER) if len(pieces) > 1 else pieces
    counted = [piece.seconds for piece in ordered]
    if rounding is not None:
        groups: dict[object, list[int]] = defaultdict(list)
        for index, piece in enumerate(ordered):
            groups[_group(piece, rounding, zone)].append(index)
        for indices in groups.values():
            _round(counted, indices, rounding)
    result = []
    before = sofar = 0
    for piece, seconds in zip(ordered, counted, strict=True):
        sofar += seconds
        # Multiplied as a sum, so that no second is lost piece by piece.
        multiplied = times(factor, sofar)
        result.append(Measured(piece, multiplied - before))
        before = multiplied
    return tuple(result)


def total(measured: Iterable[Measured]) -> Seconds:
    """All of it, in seconds."""
    return sum(item.seconds for item in measured)


def until(measured: Iterable[Measured], at: datetime) -> Seconds:
    """What counts of the work done by `at`."""
    return sum(item.seconds for item in measured if item.work.at <= at)


def days(measured: Iterable[Measured], consumed: Seconds, zone: ZoneInfo) -> tuple[DayCharge, ...]:
    """What is deducted, day by day: the earliest work is deducted first."""
    left = consumed
    found: dict[date, tuple[datetime, Seconds]] = {}
    for item in measured:
        part = min(item.seconds, left)
        if part:
            day = day_of(item.work.at, zone)
            _, before = found.get(day, (None, 0))
            found[day] = item.work.at, before + part
            left -= part
    return tuple(DayCharge(day, at, seconds) for day, (at, seconds) in sorted(found.items()))


def _group(piece: Work, rounding: Rounding, zone: ZoneInfo) -> object:
    if rounding.per is RoundedPer.ENTRY:
        return piece.key
    return day_of(piece.at, zone) if rounding.per is RoundedPer.TICKET_AND_DAY else None


def _round(counted: list[Seconds], indices: Sequence[int], rounding: Rounding) -> None:
    """Round the sum of one group; what comes or goes is that of its last pieces."""
    raw = sum(counted[index] for index in indices)
    unit = rounding.unit
    added = {"up": unit - 1, "nearest": unit // 2, "down": 0}[rounding.mode]
    change = (raw + added) // unit * unit - raw
    if change >= 0:
        counted[indices[-1]] += change
        return
    for index in reversed(indices):
        taken = min(counted[index], -change)
        counted[index] -= taken
        change += taken
