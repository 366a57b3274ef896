"""Whether work may start: estimates, who answered what, and what the contract makes of it.

Identity, intention, object: a decision needs all three proven: an approver of this client, a clear
yes or no, after and about the current estimate (A2). One doubt leaves it to a person (A3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bridge.contracts.model import Contract, Cover
from bridge.durations import short
from bridge.model import (
    Approval,
    ApprovalState,
    Comment,
    Decision,
    Estimate,
    Event,
    Person,
    Reason,
    RecordKind,
    Role,
    Sent,
    Verdict,
)
from bridge.people import is_named
from bridge.rules.answers import Answer, read_answer
from bridge.rules.dossier import Dossier, Terms
from bridge.rules.estimates import current
from bridge.rules.work import Work

ASKING: Final = ("estimate", "re-estimate", "reminder")
"""The kinds of messages to which an answer decides."""

_OF_EVENT: Final = {
    ApprovalState.APPROVED.value: Verdict.APPROVE,
    ApprovalState.REJECTED.value: Verdict.REJECT,
}
_STATE: Final = {
    Verdict.APPROVE: ApprovalState.APPROVED,
    Verdict.REJECT: ApprovalState.REJECTED,
}


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one estimate."""

    state: ApprovalState
    why: Reason
    asked_at: datetime | None = None
    decisions: tuple[Decision, ...] = ()
    unclear: tuple[Reason, ...] = ()


def decide(
    dossier: Dossier,
    terms: Terms,
    covered: Cover,
    given: Sequence[Estimate],
    pieces: Sequence[Work],
    now: datetime,
) -> Approval:
    """The state of approval at `now`, with every decision, doubt and clause."""
    contract = terms.contract
    if covered.state is not None:
        why = Reason(covered.rule or "coverage", f"the coverage says: {covered.state}")
        return Approval(covered.state, current(tuple(given), dossier.ticket), why=(why,))
    if not contract.approval or not covered.approval:
        why = Reason(covered.rule or "approval", "this work needs no approval")
        estimate = current(tuple(given), dossier.ticket)
        return Approval(ApprovalState.NOT_REQUIRED, estimate, why=(why,))
    outcomes = [
        _outcome(dossier, terms, estimate, _end(given, estimate), pieces, now) for estimate in given
    ]
    standing = _standing(given, outcomes)
    latest_estimate = current(tuple(given), dossier.ticket)
    if latest_estimate is None:
        why = Reason("A1", "no estimate is known; nobody may guess that it is small")
        return Approval(ApprovalState.ESTIMATE_NEEDED, standing=standing, why=(why,))
    latest = outcomes[-1]
    return Approval(
        latest.state,
        latest_estimate,
        given[-2] if len(given) > 1 else None,
        standing,
        latest.asked_at,
        tuple(decision for outcome in outcomes for decision in outcome.decisions),
        latest.unclear,
        (latest.why,),
    )


def needs_no_approval(contract: Contract, estimate: Estimate) -> bool:
    """R0.2, R0.3b: whether an estimate is so small that it is done at once."""
    if contract.threshold is None:
        return False
    if estimate.seconds == contract.threshold:
        return not contract.threshold_inclusive
    return estimate.seconds < contract.threshold


def _outcome(
    dossier: Dossier,
    terms: Terms,
    estimate: Estimate,
    end: datetime | None,
    pieces: Sequence[Work],
    now: datetime,
) -> _Outcome:
    contract = terms.contract
    size = short(estimate.seconds)
    above = contract.separate_quote_above
    if above is not None and estimate.seconds > above:
        return _Outcome(
            ApprovalState.SEPARATE_QUOTE, Reason("R0.6", f"{size} is over {short(above)}")
        )
    if needs_no_approval(contract, estimate):
        under = short(contract.threshold or 0)
        return _Outcome(ApprovalState.NOT_REQUIRED, Reason("R0.2", f"{size} is under {under}"))
    asked_at, answers, unclear = _answers(dossier, terms, estimate, end)
    decisions, contradictions = _settle(answers, pieces)
    if decisions:
        last = decisions[-1]
        word = "approved" if last.verdict is Verdict.APPROVE else "declined"
        why = Reason("R0.5", f"{size} {word} by {last.by}: {last.evidence}")
        return _Outcome(_STATE[last.verdict], why, asked_at, decisions, contradictions)
    lapse = contract.expires_after
    if asked_at is not None and lapse is not None and now > asked_at + timedelta(seconds=lapse):
        why = Reason("expires_after", f"no answer within {short(lapse)}")
        return _Outcome(ApprovalState.EXPIRED, why, asked_at, (), unclear)
    limit = contract.threshold
    if limit is None:
        why = Reason("R0.1", f"{size} needs the client's yes")
    elif estimate.seconds == limit:
        why = Reason("R0.3b", f"{size} is not under {short(limit)}")
    else:
        why = Reason("R0.3", f"{size} is over {short(limit)}")
    return _Outcome(ApprovalState.AWAITING, why, asked_at, (), unclear)


def _end(given: Sequence[Estimate], estimate: Estimate) -> datetime | None:
    """When the next estimate voided this one (A2)."""
    return given[estimate.number].at if estimate.number < len(given) else None


def _standing(given: Sequence[Estimate], outcomes: Iterable[_Outcome]) -> Estimate | None:
    allowed = (ApprovalState.APPROVED, ApprovalState.NOT_REQUIRED)
    found = [e for e, outcome in zip(given, outcomes, strict=True) if outcome.state in allowed]
    return found[-1] if found else None


def _answers(
    dossier: Dossier, terms: Terms, estimate: Estimate, end: datetime | None
) -> tuple[datetime | None, list[Decision], tuple[Reason, ...]]:
    """When the client was asked, the clear answers of approvers, and what a person must read."""
    questions = [
        s for s in dossier.sent if s.kind in ASKING and s.number == estimate.number and s.public
    ]
    found: list[Decision] = []
    unclear: list[Reason] = []
    asked_at = min((s.at for s in questions), default=None)
    if not terms.asks_in_tool and asked_at is None:
        asked_at = estimate.at
    for comment in _after(dossier, terms, estimate, questions, end):
        decision, doubt = _read(comment, dossier, terms, estimate, questions)
        found += [decision] if decision else []
        unclear += [doubt] if doubt else []
    for event in dossier.ticket.events:
        decision, doubt = _read_event(event, dossier, terms, estimate, asked_at, end)
        found += [decision] if decision else []
        unclear += [doubt] if doubt else []
    for record in dossier.records:
        after = record.at >= estimate.at and (end is None or record.at < end)
        if record.kind is RecordKind.DECISION and record.verdict is not None and after:
            by = Person(name=record.by)
            evidence = f"noted by hand: {record.note}" if record.note else "noted by hand"
            if terms.contract.verbal_approval == "record":
                found.append(Decision(record.at, by, record.verdict, evidence, estimate.number))
            else:
                text = f"the word of {record.by} needs to be confirmed in writing"
                unclear.append(Reason("R4.6", text))
    return asked_at, sorted(found, key=lambda d: d.at), tuple(unclear)


def _after(
    dossier: Dossier,
    terms: Terms,
    estimate: Estimate,
    questions: Sequence[Sent],
    end: datetime | None,
) -> list[Comment]:
    """The client's comments that can answer this estimate, by order in the tool.

    Where the bridge asks, they come after its own message: its place in the thread counts, not a
    clock of ours. Where it does not, they come after the estimate.
    """
    comments = dossier.ticket.comments
    by_client = [c for c in comments if c.role is Role.CLIENT and (end is None or c.at < end)]
    if not terms.asks_in_tool and not questions:
        return [c for c in by_client if c.at > estimate.at]
    references = {s.reference for s in questions if s.reference}
    places = [index for index, c in enumerate(comments) if c.key in references]
    if places:
        later = {c.key for c in comments[min(places) + 1 :]}
        return [c for c in by_client if c.key in later]
    return [c for c in by_client if c.answers and _token_of(c, questions)]


def _token_of(comment: Comment, questions: Sequence[Sent]) -> bool:
    return any(s.token_digest in (comment.answers or ()) for s in questions if s.token_digest)


def _read(
    comment: Comment,
    dossier: Dossier,
    terms: Terms,
    estimate: Estimate,
    questions: Sequence[Sent],
) -> tuple[Decision | None, Reason | None]:
    """A decision, or a reason why a person must look, or neither: just a comment."""
    answer = read_answer(
        comment.text,
        extra_yes=terms.contract.extra_yes,
        extra_no=terms.contract.extra_no,
        names=_names(comment, dossier),
    )
    approver = is_named(comment.author, dossier.ticket.source, terms.approvers)
    doubts = _doubts(comment, approver, answer, questions)
    when = f"{comment.at:%Y-%m-%d %H:%M} UTC"
    if not doubts and answer.verdict is not None:
        evidence = f'comment {comment.key} of {when}: "{answer.phrase}"'
        decision = Decision(comment.at, comment.author, answer.verdict, evidence, estimate.number)
        return decision, None
    if approver and not comment.automatic and (comment.public or answer.verdict):
        why = "; ".join(doubts) or answer.why
        return None, Reason("A3", f"answer of {comment.author}, {when}, is for a person: {why}")
    if answer.verdict is not None:
        text = f"a clear answer of {comment.author}, {when}, does not count: {'; '.join(doubts)}"
        return None, Reason("A3", text)
    return None, None


def _names(comment: Comment, dossier: Dossier) -> tuple[str, ...]:
    """Names that may stand around an answer: its author's, and ours in this thread."""
    people = [c.author for c in dossier.ticket.comments if c.role is Role.PROVIDER]
    known = [person.name for person in (comment.author, *people) if person.name]
    return tuple(dict.fromkeys(name for full in known for name in (full, full.split()[0])))


def _doubts(
    comment: Comment, approver: bool, answer: Answer, questions: Sequence[Sent]
) -> tuple[str, ...]:
    doubts = list(comment.doubts)
    if not approver:
        doubts.append(f"{comment.author} is no approver of this client")
    if not comment.public:
        doubts.append("it is a private note")
    if comment.automatic:
        doubts.append("it is an automatic message")
    if comment.edited_at is not None and comment.edited_at > comment.at:
        doubts.append("it was edited")
    if comment.answers is not None and not _token_of(comment, questions):
        doubts.append("it does not prove to answer this estimate")
    return tuple(doubts)


def _read_event(
    event: Event,
    dossier: Dossier,
    terms: Terms,
    estimate: Estimate,
    asked_at: datetime | None,
    end: datetime | None,
) -> tuple[Decision | None, Reason | None]:
    """I3: a field set to "approved" decides only if the tool's journal names an approver."""
    verdict = _OF_EVENT.get(event.new or "") if event.kind == "approval" and not event.own else None
    since = asked_at or estimate.at
    if verdict is None or event.at < since or (end is not None and event.at >= end):
        return None, None
    who = event.actor
    if (
        who is not None
        and not event.observed
        and is_named(who, dossier.ticket.source, terms.approvers)
    ):
        evidence = f"field set to {event.new} at {event.at:%Y-%m-%d %H:%M} UTC"
        return Decision(event.at, who, verdict, evidence, estimate.number), None
    by = who or "somebody the tool does not name"
    return None, Reason("I3", f"field set to {event.new} by {by}, who may not decide: put back")


def _settle(
    answers: Sequence[Decision], pieces: Sequence[Work]
) -> tuple[tuple[Decision, ...], tuple[Reason, ...]]:
    """A4: the later answer counts while no work has begun since the first; then a person."""
    kept: list[Decision] = []
    unclear: list[Reason] = []
    for answer in answers:
        contradicts = bool(kept) and kept[-1].verdict is not answer.verdict
        begun = contradicts and any(kept[0].at <= p.at <= answer.at for p in pieces)
        if begun:
            text = f"{answer.by} says {answer.verdict} after work has begun: for a person"
            unclear.append(Reason("A4", text))
        elif not kept or contradicts:
            kept.append(answer)
    return tuple(kept), tuple(unclear)
