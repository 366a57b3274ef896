"""What a person should look at in contracts that can be used: readings to confirm, lost lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from bridge.config import Config
from bridge.contracts import Contract
from bridge.contracts.model import Target
from bridge.contracts.within import Measure
from bridge.model import ClockName, Hours, Problem, ProblemSeverity
from mappings.toml_lines import Lines

Finding: TypeAlias = tuple[ProblemSeverity, str, str]
_ERROR: Final = ProblemSeverity.ERROR
_WARNING: Final = ProblemSeverity.WARNING


def contract_problems(config: Config) -> Iterator[Problem]:
    """Warnings and errors about contracts, each at the contract's place in the file. The errors
    stop nothing: what they concern has no clock and is not charged until they are mended."""
    lines = Lines(config.path.read_text(encoding="utf-8"), str(config.path))
    for name, contract in config.contracts.items():
        where = lines.at("contracts", name)
        for severity, message, hint in _findings(contract):
            yield Problem(severity, f"{name}: {message}", where, hint)


def _findings(contract: Contract) -> Iterator[Finding]:
    yield from _same_day(contract)
    yield from _extended(contract)
    yield from _express(contract)
    yield from _confirmations(contract)


def _confirmations(contract: Contract) -> Iterator[Finding]:
    """The readings that the agreement leaves open, until the client's contract gives the key."""
    for item in contract.confirm:
        key, colon, sentence = item.partition(": ")
        if not colon:
            yield _WARNING, item, "when it is settled:  confirm = []"
        elif key not in contract.own_keys:
            hint = f"write {key} in this contract, with the agreed value, to confirm it"
            yield _WARNING, f"{key} is to be confirmed: {sentence}", hint


def _same_day(contract: Contract) -> Iterator[Finding]:
    """C17: a promise for the same day with no hour after which it is the next day's."""
    rows: tuple[Target, ...] = contract.targets.response
    same_day = any(row.within.measure is Measure.SAME_DAY for row in rows)
    if same_day and contract.same_day_cutoff is None:
        yield (
            _WARNING,
            "an answer is promised the same day, with no cut-off: a request at five minutes to "
            "closing is due at closing (C17)",
            'add  same_day_cutoff = "16:00"  or leave it when that was agreed',
        )


def _extended(contract: Contract) -> Iterator[Finding]:
    """R3.4: extended hours are those of the particular contract, never silently the usual ones."""
    wanted = any(
        row.calendar is Hours.EXTENDED and row.plan in (None, contract.plan)
        for clock in ClockName
        for row in getattr(contract.targets, clock)
    )
    bought = contract.plan is not None or not contract.plans
    if wanted and bought and contract.extended is None:
        yield (
            _ERROR,
            "times are promised in extended hours, and the contract has none: no clock runs",
            'add  extended.weekly = { mon-sun = ["07:00-22:00"] }  as it was agreed',
        )
    if contract.plans and contract.plan is None:
        there = ", ".join(contract.plans)
        yield _ERROR, "the plan that was bought is not said", f"add  plan = …  one of: {there}"


def _express(contract: Contract) -> Iterator[Finding]:
    """R0.16: the surcharge must stand in the client's own contract."""
    express = contract.express
    if express is None or not express.allowed:
        return
    if "express.multiplier" not in contract.own_keys:
        yield (
            _WARNING,
            "express work is allowed, and the contract itself does not say at what rate: it is "
            "held for a person, not charged",
            "add  express.multiplier = 2.5  (+ 150 %)  or what was agreed",
        )
