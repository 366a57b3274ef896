"""Which of a client's contracts a ticket falls under: exactly one, and why (R0.13, R3.11, R4.9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from bridge.contracts import Contract, in_force
from bridge.contracts.conditions import Condition
from bridge.model import Reason, Ticket
from bridge.rules.classify import Classified, classify
from bridge.rules.commands import commands
from bridge.rules.conditions import fits

RULE: Final = "contracts"
_CLASS: Final = ("kind", "severity", "priority", "category")
_UNKNOWN: Final = Classified(None, None, None)
"""What is not asked about need not be found out: word rules cost more than all the rest."""
Editions = Sequence[Contract]


@dataclass(frozen=True, slots=True)
class Choice:
    """The edition of the contract that a ticket falls under; None when no contract takes it.

    `intake` is the contract that took the ticket in and handed it over, when its response clock
    stays as measured (R3.12).
    """

    contract: Contract | None
    why: tuple[Reason, ...]
    intake: Contract | None = None


def choose(
    ticket: Ticket,
    offered: Sequence[Editions],
    zone: ZoneInfo,
    before: str | None = None,
) -> Choice:
    """The first of a client's contracts, in the order of the configuration, that was in force when
    the ticket came and whose scope has its signs; handed over where the coverage says so.

    `before` is the contract that the ticket fell under when it was first judged: what is another
    one now is said. Pure: the same facts give the same contract.
    """
    day = ticket.started_at.astimezone(zone).date()
    passed: list[str] = []
    for texts in offered:
        contract = in_force(texts, day)
        refusal = _refusal(contract, texts, ticket)
        if contract is None or refusal:
            passed.append(f"not {texts[-1].name}: {refusal}")
            continue
        others = [other for other in offered if other is not texts]
        handed = _handed_over(contract, others, ticket, day)
        taken, intake, how = handed or (contract, None, _why(contract, len(offered)))
        said = (Reason(RULE, "; ".join((f"{taken.name}: {how.text}", *passed))),)
        if handed:
            said = (Reason(how.rule, f"{taken.name}: {how.text}"), *said[1:])
        return Choice(taken, (*said, *_edition(taken), *_moved(taken, before)), intake)
    text = "no contract takes this ticket: " + "; ".join(passed) if passed else "no contract"
    return Choice(None, (Reason(RULE, text),))


def _refusal(contract: Contract | None, texts: Editions, ticket: Ticket) -> str:
    """Why a contract does not take a ticket; empty when it does."""
    if contract is None:
        return f"it began on {texts[0].effective}, after the ticket came (R4.9)"
    if not contract.scope:
        return ""
    if _any_fits(contract.scope, ticket, contract):
        return ""
    return f"the ticket is none of: {' / '.join(described(sign) for sign in contract.scope)}"


def _why(contract: Contract, offered: int) -> Reason:
    if offered == 1:
        return Reason(RULE, "the client's only contract")
    text = "the ticket is in its scope" if contract.scope else "it takes all that come"
    return Reason(RULE, text)


def _handed_over(
    contract: Contract,
    others: Sequence[Editions],
    ticket: Ticket,
    day: date,
) -> tuple[Contract, Contract | None, Reason] | None:
    """The other contract that covers this work, when the first line of coverage with the ticket's
    signs leads to one that the client has, in force, with the ticket in its scope."""
    lines = {name: c for name, c in contract.coverage.items() if c.needs_contract is not None}
    if not lines:
        return None
    for name, covered in lines.items():
        if not _any_fits((covered,), ticket, contract):
            continue
        for texts in others:
            other = in_force(texts, day)
            if other is None or covered.needs_contract not in (other.preset, other.name):
                continue
            if not _refusal(other, texts, ticket):
                rule = covered.rule or f"coverage.{name}"
                text = f"{contract.name} leaves {name} to it ({described(covered)})"
                return other, contract if covered.clocks else None, Reason(rule, text)
    return None


def _edition(contract: Contract) -> tuple[Reason, ...]:
    if not contract.version:
        return ()
    since = f", in force since {contract.effective}" if contract.effective else ""
    return (Reason("R4.9", f"version {contract.version} of {contract.name}{since}"),)


def _moved(contract: Contract, before: str | None) -> tuple[Reason, ...]:
    if before is None or before == contract.name:
        return ()
    text = f"it fell under {before} when it was first judged; by its signs now {contract.name}"
    return (Reason(RULE, text),)


def _any_fits(signs: Sequence[Condition], ticket: Ticket, contract: Contract) -> bool:
    """Whether a ticket, classified as this contract does, has the signs of one of these lines."""
    known = _UNKNOWN
    if any(getattr(sign, name) is not None for sign in signs for name in _CLASS):
        known = classify(ticket, contract, commands(ticket))
    return any(
        fits(
            sign,
            ticket,
            kind=known.kind,
            severity=known.severity,
            priority=known.priority,
            category=known.category,
        )
        for sign in signs
    )


def described(sign: Condition) -> str:
    """The signs of a line in a few words: `projects acme, intranet; kind incident`."""
    said = []
    for name in Condition.model_fields:
        value = getattr(sign, name)
        if value is None or value == ():
            continue
        text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        said.append(f"{name} {text}")
    return "; ".join(said) or "everything"
