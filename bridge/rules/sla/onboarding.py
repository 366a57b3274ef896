"""The first weeks of a service (R4.10)."""

from __future__ import annotations

from datetime import date
from typing import Final

from bridge.contracts.model import Contract
from bridge.model import Reason

USUAL_DAYS: Final = 14
_SHOWN_DAYS: Final = 7


def reminder(contract: Contract, today: date) -> Reason | None:
    """Two weeks after the activation, for a week: onboarding usually ends by now. It reminds, and
    nothing else follows from it."""
    begun = contract.activated_at
    if begun is None or not USUAL_DAYS <= (today - begun).days < USUAL_DAYS + _SHOWN_DAYS:
        return None
    text = f"the service was activated on {begun}: onboarding usually ends within two weeks"
    return Reason("activated_at", text)
