"""Redmine's ids in words, asked for once per pass and only when something needs them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from bridge.model import Person
from connectors.errors import SourceError
from connectors.redmine.api import Api, Row
from connectors.toolkit.http import status_of
from connectors.toolkit.state import SourceState
from connectors.toolkit.text import clean


class Names:
    """Reference data of one install, by id."""

    def __init__(self, api: Api, memory: SourceState) -> None:
        self._api = api
        self._memory = memory
        self._people: dict[int, Person] = {}
        self._projects: dict[int, str] = {}
        self.fresh_people = False
        """Ask again for logins that are remembered (a full pass: logins can change)."""

    @cached_property
    def account(self) -> Row:
        """Whose key it is. Raises AccessError when the key or the REST API is not in order."""
        return self._api.account()

    @cached_property
    def statuses(self) -> dict[str, str]:
        """Issue states: id as text → name."""
        return _by_id(self._api.statuses())

    @cached_property
    def trackers(self) -> dict[str, Row]:
        """Trackers: id as text → all that is told about it."""
        return {str(row["id"]): row for row in self._api.trackers()}

    @cached_property
    def tracker_names(self) -> dict[str, str]:
        """Trackers: id as text → name."""
        return {number: clean(row.get("name")) for number, row in self.trackers.items()}

    @cached_property
    def priorities(self) -> dict[str, str]:
        """Priorities: id as text → name."""
        return _by_id(self._api.priorities())

    def project(self, number: int, name: str) -> str:
        """The identifier of a project; its name where the project itself is not shown."""
        if number not in self._projects:
            known = self._memory.get(f"project/{number}")
            self._projects[number] = known if isinstance(known, str) else self._ask(number, name)
        return self._projects[number]

    def _ask(self, number: int, name: str) -> str:
        try:
            identifier = str(self._api.project(str(number)).get("identifier") or name)
        except SourceError as error:
            if status_of(error) not in (403, 404):
                raise
            return name
        self._memory.put(f"project/{number}", identifier)
        return identifier

    def person(self, user: object, *, ask: bool = True) -> Person:
        """Somebody as named in an answer, with login and address where Redmine shows them.

        Without `ask` only what is remembered is added: heads of old tickets cost no requests.
        """
        if not isinstance(user, dict) or not isinstance(user.get("id"), int):
            return Person()
        number = user["id"]
        if number not in self._people:
            key = f"user/{number}"
            known = self._memory.get(key)
            if ask and (known is None or self.fresh_people):
                found = self._api.user(number) or {}
                known = [found.get("login"), found.get("mail")]
                self._memory.put(key, known)
            if known is None:
                return Person(name=clean(user.get("name")), id=str(number))
            self._people[number] = Person(
                name=clean(user.get("name")),
                id=str(number),
                login=_text(known[0]),
                address=(_text(known[1]) or "").casefold() or None,
            )
        return self._people[number]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _by_id(rows: list[Row]) -> dict[str, str]:
    return {str(row["id"]): clean(row.get("name")) for row in rows}
