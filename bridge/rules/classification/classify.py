"""What a ticket is: kind, priority, severity and category, each with its why. What nothing settles
is undecided and for a person, with what was seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import Any, Final, NamedTuple

from bridge.contracts.model import Contract
from bridge.model import Choose, Kind, Priority, Reason, Severity
from bridge.rules.approval import express
from bridge.rules.classification import cross_project
from bridge.rules.classification.conditions import fits
from bridge.rules.classification.settle import By, Choice, Hit, Settled, find_hits, settle
from bridge.rules.facts import Facts, Known

DATE_MISSING: Final = Reason(
    "classify.needs_date", "date missing: a date must be agreed with the client"
)
_OPEN: Final = {
    "kind": ("classify", "incident or request is undecided: assessed by the strictest"),
    "severity": ("classify", "the severity is undecided: assessed by the strictest"),
    "priority": ("classify", "the priority is undecided"),
}
"""What is said of a value that nothing settles."""


class Classified(NamedTuple):
    """A ticket's class, why, and what only a person can settle.

    `express` is true when the client's own written demand for express work counts (R0.14, R0.17);
    `express_asked` when somebody asked for it and that demand is missing: nothing is charged as
    express and the work waits for the client. `cross_project` is the ticket that collects meetings
    and calls (R2.16). `ruled` is the priority that a tool should show, with its `ruled_why`: what
    was ordered, what the contract's lines say, or what was lowered; None when nothing says.
    `undecided` are those values that the contract needs to know and nothing says. `settled` is what
    each value was settled by, `hits` are all lines that fit whatever its class may be.
    """

    settled: Settled
    hits: tuple[Hit, ...]
    express: bool = False
    cross_project: bool = False
    why: tuple[Reason, ...] = ()
    attention: tuple[Reason, ...] = ()
    express_asked: bool = False
    date_missing: bool = False
    ruled: Priority | None = None
    ruled_why: tuple[Reason, ...] = ()
    undecided: tuple[str, ...] = ()

    @property
    def known(self) -> Known:
        """Kind, severity, priority and category, None where undecided."""
        return self.settled.known

    @property
    def kind(self) -> Kind | None:
        """An incident or a request."""
        return self.settled.known.kind

    @property
    def priority(self) -> Priority | None:
        """How urgent it is."""
        return self.settled.known.priority

    @property
    def severity(self) -> Severity | None:
        """How badly a function is hurt."""
        return self.settled.known.severity

    @property
    def category(self) -> str | None:
        """What the contract calls it."""
        return self.settled.known.category

    @property
    def lines(self) -> tuple[int, ...]:
        """The numbers, from 1, of the contract's lines that decided."""
        what = self.settled
        category = (what.category,) if what.category is not None else ()
        deciding = (*what.kind.hits, *what.priority.hits, *what.severity.hits, *category)
        return tuple(sorted({hit.number for hit in deciding}))


def classify(facts: Facts, contract: Contract, zone: tzinfo = UTC) -> Classified:
    """The class of a ticket under a contract. `zone` is where the date of its receipt is read off
    (R1.12)."""
    hits = find_hits(facts, contract, zone)
    settled = settle(hits, contract, facts.shown, facts.orders)
    kind, priority, severity = settled.kind, settled.priority, settled.severity
    known, category = settled.known, settled.category
    is_open = facts.ticket.is_open
    wish = express.demand(facts, contract.express, known, zone)
    undecided = _undecided(contract, known)
    date_missing = is_open and _lacks_date(facts, contract, known, zone)
    cross = cross_project.sign(contract, facts.ticket.labels, known.category)
    why_priority = _why("priority", priority, known.kind)
    ruled = priority
    if priority.by is not By.COMMAND and priority.lowered_from is None:
        ruled = settled.lines
    why = (
        *_why("kind", kind),
        *_mixed(kind, contract),
        *why_priority,
        *_why("severity", severity),
        *((category.because(_of(category, known.category)),) if category else ()),
        *((cross,) if cross is not None else ()),
        *wish.why,
    )
    return Classified(
        settled=settled,
        hits=hits,
        express=wish.counts,
        cross_project=cross is not None,
        # A line that gives a kind and a category of the same name says the same of both.
        why=tuple(dict.fromkeys(why)) if category else why,
        attention=(
            *([_unsettled(facts, known, name) for name in undecided] if is_open else ()),
            *_spared(priority),
            *_several(severity),
            *((DATE_MISSING,) if date_missing else ()),
            *wish.attention,
        ),
        express_asked=wish.asked,
        date_missing=date_missing,
        ruled=ruled.value,
        ruled_why=why_priority if ruled is priority else _why("priority", ruled, known.kind),
        undecided=undecided,
    )


def _why(name: str, choice: Choice[Any], kind: Kind | None = None) -> tuple[Reason, ...]:
    """Why a value is what it is: a command, the tool's own field, a line, and what lowered it for
    this kind (R1.7)."""
    if choice.by is None:
        return ()
    lowered = choice.lowered_from is not None
    value = choice.lowered_from if lowered else choice.value
    if choice.by is By.TOOL:
        why = _of_tool(name, value)
    elif choice.order is not None:
        order = choice.order
        text = f"{name} {_shown(value)}, by the command /{order.name} of {order.by}"
        why = Reason("command", text)
    else:
        hit = choice.hits[0]
        others = [h for h in choice.saying if h is not hit] if name == "priority" else ()
        also = f" (also fits: {', '.join(_short(h) for h in others)})" if others else ""
        why = hit.because(f"{_of(hit, value)}{also}")
    if not lowered:
        return (why,)
    text = f"a {kind} is never {_shown(value)}: lowered to {_shown(choice.value)}"
    return why, Reason("classify.highest", text)


@lru_cache(maxsize=64, typed=True)
def _of_tool(name: str, value: Any) -> Reason:
    """A value of the tool's own field. There are few of them, and each ticket has some."""
    return Reason("tool", f"{name} {_shown(value)}, as its field in the tool says")


def _mixed(kind: Choice[Kind], contract: Contract) -> tuple[Reason, ...]:
    if contract.classify.choose is not Choose.HIGHEST or len(kind.saying) < 2:
        return ()
    if len({hit.line.set_kind for hit in kind.saying}) == 1:
        return ()
    return (Reason("classify.choose", "signs of an incident and of a request: an incident"),)


def _spared(priority: Choice[Priority]) -> tuple[Reason, ...]:
    """R1.13: so high that a line that would win does not lower it."""
    winner = priority.spared
    if winner is None:
        return ()
    (best,) = priority.hits
    text = f"{_of(winner, winner.line.set_priority)}, yet {_of(best, best.line.set_priority)}"
    return (Reason("classify.spared", f"{text}: not lowered, for a person"),)


def _several(severity: Choice[Severity]) -> tuple[Reason, ...]:
    if len(severity.saying) < 2 or len({hit.line.set_severity for hit in severity.saying}) < 2:
        return ()
    seen = "; ".join(_of(hit, hit.line.set_severity) for hit in severity.saying)
    text = f"several severities fit, provisionally {severity.value}: {seen}"
    return (Reason("classify.choose", text),)


def _lacks_date(facts: Facts, contract: Contract, known: Known, zone: tzinfo) -> bool:
    """R1.11: the ticket stays listed until a date is set."""
    signs = contract.classify.needs_date
    if not signs or facts.ticket.due_on is not None:
        return False
    return any(fits(sign, facts, known, zone) for sign in signs)


def _undecided(contract: Contract, known: Known) -> tuple[str, ...]:
    """What the contract needs to know and nothing says. Of an unknown kind, the severity is not
    asked as well: it may not matter."""
    if None not in known[:3]:
        return ()
    asked = contract.asks[known.kind]
    if known.kind is None and "kind" in asked:
        names: Sequence[str] = ("kind", "priority")
    else:
        names = ("severity", "priority")
    return tuple(name for name in names if getattr(known, name) is None and name in asked)


def _unsettled(facts: Facts, known: Known, name: str) -> Reason:
    """What is undecided, for a person, with what was seen."""
    ticket = facts.ticket
    seen = [f"{known.kind}"] if known.kind is not None else []
    if ticket.labels:
        seen.append(f"labels {', '.join(ticket.labels)}")
    seen += [f'{w.table} "{w.word}", which the mapping lacks' for w in ticket.unmapped]
    rule, text = _OPEN[name]
    facts_seen = f" (seen: {', '.join(seen)})" if seen else ""
    return Reason(rule, f"{text}; neither the tool nor a line of the contract says it{facts_seen}")


def _of(hit: Hit, value: object) -> str:
    found = " + ".join(f'"{word}"' for word in hit.words)
    sign = f"{found} in its words" if found else "by its signs"
    return f"{_shown(value)}: {sign} (line {hit.number})"


def _short(hit: Hit) -> str:
    return f"{_shown(hit.line.set_priority)} of {hit.line.rule or hit.key}"


def _shown(value: object) -> str:
    return f"P{value.value}" if isinstance(value, Priority) else str(value)
