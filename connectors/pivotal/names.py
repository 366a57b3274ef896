"""Numbers in words: projects and labels, as they were seen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from connectors.pivotal import stamps
from connectors.pivotal.fields import name_of
from connectors.toolkit.state import SourceState
from connectors.toolkit.text import clean

Row = dict[str, Any]


class Names:
    """What projects and labels are called. `all_labels` reads those of a project."""

    def __init__(self, memory: SourceState, all_labels: Callable[[int], list[Row]]) -> None:
        self._memory = memory
        self._all_labels = all_labels
        self._asked: set[int] = set()
        self._learnt: dict[int, tuple[str, Any]] = {}

    def learn_project(self, project: Row) -> None:
        """Remember what a project is called; what is no name is not."""
        with suppress(ValueError):
            self._memory.put(f"project/{project['id']}", name_of(project))

    def project(self, number: int) -> str | None:
        """A project's name, as it was last seen."""
        known = self._memory.get(f"project/{number}")
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
                self._memory.put(f"label/{number}", fact)

    def prepare_labels(self, project: int, wanted: Collection[int]) -> None:
        """See that labels are known: one request at most per pass and project."""
        known = [self._memory.get(f"label/{number}") for number in wanted]
        if project in self._asked or all(item is not None for item in known):
            return
        self._asked.add(project)
        self.learn_labels(self._all_labels(project))

    def label(self, number: int, at: datetime) -> str | None:
        """The name that a label had at a moment; None when it was changed later, or is deleted."""
        known = self._memory.get(f"label/{number}")
        if not isinstance(known, list) or len(known) != 2:
            return None
        try:
            return str(known[0]) if stamps.parse(known[1]) <= at else None
        except ValueError:
            return None


def labels_in(activities: Iterable[Row]) -> set[int]:
    """The numbers of labels that activities speak of."""
    found: set[int] = set()
    for activity in activities:
        changes = activity.get("changes")
        for change in changes if isinstance(changes, list) else ():
            if not isinstance(change, dict):
                continue
            for name in ("original_values", "new_values"):
                values = change.get(name)
                ids = values.get("label_ids") if isinstance(values, dict) else None
                found |= {n for n in ids if type(n) is int} if isinstance(ids, list) else set()
    return found
