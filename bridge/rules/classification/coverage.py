"""Who pays for a ticket: the book of hours, or something else that the contract names."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Final

from bridge.contracts.conditions import Condition
from bridge.contracts.model import Contract, Cover
from bridge.model import Coverage, Reason, Ticket
from bridge.rules.classification.classify import Classified
from bridge.rules.classification.conditions import fits

_IN_BOOK: Final = (Cover(charge=True, approval=True), Reason("prepaid", "charged to the book"))
_IN_SERVICE: Final = (
    Cover(approval=True),
    Reason("prepaid", "the contract has no book of hours"),
)


def cover(
    ticket: Ticket, contract: Contract, classified: Classified, zone: tzinfo = UTC
) -> tuple[str, Cover, Reason]:
    """The coverage's name, what it means, and why: the first line of the contract whose signs the
    ticket has, then a line without signs, else the contract's own.

    Lines with `needs_contract` never apply here: where the client has that contract, the ticket
    falls under it and not under this one; where not, the work is this one's (R0.13).
    """
    rest: tuple[str, Cover] | None = None
    for name, covered in contract.coverage.items():
        if covered.needs_contract is not None or not fits(
            covered,
            ticket,
            kind=classified.kind,
            severity=classified.severity,
            priority=classified.priority,
            category=classified.category,
            zone=zone,
        ):
            continue
        if _has_signs(covered):
            return name, covered, Reason(f"coverage.{name}", f"it is {name}", covered.rule)
        rest = rest or (name, covered)
    if rest is not None:
        name, covered = rest
        return name, covered, Reason(f"coverage.{name}", f"else {name}", covered.rule)
    own, reason = _IN_BOOK if contract.prepaid is not None else _IN_SERVICE
    return (Coverage.BOOK if contract.prepaid is not None else Coverage.SERVICE), own, reason


def _has_signs(covered: Cover) -> bool:
    """Whether a line asks for anything; one that does not is for all the rest."""
    return any(getattr(covered, name) not in (None, ()) for name in Condition.model_fields)
