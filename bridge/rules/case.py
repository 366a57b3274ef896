"""One request under one contract: what the rules for approval, money and time rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bridge.contracts.model import Contract, Cover
from bridge.model import Ticket
from bridge.model.assessment import Approval, Estimate
from bridge.rules.approval.answers import Answer
from bridge.rules.classification.classify import Classified
from bridge.rules.dossier import Dossier, Terms
from bridge.rules.facts import Facts, Known
from bridge.rules.prepaid.work import Work


@dataclass(slots=True, eq=False)
class Request:
    """A request under its terms at `now`, and what was concluded of it before anybody asked what
    was agreed. `given` are its estimates, `pieces` the work on it, both in order of time."""

    dossier: Dossier
    terms: Terms
    now: datetime
    classified: Classified
    covered: Cover
    given: Sequence[Estimate]
    pieces: Sequence[Work]
    answers: dict[str, Answer] = field(default_factory=dict, kw_only=True)
    """What comments say as answers, by their keys, once somebody had to know."""

    @property
    def ticket(self) -> Ticket:
        """The ticket, roles cast."""
        return self.dossier.ticket

    @property
    def facts(self) -> Facts:
        """What was read of the ticket."""
        return self.dossier.facts

    @property
    def contract(self) -> Contract:
        """The contract that it falls under."""
        return self.terms.contract


@dataclass(slots=True, eq=False)
class Case(Request):
    """The same with what was agreed."""

    approval: Approval
    earlier: dict[datetime, tuple[Known, bool]] = field(default_factory=dict, kw_only=True)
    """Its class at earlier moments, and whether it was express work, once somebody had to know."""
