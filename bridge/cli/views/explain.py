"""Why: one ticket's judgement, clause by clause, and every write made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from bridge.cli.terminal.text import safe, width
from bridge.cli.terminal.times import moment
from bridge.cli.views.values import conflict, conflict_data, hours, value
from bridge.engine.assess import Assessed
from bridge.engine.plan import Change, value_data
from bridge.model import ClockState, Reason, Verdict, plain
from bridge.model.assessment import Approval, Charge, Clock
from bridge.rules.provenance import cited, provenance
from bridge.store.outbox import Outgoing

_Row: TypeAlias = tuple[str, str, str]
"""What, the answer, and a reason for it; all inert."""

_Citing: TypeAlias = Callable[[Iterable[Reason]], list[str]]
"""Reasons as sentences that a person can look up."""

_NAME = 10
_DECIDED = {Verdict.APPROVE: "approved", Verdict.REJECT: "declined"}


def lines(
    assessed: Assessed,
    writes: Sequence[Outgoing],
    zone: ZoneInfo,
    now: datetime,
    too_old_for: datetime | None = None,
    differing: Sequence[Change] = (),
) -> list[str]:
    """The judgement as text: what, then the answer, then the reasons one below the other.

    `too_old_for` is the source's `act_since`, where the ticket is from before it; `differing` are
    the fields in which a person's value stands where the rules want another one.
    """
    ticket, result = assessed.ticket, assessed.assessment
    why = _citing(assessed)
    rows = [
        *_whose(assessed, why),
        *_approval(result.approval, why, zone, now),
        *_charge(result.charge, why),
        *_linked(assessed),
        *(row for clock in result.clocks for row in _clock(clock, why, zone, now)),
        *(_row("attention", "", why(result.attention)) if result.attention else ()),
        *(_row("terms", "", terms) if (terms := _provenance(assessed)) else ()),
        *(
            row
            for change in differing
            for row in _row("differs", conflict(change), why(change.why))
        ),
        *_writes(writes, zone, now),
        *(_too_old(too_old_for, zone, now) if too_old_for is not None else ()),
    ]
    answers = max((width(said) for _, said, reason in rows if reason), default=0)
    shown = [safe(f"{ticket.ref}  {ticket.title}")]
    for name, said, reason in rows:
        gap = " " * (answers - width(said))
        line = f"{name:<{_NAME}} {said}{gap}    {reason}" if reason else f"{name:<{_NAME}} {said}"
        shown.append(line.rstrip())
    return shown


def data(
    assessed: Assessed, writes: Sequence[Outgoing], differing: Sequence[Change] = ()
) -> dict[str, object]:
    """`explain --json`."""
    result = assessed.assessment
    approval, cost = result.approval, result.charge
    why = _citing(assessed)
    return {
        "ticket": plain(assessed.ticket),
        "assessment": {
            "client": result.client,
            "contract": result.contract,
            "kind": plain(result.kind),
            "priority": plain(result.priority),
            "severity": plain(result.severity),
            "coverage": result.coverage,
            "approval": {
                "state": approval.state.value,
                "estimate_seconds": approval.estimate.seconds if approval.estimate else None,
                "decisions": plain(approval.decisions),
                "why": why(approval.why),
            },
            "clocks": [
                {
                    "target": clock.target,
                    "started_at": plain(clock.started_at),
                    "due_at": plain(clock.due_at),
                    "state": clock.state.value,
                    "met_at": plain(clock.met_at),
                    "elapsed_seconds": clock.elapsed_seconds,
                    "why": why(clock.why),
                }
                for clock in result.clocks
            ],
            "charge": {
                "consumed_seconds": cost.consumed,
                "chargeable_seconds": cost.chargeable,
                "offered_seconds": cost.offered,
                "why": why(cost.why),
            },
            "attention": why(result.attention),
            "why": why(result.why),
            "provenance": list(_provenance(assessed)),
        },
        "linked": [
            {
                "ticket": piece.ref,
                "found_in": piece.found_in,
                "entry": piece.entry.key,
                "at": plain(piece.entry.at),
                "by": str(piece.entry.person),
                "seconds": piece.entry.seconds,
            }
            for piece in assessed.linked
        ],
        "conflicts": [conflict_data(change) for change in differing],
        "writes": [
            {
                "key": row.write.key,
                "field": row.write.field.value,
                "value": value_data(row.write.value),
                "state": row.state.value,
                "planned_at": plain(row.planned_at),
                "done_at": plain(row.done_at),
                "error": row.error,
                "why": why(row.write.why),
            }
            for row in writes
        ],
    }


def _citing(assessed: Assessed) -> _Citing:
    """How to say a reason: with the key, file and line that it rests on, then the clause."""
    contract = assessed.terms.contract if assessed.terms is not None else None
    coverage = assessed.assessment.coverage
    return lambda why: [cited(contract, reason, coverage) for reason in why]


def _provenance(assessed: Assessed) -> tuple[str, ...]:
    """Which of the contract's texts gave what was used, and what it prevails over."""
    if assessed.terms is None:
        return ()
    return provenance(assessed.terms.contract, assessed.assessment)


def _row(name: str, said: str, why: Iterable[str] = ()) -> list[_Row]:
    """One row, with further reasons on rows of their own."""
    first, *more = [safe(reason) for reason in why] or [""]
    return [(name, safe(said), first), *(("", "", reason) for reason in more)]


def _whose(assessed: Assessed, why: _Citing) -> list[_Row]:
    ticket, result = assessed.ticket, assessed.assessment
    client = f"{result.client}, contract {result.contract}" if result.client else "nobody's"
    shown = ", ".join(
        f"{name} {word}"
        for name, word in (
            ("kind", result.kind),
            ("priority", int(result.priority) if result.priority else None),
            ("severity", result.severity),
            ("state", ticket.state),
        )
        if word is not None
    )
    return [
        *_row("client", client, why(result.why)),
        *_row("ticket", shown or "no kind, priority or state is known"),
        *_row("coverage", result.coverage),
    ]


def _approval(approval: Approval, why: _Citing, zone: ZoneInfo, now: datetime) -> list[_Row]:
    rows = _row("approval", approval.state.value, why(approval.why))
    if approval.estimate is not None:
        e = approval.estimate
        by = f" by {e.by}" if e.by else ""
        rows += _row(
            "", f"estimate no {e.number}, {hours(e.seconds)}", [f"given {_at(e.at, zone, now)}{by}"]
        )
    for d in approval.decisions:
        number = f" no {d.estimate_number}" if d.estimate_number is not None else ""
        said = f"{_DECIDED[d.verdict]}{number} by {d.by}"
        rows += _row("", said, [f"{_at(d.at, zone, now)}, {d.evidence}"])
    return rows


def _charge(cost: Charge, why: _Citing) -> list[_Row]:
    said = f"{hours(cost.consumed)} deducted"
    said += f", {hours(cost.offered)} offered" if cost.offered else ""
    said += f", {hours(cost.held)} not deducted yet" if cost.held else ""
    return _row("charge", said, why(cost.why))


def _linked(assessed: Assessed) -> list[_Row]:
    """The tickets of other tools whose work counts here, and how each is known to be linked."""
    found: dict[tuple[str, str], int] = {}
    for piece in assessed.linked:
        key = (piece.ref, piece.found_in)
        found[key] = found.get(key, 0) + piece.entry.seconds
    return [
        row
        for number, ((ref, place), seconds) in enumerate(found.items())
        for row in _row(
            "" if number else "linked",
            f"{hours(seconds)} worked on {ref}",
            [f"it names this request in its {place}"],
        )
    ]


def _clock(clock: Clock, why: _Citing, zone: ZoneInfo, now: datetime) -> list[_Row]:
    if clock.state is ClockState.NONE:
        return _row(clock.target, "no promised time", why(clock.why))
    times = ", ".join(
        f"{word} {_at(at, zone, now)}"
        for word, at in (
            ("from", clock.started_at),
            ("due", clock.due_at),
            ("met", clock.met_at),
        )
        if at is not None
    )
    said = f"{clock.state}, {hours(clock.elapsed_seconds)} counted"
    return _row(clock.target, said, [*([times] if times else ()), *why(clock.why)])


def _writes(writes: Sequence[Outgoing], zone: ZoneInfo, now: datetime) -> list[_Row]:
    """The newest first; one that did not go through says why."""
    rows: list[_Row] = []
    newest = sorted(writes, key=lambda row: row.done_at or row.planned_at)[::-1]
    for row in newest:
        what = f"{row.write.field} {value(row.write.field, row.write.value)}, {row.state}"
        said = f"{_at(row.done_at or row.planned_at, zone, now)} {what}"
        error = f": {row.error}" if row.error else ""
        rows.append(("" if rows else "writes", safe(f"{said}{error}"), ""))
    return rows


def _too_old(since: datetime, zone: ZoneInfo, now: datetime) -> list[_Row]:
    said = f"nothing is written or deducted: from before act_since, {_at(since, zone, now)}"
    return [("too old", safe(said), "")]


def _at(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    return moment(at, zone, now)
