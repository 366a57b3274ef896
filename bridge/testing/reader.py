"""A reader that keeps what a connector gives, as the store does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from bridge.model import (
    Field,
    Foreign,
    Language,
    Message,
    MessageKind,
    Receipt,
    Ticket,
    Value,
    Write,
)
from bridge.testing.stage import Stage
from connectors.base import Connector, Context, Gone, Page, Unreadable
from connectors.marks import Marks
from mappings import load

LONG_AGO: Final = datetime(2015, 1, 1, tzinfo=UTC)
FAR_AHEAD: Final = datetime(2100, 1, 1, tzinfo=UTC)
MARKS: Final = Marks(b"a secret of sixteen bytes and more")


@dataclass
class Pass:
    """What one poll gave."""

    pages: list[Page] = field(default_factory=list)
    requests: int = 0
    """By the connector's own count."""

    @property
    def keys(self) -> set[str]:
        """The tickets that came."""
        return {ticket.key for page in self.pages for ticket in page.tickets}

    @property
    def gone(self) -> list[Gone]:
        """What was told to be removed."""
        return [gone for page in self.pages for gone in page.gone]


class Reader:
    """Polls with a new connector for every pass and stores each page before the next is asked for.

    `tickets` holds what a store would: comments, entries and events added by their keys.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.cursor: str | None = None
        self.tickets: dict[str, Ticket] = {}
        self.aside: dict[str, Unreadable] = {}
        self.observed: list[tuple[str, dict[str, Any]]] = []
        self._remembered: dict[str, str] = {}

    @contextmanager
    def connector(self, *, refused_key: bool = False) -> Iterator[Connector]:
        """A connector for the length of a block."""
        with closing(self.stage.connect(self.context(), refused_key=refused_key)) as made:
            yield made

    def context(self) -> Context:
        """What a connector is given; its mapping is the stage's."""
        return Context(
            name=self.stage.source,
            mapping=load(self.stage.mapping),
            marks=MARKS,
            recall=self._remembered.get,
            observe=lambda event, **facts: self.observed.append((event, facts)),
            clock=self.stage.now,
        )

    def poll(
        self,
        since: datetime = LONG_AGO,
        *,
        thorough: bool = False,
        most: int | None = None,
        between: Callable[[int], object] = lambda page: None,
    ) -> Pass:
        """One pass; `most` ends it after so many pages as a kill would, `between` is called with
        the number of pages stored so far."""
        done = Pass()
        with self.connector() as connector:
            try:
                found = connector.poll(self.cursor, since, thorough=thorough)
                with closing(_generator(found)) as pages:
                    for page in pages:
                        self.keep(page)
                        done.pages.append(page)
                        if most is not None and len(done.pages) >= most:
                            break
                        between(len(done.pages))
            finally:
                done.requests = connector.requests
        return done

    def settle(self) -> None:
        """Poll until what is there is no news any more."""
        self.poll()
        self.stage.settle()
        self.poll()

    def keep(self, page: Page) -> None:
        """Store one page."""
        self.cursor = page.cursor
        self._remembered |= page.remember
        self.aside |= {each.key: each for each in page.set_aside}
        for ticket in page.tickets:
            known = self.tickets.get(ticket.key)
            self.tickets[ticket.key] = ticket if known is None else _merged(known, ticket)
        for gone in page.gone:
            if gone.ticket in self.tickets:
                self.tickets[gone.ticket] = _without(self.tickets[gone.ticket], gone)

    def fetch(self, key: str) -> Ticket:
        """One ticket as it stands now."""
        with self.connector() as connector:
            return connector.fetch(key)

    def apply(self, *writes: Write) -> tuple[Receipt, ...]:
        """Write, by a connector of its own."""
        with self.connector() as connector:
            return connector.apply(writes)

    def find(self, write: Write) -> Receipt | None:
        """Look for a message, by a connector of its own, as after a crash."""
        with self.connector() as connector:
            return connector.find(write)

    def write(self, ticket: str, what: Field, value: Value, name: str = "") -> Write:
        """A write as the outbox makes it."""
        key = f"{self.stage.source}:{ticket}:{what}:{name or value}"
        mark, token = MARKS.of(key), MARKS.token(key)
        return Write(key, self.stage.source, ticket, what, value, mark, token)

    def message(
        self, ticket: str, text: str, *, public: bool = True, quoted: str = "", name: str = "m"
    ) -> Write:
        """A message as the outbox makes it; `quoted` is foreign text that it repeats."""
        parts = (text, Foreign(quoted)) if quoted else (text,)
        recipients = ("client@client.example",) if public else ()
        message = Message(
            MessageKind.CONSUMED, public, Language.EN, "A note", parts, None, recipients
        )
        return self.write(ticket, Field.MESSAGE, message, name)


def _generator(pages: Iterator[Page]) -> Any:
    """Something that can be closed, as a killed pass closes its poll."""
    return pages if hasattr(pages, "close") else (page for page in pages)


def _merged(known: Ticket, new: Ticket) -> Ticket:
    if not new.complete and known.complete:
        return known
    return replace(
        new,
        comments=_by_key(known.comments, new.comments),
        time_entries=_by_key(known.time_entries, new.time_entries),
        events=_by_key(known.events, new.events),
    )


def _by_key(known: tuple[Any, ...], new: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple({each.key: each for each in (*known, *new)}.values())


def _without(ticket: Ticket, gone: Gone) -> Ticket:
    return replace(
        ticket,
        comments=tuple(each for each in ticket.comments if each.key != gone.key),
        time_entries=tuple(each for each in ticket.time_entries if each.key != gone.key),
    )
