"""What an issue is marked with, since when and by whom; and the date agreed for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from connectors.redmine.fields import labels_of
from tests.redmine.client import Client
from tests.servers.redmine import Redmine

Make = Callable[..., Client]

EXPRESS = """
field = IssueCustomField.create!(
  name: 'Express', field_format: 'bool', is_for_all: true, is_filter: true, visible: true
)
field.trackers = Tracker.all
puts field.id
"""


def labelled(client: Client, number: int) -> list[tuple[str | None, str | None, str]]:
    ticket = client.connector.fetch(str(number))
    return [(e.old, e.new, str(e.actor)) for e in ticket.events if e.kind == "label"]


def test_a_ticked_field_is_a_label_with_who_ticked_it(tool: Redmine, make: Make) -> None:
    express = int(tool.runner(EXPRESS).strip().splitlines()[-1])
    asked = tool.api("alice").create_issue(
        "Panier bloqué", custom_fields=[{"id": express, "value": "1"}]
    )
    later = tool.api("alice").create_issue("Page lente")
    tool.api("jdoe").update(later, custom_fields=[{"id": express, "value": "1"}])
    client = make(tool)
    assert client.connector.fetch(str(asked)).labels == ("Express",)
    assert labelled(client, asked) == [(None, "Express", "alice")]
    assert labelled(client, later) == [(None, "Express", "jdoe")]
    tool.api("jdoe").update(later, custom_fields=[{"id": express, "value": "0"}])
    assert client.connector.fetch(str(later)).labels == ()
    assert labelled(client, later)[-1] == ("Express", None, "jdoe")


def test_a_category_is_a_label(tool: Redmine, make: Make) -> None:
    category = tool.api("admin").call(
        "POST",
        "/projects/acme/issue_categories.json",
        json={"issue_category": {"name": "Garantie"}},
    )["issue_category"]["id"]
    number = tool.api("alice").create_issue("Bouton mort", category_id=category)
    moved = tool.api("alice").create_issue("Lien mort")
    tool.api("jdoe").update(moved, category_id=category)
    client = make(tool)
    assert client.connector.fetch(str(number)).labels == ("Garantie",)
    assert labelled(client, number) == [(None, "Garantie", "alice")]
    assert labelled(client, moved) == [(None, "Garantie", "jdoe")]


def test_the_due_date_is_the_agreed_date(tool: Redmine, make: Make) -> None:
    number = tool.api("jdoe").create_issue("Nouveau poste", due_date="2027-06-12")
    assert make(tool).connector.fetch(str(number)).due_on == date(2027, 6, 12)


def test_labels_come_from_category_ticked_fields_and_lists_of_several_values() -> None:
    issue = {
        "category": {"id": 3, "name": "Garantie"},
        "custom_fields": [
            {"id": 1, "name": "Express", "value": "1"},
            {"id": 2, "name": "Rappel", "value": "0"},
            {"id": 4, "name": "Sites", "multiple": True, "value": ["Vaud", "Garantie"]},
            {"id": 5, "name": "Heures consommées", "value": "1.50"},
        ],
    }
    assert labels_of(issue) == ("Garantie", "Express", "Vaud")
    assert labels_of({"category": None}) == ()
