"""Which text a conclusion rests on: the client's own key or the preset's (R2.22, R4.8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Final

from bridge.contracts import Contract
from bridge.contracts.model import Origin
from bridge.model import ClockState, Reason
from bridge.model.assessment import Assessment, Clock

RULE: Final = "R4.8"

_Mattered = Callable[[Assessment], bool]


def provenance(contract: Contract, result: Assessment) -> tuple[Reason, ...]:
    """For each key of the client's own that had a say in this judgement: its value, where it
    stands, and the preset's value that it prevails over."""
    return tuple(
        Reason(RULE, told(origin, contract.document))
        for origin in contract.origins
        if _mattered(origin.key, result)
    )


def told(origin: Origin, document: str) -> str:
    """`cap = 1.25 in config.toml:34 (quality plan) wins over preset carnet (no cap)`."""
    where = f" in {origin.where}" if origin.where else ""
    named = f" ({document})" if document else ""
    said = f"{origin.key} = {origin.value}{where}{named}"
    if origin.preset is None:
        return said
    if origin.over == origin.value:
        return f"{said} says what preset {origin.preset} says"
    name = origin.key.rpartition(".")[2]
    loser = f"no {name}" if origin.over is None else f"{name} = {origin.over}"
    return f"{said} wins over preset {origin.preset} ({loser})"


def _mattered(key: str, result: Assessment) -> bool:
    area, _, rest = key.partition(".")
    if area == "targets" and rest != "unit":
        return any(clock.target == rest for clock in result.clocks)
    if area == "coverage":
        return rest.partition(".")[0] == result.coverage
    had_a_say = _AREAS.get(area)
    return had_a_say is not None and had_a_say(result)


def _asked(result: Assessment) -> bool:
    return result.approval.estimate is not None


def _answered(result: Assessment) -> bool:
    return bool(result.approval.decisions or result.approval.unclear)


def _worked(result: Assessment) -> bool:
    return result.charge.worked > 0


def _promised(result: Assessment) -> bool:
    return any(clock.state is not ClockState.NONE for clock in result.clocks)


def _clocked(result: Assessment) -> bool:
    return bool(result.clocks)


def _always(result: Assessment) -> bool:
    return True


def _by_rule(*rules: str) -> _Mattered:
    def found(result: Assessment) -> bool:
        return any(reason.rule in rules for reason in _all_reasons(result))

    return found


def _all_reasons(result: Assessment) -> Iterator[Reason]:
    clocks: tuple[Clock, ...] = result.clocks
    return chain(
        result.why,
        result.attention,
        result.approval.why,
        result.charge.why,
        *(clock.why for clock in clocks),
    )


_AREAS: Final[dict[str, _Mattered]] = {
    "approval": _always,
    "pricing": _always,
    "classify": _always,
    "threshold": _asked,
    "threshold_inclusive": _asked,
    "separate_quote_above": _asked,
    "expires_after": _asked,
    "remind_after": _asked,
    "verbal_approval": _answered,
    "extra_yes": _answered,
    "extra_no": _answered,
    "unapproved_overrun": _worked,
    "study": _worked,
    "reestimate": _worked,
    "cap": _worked,
    "express": _by_rule("R0.14", "R0.15", "R0.16", "R0.17", "express"),
    "cross_project": _by_rule("R2.16", "cross_project"),
    "calendar": _promised,
    "extended": _promised,
    "day_seconds": _promised,
    "same_day_cutoff": _promised,
    "targets": _promised,
    "clock_start": _promised,
    "warn_at": _promised,
    "clock_channels": _clocked,
    "activated_at": _clocked,
    "maintenance": _clocked,
    "p3_target": _clocked,
    "phone_for_critical": _clocked,
    "rank": _clocked,
    "plan": _clocked,
    "plan_channels": _clocked,
    "written_only": _clocked,
    "next_day_plans": _clocked,
    "escalation": _by_rule("R4.7"),
}
"""Of which conclusions each key is a part; the others (purchases, language) judge nothing."""
