"""What a judgement rests on: everything known of one request, and the terms it falls under."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from bridge.calendars.worktime import WorkCalendar
from bridge.contracts import Contract
from bridge.contracts.model import Target
from bridge.contracts.within import Within
from bridge.model import (
    ClockName,
    Decision,
    Field,
    FoundIn,
    Language,
    Record,
    Seconds,
    Sent,
    Ticket,
    TimeEntry,
)
from bridge.rules.facts import Facts

P3: Final = "p3_target"
"""Stands for the clause of the line that this key makes."""


@dataclass(frozen=True, slots=True)
class LinkedWork:
    """A time entry of another ticket that counts for this one. `ref` is SOURCE:KEY."""

    ref: str
    found_in: FoundIn
    entry: TimeEntry


@dataclass(frozen=True, slots=True)
class Available:
    """What a book still lets one ticket take: `seconds` where it stops at zero (P4), and nothing
    for work from `frozen_since` on while it is not renewed (R2.15). None is no limit."""

    seconds: Seconds | None = None
    frozen_since: datetime | None = None


@dataclass(frozen=True)
class Dossier:
    """Everything known of one request. The ticket's roles are cast already.

    `available` is what the book of its contract still lets it take; `ours` are the fields whose
    value in the tool is the bridge's own last write, and so nobody's word. `decided` are the
    decisions that were entered in the client's book already, as they read then. `accounts` are the
    ids of the tool's accounts with which approvers' logins and addresses were first seen (I1).
    """

    ticket: Ticket
    records: tuple[Record, ...] = ()
    sent: tuple[Sent, ...] = ()
    linked: tuple[LinkedWork, ...] = ()
    available: Available = Available()
    ours: frozenset[Field] = frozenset()
    decided: tuple[Decision, ...] = ()
    accounts: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def facts(self) -> Facts:
        """What the rules read of the ticket, once."""
        return Facts(self.ticket, Field.PRIORITY in self.ours)

    def with_available(self, available: Available) -> Dossier:
        """The same beside a book that lets it take this much; what was read stays read."""
        other = replace(self, available=available)
        other.__dict__["facts"] = self.facts
        return other


@dataclass(frozen=True)
class Terms:
    """Under what a request is assessed: the client, one contract, its calendar.

    `asks_in_tool` says that the bridge itself sends estimates in this source: an answer then
    counts only after that message. `extended` counts the extended hours, when the contract gives
    them (R3.4). `shows_instants` says that the tool holds an instant, not a day, where the due date
    is shown.
    """

    client: str
    contract: Contract
    calendar: WorkCalendar
    approvers: frozenset[str]
    language: Language
    timezone: str
    asks_in_tool: bool
    tells_hours: bool = False
    extended: WorkCalendar | None = None
    shows_instants: bool = False

    @cached_property
    def zone(self) -> ZoneInfo:
        """The client's time zone."""
        return ZoneInfo(self.timezone)

    @cached_property
    def rows(self) -> Mapping[ClockName, Sequence[Target]]:
        """The lines that may count, of each clock for which the contract has a table (R3.3)."""
        plan, targets = self.contract.plan, self.contract.targets
        tables = {name: getattr(targets, name) for name in ClockName}
        return {
            name: tuple(row for row in table if row.plan in (None, plan))
            for name, table in tables.items()
            if table
        }

    @cached_property
    def p3_row(self) -> Target | None:
        """R3.7: the line for P3 of every plan, where the contract gives it a time of its own."""
        within = self.contract.p3_target
        return Target(within=within, rule=P3) if isinstance(within, Within) else None
