"""What a write means in Redmine's words, before anything is sent."""

from __future__ import annotations

from typing import Any

from bridge.model import (
    WRITABLE,
    ApprovalState,
    Field,
    Foreign,
    Holds,
    Message,
    PlaceKind,
    Priority,
    Value,
    Write,
)
from connectors.redmine import fields
from connectors.redmine.names import Names
from connectors.redmine.text import note
from connectors.toolkit.hours import to_text
from connectors.toolkit.rows import Row
from connectors.toolkit.text import clean
from connectors.toolkit.words import Words
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
        ids = _live(mapping, "priority", Priority(int(_number(write.value))), names.priorities)
        return [{"priority_id": int(ids[0])}]
    if write.field is Field.APPROVAL and place == Place(PlaceKind.NATIVE, "status"):
        ids = _live(mapping, "approval", _approval(write.value), names.statuses)
        return [{"status_id": int(ids[0])}]
    if place == Place(PlaceKind.NATIVE, "estimated_hours"):
        return [{"estimated_hours": to_text(_number(write.value))}]
    if place == fields.DUE_DATE:
        return [{"due_date": day_text(write.value)}]
    if place.kind != "custom":
        raise ValueError(
            f"the mapping gives no place in Redmine for {write.field}: it says {str(place)!r}; "
            "write custom:NAME"
        )
    field = fields.custom_field(issue, place)
    if field is None:
        there = ", ".join(f'"{f.get("name")}"' for f in issue.get("custom_fields") or ())
        raise ValueError(
            f'this issue has no field "{place.name}" that the key may see; '
            f"its project and tracker have {there or 'none'}"
        )
    return [
        {"custom_fields": [{"id": field["id"], "value": text}]} for text in _texts(write, mapping)
    ]


def _texts(write: Write, mapping: WordMapping) -> list[str]:
    """The spellings of a value for a custom field. Redmine does not tell which words a list field
    has: where a mapping has several for one value, each may have to be tried."""
    holds = WRITABLE[write.field].holds
    if holds is Holds.HOURS:
        return [to_text(_number(write.value))]
    if holds is Holds.DATES:
        return [day_text(write.value)]
    table = write.field.value
    words = [entry.word for entry in mapping.tables.get(table, ()) if entry.value == write.value]
    if not words:
        raise ValueError(f"the mapping has no word for {write.value!s} in [{table}]")
    return words


def _live(
    mapping: WordMapping, table: str, value: Priority | ApprovalState, names: dict[str, str]
) -> list[str]:
    """Ids of the words for a value that this install has, in the mapping's order."""
    by_word = {name.casefold(): number for number, name in names.items()}
    words = [entry.word for entry in mapping.tables.get(table, ()) if entry.value == value]
    found = [by_word[word.casefold()] for word in words if word.casefold() in by_word]
    if not found:
        there = ", ".join(f'"{name}"' for name in names.values())
        raise ValueError(
            f"the mapping has no word of this Redmine for {value!s} in [{table}]; it has {there}"
        )
    return found


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


def _number(value: Value) -> int:
    if isinstance(value, int):
        return int(value)
    raise ValueError(f"{value!r} is no number")


def _approval(value: Value) -> ApprovalState:
    if isinstance(value, ApprovalState):
        return value
    raise ValueError(f"{value!r} is no approval")
