"""The stories CSV: columns by name, repeated ones in the order of the file (docs/pivotal.md, 9).

`csv.DictReader` would keep the last of several columns of one name, and lose the other comments.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import IO, Final

from connectors.pivotal.archive import cells
from connectors.pivotal.archive.limits import ArchiveError, Limits
from connectors.toolkit.rows import Row

OLD_NAMES: Final = {"story": "title", "story type": "type", "note": "comment"}
"""As the oldest exports (2009) call them."""
NEEDED: Final = ("id", "title", "type", "current state")
_EPIC: Final = "epic"


@dataclass(frozen=True, slots=True)
class Read:
    """One line of the table: a story as API v5 would show it, or why it is none."""

    line: int
    story: Row | None
    cells: tuple[str, ...]
    problem: str = ""


class Columns:
    """Where the columns of one file are."""

    def __init__(self, header: Sequence[str]) -> None:
        self._places: dict[str, list[int]] = {}
        for place, cell in enumerate(header):
            name = " ".join(cell.split()).casefold()
            self._places.setdefault(OLD_NAMES.get(name, name), []).append(place)

    @property
    def are_stories(self) -> bool:
        """Whether this is the table of stories: an export has others beside it."""
        return all(name in self._places for name in NEEDED)

    def one(self, row: Sequence[str], name: str) -> str:
        """The cell of a column; empty where the row is shorter or there is no such column."""
        return next(iter(self.all(row, name)), "")

    def all(self, row: Sequence[str], name: str) -> list[str]:
        """The cells of all columns of a name, in the order of the file."""
        places = self._places.get(name, ())
        return [cells.plain(row[place]) for place in places if place < len(row)]


def stories(stream: IO[bytes], name: str, limits: Limits) -> Iterator[Read] | None:
    """The stories of one CSV, read as a stream; None when it is another table.

    Raises ArchiveError for a file that is no CSV in UTF-8, or beyond the limits.
    """
    rows = _rows(stream, name, limits)
    _, header = next(rows, (0, []))
    columns = Columns(header)
    return _read(rows, columns) if columns.are_stories else None


def _read(rows: Iterator[tuple[int, list[str]]], columns: Columns) -> Iterator[Read]:
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if columns.one(row, "type").strip().casefold() == _EPIC:
            continue
        try:
            yield Read(line, _story(row, columns), ())
        except ValueError as error:
            yield Read(line, None, tuple(row), str(error))


def _rows(stream: IO[bytes], name: str, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(_lines(stream, name, limits), strict=True)
    try:
        for row in reader:
            if len(row) > limits.columns:
                raise ArchiveError(f"{name}:{reader.line_num}: {len(row)} columns")
            if any(len(cell) > limits.cell for cell in row):
                raise ArchiveError(f"{name}:{reader.line_num}: a cell is larger than is read")
            yield reader.line_num, row
    except csv.Error as error:
        raise ArchiveError(f"{name}:{reader.line_num}: this is no CSV: {error}") from error


def _lines(stream: IO[bytes], name: str, limits: Limits) -> Iterator[str]:
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    number = 0
    try:
        while line := text.readline(limits.line):
            number += 1
            if len(line) >= limits.line:
                raise ArchiveError(f"{name}:{number}: a line is larger than is read")
            if "\0" in line:
                raise ArchiveError(f"{name}:{number}: this is no text")
            yield line
    except UnicodeDecodeError as error:
        raise ArchiveError(f"{name}:{number + 1}: the text is not UTF-8") from error


def _story(row: Sequence[str], columns: Columns) -> Row:
    """A story as API v5 would show it. Raises ValueError saying which cell is wrong."""

    def one(name: str) -> str:
        return columns.one(row, name)

    number = _number(one("id"))
    created = cells.day(one("created at"))
    if created is None:
        raise ValueError("it has no date of creation")
    accepted = cells.day(one("accepted at"))
    comments = [
        _comment(number, place, text, created)
        for place, text in enumerate(columns.all(row, "comment"))
        if text.strip()
    ]
    days = [comment["day"] for comment in comments]
    story: Row = {
        "kind": "story",
        "id": number,
        "name": one("title"),
        "description": one("description"),
        "story_type": one("type").strip().casefold(),
        "current_state": one("current state").strip().casefold(),
        "story_priority": cells.priority(one("priority")),
        "estimate": cells.points(one("estimate")),
        "labels": [{"name": label.strip()} for label in one("labels").split(",") if label.strip()],
        "created_at": cells.instant(created),
        "updated_at": cells.instant(max([created, *([accepted] if accepted else []), *days])),
        "requested_by": {"name": one("requested by").strip()},
        "owners": [name.strip() for name in columns.all(row, "owned by") if name.strip()],
        "comments": [{k: v for k, v in each.items() if k != "day"} for each in comments],
        "url": one("url").strip(),
        "blockers": _pairs(columns, row, "blocker", "blocker status"),
        "tasks": _pairs(columns, row, "task", "task status"),
    }
    deadline = cells.day(one("deadline"))
    if deadline is not None:
        story["deadline"] = cells.instant(deadline)
    return story


def _comment(story: int, place: int, cell: str, created: date) -> Row:
    """A comment; its number is made of what it is, for an export gives none."""
    text, author, on = cells.comment(cell)
    facts = f"{story}\0{author}\0{on}\0{place}\0{text}"
    digest = hashlib.sha256(facts.encode("utf-8", "surrogatepass")).digest()
    day = on or created
    return {
        "id": int.from_bytes(digest[:7], "big") + 1,
        "text": text,
        "person": {"name": author},
        "created_at": cells.instant(day),
        "day": day,
    }


def _pairs(columns: Columns, row: Sequence[str], name: str, status: str) -> list[list[str]]:
    """The nth of one column with the nth of another."""
    firsts, seconds = columns.all(row, name), columns.all(row, status)
    seconds += [""] * (len(firsts) - len(seconds))
    return [[first, second] for first, second in zip(firsts, seconds, strict=False) if first]


def _number(text: str) -> int:
    cell = text.strip()
    if not (cell.isascii() and cell.isdigit() and 0 < len(cell) < 19):
        raise ValueError(f"{cell[:40]!r} is no number of a story")
    return int(cell)
