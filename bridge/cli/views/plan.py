"""The plan as a diff that a project manager can read, and the outcome of passes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from bridge.cli.terminal.table import columns
from bridge.cli.terminal.text import cut, safe, width
from bridge.cli.views.values import reasons, value
from bridge.config import Safety
from bridge.engine.plan import Action, Change, value_data
from bridge.engine.result import PassResult
from bridge.engine.safety import exceeded
from bridge.model import Field

_WIDTH = 10


def diff(results: Sequence[PassResult], limit: int | None = None) -> list[str]:
    """The changes passes would make, ticket by ticket. With `limit`, a terminal's width, a long
    title is cut; nothing else ever is."""
    changes = [change for r in results for change in r.changes]
    titles = {ref: title for r in results for ref, title in r.titles.items()}
    widest = max((width(_becomes(c)) for c in changes if _is_value(c)), default=0)
    lines = []
    for ref, group in groupby(changes, key=lambda change: change.ref):
        title = safe(f"{ref}  {titles[ref]}" if titles.get(ref) else ref)
        lines.append(title if limit is None else cut(title, limit))
        lines += [_line(change, widest) for change in group]
    return lines


def summary(
    results: Sequence[PassResult],
    only: Sequence[str] = (),
    saved: Path | None = None,
    read_only: Collection[str] = (),
) -> list[str]:
    """The counts under a diff, and how to do exactly this: `only` are the sources that were
    asked for by name, `saved` is where the plan is already, `read_only` those whose `writes`
    are empty: for them a plan says nothing."""
    writes = [c for r in results for c in r.changes if c.action is Action.WRITE]
    messages = sum(c.field is Field.MESSAGE for c in writes)
    values = len(writes) - messages
    touched = len({c.ref for c in writes})
    opened = sum(r.open for r in results)
    older = sum(r.older for r in results)
    said = " and ".join(
        part for part in (_count(values, "value"), _count(messages, "message")) if part
    )
    if not said:
        lines = [f"Nothing to write on {_count(opened, 'open ticket') or 'no open ticket'}."]
    else:
        share = f" ({round(100 * touched / opened)} %)" if opened else ""
        lines = [
            f"{said} on {touched} of {_count(opened, 'open ticket')}{share}. Nothing was written."
        ]
        same = "".join(f" --source {name}" for name in only)
        save = f"bridge sync{same} --dry-run --out plan.json  then  " if saved is None else ""
        then = f"{save}bridge sync --plan {saved or 'plan.json'}"
        lines.append(f"To write exactly this:  {then}")
    if older:
        lines.append(
            f"{_count(older, 'ticket')} finished or from before act_since: read, not written."
        )
    for result in results:
        if result.source in read_only:
            lines.append(
                f"{result.source} is read only: list in its `writes` what may be written, "
                "and this shows what would be."
            )
    return lines


@dataclass(frozen=True, slots=True)
class Done:
    """A pass, whether somebody else held the source, and when it was last read well."""

    result: PassResult
    busy: bool = False
    last_success: str = ""


def outcome(done: Sequence[Done]) -> list[str]:
    """One line per source, then what a person should look at."""
    others = any(d.result.ok for d in done)
    rows = [(d.result.source, *_outcome(d, others=others)) for d in done]
    well = iter(columns([rest for _, _, *rest in rows if len(rest) > 1]))
    shown = columns([(safe(n), w, next(well) if len(r) > 1 else r[0]) for n, w, *r in rows])
    lines = []
    for line, each in zip(shown, done, strict=True):
        lines.append(line)
        lines += [f"  ! {trouble}" for trouble in _troubles(each.result)]
    failed = sum(not d.result.ok and not d.busy for d in done)
    if failed:
        lines.append(f"{failed} of {_count(len(done), 'source')} failed.")
    return lines


def limits(results: Sequence[PassResult], safety: Safety) -> list[str]:
    """Which of these plans a sync would stop at, so that nobody learns it later."""
    lines = []
    for r in results:
        touched = {c.ticket for c in r.changes if c.action is Action.WRITE}
        limit = exceeded(safety, len(touched), r.open)
        if limit is not None:
            lines.append(f"{r.source}: {limit}; without --force a sync stops before writing.")
    return lines


def data(results: Sequence[PassResult]) -> dict[str, object]:
    """`sync --json`. A source is `ok` when all of it was read and all its writes were done."""
    return {
        "sources": {
            r.source: {
                "ok": r.ok and r.stopped_by is None and not r.troubled,
                "error": _error(r),
                "requests": r.requests,
                "pages": r.pages,
                "tickets_seen": r.tickets_seen,
                "tickets_changed": r.tickets_changed,
                "writes_planned": r.writes_planned,
                "writes_done": r.writes_done,
                "writes_failed": r.writes_failed,
                "seconds": round(r.seconds, 3),
            }
            for r in results
        },
        "plan": [
            {
                "ticket": c.ref,
                "field": c.field.value,
                "shown": value_data(c.shown),
                "desired": value_data(c.desired),
                "why": "; ".join(str(reason) for reason in c.why),
            }
            for r in results
            for c in r.changes
            if c.action is Action.WRITE
        ],
    }


def _is_value(change: Change) -> bool:
    return change.field is not Field.MESSAGE and change.action is Action.WRITE


def _becomes(change: Change) -> str:
    now, then = value(change.field, change.shown), value(change.field, change.desired)
    return f"{now} → {then}"


def _line(change: Change, widest: int) -> str:
    field = f"{change.field.value:<{_WIDTH}}"
    if change.field is Field.MESSAGE:
        return f"  + {field} {value(change.field, change.desired)}    {reasons(change.why)}"
    if change.action is not Action.WRITE:
        kept, *rules = change.why
        wanted = value(change.field, change.desired)
        because = reasons(rules)
        says = f"the rules say {wanted}{f', {because}' if because else ''}"
        now = value(change.field, change.shown)
        sign, stays = ("?", "is") if change.action is Action.ASK else ("=", "left at")
        return f"  {sign} {field} {stays} {now}: {safe(kept.text)} ({says})"
    becomes = _becomes(change)
    gap = " " * (widest - width(becomes))
    return f"  ~ {field} {becomes}{gap}    {reasons(change.why)}"


def _outcome(done: Done, *, others: bool) -> tuple[str, ...]:
    """The state in a word, then one cell where it failed and two where it did not."""
    result = done.result
    if not result.ok:
        last = f"; last success {done.last_success}" if done.last_success else ""
        went_on = "  The others went on." if others else ""
        hint = result.hint or f"bridge check --source {result.source}"
        word = "busy" if done.busy else "failed"
        return word, safe(f"{result.error}{last}{went_on}  help: {hint}")
    if result.stopped_by is not None:
        name = result.source
        look, force = (f"bridge sync --source {name} {flag}" for flag in ("--dry-run", "--force"))
        return "stopped", f"{result.stopped_by}  help: {look}  then  {force}"
    values = result.writes_done - result.messages_done
    parts = (_count(values, "value"), _count(result.messages_done, "message"))
    written = ", ".join(part for part in parts if part)
    failed = _count(result.writes_failed, "write")
    did = [f"{written} written" if written else "", f"{failed} failed" if failed else ""]
    aside = f"   {_count(result.set_aside, 'ticket')} set aside" if result.set_aside else ""
    cost = f"{_count(result.requests, 'request') or '0 requests'}, {result.seconds:.1f} s"
    said = ", ".join(part for part in did if part) or "nothing to write"
    return f"{result.tickets_changed} changed", said, f"{cost}{aside}"


def _error(result: PassResult) -> str | None:
    if result.error is not None or result.stopped_by is None:
        return result.error or next(iter(_troubles(result)), None)
    return f"stopped: {result.stopped_by}"


def _troubles(result: PassResult) -> list[str]:
    unread = [
        safe(f"{result.source}:{key}: {why}; every pass asks again") for key, why in result.unread
    ]
    return unread + [
        safe(
            f"{failure.write.source}:{failure.write.ticket} {failure.write.field}: "
            f"{failure.sentence}{f'  help: {failure.hint}' if failure.hint else ''}"
        )
        for failure in result.failures
    ]


def _count(number: int, word: str) -> str:
    if number == 0:
        return ""
    return f"{number} {word}" + ("" if number == 1 else "s")
