"""An account and a connector to it, and what a sync does with one, in few lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from bridge.model import Comment, Field, Language, Message, MessageKind, Ticket, Value, Write
from connectors.base import Context
from connectors.freshdesk import FreshdeskConnector, FreshdeskSettings
from connectors.marks import Marks
from connectors.sandbox.freshdesk import BRIDGE_KEY, FreshdeskSandbox, Person
from connectors.sandbox.freshdesk import Ticket as Row
from connectors.toolkit.http import Limits
from connectors.toolkit.secret import SecretRef
from mappings import load
from tests.keeping import SINCE, Kept

QUICK: Final = Limits(connect=2, read=5, answer=20, pause=0.01, longest_pause=0.02)
KEY: Final = "FRESHDESK_API_KEY"
MAPPINGS: Final = {"en": "freshdesk", "fr": "freshdesk-fr", "de": "freshdesk-de"}


@dataclass(kw_only=True)
class Desk(Kept):
    """An account, polled by a connector made for each pass, as `sync` does."""

    tool: FreshdeskSandbox
    url: str
    settings: dict[str, Any] = field(default_factory=dict)
    mapping: str = ""
    observed: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    marks: Marks = field(default_factory=lambda: Marks(b"sixteen bytes, or some more"))

    def person(self, email: str) -> Person:
        """Somebody of the account."""
        found = self.tool.by_email(email)
        assert found is not None
        return found

    @property
    def alice(self) -> Person:
        """A client who decides."""
        return self.person("direction@acme.example")

    @property
    def bruno(self) -> Person:
        """Her colleague."""
        return self.person("bruno@acme.example")

    @property
    def jane(self) -> Person:
        """An agent."""
        return self.person("jane@agence.example")

    @property
    def bridge(self) -> Person:
        """The bridge's own account."""
        return self.person("bridge@agence.example")

    def open(self, subject: str = "Banner", text: str = "", **values: Any) -> Row:
        """Alice asks."""
        return self.tool.open_ticket(self.alice, subject, text, **values)

    def connector(self, **changes: Any) -> FreshdeskConnector:
        """One for one pass."""
        settings = FreshdeskSettings.model_validate(
            {
                "type": "freshdesk",
                "url": self.url,
                "api_key": SecretRef(f"env:{KEY}"),
                "writes": tuple(Field),
                "policy": {"due": "bridge"},
            }
            | self.settings
            | changes
        )
        context = Context(
            name="helpdesk",
            mapping=load(self.mapping or MAPPINGS[self.tool.language]),
            marks=self.marks,
            recall=self.store.get,
            limits=QUICK,
            observe=lambda event, **facts: self.observed.append((event, facts)),
        )
        return FreshdeskConnector(settings, context)

    def poll(self, since: datetime = SINCE, *, thorough: bool = False) -> dict[str, Ticket]:
        """One pass; the tickets that came with it, by key."""
        connector = self.connector()
        try:
            return self.take_all(connector.poll(self.cursor, since, thorough=thorough))
        finally:
            connector.close()

    def settle(self) -> None:
        """Poll until nothing is news any more, minutes later."""
        self.poll()
        self.tool.clock.advance(180)
        self.poll()
        self.poll()

    def with_connector(self, act: Callable[[FreshdeskConnector], Any], **changes: Any) -> Any:
        """What one verb answers."""
        connector = self.connector(**changes)
        try:
            return act(connector)
        finally:
            connector.close()

    def fetch(self, row: Row) -> Ticket:
        """A ticket as it stands now."""
        found: Ticket = self.with_connector(lambda connector: connector.fetch(str(row.id)))
        return found

    def said(self, row: Row) -> Comment:
        """What was said last on a ticket."""
        return self.fetch(row).comments[-1]

    def apply(self, *writes: Write) -> Any:
        """The receipts of writes to one ticket."""
        return self.with_connector(lambda connector: connector.apply(writes))

    def find(self, write: Write) -> Any:
        """The receipt of a message that is there."""
        return self.with_connector(lambda connector: connector.find(write))

    def write(self, row: Row, what: Field, value: Value, *, name: str = "") -> Write:
        """A write with a genuine mark."""
        key = f"{what}:{row.id}:{name or value}"
        return Write(key, "helpdesk", str(row.id), what, value, self.marks.of(key))

    def message(self, row: Row, *parts: str, public: bool, name: str = "m") -> Write:
        """A message to be written."""
        return self.write(
            row,
            Field.MESSAGE,
            Message(MessageKind.CONSUMED, public, Language.FR, "", parts),
            name=name,
        )

    def calls(self, method: str, ending: str = "") -> int:
        """Requests of a method to paths that end so."""
        entries = self.tool.journal.entries
        return sum(e.method == method and e.path.endswith(ending) for e in entries)


def hours(text: str) -> Decimal:
    """Hours as the simulated account holds them."""
    return Decimal(text)


__all__ = ["BRIDGE_KEY", "KEY", "Desk", "hours"]
