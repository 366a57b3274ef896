"""What people tell the bridge by command: estimates, work, decisions, credits, what to read again.

Everything here is checked before it is kept: a ticket that exists, an approver who may decide, an
amount that can be meant.
"""

from __future__ import annotations

import getpass
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bridge.cli.errors import UsageError
from bridge.cli.session import Session, nearest
from bridge.engine import linking
from bridge.engine.assess import Assessed, assess_stored, conflicts
from bridge.engine.plan import Action
from bridge.engine.sync import utc_now
from bridge.model import (
    ApprovalState,
    EntryKind,
    Field,
    Person,
    Record,
    RecordKind,
    Seconds,
    VerbalApproval,
    Verdict,
)
from bridge.model.assessment import Estimate
from bridge.model.durations import DurationError, parse_duration
from bridge.model.ledger import LedgerEntry
from bridge.model.people import Provider, is_provider
from bridge.rules.approval.decisions import verbal_problem
from bridge.rules.sla.escalation import next_level
from bridge.store import ledger, quarantine, records, tickets
from bridge.store.database import Database

_SHOWN: Final = 10
_SETTLED: Final = {True: "the next sync writes it", False: "left as it is in the tool"}
_DECIDED: Final = (ApprovalState.APPROVED, ApprovalState.REJECTED)


def amount(text: str) -> Seconds:
    """Seconds of what was typed. Raises UsageError, with what was probably meant."""
    try:
        return parse_duration(text)
    except DurationError as error:
        meant = _meant(text)
        hint = f'write "{meant}"' if meant else str(error)
        raise UsageError(f'"{text}" is no amount of time', hint) from None


def _meant(text: str) -> str:
    plain = "".join(text.split()).lower().replace(",", ".")
    for guess in (plain, f"{plain}h"):
        try:
            parse_duration(guess)
        except DurationError:
            continue
        return guess
    return ""


def record(
    session: Session, ref: str, kind: RecordKind, seconds: Seconds, by: str, note: str
) -> Assessed:
    """Keep an estimate or work on a ticket; how the ticket stood before."""
    with session.database() as database:
        assessed = session.assessed(database, ref)
        _keep(session, database, assessed, kind, by, note, seconds=seconds)
    return assessed


def estimate(
    session: Session, ref: str, seconds: Seconds, by: str, note: str
) -> tuple[Assessed, str]:
    """Keep an estimate of a ticket; how the ticket stood before, and what the next sync does.

    Where the tool has a field for estimates the bridge writes it there. Raises UsageError where it
    may not: two estimates would stand side by side, and people would read the other one.
    """
    source, _ = session.parts(ref)
    reach = session.agreements.reach(source)
    held = Field.ESTIMATE in reach.carries
    if held and Field.ESTIMATE not in reach.writes:
        place = session.agreements.config.sources[source].mapping.place(Field.ESTIMATE)
        hint = (
            "fill it in there, and the next sync reads it; or list  estimate  in the  writes  of "
            f"[sources.{source}], and the bridge fills it in"
        )
        raise UsageError(f"{source} has a field for estimates, {place}", hint)
    then = "fills it in and tells" if held else "tells"
    assessed = record(session, ref, RecordKind.ESTIMATE, seconds, by, note)
    return assessed, f"the next sync {then} the client what the contract says"


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
        assessed = session.assessed(database, ref)
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
            raise UsageError(f"{lacks} (R4.6)", "ask the client to answer in the tool or by mail")
        _keep(session, database, assessed, RecordKind.DECISION, who, note, verdict=verdict)
    return Decided(approval.estimate, lacks)


def escalate(session: Session, ref: str, by: str, note: str) -> str:
    """Note one step further, and give who is asked next (R4.7). Raises UsageError at the last."""
    if not note.strip():
        raise UsageError("a step needs its reason", '--note "still down after the restart"')
    with session.database() as database:
        assessed = session.assessed(database, ref)
        with database.read() as conn:
            told = records.of_ticket(conn, assessed.ticket.source, assessed.ticket.key)
        if assessed.terms is None:
            raise UsageError(f"{ref} falls under no contract", f"see  bridge explain {ref}")
        level = next_level(assessed.terms.contract.escalation, told)
        if level is None:
            raise UsageError(f"{ref}: the last level has been asked", f"see  bridge explain {ref}")
        _keep(session, database, assessed, RecordKind.ESCALATION, by, note)
    return level


def credit(
    session: Session,
    database: Database,
    client: str,
    action: str,
    hours: str,
    note: str,
    contract: str = "",
) -> None:
    """Enter bought hours into a client's book. Raises UsageError."""
    example = f'bridge ledger {client} credit {hours or "40h"} --note "order 2026-117"'
    if action != "credit":
        raise UsageError(f'there is no "{action}" for a ledger', f"there is:  {example}")
    if not hours:
        raise UsageError("a credit needs its hours", example)
    seconds = amount(hours)
    if not note.strip():
        raise UsageError("a credit needs its reason", example)
    book = _book_of(session, client, contract)
    now = utc_now()
    entry = LedgerEntry(
        key=f"credit {secrets.token_hex(8)}#1",
        client=client,
        contract=book,
        at=now,
        kind=EntryKind.CREDIT,
        seconds=seconds,
        note=note,
    )
    with database.write() as conn:
        ledger.append(conn, [entry], now)


def _book_of(session: Session, client: str, wanted: str) -> str:
    """The contract whose book a credit goes to: the only one, or the one that is named."""
    there = [c.name for c in session.agreements.contracts_of(client) if c.prepaid is not None]
    if not there:
        hint = f"a contract of [clients.{client}] needs  prepaid"
        raise UsageError(f"{client} has no contract with prepaid hours", hint)
    if wanted and wanted not in there:
        raise UsageError(f'{client} has no book "{wanted}"', nearest(wanted, there))
    if not wanted and len(there) > 1:
        raise UsageError(f"{client} has {len(there)} books", f"--contract {'|'.join(there)}")
    return wanted or there[0]


def release(session: Session, ref: str, *, again: bool) -> str:
    """Have something that was set aside read again, or given up; else settle what a person changed
    and the source's policy asks about: ours is written, or the tool's stays. What then happens, in
    words. Raises UsageError when nothing waits for either."""
    source, key = session.parts(ref)
    with session.database() as database:
        with database.write() as conn:
            mark = quarantine.retry if again else quarantine.drop
            if mark(conn, source, key):
                return "the next sync reads it again" if again else "dropped; its raw form is kept"
        if (fields := _settle(session, database, source, key, again=again)) is not None:
            return f"{fields}: {_SETTLED[again]}"
        with database.read() as conn:
            waiting = [f"{source}:{item.key}" for item in quarantine.waiting(conn, source)]
    hint = nearest(ref, waiting, shown=_SHOWN) if waiting else "nothing is set aside"
    raise UsageError(f"{ref} was not set aside", hint)


def _settle(
    session: Session, database: Database, source: str, key: str, *, again: bool
) -> str | None:
    """Note a decision on every field of a ticket that waits for one; their names, if any."""
    with database.read() as conn:
        assessed = next(assess_stored(conn, session.agreements, source, [key], utc_now()), None)
    if assessed is None:
        return None
    open_ = [c for c in conflicts(session.agreements, assessed) if c.action is Action.ASK]
    verdict = Verdict.APPROVE if again else Verdict.REJECT
    for change in open_:
        kind = RecordKind.CONFLICT
        _keep(session, database, assessed, kind, "", change.key, verdict=verdict)
    return ", ".join(change.field for change in open_) or None


def _keep(
    session: Session,
    database: Database,
    assessed: Assessed,
    kind: RecordKind,
    by: str,
    note: str,
    *,
    seconds: Seconds | None = None,
    verdict: Verdict | None = None,
) -> None:
    kept = Record(
        key=secrets.token_hex(8),
        source=assessed.ticket.source,
        ticket=assessed.ticket.key,
        at=utc_now(),
        by=by.strip() or _user(),
        kind=kind,
        seconds=seconds,
        verdict=verdict,
        note=note,
    )
    with database.write(durable=True) as conn:
        records.append(conn, kept)
        tickets.touch(conn, kept.source, kept.ticket, kept.at)
        linking.touch(conn, session.agreements, assessed.ticket, kept.at)


def _user() -> str:
    """Who types; containers know their users by number only."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"


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
