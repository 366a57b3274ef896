"""Work kept as one number in a custom field: for plans without time tracking (sheet, 9).

A field has no entries, so its growth makes them: each time it is seen larger, the difference is a
piece of work done by then. What it loses is taken off the last pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bridge.model import Person, TimeEntry
from connectors.toolkit import stamps

Piece = list[Any]
"""[stamp of the ticket when it was seen, seconds]."""


def pieces(known: Sequence[Piece], seconds: int, stamp: str) -> tuple[list[Piece], list[str]]:
    """The pieces that now add up to `seconds`, and the keys of those that are no more."""
    kept = [list(piece) for piece in known]
    total = sum(piece[1] for piece in kept)
    if seconds > total:
        kept.append([stamp, seconds - total])
    gone: list[str] = []
    while total > seconds and kept:
        taken = min(kept[-1][1], total - seconds)
        kept[-1][1] -= taken
        total -= taken
        if not kept[-1][1]:
            gone.append(_key(len(kept)))
            kept.pop()
    return kept, gone


def entries(known: Sequence[Piece]) -> tuple[TimeEntry, ...]:
    """The same as time entries. Freshdesk does not tell who changed a field."""
    return tuple(
        TimeEntry(_key(number), stamps.parse(stamp), Person(), seconds)
        for number, (stamp, seconds) in enumerate(known, start=1)
    )


def _key(number: int) -> str:
    return f"worked:{number}"
