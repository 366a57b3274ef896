"""The configuration's clients and contracts, ready to judge by.

Everything here is made once from a configuration and then only read.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from bridge.config import Config, PersonRef
from bridge.contracts import Contract
from bridge.contracts.calendars import working_calendar
from bridge.model import Field, Reason, Ticket, Value
from bridge.people import Match, Provider, whose
from bridge.plan import DEFAULT_POLICY, Policy, Reach
from bridge.rules.dossier import Terms
from mappings import Mapping as WordMapping

_HELD: Final = ("native", "custom", "label")
_WORDED: Final = (Field.PRIORITY, Field.APPROVAL)


class Agreements:
    """Whose a ticket is, under which terms it falls, and what may be written where."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.provider = Provider(
            config.provider.name,
            frozenset(config.provider.domains),
            _names(config.provider.people),
        )
        self._matches = tuple(
            (
                name,
                tuple(
                    Match(m.source, m.organisation, m.project, m.label, m.domain, m.address)
                    for m in client.match
                ),
            )
            for name, client in config.clients.items()
        )
        self.terms = cache(self._terms)
        self.reach = cache(self._reach)

    def whose(self, ticket: Ticket) -> tuple[tuple[str, Reason], ...]:
        """The clients that a ticket may be of, each with the sign; exactly one is good."""
        return whose(ticket, self._matches)

    def contracts_of(self, client: str) -> tuple[Contract, ...]:
        """A client's contracts, in the order of the configuration."""
        return tuple(self.config.contracts[name] for name in self.config.clients[client].contracts)

    def _terms(self, client: str, source: str) -> Terms | None:
        """Under what this client's tickets of this source are judged; None without a contract."""
        contracts = self.contracts_of(client)
        if not contracts:
            return None
        contract, reach = contracts[0], self.reach(source)
        zone = self.config.timezone_of(client)
        language = contract.language or self.config.language_of(client)
        says_hours = self.config.sources[source].mapping.place(Field.CONSUMED).kind == "message"
        return Terms(
            client=client,
            contract=contract,
            calendar=working_calendar(contract.calendar, zone, language),
            extended=working_calendar(contract.extended, zone, language)
            if contract.extended
            else None,
            approvers=_names(self.config.clients[client].approvers),
            language=language,
            timezone=zone,
            asks_in_tool=Field.MESSAGE in reach.writes and "estimate" in contract.tell_client,
            tells_hours=says_hours and Field.CONSUMED in reach.writes,
        )

    def _reach(self, source: str) -> Reach:
        """What may be written to a source, and what it has a place and a word for."""
        found = self.config.sources[source]
        mapping = found.mapping
        policy = {f: Policy(word) for f, word in found.settings.policy.items()}
        return Reach(
            writes=frozenset(found.settings.writes),
            carries=frozenset(f for f in DEFAULT_POLICY if mapping.place(f).kind in _HELD),
            policy={**DEFAULT_POLICY, **policy},
            has_word=lambda field, value: _has_word(mapping, field, value),
        )


def _has_word(mapping: WordMapping, field: Field, value: Value) -> bool:
    worded = field in _WORDED
    return not worded or mapping.word(field.value, value) is not None  # type: ignore[arg-type]


def _names(people: tuple[PersonRef, ...]) -> frozenset[str]:
    return frozenset(str(person) for person in people)
