"""How records are shown. Each call has its own shape: some leave out what others have."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.sandbox.freshdesk.html import flat, lines
from connectors.sandbox.freshdesk.records import (
    Company,
    Conversation,
    Group,
    Person,
    Ticket,
    TimeEntry,
)
from connectors.sandbox.freshdesk.world import SETTLES_AFTER, World

FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def stamp(at: datetime | None) -> str | None:
    """`YYYY-MM-DDTHH:MM:SSZ`, or null."""
    if at is None:
        return None
    # Three times as fast as strftime, and a page has hundreds.
    return f"{at.isoformat()[:19]}Z"


def ticket(world: World, each: Ticket) -> dict[str, Any]:
    """A ticket as lists show it: no description, no attachments."""
    settled = each.timed_by_hand or world.now() - each.created_at >= SETTLES_AFTER
    row: dict[str, Any] = {
        "cc_emails": each.cc_emails,
        "fwd_emails": [],
        "reply_cc_emails": each.cc_emails,
        "ticket_cc_emails": each.cc_emails,
        "fr_escalated": each.fr_escalated,
        "spam": each.spam,
        "email_config_id": each.email_config_id,
        "group_id": each.group_id,
        "priority": each.priority,
        "requester_id": each.requester_id,
        "responder_id": each.responder_id,
        "source": each.source,
        "company_id": each.company_id,
        "status": each.status,
        "subject": each.subject,
        "association_type": None,
        "support_email": world.support_email if each.to_emails else None,
        "to_emails": each.to_emails,
        "product_id": each.product_id,
        "id": each.id,
        "type": each.type,
        "due_by": stamp(each.due_by) if settled else None,
        "fr_due_by": stamp(each.fr_due_by) if settled else None,
        "is_escalated": each.is_escalated,
        "custom_fields": each.custom_fields,
        "created_at": stamp(each.created_at),
        "updated_at": stamp(each.updated_at),
        "associated_tickets_count": None,
        "tags": each.tags,
        "nr_due_by": None,
        "nr_escalated": False,
    }
    if each.deleted:
        row["deleted"] = True
    if each.archived:
        row["archived"] = True
    return row


def described(each: Ticket) -> dict[str, Any]:
    """What `include=description` adds to a list."""
    return {"description": each.description, "description_text": lines(each.description)}


def whole(world: World, each: Ticket) -> dict[str, Any]:
    """A ticket as view, creation and update answer it."""
    return {**ticket(world, each), **described(each), "attachments": []}


def stats(each: Ticket) -> dict[str, Any]:
    names = (
        "agent_responded_at",
        "requester_responded_at",
        "first_responded_at",
        "status_updated_at",
        "reopened_at",
        "resolved_at",
        "closed_at",
        "pending_since",
    )
    return {name: stamp(getattr(each, name)) for name in names}


def requester(person: Person) -> dict[str, Any]:
    """A person as `include=requester` shows them."""
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "mobile": None,
        "phone": person.phone,
    }


def conversation(each: Conversation) -> dict[str, Any]:
    """A message as lists show it."""
    return {
        "body": each.body,
        "body_text": flat(each.body),
        "id": each.id,
        "incoming": each.incoming,
        "private": each.private,
        "user_id": each.user_id,
        "support_email": each.support_email,
        "source": each.source,
        "category": each.category,
        "to_emails": each.to_emails,
        "from_email": each.from_email,
        "cc_emails": each.cc_emails,
        "bcc_emails": each.bcc_emails,
        "email_failure_count": None,
        "outgoing_failures": None,
        "thread_id": None,
        "thread_message_id": None,
        "created_at": stamp(each.created_at),
        "updated_at": stamp(each.updated_at),
        "last_edited_at": stamp(each.last_edited_at),
        "last_edited_user_id": each.last_edited_user_id,
        "attachments": [],
        "automation_id": each.automation_id,
        "automation_type_id": None,
        "auto_response": each.auto_response,
        "ticket_id": each.ticket_id,
        "source_additional_info": None,
    }


_BOTH = ("body_text", "body", "id", "user_id", "ticket_id", "attachments", "created_at")


def replied(each: Conversation) -> dict[str, Any]:
    """What a reply answers: neither `source` nor `incoming` nor `private`."""
    row = conversation(each)
    names = (*_BOTH, "updated_at", "from_email", "cc_emails", "bcc_emails")
    return {name: row[name] for name in names} | {"replied_to": each.to_emails}


def noted(each: Conversation) -> dict[str, Any]:
    """What a note answers: no `source`."""
    row = conversation(each)
    names = (*_BOTH, "updated_at", "incoming", "private", "support_email")
    return {name: row[name] for name in names} | {"notified_to": each.to_emails or []}


def entry(each: TimeEntry, now: datetime) -> dict[str, Any]:
    """A time entry as creation and update answer it; `time_spent` is cut to the minute."""
    spent = each.spent(now)
    return {
        "billable": each.billable,
        "note": each.note,
        "id": each.id,
        "timer_running": each.timer_running,
        "agent_id": each.agent_id,
        "ticket_id": each.ticket_id,
        "time_spent": f"{spent // 3600:02d}:{spent // 60 % 60:02d}",
        "executed_at": stamp(each.executed_at),
        "start_time": stamp(each.start_time),
        "created_at": stamp(each.created_at),
        "updated_at": stamp(each.updated_at),
    }


def listed_entry(world: World, each: TimeEntry) -> dict[str, Any]:
    """A time entry as lists show it: with the company and the seconds."""
    now = world.now()
    company = world.tickets[each.ticket_id].company_id
    return {
        **entry(each, now),
        "company_id": company,
        "time_spent_in_seconds": each.spent(now),
    }


def contact(person: Person) -> dict[str, Any]:
    row: dict[str, Any] = {
        "active": True,
        "address": None,
        "description": None,
        "email": person.email,
        "id": person.id,
        "job_title": None,
        "language": person.language,
        "mobile": None,
        "name": person.name,
        "phone": person.phone,
        "time_zone": "Bern",
        "twitter_id": None,
        "custom_fields": {},
        "facebook_id": None,
        "created_at": stamp(person.created_at),
        "updated_at": stamp(person.updated_at),
        "csat_rating": None,
        "preferred_source": None,
        "company_id": person.company_id,
        "unique_external_id": None,
    }
    if person.company_id is not None:
        row["other_companies"] = []
    if person.deleted:
        row["deleted"] = True
    return row


def agent(person: Person) -> dict[str, Any]:
    names = ("active", "email", "job_title", "language", "mobile", "name", "phone", "time_zone")
    inner = contact(person)
    return {
        "available": True,
        "occasional": False,
        "id": person.id,
        "ticket_scope": person.scope,
        "created_at": inner["created_at"],
        "updated_at": inner["updated_at"],
        "last_active_at": inner["updated_at"],
        "available_since": None,
        "type": "collaborator" if "Collaborator" in person.role else "support_agent",
        "contact": {
            **{name: inner[name] for name in names},
            "last_login_at": None,
            "created_at": inner["created_at"],
            "updated_at": inner["updated_at"],
        },
        "signature": None,
    }


def company(each: Company) -> dict[str, Any]:
    return {
        "id": each.id,
        "name": each.name,
        "description": None,
        "note": None,
        "domains": list(each.domains),
        "created_at": stamp(each.created_at),
        "updated_at": stamp(each.updated_at),
        "custom_fields": {},
        "health_score": None,
        "account_tier": None,
        "renewal_date": None,
        "industry": None,
    }


def group(each: Group) -> dict[str, Any]:
    return {
        "id": each.id,
        "name": each.name,
        "description": each.name,
        "escalate_to": None,
        "unassigned_for": None,
        "business_hour_id": None,
        "group_type": "support_agent_group",
        "created_at": stamp(each.created_at),
        "updated_at": stamp(each.created_at),
        "auto_ticket_assign": 0,
    }
