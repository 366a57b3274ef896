"""A simulated Freshdesk as a stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final

from bridge.model import Field, Priority, State
from bridge.testing import VALUES, Told
from connectors.base import Connector, Context
from connectors.freshdesk import FreshdeskConnector, FreshdeskSettings
from connectors.sandbox.freshdesk import BRIDGE_KEY, UNMETERED, FreshdeskSandbox, Ticket
from connectors.toolkit.text.html import visible_text
from tests.conformance.line import QUICK
from tests.conformance.sandbox_stage import SandboxStage

_STATES: Final = {State.OPEN: 2, State.AWAITING_CLIENT: 3, State.RESOLVED: 4, State.CLOSED: 5}
_PRIORITIES: Final = {
    Priority.CRITICAL: 4,
    Priority.HIGH: 3,
    Priority.NORMAL: 2,
    Priority.LOW: 1,
}

_INSTANTS: Final = (datetime(2040, 6, 12, 15, tzinfo=UTC), datetime(2040, 7, 1, 8, tzinfo=UTC))


class FreshdeskStage(SandboxStage):
    """The seeded English account, on its own clock."""

    source = "helpdesk"
    mapping = "freshdesk"
    message_calls = ("POST", "*")
    values = MappingProxyType({**VALUES, Field.DUE: _INSTANTS})
    cannot = MappingProxyType(
        {
            "history": "the API tells when a status changed, and of nothing by whom",
            "rights": "no call tells what an agent's role may do",
        }
    )

    def __init__(self, folder: Path) -> None:
        self.tool = FreshdeskSandbox.seeded(plan=UNMETERED)
        self.tool.sla = False
        for number in list(self.tool.tickets):
            self.tool.delete_forever(self.tool.tickets[number])
        super().__init__(self.tool, BRIDGE_KEY, folder)
        self.bridge, self.jane, self.alice = (
            next(person for person in self.tool.people.values() if person.email == email)
            for email in ("bridge@agence.example", "jane@agence.example", "direction@acme.example")
        )

    def connect(self, context: Context, *, refused_key: bool = False) -> Connector:
        settings = FreshdeskSettings(
            type="freshdesk",
            url=self.url,
            api_key=self.key(refused_key),
            writes=tuple(Field),
        )
        return FreshdeskConnector(settings, replace(context, limits=QUICK))

    def open(self, title: str, body: str = "") -> str:
        return str(self.tool.open_ticket(self.alice, title, body).id)

    def client_says(self, key: str, text: str) -> None:
        self.tool.reply_by_mail(self._ticket(key), self.alice, text, quote=True)

    def agent_says(self, key: str, text: str, *, public: bool = True) -> None:
        self.tool.agent_note(self._ticket(key), self.jane, text, private=not public)

    def account_says(self, key: str, text: str) -> None:
        self.tool.agent_note(self._ticket(key), self.bridge, text, private=False)

    def log_time(self, key: str, seconds: int) -> None:
        self.tool.log_time(self._ticket(key), self.jane, seconds)

    def remove_time(self, key: str) -> None:
        *_, last = self.tool.entries_of([int(key)])
        self.tool.delete_time(last)

    def set_state(self, key: str, state: State) -> None:
        self.tool.set_field(self._ticket(key), status=_STATES[state])

    def set_priority(self, key: str, priority: Priority) -> None:
        self.tool.set_field(self._ticket(key), priority=_PRIORITIES[priority])

    def unknown_state(self, key: str) -> None:
        self.tool.set_field(self._ticket(key), status=self.tool.add_status("Parked"))

    def mass_edit(self, keys: Sequence[str]) -> None:
        self.tool.bulk_edit([self._ticket(key) for key in keys], tags=["bulk"])

    def change_unstamped(self, key: str) -> None:
        with self.tool.lock:
            self._ticket(key).subject = "Changed without a sound"

    def arrive_late(self, key: str) -> None:
        others = (t.updated_at for t in self.tool.tickets.values() if str(t.id) != key)
        self.tool.touch(self._ticket(key), max(others) - timedelta(seconds=1))

    def delete(self, key: str) -> None:
        self.tool.delete_forever(self._ticket(key))

    def hide(self, key: str) -> None:
        self.tool.archive(self._ticket(key))

    def open_unreadable(self) -> str:
        key = self.open("Unreadable")
        with self.tool.lock:
            self._ticket(key).created_at = datetime(2999, 1, 1, tzinfo=UTC)
        return key

    def deny_writes(self) -> None:
        with self.tool.lock:
            self.bridge.role = "Newbie Agent"

    def told(self, key: str) -> Sequence[Told]:
        return [
            Told(visible_text(said.body).text, not said.private)
            for said in self._ticket(key).conversations
            if said.user_id == self.bridge.id
        ]

    def _ticket(self, key: str) -> Ticket:
        return self.tool.tickets[int(key)]
