"""What a write means in GitLab's words, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from bridge.model import WRITABLE, Field, Holds, Value, Write
from connectors.gitlab import fields
from connectors.toolkit.hours import exact_text
from connectors.toolkit.rows import Row
from connectors.toolkit.words import no_place, seconds_of, words_for
from connectors.toolkit.writer import WriteRequest, day_text
from mappings import WordMapping

DURATION: Final = "duration"
"""In a body: the estimate, which has a call of its own."""
Body = dict[str, Any]
"""What is sent of an issue: labels to add and to remove, the due date, or a duration."""


def shown(field: Field, issue: Row, mapping: WordMapping) -> Value | None:
    """What an issue shows for a field. Raises ValueError for a value of the wrong type."""
    value: Value | None = fields.Issue(issue, mapping).value(field)
    return value


def intend(
    write: Write, issue: Row, mapping: WordMapping, live: Callable[[], Sequence[str]]
) -> WriteRequest[Body]:
    """How to set a field of an issue as it stands; nothing where it shows the value already.
    `live` asks for the labels that its project has."""
    try:
        if shown(write.field, issue, mapping) == write.value:
            return WriteRequest(write)
        if mapping.place(write.field) == fields.TIME:
            return WriteRequest(write, [{DURATION: duration(seconds_of(write.value))}])
        if mapping.place(write.field) == fields.DUE_DATE:
            return WriteRequest(write, [{"due_date": day_text(write.value)}])
        return WriteRequest(write, [_relabelled(write, issue, mapping, live)])
    except ValueError as error:
        return WriteRequest(write, refused=str(error))


def duration(seconds: int) -> str:
    """An estimate with its units: whole minutes where it can be, since a number without a unit
    counts as hours (docs/gitlab.md, 1.10)."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m {rest}s" if rest and minutes else f"{rest}s" if rest else f"{minutes}m"


def _relabelled(
    write: Write, issue: Row, mapping: WordMapping, live: Callable[[], Sequence[str]]
) -> Body:
    """One label in, every other one of the field out, in one call: that scoped labels exclude
    each other is a matter of the tier (docs/gitlab.md, 5)."""
    if mapping.place(write.field).kind != "label":
        raise no_place(write.field, mapping, "GitLab", "label:PREFIX")
    wanted = _label(write, mapping, live)
    others = [
        label
        for label in fields.labels_of(issue)
        if label != wanted
        and (
            fields.has_prefix(write.field, label, mapping)
            or fields.meaning(str(write.field), label, mapping)[0] is not None
        )
    ]
    return {"add_labels": [wanted], "remove_labels": others}


def _label(write: Write, mapping: WordMapping, live: Callable[[], Sequence[str]]) -> str:
    """The label for a value: of the mapping's words the first that the project has. Where it has
    none, GitLab makes the first of them."""
    holds = WRITABLE[write.field].holds
    if holds is not Holds.WORDS:
        hours = holds is Holds.HOURS
        text = exact_text(seconds_of(write.value)) if hours else day_text(write.value)
        return fields.label_for(write.field, text, mapping)
    words = words_for(mapping, write.field, write.value)
    labels = [fields.label_for(write.field, word, mapping) for word in words]
    there = {name.casefold(): name for name in live()}
    return next((there[low] for name in labels if (low := name.casefold()) in there), labels[0])
