"""Changes of values, from activities: when, by whom, from what to what (I3; API sheet, 7).

Activities name labels by number. A number stands for the name that the label had at that moment:
where a label was renamed since, nobody knows what it said then, and nothing is concluded from it.
Otherwise a rename could turn a label that an approver once set into an approval.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bridge.model import Event, EventKind, Person
from connectors.pivotal import durations, feed, fields, labels, stamps
from connectors.toolkit.text import clean
from mappings import Mapping

Row = dict[str, Any]
LabelName = Callable[[int, datetime], str | None]
"""(label's number, moment) → the name it had then, None where that is not known."""
LABEL: Final = "label"
_SCALARS: Final = {"current_state": "state", "story_type": "kind"}
_IN_LABELS: Final = ("approval", "severity", "priority", "estimate")


@dataclass(frozen=True, slots=True)
class Teller:
    """Makes events of activities. `own` is the bridge's account here."""

    mapping: Mapping
    own: int | None
    person: Callable[[object, object], Person]
    label_name: LabelName

    def of(self, activity: Row, story: int) -> Iterator[Event]:
        """The events of one activity that concern a story. Raises ValueError for an activity whose
        time cannot be read."""
        who = activity.get("performed_by")
        who = who if isinstance(who, dict) else {"id": activity.get("performed_by_id")}
        guid = feed.guid_of(activity)
        for change in feed.changes_of(activity, "story"):
            if change.get("id") != story:
                continue
            at = stamps.parse(activity.get("occurred_at"))
            for kind, old, new in self._values(change, at):
                # One activity tells one change of a value; of labels, as many as it likes.
                about = f":{'-' if new is None else '+'}{new or old}" if kind == LABEL else ""
                yield Event(
                    key=f"{guid}:{kind}{about}",
                    at=at,
                    kind=EventKind(kind),
                    actor=self.person(who.get("id"), who.get("name")),
                    old=old,
                    new=new,
                    own=self.own is not None and who.get("id") == self.own,
                )

    def _values(self, change: Row, at: datetime) -> Iterator[tuple[str, str | None, str | None]]:
        old, new = _dict(change.get("original_values")), _dict(change.get("new_values"))
        if change.get("change_type") == "update":
            for name, table in _SCALARS.items():
                if name in new:
                    yield table, self._word(table, old.get(name)), self._word(table, new[name])
            if "story_priority" in new and fields.is_native("priority", self.mapping):
                words = (fields.priority_word(old), fields.priority_word(new))
                yield "priority", self._word("priority", words[0]), self._word("priority", words[1])
            if "estimate" in new and fields.is_native("estimate", self.mapping):
                yield "estimate", _hours(old.get("estimate")), _hours(new["estimate"])
        if "label_ids" in new or "labels" in new:
            yield from self._labels(_names(old, at, self), _names(new, at, self), change)

    def _labels(
        self, before: list[str], after: list[str], change: Row
    ) -> Iterator[tuple[str, str | None, str | None]]:
        added = [name for name in after if name not in before]
        removed = [name for name in before if name not in after]
        for name in added:
            if not labels.is_value(name, self.mapping):
                yield LABEL, None, name
        for name in removed:
            if not labels.is_value(name, self.mapping):
                yield LABEL, name, None
        if change.get("change_type") != "update":
            return
        for field in _IN_LABELS:
            mine = [name for name in added if labels.belongs(field, name, self.mapping)]
            gone = [name for name in removed if labels.belongs(field, name, self.mapping)]
            if mine or gone:
                # A value that was put beside the old one is what somebody meant to say.
                yield field, self._said(field, before), self._said(field, mine or after)

    def _said(self, field: str, names: list[str]) -> str | None:
        value, _ = labels.read(field, names, self.mapping)
        return None if value is None else str(int(value) if isinstance(value, int) else value.value)

    def _word(self, table: str, word: object) -> str | None:
        value = self.mapping.read(table, word) if isinstance(word, str) else None
        return None if value is None else str(value.value)


def _names(values: Row, at: datetime, teller: Teller) -> list[str]:
    """The names of the labels among an activity's values, unknown ones left out."""
    given = values.get("labels")
    if isinstance(given, list):
        found = [item.get("name") if isinstance(item, dict) else item for item in given]
        return [clean(name) for name in found if isinstance(name, str)]
    ids = values.get("label_ids")
    numbers = [number for number in ids if type(number) is int] if isinstance(ids, list) else []
    names = (teller.label_name(number, at) for number in numbers)
    return [name for name in names if name is not None]


def _hours(points: object) -> str | None:
    try:
        seconds = durations.of_points(points)
    except ValueError:
        return None
    return None if seconds is None else str(seconds)


def _dict(values: object) -> Row:
    return values if isinstance(values, dict) else {}
