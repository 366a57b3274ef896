"""`bridge sync`: passes over several sources, one after the other, none harming the next."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.cli.errors import Exit, UsageError, advice
from bridge.cli.logs import logger
from bridge.cli.observer import Observer
from bridge.cli.options import Sources
from bridge.cli.session import Session
from bridge.cli.terminal.output import columns_of, dump, say
from bridge.cli.terminal.times import clock, moment
from bridge.cli.views import plan as view
from bridge.cli.views.plan import Done
from bridge.engine import saved_plan
from bridge.engine.locks import LockedError
from bridge.engine.plan import Action
from bridge.engine.result import PassResult
from bridge.engine.saved_plan import SavedPlan
from bridge.engine.sources import store_secret
from bridge.engine.sync import Sync, utc_now
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


def command(
    context: typer.Context,
    source: Sources = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show, do not write.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Go past the safety limits.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="With --dry-run: save the plan to this new file.")
    ] = None,
    plan: Annotated[
        Path | None, typer.Option("--plan", help="Write exactly this saved plan, or nothing.")
    ] = None,
) -> int:
    """One pass: poll, assess, plan, write."""
    session: Session = context.obj
    if (out is not None and not dry_run) or (plan is not None and dry_run):
        raise UsageError("--out goes with --dry-run, --plan without", "bridge sync --help")
    wanted = Wanted(tuple(source or ()), dry_run, force, out, plan)
    done = carry_out(session, wanted)
    if session.as_json:
        dump(view.data([each.result for each in done]))
    else:
        for line in _planned(session, wanted, done) if dry_run else view.outcome(done):
            say(line)
    return exit_code(done)


def _planned(session: Session, wanted: Wanted, done: Sequence[Done]) -> list[str]:
    """What a dry run shows: the changes, how to make them, and what would stop them."""
    results = [each.result for each in done]
    read_only = {n for n, s in session.config.sources.items() if not s.settings.writes}
    return [
        *view.diff(results, columns_of(sys.stdout)),
        *view.summary(results, wanted.sources, wanted.out, read_only),
        *view.limits(results, session.config.safety),
        *view.outcome([each for each in done if not each.result.ok]),
    ]


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
    logger().error("pass_crashed", source=name, exc_info=error)


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
    if result.missed:
        logger().error("missed_wake", source=name, **result.missed_facts())
    if wanted.force and not wanted.dry_run:
        touched = {c.ticket for c in result.changes if c.action is Action.WRITE}
        # L4: whoever lifts the limits is seen to have done it.
        logger().warning(
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
