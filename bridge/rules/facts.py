"""What is read of one ticket: once, however many rules and contracts ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Final, NamedTuple

from bridge.model import Event, EventKind, Kind, Priority, Reason, Seconds, Severity, Ticket
from bridge.model.phrases import Text, cut
from bridge.rules.commands import Command, read_commands

BY_TIME: Final = attrgetter("at")
_NO_EVENTS: Final[tuple[Event, ...]] = ()


class Known(NamedTuple):
    """What is known of a ticket's class, None where it is undecided, and its estimate."""

    kind: Kind | None = None
    severity: Severity | None = None
    priority: Priority | None = None
    category: str | None = None
    estimate: Seconds | None = None


@dataclass(frozen=True, eq=False)
class Facts:
    """A ticket as the rules see it. `written` says that the priority which the tool shows is what
    the bridge itself wrote there: then it says nothing."""

    ticket: Ticket
    written: bool = False

    @cached_property
    def shown(self) -> Known:
        """What the tool's own fields say."""
        what = self.ticket
        priority = None if self.written else what.priority
        return Known(what.kind, what.severity, priority, None, what.estimate)

    @cached_property
    def _commands(self) -> tuple[tuple[Command, ...], tuple[Reason, ...]]:
        return read_commands(self.ticket)

    @property
    def orders(self) -> tuple[Command, ...]:
        """The commands of our people that count, in order of time."""
        return self._commands[0]

    @property
    def unread(self) -> tuple[Reason, ...]:
        """Commands of our people that could not be understood, for a person to see."""
        return self._commands[1]

    @cached_property
    def text(self) -> Text:
        """The words of title and first message."""
        return cut(self.ticket.title, self.ticket.body)

    @cached_property
    def labels(self) -> frozenset[str]:
        """Its labels, case aside."""
        return frozenset(label.casefold() for label in self.ticket.labels if label)

    @cached_property
    def _changes(self) -> Mapping[str, Sequence[Event]]:
        by_kind: dict[str, list[Event]] = {}
        for event in sorted(self.ticket.events, key=BY_TIME):
            by_kind.setdefault(event.kind, []).append(event)
        return by_kind

    def changes(self, kind: EventKind) -> Sequence[Event]:
        """The changes of one of its values, in order of time."""
        return self._changes.get(kind, _NO_EVENTS)
