"""Single values as people read them in the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from bridge.cli.terminal.text import safe
from bridge.engine.plan import Action, Change, value_data
from bridge.model import WRITABLE, Field, Holds, Message, Reason, Value
from bridge.model.durations import full, short


def value(field: Field, what: Value | None) -> str:
    """A field's value in one word: `1h10`, `awaiting`, `2`, `(none)`."""
    if what is None:
        return "(none)"
    if isinstance(what, Message):
        return message(what)
    row = WRITABLE[field]
    if row.holds is Holds.HOURS and isinstance(what, int):
        return full(what)
    return row.text(what)


def message(what: Message) -> str:
    """A message in one line: kind, number, language, who sees it."""
    number = f" no {what.number}" if what.number is not None else ""
    seen = "public" if what.public else "private note"
    to = f" to {', '.join(what.recipients)}" if what.recipients and what.public else ""
    return safe(f"{what.kind}{number}, {what.language}, {seen}{to}")


def reasons(why: Iterable[Reason]) -> str:
    """Reasons behind each other."""
    return safe("; ".join(str(reason) for reason in why))


def hours(seconds: int) -> str:
    """`6h`, `1h30`."""
    return short(seconds)


def conflict(change: Change) -> str:
    """What a tool shows and what the rules want, in one line."""
    now, then = value(change.field, change.shown), value(change.field, change.desired)
    waits = ", and waits for a person" if change.action is Action.ASK else ""
    return safe(f"{change.field} is {now}, the rules say {then}{waits}")


def conflict_data(change: Change) -> dict[str, object]:
    """A conflict for programs."""
    return {
        "ticket": change.ref,
        "field": change.field.value,
        "shown": value_data(change.shown),
        "desired": value_data(change.desired),
        "waits": change.action is Action.ASK,
        "why": [str(reason) for reason in change.why],
    }
