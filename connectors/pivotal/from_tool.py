"""From what a service, or an archive, says to the model: one story in, one ticket out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from bridge.model import Comment, Event, Field, Person, Role, Ticket
from connectors.base import Context
from connectors.pivotal import fields, stamps
from connectors.pivotal.text import new_text
from connectors.toolkit.text import clean

Row = dict[str, Any]
ODD: Final = (ValueError, KeyError, TypeError, AttributeError)
"""What reading a story of an unexpected shape raises: it is set aside, the others go on."""


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
        now = datetime.now(UTC)
        read = [self._comment(row, now) for row in story.get("comments") or ()]
        found = [comment for comment in read if comment.text]
        return tuple(sorted(found, key=lambda comment: comment.at))

    def _ticket(self, story: Row) -> Ticket:
        now = datetime.now(UTC)
        mapping = self.context.mapping
        values = fields.Values.of(story, mapping)
        words = values.words
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
            created_at=stamps.believable(story.get("created_at"), now),
            updated_at=stamps.believable(story.get("updated_at"), now),
            organisation=named if mapping.place("organisation").kind == "native" else None,
            project=str(project) if type(project) is int else None,
            kind=words.read("kind", clean(story.get("story_type"))),
            priority=values.get("priority"),
            severity=values.get("severity"),
            state=words.read("state", clean(story.get("current_state"))),
            estimate=values.get(Field.ESTIMATE.value),
            consumed=values.get(Field.CONSUMED.value),
            approval=values.get(Field.APPROVAL.value),
            due_on=fields.deadline(story),
            link=fields.link(story, mapping),
            labels=values.own_labels,
            unmapped=words.unmapped,
            complete=False,
            doubts=self.doubts,
            raw=story,
        )

    def _comment(self, row: Row, now: datetime) -> Comment:
        said = clean(row.get("text"))
        author = self._who(row, "person")
        ours = self.own is not None and row.get("person_id") == self.own
        genuine = ours and self.context.marks.genuine(said) is not None
        text, doubts = new_text(said)
        at = stamps.believable(row.get("created_at"), now)
        edited = row.get("updated_at")
        edited_at = stamps.believable(edited, now) if edited is not None else None
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

    def _who(self, row: Row, name: str) -> Person:
        """Somebody by the id beside, or by what stands in the row itself."""
        inside = row.get(name)
        shown = inside if isinstance(inside, dict) else {}
        return self.person(row.get(f"{name}_id", shown.get("id")), shown.get("name"))


def why(error: Exception) -> str:
    """A sentence for what could not be read."""
    if isinstance(error, KeyError):
        return f"what the service says about it lacks {error.args[0]!r}"
    return str(error)


def _number(row: Row) -> int:
    number = row["id"]
    if type(number) is not int or number < 1:
        raise ValueError(f"{str(number)[:40]!r} is no number of a {row.get('kind') or 'story'}")
    return int(number)
