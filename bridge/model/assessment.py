"""What a contract says about one request, in the words that plan, views and messages share.

Everything here is concluded, nothing is read from a tool; each conclusion carries its reasons.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from bridge.model import (
    ApprovalState,
    ClockName,
    ClockState,
    Decision,
    Field,
    Hours,
    Kind,
    MessageKind,
    Person,
    Priority,
    Reason,
    Seconds,
    Severity,
    Value,
)


@dataclass(frozen=True, slots=True)
class Clock:
    """One promised time of a ticket, as it stands.

    `due_at` is None without a target and while a pause without end lies before it. `warns_at` is
    when the contract's share of the target has passed. `breached_at` is when it was first late:
    the due time, or the change by which the target came to lie in the past (C14).
    """

    target: ClockName
    state: ClockState
    started_at: datetime | None = None
    due_at: datetime | None = None
    met_at: datetime | None = None
    elapsed_seconds: Seconds = 0
    why: tuple[Reason, ...] = ()
    warns_at: datetime | None = None
    breached_at: datetime | None = None
    hours: Hours = Hours.NORMAL


@dataclass(frozen=True, slots=True)
class Estimate:
    """One estimate that was given for a ticket, numbered from 1 in order of time."""

    number: int
    at: datetime
    by: Person | None
    seconds: Seconds
    origin: str


@dataclass(frozen=True, slots=True)
class Approval:
    """Whether work may start.

    `estimate` is the current one, `previous` the one before it; `standing` the last one under which
    work was or is allowed (an approved one, or one so small that none was needed). `initial` is the
    one against which later ones are measured (R2.8), `late` the numbers of those that came too
    late; `refused` the last one that was answered, when that answer was a no. `leave` is true when
    the client agreed to more study (R2.3). At `expires_at` an answer no longer counts; `remind` is
    true when it is time to bring the question back to mind. `unclear` are answers for a person.
    `given` is how many estimates were given in all, those that were taken away included.
    """

    state: ApprovalState
    estimate: Estimate | None = None
    previous: Estimate | None = None
    standing: Estimate | None = None
    asked_at: datetime | None = None
    decisions: tuple[Decision, ...] = ()
    unclear: tuple[Reason, ...] = ()
    why: tuple[Reason, ...] = ()
    initial: Estimate | None = None
    refused: Estimate | None = None
    late: tuple[int, ...] = ()
    leave: bool = False
    expires_at: datetime | None = None
    remind: bool = False
    given: int = 0


@dataclass(frozen=True, slots=True)
class DayCharge:
    """What is deducted for one local day of work on a ticket: `at` is the last work of that day."""

    day: date
    at: datetime
    seconds: Seconds


@dataclass(frozen=True, slots=True)
class Charge:
    """What a ticket costs the client, in seconds.

    `chargeable` is worked time after rounding and multipliers; it is the sum of `consumed`
    (deducted), `offered` (given away) and `held` (not yet decided: it waits for an approval, for
    hours, or for a person). `days` are the days of `consumed`, which they add up to. `multiplier`
    is that of express work, None for other work and where none is agreed (R0.16).
    """

    worked: Seconds = 0
    chargeable: Seconds = 0
    consumed: Seconds = 0
    offered: Seconds = 0
    held: Seconds = 0
    why: tuple[Reason, ...] = ()
    days: tuple[DayCharge, ...] = ()
    multiplier: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Desired:
    """One value that the rules want a tool to show.

    `ordered` is true when a person ordered it by a command later than the tool's own value, so
    that the field's policy of respecting people points to this one.
    """

    field: Field
    value: Value
    why: tuple[Reason, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that somebody should be told: `kind` of message and the estimate it speaks of."""

    kind: MessageKind
    public: bool
    number: int | None
    why: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the contract says about one ticket at one moment, each conclusion with its reasons.

    `client` and `contract` are names of the configuration, None when nobody matches. `attention`
    are things only a person can settle. `if_declined` is what the charge would be if the client
    said no to the estimate that waits (R2.9). `wakes_at` is the first instant after `at` at which
    the same facts may give another judgement (a warning, a due time, a wait, a reminder, a lapse);
    until then only `at` and the clocks' `elapsed_seconds` differ. None: time alone changes nothing.
    """

    source: str
    ticket: str
    at: datetime
    client: str | None
    contract: str | None
    kind: Kind | None
    priority: Priority | None
    severity: Severity | None
    category: str | None
    coverage: str
    approval: Approval
    clocks: tuple[Clock, ...]
    charge: Charge
    desired: tuple[Desired, ...]
    notices: tuple[Notice, ...] = ()
    attention: tuple[Reason, ...] = ()
    why: tuple[Reason, ...] = ()
    if_declined: Charge | None = None
    wakes_at: datetime | None = None
