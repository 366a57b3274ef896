"""The plan as a diff that a project manager can read, and the outcome of passes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from bridge.model import Field
from bridge.plan import Action, Change, value_data
from bridge.sync import PassResult
from bridge.terminal import safe
from bridge.views.values import reasons, value

_WIDTH = 10


def diff(result: PassResult) -> list[str]:
    """The changes a pass would make, ticket by ticket."""
    lines = []
    for ref, changes in groupby(result.changes, key=lambda change: change.ref):
        title = result.titles.get(ref)
        lines.append(safe(f"{ref}  {title}" if title else ref))
        lines += [_line(change) for change in changes]
    return lines


def summary(results: Sequence[PassResult]) -> list[str]:
    """The counts under a diff, and how to do exactly this."""
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
        lines = [f"{said} on {touched} of {_count(opened, 'open ticket')}{share}. Nothing was written."]
        lines.append(
            "To write exactly this:  bridge sync --dry-run --out plan.json"
            "  then  bridge sync --plan plan.json"
        )
    if older:
        lines.append(f"{_count(older, 'ticket')} finished or from before act_since: read, not written.")
    return lines


def outcome(results: Sequence[PassResult]) -> list[str]:
    """One line per source, then what a person should look at."""
    width = max((len(r.source) for r in results), default=0)
    lines = []
    for result in results:
        lines.append(f"{result.source:<{width}}   {_outcome(result)}")
        lines += [f"  ! {line}" for line in _troubles(result)]
    failed = sum(not r.ok for r in results)
    if failed:
        lines.append(f"{failed} of {_count(len(results), 'source')} failed.")
    return lines


def attention(results: Iterable[PassResult]) -> list[str]:
    """What only a person can settle."""
    return [safe(f"{ref}  {reason}") for r in results for ref, reason in r.attention]


def data(results: Sequence[PassResult]) -> dict[str, object]:
    """`sync --json`."""
    return {
        "sources": {
            r.source: {
                "ok": r.ok,
                "error": r.error,
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


def _line(change: Change) -> str:
    field = f"{change.field.value:<{_WIDTH}}"
    if change.field is Field.MESSAGE:
        return f"  + {field} {value(change.field, change.desired)}    {reasons(change.why)}"
    now = value(change.field, change.shown)
    if change.action is Action.KEEP:
        return f"  = {field} left at {now}: {reasons(change.why)}"
    return f"  ~ {field} {now} → {value(change.field, change.desired)}    {reasons(change.why)}"


def _outcome(result: PassResult) -> str:
    if not result.ok:
        hint = f"  help: {result.hint}" if result.hint else ""
        return safe(f"failed      {result.error}{hint}")
    if result.stopped_by is not None:
        return f"stopped     {result.stopped_by}  help: bridge sync --dry-run, then --force"
    changed = _count(result.tickets_changed, "ticket") or "nothing"
    values = result.writes_done - result.messages_done
    parts = (_count(values, "value"), _count(result.messages_done, "message"))
    written = ", ".join(part for part in parts if part)
    aside = f"   {_count(result.set_aside, 'ticket')} set aside" if result.set_aside else ""
    cost = f"{_count(result.requests, 'request') or '0 requests'}, {result.seconds:.1f} s"
    return f"{changed} changed   {f'{written} written' if written else 'nothing to write'}   {cost}{aside}"


def _troubles(result: PassResult) -> list[str]:
    return [
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
