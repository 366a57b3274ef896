"""JSON made through the API before the end: an array of stories, or one object with `stories` and
`memberships` (docs/pivotal.md, 9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from connectors.pivotal.archive.limits import ArchiveError, Limits
from connectors.pivotal.archive.table import Read
from connectors.toolkit.http.strict import JsonError, decode
from connectors.toolkit.rows import Row


def read(stream: IO[bytes], name: str, limits: Limits) -> tuple[list[Row], list[Row]] | None:
    """The stories and the memberships of a dump; None when it is neither.

    Raises ArchiveError for what is no JSON, or more than is read.
    """
    body = stream.read(limits.json + 1)
    if len(body) > limits.json:
        raise ArchiveError(f"{name} is larger than is read")
    try:
        data = decode(body)
    except JsonError as error:
        raise ArchiveError(f"{name} is no JSON: {error}") from error
    found = data.get("stories") if isinstance(data, dict) else data
    members = data.get("memberships") if isinstance(data, dict) else None
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        return None
    if found and not all("id" in row for row in found):
        return None
    people = members if isinstance(members, list) else []
    return found, [row for row in people if isinstance(row, dict)]


def stories(rows: list[Row]) -> Iterator[Read]:
    """The stories one by one, as the table gives them."""
    return (Read(number, row, ()) for number, row in enumerate(rows, start=1))
