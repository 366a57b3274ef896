"""What a tool tells by id (people, projects, companies): asked for once, then remembered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bridge.model import Person
from connectors.toolkit.state import SourceState
from connectors.toolkit.text import clean


class Lookup:
    """Facts by id under one name of the source's state. `ask` returns what is to be remembered,
    None for what the tool does not tell now (it is asked again by a later pass)."""

    def __init__(self, state: SourceState, name: str, ask: Callable[[int], Any]) -> None:
        self._state = state
        self._name = name
        self._ask = ask
        self._asked: dict[int, Any] = {}
        self.fresh = False
        """Ask again for what is remembered (a full pass: names and logins change)."""

    def of(self, number: int, *, ask: bool = True) -> Any:
        """What is known of an id; without `ask` only what is remembered."""
        if number in self._asked:
            return self._asked[number]
        key = f"{self._name}/{number}"
        known = self._state.get(key)
        if not ask or (known is not None and not self.fresh):
            return known
        known = self._asked[number] = self._ask(number)
        if known is not None:
            self._state.put(key, known)
        return known


def person(number: int, name: object, login: object = None, address: object = None) -> Person:
    """Somebody by id, with what a tool told: addresses are compared case-folded."""
    return Person(
        name=clean(name),
        id=str(number),
        login=login if isinstance(login, str) and login else None,
        address=address.casefold() if isinstance(address, str) and address else None,
    )
