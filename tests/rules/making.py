"""Small dossiers to judge, in a few words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.contracts import build
from bridge.contracts.calendars import working_calendar
from bridge.model import (
    Comment,
    Event,
    EventKind,
    Kind,
    Language,
    MessageKind,
    Person,
    Record,
    RecordKind,
    Role,
    Sent,
    State,
    Ticket,
    TimeEntry,
    Verdict,
)
from bridge.model.assessment import Assessment
from bridge.model.durations import parse_duration
from bridge.rules.assess import assess
from bridge.rules.dossier import Dossier, Terms

START = datetime(2026, 5, 13, 8, 0, tzinfo=UTC)  # Wednesday 10:00 in Lausanne
ALICE = Person("Alice Rochat", "7", "alice")
MALLORY = Person("Mallory", "8", "mallory")
JANE = Person("Jane Doe", "9", "jdoe")
BOT = Person("Bridge", "1", "bridge")


def after(minutes: float) -> datetime:
    """A moment so many minutes after the ticket was opened."""
    return START + timedelta(minutes=minutes)


def terms(asks: bool = True, preset: str = "carnet", **keys: Any) -> Terms:
    """The preset with a client's own keys over it."""
    table = {"preset": preset, "prepaid": {"purchased": []}, **keys}
    contract = build("test", table)
    calendar = working_calendar(contract.calendar, "Europe/Zurich")
    return Terms(
        client="acme",
        contract=contract,
        calendar=calendar,
        approvers=frozenset({"desk:alice"}),
        language=Language.FR,
        timezone="Europe/Zurich",
        asks_in_tool=asks,
        extended=working_calendar(contract.extended, "Europe/Zurich")
        if contract.extended
        else None,
    )


def ticket(**values: Any) -> Ticket:
    """A request by Alice of the client, new, in `desk`."""
    given = {"kind": Kind.REQUEST, "state": State.NEW, **values}
    return Ticket(
        source="desk",
        key="1",
        url="",
        title="Filtre",
        body="",
        requester=ALICE,
        created_at=START,
        updated_at=START,
        **given,
    )


def estimated(before: Ticket, hours: str, minute: float = 5, old: str | None = None) -> Ticket:
    """The same with an estimate by Jane."""
    seconds = parse_duration(hours)
    number = len(before.events) + 1
    previous = str(parse_duration(old)) if old else None
    event = Event(f"e{number}", after(minute), EventKind.ESTIMATE, JANE, previous, str(seconds))
    return replace(before, estimate=seconds, events=(*before.events, event))


def worked(before: Ticket, hours: str, minute: float = 300) -> Ticket:
    """The same with a time entry by Jane."""
    number = len(before.time_entries) + 1
    entry = TimeEntry(f"t{number}", after(minute), JANE, parse_duration(hours))
    return replace(before, time_entries=(*before.time_entries, entry))


def said(before: Ticket, who: Person, text: str, minute: float, **values: Any) -> Ticket:
    """The same with one more comment. Jane speaks for us, the bot for the bridge."""
    roles = {JANE: Role.PROVIDER, BOT: Role.BRIDGE}
    given = {"public": True, **values}
    number = str(len(before.comments) + 1)
    comment = Comment(number, after(minute), who, roles.get(who, Role.CLIENT), text, **given)
    return replace(before, comments=(*before.comments, comment))


def asked(before: Ticket, minute: float = 10, number: int = 1) -> tuple[Ticket, Sent]:
    """The bridge's own question in the thread, and what the store knows of it."""
    kind = MessageKind.ESTIMATE if number == 1 else MessageKind.RE_ESTIMATE
    thread = said(before, BOT, "Voici notre estimation…", minute)
    sent = Sent(f"w{number}", kind, number, after(minute), True, thread.comments[-1].key)
    return thread, sent


def phoned(verdict: Verdict, minute: float = 60) -> Record:
    """A decision noted by hand."""
    kind = RecordKind.DECISION
    return Record("r1", "desk", "1", after(minute), "alice", kind, verdict=verdict, note="phone")


def assessed(
    what: Ticket, *sent: Sent, under: Terms | None = None, minute: float = 600, **more: Any
) -> Assessment:
    """The judgement so many minutes after the opening."""
    dossier = Dossier(what, sent=tuple(sent), **more)
    return assess(dossier, under or terms(), after(minute))


def approved(hours: str) -> tuple[Ticket, Sent]:
    """A ticket with an approved estimate."""
    thread, sent = asked(estimated(ticket(), hours))
    return said(thread, ALICE, "J'approuve", 30), sent
