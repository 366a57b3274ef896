"""The tables inside a contract: its hours, promised times, lines that classify, coverage, the book.

Each key names the rule that it expresses.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from functools import cached_property
from itertools import chain
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from bridge.calendars.table import read_holidays
from bridge.calendars.worktime import CalendarError, parse_intervals, parse_weekly
from bridge.contracts.conditions import (
    Category,
    Condition,
    Day,
    Duration,
    Label,
    Number,
    Table,
    Word,
    Zone,
    one_of,
)
from bridge.contracts.lists import with_lists
from bridge.contracts.schema import Refers
from bridge.contracts.within import Within, WithinValue, parse_within
from bridge.model import (
    ApprovalState,
    BookUnit,
    CarryOn,
    Choose,
    DayUnit,
    EntryKind,
    ExpressClock,
    Hours,
    Kind,
    Priority,
    ResponseStop,
    RoundedPer,
    RoundingMode,
    Seconds,
    Severity,
    State,
    Unagreed,
)
from bridge.model.phrases import Index, Wording, prepare


def _known_holidays(value: Any) -> Any:
    """The value itself, when its countries, regions and categories are known."""
    for one in value if isinstance(value, list | tuple) else [value]:
        if one is None and value is None:
            continue
        try:
            read_holidays(one)
        except CalendarError as error:
            raise ValueError(str(error)) from None
    return value


Holidays = Annotated[
    str | list[str | dict[str, Any]] | dict[str, Any] | None, BeforeValidator(_known_holidays)
]
Plan = Annotated[str, Refers.PLAN]
P3Target = Annotated[
    Within | Literal["plan"] | None,
    BeforeValidator(lambda value: value if value in (None, "plan") else parse_within(value)),
]


class Calendar(Table):
    """The hours in which working time counts (C1 to C10)."""

    timezone: Zone | None = None
    """Default: the client's, else [bridge] timezone."""
    weekly: dict[str, list[str]] = Field(default_factory=dict)
    """`{ "mon-fri" = ["08:00-12:00", "13:00-17:00"] }`"""
    holidays: Holidays = None
    """Country, and canton or region: "CH-VD", "BE", "FR"; several of them in a list; or a table,
    as `{ country = "BE", categories = ["public", "bank"] }`."""
    extra_closed: tuple[Day, ...] = ()
    extra_open: dict[Day, list[str]] = Field(default_factory=dict)

    @property
    def is_given(self) -> bool:
        """Whether any hours are given: without them nothing can be counted."""
        return bool(self.weekly or self.extra_open)

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


class Target(Condition):
    """One line of a table of promised times: the first line that matches counts.

    A ticket whose severity, priority or kind is undecided matches any line, so that lines stand
    from the strictest to the mildest and nobody is promised less. `plan` limits a line to one plan
    (R3.3); `express` to work asked for as express (R0.15); `max_estimate` to estimates up to it
    (R2.12); `calendar = "extended"` counts in the contract's extended hours (R3.4).
    """

    within: WithinValue
    approval: ApprovalState | None = None
    plan: Plan | None = None
    express: bool | None = None
    max_estimate: Duration | None = None
    calendar: Annotated[Hours, one_of(Hours.NORMAL, Hours.EXTENDED)] = Hours.NORMAL
    rule: str = ""


class Targets(Table):
    """The promised times, per clock, and how they are read.

    `response`, `workaround` and `resolution` start at receipt; `estimate` (when an estimate must
    be given, R2.12) at receipt too; `delivery` at the approval, `within = "2x+1d"` being twice the
    estimate and a day (R2.13).
    """

    unit: DayUnit = DayUnit.BUSINESS_HOURS
    response: tuple[Target, ...] = ()
    workaround: tuple[Target, ...] = ()
    resolution: tuple[Target, ...] = ()
    estimate: tuple[Target, ...] = ()
    delivery: tuple[Target, ...] = ()
    response_stops: ResponseStop = ResponseStop.START
    receipts: tuple[str, ...] = ()
    """R4.2: an answer that says only one of these, with or without courtesies, is a mere receipt
    and stops no clock."""
    workaround_states: tuple[State, ...] = ()
    """States that mean that a workaround is in place, besides the command `/workaround`."""

    @cached_property
    def rows(self) -> tuple[Target, ...]:
        """The lines of all tables."""
        tables = (self.response, self.workaround, self.resolution, self.estimate, self.delivery)
        return tuple(chain.from_iterable(tables))


class Classification(Condition):
    """One line by which a ticket is classified when its tool does not say.

    The `set_…` keys are what it is then; `rule` the clause. `wins` makes a line prevail over all
    others that match (R1.13).
    """

    set_kind: Kind | None = None
    set_priority: Priority | None = None
    set_severity: Severity | None = None
    set_category: str | None = None
    wins: bool = False
    rule: str = ""


class Classify(Table):
    """How tickets are classified: the tool's own fields first, else these lines, else a person."""

    lists: dict[str, tuple[Word, ...]] = Field(default_factory=dict)
    """Words that several lines share: `"@down"` in a line stands for the list of that name."""
    rules: tuple[Classification, ...] = ()
    choose: Choose = Choose.FIRST
    highest: dict[Kind, Priority] = Field(default_factory=dict)
    """No ticket of this kind ranks higher (R1.7)."""
    spared: tuple[Priority, ...] = ()
    """R1.13: priorities that a line with `wins` does not lower; a person is told instead."""
    needs_date: tuple[Condition, ...] = ()
    """Tickets for which a date must be agreed (R1.11)."""

    @cached_property
    def index(self) -> Index:
        """Which lines a text may be meant by: most are ruled out by their longest words."""
        return Index([line.words for line in self.rules])

    @model_validator(mode="before")
    @classmethod
    def _lists_stand_in_lines(cls, data: Any) -> Any:
        return with_lists(data)


class Cover(Condition):
    """A way in which work is paid other than by the default, for tickets that fit its signs.

    `charge`: is it deducted; `approval`: is it asked; `clocks`: do the times run. `state` forces
    the approval state, as `separate_quote` for work outside the scope (R3.11, R4.5).
    `needs_contract` names a preset, or a contract: when the client has such a one in force and in
    scope, the ticket falls under that one, and else this line does not apply (R0.11, R0.13, R3.11).
    With `clocks` the response clock of this contract then stays as measured (R3.12).
    """

    charge: bool = False
    approval: bool = False
    clocks: bool = True
    state: ApprovalState | None = None
    needs_contract: Annotated[str, Refers.CONTRACT] | None = None
    entry: Annotated[EntryKind, one_of(EntryKind.DEDUCTION, EntryKind.SETUP)] = EntryKind.DEDUCTION
    """R2.19: the kind of ledger entry in which the work is deducted."""
    rule: str = ""


class Express(Table):
    """Express work [intervention express] (R0.14 to R0.17)."""

    multiplier: Number | None = None
    """R0.16: must be written by the client's contract; without it express is held for a person."""
    clock: ExpressClock = ExpressClock.BUSINESS
    """R0.15: how the reaction time is counted; the line of `targets.response` says how long."""
    allowed: tuple[Condition, ...] = ()
    """R0.14: what may be asked as express."""
    words: tuple[Word, ...] = ("express",)
    not_words: tuple[Word, ...] = ()
    """A sentence with one of these asks for nothing: names of products, and "not express"."""
    labels: tuple[Label, ...] = ("express",)

    @cached_property
    def wording(self) -> Wording:
        """What a message must say."""
        return prepare(self.words, unless=self.not_words)


class Purchase(Table):
    """Hours paid in advance: they count from `date` (R0.9), and to the end of the day `until` when
    it is given: what is left then lapses (P4)."""

    date: Day
    hours: Number
    until: Day | None = None
    note: str = ""

    @property
    def seconds(self) -> Seconds:
        """The hours in seconds."""
        return int(self.hours * 3600)

    @property
    def at(self) -> datetime:
        """The moment from which they count, for the ledger."""
        return datetime.combine(self.date, time(), UTC)


class Rounding(Table):
    """P3: how worked time is rounded; none unless given."""

    unit: Duration
    per: RoundedPer
    mode: RoundingMode


class Carry(Table):
    """What happens to unused hours at the end of a year (R0.10, R2.15)."""

    on: CarryOn = CarryOn.ALWAYS
    """R2.15: with "renewal" every purchase makes the whole book good for a year from its day; then
    the hours are frozen until the next one."""
    years: Annotated[int, Field(ge=1)] | None = None
    """R0.10: for how many years hours are carried; without a limit when absent."""
    warn_days: int = 30
    """R2.15: so many days before the anniversary a missing renewal is told."""


class Prepaid(Table):
    """The book of hours."""

    purchased: tuple[Purchase, ...] = ()
    start: Day | None = None
    """The contract's anniversary; the calendar year when absent (R0.10). Where hours are carried on
    renewal only, a purchase before it is good for a year from it (R2.15)."""
    low_balance: Duration | None = None
    """R2.14: below this the client is told, once per crossing."""
    stop_at_zero: bool = False
    """P4: a balance may go below zero unless this is set."""
    unit: BookUnit = BookUnit.HOURS
    rounding: Rounding | None = None
    carry: Carry = Carry()


class Study(Table):
    """Finding out before an estimate [qualification] (R2.3 to R2.5)."""

    limit: Duration
    """R2.3: more than this needs the client's yes."""
    charged_on_refusal: bool = True
    """R2.5: the study is deducted when the estimate is refused."""
    not_for: tuple[Category, ...] = ()
    """R2.20: categories of work that finding out never finishes: they need an approval anyway."""


class Reestimate(Table):
    """Estimating again (R2.8, R2.9)."""

    limit: Number
    """R2.8: in time while the work done is at most this share of the first estimate."""
    late_refused: Unagreed = Unagreed.OFFER
    """R2.9: what becomes of the work when a late one is refused."""


class CrossProject(Table):
    """The ticket that collects meetings and calls [gestion de projet transverse] (R2.16)."""

    labels: tuple[Label, ...] = ("transverse",)
    categories: tuple[Category, ...] = ()
    hint_share: Number | None = None
    """Above this share of the month's time it is shown, never blocked."""
    weekly_above: Duration | None = None
    """R2.18: above so much work in a month, a weekly meeting is advised."""
    steering: Duration | None = None
    """R2.18: what preparing a steering committee takes, for the hint."""


class Escalation(Table):
    """R4.7: who is asked, in this order, one step at a time; else the account manager."""

    levels: tuple[str, ...] = ()
    account_manager: str = ""
