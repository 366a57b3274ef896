"""What would differ under another contract: ticket by ticket as it is found, then the sums."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bridge.cli.terminal.text import safe
from bridge.cli.terminal.times import moment
from bridge.cli.views.values import hours
from bridge.engine.replay import Difference, Differing, Replay, Totals
from bridge.model import plain

_DURATIONS: Final = ("consumed", "offered", "held")
_NOTHING: Final = "–"


def lines(run: Replay, found: Iterable[Differing], zone: ZoneInfo) -> Iterator[str]:
    """As text; each ticket's lines come as soon as it is compared."""
    for one in found:
        yield safe(f"{one.ref}  {one.title} · {one.client}")
        for what in one.differences:
            yield f"  {what.what:<16} {_shown(what, what.before, zone)} → " + _shown(
                what, what.after, zone
            )
    yield _summary(run)
    rows = (
        ("deducted", hours(run.before.consumed), hours(run.after.consumed)),
        ("offered", hours(run.before.offered), hours(run.after.offered)),
        ("not decided", hours(run.before.held), hours(run.after.held)),
        ("late", str(run.before.breaches), str(run.after.breaches)),
        *_approvals(run),
    )
    yield from (f"  {name:<16} {before} → {after}" for name, before, after in rows)
    yield "Nothing was written."


def json_pieces(run: Replay, found: Iterable[Differing]) -> Iterator[str]:
    """As one JSON document, in pieces: a long history is never held whole."""
    yield '{"tickets": ['
    for number, one in enumerate(found):
        yield (",\n" if number else "\n") + json.dumps(plain(one))
    totals = {
        "compared": run.compared,
        "changed": run.changed,
        "not_compared": {"of_other_clients_or_nobody": run.nobodys, "heads_only": run.heads},
        "before": _sums(run.before),
        "after": _sums(run.after),
    }
    yield f'\n], "totals": {json.dumps(totals)}}}\n'


def _summary(run: Replay) -> str:
    tickets = "1 ticket" if run.compared == 1 else f"{run.compared} tickets"
    heads = f"; {run.heads} known by their head only, not compared" if run.heads else ""
    return f"{tickets} compared, {run.changed} would differ{heads}."


def _approvals(run: Replay) -> Iterator[tuple[str, str, str]]:
    for state in dict.fromkeys((*run.before.approvals, *run.after.approvals)):
        before, after = run.before.approvals.get(state, 0), run.after.approvals.get(state, 0)
        if before != after:
            yield state.value, str(before), str(after)


def _shown(what: Difference, value: object, zone: ZoneInfo) -> str:
    if value is None:
        return _NOTHING
    if what.what in _DURATIONS:
        return hours(int(str(value)))
    if what.what.endswith(" due"):
        return moment(datetime.fromisoformat(str(value)), zone)
    return safe(str(value))


def _sums(totals: Totals) -> dict[str, object]:
    return {
        "consumed_seconds": totals.consumed,
        "offered_seconds": totals.offered,
        "held_seconds": totals.held,
        "breaches": totals.breaches,
        "approvals": {state.value: count for state, count in totals.approvals.items()},
    }
