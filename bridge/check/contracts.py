"""What a person should look at in contracts that can be used: readings to confirm, lost lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bridge.config import Config
from bridge.contracts import Contract
from bridge.contracts.refusals import Fault, targets
from bridge.contracts.within import Measure
from bridge.model import Hours, MessageKind, Problem, ProblemSeverity
from mappings.toml_lines import Lines

_WARNING: Final = ProblemSeverity.WARNING
_UNTOLD: Final = frozenset({MessageKind.CHANNEL})


def contract_problems(config: Config) -> Iterator[Problem]:
    """Warnings and errors about contracts, each at its key in the file, or at the contract where
    the key is the preset's. The errors stop nothing: what they concern has no clock and is not
    charged until they are mended."""
    lines = Lines(config.path.read_text(encoding="utf-8"), str(config.path))
    for name, contract in config.contracts.items():
        for found in _findings(contract):
            where = lines.at("contracts", name, *found.path)
            yield Problem(found.severity, f"{name}: {found.message}", where, found.hint)


def _findings(contract: Contract) -> Iterator[Fault]:
    yield from _same_day(contract)
    yield from _extended(contract)
    yield from _express(contract)
    yield from _confirmations(contract)
    yield from _untold(contract)


def _untold(contract: Contract) -> Iterator[Fault]:
    """Kinds of messages that no rule raises."""
    for key in ("tell_client", "tell_team"):
        for kind in sorted(getattr(contract, key) & _UNTOLD):
            text = f'nothing tells "{kind}" yet: it is never sent'
            yield Fault((key,), text, f'take "{kind}" out of {key}', _WARNING)


def _confirmations(contract: Contract) -> Iterator[Fault]:
    """The readings that the agreement leaves open, until the client's contract gives the key."""
    for number, item in enumerate(contract.confirm):
        path = ("confirm", number)
        key, colon, sentence = item.partition(": ")
        if not colon:
            yield Fault(path, item, "when it is settled:  confirm = []", _WARNING)
        elif key not in contract.own_keys:
            text = f"{key} is to be confirmed: {sentence}"
            hint = f"write {key} in this contract, with the agreed value, to confirm it"
            yield Fault(path, text, hint, _WARNING)


def _same_day(contract: Contract) -> Iterator[Fault]:
    """C17: a promise for the same day with no hour after which it is the next day's."""
    rows = contract.targets.response
    number = next((n for n, r in enumerate(rows) if r.within.measure is Measure.SAME_DAY), None)
    if number is not None and contract.same_day_cutoff is None:
        yield Fault(
            ("targets", "response", number),
            "an answer is promised the same day, with no cut-off: a request at five minutes to "
            "closing is due at closing (C17)",
            'add  same_day_cutoff = "16:00"  or leave it when that was agreed',
            _WARNING,
        )


def _extended(contract: Contract) -> Iterator[Fault]:
    """R3.4: extended hours are those of the particular contract, never silently the usual ones."""
    wanted = next(
        (
            ("targets", clock, number)
            for clock, number, row in targets(contract)
            if row.calendar is Hours.EXTENDED and row.plan in (None, contract.plan)
        ),
        None,
    )
    bought = contract.plan is not None or not contract.plans
    if wanted is not None and bought and contract.extended is None:
        yield Fault(
            wanted,
            "times are promised in extended hours, and the contract has none: no clock runs",
            'add  extended.weekly = { mon-sun = ["07:00-22:00"] }  as it was agreed',
        )
    if contract.plans and contract.plan is None:
        there = ", ".join(contract.plans)
        text = "the plan that was bought is not said"
        yield Fault(("plans",), text, f"add  plan = …  one of: {there}")


def _express(contract: Contract) -> Iterator[Fault]:
    """R0.16: the surcharge must stand in the client's own contract."""
    express = contract.express
    if express is None:
        for clock, number, row in targets(contract):
            if row.express:
                yield Fault(
                    ("targets", clock, number, "express"),
                    "a time is promised for express work, and nothing can be asked as express",
                    "add  express.allowed = [{ … }]  or take the line out",
                    _WARNING,
                )
    elif express.allowed and "express.multiplier" not in contract.own_keys:
        yield Fault(
            ("express",),
            "express work is allowed, and the contract itself does not say at what rate: it is "
            "held for a person, not charged",
            "add  express.multiplier = 2.5  (+ 150 %)  or what was agreed",
            _WARNING,
        )
