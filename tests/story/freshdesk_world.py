"""The story's people in a simulated Freshdesk, of an English, French or German install."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from bridge.model import ApprovalState
from bridge.model.durations import parse_duration, short
from connectors.sandbox.freshdesk import BRIDGE_KEY, FreshdeskSandbox, Ticket
from connectors.toolkit.text.html import visible_text

MAPPINGS = {"en": "freshdesk", "fr": "freshdesk-fr", "de": "freshdesk-de"}
_APPROVALS = tuple(ApprovalState)
"""In the order in which the install's words have them."""


class FreshdeskWorld:
    """An account with its people, served at `url` as long as `tool` is."""

    source = "helpdesk"

    def __init__(self, tool: FreshdeskSandbox, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FRESHDESK_API_KEY", BRIDGE_KEY)
        self.tool, self.url = tool, url
        self.bridge = _person(tool, "bridge@agence.example")
        self.jane = _person(tool, "jane@agence.example")
        self.alice = _person(tool, "direction@acme.example")
        self.mallory = _person(tool, "carla@beta.example")

    def configuration(self) -> Mapping[str, str]:
        return {
            "settings": (
                f'type = "freshdesk"\nurl = "{self.url}"\n'
                'api_key = "env:FRESHDESK_API_KEY"\n'
                f'mapping = "{MAPPINGS[self.tool.language]}"'
            ),
            "match": '{ source = "helpdesk", organisation = "ACME" }',
            "approvers": '"direction@acme.example"',
        }

    def client_asks(self, title: str) -> str:
        types = self.tool.words.types
        ticket = self.tool.open_ticket(self.alice, title, title, type=types[3], cc=[self.mallory])
        return str(ticket.id)

    def provider_estimates(self, key: str, hours: str) -> None:
        name = self.tool.words.custom["estimate"][0]
        value = Decimal(parse_duration(hours)) / 3600
        self.tool.set_field(self._ticket(key), custom_fields={name: value})

    def client_says(self, key: str, text: str) -> None:
        self.tool.reply_by_mail(self._ticket(key), self.alice, text, quote=True)

    def stranger_says(self, key: str, text: str) -> None:
        self.tool.reply_by_mail(self._ticket(key), self.mallory, text, quote=True)

    def provider_logs(self, key: str, hours: str) -> None:
        self.tool.log_time(self._ticket(key), self.jane, parse_duration(hours))

    def told(self, key: str) -> list[str]:
        return [
            visible_text(said.body).text
            for said in self._ticket(key).conversations
            if said.user_id == self.bridge.id and not said.private
        ]

    def approval(self, key: str) -> str:
        words = self.tool.words.approvals
        return _APPROVALS[words.index(self._field(key, "approval"))].value

    def consumed(self, key: str) -> str:
        return short(int(self._field(key, "consumed") * 3600))

    def footprint(self, key: str) -> Any:
        return deepcopy(self._ticket(key))

    def _ticket(self, key: str) -> Ticket:
        return self.tool.tickets[int(key)]

    def _field(self, key: str, role: str) -> Any:
        return self._ticket(key).custom_fields[self.tool.words.custom[role][0]]


def open_world(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, mapping: str
) -> FreshdeskWorld:
    """A seeded account for a mapping, served until the test is over."""
    language = next(name for name, known in MAPPINGS.items() if known == mapping)
    tool = FreshdeskSandbox.seeded(language)
    serving = tool.serve()
    url = serving.__enter__().url
    request.addfinalizer(lambda: serving.__exit__(None, None, None))
    return FreshdeskWorld(tool, url, monkeypatch)


def _person(tool: FreshdeskSandbox, email: str) -> Any:
    found = tool.by_email(email)
    assert found is not None
    return found
