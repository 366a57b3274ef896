"""What a write means in the service's words, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from bridge.model import Field, Foreign, Message, Write
from connectors.pivotal import durations, fields, labels
from connectors.pivotal.text import comment
from connectors.toolkit.text import clean
from mappings import Mapping

LONGEST: Final = 20_000
"""Of a comment (API sheet, 5)."""
_PRIVATE: Final = (
    "a private message was asked for, and stories have only comments that every member of the "
    "project sees; nothing was written"
)


@dataclass(slots=True)
class WriteRequest:
    """A write, and what would do it; nothing when the story shows the value already.

    `native` are fields of the story itself; `label` is put on the story, instead of them where they
    are not taken; `text` is a comment.
    """

    write: Write
    native: dict[str, Any] = field(default_factory=dict)
    label: str | None = None
    text: str | None = None
    refused: str | None = None

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to send."""
        return not (self.native or self.label or self.text)


def intend(
    write: Write, story: dict[str, Any], project: dict[str, Any], mapping: Mapping
) -> WriteRequest:
    """How to do a write on a story as it stands; `project` has the point scale."""
    if isinstance(write.value, Message):
        return _message(write, write.value)
    try:
        if fields.shown(write.field, story, mapping) == write.value:
            return WriteRequest(write)
        label = labels.text_for(write.field, write.value, mapping)
        return WriteRequest(write, native=_native(write, story, project, mapping), label=label)
    except ValueError as error:
        return WriteRequest(write, refused=str(error))


def _native(
    write: Write, story: dict[str, Any], project: dict[str, Any], mapping: Mapping
) -> dict[str, Any]:
    """The field of the story that takes the value, if the mapping says so and it can."""
    if not fields.is_native(write.field.value, mapping):
        return {}
    if write.field is Field.PRIORITY:
        return {"story_priority": mapping.word("priority", write.value)}  # type: ignore[arg-type]
    points = None
    if is_estimable(story, project) and isinstance(write.value, int):
        points = durations.in_scale(write.value, project.get("point_scale"))
    return {} if points is None else {"estimate": points}


def is_estimable(story: dict[str, Any], project: dict[str, Any]) -> bool:
    """Whether stories of this type have points (API sheet, 6)."""
    kind = story.get("story_type")
    return kind == "feature" or (
        kind in ("bug", "chore") and project.get("bugs_and_chores_are_estimatable") is True
    )


def _message(write: Write, message: Message) -> WriteRequest:
    if not message.public:
        return WriteRequest(write, refused=_PRIVATE)
    parts = tuple((clean(part), isinstance(part, Foreign)) for part in message.parts)
    text = comment(parts, write.mark)
    if len(text) > LONGEST:
        what = f"the message has {len(text)} characters; a comment takes at most {LONGEST}"
        return WriteRequest(write, refused=what)
    return WriteRequest(write, text=text)
