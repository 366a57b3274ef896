"""The ticket form: which fields there are, what they take, and how the tool shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from connectors.sandbox.freshdesk.refusals import Wrong
from connectors.sandbox.freshdesk.words import Words

SOURCES: Final = {
    "Email": 1,
    "Portal": 2,
    "Phone": 3,
    "Forum": 4,
    "Twitter": 5,
    "Facebook": 6,
    "Chat": 7,
    "MobiHelp": 8,
    "Feedback Widget": 9,
    "Outbound Email": 10,
    "Ecommerce": 11,
    "Bot": 12,
    "Whatsapp": 13,
}
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_KINDS: Final = {
    str: "String",
    bool: "Boolean",
    int: "Integer",
    Decimal: "Float",
    list: "Array",
    dict: "key/value pair",
    type(None): "Null",
}


@dataclass(slots=True)
class Field:
    """One field of the form. `choices` has the shape that its type has."""

    id: int
    name: str
    label: str
    type: str
    choices: Any = None
    required_for_closure: bool = False
    required_for_agents: bool = False
    default: bool = False
    position: int = 0
    nested: list[dict[str, Any]] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        """The values of a dropdown; of a nested field those of its first level."""
        if self.type == "nested_field":
            return [next(iter(branch)) for branch in self.choices]
        return list(self.choices or ())


def kind_of(value: object) -> str:
    """The word that the tool has for the type of a value."""
    return _KINDS.get(type(value), "String")


def mismatch(name: str, value: object, wanted: str) -> Wrong:
    return Wrong(
        name,
        f"Value set is of type {kind_of(value)}.It should be a/an {wanted}",
        "datatype_mismatch",
    )


def one_of(name: str, value: object, allowed: list[Any], kind: type = int) -> Wrong | None:
    """A choice by number or word: of the right type, and among those that exist."""
    listed = f"It should be one of these values: '{','.join(str(each) for each in allowed)}'"
    if type(value) is not kind:
        told = f"Value set is of type {kind_of(value)}.{listed}"
        return Wrong(name, told, "datatype_mismatch")
    return None if value in allowed else Wrong(name, listed)


def custom_value(wanted: Field, value: object) -> Wrong | None:
    """What is wrong with a value of a custom field; null clears one."""
    if value is None:
        return None
    name = wanted.name
    match wanted.type:
        case "custom_dropdown" | "nested_field":
            return one_of(name, value, wanted.words, str)
        case "custom_number":
            return None if type(value) is int else mismatch(name, value, "Integer")
        case "custom_decimal":
            fits = type(value) is int or isinstance(value, Decimal)
            return None if fits else mismatch(name, value, "Number")
        case "custom_checkbox":
            return None if type(value) is bool else mismatch(name, value, "Boolean")
        case "custom_date":
            return _day(name, value)
        case _:
            if type(value) is not str:
                return mismatch(name, value, "String")
            too_long = wanted.type == "custom_text" and len(value) > 255
            told = f"Has {len(value)} characters, it can have maximum of 255 characters"
            return Wrong(name, told) if too_long else None


def _day(name: str, value: object) -> Wrong | None:
    if type(value) is not str:
        return mismatch(name, value, "String")
    try:
        if _DAY.fullmatch(value):
            date.fromisoformat(value)
            return None
    except ValueError:
        pass
    return Wrong(name, "It should be in the 'yyyy-mm-dd' format")


def shown(each: Field, created_at: datetime) -> dict[str, Any]:
    """A field as `GET /ticket_fields` lists it."""
    stamp = created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    row: dict[str, Any] = {
        "id": each.id,
        "name": each.name,
        "label": each.label,
        "description": each.label if each.default else "",
        "position": each.position,
        "required_for_closure": each.required_for_closure,
        "required_for_agents": each.required_for_agents,
        "type": each.type,
        "default": each.default,
        "customers_can_edit": False,
        "customers_can_filter": False,
        "label_for_customers": each.label,
        "required_for_customers": False,
        "displayed_to_customers": True,
        "created_at": stamp,
        "updated_at": stamp,
    }
    if each.name == "requester":
        row |= {"portal_cc": False, "portal_cc_to": "company"}
    if each.choices is not None:
        row["choices"] = each.choices
    if each.nested:
        row["nested_ticket_fields"] = each.nested
    return row


def standard(words: Words) -> list[Field]:
    """The fields of every account. Choices of people, groups and products are filled when shown."""
    required = {"requester", "subject", "status", "priority", "description"}
    found = [
        Field(
            67_000_439_404 + number,
            name,
            label,
            f"default_{name}",
            default=True,
            required_for_agents=name in required,
            position=number + 1,
        )
        for number, (name, label) in enumerate(words.fields.items())
    ]
    by_name = {each.name: each for each in found}
    by_name["ticket_type"].choices = list(words.types)
    by_name["source"].choices = dict(SOURCES)
    by_name["priority"].choices = {word: n + 1 for n, word in enumerate(words.priorities)}
    by_name["status"].choices = {str(n): [ours, theirs] for n, ours, theirs in words.statuses}
    return found


def of_the_agency(words: Words) -> list[tuple[str, str, str, Any]]:
    """The custom fields of the seeded world: name, label, type, choices."""
    types: dict[str, tuple[str, Any]] = {
        "estimate": ("custom_decimal", None),
        "consumed": ("custom_decimal", None),
        "approval": ("custom_dropdown", list(words.approvals)),
        "severity": ("custom_dropdown", list(words.severities)),
        "reference": ("custom_text", None),
        "visits": ("custom_number", None),
        "go_live": ("custom_date", None),
        "warranty": ("custom_checkbox", None),
        "area": (
            "nested_field",
            [{"Web": [{"Shop": ["Cart", "Payment"]}, {"Content": []}]}, {"Mail": []}],
        ),
    }
    return [(*words.custom[role], *types[role]) for role in types]
