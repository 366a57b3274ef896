"""What an account holds: people, companies, tickets, conversations, time entries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

ADMIN: Final = "admin"
VIEW: Final = "view tickets"
EDIT: Final = "edit tickets"
REPLY: Final = "reply"
NOTE: Final = "add notes"
DELETE: Final = "delete tickets"
TIME: Final = "time entries"

ROLES: Final[dict[str, frozenset[str]]] = {
    "Administrator": frozenset({ADMIN, VIEW, EDIT, REPLY, NOTE, DELETE, TIME}),
    "Agent": frozenset({VIEW, EDIT, REPLY, NOTE, DELETE, TIME}),
    "Newbie Agent": frozenset({VIEW}),
    "Ticket Collaborator": frozenset({VIEW, NOTE, TIME}),
}
"""What the people of a role may do. A key has the rights of its person."""

OPEN, PENDING, RESOLVED, CLOSED = 2, 3, 4, 5
EMAIL, PORTAL, PHONE, CHAT, WIDGET, OUTBOUND, WEB_CHAT = 1, 2, 3, 7, 9, 10, 15
GLOBAL, GROUPS, RESTRICTED = 1, 2, 3
"""`ticket_scope` of an agent: all tickets, those of one's groups, one's own."""


@dataclass(slots=True)
class Person:
    """A contact, or with a role an agent."""

    id: int
    name: str
    email: str
    created_at: datetime
    updated_at: datetime
    role: str = ""
    api_key: str = field(default="", repr=False)
    scope: int = GLOBAL
    group_ids: tuple[int, ...] = ()
    company_id: int | None = None
    phone: str | None = None
    language: str = "en"
    deleted: bool = False

    @property
    def agent(self) -> bool:
        return bool(self.role)

    @property
    def rights(self) -> frozenset[str]:
        return ROLES.get(self.role, frozenset())


@dataclass(slots=True)
class Company:
    """Whom contacts belong to."""

    id: int
    name: str
    domains: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True)
class Group:
    """A team of agents."""

    id: int
    name: str
    created_at: datetime


@dataclass(slots=True)
class Conversation:
    """A message below a ticket; its first one is the ticket's description and not here.

    `source`: 0 reply, 2 note, 6 survey. `category`: 1 reply of a client, 2 note, 3 reply of an
    agent, 7 survey.
    """

    id: int
    ticket_id: int
    body: str
    user_id: int
    created_at: datetime
    updated_at: datetime
    source: int
    category: int
    incoming: bool = False
    private: bool = False
    from_email: str | None = None
    to_emails: list[str] | None = None
    cc_emails: list[str] = field(default_factory=list)
    bcc_emails: list[str] | None = None
    support_email: str | None = None
    auto_response: bool = False
    automation_id: int | None = None
    last_edited_at: datetime | None = None
    last_edited_user_id: int | None = None


@dataclass(slots=True)
class TimeEntry:
    """Work on a ticket. `start_time` counts on while the timer runs."""

    id: int
    ticket_id: int
    agent_id: int
    seconds: int
    note: str
    billable: bool
    executed_at: datetime
    start_time: datetime
    created_at: datetime
    updated_at: datetime
    timer_running: bool = False

    def spent(self, now: datetime) -> int:
        """Seconds until now."""
        running = int((now - self.start_time).total_seconds()) if self.timer_running else 0
        return self.seconds + max(0, running)


@dataclass(slots=True)
class Ticket:
    """A request. Times are aware UTC, cut to the second."""

    id: int
    subject: str | None
    description: str
    requester_id: int
    created_at: datetime
    updated_at: datetime
    status: int = OPEN
    priority: int = 1
    source: int = EMAIL
    type: str | None = None
    responder_id: int | None = None
    group_id: int | None = None
    product_id: int | None = None
    company_id: int | None = None
    email_config_id: int | None = None
    tags: list[str] = field(default_factory=list)
    cc_emails: list[str] = field(default_factory=list)
    to_emails: list[str] | None = None
    custom_fields: dict[str, Any] = field(default_factory=dict)
    due_by: datetime | None = None
    fr_due_by: datetime | None = None
    timed_by_hand: bool = False
    """Whether somebody set these times: the SLA then leaves them alone."""
    is_escalated: bool = False
    fr_escalated: bool = False
    spam: bool = False
    deleted: bool = False
    archived: bool = False
    agent_responded_at: datetime | None = None
    requester_responded_at: datetime | None = None
    first_responded_at: datetime | None = None
    status_updated_at: datetime | None = None
    reopened_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    pending_since: datetime | None = None
    conversations: list[Conversation] = field(default_factory=list)

    @property
    def listed(self) -> bool:
        """Whether plain lists show it."""
        return not (self.spam or self.deleted or self.archived)
