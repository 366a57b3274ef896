"""Numbers in words: people, projects and labels, as they were seen.

Memberships list active members only (docs/pivotal.md, 4): an old id may resolve to nobody. Names
are remembered when they are seen, and read again in a full pass, since logins can change (I1).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from bridge.model import Person
from connectors.pivotal.api import instant
from connectors.pivotal.fields import name_of
from connectors.toolkit.http import unless
from connectors.toolkit.lookup import person
from connectors.toolkit.rows import Row
from connectors.toolkit.state import SourceState
from connectors.toolkit.text import clean


class People:
    """The people of one service, as a pass knows them. `members` reads a project's memberships."""

    def __init__(self, state: SourceState, members: Callable[[int], list[Row]]) -> None:
        self._state = state
        self._members = members
        self._asked: set[int] = set()
        self._known: dict[int, Person] = {}
        self.fresh = False
        """Ask again for people who are remembered (a full pass)."""

    def prepare(self, project: int, wanted: Collection[int]) -> None:
        """See that the people of a project are known: one request at most per pass and project."""
        if project in self._asked:
            return
        known = [self._state.get(f"person/{number}") for number in wanted]
        if not self.fresh and all(item is not None for item in known):
            return
        self._asked.add(project)
        rows = unless((403, 404), lambda: self._members(project))
        if rows is None:
            return
        for row in rows:
            self.learn(row.get("person"))
        for number in wanted:  # whoever is no member any more is not asked for again and again
            if self._state.get(f"person/{number}") is None:
                self._state.put(f"person/{number}", [])

    def learn(self, row: object) -> None:
        """Remember somebody whom an answer shows whole."""
        if not isinstance(row, dict) or type(row.get("id")) is not int:
            return
        facts = [row.get(name) for name in ("name", "username", "email")]
        if any(fact is not None for fact in facts[1:]):
            texts = [clean(fact) if isinstance(fact, str) else "" for fact in facts]
            self._state.put(f"person/{row['id']}", texts)
            self._known.pop(row["id"], None)

    def of(self, number: object, name: object = None) -> Person:
        """The person with an id; `name` is what stood beside it. Somebody without an id is shown
        by name, which proves nothing."""
        shown = clean(name) if isinstance(name, str) else ""
        if type(number) is not int:
            return Person(name=shown)
        if number not in self._known:
            facts = self._state.get(f"person/{number}")
            if not isinstance(facts, list) or len(facts) != 3:
                return Person(name=shown, id=str(number))
            self._known[number] = person(number, facts[0] or shown, facts[1], facts[2] or None)
        return self._known[number]


class Names:
    """What projects and labels are called. `all_labels` reads those of a project."""

    def __init__(self, state: SourceState, all_labels: Callable[[int], list[Row]]) -> None:
        self._state = state
        self._all_labels = all_labels
        self._asked: set[int] = set()
        self._learnt: dict[int, tuple[str, Any]] = {}

    def learn_project(self, project: Row) -> None:
        """Remember what a project is called; what is no name is not."""
        with suppress(ValueError):
            self._state.put(f"project/{project['id']}", name_of(project))

    def project(self, number: int) -> str | None:
        """A project's name, as it was last seen."""
        known = self._state.get(f"project/{number}")
        return known if isinstance(known, str) and known else None

    def learn_labels(self, rows: object) -> None:
        """Remember labels that an answer shows whole; what is no list of them is the reader's
        matter. Thousands of rows show the same few."""
        for row in rows if isinstance(rows, list) else ():
            if not isinstance(row, dict) or type(row.get("id")) is not int:
                continue
            number, fact = row["id"], (clean(row.get("name")), row.get("updated_at"))
            if self._learnt.get(number) != fact:
                self._learnt[number] = fact
                self._state.put(f"label/{number}", fact)

    def prepare_labels(self, project: int, wanted: Collection[int]) -> None:
        """See that labels are known: one request at most per pass and project."""
        known = [self._state.get(f"label/{number}") for number in wanted]
        if project in self._asked or all(item is not None for item in known):
            return
        self._asked.add(project)
        self.learn_labels(self._all_labels(project))

    def label(self, number: int, at: datetime) -> str | None:
        """The name that a label had at a moment; None when it was changed later, or is deleted."""
        known = self._state.get(f"label/{number}")
        if not isinstance(known, list) or len(known) != 2:
            return None
        with suppress(ValueError):
            return str(known[0]) if instant(known[1]) <= at else None
        return None


def labels_in(activities: Iterable[Row]) -> set[int]:
    """The numbers of labels that activities speak of."""
    numbers: set[int] = set()
    for activity in activities:
        changes = activity.get("changes")
        for change in changes if isinstance(changes, list) else ():
            if not isinstance(change, dict):
                continue
            for name in ("original_values", "new_values"):
                values = change.get(name)
                ids = values.get("label_ids") if isinstance(values, dict) else None
                numbers |= {n for n in ids if type(n) is int} if isinstance(ids, list) else set()
    return numbers
