"""The official CSV export: a zip as Tracker made it, in each form its header has had.

Columns of owners, comments, tasks, blockers, reviews, pull requests and branches are repeated as
often as the busiest story needs; a row ends with the last column that it uses. Dates have the
precision of a day, people are names.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from connectors.sandbox.pivotal.world import Project, Story, World

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
                  "Dec")  # fmt: skip
_PRIORITY: Final = {
    "p0": "p0 - Critical", "p1": "p1 - High", "p2": "p2 - Medium", "p3": "p3 - Low", "none": "none",
}  # fmt: skip
_COLUMNS: Final = (
    "Id", "Title", "Labels", "Iteration", "Iteration Start", "Iteration End", "Type", "Estimate",
    "Priority", "Current State", "Created at", "Accepted at", "Deadline", "Requested By",
    "Description", "URL",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Form:
    """How the export of a time looked. `names` replaces column names, `gone` lacks columns."""

    names: Mapping[str, str]
    gone: frozenset[str] = frozenset()
    unestimated: str = ""
    padded: bool = False
    """Whether rows are filled up to the header's length."""
    with_parts: bool = True
    """Whether blockers, reviews, pull requests and branches are exported."""


CURRENT: Final = Form({})
BEFORE_PRIORITY: Final = Form({}, frozenset({"Priority"}), with_parts=False)
"""Until about 2018."""
OLDEST: Final = Form(
    {"Title": "Story", "Type": "Story Type", "Comment": "Note"},
    frozenset({"Priority"}),
    unestimated="-1",
    padded=True,
    with_parts=False,
)
"""As of 2009."""
LOWER_CASE: Final = replace(CURRENT, names={name: name.lower() for name in _COLUMNS})
FORMS: Final = {
    "current": CURRENT,
    "before priority": BEFORE_PRIORITY,
    "oldest": OLDEST,
    "lower case": LOWER_CASE,
}

Group = tuple[tuple[str, ...], Callable[[Story], Sequence[Sequence[str]]]]


@dataclass(frozen=True, slots=True)
class Export:
    """Exports of one project of a world."""

    world: World
    project: Project
    site: str = "https://www.pivotaltracker.com"

    def zip(
        self, *, form: Form = CURRENT, per_file: int | None = None, history: bool = False,
        epics: Iterable[str] = (), attachments: Mapping[int, Mapping[str, bytes]] | None = None,
    ) -> bytes:  # fmt: skip
        """The archive. `per_file` splits the stories over several CSV files, as large projects
        came; `attachments` are files by name, by story; `history` adds a CSV of what happened."""
        stem = "".join(c if c.isalnum() else "_" for c in self.project.name.lower())
        stories = self.project.in_order()
        size = per_file or max(len(stories), 1)
        parts = [stories[at : at + size] for at in range(0, len(stories), size)] or [[]]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, part in enumerate(parts, 1):
                name = f"{stem}.csv" if len(parts) == 1 else f"{stem}_{number}.csv"
                archive.writestr(name, self.csv(part, form=form, epics=epics))
                epics = ()
            if history:
                archive.writestr(f"{stem}_history.csv", self._history())
            for story, files in (attachments or {}).items():
                for name, content in files.items():
                    archive.writestr(f"{story}/{name}", content)
        return packed.getvalue()

    def csv(
        self, stories: Sequence[Story] | None = None, *, form: Form = CURRENT,
        epics: Iterable[str] = (),
    ) -> bytes:  # fmt: skip
        """One CSV of stories, by default all; `epics` are names, as rows of that type."""
        chosen = self.project.in_order() if stories is None else stories
        groups = [
            (names, [cells(story) for story in chosen]) for names, cells in self._groups(form)
        ]
        widths = [max((len(cells) for cells in each), default=0) for _, each in groups]
        header = [form.names.get(name, name) for name in _COLUMNS if name not in form.gone]
        for (names, _), width in zip(groups, widths, strict=True):
            header += [form.names.get(name, name) for name in names] * max(
                width, names == ("Owned By",)
            )
        written = io.StringIO(newline="")
        writer = csv.writer(written, lineterminator="\n")
        writer.writerow(header)
        for name in epics:
            epic = {"Id": str(self.world.next_id()), "Title": name, "Labels": name.lower()}
            epic |= {"Type": "epic", "Created at": self._day(self.project.created_at)}
            row = [epic.get(column, "") for column in _COLUMNS if column not in form.gone]
            writer.writerow(_ended(row, len(header), form))
        for index, story in enumerate(chosen):
            fixed = self._fixed(story, form)
            row = [fixed[name] for name in _COLUMNS if name not in form.gone]
            for (names, each), width in zip(groups, widths, strict=True):
                cells = [cell for part in each[index] for cell in part]
                room = max(width, names == ("Owned By",)) * len(names)
                row += cells + [""] * (room - len(cells))
            writer.writerow(_ended([_inert(cell) for cell in row], len(header), form))
        return written.getvalue().encode()

    def _fixed(self, story: Story, form: Form) -> dict[str, str]:
        labels = self.project.labels
        number, start, end = self._iteration(story)
        return {
            "Id": str(story.id),
            "Title": story.name,
            "Labels": ", ".join(sorted(labels[each].name for each in story.labels)),
            "Iteration": number,
            "Iteration Start": start,
            "Iteration End": end,
            "Type": story.kind,
            "Estimate": form.unestimated if story.estimate is None else _points(story.estimate),
            "Priority": _PRIORITY[story.priority],
            "Current State": story.state,
            "Created at": self._day(story.created_at),
            "Accepted at": self._day(story.accepted_at),
            "Deadline": self._day(story.deadline),
            "Requested By": self._name(story.requester),
            "Description": story.description or "",
            "URL": f"{self.site}/story/show/{story.id}",
        }

    def _groups(self, form: Form) -> list[Group]:
        owners: Group = (("Owned By",), lambda story: [(self._name(p),) for p in story.owners])
        comments: Group = (("Comment",), self._comments)
        tasks: Group = (
            ("Task", "Task Status"),
            lambda story: [
                (task.description, "completed" if task.complete else "not completed")
                for task in story.tasks
            ],
        )
        if not form.with_parts:
            return [owners, comments, tasks]
        blockers: Group = (
            ("Blocker", "Blocker Status"),
            lambda story: [
                (each.description, "resolved" if each.resolved else "unresolved")
                for each in story.blockers
            ],
        )
        reviews: Group = (
            ("Reviewer", "Review Type", "Review Status"),
            lambda story: [
                ("" if r.reviewer is None else self._name(r.reviewer), r.review_type, r.status)
                for r in story.reviews
            ],
        )
        requests: Group = (
            ("Pull Request",), lambda story: [(each,) for each in story.pull_requests],
        )  # fmt: skip
        branches: Group = (("Git Branch",), lambda story: [(each,) for each in story.branches])
        return [owners, blockers, comments, tasks, reviews, requests, branches]

    def _comments(self, story: Story) -> list[tuple[str]]:
        return [
            (f"{each.text} ({self._name(each.person)} - {self._day(each.created_at)})",)
            for each in story.comments
        ]

    def _name(self, person: int) -> str:
        return self.world.people[person].name

    def _day(self, at: datetime | None) -> str:
        if at is None:
            return ""
        local = at.astimezone(ZoneInfo(self.project.zone))
        return f"{_MONTHS[local.month - 1]} {local.day}, {local.year}"

    def _iteration(self, story: Story) -> tuple[str, str, str]:
        """Number, first and last day of the week in which a story was accepted."""
        if story.accepted_at is None:
            return "", "", ""
        start = _monday(self.project.created_at)
        monday = _monday(story.accepted_at)
        number = max((monday - start).days // 7, 0) + 1
        return str(number), self._day(monday), self._day(monday + timedelta(days=6))

    def _history(self) -> str:
        written = io.StringIO(newline="")
        writer = csv.writer(written, lineterminator="\n")
        writer.writerow(["Project Version", "Occurred At", "Performed By", "Message"])
        for each in self.project.activities:
            row = [each.version, self._day(each.at), self._name(each.person), each.message]
            writer.writerow(row)
        return written.getvalue()


def _monday(at: datetime) -> datetime:
    return at - timedelta(days=at.weekday())


def _points(estimate: Decimal) -> str:
    whole = estimate == estimate.to_integral_value()
    return str(int(estimate)) if whole else str(estimate.normalize())


def _inert(cell: str) -> str:
    """A cell that a spreadsheet would calculate gets a mark before it."""
    return f"'{cell}" if cell.startswith("=") else cell


def _ended(row: list[str], width: int, form: Form) -> list[str]:
    if form.padded:
        return row + [""] * (width - len(row))
    while len(row) > len(_COLUMNS) - len(form.gone) and not row[-1]:
        row.pop()
    return row
