"""Who somebody is, by the id of a person: memberships, and what is remembered of those who left.

Memberships list active members only (API sheet, 4): an old id may resolve to nobody. Names are
remembered when they are seen, and read again in a full pass, since logins can change (I1).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from bridge.model import Person
from connectors.errors import SourceError
from connectors.toolkit.http import status_of
from connectors.toolkit.state import SourceState
from connectors.toolkit.text import clean

Row = dict[str, Any]


class People:
    """The people of one service, as a pass knows them. `members` reads a project's memberships."""

    def __init__(self, memory: SourceState, members: Callable[[int], list[Row]]) -> None:
        self._memory = memory
        self._members = members
        self._asked: set[int] = set()
        self._found: dict[int, Person] = {}
        self.fresh = False
        """Ask again for people who are remembered (a full pass)."""

    def prepare(self, project: int, wanted: Collection[int]) -> None:
        """See that the people of a project are known: one request at most per pass and project."""
        if project in self._asked:
            return
        known = [self._memory.get(f"person/{number}") for number in wanted]
        if not self.fresh and all(item is not None for item in known):
            return
        self._asked.add(project)
        try:
            rows = self._members(project)
        except SourceError as error:
            if status_of(error) not in (403, 404):
                raise
            return
        for row in rows:
            person = row.get("person")
            if isinstance(person, dict) and type(person.get("id")) is int:
                self.learn(person)
        for number in wanted:  # whoever is no member any more is not asked for again and again
            if self._memory.get(f"person/{number}") is None:
                self._memory.put(f"person/{number}", [])

    def learn(self, person: Row) -> None:
        """Remember somebody whom an answer shows whole."""
        facts = [person.get(name) for name in ("name", "username", "email")]
        if any(fact is not None for fact in facts[1:]):
            self._memory.put(f"person/{person['id']}", [_text(fact) for fact in facts])
            self._found.pop(person["id"], None)

    def of(self, number: object, name: object = None) -> Person:
        """The person with an id; `name` is what stood beside it. Somebody without an id is shown
        by name, which proves nothing."""
        shown = clean(name) if isinstance(name, str) else ""
        if type(number) is not int:
            return Person(name=shown)
        if number not in self._found:
            known = self._memory.get(f"person/{number}")
            if not isinstance(known, list) or len(known) != 3:
                return Person(name=shown, id=str(number))
            self._found[number] = Person(
                name=clean(known[0]) or shown,
                id=str(number),
                login=known[1] or None,
                address=(known[2] or "").casefold() or None,
            )
        return self._found[number]


def _text(value: Any) -> str:
    return clean(value) if isinstance(value, str) else ""
