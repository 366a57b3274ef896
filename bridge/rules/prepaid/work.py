"""The work that counts for a ticket, each piece once, with where it was found."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time
from operator import attrgetter
from typing import NamedTuple

from bridge.model import CommandName, RecordKind, Seconds
from bridge.rules.dossier import Dossier


class Work(NamedTuple):
    """A piece of work: `origin` is a time entry, a comment's `/spend`, or a record of ours."""

    key: str
    at: datetime
    by: str
    seconds: Seconds
    origin: str


def gather_work(dossier: Dossier) -> tuple[Work, ...]:
    """All pieces of work in order of time."""
    ref = dossier.ticket.ref
    pieces = [
        Work(f"{ref}/{e.key}", e.at, str(e.person), e.seconds, ref)
        for e in dossier.ticket.time_entries
    ]
    pieces += [
        Work(f"{found.ref}/{e.key}", e.at, str(e.person), e.seconds, f"{found.ref}, linked")
        for found in dossier.linked
        for e in (found.entry,)
    ]
    pieces += [
        Work(f"{ref}/{o.key}", o.at, str(o.by), o.seconds, f"{ref}, /spend")
        for o in dossier.facts.orders
        if o.name is CommandName.SPEND and o.seconds is not None
    ]
    pieces += [
        Work(f"{ref}/{r.key}", r.at, r.by, r.seconds, "bridge spend")
        for r in dossier.records
        if r.kind is RecordKind.SPEND and r.seconds is not None
    ]
    if len(pieces) < 2:
        return tuple(pieces)
    once = {piece.key: piece for piece in pieces}
    return tuple(sorted(once.values(), key=attrgetter("at", "key")))


def since(piece: Work, moment: datetime) -> bool:
    """Whether work was done from a moment on. Tools that know only the day of work say midnight UTC
    of it: it may then have been done at any hour of that day, so the whole day counts."""
    at = piece.at.astimezone(UTC)
    if at.time() == time():
        return at.date() >= moment.astimezone(UTC).date()
    return at >= moment


def add_up(pieces: Iterable[Work]) -> Seconds:
    """All of it, in seconds."""
    return sum(piece.seconds for piece in pieces)
