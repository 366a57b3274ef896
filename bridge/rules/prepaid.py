"""What a ticket costs the book, and how the ledger follows (P1 to P5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from bridge.contracts.model import Contract, Cover
from bridge.durations import short
from bridge.model import (
    Approval,
    ApprovalState,
    Charge,
    EntryKind,
    Estimate,
    LedgerEntry,
    Reason,
    Seconds,
)
from bridge.rules.work import Work, worked


def charge(
    contract: Contract, covered: Cover, approval: Approval, pieces: Sequence[Work]
) -> Charge:
    """What is deducted, offered and held of the work on one ticket.

    The parts add up: chargeable = consumed + offered + held.
    """
    total = worked(pieces)
    said = Reason("P2", _sum(pieces)) if pieces else None
    why = (said,) if said else ()
    if contract.prepaid is None:
        return Charge(total, why=(*why, Reason("prepaid", "the contract has no book of hours")))
    if not covered.charge:
        rule = covered.rule or "coverage"
        return Charge(total, total, 0, total, 0, (*why, Reason(rule, "not charged to the book")))
    if approval.state is ApprovalState.SEPARATE_QUOTE:
        return Charge(total, why=(*why, Reason("R0.6", "quoted separately, not from the book")))
    allowed, clause = _allowed(contract, approval, total)
    consumed = min(total, allowed)
    rest = total - consumed
    offered = rest if _is_given_away(contract, approval) else 0
    return Charge(total, total, consumed, offered, rest - offered, (*why, *clause))


def _allowed(
    contract: Contract, approval: Approval, total: Seconds
) -> tuple[Seconds, tuple[Reason, ...]]:
    """How many seconds may be deducted, and by which clause."""
    standing = approval.standing
    if approval.state is ApprovalState.APPROVED and standing is not None:
        if contract.cap is not None:
            limit = _times(contract.cap, standing)
            text = f"at most {contract.cap} × {short(standing.seconds)} = {short(limit)}"
            return limit, (Reason("cap", text),)
        over = total > standing.seconds
        text = f"{short(total)} worked on an estimate of {short(standing.seconds)}"
        return total, ((Reason("W3", f"over the estimate: {text}"),) if over else ())
    if approval.state is ApprovalState.NOT_REQUIRED:
        limited = approval.estimate is not None and contract.unapproved_overrun == "offer"
        if limited and contract.approval and contract.threshold is not None:
            clause = Reason("R0.3c", f"without approval at most {short(contract.threshold)}")
            return contract.threshold, ((clause,) if total > contract.threshold else ())
        return total, (Reason("R0.2", "done without approval"),)
    if standing is not None:
        text = f"only the {short(standing.seconds)} agreed before are deducted"
        return standing.seconds, (Reason("A2", text),)
    rule = "R0.5" if approval.state is ApprovalState.REJECTED else "R0.1"
    return 0, (Reason(rule, f"nothing is deducted: {approval.state}"),)


def _is_given_away(contract: Contract, approval: Approval) -> bool:
    """Whether work beyond what may be deducted is offered; else it is held for an answer."""
    if approval.state in (ApprovalState.APPROVED, ApprovalState.REJECTED):
        return True
    return approval.state is ApprovalState.NOT_REQUIRED


def _times(factor: Decimal, estimate: Estimate) -> Seconds:
    return int((factor * estimate.seconds).to_integral_value(ROUND_DOWN))


def _sum(pieces: Sequence[Work]) -> str:
    people: dict[str, Seconds] = {}
    for piece in pieces:
        name = piece.by if "linked" not in piece.origin else f"{piece.by} (in {piece.origin})"
        people[name] = people.get(name, 0) + piece.seconds
    parts = ", ".join(f"{name} {short(seconds)}" for name, seconds in people.items())
    return f"{short(worked(pieces))} worked: {parts}"


@dataclass(frozen=True, slots=True)
class Due:
    """What the ledger should hold for one subject: a ticket or a purchase.

    `seconds` is signed: negative for what is deducted. `at` is when a difference counts.
    """

    subject: str
    contract: str
    seconds: Seconds
    at: datetime
    kind: EntryKind
    ticket: str | None = None
    note: str = ""


def settle(
    client: str, due: Iterable[Due], posted: Mapping[str, Sequence[LedgerEntry]]
) -> tuple[LedgerEntry, ...]:
    """The entries still missing: for each subject the difference between due and posted.

    Nothing is ever edited. What goes the same way as the kind is entered as such; what goes back
    is a correction that names the entry before it (P1, P2). `posted` holds the entries by subject;
    keys count them, so that the same facts give the same entries.
    """
    missing = []
    for item in due:
        before = posted.get(item.subject, ())
        difference = item.seconds - sum(entry.seconds for entry in before)
        if difference == 0:
            continue
        forward = (difference < 0) == (item.kind is EntryKind.DEDUCTION)
        corrects = before[-1] if before else None
        note = item.note
        if corrects is not None and not forward:
            note = f"corrects {corrects.kind} of {corrects.at:%Y-%m-%d}: {note}".rstrip(": ")
        missing.append(
            LedgerEntry(
                key=f"{item.subject}#{len(before) + 1}",
                client=client,
                contract=item.contract,
                at=item.at,
                kind=item.kind if forward else EntryKind.CORRECTION,
                seconds=difference,
                ticket=item.ticket,
                note=note,
            )
        )
    return tuple(missing)


def subject_of(entry: LedgerEntry) -> str:
    """What an entry is about: its key without the count."""
    return entry.key.rpartition("#")[0]
