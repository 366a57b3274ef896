"""What a judgement rests on: everything known of one request, and the terms it falls under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from bridge.calendars.worktime import WorkCalendar
from bridge.contracts import Contract
from bridge.model import (
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True)
class Terms:
    """Under what a request is assessed: the client, one contract, its calendar.

    `asks_in_tool` says that the bridge itself sends estimates in this source: an answer then
    counts only after that message. `extended` counts the extended hours, when the contract gives
    them (R3.4).
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

    @cached_property
    def zone(self) -> ZoneInfo:
        """The client's time zone."""
        return ZoneInfo(self.timezone)
