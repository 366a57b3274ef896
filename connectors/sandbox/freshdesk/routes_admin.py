"""What administrators alone may read: hours of business, promised times, mailboxes."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from connectors.sandbox.core import json_answer
from connectors.sandbox.freshdesk import fields, shapes
from connectors.sandbox.freshdesk.door import Call, Routes, Verb
from connectors.sandbox.freshdesk.parameters import PAGED
from connectors.sandbox.freshdesk.records import ADMIN
from connectors.sandbox.freshdesk.world import RESOLVE_WITHIN, RESPOND_WITHIN

HOUR: Final = 3600
WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday")


def form(call: Call) -> Response:
    """The administrators' list of the form carries no choices."""
    rows = [fields.shown(each, call.world.opened_at) for each in call.world.fields]
    for row in rows:
        row.pop("choices", None)
    return json_answer(rows)


def business_hours(call: Call) -> Response:
    """One calendar, its zone by the name that Rails has for it; holidays are not told."""
    stamp = shapes.stamp(call.world.opened_at)
    row = {
        "id": 67_000_039_282,
        "name": "Default",
        "is_default": True,
        "description": "Default Business Calendar",
        "working_hours": {day: {"start_time": "8:00 am", "end_time": "5:00 pm"} for day in WEEK},
        "time_zone": "Bern",
        "created_at": stamp,
        "updated_at": stamp,
    }
    return json_answer([row])


def sla_policies(call: Call) -> Response:
    """One policy for all: targets by priority, in seconds."""
    stamp = shapes.stamp(call.world.opened_at)
    target = {
        f"priority_{priority}": {
            "respond_within": RESPOND_WITHIN[priority] * HOUR,
            "next_respond_within": None,
            "resolve_within": RESOLVE_WITHIN[priority] * HOUR,
            "business_hours": False,
            "escalation_enabled": True,
        }
        for priority in (4, 3, 2, 1)
    }
    row = {
        "id": 67_000_030_871,
        "name": "Default SLA Policy",
        "description": "default policy",
        "position": 1,
        "is_default": True,
        "active": True,
        "sla_target": target,
        "applicable_to": {},
        "escalation": {"response": None, "resolution": {}},
        "created_at": stamp,
        "updated_at": stamp,
    }
    return json_answer([row] if call.world.sla else [])


def mailboxes(call: Call) -> Response:
    """The address that clients write to."""
    stamp = shapes.stamp(call.world.opened_at)
    row = {
        "id": 67_000_041_667,
        "name": "Support",
        "product_id": None,
        "to_email": call.world.support_email,
        "reply_email": call.world.support_email,
        "group_id": None,
        "primary_role": True,
        "active": True,
        "created_at": stamp,
        "updated_at": stamp,
    }
    return json_answer([row])


ROUTES: Final[Routes] = {
    "/admin/ticket_fields": {"GET": Verb(form, ADMIN)},
    "/business_hours": {"GET": Verb(business_hours, ADMIN, PAGED)},
    "/sla_policies": {"GET": Verb(sla_policies, ADMIN, PAGED)},
    "/email_configs": {"GET": Verb(mailboxes, ADMIN, PAGED)},
}
