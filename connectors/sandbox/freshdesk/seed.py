"""Worlds to start with: a small agency's account, and any number of tickets at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from connectors.sandbox.freshdesk.html import kept
from connectors.sandbox.freshdesk.people import People
from connectors.sandbox.freshdesk.records import PHONE, PORTAL, Person, Ticket

BRIDGE_KEY: Final = "sandbox-bridge-key"
"""The key of the bridge's own user. It opens this simulated account and nothing else."""
JANE_KEY: Final = "sandbox-jane-key"
NEWBIE_KEY: Final = "sandbox-newbie-key"

SUBJECTS: Final = {
    "en": ("Shop: payment by card fails", "Please add a banner to the home page", "Newsletter"),
    "fr": ("Boutique : le paiement échoue", "Ajouter un bandeau à l'accueil", "Infolettre"),
    "de": ("Shop: Zahlung schlägt fehl", "Bitte ein Banner auf der Startseite", "Newsletter"),
}


def people(world: People) -> tuple[Person, Person, Person, Person]:
    """An agency with three agents and two clients, without tickets: its agent Jane, who decides
    at ACME, another of ACME, and somebody of BETA."""
    world.add_agency_fields()
    world.add_agent("The bridge", "bridge@agence.example", "Administrator", key=BRIDGE_KEY)
    jane = world.add_agent("Jane Doe", "jane@agence.example", key=JANE_KEY)
    world.add_agent("Noah Newbie", "noah@agence.example", "Newbie Agent", key=NEWBIE_KEY)
    world.add_group("Web")
    acme = world.add_company("ACME", "acme.example")
    boss = world.add_contact("Alice Rochat", "direction@acme.example", acme)
    staff = world.add_contact("Bruno Keller", "bruno@acme.example", acme)
    beta = world.add_company("BETA", "beta.example")
    other = world.add_contact("Carla Meier", "carla@beta.example", beta)
    return jane, boss, staff, other


def small(world: People) -> None:
    """The agency with its clients, and three tickets."""
    jane, boss, staff, other = people(world)
    broken, banner, letter = SUBJECTS[world.language]
    types = world.words.types
    first = world.open_ticket(staff, broken, broken, priority=3, type=types[1], cc=[boss])
    world.agent_reply(first, jane, broken)
    world.open_ticket(boss, banner, banner, source=PORTAL, type=types[3])
    third = world.open_ticket(other, letter, letter, source=PHONE, type=types[0])
    world.agent_note(third, jane, letter)
    world.log_time(first, jane, 45 * 60, broken)


def many(
    world: People, count: int, *, every: timedelta = timedelta(minutes=7), replies: int = 0
) -> None:
    """Add `count` closed tickets at once, the last one a moment ago, for measuring.

    Each changed once, an hour after it was opened; stamps are `every` apart. Needs a contact and
    an agent in the world; due times are left out, so that none of them moves by itself.
    """
    with world.lock:
        asking = [person for person in world.people.values() if not person.agent]
        agent = next(person for person in world.people.values() if person.agent)
        body = kept("Could you please look at this? " * 12)
        last = world.now() - timedelta(hours=2)
        names = list(world.custom)
        for place in range(count):
            person = asking[place % len(asking)]
            opened: datetime = last - every * (count - place)
            ticket = Ticket(
                world.number("ticket"),
                f"Request {place + 1}",
                body,
                person.id,
                opened,
                opened + timedelta(hours=1),
                status=5 if place % 10 else 2,
                priority=1 + place % 4,
                type=world.words.types[place % 5],
                company_id=person.company_id,
                responder_id=agent.id,
                custom_fields=dict.fromkeys(names),
                status_updated_at=opened,
            )
            world.tickets[ticket.id] = ticket
            for _ in range(replies):
                said = world.agent_reply(ticket, agent, "We look at it.")
                said.created_at = said.updated_at = ticket.updated_at = opened
        world.version += 1
