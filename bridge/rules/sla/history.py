"""What happened to a ticket, and when: reactions, waits for the client, ends and reopenings.

Moments are the tool's own where it has a history; where only polling saw a change, its moment is
that of the look, and whoever tells of it says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

from bridge.contracts.model import Targets
from bridge.model import Event, EventKind, ResponseStop, Role, State, Ticket
from bridge.rules.approval.answers import says_only
from bridge.rules.facts import BY_TIME, Facts

Pause: TypeAlias = tuple[datetime, datetime | None]
_BEGUN: Final = (State.OPEN.value, State.RESOLVED.value, State.CLOSED.value)
_FINISHED: Final = frozenset(state for state in State if state.is_finished)
_STATES: Final = {state.value: state for state in State}


class Happened(NamedTuple):
    """A moment that starts or stops a clock, and how. `observed`: only polling saw it."""

    at: datetime
    how: str
    observed: bool = False


class Past(NamedTuple):
    """The states a ticket went through.

    `cycle_start` is when it was opened or last reopened (C15); `finished` when it was resolved
    since then, if it still is; `finishes` are all ends, `pauses` all waits for the client (C11).
    `entered` has each state with the moment of its beginning. `observed` is true when one of the
    changes was only seen by polling.
    """

    cycle_start: datetime
    finished: Happened | None
    finishes: tuple[Happened, ...] = ()
    pauses: tuple[Pause, ...] = ()
    entered: tuple[tuple[datetime, State | None], ...] = ()
    observed: bool = False

    def paused_at(self, at: datetime) -> bool:
        """Whether the client was awaited then: half-open, as all intervals (C11)."""
        return any(begin <= at and (end is None or at < end) for begin, end in self.pauses)


def read_past(facts: Facts) -> Past:
    """The states of a ticket put in order.

    A state that the mapping lacks ends a wait for the client, since nobody knows that it goes on;
    it neither ends nor reopens a ticket.
    """
    ticket, changes = facts.ticket, facts.changes(EventKind.STATE)
    first = _state(changes[0].old) if changes else ticket.state
    start = ticket.started_at
    finishes: list[Happened] = []
    pauses: list[Pause] = []
    entered: list[tuple[datetime, State | None]] = [(start, first)]
    waiting = start if first is State.AWAITING_CLIENT else None
    finished: Happened | None = None
    if first in _FINISHED:
        how = "resolved when it was noted" if changes else "resolved by the time it was last read"
        at = start if changes else max(start, ticket.updated_at)
        finished = Happened(at, how, observed=not changes)
        finishes.append(finished)
    for event in changes:
        state = _state(event.new)
        entered.append((event.at, state))
        if state is State.AWAITING_CLIENT:
            waiting = waiting or event.at
        elif waiting is not None:
            pauses.append((waiting, event.at))
            waiting = None
        if state is None:
            continue
        if state in _FINISHED:
            if finished is None:
                finished = Happened(event.at, _by("resolved", event), event.observed)
                finishes.append(finished)
        elif finished is not None:
            start, finished = event.at, None
    if waiting is not None:
        pauses.append((waiting, None))
    observed = any(e.observed for e in changes)
    return Past(start, finished, tuple(finishes), tuple(pauses), tuple(entered), observed)


def find_reaction(facts: Facts, targets: Targets) -> Happened | None:
    """When a person of ours first answered in public or began to work, and how.

    Receipts, private notes, the bridge's own messages and the client's do not count; where the
    contract says so, neither does the start of work, nor an answer that is a mere "received"
    (R4.2).
    """
    ticket, receipts = facts.ticket, targets.receipts
    answers = [
        c for c in ticket.comments if c.role is Role.PROVIDER and c.public and not c.automatic
    ]
    answers.sort(key=BY_TIME)
    reader = ticket.requester.name
    real = (
        c
        for c in answers
        if not (receipts and says_only(c.text, receipts, (c.author.name, reader)))
    )
    answer = next(real, None)
    if targets.response_stops is ResponseStop.START:
        starts = (e for e in facts.changes(EventKind.STATE) if _is_start(e, ticket))
        begun = next(starts, None)
        if begun is not None and (answer is None or begun.at < answer.at):
            return Happened(begun.at, _by("begun", begun), begun.observed)
    return None if answer is None else Happened(answer.at, f"answered by {answer.author}")


def find_first_written(ticket: Ticket) -> datetime | None:
    """When the client first put a request in writing that had come by word of mouth (R3.9)."""
    written = (
        c.at for c in ticket.comments if c.role is Role.CLIENT and c.public and not c.automatic
    )
    return min(written, default=None)


def earliest(moments: Iterable[Happened | None]) -> Happened | None:
    """The first of those that happened."""
    return min((m for m in moments if m is not None), key=BY_TIME, default=None)


def _is_start(event: Event, ticket: Ticket) -> bool:
    """Whether a change of state means that somebody of ours began: never the requester's own."""
    if event.own or event.old != State.NEW.value:
        return False
    by_client = event.actor is not None and event.actor == ticket.requester
    return event.new in _BEGUN and not by_client


def _by(what: str, event: Event) -> str:
    return f"{what} by {event.actor}" if event.actor else what


def _state(word: str | None) -> State | None:
    return _STATES[word] if word else None
