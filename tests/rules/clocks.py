"""Requests and their clocks, by the wall clock of the client."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bridge.model import (
    Comment,
    Event,
    EventKind,
    Kind,
    Person,
    Role,
    Sent,
    Severity,
    State,
    Ticket,
)
from bridge.model.assessment import Assessment, Clock
from bridge.rules.assess import assess
from bridge.rules.dossier import Dossier, Terms
from tests.rules.making import ALICE, JANE, terms, ticket

H = 3600
HOURS = {"mon-fri": ["09:00-12:00", "13:00-18:00"]}
ZONE = ZoneInfo("Europe/Zurich")
_ROLES = {ALICE: Role.CLIENT, JANE: Role.PROVIDER}


def at(text: str) -> datetime:
    """`2026-07-15 14:00`, local time, as an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def opened(when: str, **values: Any) -> Ticket:
    """A request that came in at that local time."""
    moment = at(when)
    return replace(ticket(), created_at=moment, updated_at=moment, **values)


def changed(
    before: Ticket, when: str, kind: str, old: Any, new: Any, by: Person | None = JANE, **more: Any
) -> Ticket:
    """The same after a change of its kind, priority, severity or state."""
    event = Event(
        f"e{len(before.events) + 1}",
        at(when),
        EventKind(kind),
        by,
        None if old is None else str(old),
        None if new is None else str(new),
        **more,
    )
    return replace(before, events=(*before.events, event), **{kind: new})


def wrote(before: Ticket, when: str, who: Person, text: str, **values: Any) -> Ticket:
    """The same with one more message."""
    number = str(len(before.comments) + 1)
    given = {"public": True, **values}
    comment = Comment(number, at(when), who, _ROLES[who], text, **given)
    return replace(before, comments=(*before.comments, comment))


def seen(what: Ticket, when: str, under: Terms, *sent: Sent) -> Assessment:
    """The judgement at that local time."""
    return assess(Dossier(what, sent=tuple(sent)), under, at(when))


def clock(name: str, what: Ticket, when: str, under: Terms, *sent: Sent) -> Clock:
    """One clock at that local time."""
    return next(c for c in seen(what, when, under, *sent).clocks if c.target == name)


def response(what: Ticket, when: str, under: Terms) -> Clock:
    """The response clock at that local time."""
    return clock("response", what, when, under)


def tma(**keys: Any) -> Terms:
    """The TMA method, 9 to 12 and 13 to 18: eight hours a day."""
    return terms(preset="tma", calendar={"weekly": HOURS}, **keys)


def agreed(**targets: Any) -> Terms:
    """A contract with these lines and no others, 9 to 12 and 13 to 18."""
    lines = {"response": [], **targets}
    return terms(calendar={"weekly": HOURS, "holidays": "CH-VD"}, targets=lines)


def bug(when: str, severity: Severity | None = Severity.BLOCKING, **values: Any) -> Ticket:
    return opened(when, kind=Kind.INCIDENT, severity=severity, **values)


def walked(before: Ticket, *steps: tuple[str, State], **more: Any) -> Ticket:
    """The same, having gone through these states at these times."""
    for when, state in steps:
        before = changed(before, when, "state", before.state, state, **more)
    return before


def rules_of(what: Clock) -> list[str]:
    return [reason.cited for reason in what.why]
