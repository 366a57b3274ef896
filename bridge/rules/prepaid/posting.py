"""How the ledger follows what is due: append-only, derived, corrected by new entries (P1, P2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bridge.model import EntryKind, Seconds
from bridge.model.ledger import LedgerEntry

_TAKES: Final = (EntryKind.DEDUCTION, EntryKind.SETUP)


@dataclass(frozen=True, slots=True)
class Due:
    """What the ledger should hold for one subject: a day of a ticket, a purchase, a year's end.

    `seconds` is signed: negative for what is deducted. `at` is when a difference counts.
    """

    subject: str
    contract: str
    seconds: Seconds
    at: datetime
    kind: EntryKind
    ticket: str | None = None
    note: str = ""


def settle(
    client: str, due: Iterable[Due], posted: Mapping[str, Sequence[LedgerEntry]]
) -> tuple[LedgerEntry, ...]:
    """The entries still missing: for each subject the difference between due and posted.

    Nothing is ever edited. What goes the same way as the kind is entered as such; what goes back
    is a correction that names the entry before it (P1, P2). `posted` holds the entries by subject;
    keys count them, so that the same facts give the same entries.
    """
    missing = []
    for item in due:
        before = posted.get(item.subject, ())
        difference = item.seconds - sum(entry.seconds for entry in before)
        if difference == 0:
            continue
        forward = _is_forward(item, difference)
        corrects = before[-1] if before else None
        note = item.note
        if corrects is not None and not forward:
            note = f"corrects {corrects.kind} of {corrects.at:%Y-%m-%d}: {note}".rstrip(": ")
        missing.append(
            LedgerEntry(
                key=f"{item.subject}#{len(before) + 1}",
                client=client,
                contract=item.contract,
                at=item.at,
                kind=item.kind if forward else EntryKind.CORRECTION,
                seconds=difference,
                ticket=item.ticket,
                note=note,
            )
        )
    return tuple(missing)


def subject_of(entry: LedgerEntry) -> str:
    """What an entry is about: its key without the count."""
    return entry.key.rpartition("#")[0]


def _is_forward(item: Due, difference: Seconds) -> bool:
    """Whether a difference goes the way of its kind: hours out of the book, or into it. Hours that
    are carried over go out of one year and into the next."""
    if item.kind is EntryKind.ROLL_OVER:
        return (difference < 0) == (item.seconds < 0)
    return (difference < 0) == (item.kind in _TAKES)
