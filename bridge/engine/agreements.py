"""The configuration's clients and contracts, ready to judge by.

Everything here is made once from a configuration and then only read.
"""

from __future__ import annotations

from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from bridge.calendars.worktime import WorkCalendar
from bridge.config import Config, PersonRef
from bridge.contracts import Contract
from bridge.contracts.calendars import working_calendar
from bridge.engine.fingerprint import fingerprint
from bridge.engine.plan import Reach
from bridge.model import (
    DEFAULT_POLICY,
    WRITABLE,
    Field,
    Holds,
    MessageKind,
    PlaceKind,
    Reason,
    Ticket,
    Value,
)
from bridge.model.people import Match, Provider, whose
from bridge.rules.classification.contract import Chooser
from bridge.rules.dossier import Terms
from bridge.store.tickets import Bound
from mappings import WordMapping

_HELD: Final = (PlaceKind.NATIVE, PlaceKind.CUSTOM, PlaceKind.LABEL)


class Agreements:
    """Whose a ticket is, under which terms it falls, and what may be written where."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.provider = Provider(
            config.provider.name,
            frozenset(config.provider.domains),
            _names(config.provider.people),
        )
        self.approvers = frozenset[str]().union(
            *(_names(client.approvers) for client in config.clients.values())
        )
        self.matches = tuple(
            (
                name,
                tuple(
                    Match(m.source, m.organisation, m.project, m.label, m.domain, m.address)
                    for m in client.match
                ),
            )
            for name, client in config.clients.items()
        )
        self.chooser = cache(self._make_chooser)
        self.zone = cache(self._zone)
        self.reach = cache(self._reach)
        self.fingerprint = cache(self._fingerprint)
        self._terms = cache(self._make_terms)

    def whose(self, ticket: Ticket) -> tuple[tuple[str, Reason], ...]:
        """The clients that a ticket may be of, each with the sign; exactly one is good."""
        return whose(ticket, self.matches)

    def client_of(
        self, ticket: Ticket, bound: Bound | None
    ) -> tuple[str | None, tuple[Reason, ...]]:
        """Whose the ticket is, or the reasons why only a person can say. `bound` is whose it was
        when it was first assessed (threat C2)."""
        signs = self.whose(ticket)
        names = {name for name, _ in signs}
        before = bound.client if bound is not None else None
        if before is not None and before not in self.config.clients:
            text = f"it was {before}'s, who is no longer in the configuration"
            return None, (Reason("match", text),)
        if before is not None and names - {before}:
            text = f"it was {before}'s when it was first assessed; now {_list(names)}"
            return None, (Reason("match", text),)
        if before is not None:
            return before, ()
        if len(names) == 1:
            return names.pop(), ()
        if not names:
            return None, (Reason("match", "no client's signs fit this ticket"),)
        return None, tuple(reason for _, reason in signs)

    def contracts_of(self, client: str) -> tuple[Contract, ...]:
        """A client's contracts in their newest edition, in the order of the configuration."""
        return tuple(self.config.contracts[name] for name in self.config.clients[client].contracts)

    def _make_chooser(self, client: str) -> Chooser:
        """What chooses among a client's contracts, each with all its editions (R4.9)."""
        known, written = self.config.editions, self.config.clients[client].contracts
        offered = [known.get(name, (self.config.contracts[name],)) for name in written]
        return Chooser(offered, self.zone(client))

    def _fingerprint(self, source: str) -> str:
        return fingerprint(self.config, source)

    def _zone(self, client: str) -> ZoneInfo:
        return ZoneInfo(self.config.timezone_of(client))

    def terms(self, client: str, source: str, contract: Contract) -> Terms:
        """Under what this client's tickets of this source are assessed by an edition of a contract.

        Raises CalendarError for opening hours that cannot be counted in.
        """
        return self.terms_by_name(client, source, contract.name, contract.edition)

    def terms_by_name(self, client: str, source: str, contract: str, edition: int) -> Terms:
        """As `terms`, of an edition that is known by its number."""
        return self._terms(client, source, contract, edition)

    def _make_terms(self, client: str, source: str, name: str, edition: int) -> Terms:
        texts = self.config.editions.get(name, ())
        contract = texts[edition] if texts else self.config.contracts[name]
        reach, settled = self.reach(source), self.config.sources[source]
        zone = self.config.timezone_of(client)
        hours = settled.mapping.place(Field.CONSUMED)
        due = settled.mapping.place(Field.DUE)
        return Terms(
            client=client,
            contract=contract,
            calendar=_calendar(contract, zone),
            extended=working_calendar(contract.extended, zone) if contract.extended else None,
            approvers=_names(self.config.clients[client].approvers),
            language=contract.language or self.config.language_of(client),
            timezone=zone,
            asks_in_tool=Field.MESSAGE in reach.writes
            and MessageKind.ESTIMATE in contract.tell_client,
            tells_hours=hours.kind is PlaceKind.MESSAGE and Field.CONSUMED in reach.writes,
            shows_instants=due.kind is PlaceKind.NATIVE and due.name in settled.settings.instants,
        )

    def shares_due_date(self, source: str) -> bool:
        """Whether the due date of a promise is shown where people keep the date that was agreed
        with the client: in the tool's own field."""
        return self.config.sources[source].mapping.place(Field.DUE).kind is PlaceKind.NATIVE

    def _reach(self, source: str) -> Reach:
        """What may be written to a source, and what it has a place and a word for."""
        found = self.config.sources[source]
        mapping = found.mapping
        return Reach(
            writes=frozenset(found.settings.writes),
            carries=frozenset(f for f in WRITABLE if mapping.place(f).kind in _HELD),
            policy={**DEFAULT_POLICY, **found.settings.policy},
            has_word=lambda field, value: _has_word(mapping, field, value),
        )


def _list(names: set[str]) -> str:
    return " and ".join(sorted(names)) + (" fits" if len(names) == 1 else " fit")


def _calendar(contract: Contract, zone: str) -> WorkCalendar:
    """The hours of a contract; one that names none promises nothing in opening hours, and what it
    counts is counted round the clock."""
    calendar = contract.calendar
    if not calendar.weekly and not calendar.extra_open:
        return WorkCalendar.round_the_clock()
    return working_calendar(calendar, zone)


def _has_word(mapping: WordMapping, field: Field, value: Value) -> bool:
    worded = WRITABLE[field].holds is Holds.WORDS
    return not worded or mapping.word(field.value, value) is not None  # type: ignore[arg-type]


def _names(people: tuple[PersonRef, ...]) -> frozenset[str]:
    return frozenset(str(person) for person in people)
