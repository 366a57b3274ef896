"""A tool in this process's memory: for the demo, for tests, and as the plainest example.

`Tool` is the tool itself, with what people do in it; `MemoryConnector` is how the bridge sees it.
It keeps exact history, moves its stamps with every change, and shows every field.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any, ClassVar, Final

from bridge.model import (
    WRITABLE,
    ApprovalState,
    Comment,
    Event,
    EventKind,
    Foreign,
    Message,
    Person,
    Priority,
    Receipt,
    Role,
    State,
    Ticket,
    TimeEntry,
    Value,
    Write,
)
from connectors.base import API_VERSION, Context, Identity, Page, SourceSettings, Vocabulary
from connectors.errors import GoneError, SettingsError
from mappings import TABLES

PAGE: Final = 100
BRIDGE: Final = Person("The bridge", "bridge", "bridge")
WORLD: Final[dict[str, Tool]] = {}
"""The tools of this process, by the name that a source's `tool` gives."""


@dataclass(slots=True)
class Tool:
    """A small ticket tool. `clock` is its own time."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC).replace(microsecond=0)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    version: int = 0
    writes: int = 0

    def open(self, source: str, title: str, requester: Person, **values: Any) -> str:
        """A client asks for something. Returns the ticket's key."""
        key = str(len(self.tickets) + 1)
        now = self.clock()
        ticket = Ticket(
            source=source,
            key=key,
            url=f"memory://{source}/{key}",
            title=title,
            body=values.pop("body", ""),
            requester=requester,
            created_at=now,
            updated_at=now,
            state=State.NEW,
            **values,
        )
        self._keep(ticket)
        return key

    def say(self, key: str, author: Person, text: str, *, public: bool = True) -> str:
        """Somebody writes a comment. Returns its key."""
        ticket = self.tickets[key]
        number = str(len(ticket.comments) + 1)
        comment = Comment(number, self.clock(), author, Role.CLIENT, text, public)
        self._keep(replace(ticket, comments=(*ticket.comments, comment)))
        return number

    def log_time(self, key: str, person: Person, seconds: int, note: str = "") -> str:
        """Somebody enters work. Returns the entry's key."""
        ticket = self.tickets[key]
        number = f"t{len(ticket.time_entries) + 1}"
        entry = TimeEntry(number, self.clock(), person, seconds, note)
        self._keep(replace(ticket, time_entries=(*ticket.time_entries, entry)))
        return number

    def change(self, key: str, actor: Person, **values: Any) -> None:
        """Somebody changes fields of the model."""
        ticket = self.tickets[key]
        events = tuple(
            Event(
                f"e{len(ticket.events) + number}",
                self.clock(),
                EventKind(name),
                actor,
                _text(getattr(ticket, name)),
                _text(value),
                own=actor == BRIDGE,
            )
            for number, (name, value) in enumerate(values.items(), start=1)
            if name in _TOLD
        )
        self._keep(replace(ticket, events=(*ticket.events, *events), **values))

    def _keep(self, ticket: Ticket) -> None:
        self.version += 1
        self.versions.pop(ticket.key, None)  # the last one changed stands last
        self.versions[ticket.key] = self.version
        self.tickets[ticket.key] = replace(ticket, updated_at=self.clock())


_TOLD: Final = frozenset(EventKind)
"""Changes of anything else (a title, labels) the tool does not tell."""


class MemorySettings(SourceSettings):
    """A source of type `memory`: `tool` names one of `WORLD`."""

    tool: str


class MemoryConnector:
    """The seven verbs over a `Tool`."""

    settings_type: ClassVar[type[SourceSettings]] = MemorySettings
    default_mapping: ClassVar[str] = "memory"
    api_version: ClassVar[int] = API_VERSION
    sends_mail: ClassVar[bool] = False

    def __init__(self, settings: MemorySettings, context: Context) -> None:
        if settings.tool not in WORLD:
            hint = "type memory is for the demo and for tests"
            raise SettingsError(context.name, f'no tool "{settings.tool}" in memory', hint)
        self._tool = WORLD[settings.tool]
        self._context = context
        self._requests = 0

    @property
    def requests(self) -> int:
        """Calls made so far."""
        return self._requests

    def verify(self) -> Identity:
        """The account is always the bridge's own, and may do everything."""
        self._requests += 1
        return Identity(BRIDGE, (), "in memory; may write everything")

    def describe(self) -> Vocabulary:
        """Every word of the model."""
        self._requests += 1
        words = {table: tuple(str(v.value) for v in kind) for table, kind in TABLES.items()}
        return Vocabulary(words, {f.value: "native" for f in WRITABLE})

    def poll(
        self, cursor: str | None, since: datetime, *, thorough: bool = False
    ) -> Iterator[Page]:
        """Changed tickets in the order of their changes, a page at a time."""
        self._requests += 1
        seen = -1 if thorough or cursor is None else int(json.loads(cursor)["version"])
        latest = ((v, key) for key, v in reversed(self._tool.versions.items()))
        changed = [*takewhile(lambda one: one[0] > seen, latest)][::-1]
        for start in range(0, max(len(changed), 1), PAGE):
            part = changed[start : start + PAGE]
            reached = part[-1][0] if part else max(seen, 0)
            tickets = tuple(self._read(key) for _, key in part)
            given = cursor if thorough else None
            yield Page(
                tickets,
                given or json.dumps({"version": reached}),
                requests=1 if start == 0 else 0,
            )

    def recent(self, limit: int) -> Page:
        """The newest tickets, without their history."""
        self._requests += 1
        newest = sorted(self._tool.tickets.values(), key=lambda t: (t.created_at, int(t.key)))
        heads = [
            replace(ticket, comments=(), time_entries=(), events=(), complete=False)
            for ticket in newest[-limit:]
        ]
        return Page(tuple(heads), "")

    def fetch(self, key: str) -> Ticket:
        """One ticket as it stands now."""
        self._requests += 1
        if key not in self._tool.tickets:
            raise GoneError(self._context.name, key, "there is no such ticket")
        return self._read(key)

    def apply(self, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        """Set fields in one change; add messages as comments that carry their mark."""
        self._requests += 1
        if writes[0].ticket not in self._tool.tickets:
            raise GoneError(self._context.name, writes[0].ticket, "there is no such ticket")
        shown = self._tool.tickets[writes[0].ticket]
        fields = {
            w.field.value: w.value
            for w in writes
            if not isinstance(w.value, Message) and getattr(shown, w.field.value) != w.value
        }
        if fields:
            self._tool.writes += 1
            self._tool.change(writes[0].ticket, BRIDGE, **fields)
        return tuple(self._receipt(write) for write in writes)

    def find(self, write: Write) -> Receipt | None:
        """The comment that carries this write's mark."""
        self._requests += 1
        if write.ticket not in self._tool.tickets:
            raise GoneError(self._context.name, write.ticket, "there is no such ticket")
        for comment in self._tool.tickets[write.ticket].comments:
            if comment.author == BRIDGE and write.mark in comment.text:
                return Receipt(write.key, write.value, comment.key)
        return None

    def close(self) -> None:
        """Nothing to let go of."""

    def _receipt(self, write: Write) -> Receipt:
        if isinstance(write.value, Message):
            self._tool.writes += 1
            said = "".join(_inert(p) if isinstance(p, Foreign) else p for p in write.value.parts)
            text = f"{said}\n\n[ref {write.mark}]"
            number = self._tool.say(write.ticket, BRIDGE, text, public=write.value.public)
            return Receipt(write.key, write.value, number)
        shown: Value = getattr(self._tool.tickets[write.ticket], write.field.value)
        return Receipt(write.key, shown)

    def _read(self, key: str) -> Ticket:
        ticket = self._tool.tickets[key]
        comments = tuple(
            replace(c, role=Role.BRIDGE)
            if c.author == BRIDGE and self._context.marks.genuine(c.text)
            else c
            for c in ticket.comments
        )
        return replace(ticket, comments=comments)


def _inert(text: str) -> str:
    """Foreign text on one line, without controls: what follows on a line is never a command."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _text(value: Value | State | None) -> str | None:
    if isinstance(value, Priority):
        return str(int(value))
    if isinstance(value, ApprovalState | State):
        return value.value
    return None if value is None else str(value)
