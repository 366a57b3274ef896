"""What a ticket takes, by attribute; one that is wrong refuses them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from connectors.sandbox.freshdesk.fields import SOURCES, custom_value, mismatch, one_of
from connectors.sandbox.freshdesk.html import kept
from connectors.sandbox.freshdesk.parameters import instant
from connectors.sandbox.freshdesk.records import CLOSED, OUTBOUND, RESOLVED, Ticket
from connectors.sandbox.freshdesk.refusals import Wrong, invalid, unexpected
from connectors.sandbox.freshdesk.world import World

Judge = Callable[[World, str, Any], Wrong | None]
_TIMES: Final = {"due_by", "fr_due_by"}


def _string(world: World, name: str, value: Any) -> Wrong | None:
    if type(value) is not str:
        return mismatch(name, value, "String")
    told = f"Has {len(value)} characters, it can have maximum of 255 characters"
    return Wrong(name, told) if name == "subject" and len(value) > 255 else None


def _number(world: World, name: str, value: Any) -> Wrong | None:
    return None if type(value) is int else mismatch(name, value, "Positive Integer")


def _status(world: World, name: str, value: Any) -> Wrong | None:
    return one_of(name, value, [int(n) for n in world.status_choices()])


def _priority(world: World, name: str, value: Any) -> Wrong | None:
    return one_of(name, value, [1, 2, 3, 4])


def _source(world: World, name: str, value: Any) -> Wrong | None:
    return one_of(name, value, sorted(SOURCES.values()))


def _type(world: World, name: str, value: Any) -> Wrong | None:
    return None if value is None else one_of(name, value, world.field("ticket_type").words, str)


def _record(kind: str) -> Judge:
    def judge(world: World, name: str, value: Any) -> Wrong | None:
        if value is None and name != "requester_id":
            return None
        if type(value) is not int:
            return mismatch(name, value, "Positive Integer")
        person = world.people.get(value)
        known = {
            "agent": person is not None and person.agent,
            "contact": person is not None,
            "group": value in world.groups,
            "company": value in world.companies,
        }[kind]
        return None if known else Wrong(name, f"There is no {kind} matching the given {name}")

    return judge


def _company(world: World, name: str, value: Any) -> Wrong | None:
    if not world.multiple_companies:
        told = "The attribute company_id requires the Multiple Companies feature"
        return Wrong(name, told, "inaccessible_field")
    return _record("company")(world, name, value)


def _due(world: World, name: str, value: Any) -> Wrong | None:
    if instant(value) is None:
        told = "It should be in the 'combined date and time ISO8601' format"
        return Wrong(name, told, "invalid_date")
    return None


def _texts(world: World, name: str, value: Any) -> Wrong | None:
    if type(value) is not list:
        return mismatch(name, value, "Array")
    fits = all(type(each) is str for each in value)
    return None if fits else Wrong(name, "It should contain elements of type String only")


def _none(feature: str) -> Judge:
    """Accepted by the reference where an account has a feature that this one has not."""

    def judge(world: World, name: str, value: Any) -> Wrong | None:
        return Wrong(name, f"The attribute {name} requires {feature}", "inaccessible_field")

    return judge


UPDATE: Final[Mapping[str, Judge]] = {
    "name": _string,
    "requester_id": _record("contact"),
    "email": _string,
    "phone": _string,
    "facebook_id": _none("a Facebook page"),
    "twitter_id": _none("a Twitter handle"),
    "unique_external_id": _none("unique external ids"),
    "subject": _string,
    "type": _type,
    "status": _status,
    "priority": _priority,
    "description": _string,
    "responder_id": _record("agent"),
    "attachments": _none("multipart/form-data"),
    "due_by": _due,
    "fr_due_by": _due,
    "email_config_id": _number,
    "group_id": _record("group"),
    "parent_id": _none("parent-child ticketing"),
    "product_id": _none("products"),
    "source": _source,
    "tags": _texts,
    "company_id": _company,
    "internal_agent_id": _none("shared ownership"),
    "internal_group_id": _none("shared ownership"),
    "lookup_parameter": _none("custom objects"),
}
CREATE: Final[Mapping[str, Judge]] = {**UPDATE, "cc_emails": _texts}


def judge(world: World, given: Mapping[str, Any], allowed: Mapping[str, Judge]) -> list[Wrong]:
    """Everything that is wrong with some attributes."""
    wrong: list[Wrong | None] = []
    for name, value in given.items():
        if name == "custom_fields":
            wrong += _custom(world, value)
        elif name in allowed:
            wrong.append(allowed[name](world, name, value))
        else:
            wrong.append(unexpected(name))
    return [each for each in wrong if each is not None]


def _custom(world: World, value: Any) -> list[Wrong | None]:
    if type(value) is not dict:
        return [mismatch("custom_fields", value, "key/value pair")]
    known = world.custom
    return [
        custom_value(known[name], each) if name in known else unexpected(name)
        for name, each in value.items()
    ]


def update(world: World, ticket: Ticket, given: Mapping[str, Any]) -> None:
    """Judge an update as a whole, then do it. Raises Refusal (400) and changes nothing."""
    wrong = judge(world, given, UPDATE)
    if not given:
        wrong.append(Wrong("request", "Missing params in the request", "missing_field"))
    if ticket.source == OUTBOUND:
        told = "Outbound tickets keep it as it was sent"
        fixed = [name for name in ("subject", "description") if name in given]
        wrong += [Wrong(name, told, "readonly_field") for name in fixed]
    if not wrong:
        wrong = [*_unclosable(world, ticket, given), *_untimely(ticket, given)]
    if wrong:
        raise invalid(wrong)
    apply(world, ticket, given, world.now())


def _unclosable(world: World, ticket: Ticket, given: Mapping[str, Any]) -> list[Wrong]:
    """A field that the form wants filled for closing, and is not."""
    if given.get("status", ticket.status) not in (RESOLVED, CLOSED):
        return []
    then = ticket.custom_fields | given.get("custom_fields", {})
    told = "It should not be blank as this is a mandatory field"
    return [
        Wrong(name, told, "missing_field")
        for name, field in world.custom.items()
        if field.required_for_closure and then.get(name) in (None, "")
    ]


def _untimely(ticket: Ticket, given: Mapping[str, Any]) -> list[Wrong]:
    """Due times come together, after the creation, the first response's not after the other, and
    not on a ticket that is done."""
    if not given.keys() & _TIMES:
        return []
    if given.get("status", ticket.status) in (RESOLVED, CLOSED):
        told = "It cannot be set on a ticket that is resolved or closed"
        return [Wrong(name, told, "incompatible_field") for name in given if name in _TIMES]
    times = {name: instant(given.get(name)) or getattr(ticket, name) for name in _TIMES}
    for name, other in (("due_by", "fr_due_by"), ("fr_due_by", "due_by")):
        if times[name] is None:
            return [Wrong(name, f"It should not be blank if {other} is given", "missing_field")]
    for name in sorted(given.keys() & _TIMES):
        if times[name] <= ticket.created_at:
            return [Wrong(name, "It should be greater than created_at")]
    if times["due_by"] < times["fr_due_by"]:
        return [Wrong("due_by", "It should be greater than or equal to fr_due_by")]
    return []


def apply(world: World, ticket: Ticket, given: Mapping[str, Any], at: datetime) -> None:
    """Set attributes that were judged, and move the ticket's stamp."""
    for name, value in given.items():
        match name:
            case "custom_fields":
                ticket.custom_fields |= value
            case "status":
                world.set_status(ticket, value, at)
            case "description":
                ticket.description = kept(value)
            case "due_by" | "fr_due_by":
                setattr(ticket, name, instant(value))
                ticket.timed_by_hand = True
            case "tags":
                ticket.tags = list(dict.fromkeys(value))
            case "priority":
                ticket.priority = value
                if world.sla and not ticket.timed_by_hand:
                    world.promise(ticket)
            case "email" | "name" | "phone":
                _ask_as(world, ticket, given)
            case _:
                setattr(ticket, name, value)
    world.touch(ticket, at)


def _ask_as(world: World, ticket: Ticket, given: Mapping[str, Any]) -> None:
    """A requester given by address: an unknown one becomes a contact."""
    email = given.get("email")
    if email is None:
        return
    known = world.by_email(email)
    person = known or world.add_contact(given.get("name", email.partition("@")[0]), email)
    ticket.requester_id = person.id
