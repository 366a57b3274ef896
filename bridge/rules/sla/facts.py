"""What the clocks of one request rest on, gathered once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bridge.contracts.model import Cover
from bridge.model import Ticket
from bridge.model.assessment import Approval, Estimate
from bridge.rules.classification.classify import Classified
from bridge.rules.commands import Command
from bridge.rules.dossier import Terms


@dataclass(frozen=True, slots=True)
class Facts:
    """A ticket and what the other rules concluded of it at `now`. `given` are its estimates,
    `orders` the commands of our people, both in order of time. `written` says that the priority in
    the tool is what the bridge itself wrote there."""

    ticket: Ticket
    terms: Terms
    classified: Classified
    covered: Cover
    approval: Approval
    given: Sequence[Estimate]
    orders: Sequence[Command]
    now: datetime
    written: bool = False
    earlier: dict[datetime, tuple[Ticket, Classified]] = field(default_factory=dict, compare=False)
    """What the ticket was at earlier moments, once somebody had to find out."""
