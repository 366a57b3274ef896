"""What a write means in Redmine's words, before anything is sent."""

from __future__ import annotations

from typing import Any

from bridge.model import (
    WRITABLE,
    Field,
    Foreign,
    Holds,
    Message,
    PlaceKind,
    Value,
    Write,
)
from connectors.redmine import fields
from connectors.redmine.names import Names
from connectors.redmine.text import note
from connectors.toolkit.check import listed
from connectors.toolkit.hours import to_text
from connectors.toolkit.rows import Row
from connectors.toolkit.text import clean
from connectors.toolkit.words import Words, no_place, seconds_of, words_for
from connectors.toolkit.writer import WriteRequest, day_text
from mappings import Place, WordMapping

Body = dict[str, Any]
"""What is sent of an issue."""


def shown(field: Field, issue: Row, mapping: WordMapping) -> Value | None:
    """What an issue shows for a field. Raises ValueError for a value of the wrong type."""
    value: Value | None = fields.value_of(field, issue, Words(mapping))
    return value


def intend(write: Write, issue: Row, mapping: WordMapping, names: Names) -> WriteRequest[Body]:
    """How to do a write on an issue as it stands; nothing where it already shows the value."""
    if isinstance(write.value, Message):
        return _message(write, write.value, issue, names)
    try:
        if shown(write.field, issue, mapping) == write.value:
            return WriteRequest(write)
        return WriteRequest(write, _bodies(write, issue, mapping, names))
    except ValueError as error:
        return WriteRequest(write, refused=str(error))


def _bodies(write: Write, issue: Row, mapping: WordMapping, names: Names) -> list[Body]:
    place = mapping.place(write.field)
    if write.field is Field.PRIORITY and place.kind != "custom":
        return [{"priority_id": _live(mapping, write, names.priorities)}]
    if write.field is Field.APPROVAL and place == Place(PlaceKind.NATIVE, "status"):
        return [{"status_id": _live(mapping, write, names.statuses)}]
    if place == Place(PlaceKind.NATIVE, "estimated_hours"):
        return [{"estimated_hours": to_text(seconds_of(write.value))}]
    if place == fields.DUE_DATE:
        return [{"due_date": day_text(write.value)}]
    if place.kind != "custom":
        raise no_place(write.field, mapping, "Redmine", "custom:NAME")
    field = fields.custom_field(issue, place)
    if field is None:
        there = listed(str(f.get("name")) for f in issue.get("custom_fields") or ())
        raise ValueError(
            f'this issue has no field "{place.name}" that the key may see; '
            f"its project and tracker have {there}"
        )
    return [
        {"custom_fields": [{"id": field["id"], "value": text}]} for text in _texts(write, mapping)
    ]


def _texts(write: Write, mapping: WordMapping) -> list[str]:
    """The spellings of a value for a custom field. Redmine does not tell which words a list field
    has: where a mapping has several for one value, each may have to be tried."""
    holds = WRITABLE[write.field].holds
    if holds is Holds.HOURS:
        return [to_text(seconds_of(write.value))]
    if holds is Holds.DATES:
        return [day_text(write.value)]
    return words_for(mapping, write.field, write.value)


def _live(mapping: WordMapping, write: Write, names: dict[str, str]) -> int:
    """The id of the first of the mapping's words for a value that this install has."""
    by_word = {name.casefold(): number for number, name in names.items()}
    entries = mapping.tables.get(write.field.value, ())
    words = [entry.word.casefold() for entry in entries if entry.value == write.value]
    number = next((by_word[word] for word in words if word in by_word), None)
    if number is None:
        raise ValueError(
            f"the mapping has no word of this Redmine for {write.value!s} in "
            f"[{write.field.value}]; it has {listed(names.values())}"
        )
    return int(number)


def _message(write: Write, message: Message, issue: Row, names: Names) -> WriteRequest[Body]:
    if not message.public:
        granted = names.rights(issue["project"]["id"])
        lacking = [
            permission
            for permission in ("set_notes_private", "view_private_notes")
            if granted is None or not granted.may(permission)
        ]
        if lacking:
            # Without the first Redmine makes the note public; without the second it would not be
            # found again.
            return WriteRequest(
                write,
                refused="a private note was asked for and the account lacks the right to write and "
                f"see one here ({', '.join(lacking)}); nothing was written",
            )
    parts = tuple((clean(part), isinstance(part, Foreign)) for part in message.parts)
    body = {"notes": note(parts, write.mark), "private_notes": not message.public}
    return WriteRequest(write, [body])
