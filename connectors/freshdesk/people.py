"""Who is behind an id: a client's contact or one of the firm's agents, looked up once and kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from bridge.model import Person
from connectors.errors import AccessError
from connectors.freshdesk.api import Api
from connectors.toolkit.http import status_of
from connectors.toolkit.rows import Row
from connectors.toolkit.state import SourceState
from connectors.toolkit.text import clean

CONTACT: Final = "contact"
AGENT: Final = "agent"
HIDDEN: Final = "hidden"
"""No contact, and the key may not ask whether it is an agent: never a client's word."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an id. `addresses` are a contact's own, the first one first."""

    person: Person
    kind: str = HIDDEN
    addresses: tuple[str, ...] = ()


class People:
    """Contacts, agents and companies of one account, by id."""

    def __init__(self, api: Api, memory: SourceState) -> None:
        self._api = api
        self._memory = memory
        self._known: dict[int, Known] = {}
        self._companies: dict[int, str | None] = {}
        self._agents_hidden = False
        self.fresh = False
        """Ask again for what is remembered (a full pass: addresses and names change)."""

    @cached_property
    def account(self) -> Row:
        """Whose key it is. Raises AccessError when it is refused."""
        return self._api.account()

    def is_us(self, number: object) -> bool:
        """Whether an id is the bridge's own account."""
        return type(number) is int and number == self.account.get("id")

    def person(self, number: object, *, ask: bool = True) -> Person:
        """Somebody by id, with name and address where Freshdesk shows them. Without `ask` only
        what is remembered is added: heads of old tickets cost no requests."""
        return self.known(number, ask=ask).person

    def known(self, number: object, *, ask: bool = True) -> Known:
        """What is known of an id."""
        if type(number) is not int:
            return Known(Person())
        if number not in self._known:
            remembered = self._memory.get(f"user/{number}")
            fits = isinstance(remembered, list) and len(remembered) == 3
            if ask and (not fits or self.fresh):
                remembered = self._look_up(number)
                self._memory.put(f"user/{number}", remembered)
            elif not fits:
                return Known(Person(id=str(number)))
            self._known[number] = _known(number, remembered)
        return self._known[number]

    def company(self, number: object, *, ask: bool = True) -> str | None:
        """The name of a company by id."""
        if type(number) is not int:
            return None
        if number not in self._companies:
            name = self._memory.get(f"company/{number}")
            if ask and (name is None or self.fresh):
                name = clean((self._api.company(number) or {}).get("name"))
                self._memory.put(f"company/{number}", name)
            elif name is None:
                return None
            self._companies[number] = name or None
        return self._companies[number]

    def _look_up(self, number: int) -> list[Any]:
        """[kind, name, addresses] of an id."""
        contact = self._api.contact(number)
        if contact is not None:
            return [CONTACT, clean(contact.get("name")), _addresses(contact)]
        if self.is_us(number):
            return [AGENT, *_of_agent(self.account)]
        agent = None if self._agents_hidden else self._agent(number)
        if agent is not None:
            return [AGENT, *_of_agent(agent)]
        return [HIDDEN, "", []]

    def _agent(self, number: int) -> Row | None:
        try:
            return self._api.agent(number)
        except AccessError as error:
            if status_of(error) != 403:
                raise
            self._agents_hidden = True
            return None


def address_of(text: str) -> str:
    """The bare address of `Name <address>`, case-folded; of anything odd, something that equals no
    address."""
    inner = text.rpartition("<")[2].partition(">")[0] if "<" in text else text
    return inner.strip().casefold()


def _of_agent(agent: Row) -> list[Any]:
    contact = agent.get("contact")
    found = contact if isinstance(contact, dict) else {}
    return [clean(found.get("name")), _addresses(found)]


def _addresses(contact: Row) -> list[str]:
    others = contact.get("other_emails")
    given = [contact.get("email"), *(others if isinstance(others, list) else ())]
    return [text.strip().casefold() for text in given if isinstance(text, str) and text.strip()]


def _known(number: int, remembered: list[Any]) -> Known:
    kind, name, addresses = remembered
    first = next(iter(addresses), None)
    person = Person(name=str(name), id=str(number), address=first)
    return Known(person, str(kind), tuple(addresses))
