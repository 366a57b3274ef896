"""Work in one tool done for a request in another."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bridge.model import FoundIn, Link
from bridge.store.sql import chunks, upsert
from bridge.store.tables import links, tickets


def save(connection: Connection, origin: str, found: Sequence[Link]) -> None:
    """The links of one origin (SOURCE:KEY) as its text has them now; earlier ones go.

    Raises ValueError for a link of another origin.
    """
    for link in found:
        if link.origin != origin:
            raise ValueError(f"a link of {link.origin} cannot be saved for {origin}")
    targets = {link.target: link for link in found}
    connection.execute(
        sa.delete(links).where(links.c.origin == origin, links.c.target.not_in(list(targets)))
    )
    upsert(
        connection,
        links,
        [
            {"origin": link.origin, "target": link.target, "found_in": link.found_in}
            for link in targets.values()
        ],
    )


def of_origins(connection: Connection, origins: Sequence[str]) -> dict[str, tuple[Link, ...]]:
    """What each of these names, for those that name anything."""
    found: dict[str, tuple[Link, ...]] = {}
    for part in chunks(origins):
        for link in _select(connection, links.c.origin.in_(part)):
            found[link.origin] = (*found.get(link.origin, ()), link)
    return found


def to_targets(connection: Connection, targets: Sequence[str]) -> dict[str, tuple[Link, ...]]:
    """The work that names each of these targets, for those that any names."""
    found: dict[str, tuple[Link, ...]] = {}
    for part in chunks(targets):
        for link in _select(connection, links.c.target.in_(part)):
            found[link.target] = (*found.get(link.target, ()), link)
    return found


def linked(connection: Connection, source: str) -> tuple[str, ...]:
    """Keys of the tickets of a source that name others, or may be named by others."""
    refs = sa.union(sa.select(links.c.origin), sa.select(links.c.target)).subquery()
    said = connection.execute(
        sa.select(refs.c[0]).where(refs.c[0].startswith(f"{source}:", autoescape=True))
    )
    at = connection.execute(
        sa.select(tickets.c.key).where(
            tickets.c.source == source, tickets.c.address.in_(sa.select(links.c.target))
        )
    )
    found = {row[0].partition(":")[2] for row in said} | {row.key for row in at}
    return tuple(sorted(found))


def _select(connection: Connection, condition: sa.ColumnElement[bool]) -> tuple[Link, ...]:
    rows = connection.execute(
        sa.select(links).where(condition).order_by(links.c.origin, links.c.target)
    )
    return tuple(Link(row.origin, row.target, FoundIn(row.found_in)) for row in rows)
