"""Who answered what: the clear answers of approvers to one estimate, and what a person must read.

Identity, intention, object: a decision needs all three proven: an approver of this client, a clear
yes or no, after and about the current estimate (A2). One doubt leaves it to a person (A3).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from bridge.contracts.model import Contract
from bridge.model import (
    About,
    ApprovalState,
    Comment,
    Decision,
    Event,
    EventKind,
    MessageKind,
    Person,
    Reason,
    Record,
    RecordKind,
    Role,
    Sent,
    VerbalApproval,
    Verdict,
)
from bridge.model.assessment import Estimate
from bridge.model.moments import minute
from bridge.model.people import is_named, other_account
from bridge.rules.approval.answers import Answer, read_answer
from bridge.rules.approval.estimates import TOOL
from bridge.rules.case import Request
from bridge.rules.dossier import Dossier
from bridge.rules.facts import BY_TIME
from bridge.rules.prepaid.work import Work, since

ASKING: Final = tuple(k for k in MessageKind if k.asks and k.about is About.ESTIMATE)
"""The kinds of messages to which an answer decides."""

BY_HAND: Final = "noted by hand"

_COMMENT: Final = re.compile(r"comment (\S+) of ")
"""How the evidence of a decision names its comment."""

_OF_EVENT: Final = {
    ApprovalState.APPROVED.value: Verdict.APPROVE,
    ApprovalState.REJECTED.value: Verdict.REJECT,
}


class Answered(NamedTuple):
    """What is known of one estimate: when the client was asked, what counts, what is unclear.

    `shaken` is what somebody must look at although the decision holds; `doubted` are clear answers
    that do not count, with what they say: one that contradicts the decision is not passed over.
    """

    asked_at: datetime | None
    decisions: tuple[Decision, ...]
    unclear: tuple[Reason, ...]
    shaken: tuple[Reason, ...] = ()
    doubted: tuple[Doubted, ...] = ()


class Doubted(NamedTuple):
    """An answer that a person must read: what it says, None when even that is unclear."""

    at: datetime
    verdict: Verdict | None
    why: Reason


class _Inquiry(NamedTuple):
    """One estimate, from when the next one voids it (A2), and when which messages of ours asked
    about it."""

    request: Request
    estimate: Estimate
    end: datetime | None
    questions: Sequence[Sent] = ()
    asked_at: datetime | None = None

    def is_over(self, at: datetime) -> bool:
        """Whether the estimate was void by then."""
        return self.end is not None and at >= self.end


def gather_answers(
    request: Request, estimate: Estimate, *, beyond_contract: bool = False
) -> Answered:
    """The answers to one estimate in order of time.

    `beyond_contract` says that the estimate would change scope, price or conditions (R4.6).
    """
    dossier, given = request.dossier, request.given
    end = given[estimate.number].at if estimate.number < len(given) else None
    questions, renumbered = _questions(dossier, estimate, end)
    asked_at = min((s.at for s in questions), default=None)
    if not request.terms.asks_in_tool and asked_at is None:
        asked_at = estimate.at
    inquiry = _Inquiry(request, estimate, end, questions, asked_at)
    entered, shaken = _entered(inquiry) if dossier.decided else ({}, [])
    decisions = [*entered.values()]
    doubted: list[Doubted] = []
    for comment in _after(inquiry):
        if comment.key in entered:
            continue
        answer = _read(comment, inquiry)
        if isinstance(answer, Decision):
            decisions.append(answer)
        elif answer is not None:
            doubted.append(answer)
    unclear = [*renumbered, *(each.why for each in doubted)]
    if dossier.facts.changes(EventKind.APPROVAL):
        for event in dossier.ticket.events:
            decision, doubt = _read_event(event, inquiry)
            decisions += [decision] if decision else []
            unclear += [doubt] if doubt else []
    for record in dossier.records:
        if record.at >= estimate.at and not inquiry.is_over(record.at):
            decision, doubt = _read_record(record, inquiry, beyond_contract)
            decisions += [decision] if decision else []
            unclear += [doubt] if doubt else []
    if len(decisions) > 1:
        decisions.sort(key=BY_TIME)
    clear = tuple(each for each in doubted if each.verdict is not None)
    return Answered(asked_at, tuple(decisions), tuple(unclear), tuple(shaken), clear)


def _questions(
    dossier: Dossier, estimate: Estimate, end: datetime | None
) -> tuple[list[Sent], list[Reason]]:
    """Our messages that asked about this estimate, and what a person must know of them.

    When a comment that gave an estimate is edited or deleted, those after it move up: what was
    asked before this one was given spoke of the one that bore its number then, and a yes to that
    is none to this (A2, I2). What was asked later, by the number that it bore, is its question.
    """
    asked = [s for s in dossier.sent if s.kind in ASKING and s.public]
    mine = [s for s in asked if s.number == estimate.number]
    if not mine:
        return mine, []
    shown = {c.key for c in dossier.ticket.comments if c.role is Role.BRIDGE}
    in_tool = estimate.origin == TOOL or estimate.origin.startswith("comment ")
    stale = [s for s in mine if in_tool and s.reference in shown and s.at < estimate.at]
    if not stale:
        return mine, []
    moved = (s for s in asked if s.reference in shown and (s.number or 0) > estimate.number)
    later = [s for s in moved if estimate.at <= s.at and (end is None or s.at < end)]
    questions = [s for s in mine if s not in stale] + later
    text = (
        "an earlier estimate was edited or deleted after the client was asked about it: this one "
        "was not asked about; ask, and note the answer with  bridge approve|reject"
    )
    return questions, [] if questions else [Reason("A3", text)]


def _entered(inquiry: _Inquiry) -> tuple[dict[str, Decision], list[Reason]]:
    """Decisions that were entered and whose comment was edited or deleted since, by its key.

    Work was done and booked under them: they hold as they read then until a person notes what
    does (I2), and a person is asked.
    """
    dossier, asked_at = inquiry.request.dossier, inquiry.asked_at
    comments = {comment.key: comment for comment in dossier.ticket.comments}
    entered: dict[str, Decision] = {}
    shaken: list[Reason] = []
    for decision in dossier.decided:
        evidence = _COMMENT.match(decision.evidence)
        other = decision.estimate_number != inquiry.estimate.number
        if evidence is None or other or asked_at is None:
            continue
        if decision.at < asked_at or inquiry.is_over(decision.at):
            continue
        comment = comments.get(evidence[1])
        if comment is not None and not comment.is_edited:
            continue
        entered[evidence[1]] = decision
        since = decision.at if comment is None else comment.edited_at or decision.at
        by_hand = (r for r in dossier.records if r.kind is RecordKind.DECISION)
        if not any(record.at > since for record in by_hand):
            was = "deleted" if comment is None else "edited"
            text = (
                f"the {decision.verdict} of {decision.by}, {minute(decision.at)}, was "
                f"{was} after it was entered: it holds until  bridge approve|reject  says otherwise"
            )
            shaken.append(Reason("A3", text))
    return entered, shaken


def verbal_problem(contract: Contract, *, beyond_contract: bool) -> str | None:
    """R4.6: why a spoken yes or no does not count by itself, or None where it does.

    What would change scope, price or conditions is never agreed by word of mouth where a contract
    asks for writing at all.
    """
    if contract.verbal_approval is VerbalApproval.RECORD:
        return None
    if contract.verbal_approval is VerbalApproval.REFUSE or beyond_contract:
        return "nothing verbal counts under this contract: the answer must come in writing"
    return "noted, and awaits a written confirmation"


def find_spoken(dossier: Dossier, contract: Contract) -> tuple[Reason, ...]:
    """R4.6: what was agreed by word of mouth about work that is not part of the contract."""
    problem = verbal_problem(contract, beyond_contract=True)
    if problem is None:
        return ()
    return tuple(
        Reason("verbal_approval", f"the word of {record.by}, {record.verdict}: {problem}")
        for record in dossier.records
        if record.kind is RecordKind.DECISION and record.verdict is not None
    )


def find_leave(request: Request, first: datetime | None) -> tuple[bool, tuple[Reason, ...]]:
    """R2.3: whether more study was agreed before the `first` estimate, and what is unclear of it.

    There is no question of ours for it, so that a person notes the leave with its evidence; an
    approver's bare yes in the thread is shown to one.
    """
    given = False
    unclear: list[Reason] = []
    for record in request.dossier.records:
        if first is not None and record.at >= first:
            continue
        if record.kind is RecordKind.DECISION and record.verdict is not None:
            problem = verbal_problem(request.contract, beyond_contract=False)
            if problem is None:
                given = record.verdict is Verdict.APPROVE
            else:
                unclear.append(Reason("verbal_approval", f"the word of {record.by}: {problem}"))
    for comment in request.ticket.comments:
        if comment.role is not Role.CLIENT or (first is not None and comment.at >= first):
            continue
        if not _is_approver(comment.author, request):
            continue
        verdict = _answer(comment, request).verdict
        if verdict is not None:
            text = (
                f"{comment.author} says {verdict} on {minute(comment.at)}, before any "
                "estimate: if it is about more study, note it with  bridge approve|reject"
            )
            unclear.append(Reason("study.limit", text))
    return given, tuple(unclear)


def _after(inquiry: _Inquiry) -> list[Comment]:
    """The client's comments that can answer this estimate, by order in the tool.

    Where the bridge asks, they come after its own message: its place in the thread counts, not a
    clock of ours; where no place is known, an answer proves itself by its token, and what came
    later without one is only looked at. Where it does not ask, they come after the estimate.
    """
    request, questions = inquiry.request, inquiry.questions
    comments = request.ticket.comments
    by_client = [c for c in comments if c.role is Role.CLIENT and not inquiry.is_over(c.at)]
    if not request.terms.asks_in_tool and not questions:
        return [c for c in by_client if c.at > inquiry.estimate.at]
    references = {s.reference for s in questions if s.reference}
    places = [index for index, c in enumerate(comments) if c.key in references]
    if places:
        later = {c.key for c in comments[min(places) + 1 :]}
        return [c for c in by_client if c.key in later]
    asked = min((s.at for s in questions), default=None)
    carrying = (c for c in by_client if c.answers is not None)
    return [c for c in carrying if _token_of(c, questions) or (asked is not None and c.at > asked)]


def _token_of(comment: Comment, questions: Sequence[Sent]) -> bool:
    return any(s.token_digest in (comment.answers or ()) for s in questions if s.token_digest)


def _read(comment: Comment, inquiry: _Inquiry) -> Decision | Doubted | None:
    """A decision, or a reason why a person must look, or neither: just a comment."""
    request = inquiry.request
    answer = _answer(comment, request)
    if answer.verdict is None and not _proves(comment, inquiry.questions):
        return None
    approver = is_named(comment.author, request.ticket.source, request.terms.approvers)
    doubts = _doubts(comment, inquiry)
    when = minute(comment.at)
    if not doubts and answer.verdict is not None:
        evidence = f'comment {comment.key} of {when}: "{answer.phrase}"'
        number = inquiry.estimate.number
        return Decision(comment.at, comment.author, answer.verdict, evidence, number)
    if approver and not comment.automatic and (comment.public or answer.verdict):
        why = "; ".join(doubts) or answer.why
        text = f"answer of {comment.author}, {when}, is for a person: {why}"
        return Doubted(comment.at, answer.verdict, Reason("A3", text))
    if answer.verdict is not None:
        text = f"a clear answer of {comment.author}, {when}, does not count: {'; '.join(doubts)}"
        return Doubted(comment.at, answer.verdict, Reason("A3", text))
    return None


def _answer(comment: Comment, request: Request) -> Answer:
    """What a comment says, read once. Around an answer its author's names may stand, and ours in
    this thread."""
    answer = request.answers.get(comment.key)
    if answer is None:
        ours = (c.author for c in request.ticket.comments if c.role is Role.PROVIDER)
        answer = request.answers[comment.key] = read_answer(
            comment.text,
            extra_yes=request.contract.extra_yes,
            extra_no=request.contract.extra_no,
            names=tuple(dict.fromkeys(who.name for who in (comment.author, *ours) if who.name)),
        )
    return answer


def _doubts(comment: Comment, inquiry: _Inquiry) -> tuple[str, ...]:
    request = inquiry.request
    doubts = list(comment.doubts)
    who, source, approvers = comment.author, request.ticket.source, request.terms.approvers
    accounts = request.dossier.accounts
    if not is_named(who, source, approvers):
        doubts.append(f"{who} is no approver of this client")
    elif (first := other_account(who, source, approvers, accounts)) is not None:
        doubts.append(f"{who} was account #{first} and is #{who.id} now:  bridge check")
    if not comment.public:
        doubts.append("it is a private note")
    if comment.automatic:
        doubts.append("it is an automatic message")
    if comment.is_edited:
        doubts.append("it was edited")
    if not _proves(comment, inquiry.questions):
        doubts.append("it does not prove to answer this estimate")
    return tuple(doubts)


def _proves(comment: Comment, questions: Sequence[Sent]) -> bool:
    """Whether it answers the question that is open, in tools that carry a token of it."""
    return comment.answers is None or _token_of(comment, questions)


def _is_approver(who: Person, request: Request) -> bool:
    """Whether somebody may decide: named, and still of the account that the name meant (I1)."""
    source, names = request.ticket.source, request.terms.approvers
    accounts = request.dossier.accounts
    return is_named(who, source, names) and other_account(who, source, names, accounts) is None


def _read_event(event: Event, inquiry: _Inquiry) -> tuple[Decision | None, Reason | None]:
    """I3: a field set to "approved" decides only if the tool's journal names an approver."""
    verdict = (
        _OF_EVENT.get(event.new or "")
        if event.kind == EventKind.APPROVAL and not event.own
        else None
    )
    request, estimate = inquiry.request, inquiry.estimate
    asked = inquiry.asked_at if request.terms.asks_in_tool else estimate.at
    since = max(asked, estimate.at) if asked is not None else None
    if verdict is None or since is None or event.at < since or inquiry.is_over(event.at):
        return None, None
    who = event.actor
    if who is not None and not event.observed and _is_approver(who, request):
        evidence = f"field set to {event.new} at {minute(event.at)}"
        return Decision(event.at, who, verdict, evidence, estimate.number), None
    by = who or "somebody the tool does not name"
    return None, Reason("A2", f"field set to {event.new} by {by}, who may not decide: put back")


def _read_record(
    record: Record, inquiry: _Inquiry, beyond_contract: bool
) -> tuple[Decision | None, Reason | None]:
    """What was said by word of mouth and noted by one of us (R4.6)."""
    if record.kind is not RecordKind.DECISION or record.verdict is None:
        return None, None
    problem = verbal_problem(inquiry.request.contract, beyond_contract=beyond_contract)
    if problem is not None:
        return None, Reason(
            "verbal_approval", f"the word of {record.by}, {record.verdict}: {problem}"
        )
    evidence = f"{BY_HAND}: {record.note}" if record.note else BY_HAND
    by = Person(name=record.by)
    return Decision(record.at, by, record.verdict, evidence, inquiry.estimate.number), None


def settle(
    decisions: Sequence[Decision], pieces: Sequence[Work]
) -> tuple[tuple[Decision, ...], tuple[Reason, ...]]:
    """A4: the later answer counts while no work has begun since the first; then a person settles
    it, by noting what holds."""
    holding: list[Decision] = []
    unclear: list[Reason] = []
    for answer in decisions:
        contradicts = bool(holding) and holding[-1].verdict is not answer.verdict
        begun = contradicts and any(
            since(piece, holding[0].at) and piece.at <= answer.at for piece in pieces
        )
        by_hand = answer.evidence.startswith(BY_HAND)
        if begun and not by_hand:
            text = f"{answer.by} says {answer.verdict} after work has begun: for a person"
            unclear.append(Reason("A4", text))
        elif not holding or contradicts:
            holding.append(answer)
        if by_hand:
            unclear = []
    return tuple(holding), tuple(unclear)
