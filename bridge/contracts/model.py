"""What a contract says, as data. Every key can be given by a preset and overridden by the client.

Each key names the rule that it expresses; where an agreement is ambiguous, the key switches the
reading. All durations are whole seconds, written in TOML as "1h", "1h30" or "90m".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from bridge.contracts.conditions import (
    Condition,
    Day,
    Duration,
    Number,
    Table,
    TimeOfDay,
)
from bridge.contracts.schema import Refers
from bridge.contracts.tables import (
    Calendar,
    Carry,
    Classification,
    Classify,
    Cover,
    CrossProject,
    Escalation,
    Express,
    P3Target,
    Plan,
    Prepaid,
    Purchase,
    Reestimate,
    Rounding,
    Study,
    Target,
    Targets,
)
from bridge.model import (
    Channel,
    ClockStart,
    Kind,
    Language,
    MessageKind,
    Pricing,
    Unagreed,
    VerbalApproval,
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a key of the client's own stands, and what of the preset it prevails over (R4.8).

    Values are as a contract writes them; `over` is None when the preset does not have the key.
    """

    key: str
    value: str
    where: str
    preset: str | None
    over: str | None


class Contract(Table):
    """One edition of an agreement, ready to judge by."""

    filled_in: ClassVar = ("name", "own_keys", "origins", "edition")
    """Keys that the bridge itself fills in."""

    name: str
    preset: str | None = None
    version: str = ""
    effective: Day | None = None
    document: str = ""
    """Which document gave the client's own keys (R2.22, R4.8)."""
    own_keys: frozenset[str] = frozenset()
    """Dotted keys that the client's own table gave; all others come from the preset (R4.8)."""
    origins: tuple[Origin, ...] = ()
    """The same keys, each with its value, its place, and what it prevails over."""
    edition: int = 0
    """The number of this edition among the contract's, oldest first (R4.9)."""
    confirm: tuple[Annotated[str, Refers.KEY], ...] = ()
    """Readings that `check` asks to confirm, and lists that were lost and must be filled in."""
    clauses: dict[Annotated[str, Refers.KEY], str] = Field(default_factory=dict)
    """By dotted key, the clause of the firm's own document that says it; `explain` cites it after
    the key and its line. Lines of tables say theirs in `rule`."""

    scope: tuple[Condition, ...] = ()
    """Which of the client's tickets fall under this contract; all when empty."""
    plan: Plan | None = None
    """Which plan of the agreement was bought (R3)."""
    plans: tuple[str, ...] = ()
    """The plans that there are."""
    plan_channels: dict[Plan, tuple[Channel, ...]] = Field(default_factory=dict)
    """R3.9: the ways in that belong to each plan."""
    written_only: tuple[Plan, ...] = ()
    """R3.9: plans for which a phone call has no clock until it is written."""
    phone_for_critical: tuple[Plan, ...] = ()
    """R3.10: plans whose phone is for critical incidents in business hours only."""
    rank: dict[Plan, int] = Field(default_factory=dict)
    """R3.5: the order in which plans are treated, 1 first."""
    clock_channels: tuple[Channel, ...] = ()
    """R4.4: requests by other channels have no clock; all have one when empty."""
    maintenance: bool = True
    """R1.1: without a maintenance contract no times are promised."""
    activated_at: Day | None = None
    """R4.10: before this day no clock runs."""

    calendar: Calendar = Calendar()
    extended: Calendar | None = None
    """R3.4: the extended hours of the particular contract."""
    day_seconds: Duration | None = None
    """How long a day is, for targets in days (C19); no default."""
    same_day_cutoff: TimeOfDay | None = None
    """C17: from this time on a request counts as received on the next business date."""
    clock_start: ClockStart = ClockStart.NOTIFICATION
    next_day_plans: tuple[Plan, ...] = ()
    """R3.8: the plans it concerns."""
    p3_target: P3Target = None
    """R3.7: the response time of P3 in every plan; "plan" gives P3 the time of its plan."""
    targets: Targets = Targets()
    warn_at: Annotated[int, Field(ge=1, le=100)] = 80
    """A clock is at risk when this share of its target, in percent, has passed."""

    classify: Classify = Classify()
    express: Express | None = None
    coverage: dict[str, Cover] = Field(default_factory=dict)

    pricing: Pricing = Pricing.TIME
    approval: bool = True
    """Whether work needs the client's yes at all (R0.1)."""
    threshold: Duration | None = None
    """Below this an estimate needs no approval (R0.2)."""
    threshold_inclusive: bool = True
    """R0.3b: an estimate of exactly the threshold needs approval."""
    separate_quote_above: Duration | None = None
    """R0.6, R2.12: an estimate above this is not for the book."""
    unapproved_overrun: Unagreed = Unagreed.OFFER
    """R0.3c: what happens to work beyond the threshold that nobody approved."""
    expires_after: Duration | None = None
    """An estimate without an answer lapses after this much real time."""
    remind_after: Duration | None = None
    """An estimate without an answer is brought back to mind after this much real time."""
    verbal_approval: VerbalApproval = VerbalApproval.RECORD
    extra_yes: tuple[str, ...] = ()
    extra_no: tuple[str, ...] = ()
    """Phrases of this client's that count besides the built-in ones."""

    study: Study | None = None
    reestimate: Reestimate | None = None
    cap: Number | None = None
    """At most this many times the approved estimate is deducted (R2.7)."""
    cross_project: CrossProject | None = None
    prepaid: Prepaid | None = None

    escalation: Escalation = Escalation()
    tell_client: frozenset[MessageKind] = frozenset()
    """Kinds of messages that the client sees. What is not listed stays private."""
    tell_team: frozenset[MessageKind] = frozenset()
    """Kinds of messages written as private notes."""
    language: Language | None = None
    """Of messages about this contract's tickets; the client's when absent."""

    @cached_property
    def asks(self) -> Mapping[Kind | None, frozenset[str]]:
        """For each kind of ticket, and for those of unknown kind, which of kind, severity and
        priority it needs to know: promised times hang on them, or its lines speak of them."""
        return {kind: frozenset(self._asked(kind)) for kind in (None, *Kind)}

    def _asked(self, kind: Kind | None) -> Iterator[str]:
        rows = [r for r in self.targets.rows if kind is None or r.kind in (None, kind)]
        lines = self.classify.rules
        spoken_of = {
            "kind": bool(self.classify.highest) or any(line.kind for line in lines),
            "priority": any(line.set_priority for line in lines),
        }
        for name in ("kind", "severity", "priority"):
            if spoken_of.get(name) or any(getattr(row, name) is not None for row in rows):
                yield name

    @model_validator(mode="after")
    def _can_be_satisfied(self) -> Contract:
        if both := sorted(self.tell_client & self.tell_team):
            raise ValueError(f'"{both[0]}" is in tell_client and in tell_team: choose one')
        return self


__all__ = [
    "Calendar",
    "Carry",
    "Classification",
    "Classify",
    "Condition",
    "Contract",
    "Cover",
    "CrossProject",
    "Duration",
    "Escalation",
    "Express",
    "Origin",
    "Prepaid",
    "Purchase",
    "Reestimate",
    "Rounding",
    "Study",
    "Target",
    "Targets",
]
