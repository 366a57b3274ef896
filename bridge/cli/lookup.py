"""A stored ticket by what was typed, and how it stands."""

from __future__ import annotations

import difflib
from datetime import datetime

from sqlalchemy.engine import Connection

from bridge.cli.errors import UsageError
from bridge.cli.session import Session
from bridge.engine.assess import Assessed, assess_stored
from bridge.engine.sync import utc_now
from bridge.model import Ticket
from bridge.store import sources, tickets
from bridge.store.database import Database


def ticket(session: Session, database: Database, ref: str) -> Ticket:
    """A stored ticket by `SOURCE:KEY`. Raises UsageError when it is not known."""
    source, key = session.parts(ref)
    with database.read() as conn:
        found = tickets.load(conn, source, key)
        if found is not None:
            return found
        elsewhere = [
            f"{name}:{key}"
            for name in session.config.sources
            if name != source and tickets.load(conn, name, key) is not None
        ]
        near = [f"{source}:{other}" for other in _similar(conn, source, key)]
    hint = f"read it first:  bridge sync --source {source}"
    if elsewhere or near:
        there = " and ".join(elsewhere or near)
        hint = f"there is {there}; if it is new,  bridge sync --source {source}  reads it"
    raise UsageError(f"{ref} is not known here", hint)


def assessed(session: Session, database: Database, ref: str) -> Assessed:
    """A stored ticket with the judgement of its contract, now."""
    known = ticket(session, database, ref)
    with database.read() as conn:
        return next(
            iter(assess_stored(conn, session.agreements, known.source, [known.key], utc_now()))
        )


def too_old_for(session: Session, database: Database, of: Ticket) -> datetime | None:
    """Its source's `act_since` where the ticket is from before it, so that nothing is written
    or entered for it; else None."""
    since = session.config.sources[of.source].settings.act_since
    if since is None:
        with database.read() as conn:
            known = sources.get(conn, of.source)
        since = known.act_since if known is not None else None
    return since if since is not None and of.created_at < since else None


def _similar(conn: Connection, source: str, key: str) -> list[str]:
    """Open tickets whose keys look much like one that does not exist."""
    keys = tickets.open_keys(conn, source)
    return difflib.get_close_matches(key, keys, n=1, cutoff=0.75)
