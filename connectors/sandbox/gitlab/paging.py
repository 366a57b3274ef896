"""Pages: by offset with totals, by keyset with a cursor.

Offset pages are cut from the list as it stands at each request: rows move between pages while
others edit.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

from connectors.sandbox.gitlab.answers import router
from connectors.sandbox.gitlab.params import Param, Params, declare, integer, text

T = TypeVar("T")
COUNT_LIMIT: Final = 10_000
"""Above so many rows the totals are not told."""
OFFSET_LIMIT: Final = 50_000
LARGEST: Final = 100
NO_KEYSET: Final = "Keyset pagination is not yet available for this type of request"
PARAMS: Final = (
    Param("page", integer, default=1),
    Param("per_page", integer, default=20),
)


def _wanted(given: Params) -> tuple[int, int]:
    taken = declare(given, PARAMS)
    size = taken["per_page"] if taken["per_page"] is not None else 20
    if size == 0:
        raise router(400, "per_page has a value not allowed")
    return max(taken["page"] or 1, 1), min(size if size > 0 else 20, LARGEST)


def offset(
    rows: Sequence[T], given: Params, url: str, query: Mapping[str, Any], *, wall: str = ""
) -> tuple[Sequence[T], dict[str, str]]:
    """One page by number, and its headers. `wall` names a type for which pages end somewhere."""
    page, size = _wanted(given)
    if wall and page * size > OFFSET_LIMIT:
        raise router(
            405,
            f"Offset pagination has a maximum allowed offset of {OFFSET_LIMIT} for requests that "
            f"return objects of type {wall}. Remaining records can be retrieved using keyset "
            "pagination.",
        )
    start = (page - 1) * size
    total = len(rows)
    pages = max(-(-total // size), 1)
    more = start + size < total
    headers = {
        "X-Per-Page": str(size),
        "X-Page": str(page),
        "X-Next-Page": str(page + 1) if more else "",
        "X-Prev-Page": str(page - 1) if page > 1 and page - 1 <= pages else "",
    }
    links = [("next", page + 1)] if more else []
    if headers["X-Prev-Page"]:
        links.insert(0, ("prev", page - 1))
    links.append(("first", 1))
    if total <= COUNT_LIMIT:
        headers["X-Total"] = str(total)
        headers["X-Total-Pages"] = str(pages)
        links.append(("last", pages))
    headers["Link"] = ", ".join(
        f'<{_href(url, {**query, "page": number, "per_page": size})}>; rel="{name}"'
        for name, number in links
    )
    return rows[start : start + size], headers


def keyset(
    rows: Sequence[T],
    given: Params,
    url: str,
    query: Mapping[str, Any],
    key: Callable[[T], tuple[str, int]],
    *,
    after: Callable[[tuple[str, int]], Callable[[T], bool]],
) -> tuple[Sequence[T], dict[str, str]]:
    """One page after a cursor. `key` is a row's (stamp, id); `after` tells which rows follow."""
    _, size = _wanted(given)
    cursor = declare(given, (Param("cursor", text),)).get("cursor")
    if cursor:
        follows = after(_decoded(cursor))
        low, high = 0, len(rows)
        while low < high:
            middle = (low + high) // 2
            if follows(rows[middle]):
                high = middle
            else:
                low = middle + 1
        rows = rows[low:]
    page = rows[:size]
    headers = {"X-Per-Page": str(size)}
    if len(rows) > size:
        following = _encoded(key(page[-1]))
        asked = {name: value for name, value in query.items() if name != "page"}
        href = _href(url, {**asked, "per_page": size, "cursor": following})
        headers["Link"] = f'<{href}>; rel="next"'
    return page, headers


def _encoded(key: tuple[str, int]) -> str:
    raw = json.dumps({"stamp": key[0], "id": str(key[1]), "_kd": "n"})
    return base64.urlsafe_b64encode(raw.encode()).decode()


def _decoded(cursor: str) -> tuple[str, int]:
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return str(found["stamp"]), int(found["id"])
    except (ValueError, KeyError, TypeError):
        raise router(400, "cursor is invalid") from None


def _href(url: str, query: Mapping[str, Any]) -> str:
    pairs: list[tuple[str, str]] = []
    for name, value in sorted(query.items()):
        pairs.extend(_pairs(name, value))
    return f"{url}?{urlencode(pairs, quote_via=quote)}"


def _pairs(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, one in value.items() for pair in _pairs(f"{name}[{key}]", one)]
    if isinstance(value, list):
        return [(f"{name}[]", str(one)) for one in value]
    if isinstance(value, bool):
        return [(name, "true" if value else "false")]
    return [(name, "" if value is None else str(value))]
