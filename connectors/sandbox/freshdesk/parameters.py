"""What stands behind the `?`: every parameter is known and of its type, or the call is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from urllib.parse import quote

from connectors.sandbox.freshdesk.refusals import Wrong, invalid, unexpected

Row = TypeVar("Row")
Check = Callable[[str, str], Wrong | None]
"""Name and value of a parameter → what is wrong with it."""

PER_PAGE: Final = 30
MOST: Final = 100
LAST_PAGE: Final = 300
"""Tickets stop there."""
_INSTANT: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(:\d{2})?(?:\.\d+)?(Z|[+-]\d{2}(?::?\d{2})?)?)?"
)
_POSITIVE: Final = "It should be a Positive Integer"


def instant(text: object) -> datetime | None:
    """A date or date-time in one of the documented forms, as UTC; None for anything else."""
    found = _INSTANT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    day, minute, second, zone = found.groups()
    zone = "+00:00" if zone in (None, "Z") else zone
    digits = zone[1:].replace(":", "").ljust(4, "0")
    try:
        read = f"{day}T{minute or '00:00'}{second or ':00'}{zone[0]}{digits[:2]}:{digits[2:]}"
        return datetime.fromisoformat(read).astimezone(UTC)
    except ValueError:
        return None


def integer(name: str, value: str) -> Wrong | None:
    told = "It should be a/an Positive Integer"
    return None if value.isdecimal() else Wrong(name, told, "datatype_mismatch")


def boolean(name: str, value: str) -> Wrong | None:
    told = "It should be a/an Boolean"
    return None if value in ("true", "false") else Wrong(name, told, "datatype_mismatch")


def a_time(name: str, value: str) -> Wrong | None:
    told = "It should be in the 'combined date and time ISO8601' format"
    return Wrong(name, told, "invalid_date") if instant(value) is None else None


def text(name: str, value: str) -> Wrong | None:
    return None if value else Wrong(name, "It should not be blank")


def among(*allowed: str) -> Check:
    """One of some words."""

    def check(name: str, value: str) -> Wrong | None:
        told = f"It should be one of these values: '{','.join(allowed)}'"
        return None if value in allowed else Wrong(name, told)

    return check


def some_of(*allowed: str) -> Check:
    """Several of some words, with commas between them."""

    def check(name: str, value: str) -> Wrong | None:
        told = f"It should be one of these values: '{', '.join(allowed)}'"
        return None if value and set(value.split(",")) <= set(allowed) else Wrong(name, told)

    return check


def _page(name: str, value: str) -> Wrong | None:
    fits = value.isdecimal() and int(value) > 0
    return None if fits else Wrong(name, _POSITIVE, "datatype_mismatch")


def _per_page(name: str, value: str) -> Wrong | None:
    fits = value.isdecimal() and 0 < int(value) <= MOST
    return None if fits else Wrong(name, f"{_POSITIVE} less than or equal to {MOST}")


PAGED: Final[Mapping[str, Check]] = {"page": _page, "per_page": _per_page}


def check(query: Mapping[str, str], allowed: Mapping[str, Check]) -> None:
    """Raises Refusal (400) with every parameter that is unknown or wrong."""
    wrong = [
        allowed[name](name, value) if name in allowed else unexpected(name)
        for name, value in query.items()
    ]
    found = [each for each in wrong if each is not None]
    if found:
        raise invalid(found)


def page_of(
    query: Mapping[str, str], rows: Sequence[Row], url: str
) -> tuple[Sequence[Row], dict[str, str]]:
    """The rows of the page asked for, and the `Link` header while there are more."""
    page, size = int(query.get("page", 1)), int(query.get("per_page", PER_PAGE))
    first = (page - 1) * size
    if len(rows) <= first + size:
        return rows[first:], {}
    others = "".join(f"&{n}={quote(v, safe=',:')}" for n, v in query.items() if n not in PAGED)
    link = f'<{url}?page={page + 1}&per_page={size}{others}>; rel="next"'
    return rows[first : first + size], {"Link": link}


def included(query: Mapping[str, Any]) -> list[str]:
    """The words of `include`."""
    asked: str = query.get("include", "")
    return asked.split(",") if asked else []
