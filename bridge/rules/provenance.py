"""Which text a conclusion rests on: key, file and line, then the clause of that very document.

A client's own key goes over the preset's, and the preset's over the default; each is cited from
where it stands, so that no contract is explained by a document that is not its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Final

from bridge.contracts import Contract
from bridge.contracts.merging import preset_place
from bridge.contracts.model import Origin
from bridge.model import ClockName, ClockState, Reason
from bridge.model.assessment import Assessment

_Mattered = Callable[[Assessment], bool]


def cited(contract: Contract | None, reason: Reason, coverage: str = "") -> str:
    """A reason in one line: `threshold (config.toml:34): 3h is over 2h`, or of a preset's key
    `threshold (presets/carnet.toml:14, R0.2): 3h is over 1h`.

    `coverage` is how the ticket is covered, for reasons that say only that it is.
    """
    key = f"coverage.{coverage}" if reason.rule == "coverage" and coverage else reason.rule
    place, clause = _source(contract, key) if contract is not None else ("", "")
    said = ", ".join(part for part in (place, reason.clause or clause) if part)
    return f"{key} ({said}): {reason.text}" if said else f"{key}: {reason.text}"


def provenance(contract: Contract, result: Assessment) -> tuple[str, ...]:
    """For each key of the client's own that had a say in this assessment: its value, where it
    stands, and the preset's value that it prevails over."""
    return tuple(
        _prevails(origin, contract.document)
        for origin in contract.origins
        if _mattered(origin.key, result)
    )


def area(key: str) -> str | None:
    """The part of the conclusions that a key belongs to; None when it changes no figure."""
    names = list(_upwards(key))
    return next((name for name in names if name in _AREAS or name == COVERAGE), None)


def _source(contract: Contract, key: str) -> tuple[str, str]:
    """Where the value of a key stands, as FILE:LINE, and the clause that its document gives."""
    path = key.partition("[")[0]
    own = [origin for origin in contract.origins if _concerns(origin.key, path)]
    theirs = {k: c for k, c in contract.clauses.items() if f"clauses.{k}" in contract.own_keys}
    if own:
        exact = [origin for origin in own if origin.key == path]
        return (exact or own)[0].where, _clause(theirs, path)
    place = preset_place(contract.preset, path) if contract.preset is not None else ""
    return place, _clause(contract.clauses if place else theirs, path)


def _clause(clauses: dict[str, str], path: str) -> str:
    return next((clauses[name] for name in _upwards(path) if name in clauses), "")


def _concerns(key: str, path: str) -> bool:
    return key == path or key.startswith(f"{path}.") or path.startswith(f"{key}.")


def _upwards(key: str) -> Iterator[str]:
    """A key and the tables around it, from the inside: `prepaid.carry.years`, `prepaid.carry`, …"""
    while key:
        yield key
        key = key.rpartition(".")[0]


def _prevails(origin: Origin, document: str) -> str:
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
    name = area(key)
    if name == COVERAGE:
        return key.split(".")[1:2] == [result.coverage]
    return name is not None and _AREAS[name](result)


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


def _with_clock(name: ClockName) -> _Mattered:
    return lambda result: any(clock.target == name for clock in result.clocks)


def _said(*keys: str) -> _Mattered:
    """Whether one of these keys, or what stands in its table, is given as a reason."""

    def found(result: Assessment) -> bool:
        return any(key in keys for reason in _all_reasons(result) for key in _upwards(reason.rule))

    return found


def _all_reasons(result: Assessment) -> Iterator[Reason]:
    return chain(
        result.why,
        result.attention,
        result.approval.why,
        result.charge.why,
        *(clock.why for clock in result.clocks),
    )


def _express(result: Assessment) -> bool:
    return result.charge.multiplier is not None or _said("express")(result)


_limited: Final = _said("prepaid.stop_at_zero", "prepaid.carry")
COVERAGE: Final = "coverage"
"""Each of its lines belongs to the tickets that it covers."""
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
    "prepaid.rounding": _worked,
    "prepaid.stop_at_zero": _limited,
    "prepaid.carry": _limited,
    "prepaid.purchased": _limited,
    "prepaid.start": _limited,
    "express": _express,
    "cross_project": _said("cross_project"),
    "calendar": _promised,
    "extended": _promised,
    "day_seconds": _promised,
    "same_day_cutoff": _promised,
    "targets.unit": _promised,
    "targets.response_stops": _promised,
    "targets.receipts": _promised,
    "targets.workaround_states": _with_clock(ClockName.WORKAROUND),
    **{f"targets.{name}": _with_clock(name) for name in ClockName},
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
    "escalation": _said("escalation"),
}
"""Of which conclusions each key is a part. A key that stands in none of them changes no figure."""
