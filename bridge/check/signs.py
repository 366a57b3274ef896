"""Projects, organisations and labels of the configuration against those that tickets show.

Only the tools know them, and one that no ticket shows yet may be meant: what is told is a word that
no ticket shows beside one that is nearly the same and is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from bridge.config import Config
from bridge.contracts import Contract
from bridge.contracts.names import is_own
from bridge.contracts.schema import Reference, Refers, references
from bridge.model import Problem, ProblemSeverity, Ticket, nearest
from mappings.toml_lines import Lines, Path

_NEAR: Final = 0.8
"""Signs are many, and two of them may well be alike."""
_IN_A_MATCH: Final = {
    "project": Refers.PROJECT,
    "organisation": Refers.ORGANISATION,
    "label": Refers.LABEL,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the tickets of a source show."""

    words: Mapping[Refers, frozenset[str]]

    @classmethod
    def by(cls, tickets: Iterable[Ticket]) -> Shown:
        """What these tickets show."""
        found: dict[Refers, set[str]] = {kind: set() for kind in _IN_A_MATCH.values()}
        for ticket in tickets:
            found[Refers.PROJECT].add(ticket.project or "")
            found[Refers.ORGANISATION].add(ticket.organisation or "")
            found[Refers.LABEL].update(ticket.labels)
        return cls({kind: frozenset(words - {""}) for kind, words in found.items()})


def sign_problems(config: Config, shown: Mapping[str, Shown]) -> Iterator[Problem]:
    """A warning for each sign that no ticket shows and that is nearly one which tickets do.

    `shown` has what is known of the sources; signs of contracts are compared when all are known.
    """
    lines = Lines(config.path.read_text(encoding="utf-8"), str(config.path))
    for name, client in config.clients.items():
        for number, match in enumerate(client.match):
            there = shown.get(match.source or "")
            if there is not None and match.kind in _IN_A_MATCH:
                refers = _IN_A_MATCH[match.kind]
                path: Path = ("clients", name, "match", str(number), match.kind)
                yield from _odd(refers, match.value, there.words[refers], path, lines)
    if shown.keys() < config.sources.keys():
        return
    every = {kind: _all(kind, shown.values()) for kind in _IN_A_MATCH.values()}
    for name, contract in config.contracts.items():
        for used in _unseen(contract, every):
            path = ("contracts", name, *map(str, used.path))
            yield from _odd(used.refers, used.name, every[used.refers], path, lines)


def _unseen(contract: Contract, every: Mapping[Refers, frozenset[str]]) -> Iterator[Reference]:
    """The contract's own signs. Of labels that stand together one is enough: lists of them name
    the same thing in several languages."""
    named = (r for r in references(contract) if r.refers in every and is_own(r, contract))
    for _, found in groupby(named, key=lambda used: (used.refers, used.path[:-1])):
        together: Sequence[Reference] = tuple(found)
        known = {word.casefold() for word in every[together[0].refers]}
        if together[0].refers is Refers.LABEL and any(
            used.name.casefold() in known for used in together
        ):
            continue
        yield from together


def _all(kind: Refers, shown: Iterable[Shown]) -> frozenset[str]:
    return frozenset().union(*(each.words[kind] for each in shown))


def _odd(
    refers: Refers, name: str, there: frozenset[str], path: Path, lines: Lines
) -> Iterator[Problem]:
    if name.casefold() in {word.casefold() for word in there}:
        return
    near = nearest(name, there, _NEAR)
    if near is not None:
        text = f'no recent ticket shows the {refers.value} "{name}"'
        where = lines.at(*path)
        yield Problem(ProblemSeverity.WARNING, text, where, f'there is "{near}"')
