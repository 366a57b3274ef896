"""`bridge retry` and `bridge drop`: what was set aside, and fields that wait for a person."""

from __future__ import annotations

from typing import Final

import typer

from bridge.cli.errors import UsageError
from bridge.cli.options import Ref
from bridge.cli.record import keep
from bridge.cli.session import Session, nearest
from bridge.engine.assess import assess_stored, conflicts
from bridge.engine.plan import Action
from bridge.engine.sync import utc_now
from bridge.model import RecordKind, Verdict
from bridge.store import quarantine
from bridge.store.database import Database

_SHOWN: Final = 10
_SETTLED: Final = {True: "the next sync writes it", False: "left as it is in the tool"}


def retry(context: typer.Context, ref: Ref) -> None:
    """Read again what was set aside; or write ours."""
    session: Session = context.obj
    session.done(f"{ref}: {release(session, ref, again=True)}", ticket=ref)


def drop(context: typer.Context, ref: Ref) -> None:
    """Give up what was set aside; or leave theirs."""
    session: Session = context.obj
    session.done(f"{ref}: {release(session, ref, again=False)}", ticket=ref)


def release(session: Session, ref: str, *, again: bool) -> str:
    """Have something that was set aside read again, or given up; else settle what a person changed
    and the source's policy asks about: ours is written, or the tool's stays. What then happens, in
    words. Raises UsageError when nothing waits for either."""
    source, key = session.parts(ref)
    with session.database() as database:
        with database.write() as conn:
            mark = quarantine.retry if again else quarantine.drop
            if mark(conn, source, key):
                return "the next sync reads it again" if again else "dropped; its raw form is kept"
        if (fields := _settle(session, database, source, key, again=again)) is not None:
            return f"{fields}: {_SETTLED[again]}"
        with database.read() as conn:
            waiting = [f"{source}:{item.key}" for item in quarantine.waiting(conn, source)]
    hint = nearest(ref, waiting, shown=_SHOWN) if waiting else "nothing is set aside"
    raise UsageError(f"{ref} was not set aside", hint)


def _settle(
    session: Session, database: Database, source: str, key: str, *, again: bool
) -> str | None:
    """Note a decision on every field of a ticket that waits for one; their names, if any."""
    with database.read() as conn:
        assessed = next(assess_stored(conn, session.agreements, source, [key], utc_now()), None)
    if assessed is None:
        return None
    open_ = [c for c in conflicts(session.agreements, assessed) if c.action is Action.ASK]
    verdict = Verdict.APPROVE if again else Verdict.REJECT
    for change in open_:
        kind = RecordKind.CONFLICT
        keep(session, database, assessed, kind, "", change.key, verdict=verdict)
    return ", ".join(change.field for change in open_) or None
