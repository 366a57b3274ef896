"""Noting what people tell the bridge by command: who, when, and what comes of it.

Everything is checked before it is kept: a ticket that exists, an amount that can be meant.
"""

from __future__ import annotations

import getpass
import secrets

from bridge.cli import lookup
from bridge.cli.errors import UsageError
from bridge.cli.session import Session
from bridge.engine import linking
from bridge.engine.assess import Assessed
from bridge.engine.sync import utc_now
from bridge.model import Record, RecordKind, Seconds, Verdict
from bridge.model.durations import DurationError, parse_duration
from bridge.store import records, wakes
from bridge.store.database import Database


def amount(text: str) -> Seconds:
    """Seconds of what was typed. Raises UsageError, with what was probably meant."""
    try:
        return parse_duration(text)
    except DurationError as error:
        meant = _meant(text)
        hint = f'write "{meant}"' if meant else str(error)
        raise UsageError(f'"{text}" is no amount of time', hint) from None


def _meant(text: str) -> str:
    plain = "".join(text.split()).lower().replace(",", ".")
    for guess in (plain, f"{plain}h"):
        try:
            parse_duration(guess)
        except DurationError:
            continue
        return guess
    return ""


def record(
    session: Session, ref: str, kind: RecordKind, seconds: Seconds, by: str, note: str
) -> Assessed:
    """Keep an estimate or work on a ticket; how the ticket stood before."""
    with session.database() as database:
        assessed = lookup.assessed(session, database, ref)
        keep(session, database, assessed, kind, by, note, seconds=seconds)
    return assessed


def outlook(session: Session, assessed: Assessed, well: str) -> str:
    """What comes of a record: `well`, but nothing of a ticket that is nobody's or from before
    `act_since`."""
    with session.database() as database:
        old = lookup.too_old_for(session, database, assessed.ticket)
    why = "as it is from before act_since" if old else "while it is nobody's"
    nothing = f"nothing follows {why}: see  bridge explain {assessed.ticket.ref}"
    return well if assessed.terms is not None and old is None else nothing


def keep(
    session: Session,
    database: Database,
    assessed: Assessed,
    kind: RecordKind,
    by: str,
    note: str,
    *,
    seconds: Seconds | None = None,
    verdict: Verdict | None = None,
) -> None:
    kept = Record(
        key=secrets.token_hex(8),
        source=assessed.ticket.source,
        ticket=assessed.ticket.key,
        at=utc_now(),
        by=by.strip() or _user(),
        kind=kind,
        seconds=seconds,
        verdict=verdict,
        note=note,
    )
    with database.write(durable=True) as conn:
        records.append(conn, kept)
        wakes.touch(conn, kept.source, kept.ticket, kept.at)
        linking.touch(conn, session.agreements, assessed.ticket, kept.at)


def _user() -> str:
    """Who types; containers know their users by number only."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"
