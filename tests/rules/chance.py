"""Requests, contracts and moments by chance: whatever may happen to a ticket, in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from bridge.contracts import build
from bridge.contracts.calendars import working_calendar
from bridge.model import (
    ApprovalState,
    Channel,
    Comment,
    Event,
    EventKind,
    Field,
    FoundIn,
    Kind,
    Language,
    MessageKind,
    Person,
    Priority,
    Record,
    RecordKind,
    Role,
    Sent,
    Severity,
    State,
    Ticket,
    TimeEntry,
    Verdict,
)
from bridge.rules.approval.decisions import ASKING
from bridge.rules.dossier import Available, Dossier, LinkedWork, Terms
from tests.rules.making import ALICE, BOT, JANE, MALLORY

FIRST = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
DAYS = 40
"""Everything happens within so many days after FIRST, which hold a change of the clocks."""

PRESETS = ("carnet", "itil", "tma", "hosting", "managed")
ZONES = ("Europe/Zurich", "Europe/Brussels", "America/New_York")
VARIANTS = 24
"""Contracts drawn from each preset."""

_TITLES = (
    "Erreur 500 sur la page des événements",
    "Le serveur ne répond plus, c'est bloquant",
    "Mise à jour 6.2.11 vers 6.2.12",
    "Imprimante en panne au 2e étage",
    "Express : changer le logo",
    "Printer broken, nobody can work",
    "",
)
_BODIES = (
    "",
    "Bonjour,\n\nla page ne répond plus.\nMerci !\n",
    "Pas urgent. Nouvelle fonctionnalité : ajouter un filtre.\n\nExpress svp",
    "Anomalie majeure\n/priority 1\n> cité",
)
_CLIENTS = ("J'approuve", "Je refuse", "Oui", "Oui, mais pas avant jeudi", "Merci !", "express svp")
_OURS = (
    "/estimate 3h",
    "/estimate 45m",
    "/estimate 9h",
    "/spend 1h30",
    "/priority 1",
    "/incident",
    "/request",
    "/express",
    "/workaround",
    "/estimate abc",
    "Bien reçu",
    "Bonjour, je regarde.\n/spend 0h30",
    "C'est en ligne.",
)
_LABELS = ("express", "garantie", "transverse", "application", "serveur", "Divers")
_VALUES: dict[str, tuple[str | None, ...]] = {
    "state": (*(state.value for state in State), None),
    "priority": ("1", "2", "3", "4", None),
    "severity": ("blocking", "major", "minor", None),
    "kind": ("incident", "request", None),
    "estimate": ("1800", "3600", "10800", "28800", "36000", "200000", None),
    "approval": ("approved", "rejected", "awaiting", None),
    "label": _LABELS,
}


@cache
def terms(preset: str, number: int) -> Terms:
    """One of the contracts of a preset, with keys by chance; the same number, the same contract."""
    draw = Random(f"{preset} {number}")
    keys: dict[str, Any] = {"preset": preset}
    if draw.random() < 0.7:
        keys["targets"] = _targets(draw)
    for key, values in {
        "remind_after": ("1h", "24h", "72h"),
        "expires_after": ("30m", "48h", "240h"),
        "warn_at": (1, 50, 100),
        "same_day_cutoff": ("16:00", "09:30"),
        "day_seconds": ("8h", "7h30"),
        "threshold": ("1h", "2h"),
        "separate_quote_above": ("8h", "24h"),
        "pricing": ("fixed", "time"),
        "approval": (True, False),
        "verbal_approval": ("record", "refuse", "confirm"),
        "unapproved_overrun": ("offer", "deduct"),
        "activated_at": (date(2026, 3, 10),),
        "clock_start": ("notification", "next_business_day"),
        "clock_channels": (["ticket"], ["ticket", "email"]),
        "p3_target": ("48h", "plan"),
        "study": ({"limit": "2h"}, {"limit": "1h", "charged_on_refusal": False}),
        "reestimate": ({"limit": 0.25}, {"limit": 0.5, "late_refused": "deduct"}),
        "cap": (1.25, 1.1),
        "cross_project": ({"labels": ["transverse"]},),
        "express": ({"multiplier": 2, "clock": "real"}, {"words": ["express", "urgence*"]}),
        "tell_client": (["estimate", "re-estimate", "reminder", "approved", "declined"],),
        "calendar": (
            {"weekly": {"mon-sun": ["22:00-06:00"]}},
            {"weekly": {"tue": ["09:00-12:00"], "fri": ["13:00-17:00"]}, "holidays": "BE"},
        ),
    }.items():
        if draw.random() < 0.35:
            keys[key] = draw.choice(values)
    if preset in ("carnet", "tma", "managed") or draw.random() < 0.3:
        keys["prepaid"] = {"purchased": []}
        if draw.random() < 0.4:
            per = draw.choice(("entry", "ticket and day", "ticket"))
            mode = draw.choice(("up", "nearest", "down"))
            keys["prepaid"]["rounding"] = {"unit": "15m", "per": per, "mode": mode}
    if preset == "hosting":
        keys["plan"] = draw.choice(("start", "classique", "pro", "sur_mesure"))
    day_needed = preset != "tma" and "targets" in keys
    if day_needed:
        keys.setdefault("day_seconds", "8h")
    contract = build(f"{preset} {number}", keys)
    zone = draw.choice(ZONES)
    return Terms(
        client="acme",
        contract=contract,
        calendar=working_calendar(contract.calendar, zone),
        approvers=frozenset({"desk:alice"}),
        language=Language.FR,
        timezone=zone,
        asks_in_tool=draw.random() < 0.5,
        tells_hours=draw.random() < 0.5,
        extended=working_calendar(contract.calendar, zone) if draw.random() < 0.5 else None,
    )


def _targets(draw: Random) -> dict[str, Any]:
    within = ("2h", "0h", "8h", "3d", "2 business days", "same day", "5h real", "on planning")

    def rows(*more: str) -> list[dict[str, Any]]:
        signs: list[dict[str, Any]] = draw.sample(
            ({"priority": 1}, {"kind": "incident"}, {"severity": "minor"}), 2
        )
        return [{**sign, "within": draw.choice((*within, *more))} for sign in (*signs, {})]

    names = ("response", "workaround", "resolution", "estimate")
    tables: dict[str, Any] = {name: rows() for name in names if draw.random() < 0.6}
    if draw.random() < 0.5:
        tables["delivery"] = rows("2x+1d", "3x")
    if draw.random() < 0.3:
        tables["workaround_states"] = ["awaiting_client"]
    if draw.random() < 0.3:
        tables["response_stops"] = draw.choice(("start", "reply"))
    return tables


def moment(draw: Random) -> datetime:
    """To the hour, the second, or finer: moments of one ticket often fall together."""
    hours = timedelta(hours=draw.randrange(DAYS * 24))
    extra = draw.choice((0, 0, draw.randrange(3600), draw.random() * 3600))
    return FIRST + hours + timedelta(seconds=extra)


def dossier(draw: Random) -> Dossier:
    """A request with whatever happened to it. Its changes do not always follow one another."""
    what = ticket(draw)
    sent = [
        Sent(f"w{n}", draw.choice(ASKING), n, c.at, True, c.key)
        for n, c in enumerate((c for c in what.comments if c.role is Role.BRIDGE), start=1)
    ]
    if draw.random() < 0.2:
        sent.append(Sent("w9", MessageKind.ESTIMATE, 1, moment(draw), True))
    linked = [
        LinkedWork("lab:7", FoundIn.FIELD, TimeEntry("t1", moment(draw), JANE, 1800))
        for _ in range(draw.random() < 0.2)
    ]
    return Dossier(
        what,
        records=tuple(_record(draw, n) for n in range(draw.choice((0, 0, 0, 1, 2)))),
        sent=tuple(sent),
        linked=tuple(linked),
        available=draw.choice(
            (Available(), Available(), Available(3600), Available(None, moment(draw)))
        ),
        ours=frozenset({Field.PRIORITY}) if draw.random() < 0.3 else frozenset(),
    )


def ticket(draw: Random) -> Ticket:
    """The ticket alone."""
    created = moment(draw)
    events = sorted((_event(draw, n) for n in range(draw.randrange(7))), key=lambda e: e.at)
    comments = sorted((_comment(draw, n) for n in range(draw.randrange(6))), key=lambda c: c.at)

    def value(kind: str) -> str | None:
        changes = [e for e in events if e.kind == kind]
        return changes[-1].new if changes else draw.choice(_VALUES[kind])

    state, kind, severity = value("state"), value("kind"), value("severity")
    priority, estimate, approval = value("priority"), value("estimate"), value("approval")
    what = Ticket(
        source="desk",
        key="1",
        url="",
        title=draw.choice(_TITLES),
        body=draw.choice(_BODIES),
        requester=ALICE,
        created_at=created,
        updated_at=max([created, *(e.at for e in events)]),
        channel=draw.choice((*Channel, Channel.TICKET, Channel.TICKET)),
        kind=Kind(kind) if kind else None,
        priority=Priority(int(priority)) if priority else None,
        severity=Severity(severity) if severity else None,
        state=State(state) if state else None,
        estimate=int(estimate) if estimate else None,
        approval=ApprovalState(approval) if approval else None,
        labels=tuple(draw.sample(_LABELS, draw.choice((0, 0, 1, 2)))),
        comments=tuple(comments),
        events=tuple(events),
        time_entries=tuple(
            TimeEntry(f"t{n}", moment(draw), JANE, draw.choice((300, 1800, 5400, 20000)))
            for n in range(draw.choice((0, 0, 1, 3)))
        ),
    )
    if draw.random() < 0.3:
        what = replace(what, due_on=moment(draw).date())
    if draw.random() < 0.2:
        what = replace(what, received_at=created - timedelta(hours=draw.randrange(30)))
    if draw.random() < 0.1:
        what = replace(what, opened_by=Role.PROVIDER, complete=draw.random() < 0.5)
    return what


def _event(draw: Random, number: int) -> Event:
    kind = draw.choice(("state", "state", *_VALUES))
    old, new = draw.sample(_VALUES[kind], 2)
    actor: Person | None = draw.choice((JANE, JANE, ALICE, MALLORY, None))
    own = draw.random() < 0.1
    observed = draw.random() < 0.2
    return Event(f"e{number}", moment(draw), EventKind(kind), actor, old, new, observed, own)


def _comment(draw: Random, number: int) -> Comment:
    who = draw.choice((ALICE, ALICE, JANE, JANE, BOT, MALLORY))
    role = {JANE: Role.PROVIDER, BOT: Role.BRIDGE}.get(who, Role.CLIENT)
    text = draw.choice(_OURS if who is JANE else _CLIENTS)
    at = moment(draw)
    return Comment(
        f"c{number}",
        at,
        who,
        role,
        text,
        public=draw.random() < 0.9,
        automatic=draw.random() < 0.1,
        edited_at=at + timedelta(hours=3) if draw.random() < 0.1 else None,
    )


def _record(draw: Random, number: int) -> Record:
    kind = draw.choice((RecordKind.ESTIMATE, RecordKind.SPEND, RecordKind.DECISION))
    decided = kind is RecordKind.DECISION
    return Record(
        f"r{number}",
        "desk",
        "1",
        moment(draw),
        "jane",
        kind,
        seconds=None if decided else draw.choice((1800, 7200, 36000)),
        verdict=draw.choice(tuple(Verdict)) if decided else None,
        note="phone" if decided else "",
    )
