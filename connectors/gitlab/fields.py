"""Where the model's values live in an issue: mostly in its labels.

A mapping's place `label:PREFIX` says how the labels of a field begin, such as `priority::`. A word
of a table is the whole label ("priority::high"), or what follows the prefix ("high"): both are
read. Two labels of one field that disagree say nothing: nobody may guess which of them holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final, TypeVar

from bridge.model import ApprovalState, Field, Kind, PlaceKind, Priority, Severity, State, Unmapped
from connectors.gitlab.api import Row
from connectors.toolkit.hours import exact_seconds
from connectors.toolkit.text import clean
from mappings import Mapping, ModelWord, Place

T = TypeVar("T")
LONGEST: Final = 255
"""Of a label's name."""
DUE_DATE: Final = Place(PlaceKind.NATIVE, "due_date")
NOT_ASKED: Final = frozenset(
    {"task", "test_case", "requirement", "objective", "key_result", "epic"}
)
"""Kinds of work item that stand in lists of issues and are no requests of clients."""
_PLAIN: Final = frozenset({"issue", "ticket"})
"""Kinds that say neither incident nor request."""


class Words:
    """Reads words by the mapping and notes those that it lacks."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self._unmapped: dict[Unmapped, None] = {}

    def of_labels(self, table: str, labels: Iterable[str]) -> Any:
        """What labels say for a table; None where none speaks, or two disagree. Labels that begin
        as its field's do and say nothing known are noted."""
        values = set()
        for label in labels:
            value = label_value(table, label, self.mapping)
            if value is not None:
                values.add(value)
            elif is_of(table, label, self.mapping):
                self.unknown(table, label)
        return values.pop() if len(values) == 1 else None

    def native(self, table: str, word: str | None) -> Any:
        """The model's value for a word of GitLab's own; noted where the mapping lacks it."""
        value = self.mapping.read(table, word)
        if word and value is None:
            self.unknown(table, word)
        return value

    def unknown(self, table: str, word: str) -> None:
        """Note a word that says nothing."""
        self._unmapped[Unmapped(str(table), word)] = None

    @property
    def unmapped(self) -> tuple[Unmapped, ...]:
        """The words that were not known so far."""
        return tuple(self._unmapped)


def labels_of(issue: Row) -> tuple[str, ...]:
    """The names of an issue's labels. Raises ValueError for another shape."""
    labels = issue.get("labels")
    if not isinstance(labels, list):
        raise ValueError("its labels are no list")
    names = [label.get("name") if isinstance(label, dict) else label for label in labels]
    return tuple(dict.fromkeys(clean(name) for name in names if name))


def prefix_of(field: str, mapping: Mapping) -> str:
    """How the labels of a field begin; empty where they have no place in labels."""
    place = mapping.place(field)
    return place.name if place.kind == "label" else ""


def has_prefix(field: str, label: str, mapping: Mapping) -> bool:
    """Whether a label is one of a field's."""
    prefix = prefix_of(field, mapping).casefold()
    return bool(prefix) and label.casefold().startswith(prefix)


def is_of(table: str, label: str, mapping: Mapping) -> bool:
    """Whether a label should say something for a table: it begins as the labels of its field do,
    or is of the same scope (`status::`) as a word that the mapping has."""
    return _meaning(table, label, mapping)[1]


def label_value(table: str, label: str, mapping: Mapping) -> ModelWord | None:
    """What one label says for a table, by its whole name or by what follows the prefix."""
    return _meaning(table, label, mapping)[0]


@lru_cache(maxsize=8192)  # thousands of issues carry the same few labels
def _meaning(table: str, label: str, mapping: Mapping) -> tuple[ModelWord | None, bool]:
    prefixed = has_prefix(table, label, mapping)
    value: ModelWord | None = mapping.read(table, label)
    if value is None and prefixed:
        value = mapping.read(table, label[len(prefix_of(table, mapping)) :])
    scope = _scope(label)
    scopes = {_scope(entry.word) for entry in mapping.tables.get(table, ())}
    return value, prefixed or (bool(scope) and scope in scopes)


def _scope(label: str) -> str:
    """`status::` of `status::done`; the last `::` counts. Empty for a label without."""
    return "".join(label.casefold().rpartition("::")[:2])


def label_for(field: Field, word: str, mapping: Mapping) -> str:
    """The label of a word. Raises ValueError for one that cannot be a label's name."""
    prefix = prefix_of(field, mapping)
    whole = word if has_prefix(field, word, mapping) else f"{prefix}{word}"
    if "," in whole or len(whole) > LONGEST:
        raise ValueError(
            f'"{whole[:60]}" cannot be a label: no commas, at most {LONGEST} characters'
        )
    return whole


def state_of(issue: Row, labels: Sequence[str], words: Words) -> State | None:
    """Where it stands: closed is closed; of an open one a label may say more."""
    native = issue.get("state")
    word = native if isinstance(native, str) else None
    if word == "closed":
        closed: State | None = words.native("state", word)
        return closed
    said: State | None = words.of_labels("state", labels)
    return words.native("state", word) if said is None else said


def kind_of(issue: Row, labels: Sequence[str], words: Words) -> Kind | None:
    """Incident or request: by a label, or by the type of the issue where that says so."""
    said: Kind | None = words.of_labels("kind", labels)
    if said is not None:
        return said
    word = type_of(issue)
    if word in _PLAIN:
        plain: Kind | None = words.mapping.read("kind", word)
        return plain
    typed: Kind | None = words.native("kind", word)
    return typed


def type_of(issue: Row) -> str | None:
    """GitLab's own type of an issue: issue, incident, ticket, task, …"""
    word = issue.get("issue_type") or issue.get("type")
    return word.casefold() if isinstance(word, str) else None


def priority_of(labels: Sequence[str], words: Words) -> Priority | None:
    """How urgent, by its label."""
    value: Priority | None = words.of_labels("priority", labels)
    return value


def severity_of(issue: Row, labels: Sequence[str], words: Words) -> Severity | None:
    """How badly: by a label, or by an incident's own severity (read only in REST)."""
    if words.mapping.place("severity") == Place(PlaceKind.NATIVE, "severity"):
        word = issue.get("severity")
        if not isinstance(word, str) or word.casefold() == "unknown":
            return None
        native: Severity | None = words.native("severity", word)
        return native
    value: Severity | None = words.of_labels("severity", labels)
    return value


def approval_of(labels: Sequence[str], words: Words) -> ApprovalState | None:
    """What the bridge's own label shows."""
    value: ApprovalState | None = words.of_labels("approval", labels)
    return value


def hours_at(field: Field, issue: Row, labels: Sequence[str], words: Words) -> int | None:
    """The seconds of the estimate or of the hours used; None for none, or for two labels that
    disagree. Raises ValueError where GitLab's own field holds no seconds."""
    if words.mapping.place(field) == Place(PlaceKind.NATIVE, "time_estimate"):
        return time_of(issue, "time_estimate") or None
    return _in_labels(field, labels, words, exact_seconds)


def date_at(field: Field, issue: Row, labels: Sequence[str], words: Words) -> date | None:
    """The day of a field that holds one; None for none, or for two labels that disagree. Raises
    ValueError where GitLab's own field holds no day."""
    if words.mapping.place(field) == DUE_DATE:
        return due_on(issue)
    return _in_labels(field, labels, words, date.fromisoformat)


def _in_labels(
    field: Field, labels: Sequence[str], words: Words, read: Callable[[str], T]
) -> T | None:
    """What follows the prefix of a field's labels; what cannot be read is noted."""
    found: set[T] = set()
    for label in labels:
        if has_prefix(field, label, words.mapping):
            try:
                found.add(read(label[len(prefix_of(field, words.mapping)) :]))
            except ValueError:
                words.unknown(field, label)
    return found.pop() if len(found) == 1 else None


def time_of(issue: Row, name: str) -> int:
    """Whole seconds of an issue's or merge request's time statistics. Raises ValueError."""
    statistics = issue.get("time_stats")
    value = statistics.get(name) if isinstance(statistics, dict) else None
    if type(value) is not int or value < 0:
        raise ValueError(f"its {name} should be whole seconds, not {value!r}")
    return value


def organisation_of(path: str | None, labels: Sequence[str], mapping: Mapping) -> str | None:
    """Whose it is: the group that holds its project, or what a label says."""
    place = mapping.place("organisation")
    if place == Place(PlaceKind.NATIVE, "group") and path and "/" in path:
        return path.rpartition("/")[0]
    said = {
        label[len(place.name) :].strip()
        for label in labels
        if has_prefix("organisation", label, mapping)
    }
    return said.pop() if len(said) == 1 else None


def due_on(issue: Row) -> date | None:
    """The agreed date. Raises ValueError for anything else in its place."""
    value = issue.get("due_date")
    return date.fromisoformat(value) if isinstance(value, str) and value else None
