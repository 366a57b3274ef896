"""The time entries of one issue: its own rows, and those of merge requests that count for it.

What is remembered of an issue says which entries were told before, so that one that is gone is
told too; and it bridges the time in which GraphQL does not answer.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from bridge.model import TimeEntry
from connectors.base import Context
from connectors.gitlab import fields, stamps, timelogs
from connectors.gitlab.api import Api, Row
from connectors.gitlab.refs import Ref, project_path
from connectors.gitlab.timelogs import Grown, Log
from connectors.toolkit.state import SourceState

_SPENT: Final = "total_time_spent"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of an issue or a merge request, and what its total grew by beyond them."""

    logs: tuple[Log, ...] = ()
    grown: Grown = field(default_factory=Grown)

    def data(self) -> dict[str, Any]:
        """As it is remembered."""
        return {"logs": [log.data() for log in self.logs], "grown": self.grown.data()}

    @classmethod
    def of(cls, data: Any) -> Sheet:
        """What was remembered; nothing where that cannot be read."""
        if not isinstance(data, dict):
            return cls()
        logs = tuple(Log.of(item) for item in data.get("logs") or ())
        return cls(logs, Grown.of(data.get("grown")))

    @property
    def seconds(self) -> int:
        """All of it."""
        return sum(log.seconds for log in self.logs) + sum(s for _, _, s in self.grown.steps)


class Timesheets:
    """Reads booked time for one pass."""

    def __init__(self, context: Context, api: Api, memory: SourceState) -> None:
        self._context = context
        self._api = api
        self._memory = memory
        self._without_graphql = False

    def of_head(self, row: Row) -> Sheet:
        """What a list row tells: the total that was reached when it was last changed."""
        at = stamps.believable(row.get("updated_at"), datetime.now(UTC))
        return Sheet((), Grown().at_total(fields.time_of(row, _SPENT), at))

    def read(self, row: Row, kind: str, known: Sheet) -> Sheet:
        """The sheet of an issue or merge request as it is now. Nothing is asked where nothing is
        booked and nothing was."""
        total = fields.time_of(row, _SPENT)
        if not total and not known.logs and not known.grown.steps:
            return known
        at = stamps.believable(row.get("updated_at"), datetime.now(UTC))
        logs = self._ask(row, kind)
        if logs is not None:
            return Sheet(tuple(logs), Grown((), known.grown.given))
        base = sum(log.seconds for log in known.logs)
        if base > total:  # rows that are known were changed, and GraphQL does not say which
            return Sheet((), known.grown.at_total(total, at))
        return Sheet(known.logs, known.grown.at_total(total - base, at))

    def _ask(self, row: Row, kind: str) -> list[Log] | None:
        path = project_path(row)
        if path is None or self._without_graphql:
            return None
        logs = timelogs.of_item(self._api, path, Ref.of(row), kind)
        if logs is None:
            self._without_graphql = True
            reason = "single time entries are not told (GraphQL): totals are compared instead"
            self._context.observe("degraded", reason=reason)
        return logs

    def entries(self, ref: Ref, number: int, own: Sheet, account: int) -> tuple[TimeEntry, ...]:
        """All that counts for an issue; `number` is its global one, `account` the bridge's. Raises
        ValueError for time that cannot be true."""
        own = self._without_copies(number, own)
        found = list(self._of_sheet(own, account, "", ""))
        for merge in self._memory.get(f"merged/{ref.key}") or ():
            known = self._memory.get(f"mr/{merge}") or {}
            if known.get("issue") == ref.key:
                sheet = Sheet.of(known.get("sheet"))
                about = str(known.get("about") or "")
                found += self._of_sheet(sheet, account, f"{merge}:", about)
        return tuple(found)

    def _of_sheet(
        self, sheet: Sheet, account: int, prefix: str, about: str
    ) -> tuple[TimeEntry, ...]:
        now, marks = datetime.now(UTC), self._context.marks
        single = timelogs.entries(sheet.logs, marks, account, now, about=about)
        return (*single, *sheet.grown.entries(prefix, about))

    def _without_copies(self, number: int, own: Sheet) -> Sheet:
        """A moved issue gets copies of the rows of the one it was before. They were booked there,
        and count there."""
        before = self._memory.get(f"moved/{number}")
        if not isinstance(before, str):
            return own
        old = Sheet.of((self._memory.get(f"issue/{before}") or {}).get("sheet"))
        copies = Counter(log.copied for log in old.logs)
        kept = []
        for log in own.logs:
            if copies[log.copied] > 0:
                copies[log.copied] -= 1
            else:
                kept.append(log)
        steps = Grown.of(own.grown.data())
        if steps.steps and not own.logs:
            total = sum(seconds for _, _, seconds in steps.steps)
            steps = steps.at_total(max(0, total - old.seconds), stamps.EARLIEST)
        return Sheet(tuple(kept), steps)
