"""Limits in plain numbers: a plan that touches too many tickets stops before its first write."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from bridge.config import SHARE_FROM, Safety


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that a plan exceeds, with its numbers."""

    key: str
    touched: int
    open: int
    allowed: str

    def __str__(self) -> str:
        share = f" of {self.open} open ones" if self.open else ""
        would = f"{self.touched} tickets{share} would be written"
        return f"{would}, more than {self.key} = {self.allowed}"


def exceeded(safety: Safety, touched: int, open_tickets: int) -> Limit | None:
    """The limit that a plan touching so many tickets exceeds, or None.

    The share counts from `SHARE_FROM` open tickets up: one of three is no flood.
    """
    if touched > safety.max_writes:
        return Limit("safety.max_writes", touched, open_tickets, str(safety.max_writes))
    share = Fraction(touched, open_tickets) if open_tickets >= SHARE_FROM else Fraction(0)
    if share > Fraction(safety.max_share):
        percent = f"{safety.max_share:.0%}"
        return Limit("safety.max_share", touched, open_tickets, percent)
    return None
