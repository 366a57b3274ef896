"""What a ticket is: kind, priority, severity and category. A command of our people goes first, then
the tool's own fields, then the contract's lines, else it is undecided and for a person, with what
was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar

from bridge.contracts.conditions import Condition
from bridge.contracts.model import Classification, Contract
from bridge.model import Choose, Kind, Priority, Reason, Severity, Ticket
from bridge.model.phrases import read
from bridge.rules.approval import express
from bridge.rules.classification import cross_project
from bridge.rules.classification.conditions import fits, heard
from bridge.rules.commands import Command

_V = TypeVar("_V")
DATE_MISSING: Final = Reason(
    "classify.needs_date", "date missing: a date must be agreed with the client"
)
_OPEN: Final = {
    "kind": ("classify", "incident or request is undecided: assessed by the strictest"),
    "severity": ("classify", "the severity is undecided: assessed by the strictest"),
    "priority": ("classify", "the priority is undecided"),
}
"""What is said of a value that nothing settles."""
_WORST: Final = tuple(Severity)
"""Severities from the highest down."""


class By(StrEnum):
    """What settled a value."""

    COMMAND = "command"
    TOOL = "tool"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Classified:
    """A ticket's class, why, and what only a person can settle.

    `express` is true when the client's own written demand for express work counts (R0.14, R0.17);
    `express_asked` when somebody asked for it and that demand is missing: nothing is charged as
    express and the work waits for the client. `cross_project` is the ticket that collects meetings
    and calls (R2.16). `ruled` is the priority that a tool should show, with its `ruled_why`: what
    was ordered, what the contract's lines say, or what was lowered; None when nothing says.
    `lines` are the numbers, from 1, of the contract's lines that decided, and `by` says of kind,
    priority and severity what settled each; `undecided` are those that the contract needs to know
    and nothing says.
    """

    kind: Kind | None
    priority: Priority | None
    severity: Severity | None
    category: str | None = None
    express: bool = False
    cross_project: bool = False
    why: tuple[Reason, ...] = ()
    attention: tuple[Reason, ...] = ()
    express_asked: bool = False
    date_missing: bool = False
    ruled: Priority | None = None
    ruled_why: tuple[Reason, ...] = ()
    lines: tuple[int, ...] = ()
    by: tuple[tuple[str, By], ...] = ()
    undecided: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Hit:
    """A line of the contract that fits: its number from 1, the line, and the words it heard."""

    number: int
    line: Classification
    words: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"classify.rules[{self.number}]"

    def because(self, text: str) -> Reason:
        """That it fits, with what follows from it."""
        return Reason(self.key, text, self.line.rule)

    @property
    def sign(self) -> str:
        """By what it fits, for a person."""
        said = " + ".join(f'"{word}"' for word in self.words)
        return f"{said} in its words" if said else "by its signs"


@dataclass(frozen=True, slots=True)
class _Choice(Generic[_V]):
    """A value, what settled it, and the lines that did."""

    value: _V | None
    by: By | None = None
    why: tuple[Reason, ...] = ()
    hits: tuple[_Hit, ...] = ()
    attention: tuple[Reason, ...] = ()
    was_lowered: bool = False


_NOTHING: Final[_Choice[Any]] = _Choice(None)


def classify(
    ticket: Ticket,
    contract: Contract,
    orders: Sequence[Command],
    *,
    zone: tzinfo = UTC,
    written: bool = False,
) -> Classified:
    """The class of a ticket under a contract. `zone` is where the date of its receipt is read off
    (R1.12). `written` says that the priority in the tool is what the bridge itself wrote there:
    then it says nothing."""
    if written:
        ticket = replace(ticket, priority=None)
    kind_order = next((o for o in reversed(orders) if o.kind), None)
    kind = _given("kind", kind_order, ticket.kind)
    said = _said(contract, ticket)
    hits = _fitting(said, ticket, kind.value, zone)
    if kind.by is None:
        kind = _kind(hits, contract)
        hits = _fitting(said, ticket, kind.value, zone)
    every, hits = hits, [h for h in hits if h.line.set_kind in (None, kind.value)]
    severity = _given("severity", None, ticket.severity)
    if severity.by is None:
        severity = _severity(hits)
    lines = _lowered(_priority(hits, contract), kind.value, contract)
    priority_order = next((o for o in reversed(orders) if o.priority), None)
    told = _given("priority", priority_order, ticket.priority)
    priority = lines if told.by is None else _lowered(told, kind.value, contract)
    sure = [h for h in every if h in hits or h.line.wins]
    category = next((h for h in sure if h.line.set_category), None)
    known = _Known(
        kind.value, severity.value, priority.value, category.line.set_category if category else None
    )

    def fitting(condition: Condition) -> bool:
        return fits(condition, ticket, **known.signs, zone=zone)

    wish = express.demand(ticket, contract.express, orders, fitting)
    undecided = _undecided(contract, known)
    undated = _no_date(ticket, contract, fitting)
    ruled = priority if priority.by is By.COMMAND or priority.was_lowered else lines
    cross = cross_project.sign(contract, ticket.labels, known.category)
    settled = (("kind", kind.by), ("priority", priority.by), ("severity", severity.by))
    deciding = (*kind.hits, *priority.hits, *severity.hits, *((category,) if category else ()))
    return Classified(
        kind=known.kind,
        priority=known.priority,
        severity=known.severity,
        category=known.category,
        express=wish.counts,
        cross_project=cross is not None,
        why=tuple(
            dict.fromkeys(
                (
                    *kind.why,
                    *priority.why,
                    *severity.why,
                    *((category.because(_of(category, known.category)),) if category else ()),
                    *((cross,) if cross is not None else ()),
                    *wish.why,
                )
            )
        ),
        attention=(
            *(_told(ticket, known, name) for name in undecided if ticket.is_open),
            *kind.attention,
            *priority.attention,
            *severity.attention,
            *undated,
            *wish.attention,
        ),
        express_asked=wish.asked,
        date_missing=bool(undated),
        ruled=ruled.value,
        ruled_why=ruled.why,
        lines=tuple(sorted({hit.number for hit in deciding})),
        undecided=undecided,
        by=tuple((name, by) for name, by in settled if by is not None),
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What is decided of a ticket."""

    kind: Kind | None
    severity: Severity | None
    priority: Priority | None
    category: str | None

    @property
    def signs(self) -> dict[str, Any]:
        """As `fits` takes them."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "priority": self.priority,
            "category": self.category,
        }


def _given(name: str, order: Command | None, value: _V | None) -> _Choice[_V]:
    """What a command says, else the tool's own field."""
    if order is not None:
        said = getattr(order, name)
        text = f"{name} {_shown(said)}, by the command /{order.name} of {order.by}"
        return _Choice(said, By.COMMAND, (Reason("command", text),))
    return _NOTHING if value is None else _of_tool(name, value)


@lru_cache(maxsize=64, typed=True)
def _of_tool(name: str, value: Any) -> _Choice[Any]:
    """A value of the tool's own field. There are few of them, and each ticket has some."""
    why = Reason("tool", f"{name} {_shown(value)}, as its field in the tool says")
    return _Choice(value, By.TOOL, (why,))


def _said(contract: Contract, ticket: Ticket) -> list[_Hit]:
    """The contract's lines whose words the ticket says, or that have none."""
    lines = contract.classify
    text = read(ticket.title, ticket.body)
    found = []
    for index in lines.index.candidates(text) if lines.rules else ():
        line = lines.rules[index]
        words = heard(line, ticket) if line.words else ()
        if words is not None:
            found.append(_Hit(index + 1, line, words))
    return found


def _fitting(said: Sequence[_Hit], ticket: Ticket, kind: Kind | None, zone: tzinfo) -> list[_Hit]:
    """Those that fit in all. Lines see the tool's own severity and priority."""
    signs = {"kind": kind, "severity": ticket.severity, "priority": ticket.priority}
    return [h for h in said if fits(h.line, ticket, **signs, zone=zone, words_fit=True)]  # type: ignore[arg-type]


def _kind(hits: Sequence[_Hit], contract: Contract) -> _Choice[Kind]:
    """By the line that wins, else the first that says, or where several count, incident before
    request (R1.2)."""
    saying = [h for h in hits if h.line.set_kind is not None]
    if not saying:
        return _NOTHING
    saying = [h for h in saying if h.line.wins] or saying
    chosen = saying[0]
    why: tuple[Reason, ...] = ()
    if contract.classify.choose is Choose.HIGHEST:
        order = list(Kind)
        chosen = min(saying, key=lambda h: order.index(h.line.set_kind or Kind.REQUEST))
        if len({h.line.set_kind for h in saying}) > 1:
            why = (Reason("classify.choose", "signs of an incident and of a request: an incident"),)
    value = chosen.line.set_kind
    return _Choice(value, By.LINE, (chosen.because(_of(chosen, value)), *why), (chosen,))


def _severity(hits: Sequence[_Hit]) -> _Choice[Severity]:
    """R2.11: where lines name several, a person decides; until then it is the highest."""
    saying = [h for h in hits if h.line.set_severity is not None]
    if not saying:
        return _NOTHING
    chosen = min(saying, key=lambda h: _WORST.index(h.line.set_severity or _WORST[-1]))
    value = chosen.line.set_severity
    why = (chosen.because(_of(chosen, value)),)
    if len({h.line.set_severity for h in saying}) == 1:
        return _Choice(value, By.LINE, why, (chosen,))
    seen = "; ".join(_of(h, h.line.set_severity) for h in saying)
    doubt = Reason("classify.choose", f"several severities fit, provisionally {value}: {seen}")
    return _Choice(value, By.LINE, why, (chosen,), (doubt,))


def _priority(hits: Sequence[_Hit], contract: Contract) -> _Choice[Priority]:
    """The first or the highest (R1.13); a line that wins goes before them unless they are so high
    that a person must see it."""
    saying = [h for h in hits if h.line.set_priority is not None]
    if not saying:
        return _NOTHING
    usual = [h for h in saying if not h.line.wins]
    winner = next((h for h in saying if h.line.wins), None)
    best = usual[0] if usual else None
    if usual and contract.classify.choose is Choose.HIGHEST:
        best = min(usual, key=lambda h: h.line.set_priority or Priority.LOW)
    chosen = winner or best
    doubt: tuple[Reason, ...] = ()
    if (
        winner is not None
        and best is not None
        and best.line.set_priority in contract.classify.spared
    ):
        chosen = best
        text = f"{_of(winner, winner.line.set_priority)}, yet {_of(best, best.line.set_priority)}"
        doubt = (Reason("classify.spared", f"{text}: not lowered, for a person"),)
    if chosen is None:
        return _NOTHING
    value = chosen.line.set_priority
    others = [h for h in saying if h is not chosen]
    also = f" (also fits: {', '.join(_short(h) for h in others)})" if others else ""
    why = chosen.because(f"{_of(chosen, value)}{also}")
    return _Choice(value, By.LINE, (why,), (chosen,), doubt)


def _lowered(choice: _Choice[Priority], kind: Kind | None, contract: Contract) -> _Choice[Priority]:
    """R1.7: no ticket of this kind ranks higher, whoever said so."""
    limit = contract.classify.highest.get(kind) if kind is not None else None
    if limit is None or choice.value is None or choice.value >= limit:
        return choice
    text = f"a {kind} is never P{choice.value}: lowered to P{limit}"
    why = Reason("classify.highest", text)
    return replace(choice, value=limit, why=(*choice.why, why), was_lowered=True)


def _no_date(
    ticket: Ticket, contract: Contract, fitting: Callable[[Condition], bool]
) -> tuple[Reason, ...]:
    """R1.11: the ticket stays listed until a date is set."""
    if ticket.due_on is not None or not ticket.is_open:
        return ()
    missing = any(fitting(condition) for condition in contract.classify.needs_date)
    return (DATE_MISSING,) if missing else ()


def _undecided(contract: Contract, known: _Known) -> tuple[str, ...]:
    """What the contract needs to know and nothing says. Of an unknown kind, the severity is not
    asked as well: it may not matter."""
    if known.kind is None and _asks(contract, "kind", None):
        return ("kind", *(["priority"] if _lacks(contract, "priority", known) else []))
    return tuple(name for name in ("severity", "priority") if _lacks(contract, name, known))


def _lacks(contract: Contract, name: str, known: _Known) -> bool:
    return getattr(known, name) is None and _asks(contract, name, known.kind)


def _asks(contract: Contract, name: str, kind: Kind | None) -> bool:
    """Whether a promised time of the contract hangs on this value, or its lines speak of it."""
    same = (row for row in contract.targets.rows if kind is None or row.kind in (None, kind))
    if any(getattr(row, name) is not None for row in same):
        return True
    lines = contract.classify.rules
    if name == "kind":
        return bool(contract.classify.highest) or any(line.kind for line in lines)
    return name == "priority" and any(line.set_priority for line in lines)


def _told(ticket: Ticket, known: _Known, name: str) -> Reason:
    """What is undecided, for a person, with what was seen."""
    facts = [f"{known.kind}"] if known.kind is not None else []
    if ticket.labels:
        facts.append(f"labels {', '.join(ticket.labels)}")
    facts += [f'{w.table} "{w.word}", which the mapping lacks' for w in ticket.unmapped]
    rule, text = _OPEN[name]
    seen = f" (seen: {', '.join(facts)})" if facts else ""
    return Reason(rule, f"{text}; neither the tool nor a line of the contract says it{seen}")


def _of(hit: _Hit, value: object) -> str:
    return f"{_shown(value)}: {hit.sign} (line {hit.number})"


def _short(hit: _Hit) -> str:
    return f"{_shown(hit.line.set_priority)} of {hit.line.rule or hit.key}"


def _shown(value: object) -> str:
    return f"P{value.value}" if isinstance(value, Priority) else str(value)
