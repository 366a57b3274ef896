"""Who pays for a ticket: the book of hours, or something else that the contract names."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Final

from bridge.contracts.model import Contract, Cover
from bridge.model import Coverage, Reason
from bridge.rules.classification.conditions import fits
from bridge.rules.facts import Facts, Known

_IN_BOOK: Final = (Cover(charge=True, approval=True), Reason("prepaid", "charged to the book"))
_IN_SERVICE: Final = (
    Cover(approval=True),
    Reason("prepaid", "the contract has no book of hours"),
)


def cover(
    facts: Facts, contract: Contract, known: Known, zone: tzinfo = UTC
) -> tuple[str, Cover, Reason]:
    """The coverage's name, what it means, and why: the first line of the contract whose signs the
    ticket has, then a line without signs, else the contract's own.

    Lines with `needs_contract` never apply here: where the client has that contract, the ticket
    falls under it and not under this one; where not, the work is this one's (R0.13).
    """
    rest: tuple[str, Cover] | None = None
    for name, covered in contract.coverage.items():
        if covered.needs_contract is not None or not fits(covered, facts, known, zone):
            continue
        if covered.given:
            return name, covered, Reason(f"coverage.{name}", f"it is {name}", covered.rule)
        rest = rest or (name, covered)
    if rest is not None:
        name, covered = rest
        return name, covered, Reason(f"coverage.{name}", f"else {name}", covered.rule)
    own, reason = _IN_BOOK if contract.prepaid is not None else _IN_SERVICE
    return (Coverage.BOOK if contract.prepaid is not None else Coverage.SERVICE), own, reason
