"""How fast tickets are assessed: classified, priced, approved and clocked, on one core.

A hundred thousand different tickets, each with a history as helpdesks have it (messages, changes,
an estimate, work, an answer; one in ten still without any), are built and assessed, a fifth of them
under each of the five kinds of contract. Building them is the bare loop against which the ratio is
told, since figures of one machine say little on another; the time is that of the processor, so what
else the machine does does not count. The best of two rounds. Aim: at least 10,000 tickets a second.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
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
    Person,
    Priority,
    Role,
    Severity,
    State,
    Ticket,
    TimeEntry,
)
from bridge.rules.assess import assess
from bridge.rules.dossier import Dossier, Terms

COUNT = 100_000
FIRST = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)
NOW = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
ALICE = Person("Alice Rochat", "7", "alice")
JANE = Person("Jane Doe", "9", "jdoe")
ROUNDS = 2

CONTRACTS: dict[str, dict[str, Any]] = {
    "carnet": {"same_day_cutoff": "16:00"},
    "itil": {"targets": {"response": [{"priority": 1, "within": "1h"}, {"within": "8h"}]}},
    "tma": {},
    "hosting": {"plan": "pro"},
    "managed": {"targets": {"response": [{"within": "4h"}]}},
}
TITLES = (
    "Erreur 500 sur la page des événements",
    "Filtre par canton dans la recherche",
    "Imprimante en panne au 2e étage",
    "Mot de passe oublié",
    "Mise à jour 6.2.11 vers 6.2.12",
)
BODY = "Bonjour,\n\n" + "Depuis ce matin la page ne répond plus, merci de regarder.\n" * 4
ANSWERS = ("J'approuve", "Je refuse", "Oui, mais pas avant jeudi", "Merci !")


def tickets(count: int) -> Iterator[Ticket]:
    """That many different tickets, the same ones each time."""
    for number in range(count):
        begun = FIRST + timedelta(seconds=137 * number % (170 * 86400))
        yield made(number, begun) if number % 10 else bare(number, begun)


def bare(number: int, begun: datetime) -> Ticket:
    """A ticket to which nothing has happened yet."""
    return Ticket(
        source="desk",
        key=str(number),
        url="",
        title=TITLES[number % len(TITLES)],
        body=BODY,
        requester=ALICE,
        created_at=begun,
        updated_at=begun,
        kind=(Kind.INCIDENT, Kind.REQUEST)[number % 2],
        state=State.NEW,
    )


def made(number: int, begun: datetime) -> Ticket:
    """A ticket with a history of some days."""

    def later(hours: int) -> datetime:
        return begun + timedelta(hours=hours, seconds=number % 3600)

    estimate = 1800 * (1 + number % 20)
    changes = (
        ("state", later(1), "new", "open"),
        ("estimate", later(2), None, str(estimate)),
        ("priority", later(3), "3", "2"),
        ("state", later(20), "open", "awaiting_client"),
        ("state", later(44), "awaiting_client", "open"),
        ("state", later(60), "open", "resolved"),
    )
    taken = changes[: 3 + number % 4]
    states = [State(new) for kind, _, _, new in taken if kind == "state" and new]
    texts = (
        (JANE, Role.PROVIDER, "Bonjour, je regarde.\n/spend 0h30", later(2)),
        (ALICE, Role.CLIENT, ANSWERS[number % len(ANSWERS)], later(4)),
        (JANE, Role.PROVIDER, "C'est en ligne, pouvez-vous vérifier ?", later(20)),
    )
    return Ticket(
        source="desk",
        key=str(number),
        url="",
        title=TITLES[number % len(TITLES)],
        body=BODY,
        requester=ALICE,
        created_at=begun,
        updated_at=later(60),
        kind=(Kind.INCIDENT, Kind.REQUEST, None)[number % 3],
        priority=Priority.HIGH,
        severity=(*Severity, None)[number % 4],
        state=states[-1],
        estimate=estimate,
        comments=tuple(
            Comment(f"{number}-{n}", at, who, role, text, public=True)
            for n, (who, role, text, at) in enumerate(texts)
        ),
        time_entries=(
            TimeEntry("t1", later(10), JANE, 5400),
            TimeEntry("t2", later(18), JANE, 900),
        ),
        events=tuple(
            Event(f"e{n}", at, EventKind(kind), JANE, old, new)
            for n, (kind, at, old, new) in enumerate(taken)
        ),
    )


def terms(preset: str) -> Terms:
    """The preset, with what a client's contract has to add."""
    contract = build(preset, {"preset": preset, **CONTRACTS[preset]})
    calendar = working_calendar(contract.calendar, "Europe/Zurich", "fr")
    people = frozenset({"desk:alice"})
    zone = "Europe/Zurich"
    return Terms("acme", contract, calendar, people, Language.FR, zone, asks_in_tool=False)


def seconds_to_build(count: int) -> float:
    """One bare loop over the tickets."""
    begun = time.process_time()
    for _ in tickets(count):
        pass
    return time.process_time() - begun


def seconds_to_judge(under: Terms, count: int, seen: Counter[str]) -> float:
    """The same loop, each ticket assessed. `seen` shows that the tickets are not all alike."""
    seen.clear()
    begun = time.process_time()
    for ticket in tickets(count):
        result = assess(Dossier(ticket), under, NOW)
        seen[result.approval.state] += 1
        seen.update(clock.state for clock in result.clocks)
    return time.process_time() - begun


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    share = count // len(CONTRACTS)
    bare_loop = min(seconds_to_build(share) for _ in range(ROUNDS))
    print(f"{share:,} tickets under each contract, built in {bare_loop:.2f} s of one core")
    spent = 0.0
    for preset in CONTRACTS:
        under, seen = terms(preset), Counter[str]()
        judging = min(seconds_to_judge(under, share, seen) for _ in range(ROUNDS)) - bare_loop
        spent += judging
        told = ", ".join(f"{n:,} {word}" for word, n in seen.most_common())
        print(f"  {preset:8}{_figures(share, judging, bare_loop)}   {told}")
    total = share * len(CONTRACTS)
    print(f"  all five{_figures(total, spent, bare_loop * len(CONTRACTS))}   of {total:,}")


def _figures(count: int, judging: float, bare_loop: float) -> str:
    return f"{count / judging:>8,.0f} tickets/s, {judging / bare_loop:4.1f} x the bare loop"


if __name__ == "__main__":
    main()
