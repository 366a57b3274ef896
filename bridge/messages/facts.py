"""The facts that each kind of message tells.

Durations are whole seconds, instants are aware. An optional part that is `None` is not spoken of:
no cap, no "at most"; no expiry, no date of it. Hours worked and hours deducted are always both
there, because a client must see them side by side (R0.16).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from types import MappingProxyType
from typing import ClassVar, Final

from bridge.model import MessageKind, Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What every message needs: our name as the client knows it, and the client's time zone."""

    kind: ClassVar[MessageKind]

    provider: str
    timezone: tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFacts(Facts):
    """A message about one ticket. `ref` is the ticket's key as the client sees it (SUP-1103)."""

    title: str
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateFacts(TicketFacts):
    """An estimate, and the question whether to go on (R0.3).

    `express` is the multiplier when the work was asked for as express. `at_most` is the most that
    can be deducted, when the contract has a cap. `free_after` is what is left free once this
    estimate is promised too; negative when it is not enough. `deciders` are the approvers' names.
    """

    kind: ClassVar[MessageKind] = MessageKind.ESTIMATE

    number: int
    worked: Seconds
    deducted: Seconds
    express: Decimal | None = None
    at_most: Seconds | None = None
    free_after: Seconds | None = None
    deciders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReEstimateFacts(TicketFacts):
    """A later estimate: `worked` instead of `before`, of which `done` is already worked.

    `if_declined` is deducted when the client stops here, `offered` is then given away (R2.9).
    """

    kind: ClassVar[MessageKind] = MessageKind.RE_ESTIMATE

    number: int
    worked: Seconds
    before: Seconds
    done: Seconds
    deducted: Seconds
    if_declined: Seconds
    offered: Seconds = 0
    at_most: Seconds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderFacts(TicketFacts):
    """An estimate that waits since `since`; at `expires_at` no answer counts any more."""

    kind: ClassVar[MessageKind] = MessageKind.REMINDER

    number: int
    worked: Seconds
    deducted: Seconds
    since: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedFacts(TicketFacts):
    """A yes was received: by whom and when."""

    kind: ClassVar[MessageKind] = MessageKind.APPROVED

    number: int
    by: str
    at: datetime
    worked: Seconds
    deducted: Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclinedFacts(TicketFacts):
    """A no was received; `deducted` is what the contract deducts all the same: the study (R2.5) or,
    when work had `begun` under an earlier estimate, that work (R2.9b)."""

    kind: ClassVar[MessageKind] = MessageKind.DECLINED

    number: int | None = None
    deducted: Seconds = 0
    begun: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DateFacts(TicketFacts):
    """A date is missing (R1.11); `example` shows how one may be written."""

    kind: ClassVar[MessageKind] = MessageKind.DATE

    example: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumedFacts(TicketFacts):
    """What the ticket has used, for tools that have no field to show it.

    `balance` of `total` hours is what the book holds; `None` when the client has no book.
    """

    kind: ClassVar[MessageKind] = MessageKind.CONSUMED

    worked: Seconds
    deducted: Seconds
    offered: Seconds = 0
    express: Decimal | None = None
    balance: Seconds | None = None
    total: Seconds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LowBalanceFacts(Facts):
    """The book runs low (R2.14): `left` is under `threshold`.

    With `day_seconds` (C19) the threshold is told in days. `runs_out` is about when the hours end
    at the current pace; it is shown as a third of a month, never as a day.
    """

    kind: ClassVar[MessageKind] = MessageKind.LOW_BALANCE

    left: Seconds
    threshold: Seconds
    day_seconds: Seconds | None = None
    runs_out: date | None = None
    carried_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFacts(TicketFacts):
    """A request came by a way that is not the agreed one; `link` (http or https) is.

    `counts` says whether the promised time runs all the same.
    """

    kind: ClassVar[MessageKind] = MessageKind.CHANNEL

    link: str
    counts: bool


KINDS: Final[Mapping[MessageKind, type[Facts]]] = MappingProxyType(
    {
        facts.kind: facts
        for facts in (
            EstimateFacts,
            ReEstimateFacts,
            ReminderFacts,
            ApprovedFacts,
            DeclinedFacts,
            DateFacts,
            LowBalanceFacts,
            ChannelFacts,
            ConsumedFacts,
        )
    }
)
"""Every kind of message and the facts it takes."""
