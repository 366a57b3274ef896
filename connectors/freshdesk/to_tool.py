"""What a write means in Freshdesk's words, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

import bridge.model as model
from bridge.model import (
    WRITABLE,
    Holds,
    PlaceKind,
    Value,
    Write,
)
from connectors.freshdesk import form as forms
from connectors.freshdesk.form import Field, Form, Values, tags_of
from connectors.toolkit import stamps
from connectors.toolkit.check import listed
from connectors.toolkit.hours import entry_seconds, to_text
from connectors.toolkit.rows import Row
from connectors.toolkit.words import no_place, words_for
from connectors.toolkit.writer import WriteRequest
from mappings import Place, WordMapping

_HOUR: Final = 3600
_LEAST: Final = Decimal("0.0001")
_MINUTE: Final = 60
_TAG_LIMIT: Final = 32


class Body(NamedTuple):
    """What of a PUT would do a write. `name` is the API name by which Freshdesk complains of it."""

    name: str
    fields: dict[str, Any]


def shown(wanted: model.Field, values: Values) -> Value | None:
    """What a ticket shows for a field. Raises ValueError for a value of the wrong type."""
    if wanted is model.Field.PRIORITY:
        return values.priority()
    if wanted is model.Field.APPROVAL:
        return values.approval()
    if WRITABLE[wanted].holds is Holds.DATES:
        return values.date_at(values.mapping.place(wanted))
    return values.hours_at(values.mapping.place(wanted))


def intend(write: Write, row: Row, form: Form) -> WriteRequest[Body]:
    """How to do a write on a ticket as it stands; nothing where it shows the value already (each
    PUT moves the ticket's stamp and may set off the account's automations)."""
    try:
        if shown(write.field, Values(row, form)) == write.value:
            return WriteRequest(write)
        return WriteRequest(write, [Body(*_body(write, row, form))])
    except ValueError as error:
        return WriteRequest(write, refused=str(error))


def merged(bodies: Iterable[Body]) -> dict[str, Any]:
    """One body for several writes; of custom fields only those that change."""
    whole: dict[str, Any] = {}
    for body in bodies:
        for name, value in body.fields.items():
            if name == "custom_fields":
                whole.setdefault(name, {}).update(value)
            elif name == "tags" and name in whole:
                added = [tag for tag in value if tag not in whole[name]]
                whole[name] = [*(t for t in whole[name] if t in value or t in added), *added]
            else:
                whole[name] = value
    return whole


def _body(write: Write, row: Row, form: Form) -> tuple[str, dict[str, Any]]:
    mapping = form.mapping
    place = mapping.place(write.field)
    if WRITABLE[write.field].holds is Holds.HOURS:
        target = _custom(write.field, place, form)
        return target.name, _custom_body(target, hours(target, write.value))
    if WRITABLE[write.field].holds is Holds.DATES:
        return _due_by(write, row) if place == forms.DUE_BY else _day(write, place, row, form)
    if place == Place(PlaceKind.NATIVE, "priority"):
        word = _live(write.field, write.value, form.priorities.values(), mapping)
        number = next(n for n, known in form.priorities.items() if known == word)
        return "priority", {"priority": number}
    if place.kind == "label":
        return "tags", {"tags": _tags(place, words_for(mapping, write.field, write.value)[0], row)}
    target = _custom(write.field, place, form)
    if target.type not in forms.WORDED:
        raise ValueError(wrong_type(write.field, target))
    words = words_for(mapping, write.field, write.value)
    word = _live(write.field, write.value, target.choices, mapping) if target.choices else words[0]
    return target.name, _custom_body(target, word)


def _due_by(write: Write, row: Row) -> tuple[str, dict[str, Any]]:
    """Freshdesk takes this time only with one for the first response that is not later, which stays
    where it is one."""
    if not isinstance(write.value, datetime):
        raise ValueError(f"{write.value!r} is no instant")
    body = {"due_by": stamps.show(write.value)}
    response = row.get("fr_due_by")
    if response is None or stamps.parse(response) > write.value:
        body["fr_due_by"] = body["due_by"]
    return "due_by", body


def _day(write: Write, place: Place, row: Row, form: Form) -> tuple[str, dict[str, Any]]:
    day = str(model.plain(write.value))
    if place.kind == "label":
        return "tags", {"tags": _tags(place, day, row)}
    target = _custom(write.field, place, form)
    if target.type not in (forms.DATE, *forms.TEXTS):
        raise ValueError(wrong_type(write.field, target))
    return target.name, _custom_body(target, day)


def hours(target: Field, value: object) -> Any:
    """Hours as a field of this type takes them; types are strict (`2.5` is not `"2.5"`).

    Raises ValueError where it cannot hold them.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{value!r} is no duration")
    if target.type == forms.DECIMAL:
        return float(_hours_text(value))  # JSON has no other decimals
    if target.type in forms.TEXTS:
        return _hours_text(value)
    if target.type == forms.NUMBER:
        if value % _HOUR:
            raise ValueError(
                f'the field "{target.label}" takes whole hours only, and {to_text(value)} h are '
                f"none; make it a decimal field ({forms.DECIMAL})"
            )
        return value // _HOUR
    raise ValueError(wrong_type(model.Field.CONSUMED, target))


def wrong_type(wanted: model.Field, target: Field) -> str:
    """A sentence for a field that cannot hold what is to be written."""
    return f'the field "{target.label}" is {target.type}; {wanted} needs {best_type(wanted)}'


def best_type(wanted: model.Field) -> str:
    """The type of a field of one's own that holds such values best."""
    kept = {Holds.HOURS: forms.DECIMAL, Holds.DATES: forms.DATE, Holds.WORDS: forms.DROPDOWN}
    return kept[WRITABLE[wanted].holds]


def _hours_text(seconds: int) -> str:
    """Two decimals for whole minutes, from which each minute is read back; else four, from which
    each second is. 1,188 s are 0.33 h, which is how 20 minutes are written: they go as 0.3301."""
    if not seconds % _MINUTE:
        return str((Decimal(seconds) / _HOUR).quantize(Decimal("0.01"), "ROUND_HALF_UP"))
    text = to_text(seconds)
    return text if entry_seconds(text) == seconds else str(Decimal(text) + _LEAST)


def _custom(wanted: model.Field, place: Place, form: Form) -> Field:
    if place.kind != "custom":
        raise no_place(wanted, form.mapping, "Freshdesk", "custom:LABEL")
    field = form.at(place)
    if field is None:
        there = listed(known.label for known in form.custom)
        raise ValueError(f'the ticket form has no field "{place.name}"; it has {there}')
    return field


def _custom_body(target: Field, value: Any) -> dict[str, Any]:
    return {"custom_fields": {target.name: value}}


def _live(field: model.Field, value: object, there: Any, mapping: WordMapping) -> str:
    """The first of the mapping's words for a value that the account has, as it spells it."""
    by_word = {str(word).casefold(): str(word) for word in there}
    wanted = words_for(mapping, field, value)
    found = next((by_word[w.casefold()] for w in wanted if w.casefold() in by_word), None)
    if found is None:
        raise ValueError(
            f"Freshdesk has none of the mapping's words for {value!s} in [{field.value}] "
            f"({listed(wanted)}); it has {listed(by_word.values())}"
        )
    return found


def _tags(place: Place, word: str, row: Row) -> list[str]:
    """The whole list of tags with ours in it: a PUT replaces all."""
    tag = f"{place.name}{word}"
    if len(tag) > _TAG_LIMIT:
        raise ValueError(f'a tag has at most {_TAG_LIMIT} characters; "{tag}" is longer')
    prefix = place.name.casefold()
    others = [known for known in tags_of(row) if not known.casefold().startswith(prefix)]
    return [*others, tag]
