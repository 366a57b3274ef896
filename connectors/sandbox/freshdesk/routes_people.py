"""The form, and who is there: fields, agents, contacts, companies, groups, roles, settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from starlette.responses import Response

from connectors.sandbox.core import json_answer
from connectors.sandbox.freshdesk import fields, parameters, refusals, shapes
from connectors.sandbox.freshdesk.door import Call, Routes, Verb
from connectors.sandbox.freshdesk.limits import CONTACTS
from connectors.sandbox.freshdesk.parameters import PAGED, instant, page_of
from connectors.sandbox.freshdesk.records import ADMIN, ROLES, VIEW, Person

_CONTACTS: Final = {
    "email": parameters.text,
    "mobile": parameters.text,
    "phone": parameters.text,
    "unique_external_id": parameters.text,
    "company_id": parameters.integer,
    "state": parameters.among("blocked", "deleted", "unverified", "verified"),
    "updated_since": parameters.a_time,
    **PAGED,
}
_AGENTS: Final = {
    "email": parameters.text,
    "mobile": parameters.text,
    "phone": parameters.text,
    "state": parameters.among("fulltime", "occasional"),
    **PAGED,
}


def form(call: Call) -> Response:
    """The fields of the form; people and groups are choices by their names."""
    world = call.world
    named = {
        "agent": {p.name: p.id for p in world.people.values() if p.agent},
        "group": {g.name: g.id for g in world.groups.values()},
        "product": {},
    }
    wanted = call.query.get("type")
    rows = [
        fields.shown(each, world.opened_at)
        | ({"choices": named[each.name]} if each.name in named else {})
        for each in world.fields
        if wanted in (None, each.type)
    ]
    return json_answer(rows)


def _known(call: Call, records: dict[int, Any]) -> Any:
    found = records.get(call.ids["id"])
    if found is None:
        raise refusals.missing()
    return found


def _listed(call: Call, rows: Iterable[Any], shape: Callable[[Any], dict[str, Any]]) -> Response:
    ordered = sorted(rows, key=lambda each: (each.name.lower(), each.id))
    shown, headers = page_of(call.query, ordered, call.url)
    return json_answer([shape(each) for each in shown], headers=headers)


def me(call: Call) -> Response:
    return json_answer(shapes.agent(call.who))


def agents(call: Call) -> Response:
    email = call.query.get("email")
    people = (p for p in call.world.people.values() if p.agent and email in (None, p.email))
    return _listed(call, people, shapes.agent)


def agent(call: Call) -> Response:
    found: Person = _known(call, call.world.people)
    if not found.agent:
        raise refusals.missing()
    return json_answer(shapes.agent(found))


def contacts(call: Call) -> Response:
    query, since = call.query, instant(call.query.get("updated_since"))
    people = (
        person
        for person in call.world.people.values()
        if not person.agent
        and person.deleted == (query.get("state") == "deleted")
        and query.get("email", person.email).lower() == person.email.lower()
        and query.get("company_id", str(person.company_id)) == str(person.company_id)
        and (since is None or person.updated_at >= since)
    )
    return _listed(call, people, shapes.contact)


def contact(call: Call) -> Response:
    found: Person = _known(call, call.world.people)
    if found.agent:
        raise refusals.missing()
    return json_answer(shapes.contact(found))


def companies(call: Call) -> Response:
    return _listed(call, call.world.companies.values(), shapes.company)


def company(call: Call) -> Response:
    return json_answer(shapes.company(_known(call, call.world.companies)))


def groups(call: Call) -> Response:
    return _listed(call, call.world.groups.values(), shapes.group)


def group(call: Call) -> Response:
    return json_answer(shapes.group(_known(call, call.world.groups)))


def roles(call: Call) -> Response:
    stamp = shapes.stamp(call.world.opened_at)
    rows = [
        {
            "id": 67_000_159_703 + number,
            "name": name,
            "description": f"Can {', '.join(sorted(rights))}.",
            "default": True,
            "created_at": stamp,
            "updated_at": stamp,
            "agent_type": 1,
        }
        for number, (name, rights) in enumerate(ROLES.items())
    ]
    return json_answer(rows)


def settings(call: Call) -> Response:
    language = call.world.language
    row = {"primary_language": language, "supported_languages": [], "portal_languages": []}
    return json_answer(row)


ROUTES: Final[Routes] = {
    "/ticket_fields": {"GET": Verb(form, VIEW, {"type": parameters.text})},
    "/agents/me": {"GET": Verb(me)},
    "/agents": {"GET": Verb(agents, ADMIN, _AGENTS)},
    "/agents/{id:int}": {"GET": Verb(agent, ADMIN)},
    "/contacts": {"GET": Verb(contacts, VIEW, _CONTACTS, counts_as=CONTACTS)},
    "/contacts/{id:int}": {"GET": Verb(contact)},
    "/companies": {"GET": Verb(companies, VIEW, PAGED)},
    "/companies/{id:int}": {"GET": Verb(company)},
    "/groups": {"GET": Verb(groups, VIEW, PAGED)},
    "/groups/{id:int}": {"GET": Verb(group)},
    "/roles": {"GET": Verb(roles, ADMIN)},
    "/settings/helpdesk": {"GET": Verb(settings)},
}
