"""`bridge approve` and `bridge reject`: what a client decided outside the tool."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final

import typer

from bridge.cli import lookup
from bridge.cli.errors import UsageError
from bridge.cli.options import Note, Ref
from bridge.cli.record import keep
from bridge.cli.session import Session, nearest
from bridge.model import ApprovalState, Person, RecordKind, VerbalApproval, Verdict
from bridge.model.assessment import Estimate
from bridge.model.durations import short
from bridge.model.people import Provider, is_provider
from bridge.rules.approval.decisions import verbal_problem

Approver = Annotated[str, typer.Option("--by", metavar="WHO", help="The approver.")]

_DECIDED: Final = (ApprovalState.APPROVED, ApprovalState.REJECTED)


def approve(context: typer.Context, ref: Ref, by: Approver, note: Note) -> None:
    """Note a yes that was given by phone."""
    _decide(context.obj, ref, Verdict.APPROVE, by, note)


def reject(context: typer.Context, ref: Ref, by: Approver, note: Note) -> None:
    """Note a no that was given by phone."""
    _decide(context.obj, ref, Verdict.REJECT, by, note)


def _decide(session: Session, ref: str, verdict: Verdict, by: str, note: str) -> None:
    given = decide(session, ref, verdict, by, note)
    word = "approved" if verdict is Verdict.APPROVE else "declined"
    estimate = given.estimate
    what = (
        f"estimate no {estimate.number} ({short(estimate.seconds)})" if estimate else "more study"
    )
    told = f"{ref}: {what} {word} by {by}, {given.lacks or 'noted'}"
    number, seconds = (estimate.number, estimate.seconds) if estimate else (None, None)
    facts = {"verdict": verdict.value, "by": by, "estimate_number": number}
    session.done(told, ticket=ref, **facts, estimate_seconds=seconds)


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision was about (None: more study), and what it still lacks (R4.6), if anything."""

    estimate: Estimate | None
    lacks: str | None


def decide(session: Session, ref: str, verdict: Verdict, by: str, note: str) -> Decided:
    """Keep a decision that was given outside the tool.

    Raises UsageError for a ticket that is nobody's or has no estimate, for a name that is no
    approver's, for one of our own people (L4: nobody of the firm approves for a client), where
    the contract takes nothing verbal (R4.6), and without a note, which is the evidence.
    """
    if not note.strip():
        raise UsageError("a decision needs its evidence", '--note "by phone, 14:05"')
    with session.database() as database:
        assessed = lookup.assessed(session, database, ref)
        terms, approval = assessed.terms, assessed.assessment.approval
        if terms is None:
            hint = f"see  bridge explain {ref}"
            raise UsageError(f"{ref} is nobody's, so nobody can decide", hint)
        who = by.strip()
        if _is_ours(who, assessed.ticket.source, session.agreements.provider):
            message = f"{who} works for {session.agreements.provider.name}"
            raise UsageError(f"{message}: only the client approves", _approvers(terms.approvers))
        if who.casefold() not in _spellings(terms.approvers):
            known = sorted(_spellings(terms.approvers))
            near = nearest(who.casefold(), known, f"approvers of {terms.client}")
            raise UsageError(f"{who} is no approver of {terms.client}", near)
        if approval.estimate is None and terms.contract.study is None:
            hint = f"bridge estimate {ref} 3h"
            raise UsageError(f"{ref} has no estimate to decide on", hint)
        same = [d for d in approval.decisions[-1:] if d.verdict is verdict]
        if same and approval.state in _DECIDED and not approval.unclear:
            when = f"{same[0].at:%Y-%m-%d %H:%M} UTC"
            message = f"{ref} is {approval.state} already, by {same[0].by}, {when}"
            raise UsageError(message, f"see  bridge explain {ref}")
        beyond = approval.state is ApprovalState.SEPARATE_QUOTE
        lacks = verbal_problem(terms.contract, beyond_contract=beyond)
        if lacks is not None and (
            beyond or terms.contract.verbal_approval is VerbalApproval.REFUSE
        ):
            raise UsageError(lacks, "ask the client to answer in the tool or by mail")
        keep(session, database, assessed, RecordKind.DECISION, who, note, verdict=verdict)
    return Decided(approval.estimate, lacks)


def _is_ours(who: str, source: str, provider: Provider) -> bool:
    """Whether a typed name means one of our own people, in whichever form it was typed."""
    known, _, name = who.rpartition(":")
    person = Person(login=name, address=name if "@" in name else None)
    return is_provider(person, known or source, provider)


def _spellings(approvers: Iterable[str]) -> set[str]:
    """Approvers as they may be typed: `desk:alice`, or `alice`."""
    folded = {name.casefold() for name in approvers}
    return folded | {name.rpartition(":")[2] for name in folded}


def _approvers(approvers: Iterable[str]) -> str:
    return f"approvers: {', '.join(sorted(approvers)) or 'nobody yet'}"
