"""Several tickets become one."""

from __future__ import annotations

from connectors.sandbox.freshdesk.html import kept
from connectors.sandbox.freshdesk.records import CLOSED, Person, Ticket
from connectors.sandbox.freshdesk.talk import add_note
from connectors.sandbox.freshdesk.world import World


def into(
    world: World,
    primary: Ticket,
    others: list[Ticket],
    by: Person,
    told: tuple[str, bool] | None = None,
    told_others: tuple[str, bool] | None = None,
) -> None:
    """Merge tickets. Notes are text and whether they are private; without, the usual ones."""
    for other in others:
        body, private = told or (f"Merged from ticket {other.id}", True)
        add_note(world, primary, by, kept(body), private)
        for each in other.conversations:
            each.ticket_id = primary.id
        primary.conversations += other.conversations
        primary.conversations.sort(key=lambda each: (each.created_at, each.id))
        other.conversations = []
        usual = (f"This ticket is closed and merged into ticket {primary.id}", True)
        body, private = told_others or usual
        add_note(world, other, by, kept(body), private)
        world.set_status(other, CLOSED, world.now())
