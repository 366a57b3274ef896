"""Changes of values, from label and state events: when, by whom, from what to what (I3).

Notes of the system tell such things in words that change between versions: they are never read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from bridge.model import Event, EventKind, Person, State
from connectors.gitlab import stamps
from connectors.gitlab.api import Row
from connectors.gitlab.fields import label_value
from connectors.gitlab.people import person
from connectors.toolkit.text import clean
from mappings import Mapping, ModelWord

LABEL: Final = EventKind.LABEL
_BY_LABELS: Final = ("priority", "severity", "approval", "kind")
_CLOSED: Final = "closed"
_OPENED: Final = "opened"


@dataclass(frozen=True, slots=True)
class _Change:
    """One thing that somebody did at one moment: labels that came and went, or the state."""

    at: datetime
    actor: Person
    number: int
    added: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    state: str | None = None


def of_issue(
    label_events: Sequence[Row], state_events: Sequence[Row], account: int, mapping: Mapping
) -> tuple[Event, ...]:
    """All changes that GitLab tells, in order of time. Raises ValueError for an odd row."""
    changes = sorted(
        [*_labels(label_events), *_states(state_events)],
        key=lambda change: (change.at, change.number),
    )
    return tuple(_told(changes, str(account), mapping))


def _labels(rows: Sequence[Row]) -> Iterator[_Change]:
    """What was done to labels, those of one moment and person together: GitLab writes a row for
    each label that came and for each that went."""

    def moment(row: Row) -> tuple[datetime, str]:
        return stamps.parse(row.get("created_at")), str(person(row.get("user")).id)

    for (at, _), group in groupby(sorted(rows, key=lambda r: (moment(r), r["id"])), key=moment):
        mine = list(group)
        yield _Change(
            at,
            person(mine[0].get("user")),
            mine[0]["id"],
            tuple(_names(mine, "add")),
            tuple(_names(mine, "remove")),
        )


def _names(rows: Sequence[Row], action: str) -> Iterator[str]:
    """The labels of an action; one that was deleted since has no name any more."""
    for row in rows:
        label = row.get("label")
        if row.get("action") == action and isinstance(label, dict):
            yield clean(label.get("name"))


def _states(rows: Sequence[Row]) -> Iterator[_Change]:
    for row in rows:
        state = row.get("state")
        if state in (_CLOSED, _OPENED, "reopened"):
            at = stamps.parse(row.get("created_at"))
            word = _CLOSED if state == _CLOSED else _OPENED
            yield _Change(at, person(row.get("user")), row["id"], state=word)


def _told(changes: Sequence[_Change], account: str, mapping: Mapping) -> Iterator[Event]:
    present: dict[str, None] = {}
    native = _OPENED
    values: dict[str, Any] = dict.fromkeys(_BY_LABELS)
    state = _state(native, present, mapping)
    for change in changes:
        kind = "state" if change.state else LABEL
        for name in change.taken:
            present.pop(name, None)
        present |= dict.fromkeys(change.added)
        native = change.state or native
        for verb, names in (("+", change.added), ("-", change.taken)):
            for name in names:
                old, new = (None, name) if verb == "+" else (name, None)
                yield _event(change, f"{kind}:{verb}{name}", LABEL, old, new, account)
        for table in _BY_LABELS:
            value = _value(table, present, mapping)
            if value != values[table]:
                old, new = _text(values[table]), _text(value)
                yield _event(change, f"{kind}:{table}", table, old, new, account)
                values[table] = value
        now = _state(native, present, mapping)
        if now != state:
            key = f"{kind}:state"
            yield _event(change, key, "state", _text(state), _text(now), account)
            state = now


def _event(
    change: _Change, key: str, kind: str, old: str | None, new: str | None, account: str
) -> Event:
    return Event(
        key=f"{change.number}:{key}",
        at=change.at,
        kind=EventKind(kind),
        actor=change.actor if change.actor.id else None,
        old=old,
        new=new,
        own=change.actor.id == account,
    )


def _value(table: str, present: dict[str, None], mapping: Mapping) -> ModelWord | None:
    """What labels say together; nothing where they disagree."""
    values = {v for name in present if (v := label_value(table, name, mapping)) is not None}
    return values.pop() if len(values) == 1 else None


def _state(native: str, present: dict[str, None], mapping: Mapping) -> State | None:
    read: State | None = mapping.read("state", native)
    said = None if native == _CLOSED else _value("state", present, mapping)
    return said if isinstance(said, State) else read


def _text(value: ModelWord | None) -> str | None:
    return None if value is None else str(value.value)
