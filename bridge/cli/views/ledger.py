"""A client's hours, entry by entry."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bridge.cli.terminal.table import columns
from bridge.cli.terminal.text import safe
from bridge.contracts import Contract
from bridge.engine.bookkeeping import used
from bridge.model import BookUnit, plain
from bridge.model.durations import full, short
from bridge.model.ledger import LedgerEntry
from bridge.rules.prepaid.measure import day_of

HOUR = 3600


_NEXT = "(entered by the next sync)"


def lines(
    client: str, entered: Sequence[LedgerEntry], due: Sequence[LedgerEntry], zone: ZoneInfo
) -> list[str]:
    """Entries with the balance after each, then the sum. `due` are those that the next sync enters
    whatever happens: they count already, and are marked."""
    entries = _in_order(entered, due)
    if not entries:
        return [f"{client} has no hours yet: none were bought, none deducted"]
    rows = []
    balance = 0
    for entry in entries:
        balance += entry.seconds
        day = day_of(entry.at, zone)
        words = (entry.ticket, entry.note, _NEXT if entry in due else "")
        about = "  ".join(word for word in words if word)
        rows.append((str(day), entry.kind.value, full(entry.seconds), full(balance), safe(about)))
    taken = used(entries)
    credited = balance + taken
    left = f"{short(balance)} left" if balance >= 0 else f"{short(-balance)} over"
    total = f"{short(credited)} credited, {short(taken)} deducted, {left}"
    return [*columns(rows, right=(2, 3), gap="  "), total]


def data(
    client: str,
    contract: Contract | None,
    entered: Sequence[LedgerEntry],
    due: Sequence[LedgerEntry],
) -> dict[str, object]:
    """`ledger --json`."""
    entries = _in_order(entered, due)
    prepaid = contract.prepaid if contract is not None else None
    days = prepaid is not None and prepaid.unit is BookUnit.DAYS
    unit = contract.day_seconds if days and contract is not None else HOUR
    return {
        "client": client,
        "unit_seconds": unit or HOUR,
        "balance_seconds": sum(entry.seconds for entry in entries),
        "entries": [
            {
                "at": plain(entry.at),
                "kind": entry.kind.value,
                "seconds": entry.seconds,
                "ticket": entry.ticket,
                "note": entry.note,
            }
            for entry in entries
        ],
    }


def _in_order(
    entered: Sequence[LedgerEntry], due: Sequence[LedgerEntry]
) -> tuple[LedgerEntry, ...]:
    return tuple(sorted((*entered, *due), key=lambda entry: entry.at))
