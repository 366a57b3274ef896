"""The state of one account, and what the tool itself does with it: stamps, SLA, orders."""

from __future__ import annotations

import heapq
import secrets
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.sandbox.core import Clock
from connectors.sandbox.freshdesk.fields import Field, of_the_agency, standard
from connectors.sandbox.freshdesk.limits import ENTERPRISE, Meter, Plan
from connectors.sandbox.freshdesk.records import (
    CLOSED,
    OPEN,
    PENDING,
    RESOLVED,
    Company,
    Group,
    Person,
    Ticket,
    TimeEntry,
)
from connectors.sandbox.freshdesk.words import LANGUAGES

ESCALATES_AFTER: Final = timedelta(seconds=77)
"""After a missed due time the tool itself moves `updated_at`: a live ticket did so 77 s later."""
SETTLES_AFTER: Final = timedelta(seconds=3)
"""Due times are null in the answer to a creation, and set seconds later."""
RESOLVE_WITHIN: Final = {1: 72, 2: 48, 3: 24, 4: 12}
RESPOND_WITHIN: Final = {1: 24, 2: 12, 3: 8, 4: 4}
"""Hours by priority, the whole day round."""
FIRST_PERSON: Final = 67_038_833_123
FIRST_COMPANY: Final = 67_000_893_975
FIRST_CONVERSATION: Final = 67_105_086_049
FIRST_ENTRY: Final = 67_011_181_684
FIRST_GROUP: Final = 67_000_259_994


class World:
    """One account. `language` is the install's: en, fr or de (raises KeyError for another).

    Every method may be called from any thread; routes are called with `lock` held.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        language: str = "en",
        plan: Plan = ENTERPRISE,
        time_tracking: bool = True,
        multiple_companies: bool = False,
    ) -> None:
        self.clock = clock or Clock()
        self.lock = threading.RLock()
        self.language = language
        self.words = LANGUAGES[language]
        self.meter = Meter(plan)
        self.time_tracking = time_tracking
        self.multiple_companies = multiple_companies
        self.suspended = False
        self.trashed_answer = 200
        """What a read by id of a trashed ticket answers: 200, or the 403 or 404 others met."""
        self.sla = True
        self.support_email = "support@acme.freshdesk.com"
        self.opened_at = self.now()
        self.people: dict[int, Person] = {}
        self.companies: dict[int, Company] = {}
        self.groups: dict[int, Group] = {}
        self.tickets: dict[int, Ticket] = {}
        self.entries: dict[int, TimeEntry] = {}
        self.fields: list[Field] = standard(self.words)
        self.version = 0
        """Moves with every change of a ticket: what was sorted before it is stale."""
        self.index: dict[int, dict[str, Any]] = {}
        """What search knows: tickets as they were some minutes ago."""
        self._next = {
            "person": FIRST_PERSON,
            "company": FIRST_COMPANY,
            "conversation": FIRST_CONVERSATION,
            "entry": FIRST_ENTRY,
            "group": FIRST_GROUP,
            "ticket": 1,
        }
        self._due: list[tuple[datetime, int, str]] = []
        self._found: dict[Any, list[Ticket]] = {}

    def now(self) -> datetime:
        """The tool's time, cut to the second as it stamps."""
        return self.clock.now().replace(microsecond=0)

    def number(self, kind: str) -> int:
        """The next id of a kind of record."""
        found = self._next[kind]
        self._next[kind] = found + 1
        return found

    def status_choices(self) -> dict[str, list[str]]:
        """Number as text → label for agents, label for customers."""
        found: dict[str, list[str]] = self.field("status").choices
        return found

    def field(self, name: str) -> Field:
        """A field of the form by its name. Raises KeyError."""
        for each in self.fields:
            if each.name == name:
                return each
        raise KeyError(f"no field {name}: {', '.join(f.name for f in self.fields)}")

    @property
    def custom(self) -> dict[str, Field]:
        """The custom fields by name."""
        return {each.name: each for each in self.fields if not each.default}

    def add_field(
        self, name: str, label: str, type: str, choices: Any = None, *, for_closure: bool = False
    ) -> Field:
        """An administrator adds a custom field to the form; old tickets have it as null."""
        with self.lock:
            position = len(self.fields) + 1
            made = Field(67_000_500_000 + position, name, label, type, choices, for_closure)
            made.position = position
            self.fields.append(made)
            for ticket in self.tickets.values():
                ticket.custom_fields.setdefault(name, None)
            return made

    def add_agency_fields(self) -> None:
        """The custom fields that an agency works with."""
        for name, label, type_, choices in of_the_agency(self.words):
            self.add_field(name, label, type_, choices)

    def add_company(self, name: str, domain: str = "") -> Company:
        """A client of the account."""
        with self.lock:
            now = self.now()
            made = Company(self.number("company"), name, (domain,) if domain else (), now, now)
            self.companies[made.id] = made
            return made

    def add_contact(self, name: str, email: str, company: Company | None = None) -> Person:
        """Somebody who asks; of a company or of none."""
        return self._person(name, email, company_id=company.id if company else None)

    def add_agent(
        self, name: str, email: str, role: str = "Agent", *, key: str = "", scope: int = 1
    ) -> Person:
        """Somebody who works here, with a key of their own."""
        return self._person(
            name, email, role=role, api_key=key or secrets.token_hex(10), scope=scope
        )

    def add_group(self, name: str) -> Group:
        """A team."""
        with self.lock:
            made = Group(self.number("group"), name, self.now())
            self.groups[made.id] = made
            return made

    def _person(self, name: str, email: str, **values: Any) -> Person:
        with self.lock:
            now = self.now()
            made = Person(self.number("person"), name, email, now, now, **values)
            made.language = self.language
            self.people[made.id] = made
            return made

    def by_key(self, key: str) -> Person | None:
        """Whose API key this is."""
        for person in self.people.values():
            if person.api_key and secrets.compare_digest(person.api_key.encode(), key.encode()):
                return person
        return None

    def by_email(self, email: str) -> Person | None:
        """Whose address this is."""
        wanted = email.lower()
        return next((p for p in self.people.values() if p.email.lower() == wanted), None)

    def keep(self, ticket: Ticket) -> Ticket:
        """Take a new ticket in: its form, its due times."""
        for name in self.custom:
            ticket.custom_fields.setdefault(name, None)
        self.tickets[ticket.id] = ticket
        if self.sla:
            self.promise(ticket)
        self.version += 1
        return ticket

    def promise(self, ticket: Ticket) -> None:
        """Due times by priority, from the creation on."""
        hours = timedelta(hours=RESOLVE_WITHIN[ticket.priority])
        respond = timedelta(hours=RESPOND_WITHIN[ticket.priority])
        ticket.due_by, ticket.fr_due_by = ticket.created_at + hours, ticket.created_at + respond
        heapq.heappush(self._due, (ticket.due_by + ESCALATES_AFTER, ticket.id, "is_escalated"))
        heapq.heappush(self._due, (ticket.fr_due_by + ESCALATES_AFTER, ticket.id, "fr_escalated"))

    def touch(self, ticket: Ticket, at: datetime | None = None) -> None:
        """Something about a ticket changed: its stamp moves."""
        ticket.updated_at = at or self.now()
        self.version += 1

    def escalate(self) -> None:
        """What the clock alone does: overdue tickets are escalated, and their stamps move."""
        now = self.now()
        while self._due and self._due[0][0] <= now:
            at, number, mark = heapq.heappop(self._due)
            ticket = self.tickets.get(number)
            if ticket is None or not ticket.listed or ticket.status in (RESOLVED, CLOSED):
                continue
            missed = ticket.due_by if mark == "is_escalated" else ticket.fr_due_by
            answered = mark == "fr_escalated" and ticket.first_responded_at is not None
            if missed is None or missed + ESCALATES_AFTER != at or answered:
                continue
            if ticket.status == OPEN:
                setattr(ticket, mark, True)
                self.touch(ticket, max(at, ticket.updated_at))

    def set_status(self, ticket: Ticket, status: int, at: datetime) -> None:
        """Change a status, with the stamps that follow it."""
        before, ticket.status = ticket.status, status
        if before == status:
            return
        ticket.status_updated_at = at
        ticket.pending_since = at if status == PENDING else None
        if status in (RESOLVED, CLOSED):
            ticket.resolved_at = ticket.resolved_at or at
            ticket.closed_at = at if status == CLOSED else None
        elif before in (RESOLVED, CLOSED):
            ticket.reopened_at, ticket.resolved_at, ticket.closed_at = at, None, None

    def found(
        self,
        asked: Any,
        wanted: Callable[[Ticket], bool],
        order: Callable[[Ticket], Any],
        down: bool,
    ) -> list[Ticket]:
        """Tickets that a list shows, in its order; kept until something changes.

        `asked` says what was asked for: the same again is not looked for again.
        """
        key = (self.version, asked)
        if key not in self._found:
            if len(self._found) >= 16:
                self._found.clear()
            chosen = [ticket for ticket in self.tickets.values() if wanted(ticket)]
            self._found[key] = sorted(chosen, key=order, reverse=down)
        return self._found[key]

    def entries_of(self, tickets: Iterable[int]) -> list[TimeEntry]:
        """The time entries of some tickets, oldest first."""
        wanted = set(tickets)
        return [entry for entry in self.entries.values() if entry.ticket_id in wanted]
