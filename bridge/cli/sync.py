"""The passes of `bridge sync`: over several sources, one after the other, none harming the next."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

from bridge.cli.errors import Exit, advice
from bridge.cli.session import Session
from bridge.cli.terminal import Progress, clock, moment
from bridge.cli.views.plan import Done
from bridge.engine import saved_plan
from bridge.engine.locks import LockedError
from bridge.engine.plan import Action
from bridge.engine.saved_plan import SavedPlan
from bridge.engine.sources import store_secret
from bridge.engine.sync import PassResult, Sync, utc_now
from bridge.store import sources
from bridge.store.database import Database
from bridge.store.errors import StoreError


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed behind `bridge sync`."""

    sources: tuple[str, ...] = ()
    dry_run: bool = False
    force: bool = False
    out: Path | None = None
    plan: Path | None = None


def carry_out(session: Session, wanted: Wanted) -> list[Done]:
    """A pass over each wanted source; a saved plan touches those that it was made for.

    Raises UsageError for an unknown source and PlanError for a plan file that cannot be used.
    """
    names = session.sources(list(wanted.sources))
    if wanted.out is not None:
        saved_plan.require_new(wanted.out)
    with session.database() as database, Observer(session) as progress:
        secret = store_secret(database)
        exactly = saved_plan.load(wanted.plan, secret) if wanted.plan is not None else None
        if exactly is not None:
            chosen = session.sources(list(exactly.sources)) if exactly.sources else []
            names = [name for name in names if name in chosen]
        engine = Sync(session.agreements, database, observe=progress)
        done = [_one(session, engine, name, wanted, exactly) for name in names]
        if wanted.out is not None:
            read = [each.result for each in done if each.result.ok]
            changes = [change for result in read for change in result.changes]
            named = [result.source for result in read]
            saved_plan.save(wanted.out, named, changes, secret, utc_now())
    return done


def exit_code(done: Sequence[Done]) -> Exit:
    """What failed weighs more than a limit, a limit more than a source that somebody holds."""
    if any(d.result.troubled or not (d.result.ok or d.busy) for d in done):
        return Exit.FAILED
    if any(d.result.stopped_by for d in done):
        return Exit.LIMIT
    return Exit.LOCKED if any(d.busy for d in done) else Exit.OK


def log_crash(name: str, error: Exception) -> None:
    """What nobody expected, with its traceback."""
    structlog.get_logger().error("pass_crashed", source=name, exc_info=error)


def guarded(
    engine: Sync,
    name: str,
    crashed: Callable[[str, Exception], None] = log_crash,
    **how: Any,
) -> PassResult:
    """One pass whose every failure is a result, so that the next source has its turn.

    Raises LockedError only. What nobody expected goes to `crashed`, traceback and all.
    """
    result = PassResult(name)
    try:
        return engine.run(name, result=result, **how)
    except LockedError:
        raise
    except StoreError as error:
        result.error, result.hint = f"{error.what} ({error.where})", error.hint
    except Exception as error:
        crashed(name, error)
        (problem,), _ = advice(error)
        result.error, result.hint = problem.message, problem.hint
    result.ok = False
    return result


def _one(
    session: Session, engine: Sync, name: str, wanted: Wanted, exactly: SavedPlan | None
) -> Done:
    try:
        result = guarded(engine, name, dry_run=wanted.dry_run, force=wanted.force, exactly=exactly)
    except LockedError as error:
        (problem,), _ = advice(error)
        busy = PassResult(name, ok=False, error=problem.message, hint=problem.hint)
        return Done(busy, busy=True)
    if wanted.force and not wanted.dry_run:
        touched = {c.ticket for c in result.changes if c.action is Action.WRITE}
        # L4: whoever lifts the limits is seen to have done it.
        structlog.get_logger().warning(
            "safety_limits_lifted",
            source=name,
            tickets=len(touched),
            writes=result.writes_done,
        )
    return Done(result, last_success="" if result.ok else _last_success(session, engine, name))


def _last_success(session: Session, engine: Sync, name: str) -> str:
    database: Database = engine.database
    try:
        with database.read() as conn:
            known = sources.get(conn, name)
    except StoreError:
        return ""
    at, now = known.last_success_at if known else None, utc_now()
    if at is None:
        return ""
    today = at.astimezone(session.zone).date() == now.astimezone(session.zone).date()
    return clock(at, session.zone) if today else moment(at, session.zone, now)


class Observer:
    """Progress of passes on stderr, as the engine reports it."""

    def __init__(self, session: Session) -> None:
        self._line = Progress(structlog.get_logger().info, session.zone, sys.stderr)
        self._seen: dict[str, int] = {}

    def __enter__(self) -> Observer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.erase()

    def __call__(self, event: str, **facts: Any) -> None:
        source = str(facts.get("source", ""))
        if event == "page":
            before = self._seen.get(source, 0)
            self._seen[source] = facts["tickets"]
            self._line.page(source, facts["tickets"] - before)
        elif event == "waiting":
            self._line.waiting(source, facts["seconds"], facts["reason"])
