"""What happened to a ticket, and when: reactions, waits for the client, ends and reopenings.

Moments are the tool's own where it has a history; where only polling saw a change, its moment is
that of the look, and whoever tells of it says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Final, TypeAlias

from bridge.contracts.model import Targets
from bridge.model import Comment, Event, EventKind, Person, ResponseStop, Role, State, Ticket
from bridge.rules.approval.answers import read_answer

Pause: TypeAlias = tuple[datetime, datetime | None]
_BEGUN: Final = (State.OPEN.value, State.RESOLVED.value, State.CLOSED.value)
_AT: Final = attrgetter("at")


@dataclass(frozen=True, slots=True)
class Happened:
    """A moment that starts or stops a clock, and how. `observed`: only polling saw it."""

    at: datetime
    how: str
    observed: bool = False


@dataclass(frozen=True, slots=True)
class Past:
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


def past(ticket: Ticket) -> Past:
    """The states of a ticket put in order.

    A state that the mapping lacks ends a wait for the client, since nobody knows that it goes on;
    it neither ends nor reopens a ticket.
    """
    changes = sorted((e for e in ticket.events if e.kind == EventKind.STATE), key=_AT)
    first = _state(changes[0].old) if changes else ticket.state
    start = ticket.started_at
    finishes: list[Happened] = []
    pauses: list[Pause] = []
    entered: list[tuple[datetime, State | None]] = [(start, first)]
    waiting = start if first is State.AWAITING_CLIENT else None
    finished: Happened | None = None
    if first is not None and first.is_finished:
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
        if state.is_finished and finished is None:
            finished = Happened(event.at, _by("resolved", event), event.observed)
            finishes.append(finished)
        elif not state.is_finished and finished is not None:
            start, finished = event.at, None
    if waiting is not None:
        pauses.append((waiting, None))
    observed = any(e.observed for e in changes)
    return Past(start, finished, tuple(finishes), tuple(pauses), tuple(entered), observed)


def first_reaction(ticket: Ticket, targets: Targets) -> Happened | None:
    """When a person of ours first answered in public or began to work, and how.

    Receipts, private notes, the bridge's own messages and the client's do not count; where the
    contract says so, neither does the start of work, nor an answer that is a mere "received"
    (R4.2).
    """
    receipts, reader = targets.receipts, ticket.requester
    ours = (c for c in ticket.comments if c.role is Role.PROVIDER and c.public and not c.automatic)
    answers = (
        c for c in sorted(ours, key=_AT) if not (receipts and is_receipt(c, receipts, reader))
    )
    answer = next(answers, None)
    if targets.response_stops is ResponseStop.START:
        starts = (e for e in ticket.events if _is_start(e, ticket))
        begun = min(starts, key=_AT, default=None)
        if begun is not None and (answer is None or begun.at < answer.at):
            return Happened(begun.at, _by("begun", begun), begun.observed)
    return None if answer is None else Happened(answer.at, f"answered by {answer.author}")


def first_written(ticket: Ticket) -> datetime | None:
    """When the client first put a request in writing that had come by word of mouth (R3.9)."""
    written = (
        c.at for c in ticket.comments if c.role is Role.CLIENT and c.public and not c.automatic
    )
    return min(written, default=None)


def is_receipt(comment: Comment, receipts: Sequence[str], reader: Person) -> bool:
    """Whether a comment says only one of these phrases, with or without courtesies (R4.2)."""
    answer = read_answer(comment.text, extra_yes=receipts, names=(comment.author.name, reader.name))
    return answer.phrase in receipts


def earliest(moments: Iterable[Happened | None]) -> Happened | None:
    """The first of those that happened."""
    return min((m for m in moments if m is not None), key=_AT, default=None)


def _is_start(event: Event, ticket: Ticket) -> bool:
    """Whether a change of state means that somebody of ours began: never the requester's own."""
    if event.kind != EventKind.STATE or event.own or event.old != State.NEW.value:
        return False
    by_client = event.actor is not None and event.actor == ticket.requester
    return event.new in _BEGUN and not by_client


def _by(what: str, event: Event) -> str:
    return f"{what} by {event.actor}" if event.actor else what


def _state(word: str | None) -> State | None:
    return State(word) if word else None
