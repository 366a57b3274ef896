"""From what a service, or an archive, says to the model: a story in, a ticket out; activities in,
changes of values out: when, by whom, from what to what (I3; docs/pivotal.md, 7).

Activities name labels by number. A number stands for the name that the label had at that moment:
where a label was renamed since, nobody knows what it said then, and nothing is concluded from it.
Otherwise a rename could turn a label that an approver once set into an approval.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bridge.model import WRITABLE, Comment, Event, EventKind, Person, Role, Ticket
from connectors.base import Context
from connectors.pivotal import feed, fields
from connectors.pivotal.api import instant
from connectors.pivotal.text import new_text
from connectors.toolkit.rows import Row
from connectors.toolkit.stamps import believable
from connectors.toolkit.text import clean
from mappings import WordMapping

LabelName = Callable[[int, datetime], str | None]
"""(label's number, moment) → the name it had then, None where that is not known."""
LABEL: Final = "label"
_SCALARS: Final = {"current_state": "state", "story_type": "kind"}
_IN_LABELS: Final = ("approval", "severity", "priority", "estimate")


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns stories into tickets. Raises ValueError for one that cannot be read as it is; the
    sentence says which value and what was expected.

    `site` is the address below which people see stories; `own` the bridge's account, None in an
    archive; `project_name` knows the names of projects.
    """

    context: Context
    site: str
    own: int | None
    person: Callable[[object, object], Person]
    project_name: Callable[[int], str | None]
    doubts: tuple[str, ...] = ()
    """Why nothing that is read here can ever decide (an archive)."""

    def head(self, story: Row) -> Ticket:
        """What a list row tells, without history (`complete=False`)."""
        return self._ticket(story)

    def full(self, story: Row, events: Sequence[Event]) -> Ticket:
        """A story with its comments, and the changes told of it."""
        return replace(
            self._ticket(story),
            comments=self.comments(story),
            events=tuple(events),
            complete=True,
        )

    def comments(self, story: Row) -> tuple[Comment, ...]:
        """The comments of a story in the order in which they were written."""
        read = [self._comment(row) for row in story.get("comments") or ()]
        worded = [comment for comment in read if comment.text]
        return tuple(sorted(worded, key=lambda comment: comment.at))

    def _ticket(self, story: Row) -> Ticket:
        mapping = self.context.mapping
        values = fields.Values.of(story, mapping)
        words = values.words
        written = {field.value: values.get(field.value) for field in WRITABLE}
        project = story.get("project_id")
        number = _number(story)
        named = self.project_name(project) if type(project) is int else None
        return Ticket(
            source=self.context.name,
            key=str(number),
            url=f"{self.site}/story/show/{number}" if self.site else "",
            title=fields.name_of(story),
            body=clean(story.get("description")),
            requester=self._who(story, "requested_by"),
            created_at=self._at(story.get("created_at")),
            updated_at=self._at(story.get("updated_at")),
            organisation=named if mapping.place("organisation").kind == "native" else None,
            project=str(project) if type(project) is int else None,
            kind=words.read("kind", clean(story.get("story_type"))),
            severity=values.get("severity"),
            state=words.read("state", clean(story.get("current_state"))),
            due_on=fields.deadline(story),
            link=fields.link(story, mapping),
            labels=values.own_labels,
            unmapped=words.unmapped,
            complete=False,
            doubts=self.doubts,
            raw=story,
            **written,
        )

    def _comment(self, row: Row) -> Comment:
        written = clean(row.get("text"))
        author = self._who(row, "person")
        ours = self.own is not None and row.get("person_id") == self.own
        genuine = ours and self.context.marks.genuine(written) is not None
        text, doubts = new_text(written)
        at = self._at(row.get("created_at"))
        edited = row.get("updated_at")
        edited_at = self._at(edited) if edited is not None else None
        return Comment(
            key=str(_number(row)),
            at=at,
            author=author,
            role=Role.BRIDGE if genuine else Role.CLIENT,
            text=text,
            public=True,
            automatic=bool(row.get("commit_identifier") or row.get("commit_type")),
            doubts=(*self.doubts, *doubts),
            edited_at=edited_at if edited_at is not None and edited_at > at else None,
        )

    def _at(self, value: object) -> datetime:
        return believable(value, self.context.clock(), instant)

    def _who(self, row: Row, name: str) -> Person:
        """Somebody by the id beside, or by what stands in the row itself."""
        inside = row.get(name)
        shown = inside if isinstance(inside, dict) else {}
        return self.person(row.get(f"{name}_id", shown.get("id")), shown.get("name"))


def _number(row: Row) -> int:
    number = row["id"]
    if type(number) is not int or number < 1:
        raise ValueError(f"{str(number)[:40]!r} is no number of a {row.get('kind') or 'story'}")
    return int(number)


@dataclass(frozen=True, slots=True)
class EventReader:
    """Makes events of activities. `own` is the bridge's account here."""

    mapping: WordMapping
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
            at = instant(activity.get("occurred_at"))
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
            if not fields.is_value(name, self.mapping):
                yield LABEL, None, name
        for name in removed:
            if not fields.is_value(name, self.mapping):
                yield LABEL, name, None
        if change.get("change_type") != "update":
            return
        for field in _IN_LABELS:
            mine = [name for name in added if fields.belongs(field, name, self.mapping)]
            gone = [name for name in removed if fields.belongs(field, name, self.mapping)]
            if mine or gone:
                # A value that was put beside the old one is what somebody meant to say.
                yield field, self._said(field, before), self._said(field, mine or after)

    def _said(self, field: str, names: list[str]) -> str | None:
        value, _ = fields.read_labels(field, names, self.mapping)
        return None if value is None else str(int(value) if isinstance(value, int) else value.value)

    def _word(self, table: str, word: object) -> str | None:
        value = self.mapping.read(table, word) if isinstance(word, str) else None
        return None if value is None else str(value.value)


def _names(values: Row, at: datetime, reader: EventReader) -> list[str]:
    """The names of the labels among an activity's values, unknown ones left out."""
    given = values.get("labels")
    if isinstance(given, list):
        shown = [item.get("name") if isinstance(item, dict) else item for item in given]
        return [clean(name) for name in shown if isinstance(name, str)]
    ids = values.get("label_ids")
    numbers = [number for number in ids if type(number) is int] if isinstance(ids, list) else []
    names = (reader.label_name(number, at) for number in numbers)
    return [name for name in names if name is not None]


def _hours(points: object) -> str | None:
    try:
        seconds = fields.of_points(points)
    except ValueError:
        return None
    return None if seconds is None else str(seconds)


def _dict(values: object) -> Row:
    return values if isinstance(values, dict) else {}
