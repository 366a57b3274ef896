"""What a message does to its ticket: who wrote it, what kind it is, which stamps follow."""

from __future__ import annotations

from connectors.sandbox.freshdesk.html import kept
from connectors.sandbox.freshdesk.records import (
    CLOSED,
    OPEN,
    PENDING,
    RESOLVED,
    Conversation,
    Person,
    Ticket,
)
from connectors.sandbox.freshdesk.world import World

REPLIED, NOTED, SURVEYED = 0, 2, 6
FROM_CLIENT, OF_NOTE, FROM_AGENT, OF_SURVEY = 1, 2, 3, 7


def _said(
    world: World, ticket: Ticket, author: Person, body: str, source: int, category: int
) -> Conversation:
    now = world.now()
    said = Conversation(
        world.number("conversation"),
        ticket.id,
        kept(body),
        author.id,
        now,
        now,
        source,
        category,
    )
    ticket.conversations.append(said)
    world.touch(ticket, now)
    return said


def add_reply(
    world: World, ticket: Ticket, author: Person, body: str, cc: list[str]
) -> Conversation:
    """An agent's reply: mailed to the client at once."""
    said = _said(world, ticket, author, body, REPLIED, FROM_AGENT)
    said.from_email = f"Support <{world.support_email}>"
    said.support_email = world.support_email
    said.to_emails = [world.people[ticket.requester_id].email]
    said.cc_emails, said.bcc_emails = cc, []
    _answered(ticket, said)
    return said


def add_note(
    world: World,
    ticket: Ticket,
    author: Person,
    body: str,
    private: bool = True,
    incoming: bool = False,
) -> Conversation:
    """A note; any agent can make one that looks as if it came from outside."""
    said = _said(world, ticket, author, body, NOTED, OF_NOTE)
    said.private, said.incoming = private, incoming
    said.to_emails = []
    if author.agent and not private and not incoming:
        _answered(ticket, said)
    return said


def add_mail(
    world: World, ticket: Ticket, author: Person, body: str, automatic: bool = False
) -> Conversation:
    """A client's mail: of the requester, or of somebody in copy. It opens the ticket again."""
    said = _said(world, ticket, author, body, REPLIED, FROM_CLIENT)
    said.incoming, said.auto_response = True, automatic
    said.from_email = f"{author.name} <{author.email}>"
    said.support_email, said.to_emails = world.support_email, [world.support_email]
    if not automatic:
        ticket.requester_responded_at = said.created_at
        if ticket.status in (PENDING, RESOLVED, CLOSED):
            world.set_status(ticket, OPEN, said.created_at)
    return said


def add_survey(world: World, ticket: Ticket, author: Person, body: str) -> Conversation:
    """A comment to a satisfaction survey. It sets `requester_responded_at`, as a reply would."""
    said = _said(world, ticket, author, body, SURVEYED, OF_SURVEY)
    said.incoming = True
    ticket.requester_responded_at = said.created_at
    return said


def _answered(ticket: Ticket, said: Conversation) -> None:
    ticket.agent_responded_at = said.created_at
    ticket.first_responded_at = ticket.first_responded_at or said.created_at
