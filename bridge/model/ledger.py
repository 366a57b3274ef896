"""The lines of a client's ledger of hours (P1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bridge.model import EntryKind, Seconds


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One line of a client's hours: positive seconds are credited, negative deducted.

    `at` is when it counts (the day of the work or of the purchase). `key` is derived from what it
    stands for, so that the same fact is never entered twice. `ticket` is SOURCE:KEY.
    """

    key: str
    client: str
    contract: str
    at: datetime
    kind: EntryKind
    seconds: Seconds
    ticket: str | None = None
    note: str = ""
