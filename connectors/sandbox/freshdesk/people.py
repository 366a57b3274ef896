"""What people do in the tool: clients by mail and portal, agents in the web interface."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast

from connectors.sandbox.freshdesk import attributes, merging, talk, timesheet
from connectors.sandbox.freshdesk.html import kept, mailed, written
from connectors.sandbox.freshdesk.records import (
    EMAIL,
    Company,
    Conversation,
    Person,
    Ticket,
    TimeEntry,
)
from connectors.sandbox.freshdesk.refusals import invalid
from connectors.sandbox.freshdesk.world import World

Act = TypeVar("Act", bound=Callable[..., Any])


def deed(act: Act) -> Act:
    """One deed at a time: no request is answered meanwhile, and due times have passed before."""

    @wraps(act)
    def locked(self: People, *args: Any, **values: Any) -> Any:
        with self.lock:
            self.escalate()
            return act(self, *args, **values)

    return cast("Act", locked)


class People(World):
    """An account with its people. Records given and returned are the account's own: read them,
    and change them by deeds only.
    """

    @deed
    def open_ticket(
        self,
        requester: Person,
        subject: str | None,
        text: str = "",
        *,
        source: int = EMAIL,
        cc: Iterable[Person] = (),
        **values: Any,
    ) -> Ticket:
        """A client asks. `values` are attributes of a ticket: `priority=3`, `tags=["x"]`.

        Raises Refusal, as the API does, for a value that the account has not.
        """
        custom = values.get("custom_fields", {})
        wrong = attributes.judge(self, values, attributes.CREATE)
        if wrong:
            raise invalid(wrong)
        now = self.now()
        ticket = Ticket(self.number("ticket"), subject, kept(mailed(text)), requester.id, now, now)
        ticket.source, ticket.company_id = source, requester.company_id
        ticket.status_updated_at = now
        ticket.cc_emails = [person.email for person in cc]
        ticket.to_emails = [self.support_email] if source == EMAIL else None
        attributes.apply(self, ticket, values | {"custom_fields": custom}, now)
        return self.keep(ticket)

    @deed
    def reply_by_mail(
        self, ticket: Ticket, who: Person, text: str, *, quote: bool = False
    ) -> Conversation:
        """The requester, or somebody in copy, answers by mail; with `quote` above what was asked.

        A pending, resolved or closed ticket is open again.
        """
        asked = [each for each in ticket.conversations if not each.incoming and not each.private]
        below = asked[-1].body if quote and asked else ticket.description if quote else ""
        return talk.add_mail(self, ticket, who, mailed(text, below))

    @deed
    def auto_response(self, ticket: Ticket, who: Person, text: str) -> Conversation:
        """A mail program answers by itself: out of office."""
        return talk.add_mail(self, ticket, who, mailed(text), automatic=True)

    @deed
    def survey(self, ticket: Ticket, who: Person, text: str) -> Conversation:
        """A client comments a satisfaction survey."""
        return talk.add_survey(self, ticket, who, written(text))

    @deed
    def agent_reply(
        self, ticket: Ticket, agent: Person, text: str, cc: Iterable[Person] = ()
    ) -> Conversation:
        """An agent answers the client."""
        copied = [person.email for person in cc]
        return talk.add_reply(self, ticket, agent, written(text), copied)

    @deed
    def agent_note(
        self,
        ticket: Ticket,
        agent: Person,
        text: str,
        *,
        private: bool = True,
        incoming: bool = False,
    ) -> Conversation:
        """An agent writes a note; with `incoming` one that looks like a client's."""
        return talk.add_note(self, ticket, agent, written(text), private, incoming)

    @deed
    def portal_note(self, ticket: Ticket, who: Person, text: str) -> Conversation:
        """A client answers in the portal: a public note that came in."""
        said = talk.add_note(self, ticket, who, written(text), False, True)
        ticket.requester_responded_at = said.created_at
        return said

    @deed
    def edit_conversation(self, said: Conversation, agent: Person, text: str) -> None:
        """An agent rewrites a note: neither its own stamp nor its ticket's moves."""
        said.body = kept(written(text))
        said.last_edited_at, said.last_edited_user_id = self.now(), agent.id
        self.version += 1

    @deed
    def delete_conversation(self, said: Conversation) -> None:
        """A message is removed."""
        self.tickets[said.ticket_id].conversations.remove(said)
        self.version += 1

    @deed
    def set_field(self, ticket: Ticket, **values: Any) -> None:
        """An agent changes a ticket: `status=3`, `custom_fields={"cf_severity": "Major"}`.

        Raises Refusal, as the API does, for a value that the account has not.
        """
        attributes.update(self, ticket, values)

    @deed
    def bulk_edit(self, tickets: Iterable[Ticket], **values: Any) -> None:
        """An agent changes many tickets at once: all have one stamp."""
        at = self.now()
        for ticket in tickets:
            attributes.update(self, ticket, values)
            self.touch(ticket, at)

    @deed
    def log_time(
        self,
        ticket: Ticket,
        agent: Person,
        seconds: int,
        note: str = "",
        *,
        billable: bool = True,
        executed_at: datetime | None = None,
    ) -> TimeEntry:
        """Work is entered; its day is midnight of today unless given. The ticket does not move."""
        day = executed_at or self.now().replace(hour=0, minute=0, second=0)
        given = {"agent_id": agent.id, "note": note, "billable": billable, "time_spent": "00:00"}
        entry = timesheet.create(self, ticket, agent, given)
        entry.seconds, entry.executed_at = seconds, day
        return entry

    @deed
    def start_timer(self, ticket: Ticket, agent: Person, note: str = "") -> TimeEntry:
        """An agent's timer starts; their other one stops."""
        return timesheet.create(self, ticket, agent, {"agent_id": agent.id, "note": note})

    @deed
    def toggle_timer(self, entry: TimeEntry) -> None:
        """A timer is stopped, or started again."""
        timesheet.toggle(self, entry)

    @deed
    def edit_time(
        self, entry: TimeEntry, *, seconds: int | None = None, note: str | None = None
    ) -> None:
        """An entry is corrected: its own stamp moves, its ticket's does not."""
        entry.seconds = entry.seconds if seconds is None else seconds
        entry.note = entry.note if note is None else note
        entry.updated_at = self.now()

    @deed
    def delete_time(self, entry: TimeEntry) -> None:
        """An entry is removed: it shows only by its absence."""
        del self.entries[entry.id]

    @deed
    def trash(self, ticket: Ticket) -> None:
        """A ticket goes to the trash: it vanishes from lists, and takes no writes."""
        ticket.deleted = True
        self.touch(ticket)

    @deed
    def restore(self, ticket: Ticket) -> None:
        """Back from the trash."""
        ticket.deleted = False
        self.touch(ticket)

    @deed
    def mark_spam(self, ticket: Ticket, spam: bool = True) -> None:
        """Spam vanishes as the trash does; with `spam=False` it was none."""
        ticket.spam = spam
        self.touch(ticket)

    @deed
    def delete_forever(self, ticket: Ticket) -> None:
        """A ticket is gone, its time entries too."""
        del self.tickets[ticket.id]
        for entry in self.entries_of([ticket.id]):
            del self.entries[entry.id]
        self.version += 1

    @deed
    def archive(self, ticket: Ticket) -> None:
        """An old closed ticket leaves lists, search and its address."""
        ticket.archived = True
        self.version += 1

    @deed
    def move_company(self, ticket: Ticket, company: Company | None) -> None:
        """A ticket goes over to another client, or to none."""
        ticket.company_id = company.id if company else None
        self.touch(ticket)

    @deed
    def merge(
        self, primary: Ticket, others: Iterable[Ticket], agent: Person, *, private: bool = True
    ) -> None:
        """Others become part of a ticket: their messages go there, they end closed."""
        merging.into(
            self,
            primary,
            list(others),
            agent,
            (f"Merged into {primary.id}", private),
            (f"This ticket is closed and merged into ticket {primary.id}", private),
        )

    @deed
    def add_status(self, label: str, for_customers: str = "") -> int:
        """An administrator adds a status; its number is the next."""
        choices = self.status_choices()
        number = max(int(each) for each in choices) + 1
        choices[str(number)] = [label, for_customers or label]
        return number

    @deed
    def rename_status(self, number: int, label: str) -> None:
        """An administrator renames a status; its number stays."""
        self.status_choices()[str(number)][0] = label

    @deed
    def suspend(self, suspended: bool = True) -> None:
        """The account is suspended: every call is refused."""
        self.suspended = suspended
