"""What settles the class of a ticket: a command of our people, then the tool's own fields, then the
contract's lines. Values alone; `classify` says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from enum import StrEnum
from typing import Any, Final, Generic, NamedTuple, TypeVar

from bridge.contracts.model import Classification, Contract
from bridge.model import Choose, Kind, Priority, Reason, Severity
from bridge.rules.classification.conditions import fits_class, fits_ticket
from bridge.rules.commands import Command
from bridge.rules.facts import Facts, Known

_V = TypeVar("_V")
_WORST: Final = tuple(Severity)
"""Severities from the highest down."""
_KINDS: Final = tuple(Kind)


class By(StrEnum):
    """What settled a value."""

    COMMAND = "command"
    TOOL = "tool"
    LINE = "line"


class Hit(NamedTuple):
    """A line of the contract that fits: its number from 1, the line, and the words it found."""

    number: int
    line: Classification
    words: tuple[str, ...]

    @property
    def key(self) -> str:
        """Where the line stands in its contract."""
        return f"classify.rules[{self.number}]"

    def because(self, text: str) -> Reason:
        """That it fits, with what follows from it."""
        return Reason(self.key, text, self.line.rule)


class Choice(NamedTuple, Generic[_V]):
    """A value and what settled it: `order` the command, or `hits` the line; `saying` are all lines
    that said something. `lowered_from` is the priority before R1.7; `spared` the line that would
    have lowered it and did not (R1.13)."""

    value: _V | None
    by: By | None = None
    order: Command | None = None
    hits: tuple[Hit, ...] = ()
    saying: Sequence[Hit] = ()
    lowered_from: _V | None = None
    spared: Hit | None = None


NOTHING: Final[Choice[Any]] = Choice(None)


class Settled(NamedTuple):
    """What a ticket is. `lines` is the priority by the contract's lines alone; `category` the line
    that names one."""

    kind: Choice[Kind]
    severity: Choice[Severity]
    priority: Choice[Priority]
    lines: Choice[Priority]
    category: Hit | None
    known: Known


def find_hits(facts: Facts, contract: Contract, zone: tzinfo) -> tuple[Hit, ...]:
    """The contract's lines whose words the ticket says and whose other signs it has, whatever its
    class may be."""
    lines = contract.classify
    hits = []
    for index in lines.index.candidates(facts.text) if lines.rules else ():
        line = lines.rules[index]
        words = line.wording.find(facts.text) if line.wording is not None else ()
        if words is not None and fits_ticket(line, facts, zone):
            hits.append(Hit(index + 1, line, words))
    return tuple(hits)


def settle(
    found: Sequence[Hit], contract: Contract, shown: Known, orders: Sequence[Command]
) -> Settled:
    """The class of a ticket for which these lines were found, of which the tool shows these values
    and our people gave these orders."""
    kind = _given("kind", shown.kind, orders)
    hits = _fitting(found, shown, kind.value)
    if kind.by is None:
        kind = _kind(hits, contract)
        hits = _fitting(found, shown, kind.value)
    every, hits = hits, [h for h in hits if h.line.set_kind in (None, kind.value)]
    severity: Choice[Severity] = NOTHING
    if shown.severity is not None:
        severity = Choice(shown.severity, By.TOOL)
    elif hits:
        severity = _severity(hits)
    lines = _lowered(_priority(hits, contract), kind.value, contract) if hits else NOTHING
    told = _given("priority", shown.priority, orders)
    priority = lines if told.by is None else _lowered(told, kind.value, contract)
    category = next((h for h in every if h.line.set_category and (h in hits or h.line.wins)), None)
    named = category.line.set_category if category is not None else None
    known = Known(kind.value, severity.value, priority.value, named, shown.estimate)
    return Settled(kind, severity, priority, lines, category, known)


def _given(name: str, value: _V | None, orders: Sequence[Command]) -> Choice[_V]:
    """What the last command says, else the tool's own field."""
    for order in reversed(orders):
        if (ordered := getattr(order, name)) is not None:
            return Choice(ordered, By.COMMAND, order)
    return NOTHING if value is None else Choice(value, By.TOOL)


def _fitting(found: Sequence[Hit], shown: Known, kind: Kind | None) -> list[Hit]:
    """Those that fit in all. Lines see the tool's own severity and priority."""
    if not found:
        return []
    known = shown._replace(kind=kind)
    return [h for h in found if fits_class(h.line, known)]


def _kind(hits: Sequence[Hit], contract: Contract) -> Choice[Kind]:
    """By the line that wins, else the first that says, or where several count, incident before
    request (R1.2)."""
    saying = [h for h in hits if h.line.set_kind is not None]
    if not saying:
        return NOTHING
    saying = [h for h in saying if h.line.wins] or saying
    chosen = saying[0]
    if contract.classify.choose is Choose.HIGHEST:
        chosen = min(saying, key=lambda h: _KINDS.index(h.line.set_kind or Kind.REQUEST))
    return Choice(chosen.line.set_kind, By.LINE, None, (chosen,), saying)


def _severity(hits: Sequence[Hit]) -> Choice[Severity]:
    """R2.11: where lines name several, a person decides; until then it is the highest."""
    saying = [h for h in hits if h.line.set_severity is not None]
    if not saying:
        return NOTHING
    chosen = min(saying, key=lambda h: _WORST.index(h.line.set_severity or _WORST[-1]))
    return Choice(chosen.line.set_severity, By.LINE, None, (chosen,), saying)


def _priority(hits: Sequence[Hit], contract: Contract) -> Choice[Priority]:
    """The first or the highest (R1.13); a line that wins goes before them unless they are so high
    that a person must see it."""
    saying = [h for h in hits if h.line.set_priority is not None]
    if not saying:
        return NOTHING
    usual = [h for h in saying if not h.line.wins]
    winner = next((h for h in saying if h.line.wins), None)
    best = usual[0] if usual else None
    if usual and contract.classify.choose is Choose.HIGHEST:
        best = min(usual, key=lambda h: h.line.set_priority or Priority.LOW)
    chosen, spared = winner or best, None
    if winner and best and best.line.set_priority in contract.classify.spared:
        chosen, spared = best, winner
    if chosen is None:
        return NOTHING
    value = chosen.line.set_priority
    return Choice(value, By.LINE, None, (chosen,), saying, spared=spared)


def _lowered(choice: Choice[Priority], kind: Kind | None, contract: Contract) -> Choice[Priority]:
    """R1.7: no ticket of this kind ranks higher, whoever said so."""
    limit = contract.classify.highest.get(kind) if kind is not None else None
    if limit is None or choice.value is None or choice.value >= limit:
        return choice
    return choice._replace(value=limit, lowered_from=choice.value)
