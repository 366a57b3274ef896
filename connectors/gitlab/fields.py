"""Where the model's values live in an issue, mostly in its labels, and what label and state events
tell of their changes: when, by whom, from what to what (I3).

A mapping's place `label:PREFIX` says how the labels of a field begin, such as `priority::`. A word
of a table is the whole label ("priority::high"), or what follows the prefix ("high"): both are
read. Two labels of one field that disagree say nothing: nobody may guess which of them holds. Notes
of the system tell of changes in words that change between versions: they are never read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from bridge.model import (
    WRITABLE,
    Event,
    EventKind,
    Field,
    Holds,
    Kind,
    Person,
    PlaceKind,
    Severity,
    State,
)
from connectors.toolkit import lookup, stamps
from connectors.toolkit.hours import exact_seconds
from connectors.toolkit.rows import Row
from connectors.toolkit.text import clean
from connectors.toolkit.words import Words
from mappings import ModelWord, Place, WordMapping

T = TypeVar("T")
LONGEST: Final = 255
"""Of a label's name."""
TIME: Final = Place(PlaceKind.NATIVE, "time_estimate")
DUE_DATE: Final = Place(PlaceKind.NATIVE, "due_date")
NOT_ASKED: Final = frozenset(
    {"task", "test_case", "requirement", "objective", "key_result", "epic"}
)
"""Kinds of work item that stand in lists of issues and are no requests of clients."""
_PLAIN: Final = frozenset({"issue", "ticket"})
"""Kinds that say neither incident nor request."""
LABEL: Final = EventKind.LABEL
_BY_LABELS: Final = ("priority", "severity", "approval", "kind")
_CLOSED: Final = "closed"
_OPENED: Final = "opened"


class Issue(Words):
    """What an issue shows, by the mapping. Words that it lacks are noted. Raises ValueError for
    labels or fields of another shape."""

    def __init__(self, row: Row, mapping: WordMapping) -> None:
        super().__init__(mapping)
        self.row = row
        self.path = project_path(row)
        self.labels = labels_of(row)

    def value(self, field: Field) -> Any:
        """What stands in a field that is written back; None for nothing, or for two labels that
        disagree."""
        holds, native = WRITABLE[field].holds, self.mapping.place(field)
        if holds is Holds.WORDS:
            return self.by_label(str(field))
        if native == TIME:
            return time_of(self.row, "time_estimate") or None
        if native == DUE_DATE:
            return self.due_on()
        return self._written(field, exact_seconds if holds is Holds.HOURS else date.fromisoformat)

    def state(self) -> State | None:
        """Where it stands: closed is closed; of an open one a label may say more."""
        word = self.row.get("state")
        by_label = None if word == _CLOSED else self.by_label("state")
        value: State | None = by_label or self.read(
            "state", word if isinstance(word, str) else None
        )
        return value

    def kind(self) -> Kind | None:
        """Incident or request: by a label, or by the type of the issue where that says so."""
        word = type_of(self.row)
        read = self.mapping.read if word in _PLAIN else self.read
        value: Kind | None = self.by_label("kind") or read("kind", word)
        return value

    def severity(self) -> Severity | None:
        """How badly: by a label, or by an incident's own severity (read only in REST)."""
        word = self.row.get("severity")
        value: Severity | None = None
        if self.mapping.place("severity") != Place(PlaceKind.NATIVE, "severity"):
            value = self.by_label("severity")
        elif isinstance(word, str) and word.casefold() != "unknown":
            value = self.read("severity", word)
        return value

    def organisation(self) -> str | None:
        """Whose it is: the group that holds its project, or what a label says."""
        group = self.mapping.place("organisation") == Place(PlaceKind.NATIVE, "group")
        if group and self.path and "/" in self.path:
            return self.path.rpartition("/")[0]
        return self._written("organisation", str.strip)

    def due_on(self) -> date | None:
        """The agreed date."""
        value = self.row.get("due_date")
        return date.fromisoformat(value) if isinstance(value, str) and value else None

    def by_label(self, table: str) -> Any:
        """What labels say for a table; None where none speaks, or two disagree. Labels that begin
        as its field's do and say nothing known are noted."""
        values = set()
        for label in self.labels:
            value, meant = meaning(table, label, self.mapping)
            if value is not None:
                values.add(value)
            elif meant:
                self.unknown(table, label)
        return values.pop() if len(values) == 1 else None

    def _written(self, field: str, read: Callable[[str], T]) -> T | None:
        """What follows the prefix of a field's labels; what cannot be read is noted."""
        values: set[T] = set()
        for label in self.labels:
            if has_prefix(field, label, self.mapping):
                try:
                    values.add(read(label[len(prefix_of(field, self.mapping)) :]))
                except ValueError:
                    self.unknown(field, label)
        return values.pop() if len(values) == 1 else None


def labels_of(issue: Row) -> tuple[str, ...]:
    """The names of an issue's labels. Raises ValueError for another shape."""
    labels = issue.get("labels")
    if not isinstance(labels, list):
        raise ValueError("its labels are no list")
    names = [label.get("name") if isinstance(label, dict) else label for label in labels]
    return tuple(dict.fromkeys(clean(name) for name in names if name))


def prefix_of(field: str, mapping: WordMapping) -> str:
    """How the labels of a field begin; empty where they have no place in labels."""
    place = mapping.place(field)
    return place.name if place.kind == "label" else ""


def has_prefix(field: str, label: str, mapping: WordMapping) -> bool:
    """Whether a label is one of a field's."""
    prefix = prefix_of(field, mapping).casefold()
    return bool(prefix) and label.casefold().startswith(prefix)


@lru_cache(maxsize=8192)  # thousands of issues carry the same few labels
def meaning(table: str, label: str, mapping: WordMapping) -> tuple[ModelWord | None, bool]:
    """What one label says for a table, by its whole name or by what follows the prefix; and whether
    it should say something: it begins as the labels of its field do, or is of the same scope
    (`status::`) as a word that the mapping has."""
    prefixed = has_prefix(table, label, mapping)
    value: ModelWord | None = mapping.read(table, label)
    if value is None and prefixed:
        value = mapping.read(table, label[len(prefix_of(table, mapping)) :])
    scope = _scope(label)
    scopes = {_scope(entry.word) for entry in mapping.tables.get(table, ())}
    return value, value is not None or prefixed or (bool(scope) and scope in scopes)


def _scope(label: str) -> str:
    """`status::` of `status::done`; the last `::` counts. Empty for a label without."""
    return "".join(label.casefold().rpartition("::")[:2])


def label_for(field: Field, word: str, mapping: WordMapping) -> str:
    """The label of a word. Raises ValueError for one that cannot be a label's name."""
    prefix = prefix_of(field, mapping)
    whole = word if has_prefix(field, word, mapping) else f"{prefix}{word}"
    if "," in whole or len(whole) > LONGEST:
        raise ValueError(
            f'"{whole[:60]}" cannot be a label: no commas, at most {LONGEST} characters'
        )
    return whole


def type_of(issue: Row) -> str | None:
    """GitLab's own type of an issue: issue, incident, ticket, task, …"""
    word = issue.get("issue_type") or issue.get("type")
    return word.casefold() if isinstance(word, str) else None


def time_of(issue: Row, name: str) -> int:
    """Whole seconds of an issue's or merge request's time statistics. Raises ValueError."""
    statistics = issue.get("time_stats")
    value = statistics.get(name) if isinstance(statistics, dict) else None
    if type(value) is not int or value < 0:
        raise ValueError(f"its {name} should be whole seconds, not {value!r}")
    return value


def project_path(row: Row) -> str | None:
    """The whole path of a row's project, as the row itself tells it."""
    references = row.get("references")
    full = references.get("full") if isinstance(references, dict) else None
    reference = re.fullmatch(r"(.+)[#!][^#!]*", full) if isinstance(full, str) else None
    if reference is not None:
        return reference[1]
    url = row.get("web_url")
    if isinstance(url, str) and "/-/" in url:
        return urlsplit(url).path.partition("/-/")[0].strip("/") or None
    return None


def person(user: object) -> Person:
    """Somebody as named in an answer; mail addresses are not told there."""
    if not isinstance(user, dict) or type(user.get("id")) is not int:
        return Person()
    login = user.get("username")
    return lookup.person(user["id"], user.get("name"), clean(login) if login else None)


# -- changes ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Change:
    """One thing that somebody did at one moment: labels that came and went, or the state."""

    at: datetime
    actor: Person
    number: int
    added: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    state: str | None = None


def changes(
    label_events: Sequence[Row], state_events: Sequence[Row], account: int, mapping: WordMapping
) -> tuple[Event, ...]:
    """All changes that GitLab tells, in order of time. Raises ValueError for an odd row."""
    rows = [*_labels(label_events), *_states(state_events)]
    ordered = sorted(rows, key=lambda change: (change.at, change.number))
    return tuple(_events(ordered, str(account), mapping))


def _labels(rows: Sequence[Row]) -> Iterator[_Change]:
    """What was done to labels, those of one moment and person together: GitLab writes a row for
    each label that came and for each that went."""

    def moment(row: Row) -> tuple[datetime, str]:
        return stamps.parse_ms(row.get("created_at")), str(person(row.get("user")).id)

    for (at, _), group in groupby(sorted(rows, key=lambda r: (moment(r), r["id"])), key=moment):
        mine = list(group)
        named: dict[object, list[str]] = {"add": [], "remove": []}
        for row in mine:
            if isinstance(label := row.get("label"), dict):  # one deleted since has no name
                named.setdefault(row.get("action"), []).append(clean(label.get("name")))
        who = person(mine[0].get("user"))
        yield _Change(at, who, mine[0]["id"], (*named["add"],), (*named["remove"],))


def _states(rows: Sequence[Row]) -> Iterator[_Change]:
    for row in rows:
        state = row.get("state")
        if state in (_CLOSED, _OPENED, "reopened"):
            at = stamps.parse_ms(row.get("created_at"))
            word = _CLOSED if state == _CLOSED else _OPENED
            yield _Change(at, person(row.get("user")), row["id"], state=word)


def _events(changes: Sequence[_Change], account: str, mapping: WordMapping) -> Iterator[Event]:
    present: dict[str, None] = {}
    native = _OPENED
    before = _values(native, present, mapping)
    for change in changes:
        kind = "state" if change.state else LABEL
        for name in change.taken:
            present.pop(name, None)
        present |= dict.fromkeys(change.added)
        native = change.state or native
        for name in change.added:
            yield _event(change, f"{kind}:+{name}", LABEL, None, name, account)
        for name in change.taken:
            yield _event(change, f"{kind}:-{name}", LABEL, name, None, account)
        after = _values(native, present, mapping)
        for table, value in after.items():
            if value != before[table]:
                old, new = _text(before[table]), _text(value)
                yield _event(change, f"{kind}:{table}", table, old, new, account)
        before = after


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


def _values(
    native: str, present: Iterable[str], mapping: WordMapping
) -> dict[str, ModelWord | None]:
    """What state and labels say together, by table; labels that disagree say nothing."""
    by_table: dict[str, ModelWord | None] = {}
    for table in (*_BY_LABELS, "state"):
        values = {v for name in present if (v := meaning(table, name, mapping)[0]) is not None}
        by_table[table] = values.pop() if len(values) == 1 else None
    if native == _CLOSED or by_table["state"] is None:
        by_table["state"] = mapping.read("state", native)
    return by_table


def _text(value: ModelWord | None) -> str | None:
    return None if value is None else str(value.value)
