"""What a contract says, as data. Every key can be given by a preset and overridden by the client.

Each key names the rule that it expresses; where an agreement is ambiguous, the key switches the
reading. All durations are whole seconds, written in TOML as "1h", "1h30" or "90m".
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bridge.contracts.within import WithinValue
from bridge.durations import DurationError, parse_duration
from bridge.model import ApprovalState, Channel, Kind, Priority, Seconds, Severity
from bridge.worktime import CalendarError, parse_intervals, parse_weekly


def _seconds(value: Any) -> Seconds:
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError('a duration needs its unit: "1h", "1h30" or "90m"')
    try:
        return parse_duration(value if isinstance(value, str) else "")
    except DurationError as error:
        raise ValueError(str(error)) from None


def _hours(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("expected a number of hours, such as 40 or 37.5")
    return Decimal(str(value))


def _clock_time(value: Any) -> str:
    try:
        return time.isoformat(value if isinstance(value, time) else time.fromisoformat(value))
    except (TypeError, ValueError):
        raise ValueError('expected a time of day such as "16:00"') from None


Duration = Annotated[Seconds, BeforeValidator(_seconds)]
Hours = Annotated[Decimal, BeforeValidator(_hours)]
TimeOfDay = Annotated[str, BeforeValidator(_clock_time)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Calendar(_Table):
    """The hours in which working time counts (C1 to C10)."""

    timezone: str | None = None
    """Default: the client's, else [bridge] timezone."""
    weekly: dict[str, list[str]] = Field(default_factory=dict)
    """`{ "mon-fri" = ["08:00-12:00", "13:00-17:00"] }`"""
    holidays: str | None = None
    """Country, and canton or region: "CH-VD", "BE", "FR"."""
    extra_closed: tuple[date, ...] = ()
    extra_open: dict[date, list[str]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _hours_make_sense(self) -> Calendar:
        try:
            parse_weekly(self.weekly)
            for hours in self.extra_open.values():
                parse_intervals(hours)
        except CalendarError as error:
            raise ValueError(str(error)) from None
        if both := sorted(set(self.extra_closed) & set(self.extra_open)):
            raise ValueError(f"{both[0]} is both in extra_open and in extra_closed (C9)")
        return self


class Target(_Table):
    """One line of a table of promised times: the first line that matches counts.

    A condition that is left out matches everything; a ticket whose severity or kind is undecided
    matches too, so that lines stand from the strictest to the mildest and nobody is promised less.
    """

    within: WithinValue
    kind: Kind | None = None
    severity: Severity | None = None
    priority: Priority | None = None
    approval: ApprovalState | None = None
    rule: str = ""


class Targets(_Table):
    """The promised times, per clock."""

    response: tuple[Target, ...] = ()
    workaround: tuple[Target, ...] = ()
    resolution: tuple[Target, ...] = ()


class Cover(_Table):
    """A way in which work is paid other than by the default, found by a label or a word of the
    tool's kind. `charge`: is it deducted; `approval`: is it asked; `clocks`: do the times run."""

    labels: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    charge: bool = False
    approval: bool = False
    clocks: bool = True
    rule: str = ""


class Purchase(_Table):
    """Hours paid in advance: they count from `date` (R0.9)."""

    date: date
    hours: Hours
    note: str = ""

    @property
    def seconds(self) -> Seconds:
        """The hours in seconds."""
        return int(self.hours * 3600)

    @property
    def at(self) -> datetime:
        """The moment from which they count, for the ledger."""
        return datetime.combine(self.date, time(), UTC)


class Prepaid(_Table):
    """The book of hours."""

    purchased: tuple[Purchase, ...] = ()
    low_balance: Duration | None = None
    """Below this the balance is called low."""
    unit: Literal["hours", "days"] = "hours"


class Contract(_Table):
    """One agreement, ready to judge by."""

    name: str
    preset: str | None = None
    version: str = ""
    effective: date | None = None
    own_keys: frozenset[str] = frozenset()
    """Dotted keys that the client's own table gave; all others come from the preset (R4.8)."""

    calendar: Calendar = Calendar()
    day_seconds: Duration | None = None
    """How long a day is, for targets in days (C19); no default."""
    same_day_cutoff: TimeOfDay | None = None
    """C17: from this time on a request counts as received on the next business date."""
    targets: Targets = Targets()
    warn_at: Annotated[int, Field(ge=1, le=100)] = 80
    """A clock is at risk when this share of its target, in percent, has passed."""

    approval: bool = True
    """Whether work needs the client's yes at all (R0.1)."""
    threshold: Duration | None = None
    """Below this an estimate needs no approval (R0.2)."""
    threshold_inclusive: bool = True
    """R0.3b: an estimate of exactly the threshold needs approval."""
    separate_quote_above: Duration | None = None
    """R0.6: an estimate above this is not for the book."""
    unapproved_overrun: Literal["offer", "deduct"] = "offer"
    """R0.3c: what happens to work beyond the threshold that nobody approved."""
    expires_after: Duration | None = None
    """An estimate without an answer lapses after this much real time."""
    verbal_approval: Literal["record", "refuse"] = "record"
    """Whether `bridge approve` counts as the client's decision."""
    extra_yes: tuple[str, ...] = ()
    extra_no: tuple[str, ...] = ()
    """Phrases of this client's that count besides the built-in ones."""

    cap: Annotated[Decimal, BeforeValidator(_hours)] | None = None
    """At most this many times the approved estimate is deducted (R2.7)."""
    coverage: dict[str, Cover] = Field(default_factory=dict)
    prepaid: Prepaid | None = None

    tell_client: frozenset[str] = frozenset()
    """Kinds of messages that the client sees. What is not listed stays private."""
    tell_team: frozenset[str] = frozenset()
    """Kinds of messages written as private notes."""
    language: str | None = None

    @model_validator(mode="after")
    def _can_be_satisfied(self) -> Contract:
        if (
            self.threshold is not None
            and self.separate_quote_above is not None
            and self.threshold > self.separate_quote_above
        ):
            raise ValueError(
                "threshold is above separate_quote_above: no estimate could ever be approved"
            )
        if both := sorted(self.tell_client & self.tell_team):
            raise ValueError(f'"{both[0]}" is in tell_client and in tell_team: choose one')
        return self
