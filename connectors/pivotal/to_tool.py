"""What a write means in the service's words, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bridge.model import Field, Foreign, Message, Write
from connectors.pivotal import fields
from connectors.pivotal.text import comment
from connectors.toolkit.rows import Row
from connectors.toolkit.text import clean
from connectors.toolkit.writer import WriteRequest
from mappings import WordMapping

LONGEST: Final = 20_000
"""Of a comment (docs/pivotal.md, 5)."""
_PRIVATE: Final = (
    "a private message was asked for, and stories have only comments that every member of the "
    "project sees; nothing was written"
)


@dataclass(slots=True)
class Change:
    """What would do a write: `native` are fields of the story itself; `label` is put on the story,
    instead of them where they are not taken; `text` is a comment."""

    native: Row = field(default_factory=dict)
    label: str = ""
    text: str = ""


def intend(write: Write, story: Row, project: Row, mapping: WordMapping) -> WriteRequest[Change]:
    """How to do a write on a story as it stands; `project` has the point scale."""
    if isinstance(write.value, Message):
        return _message(write, write.value)
    try:
        if fields.shown(write.field, story, mapping) == write.value:
            return WriteRequest(write)
        label = fields.text_for(write.field, write.value, mapping)
        return WriteRequest(write, [Change(_native(write, story, project, mapping), label)])
    except ValueError as error:
        return WriteRequest(write, refused=str(error))


def _native(write: Write, story: Row, project: Row, mapping: WordMapping) -> Row:
    """The field of the story that takes the value, if the mapping says so and it can."""
    if not fields.is_native(write.field.value, mapping):
        return {}
    if write.field is Field.PRIORITY:
        return {"story_priority": mapping.word("priority", write.value)}  # type: ignore[arg-type]
    points = None
    if is_estimable(story, project) and isinstance(write.value, int):
        points = fields.in_scale(write.value, project.get("point_scale"))
    return {} if points is None else {"estimate": points}


def is_estimable(story: Row, project: Row) -> bool:
    """Whether stories of this type have points (docs/pivotal.md, 6)."""
    kind = story.get("story_type")
    return kind == "feature" or (
        kind in ("bug", "chore") and project.get("bugs_and_chores_are_estimatable") is True
    )


def _message(write: Write, message: Message) -> WriteRequest[Change]:
    if not message.public:
        return WriteRequest(write, refused=_PRIVATE)
    parts = tuple((clean(part), isinstance(part, Foreign)) for part in message.parts)
    text = comment(parts, write.mark)
    if len(text) > LONGEST:
        what = f"the message has {len(text)} characters; a comment takes at most {LONGEST}"
        return WriteRequest(write, refused=what)
    return WriteRequest(write, [Change(text=text)])
