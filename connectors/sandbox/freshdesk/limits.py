"""Calls a minute, shared by all who use the account; failed calls count too."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from connectors.sandbox.freshdesk.refusals import Refusal, too_many

LIST, CREATE, UPDATE, CONTACTS = "list tickets", "create", "update", "list contacts"
MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class Plan:
    """Credits a minute, and below them caps for some calls."""

    name: str
    total: int
    caps: tuple[tuple[str, int], ...] = ()


def _plan(name: str, total: int, lists: int, writes: int) -> Plan:
    caps = ((LIST, lists), (CONTACTS, lists), (CREATE, writes), (UPDATE, writes))
    return Plan(name, total, caps)


TRIAL: Final = Plan("trial", 50)
GROWTH: Final = _plan("growth", 200, 20, 80)
PRO: Final = _plan("pro", 400, 100, 160)
ENTERPRISE: Final = _plan("enterprise", 700, 200, 280)
UNMETERED: Final = Plan("unmetered", 1_000_000)
"""No plan of the vendor: for benchmarks, which measure something else than waiting."""


class Meter:
    """What was used in the present minute of the tool's clock."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._window = 0
        self._used = 0
        self._calls: Counter[str] = Counter()

    def charge(self, now: datetime, credits: int, call: str = "") -> Refusal | None:
        """Book a call; the refusal to answer when it goes beyond the plan."""
        seconds = int(now.timestamp())
        if seconds // MINUTE != self._window:
            self._window, self._used = seconds // MINUTE, 0
            self._calls.clear()
        self._used += credits
        self._calls[call] += 1
        cap = dict(self.plan.caps).get(call)
        if self._used > self.plan.total or (cap is not None and self._calls[call] > cap):
            return too_many(MINUTE - seconds % MINUTE)
        return None

    def headers(self, credits: int) -> dict[str, str]:
        """The counters that come with every answer."""
        return {
            "X-RateLimit-Total": str(self.plan.total),
            "X-RateLimit-Remaining": str(max(0, self.plan.total - self._used)),
            "X-RateLimit-Used-CurrentRequest": str(credits),
        }
