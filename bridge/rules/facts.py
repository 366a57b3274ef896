"""What is read of one ticket: once, however many rules and contracts ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from operator import attrgetter
from typing import Final, NamedTuple

from bridge.model import Event, EventKind, Kind, Priority, Seconds, Severity, Ticket
from bridge.model.phrases import Text, cut
from bridge.rules.commands import read_commands

BY_TIME: Final = attrgetter("at")
_NO_EVENTS: Final[tuple[Event, ...]] = ()


class Known(NamedTuple):
    """What is known of a ticket's class, None where it is undecided, and its estimate."""

    kind: Kind | None = None
    severity: Severity | None = None
    priority: Priority | None = None
    category: str | None = None
    estimate: Seconds | None = None


class Facts:
    """A ticket as the rules see it. `written` says that the priority which the tool shows is what
    the bridge itself wrote there: then it says nothing.

    `shown` is what the tool's own fields say; `orders` are the commands of our people that count,
    in order of time, `unread` those that could not be understood; `labels` are without case.
    """

    def __init__(self, ticket: Ticket, written: bool = False) -> None:
        self.ticket: Final = ticket
        self.written: Final = written
        priority = None if written else ticket.priority
        self.shown: Final = Known(ticket.kind, ticket.severity, priority, None, ticket.estimate)
        self.orders, self.unread = read_commands(ticket)
        self.labels: Final = frozenset([label.casefold() for label in ticket.labels if label])
        self._changes: dict[str, list[Event]] = {}
        for event in sorted(ticket.events, key=BY_TIME):
            self._changes.setdefault(event.kind, []).append(event)

    @cached_property
    def text(self) -> Text:
        """The words of title and first message."""
        return cut(self.ticket.title, self.ticket.body)

    def changes(self, kind: EventKind) -> Sequence[Event]:
        """The changes of one of its values, in order of time."""
        return self._changes.get(kind, _NO_EVENTS)
