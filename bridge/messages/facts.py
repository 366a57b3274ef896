"""What a message speaks of. No text is made here.

Durations are whole seconds, money does not occur. A value that is `None` is not spoken of: no cap,
no "at most"; no expiry, no date of it. Hours worked and hours deducted are always both there,
because a client must see them side by side (R0.16).
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, fields
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Final

from bridge.model import MessageKind, Seconds


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one message; which of them it takes, the row of its kind says.

    `provider` is our name as the client knows it, `timezone` the client's. `ref` is the ticket's
    key as the client sees it (SUP-1103). `worked` and `deducted` are those of the estimate, or of
    the ticket where no estimate is spoken of.
    """

    kind: MessageKind
    _: KW_ONLY
    provider: str
    timezone: tzinfo
    title: str = ""
    ref: str = ""
    number: int | None = None
    """Of the estimate."""
    worked: Seconds | None = None
    deducted: Seconds | None = None
    express: Decimal | None = None
    """The multiplier, when the work was asked for as express."""
    at_most: Seconds | None = None
    """The most that can be deducted, when the contract has a cap."""
    free_after: Seconds | None = None
    """What is left free once this estimate is promised too; negative when it is not enough."""
    deciders: tuple[str, ...] = ()
    """The approvers' names."""
    before: Seconds | None = None
    """The estimate before this one."""
    done: Seconds | None = None
    """Of it, what is worked already."""
    if_declined: Seconds | None = None
    """What is deducted when the client stops here (R2.9)."""
    offered: Seconds = 0
    """What is given away; of a question, what would be if the client stops here."""
    since: datetime | None = None
    expires_at: datetime | None = None
    """From here on no answer counts any more."""
    by: str | None = None
    at: datetime | None = None
    charged: Seconds = 0
    """What is deducted after a no all the same: the study (R2.5) or, when work had `begun` under an
    earlier estimate, that work (R2.9b)."""
    begun: bool = False
    example: date | None = None
    """How a date may be written."""
    balance: Seconds | None = None
    """What the book holds; None when the client has no book."""
    total: Seconds | None = None
    left: Seconds | None = None
    threshold: Seconds | None = None
    day_seconds: Seconds | None = None
    """With it the threshold is told in days (C19)."""
    runs_out: date | None = None
    """About when the hours end at the current pace; shown as a third of a month, never as a day."""
    carried_over: bool = False
    link: str | None = None
    """Where to ask, http or https."""
    counts: bool = False
    """Whether the promised time runs all the same."""

    def __post_init__(self) -> None:
        """Raises ValueError for a fact that the kind needs and that is missing, and for one that it
        does not take."""
        lacking = [name for name in self.kind.needs if getattr(self, name) is None]
        taken = {*ALWAYS, *self.kind.needs, *self.kind.says}
        odd = [f.name for f in fields(self) if f.name not in taken and _is_given(self, f.name)]
        for names, what in ((lacking, "lacks"), (odd, "does not take")):
            if names:
                raise ValueError(f'a message "{self.kind}" {what}: {", ".join(names)}')


ALWAYS: Final = ("kind", "provider", "timezone", "title", "ref")
"""What a message of any kind may say."""
_DEFAULTS: Final = {field.name: field.default for field in fields(Facts)}


def _is_given(facts: Facts, name: str) -> bool:
    return bool(getattr(facts, name) != _DEFAULTS[name])
