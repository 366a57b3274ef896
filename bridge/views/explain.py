"""Why: one ticket's judgement, clause by clause, and every write made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from bridge.judge import Judged
from bridge.model import Clock, ClockState, Reason, Verdict, plain
from bridge.plan import value_data
from bridge.rules.provenance import provenance
from bridge.store.outbox import Outgoing
from bridge.terminal import moment, safe
from bridge.views.values import hours, reasons, value

_NAME = 10
_DECIDED = {Verdict.APPROVE: "approved", Verdict.REJECT: "declined"}


def lines(judged: Judged, writes: Sequence[Outgoing], zone: ZoneInfo) -> list[str]:
    """The judgement as text: the answer first, then the reason."""
    ticket, result = judged.ticket, judged.assessment
    client = f"{result.client}, contract {result.contract}" if result.client else "nobody's"
    out = [safe(f"{ticket.ref}  {ticket.title}"), _row("client", client, result.why)]
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
    out.append(_row("ticket", shown or "no kind, priority or state is known", ()))
    out.append(_row("coverage", result.coverage, ()))
    approval = result.approval
    out.append(_row("approval", approval.state.value, approval.why))
    for decision in approval.decisions:
        said = f"{_DECIDED[decision.verdict]} by {decision.by}, {moment(decision.at, zone)}"
        out.append(_row("", f"{said}    {decision.evidence}", ()))
    if approval.estimate is not None:
        e = approval.estimate
        by = f" by {e.by}" if e.by else ""
        out.append(_row("estimate", f"no {e.number}, {hours(e.seconds)}, {moment(e.at, zone)}{by}", ()))
    out += [_clock(clock, zone) for clock in result.clocks]
    cost = result.charge
    said = f"{hours(cost.consumed)} deducted"
    said += f", {hours(cost.offered)} offered" if cost.offered else ""
    said += f", {hours(cost.held)} not deducted yet" if cost.held else ""
    out.append(_row("charge", said, cost.why))
    out += [_row("attention", str(reason), ()) for reason in result.attention]
    out += [_row("terms", str(reason), ()) for reason in _provenance(judged)]
    out += [_write(row, zone) for row in writes]
    return out


def data(judged: Judged, writes: Sequence[Outgoing]) -> dict[str, object]:
    """`explain --json`."""
    result = judged.assessment
    approval, cost = result.approval, result.charge
    return {
        "ticket": plain(judged.ticket),
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
                "why": _why(approval.why),
            },
            "clocks": [
                {
                    "target": clock.target,
                    "started_at": plain(clock.started_at),
                    "due_at": plain(clock.due_at),
                    "state": clock.state.value,
                    "met_at": plain(clock.met_at),
                    "elapsed_seconds": clock.elapsed_seconds,
                    "why": _why(clock.why),
                }
                for clock in result.clocks
            ],
            "charge": {
                "consumed_seconds": cost.consumed,
                "chargeable_seconds": cost.chargeable,
                "offered_seconds": cost.offered,
                "why": _why(cost.why),
            },
            "attention": _why(result.attention),
            "why": _why(result.why),
            "provenance": _why(_provenance(judged)),
        },
        "writes": [
            {
                "key": row.write.key,
                "field": row.write.field.value,
                "value": value_data(row.write.value),
                "state": row.state.value,
                "planned_at": plain(row.planned_at),
                "done_at": plain(row.done_at),
                "error": row.error,
                "why": _why(row.write.why),
            }
            for row in writes
        ],
    }


def _provenance(judged: Judged) -> tuple[Reason, ...]:
    """Which of the contract's texts gave what was used, and what it prevails over (R4.8)."""
    if judged.terms is None:
        return ()
    return provenance(judged.terms.contract, judged.assessment)


def _row(name: str, said: str, why: Iterable[Reason]) -> str:
    because = reasons(why)
    return f"{name:<{_NAME}} {safe(said)}" + (f"    {because}" if because else "")


def _clock(clock: Clock, zone: ZoneInfo) -> str:
    if clock.state is ClockState.NONE:
        return _row(clock.target, "no promised time", clock.why)
    due = f", due {moment(clock.due_at, zone)}" if clock.due_at else ""
    spent = f", {hours(clock.elapsed_seconds)} counted"
    return _row(clock.target, f"{clock.state}{spent}{due}", clock.why)


def _write(row: Outgoing, zone: ZoneInfo) -> str:
    when = moment(row.done_at or row.planned_at, zone)
    said = f"{when} {row.write.field} {value(row.write.field, row.write.value)}, {row.state}"
    return _row("write", said, (Reason("error", row.error),) if row.error else ())


def _why(why: Iterable[Reason]) -> list[str]:
    return [str(reason) for reason in why]
