"""Contracts as data: a schema, presets per kind of agreement, and a client's own keys over them.

A contract has editions: what a preset or a client's table says from some day on (R4.9). A ticket is
assessed by the edition that was in force when it came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from pydantic import ValidationError

from bridge.contracts import merging, refusals
from bridge.contracts.merging import VERSIONS, Place, presets
from bridge.contracts.model import Contract
from bridge.contracts.names import Known, unknown
from bridge.contracts.refusals import Fault
from bridge.model import ProblemSeverity, did_you_mean

__all__ = [
    "VERSIONS",
    "Agreement",
    "Contract",
    "ContractError",
    "Fault",
    "Known",
    "VersionError",
    "build",
    "editions",
    "in_force",
    "presets",
    "read",
]

_NOTHING_KNOWN: Final = Known()
_NOT_IN_VERSIONS: Final = {
    "preset": "another preset is another contract: write one with its own effective date",
    "prepaid.purchased": "purchases carry their own date: write them in the contract itself",
    VERSIONS: "a version has none of its own",
}


class ContractError(Exception):
    """A contract that cannot be built, with all its faults; paths are those of its table."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = faults


class VersionError(Exception):
    """The keys of one version make no contract: `path` is that of the version's table."""

    def __init__(self, path: tuple[str | int, ...], error: ValidationError) -> None:
        super().__init__(str(error))
        self.path = path
        self.error = error


@dataclass(frozen=True, slots=True)
class Agreement:
    """A contract as it was read: its editions, oldest first, and what a person should look at."""

    editions: tuple[Contract, ...]
    doubts: tuple[Fault, ...] = ()


def build(name: str, table: Mapping[str, Any], place: Place | None = None) -> Contract:
    """The newest edition of a contract; raises what `read` does."""
    return editions(name, table, place)[-1]


def editions(
    name: str, table: Mapping[str, Any], place: Place | None = None
) -> tuple[Contract, ...]:
    """The editions of a contract, oldest first; raises what `read` does."""
    return read(name, table, place).editions


def read(
    name: str, table: Mapping[str, Any], place: Place | None = None, known: Known = _NOTHING_KNOWN
) -> Agreement:
    """The editions of the contract of that name, oldest first: its preset, if it names one, with
    the client's keys over it, as both stood after each change.

    `place` tells where a key of the table stands, for `explain`; `known` has the names that the
    contract may use. Raises ContractError for an unknown preset, for a name that is of nothing and
    for a contract that can never be satisfied, pydantic's ValidationError, with paths relative to
    the table, for wrong forms, and VersionError for those in a version.
    """
    ours_alone = '"{}" is set by the bridge itself'
    _refuse(
        [Fault((k,), ours_alone.format(k), "take it out") for k in Contract.filled_in if k in table]
    )
    preset = table.get("preset")
    if preset is not None and preset not in presets():
        hint = did_you_mean(str(preset), presets())
        raise ContractError(Fault(("preset",), f'no preset "{preset}"', hint))
    _check_versions(table)
    theirs = merging.layers(merging.preset(preset) if preset is not None else {})
    texts = merging.layers(table)
    days = sorted({layer.since for layer in (*theirs[1:], *texts[1:]) if layer.since is not None})
    # A day on which only the preset changed is none of this contract's before it began itself.
    began = texts[0].since or theirs[0].since
    moments = [None, *(day for day in days if began is None or day > began)]
    found: list[Contract] = []
    for number, day in enumerate(moments):
        own = merging.in_force(texts, day or began)
        inherited = merging.merged(merging.in_force(theirs, day or began))
        values = merging.merge(inherited, merging.merged(own))
        if day is not None:
            values["effective"] = day
        made = {
            "name": name,
            "edition": number,
            "own_keys": frozenset(key for layer in own for key in merging.dotted(layer.table)),
            "origins": merging.origins(own, preset, inherited, place),
        }
        try:
            found.append(Contract.model_validate({**values, **made}))
        except ValidationError as error:
            if own[-1].path and found:
                raise VersionError(own[-1].path, error) from None
            raise
    faults = [fault for contract in found for fault in _placed(contract, texts, known)]
    if any(fault.severity is ProblemSeverity.ERROR for fault in faults):
        _refuse(faults)
    return Agreement(tuple(found), tuple(dict.fromkeys(faults)))


def in_force(texts: Sequence[Contract], day: date) -> Contract | None:
    """The edition in force on a day; None when the contract had not begun (R4.9)."""
    holding = [text for text in texts if text.effective is None or text.effective <= day]
    return holding[-1] if holding else None


def _check_versions(table: Mapping[str, Any]) -> None:
    versions = table.get(VERSIONS, [])
    if not isinstance(versions, list) or not all(isinstance(v, Mapping) for v in versions):
        hint = "expected tables, as [[contracts.NAME.versions]]"
        raise ContractError(Fault((VERSIONS,), f"{VERSIONS} has the wrong form", hint))
    faults: list[Fault] = []
    began = table.get("effective")
    seen: list[date] = [began] if began is not None and _is_day(began) else []
    for number, version in enumerate(versions):
        path = (VERSIONS, number)
        since = version.get("effective")
        if not _is_day(since):
            hint = "add a line  effective = 2026-07-01  : from when it holds"
            faults.append(Fault((*path, "effective"), "a version lacks its date", hint))
        elif since in seen or since < min(seen, default=since):
            hint = "each begins on a day of its own, after the contract itself"
            faults.append(Fault((*path, "effective"), f"{since} cannot begin a version", hint))
        else:
            seen.append(since)
        keys = set(merging.dotted(version))
        for key, why in _NOT_IN_VERSIONS.items():
            if key in keys:
                text = f'"{key}" cannot stand in a version'
                faults.append(Fault((*path, *key.split(".")), text, why))
    _refuse(faults)


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _placed(contract: Contract, ours: Sequence[merging.Layer], known: Known) -> list[Fault]:
    """The faults of one edition, each at the latest of the client's texts that has the key."""
    found = []
    for fault in (*unknown(contract, known), *refusals.faults(contract)):
        path: tuple[str | int, ...] = fault.path
        for layer in merging.in_force(ours, contract.effective):
            if layer.path and fault.path and fault.path[0] in layer.table:
                path = (*layer.path, *fault.path)
        found.append(replace(fault, path=path))
    return found


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise ContractError(*dict.fromkeys(faults))
