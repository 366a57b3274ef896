"""What is kept of an assessment, so that `status` reads it instead of judging.

Times are instants: what they mean now is for whoever shows them. Nothing here changes by time alone
before the assessment's own `wakes_at`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.engine import Connection

from bridge.engine import bookkeeping
from bridge.engine.agreements import Agreements
from bridge.engine.assess import Assessed, assess_stored, conflicts
from bridge.engine.plan import Action, Change
from bridge.model import ApprovalState, ClockName, ClockState, Field, Hours, Reason, Seconds
from bridge.rules.sla.queue import QueuePlace, queue_place
from bridge.store import assessments, codec
from bridge.store.assessments import VERSION, Kept

_LONG_SINCE: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Promise:
    """One promised time: the instants of a clock, and where it stands."""

    target: ClockName
    state: ClockState
    hours: Hours
    started_at: datetime | None
    due_at: datetime | None
    warns_at: datetime | None
    met_at: datetime | None
    breached_at: datetime | None

    def shown_at(self) -> datetime | None:
        """From when on it is shown as late or at risk; None for never."""
        if self.due_at is None or self.met_at is not None:
            return None
        return _LONG_SINCE if self.state is ClockState.BREACHED else self.warns_at


@dataclass(frozen=True, slots=True)
class Cost:
    """What a ticket costs the client, in seconds."""

    worked: Seconds
    chargeable: Seconds
    consumed: Seconds
    offered: Seconds
    held: Seconds


@dataclass(frozen=True, slots=True)
class Conclusions:
    """What was concluded of a ticket, and its name and address. `edition` is that of its contract,
    `attention` what only a person can settle."""

    title: str
    url: str
    edition: int
    approval: ApprovalState
    estimate: Seconds | None
    asked_at: datetime | None
    expires_at: datetime | None
    promises: tuple[Promise, ...]
    cost: Cost
    attention: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """One ticket as it was last assessed. `promised` are hours approved and not worked yet,
    `conflicts` the fields in which a person's value stands, `place` is that in the queue, the
    smallest first."""

    source: str
    ticket: str
    is_open: bool
    client: str | None
    contract: str | None
    promised: Seconds
    conclusions: Conclusions
    conflicts: tuple[Change, ...]
    place: QueuePlace

    @property
    def ref(self) -> str:
        """`SOURCE:KEY`."""
        return f"{self.source}:{self.ticket}"


def summarise(one: Assessed, differing: tuple[Change, ...]) -> Summary:
    """What is kept of a ticket that was just assessed; `differing` are its conflicts."""
    ticket, result, terms = one.ticket, one.assessment, one.terms
    contract = terms.contract if terms is not None else None
    agreed, cost = result.approval, result.charge
    conclusions = Conclusions(
        title=ticket.title,
        url=ticket.url,
        edition=contract.edition if contract is not None else 0,
        approval=agreed.state,
        estimate=agreed.estimate.seconds if agreed.estimate is not None else None,
        asked_at=agreed.asked_at,
        expires_at=agreed.expires_at,
        promises=tuple(
            Promise(
                clock.target,
                clock.state,
                clock.hours,
                clock.started_at,
                clock.due_at,
                clock.warns_at,
                clock.met_at,
                clock.breached_at,
            )
            for clock in result.clocks
        ),
        cost=Cost(cost.worked, cost.chargeable, cost.consumed, cost.offered, cost.held),
        attention=result.attention,
    )
    return Summary(
        source=ticket.source,
        ticket=ticket.key,
        is_open=ticket.is_open,
        client=terms.client if terms is not None else None,
        contract=contract.name if contract is not None else None,
        promised=bookkeeping.promised(result) if terms is not None else 0,
        conclusions=conclusions,
        conflicts=differing,
        place=queue_place(ticket, result, contract),
    )


def kept(summary: Summary, at: datetime) -> Kept:
    """The row of a summary, made at `at`."""
    said = summary.conclusions
    shown = [when for each in said.promises if (when := each.shown_at()) is not None]
    rank, priority, arrived = summary.place
    content = {
        "version": VERSION,
        "conclusions": codec.encode(said),
        "conflicts": [_encoded(change) for change in summary.conflicts],
        "place": [rank, int(priority), arrived.isoformat()],
    }
    return Kept(
        source=summary.source,
        ticket=summary.ticket,
        at=at,
        is_open=summary.is_open,
        client=summary.client,
        contract=summary.contract,
        held=said.cost.held,
        promised=summary.promised,
        asks=len(said.attention) + len(summary.conflicts),
        risk_at=min(shown, default=None),
        content=codec.dumps(content),
    )


def read(row: Kept) -> Summary:
    """The summary of a row."""
    data = codec.loads(row.content)
    rank, priority, arrived = data["place"]
    return Summary(
        source=row.source,
        ticket=row.ticket,
        is_open=row.is_open,
        client=row.client,
        contract=row.contract,
        promised=row.promised,
        conclusions=codec.decode(Conclusions, data["conclusions"]),
        conflicts=tuple(_decoded(row, change) for change in data["conflicts"]),
        place=(rank, priority, datetime.fromisoformat(arrived)),
    )


def to_show(
    conn: Connection, agreements: Agreements, source: str, awake: list[str], now: datetime
) -> Iterator[Summary]:
    """The open tickets of a source that `status` has something to say of: those that are `awake`
    as they would be assessed now, all others as they were."""
    for one in assess_stored(conn, agreements, source, awake, now):
        if one.ticket.is_open:
            yield summarise(one, conflicts(agreements, one))
    live = frozenset(awake)
    for row in assessments.to_show(conn, source, now):
        if row.ticket not in live:
            yield read(row)


def _encoded(change: Change) -> dict[str, Any]:
    """A conflict; it is of a field, never of a message."""
    return {
        "key": change.key,
        "field": change.field.value,
        "shown": None if change.shown is None else codec.encode_value(change.shown),
        "desired": codec.encode_value(change.desired),
        "action": change.action.value,
        "why": [codec.encode(reason) for reason in change.why],
    }


def _decoded(row: Kept, data: dict[str, Any]) -> Change:
    field = Field(data["field"])
    shown = data["shown"]
    return Change(
        data["key"],
        row.source,
        row.ticket,
        field,
        None if shown is None else codec.decode_value(field, shown),
        codec.decode_value(field, data["desired"]),
        Action(data["action"]),
        tuple(codec.decode(Reason, item) for item in data["why"]),
    )
