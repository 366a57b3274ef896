"""The command line: what is typed, and the exit code. The work is done elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import structlog
import typer

from bridge import __version__
from bridge.check.run import check as check_all
from bridge.check.run import check_store
from bridge.cli import backfill, logs, record
from bridge.cli import sync as passes
from bridge.cli.errors import EXPECTED, Exit, UsageError, advice
from bridge.cli.session import Session
from bridge.cli.terminal import (
    columns_of,
    count,
    dump,
    hoisted,
    problem,
    safe,
    say,
    style_for,
    valued_options,
)
from bridge.cli.views import check as check_view
from bridge.cli.views import explain as explain_view
from bridge.cli.views import ledger as ledger_view
from bridge.cli.views import plan as plan_view
from bridge.cli.views import status as status_view
from bridge.engine.assess import Assessed, conflicts
from bridge.engine.sync import utc_now
from bridge.model import Problem, ProblemSeverity, RecordKind, Verdict
from bridge.model.durations import short
from bridge.store import ledger as books
from bridge.store import outbox

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Watches the tools in which clients ask for work, decides what their contract says about "
    "each request, and writes the answer back where they asked.",
    epilog="--config FILE, --json and -v may stand before or behind the command.",
)

_CTRL_C: Final = 130
"""What Typer makes of a KeyboardInterrupt."""

Context = typer.Context
Ref = Annotated[str, typer.Argument(metavar="SOURCE:KEY", help="A ticket, as helpdesk:1103.")]
Sources = Annotated[
    list[str] | None, typer.Option("--source", metavar="NAME", help="Only this source; repeatable.")
]
Note = Annotated[str, typer.Option("--note", help="What was said, where and when.")]
By = Annotated[str, typer.Option("--by", metavar="WHO", help="Who said so; default: you.")]
Approver = Annotated[str, typer.Option("--by", metavar="WHO", help="The approver.")]


def main() -> None:
    """The entry point: typed words in, exit code out."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no arrows gets escapes, never a traceback.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _unread()
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line. Global options may stand anywhere before a `--`.

    With `--json` there is one document on stdout whatever happens; nothing it leaves behind can
    be read by other users of the machine (S4).
    """
    as_json = "--json" in arguments
    mask = os.umask(0o077)
    try:
        words = hoisted(arguments, valued_options(typer.main.get_command(app))) or ["--help"]
        outcome = app(words, prog_name="bridge", standalone_mode=False)
    except typer.Exit as stop:
        return stop.exit_code
    except EXPECTED as error:
        return _refuse(error, as_json)
    except (KeyboardInterrupt, typer.Abort):
        return _refuse(KeyboardInterrupt(), as_json)
    except BrokenPipeError:
        return _unread()
    except Exception as error:
        # Typer's usage errors know how to say what is wrong; all else is a mistake of ours.
        told = getattr(error, "format_message", None)
        if told is not None:
            path = getattr(getattr(error, "ctx", None), "command_path", "bridge")
            return _refuse(UsageError(told(), f"{path} --help"), as_json)
        structlog.get_logger().critical("crashed", exc_info=error)
        return _refuse(error, as_json)
    finally:
        os.umask(mask)
    if outcome == _CTRL_C:
        return _refuse(KeyboardInterrupt(), as_json)
    return int(outcome or Exit.OK)


@app.callback(invoke_without_command=True)
def _globals(
    context: Context,
    config: Annotated[
        Path, typer.Option("--config", "-c", envvar="BRIDGE_CONFIG", help="The configuration.")
    ] = Path("config.toml"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more, on stderr.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    logs.configure(verbose=verbose)
    context.obj = Session(config, as_json, verbose)
    if version:
        _done(context.obj, f"bridge {__version__}", version=__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        raise UsageError("no command was given", "bridge --help")


@app.command()
def init(context: Context) -> None:
    """Write a commented configuration to start from."""
    from bridge.cli.init import write

    session: Session = context.obj
    write(session.path)
    named = "" if session.path == Path("config.toml") else f" --config {session.path}"
    told = f"wrote {session.path}: fill it in, then  bridge{named} check"
    _done(session, told, path=str(session.path))


@app.command()
def check(
    context: Context,
    source: Sources = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no tool.")] = False,
) -> int:
    """Look at configuration, credentials, rights and mappings. Never writes."""
    session: Session = context.obj
    wanted = session.sources(source or [])
    with passes.Observer(session) as progress:
        checked = list(check_all(session.config, wanted, offline=offline, observe=progress))
        there = session.database_if_there
        checked += check_store(there, session.agreements, wanted, offline=offline)
    found = [p for one in checked for p in one.problems]
    if session.as_json:
        dump(check_view.data(found))
    else:
        for line in check_view.well(checked):
            say(line)
        say(check_view.found(checked, style_for(sys.stdout)))
    return Exit.FAILED if any(p.severity == ProblemSeverity.ERROR for p in found) else Exit.OK


@app.command()
def sync(
    context: Context,
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
    wanted = passes.Wanted(tuple(source or ()), dry_run, force, out, plan)
    done = passes.carry_out(session, wanted)
    results = [each.result for each in done]
    if session.as_json:
        dump(plan_view.data(results))
        return passes.exit_code(done)
    if dry_run:
        read_only = {n for n, s in session.config.sources.items() if not s.settings.writes}
        lines = [
            *plan_view.diff(results, columns_of(sys.stdout)),
            *plan_view.summary(results, source or [], out, read_only),
            *plan_view.limits(results, session.config.safety),
            *plan_view.outcome([each for each in done if not each.result.ok]),
        ]
    else:
        lines = plan_view.outcome(done)
    for line in lines:
        say(line)
    return passes.exit_code(done)


@app.command("run")
def run_daemon(context: Context) -> int:
    """The daemon: every source at its interval."""
    from bridge.daemon.scheduler import run_forever

    session: Session = context.obj
    code = run_forever(session)
    if session.as_json:
        _done(session, "stopped; the passes in flight were finished")
    return code


@app.command()
def status(context: Context) -> int:
    """Sources, errors, promises at risk, balances."""
    session: Session = context.obj
    now = utc_now()
    with session.database() as database, database.read() as conn:
        shown = status_view.status(conn, session.agreements, now)
    if session.as_json:
        dump(status_view.data(shown))
    else:
        for line in status_view.lines(shown, session.zone, now, columns_of(sys.stdout)):
            say(line)
    return Exit.OK if shown.ok else Exit.FAILED


@app.command()
def explain(context: Context, ref: Ref) -> None:
    """Why a ticket stands as it does, clause by clause.

    Its approval, due times and charge, each with its reasons, and every write made.
    """
    session: Session = context.obj
    with session.database() as database:
        assessed = session.assessed(database, ref)
        with database.read() as conn:
            writes = outbox.history(conn, assessed.ticket.source, assessed.ticket.key)
        old = session.too_old_for(database, assessed.ticket)
    differing = conflicts(session.agreements, assessed)
    if session.as_json:
        dump(explain_view.data(assessed, writes, differing))
    else:
        for line in explain_view.lines(assessed, writes, session.zone, utc_now(), old, differing):
            say(line)


@app.command()
def estimate(
    context: Context,
    ref: Ref,
    hours: Annotated[str, typer.Argument(metavar="3h")],
    by: By = "",
    note: Note = "",
) -> None:
    """Estimate a ticket. Where its tool has a field for that, the next sync fills it in."""
    seconds = record.amount(hours)
    assessed, well = record.estimate(context.obj, ref, seconds, by, note)
    then = _then(context.obj, assessed, well)
    _done(context.obj, f"{ref}: estimated {short(seconds)}; {then}", ticket=ref, seconds=seconds)


@app.command()
def spend(
    context: Context,
    ref: Ref,
    hours: Annotated[str, typer.Argument(metavar="1h30")],
    by: By = "",
    note: Note = "",
) -> None:
    """Note work on a ticket whose tool has no time entries."""
    seconds = record.amount(hours)
    assessed = record.record(context.obj, ref, RecordKind.SPEND, seconds, by, note)
    then = _then(context.obj, assessed, "the next sync enters what the contract says")
    _done(context.obj, f"{ref}: {short(seconds)} worked; {then}", ticket=ref, seconds=seconds)


@app.command()
def approve(context: Context, ref: Ref, by: Approver, note: Note) -> None:
    """Note a yes that was given by phone."""
    _decide(context.obj, ref, Verdict.APPROVE, by, note)


@app.command()
def reject(context: Context, ref: Ref, by: Approver, note: Note) -> None:
    """Note a no that was given by phone."""
    _decide(context.obj, ref, Verdict.REJECT, by, note)


@app.command()
def ledger(
    context: Context,
    client: Annotated[str, typer.Argument(metavar="CLIENT")],
    action: Annotated[str, typer.Argument(metavar="[credit]")] = "",
    hours: Annotated[str, typer.Argument(metavar="[40h]")] = "",
    note: Note = "",
    contract: Annotated[str, typer.Option("--contract", help="Which of several books.")] = "",
    verify: Annotated[bool, typer.Option("--verify", help="Check the chain of entries.")] = False,
) -> int:
    """A client's hours; `ledger CLIENT credit 40h` adds."""
    from bridge.engine.bookkeeping import keep_years, post_purchases

    session: Session = context.obj
    name = session.client(client)
    with session.database() as database:
        if action:
            record.credit(session, database, name, action, hours, note, contract)
        with database.write() as conn:
            post_purchases(conn, session.agreements, utc_now())
            keep_years(conn, session.agreements, [name], utc_now())
        with database.read() as conn:
            entries = books.entries(conn, name)
            broken = books.verify(conn, name) if verify else None
    if broken is not None:
        return _found([broken], session.as_json, Exit.FAILED)
    contracts = session.agreements.contracts_of(name)
    if session.as_json:
        dump(ledger_view.data(name, contracts[0] if contracts else None, entries))
        return Exit.OK
    for line in ledger_view.lines(name, entries, session.zone):
        say(line)
    if verify:
        count = f"{len(entries)} {'entry' if len(entries) == 1 else 'entries'}"
        say(f"The chain of {count} holds.")
    return Exit.OK


@app.command()
def retry(context: Context, ref: Ref) -> None:
    """Read again what was set aside; or write ours."""
    _done(context.obj, f"{ref}: {record.release(context.obj, ref, again=True)}", ticket=ref)


@app.command()
def drop(context: Context, ref: Ref) -> None:
    """Give up what was set aside; or leave theirs."""
    _done(context.obj, f"{ref}: {record.release(context.obj, ref, again=False)}", ticket=ref)


app.command("backfill")(backfill.command)


@app.command()
def escalate(context: Context, ref: Ref, note: Note = "", by: By = "") -> None:
    """Take a problem that persists one step further."""
    level = record.escalate(context.obj, ref, by, note)
    _done(context.obj, f"{ref}: now for {safe(level)}, noted", ticket=ref, level=level)


@app.command()
def replay(
    context: Context,
    contract: Annotated[
        Path, typer.Option("--contract", metavar="FILE", help="A contract, or a configuration.")
    ],
    client: Annotated[
        str | None, typer.Option("--client", metavar="C", help="Only this client's tickets.")
    ] = None,
) -> None:
    """The stored history under another contract."""
    from bridge.cli import sandbox

    sandbox.replay(context.obj, contract, client)


@app.command()
def sandbox(
    context: Context,
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="Which tool, as freshdesk.")],
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="Default: a free one.")
    ] = 0,
    lang: Annotated[
        str, typer.Option("--lang", metavar="fr|en|de", help="What its install speaks.")
    ] = "en",
) -> None:
    """A simulated tool to try mappings and rules on."""
    from bridge.cli import sandbox

    sandbox.sandbox(tool, port, lang, context.obj.as_json)


@app.command()
def demo(context: Context) -> int:
    """A morning at an agency, on five simulated tools.

    No network, no credentials, no set-up; nothing is left.
    """
    from bridge.demo import demo as tell

    if context.obj.as_json:
        raise UsageError("the demo is told to people", "bridge demo")
    return tell(say, run)


def _unread() -> int:
    """Whoever read along has gone (`| head`): the interpreter must not complain of it later."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Exit.FAILED


def _decide(session: Session, ref: str, verdict: Verdict, by: str, note: str) -> None:
    given = record.decide(session, ref, verdict, by, note)
    word = "approved" if verdict is Verdict.APPROVE else "declined"
    estimate = given.estimate
    what = (
        f"estimate no {estimate.number} ({short(estimate.seconds)})" if estimate else "more study"
    )
    told = f"{ref}: {what} {word} by {by}, {given.lacks or 'noted'}"
    number, seconds = (estimate.number, estimate.seconds) if estimate else (None, None)
    facts = {"verdict": verdict.value, "by": by, "estimate_number": number}
    _done(session, told, ticket=ref, **facts, estimate_seconds=seconds)


def _then(session: Session, assessed: Assessed, well: str) -> str:
    """What comes of a record; nothing of a ticket that is nobody's or from before `act_since`."""
    with session.database() as database:
        old = session.too_old_for(database, assessed.ticket)
    why = "as it is from before act_since" if old else "while it is nobody's"
    nothing = f"nothing follows {why}: see  bridge explain {assessed.ticket.ref}"
    return well if assessed.terms is not None and old is None else nothing


def _done(session: Session, told: str, **facts: object) -> None:
    """What a command did: a sentence, or its facts with the sentence among them."""
    if session.as_json:
        dump({"done": told, **facts})
    else:
        say(safe(told))


def _refuse(error: BaseException, as_json: bool) -> int:
    found, code = advice(error)
    return _found(found, as_json, code)


def _found(found: Sequence[Problem], as_json: bool, code: Exit) -> int:
    """Problems that end a command: on stderr, or as the one document."""
    if as_json:
        dump(check_view.data(found))
    else:
        texts = [problem(each, style_for(sys.stderr)) for each in found]
        closing = [f"{count(found)}. Nothing was written."] if len(found) > 1 else []
        say("\n".join([*texts, *closing]), error=True)
    return code
