"""A contract's word rules, tried on recent tickets: how many fall under which line.

Reads the store and nothing else; never writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import groupby
from typing import Final

from bridge.contracts.model import Classification, Contract
from bridge.engine.agreements import Agreements
from bridge.engine.assess import assess_stored
from bridge.model import Field, Problem, ProblemSeverity, Ticket
from bridge.rules.classification.classify import Classified, classify
from bridge.rules.dossier import Terms
from bridge.rules.facts import Facts
from bridge.store import tickets
from bridge.store.database import Database

MOST: Final = 500
"""Tickets that are tried."""
EXAMPLES: Final = 5
_TITLE: Final = 60


@dataclass(frozen=True, slots=True)
class LineCount:
    """How many tickets one line of a contract decided. `number` counts from 1, `sets` is what the
    line says of a ticket, `example` the first one, as SOURCE:KEY."""

    number: int
    rule: str
    sets: str
    tickets: int
    example: str

    @property
    def summary(self) -> str:
        """The line and its count, for a person."""
        said = " ".join(part for part in (self.rule, self.sets) if part)
        return f"{said}: {_tickets(self.tickets)}, such as {self.example}"


@dataclass(frozen=True, slots=True)
class Tried:
    """What a contract's lines make of some tickets.

    Every ticket is counted once: `by_tool` by the tool's own fields or a command alone, `by_lines`
    with the help of a line, `undecided` where something that the contract needs is still not
    known. `lines` are those that decided, in the contract's order; `idle` counts the others.
    """

    contract: str
    tickets: int
    by_tool: int
    by_lines: int
    undecided: int
    lines: tuple[LineCount, ...]
    idle: int
    examples: tuple[str, ...]

    @property
    def summary(self) -> str:
        """The counts, for a person."""
        lines = f"; {_lines(self.idle)} decided nothing" if self.idle else ""
        return (
            f"{_tickets(self.tickets)}: {self.by_tool} by the tool's own fields, "
            f"{self.by_lines} by words and signs, {self.undecided} undecided{lines}"
        )

    @property
    def problems(self) -> tuple[Problem, ...]:
        """A warning where tickets are left to a person, with some of them."""
        if not self.undecided:
            return ()
        more = ", …" if self.undecided > len(self.examples) else ""
        are = "is" if self.undecided == 1 else "are"
        return (
            Problem(
                ProblemSeverity.WARNING,
                f"{self.undecided} of {_tickets(self.tickets)} under {self.contract} {are} "
                f"undecided and left to a person: {', '.join(self.examples)}{more}",
                f"contracts.{self.contract}",
                "add lines with words under  classify.rules  of that contract, or words of the "
                "tool to its mapping; the tickets' own fields go first",
            ),
        )


def try_words(
    found: Iterable[Ticket],
    contract: Contract,
    zone: tzinfo = UTC,
    written: Collection[str] = (),
) -> Tried:
    """How many of these tickets fall under which line of the contract. Pure. `written` are those,
    as SOURCE:KEY, whose priority the bridge itself wrote into the tool."""
    by: Counter[str] = Counter()
    decided: Counter[int] = Counter()
    first: dict[int, str] = {}
    examples: list[str] = []
    for ticket in found:
        known = classify(Facts(ticket, ticket.ref in written), contract, zone)
        by[_how(known)] += 1
        for number in known.lines:
            decided[number] += 1
            first.setdefault(number, ticket.ref)
        if known.undecided and len(examples) < EXAMPLES:
            what = " and ".join(known.undecided)
            examples.append(f'{ticket.ref} "{_short(ticket.title)}" ({what})')
    rules = contract.classify.rules
    counts = tuple(
        LineCount(number, line.rule, _sets(line), decided[number], first[number])
        for number, line in enumerate(rules, start=1)
        if number in decided
    )
    return Tried(
        contract=contract.name,
        tickets=by.total(),
        by_tool=by["tool"],
        by_lines=by["lines"],
        undecided=by["undecided"],
        lines=counts,
        idle=len(rules) - len(counts),
        examples=tuple(examples),
    )


def tried(agreements: Agreements, database: Database, sources: Sequence[str]) -> list[Tried]:
    """Every contract that the newest 500 tickets of these sources fall under, tried on them.

    Tickets that are nobody's, and contracts that ask for no class, are left out.
    """
    now = datetime.now(UTC)
    found: dict[str, list[Ticket]] = {}
    terms: dict[str, Terms] = {}
    written = set()
    with database.read() as conn:
        newest = sorted(tickets.newest(conn, sources, MOST))
        for source, rows in groupby(newest, key=lambda row: row[0]):
            for one in assess_stored(conn, agreements, source, [key for _, key in rows], now):
                if one.terms is not None:
                    name = one.terms.contract.name
                    terms[name] = one.terms
                    found.setdefault(name, []).append(one.ticket)
                    last = one.written.get(Field.PRIORITY)
                    if last is not None and last.value == one.ticket.priority:
                        written.add(one.ticket.ref)
    results = [
        try_words(found[name], terms[name].contract, terms[name].zone, written) for name in found
    ]
    return [r for r in results if r.lines or r.idle or r.undecided]


def _how(known: Classified) -> str:
    if known.undecided:
        return "undecided"
    return "lines" if known.lines else "tool"


def _sets(line: Classification) -> str:
    """What a line says of a ticket, short: `incident P1`."""
    priority = f"P{line.set_priority.value}" if line.set_priority is not None else None
    said = (line.set_kind, priority, line.set_severity, line.set_category)
    return " ".join(str(value) for value in said if value is not None)


def _short(title: str) -> str:
    return title if len(title) <= _TITLE else f"{title[:_TITLE]}…"


def _lines(count: int) -> str:
    return f"{count} line{'' if count == 1 else 's'}"


def _tickets(count: int) -> str:
    return f"{count} recent ticket{'' if count == 1 else 's'}"
