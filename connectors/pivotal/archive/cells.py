"""The words of an export's cells: dates in English, comments with their tail, priorities, points.

Nothing depends on the locale of this machine (docs/pivotal.md, 9).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Final

_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
        start=1,
    )
}
_NAMED: Final = re.compile(r"([A-Za-z]{3})[a-z]{0,6} ([0-9]{1,2}), ([0-9]{4})")
_NUMBERS: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_TAIL: Final = re.compile(r"\(([^\n]{0,200}) - ([A-Za-z]{3,9} [0-9]{1,2}, [0-9]{4})\)\s*\Z")
_PRIORITY: Final = re.compile(r"(p[0-9])\b.*", re.I)
_POINTS: Final = re.compile(r"-?[0-9]{1,6}(?:\.[0-9]{1,4})?")


def day(text: str) -> date | None:
    """`Nov 22, 2014` or `11/22/2014`; None for an empty cell. Raises ValueError for others."""
    cell = text.strip()
    if not cell:
        return None
    if found := _NAMED.fullmatch(cell):
        month = _MONTHS.get(found[1].casefold())
        if month is not None:
            return date(int(found[3]), month, int(found[2]))
    if found := _NUMBERS.fullmatch(cell):
        return date(int(found[3]), int(found[1]), int(found[2]))
    raise ValueError(f"{cell[:40]!r} is no date such as Nov 22, 2014")


def instant(on: date) -> str:
    """Midnight UTC of a day, as API v5 writes it: the day is all that an export knows."""
    return datetime(on.year, on.month, on.day, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def plain(text: str) -> str:
    """A cell as it was before the `'` that an export puts in front of `=`."""
    return text[1:] if text.startswith("'=") else text


def comment(text: str) -> tuple[str, str, date | None]:
    """What a comment says, by whom, on which day. Without a tail: all of it, nobody, no day."""
    cell = plain(text)
    found = _TAIL.match(cell, cell.rfind("("))
    if found is None:
        return cell, "", None
    return cell[: found.start()].rstrip(), found[1], day(found[2])


def priority(text: str) -> str:
    """`p1` of `p1 - High`; what is something else stays as it is, for the mapping to say."""
    cell = text.strip()
    found = _PRIORITY.fullmatch(cell)
    return found[1].casefold() if found else cell


def points(text: str) -> float | None:
    """An estimate; None for an empty cell and for -1. Raises ValueError for others."""
    cell = text.strip()
    if not cell:
        return None
    if not _POINTS.fullmatch(cell):
        raise ValueError(f"{cell[:40]!r} are no points")
    found = float(cell)
    return None if found < 0 else found
