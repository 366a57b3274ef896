"""The command line: what is typed, and the exit code. The work is done elsewhere."""

from __future__ import annotations

import getpass
import json
import secrets
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge import __version__, logs, saved_plan
from bridge.advice import EXPECTED, Exit, UsageError, advice
from bridge.agreements import Agreements
from bridge.check import check as check_all
from bridge.check import check_words
from bridge.durations import DurationError, parse_duration, short
from bridge.locks import LockedError
from bridge.model import ApprovalState, EntryKind, LedgerEntry, Record, RecordKind, Verdict
from bridge.rules.decisions import verbal_problem
from bridge.session import Session
from bridge.sources import store_secret
from bridge.store import ledger as books
from bridge.store import outbox, quarantine, records
from bridge.sync import PassResult, Sync, utc_now
from bridge.terminal import Progress, problems, safe, style_for
from bridge.views import check as check_view
from bridge.views import explain as explain_view
from bridge.views import ledger as ledger_view
from bridge.views import plan as plan_view
from bridge.views import status as status_view

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    help="Watches the tools in which clients ask for work, decides what their contract says about "
    "each request, and writes the answer back where they asked.",
    epilog="--config FILE, --json and -v may stand before or behind the command.",
)

_GLOBAL_FLAGS = ("--json", "-v", "--verbose")
_GLOBAL_OPTIONS = ("--config", "-c")

Context = typer.Context
Ref = Annotated[str, typer.Argument(metavar="SOURCE:KEY", help="A ticket, as helpdesk:1103.")]
Sources = Annotated[
    list[str] | None, typer.Option("--source", metavar="NAME", help="Only this source; repeatable.")
]
Note = Annotated[str, typer.Option("--note", help="What was said, where and when.")]
By = Annotated[str, typer.Option("--by", metavar="WHO", help="Who said so.")]


def main() -> None:
    """The entry point: typed words in, exit code out."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line. Global options may stand anywhere before a `--`."""
    try:
        outcome = app(_hoisted(arguments), prog_name="bridge", standalone_mode=False)
    except typer.Exit as stop:
        return stop.exit_code
    except typer.Abort:
        return Exit.FAILED
    except EXPECTED as error:
        return _refuse(error, "--json" in arguments)
    except KeyboardInterrupt:
        _say("stopped; what was done is kept", error=True)
        return Exit.FAILED
    except Exception as error:
        # Typer's usage errors carry their own way of showing; everything else is a mistake of ours.
        show = getattr(error, "show", None)
        if show is None:
            raise
        show()
        return int(getattr(error, "exit_code", Exit.USAGE))
    return int(outcome or Exit.OK)


@app.callback()
def _globals(
    context: Context,
    config: Annotated[
        Path, typer.Option("--config", "-c", envvar="BRIDGE_CONFIG", help="The configuration.")
    ] = Path("config.toml"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more, on stderr.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    if version:
        _say(f"bridge {__version__}")
        raise typer.Exit
    logs.configure(verbose=verbose)
    context.obj = Session(config, as_json, verbose)


@app.command()
def init(context: Context) -> None:
    """Write a commented configuration to start from."""
    from bridge.init import write

    session: Session = context.obj
    write(session.path)
    _say(f"wrote {session.path}: fill it in, then  bridge check")


@app.command()
def check(
    context: Context,
    source: Sources = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no tool.")] = False,
) -> int:
    """Look at configuration, credentials, rights and mappings. Never writes."""
    session: Session = context.obj
    wanted = session.sources(source or [])
    with _progress(session) as progress:
        checked = list(check_all(session.config, wanted, offline=offline, observe=progress))
        with session.database_if_there() as database:
            if database is not None:
                checked += check_words(session.agreements, database, wanted)
    found = [p for one in checked for p in one.problems]
    if session.as_json:
        _json(check_view.data(found))
    else:
        for line in check_view.well(checked):
            _say(line)
        _say(check_view.found(checked, style_for(sys.stdout)))
    return Exit.FAILED if any(p.severity == "error" for p in found) else Exit.OK


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
    names = session.sources(source or [])
    results: list[PassResult] = []
    locked: list[LockedError] = []
    with session.database() as database, _progress(session) as progress:
        secret = store_secret(database)
        exactly = saved_plan.load(plan, secret) if plan is not None else None
        engine = Sync(session.agreements, database, observe=progress)
        for name in names:
            try:
                results.append(engine.run(name, dry_run=dry_run, force=force, exactly=exactly))
            except LockedError as error:
                locked.append(error)
        if out is not None:
            saved_plan.save(out, [c for r in results for c in r.changes], secret, utc_now())
    _show_passes(session, results, dry_run)
    for held in locked:
        _refuse(held, as_json=False)
    if any(not r.ok or r.writes_failed for r in results):
        return Exit.FAILED
    if any(r.stopped_by for r in results):
        return Exit.LIMIT
    return Exit.LOCKED if locked else Exit.OK


@app.command("run")
def run_daemon(context: Context) -> int:
    """The daemon: every source at its interval, until it is told to stop."""
    from bridge.schedule.daemon import run_forever

    return run_forever(context.obj)


@app.command()
def status(context: Context) -> int:
    """Sources, errors, promises at risk, what waits for a person, balances."""
    session: Session = context.obj
    now = utc_now()
    with session.database() as database, database.read() as conn:
        shown = status_view.status(conn, session.agreements, now)
    if session.as_json:
        _json(status_view.data(shown))
    else:
        for line in status_view.lines(shown, session.zone, now):
            _say(line)
    return Exit.OK if shown.ok else Exit.FAILED


@app.command()
def explain(context: Context, ref: Ref) -> None:
    """Why this priority, these due times, this approval, this charge; and every write made."""
    session: Session = context.obj
    with session.database() as database:
        judged = session.judged(database, ref)
        with database.read() as conn:
            writes = outbox.history(conn, judged.ticket.source, judged.ticket.key)
    if session.as_json:
        _json(explain_view.data(judged, writes))
    else:
        for line in explain_view.lines(judged, writes, session.zone):
            _say(line)


@app.command()
def estimate(
    context: Context,
    ref: Ref,
    hours: Annotated[str, typer.Argument(metavar="3h")],
    by: By = "",
    note: Note = "",
) -> None:
    """Give an estimate for a ticket whose tool cannot hold one."""
    seconds = _amount(hours)
    _record(context.obj, ref, RecordKind.ESTIMATE, by, note, seconds=seconds)
    _say(
        f"{ref}: estimated {short(seconds)}; the next sync tells the client what the contract says"
    )


@app.command()
def spend(
    context: Context,
    ref: Ref,
    hours: Annotated[str, typer.Argument(metavar="1h30")],
    by: By = "",
    note: Note = "",
) -> None:
    """Note work on a ticket whose tool has no time entries."""
    seconds = _amount(hours)
    _record(context.obj, ref, RecordKind.SPEND, by, note, seconds=seconds)
    _say(f"{ref}: {short(seconds)} worked; the next sync enters what the contract says")


@app.command()
def approve(
    context: Context,
    ref: Ref,
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="The approver.")],
    note: Annotated[str, typer.Option("--note", help="What was said, where and when.")],
) -> None:
    """Note a yes that was given by phone."""
    _decide(context.obj, ref, Verdict.APPROVE, by, note)


@app.command()
def reject(
    context: Context,
    ref: Ref,
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="The approver.")],
    note: Annotated[str, typer.Option("--note", help="What was said, where and when.")],
) -> None:
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
    """A client's hours; `ledger CLIENT credit 40h --note …` adds some."""
    session: Session = context.obj
    name = session.client(client)
    with session.database() as database:
        if action:
            _credit(session, database, name, action, hours, note, contract)
        with database.write() as conn:
            from bridge.hours import keep_years, post_purchases

            post_purchases(conn, session.agreements, utc_now())
            keep_years(conn, session.agreements, [name], utc_now())
        with database.read() as conn:
            entries = books.entries(conn, name)
            broken = books.verify(conn, name) if verify else None
    if broken is not None:
        _say(problems([broken], style_for(sys.stdout)))
        return Exit.FAILED
    contracts = session.agreements.contracts_of(name)
    if session.as_json:
        _json(ledger_view.data(name, contracts[0] if contracts else None, entries))
    else:
        for line in ledger_view.lines(entries, session.zone):
            _say(line)
        if verify:
            _say(f"The chain of {len(entries)} entries holds.")
    return Exit.OK


@app.command()
def retry(context: Context, ref: Ref) -> None:
    """Read a ticket or mail again that was set aside."""
    _release(context.obj, ref, again=True)
    _say(f"{ref}: the next sync reads it again")


@app.command()
def drop(context: Context, ref: Ref) -> None:
    """Give up a ticket or mail that was set aside."""
    _release(context.obj, ref, again=False)
    _say(f"{ref}: dropped; its raw form is kept")


@app.command()
def escalate(context: Context, ref: Ref, note: Note = "", by: By = "") -> None:
    """Take a problem that persists one step further: who is asked next, and why."""
    from bridge.rules.escalation import next_level

    session: Session = context.obj
    if not note:
        raise UsageError("a step needs its reason", '--note "still down after the restart"')
    with session.database() as database:
        judged = session.judged(database, ref)
        with database.read() as conn:
            told = records.of_ticket(conn, judged.ticket.source, judged.ticket.key)
    if judged.terms is None:
        raise UsageError(f"{ref} falls under no contract", f"see  bridge explain {ref}")
    level = next_level(judged.terms.contract.escalation, told)
    if level is None:
        raise UsageError(f"{ref}: the last level has been asked", f"see  bridge explain {ref}")
    _record(session, ref, RecordKind.ESCALATION, by, note)
    _say(f"{ref}: now for {safe(level)}, noted")


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
    """The stored history under another contract: what would differ. Writes nothing."""
    from bridge.config.contract_file import load_contracts
    from bridge.replay import Replay, ReplayError, other_config
    from bridge.views import replay as replay_view

    session: Session = context.obj
    wanted = session.client(client) if client is not None else None
    try:
        then = Agreements(other_config(session.config, load_contracts(contract)))
    except ReplayError as error:
        raise UsageError(error.message, error.hint) from None
    again = Replay(session.agreements, then, wanted)
    with session.stored() as database, database.read() as conn:
        found = again.differing(conn, utc_now())
        if session.as_json:
            for piece in replay_view.json_pieces(again, found):
                sys.stdout.write(piece)
        else:
            for line in replay_view.lines(again, found, session.zone):
                _say(line)


@app.command()
def demo() -> int:
    """A small story on a tool in memory: no credentials, no set-up, nothing left behind."""
    from bridge.demo import demo as tell

    return tell(_say, run)


def _release(session: Session, ref: str, *, again: bool) -> None:
    source, _, key = ref.partition(":")
    session.sources([source])
    with session.database() as database, database.write() as conn:
        mark = quarantine.retry if again else quarantine.drop
        if not mark(conn, source, key):
            waiting = [f"{source}:{item.key}" for item in quarantine.waiting(conn, source)]
            hint = f"there are: {', '.join(waiting[:10])}" if waiting else "nothing is set aside"
            raise UsageError(f"{ref} was not set aside", hint)


def _record(
    session: Session,
    ref: str,
    kind: RecordKind,
    by: str,
    note: str,
    *,
    seconds: int | None = None,
    verdict: Verdict | None = None,
) -> None:
    with session.database() as database:
        ticket = session.ticket(database, ref)
        record = Record(
            key=secrets.token_hex(8),
            source=ticket.source,
            ticket=ticket.key,
            at=utc_now(),
            by=by or getpass.getuser(),
            kind=kind,
            seconds=seconds,
            verdict=verdict,
            note=note,
        )
        with database.write() as conn:
            records.append(conn, record)


def _decide(session: Session, ref: str, verdict: Verdict, by: str, note: str) -> None:
    with session.database() as database:
        judged = session.judged(database, ref)
    terms, approval = judged.terms, judged.assessment.approval
    if terms is None:
        raise UsageError(f"{ref} is nobody's, so nobody can decide", f"see  bridge explain {ref}")
    if by not in {name.rpartition(":")[2] for name in terms.approvers} | terms.approvers:
        known = ", ".join(sorted(terms.approvers)) or "nobody yet"
        raise UsageError(f"{by} is no approver of {terms.client}", f"approvers: {known}")
    estimate, study = approval.estimate, terms.contract.study
    if estimate is None and study is None:
        raise UsageError(f"{ref} has no estimate to decide on", f"bridge estimate {ref} 3h")
    beyond = approval.state is ApprovalState.SEPARATE_QUOTE
    problem = verbal_problem(terms.contract, beyond_contract=beyond)
    if problem is not None and (beyond or terms.contract.verbal_approval == "refuse"):
        raise UsageError(f"{problem} (R4.6)", "ask the client to answer in the tool or by mail")
    _record(session, ref, RecordKind.DECISION, by, note, verdict=verdict)
    word = "approved" if verdict is Verdict.APPROVE else "declined"
    what = "more study"
    if estimate is not None:
        what = f"estimate no {estimate.number} ({short(estimate.seconds)})"
    _say(f"{ref}: {what} {word} by {safe(by)}, {problem or 'noted'}")


def _book_of(session: Session, name: str, wanted: str) -> str:
    """The contract whose book a credit goes to: the only one, or the one that is named."""
    there = [c.name for c in session.agreements.contracts_of(name) if c.prepaid is not None]
    if not there:
        raise UsageError(f"{name} has no contract with prepaid hours", "see [clients] contracts")
    if wanted and wanted not in there:
        raise UsageError(f'{name} has no book "{wanted}"', f"there are: {', '.join(there)}")
    if not wanted and len(there) > 1:
        raise UsageError(f"{name} has {len(there)} books", f"--contract {'|'.join(there)}")
    return wanted or there[0]


def _credit(
    session: Session, database: Any, name: str, action: str, hours: str, note: str, contract: str
) -> None:
    if action != "credit" or not hours:
        raise UsageError(
            f'"{action}" is not known here', f"bridge ledger {name} credit 40h --note …"
        )
    if not note:
        raise UsageError("a credit needs its reason", '--note "order 2026-117"')
    book = _book_of(session, name, contract)
    now = utc_now()
    entry = LedgerEntry(
        key=f"credit {secrets.token_hex(8)}#1",
        client=name,
        contract=book,
        at=now,
        kind=EntryKind.CREDIT,
        seconds=_amount(hours),
        note=note,
    )
    with database.write() as conn:
        books.append(conn, [entry], now)


def _show_passes(session: Session, results: list[PassResult], dry_run: bool) -> None:
    if session.as_json:
        _json(plan_view.data(results))
        return
    if dry_run:
        for result in results:
            for line in plan_view.diff(result):
                _say(line)
        for line in plan_view.summary(results):
            _say(line)
        failed = [result for result in results if not result.ok]
        for line in plan_view.outcome(failed) if failed else []:
            _say(line)
        return
    for line in plan_view.outcome(results):
        _say(line)


def _amount(text: str) -> int:
    try:
        return parse_duration(text)
    except DurationError as error:
        raise UsageError(f'"{text}" is no amount of time', str(error)) from None


def _progress(session: Session) -> Any:
    return _Observer(session)


class _Observer:
    """Progress of passes on stderr, as the engine reports it."""

    def __init__(self, session: Session) -> None:
        from structlog import get_logger

        self._line = Progress(get_logger().info, session.zone)
        self._seen: dict[str, int] = {}

    def __enter__(self) -> _Observer:
        return self

    def __exit__(self, *error: object) -> None:
        self._line.erase()

    def __call__(self, event: str, **facts: Any) -> None:
        source = str(facts.get("source", ""))
        if event == "page":
            before = self._seen.get(source, 0)
            self._seen[source] = facts["tickets"]
            self._line.page(source, facts["tickets"] - before)
        elif event == "waiting":
            self._line.waiting(source, facts["seconds"], facts["reason"])


def _hoisted(arguments: list[str]) -> list[str]:
    """Global options first, wherever they were typed."""
    front: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in _GLOBAL_FLAGS or word.startswith("--config="):
            front.append(word)
        elif word in _GLOBAL_OPTIONS:
            front += [word, *(value for value in [next(words, None)] if value is not None)]
        else:
            rest.append(word)
    return front + rest


def _refuse(error: Exception, as_json: bool) -> int:
    found, code = advice(error)
    if as_json:
        _json(check_view.data(found))
    else:
        closing = "" if len(found) == 1 else "Nothing was written."
        text = problems(list(found), style_for(sys.stderr), closing=closing)
        _say(text.rsplit("\n", 1)[0] if len(found) == 1 else text, error=True)
    return code


def _json(data: object) -> None:
    _say(json.dumps(data, ensure_ascii=True, indent=2))


def _say(text: str, *, error: bool = False) -> None:
    stream = sys.stderr if error else sys.stdout
    stream.write(f"{text}\n")
