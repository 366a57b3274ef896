"""Escalation: who is asked when a problem persists, one step at a time (R4.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bridge.contracts.model import Escalation
from bridge.model import Reason, Record, RecordKind

RULE: Final = "escalation.levels"
_UNNAMED: Final = "the account manager (the contract names no level)"


@dataclass(frozen=True, slots=True)
class Step:
    """One step taken: when, the level asked (counted from 1) and its name, by whom, and why."""

    number: int
    level: str
    at: datetime
    by: str
    reason: str


def ladder(escalation: Escalation) -> tuple[str, ...]:
    """The levels in their order, the account manager last, alone when no level is known. Where the
    contract names nobody at all, that is said."""
    manager = (escalation.account_manager or _UNNAMED,)
    own = bool(escalation.account_manager) or not escalation.levels
    return (*escalation.levels, *(manager if own else ()))


def steps(escalation: Escalation, records: Sequence[Record]) -> tuple[Step, ...]:
    """The steps that were taken, in order of time. Each is the next one: none can be skipped, and
    what was noted after the last level adds nothing."""
    noted = sorted(
        (r for r in records if r.kind is RecordKind.ESCALATION), key=lambda r: (r.at, r.key)
    )
    return tuple(
        Step(number, level, record.at, record.by, record.note)
        for number, (level, record) in enumerate(
            zip(ladder(escalation), noted, strict=False), start=1
        )
    )


def next_level(escalation: Escalation, records: Sequence[Record]) -> str | None:
    """Who is asked when the problem still persists; None when the last level has been asked."""
    taken = len(steps(escalation, records))
    levels = ladder(escalation)
    return levels[taken] if taken < len(levels) else None


def reasons(escalation: Escalation, records: Sequence[Record]) -> tuple[Reason, ...]:
    """The steps taken as sentences, each with its time, level and reason."""
    if not records:
        return ()
    count = len(ladder(escalation))
    return tuple(
        Reason(
            RULE,
            f"level {step.number} of {count}, {step.level}, asked {step.at:%Y-%m-%d %H:%M} UTC "
            f"by {step.by}: {step.reason}",
        )
        for step in steps(escalation, records)
    )
