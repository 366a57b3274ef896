"""Which account of a tool a name of the configuration was first seen with (I1).

A login or a mail address can be given to another account: by an administrator, or by an agent who
edits a contact. So the account's id is kept with the first sight of the name, and a later one with
the same name is nobody's approver until a person says so, by naming the id itself.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bridge.model import Person, Ticket
from bridge.model.people import is_named
from bridge.store.sql import upsert
from bridge.store.tables import meta
from bridge.store.types import clean


@dataclass(frozen=True, slots=True)
class Account:
    """The account that a name of a source means. `change` says, in English, what was seen of it
    that does not fit, None while nothing was."""

    source: str
    name: str
    id: str
    change: str | None = None


def note(
    connection: Connection,
    source: str,
    names: Collection[str],
    read: Iterable[Ticket],
    now: datetime,
) -> None:
    """Keep with whose account each of `names` is first seen in these tickets, and what changed.

    Names that are ids, or of another source, need no keeping. Whoever the tool does not vouch for
    (a comment with doubts) is not looked at.
    """
    wanted = [name for name in map(str.casefold, names) if _is_of(name, source)]
    people = {person for ticket in read for person in _people(ticket)} if wanted else set()
    if not people:
        return
    known = {account.name: account for account in of_source(connection, source)}
    found: dict[str, Account] = {}
    for name in wanted:
        for person in sorted(people, key=lambda one: one.id or ""):
            before = found.get(name) or known.get(name)
            after = _seen(before, source, name, person, now)
            if after != before and after is not None:
                found[name] = after
    rows = [
        {"name": _row(source, each.name), "value": json.dumps([each.id, each.change])}
        for each in found.values()
    ]
    upsert(connection, meta, rows)


def of_source(connection: Connection, source: str) -> list[Account]:
    """The accounts that are kept of a source, by name."""
    rows = connection.execute(
        sa.select(meta.c.name, meta.c.value)
        .where(meta.c.name.startswith(_row(source, ""), autoescape=True))
        .order_by(meta.c.name)
    )
    return [
        Account(source, row.name.removeprefix(_row(source, "")), *json.loads(row.value))
        for row in rows
    ]


def ids(connection: Connection, source: str) -> dict[str, str]:
    """Names, case-folded as they are configured, and the ids of their accounts."""
    return {account.name: account.id for account in of_source(connection, source)}


def _seen(
    before: Account | None, source: str, name: str, person: Person, now: datetime
) -> Account | None:
    """What is known of a name after this person was met."""
    named = is_named(person, source, (name,))
    if before is None:
        return Account(source, name, clean(person.id or "")) if named else None
    if before.change is not None or named == (person.id == before.id):
        return before
    if not named and not _shows_one(person, name):
        return before
    shown = person.address if "@" in name else person.login
    change = f"is account #{person.id} now" if named else f"of account #{person.id} is {shown} now"
    return Account(source, name, before.id, f"{change} (since {now:%Y-%m-%d})")


def _shows_one(person: Person, name: str) -> bool:
    """Whether the tool shows of this person what the name is: a tool need not always."""
    return bool(person.address if "@" in name else person.login)


def _people(ticket: Ticket) -> Iterable[Person]:
    if not ticket.doubts and ticket.requester.id:
        yield ticket.requester
    for comment in ticket.comments:
        if not comment.doubts and comment.author.id:
            yield comment.author
    for event in ticket.events:
        if event.actor is not None and event.actor.id:
            yield event.actor


def _is_of(name: str, source: str) -> bool:
    where, _, who = name.rpartition(":")
    return where in ("", source.casefold()) and not who.isdigit()


def _row(source: str, name: str) -> str:
    return f"account {source} {name}"
