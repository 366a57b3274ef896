"""Writing to a real Redmine, which answers 204 whatever it drops (docs/redmine.md, 1.2 to 1.4, 6,
8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bridge.model import ApprovalState, EventKind, Field, Priority
from connectors.errors import TicketError
from tests.redmine.client import Client
from tests.servers.redmine import Redmine

Make = Callable[..., Client]
PROMISED = """
field = IssueCustomField.create!(
  name: 'Promis', field_format: 'date', is_for_all: true, visible: true
)
field.trackers = Tracker.all
"""


def test_all_values_and_a_message_take_one_write_and_two_looks(
    tool: Redmine, make: Make, number: int
) -> None:
    client = make(tool)
    writes = [
        client.write(number, Field.PRIORITY, Priority.CRITICAL),
        client.write(number, Field.ESTIMATE, 3 * 3600),
        client.write(number, Field.CONSUMED, 5400),
        client.write(number, Field.APPROVAL, ApprovalState.AWAITING),
        client.message(number, "Bonjour", public=True),
    ]
    receipts = client.connector.apply(writes)
    assert [r.refused for r in receipts] == [None] * 5
    assert [r.shown for r in receipts] == [write.value for write in writes]
    assert len(tool.api().issue(number)["journals"]) == 1
    assert tool.api().custom_field(number, "consumed") == "1.50"
    assert tool.api().custom_field(number, "approval") == "En attente"
    shown = client.connector.fetch(str(number))
    assert (shown.priority, shown.estimate, shown.consumed, shown.approval) == (
        Priority.CRITICAL,
        10800,
        5400,
        ApprovalState.AWAITING,
    )


def test_due_date_is_written_read_and_told_with_who_set_it(
    tool: Redmine, make: Make, number: int
) -> None:
    client = make(tool)
    for day in (date(2040, 6, 12), date(2040, 7, 1)):
        (receipt,) = client.connector.apply([client.write(number, Field.DUE, day)])
        assert (receipt.shown, receipt.refused) == (day, None)
        assert tool.api().issue(number)["due_date"] == day.isoformat()
    tool.api("jdoe").update(number, due_date="2040-08-01")
    ticket = client.connector.fetch(str(number))
    assert ticket.due == ticket.due_on == date(2040, 8, 1)
    told = [(e.old, e.new, e.own) for e in ticket.events if e.kind == EventKind.DUE]
    assert told == [
        (None, "2040-06-12", True),
        ("2040-06-12", "2040-07-01", True),
        ("2040-07-01", "2040-08-01", False),
    ]


def test_due_date_that_redmine_does_not_keep_is_said_with_the_reason(
    tool: Redmine, make: Make, number: int
) -> None:
    client = make(tool)
    (early,) = client.connector.apply([client.write(number, Field.DUE, date(2020, 1, 1))])
    assert early.refused
    assert early.shown is None
    tool.api("admin").create_issue("Sous-tâche", parent_issue_id=number)
    (derived,) = client.connector.apply([client.write(number, Field.DUE, date(2040, 6, 12))])
    assert "derived from the subtasks" in str(derived.refused)


def test_due_date_switched_off_in_the_tracker_is_said(
    tool: Redmine, make: Make, number: int
) -> None:
    client = make(tool, writes=["due"])
    # The bit of due_date among Tracker::CORE_FIELDS.
    with tool.changed("trackers", "name = 'Anomalie'", fields_bits=1 << 5):
        (receipt,) = client.connector.apply([client.write(number, Field.DUE, date(2040, 6, 12))])
        problems = client.connector.verify().problems
    assert "has no due date" in str(receipt.refused)
    assert any("has no due date" in problem.message for problem in problems)


def test_due_date_can_live_in_a_field_of_its_own(
    tool: Redmine, make: Make, number: int, tmp_path: Path
) -> None:
    tool.runner(PROMISED)
    mapping = tmp_path / "own.toml"
    mapping.write_text('extends = "redmine"\n[fields]\ndue = "custom:Promis"\n', encoding="utf-8")
    tool.api("jdoe").update(number, due_date="2040-08-01")
    client = make(tool, mapping=str(mapping))
    (receipt,) = client.connector.apply([client.write(number, Field.DUE, date(2040, 6, 12))])
    assert (receipt.shown, receipt.refused) == (date(2040, 6, 12), None)
    ticket = client.connector.fetch(str(number))
    assert (ticket.due, ticket.due_on) == (date(2040, 6, 12), date(2040, 8, 1))


def test_english_install_gets_english_words(redmine_en: Redmine, make: Make) -> None:
    redmine_en.reset()
    number = redmine_en.api("alice").create_issue("Blank page")
    client = make(redmine_en)
    writes = [
        client.write(number, Field.PRIORITY, Priority.HIGH),
        client.write(number, Field.APPROVAL, ApprovalState.APPROVED),
        client.write(number, Field.CONSUMED, 60),
    ]
    assert [r.refused for r in client.connector.apply(writes)] == [None] * 3
    assert redmine_en.api().issue(number)["priority"]["name"] == "High"
    assert redmine_en.api().custom_field(number, "approval") == "Approved"
    assert client.connector.fetch(str(number)).consumed == 60


def test_value_that_is_shown_already_is_not_written(tool: Redmine, make: Make, number: int) -> None:
    """A PUT that changes nothing moves the stamp, and the poller sees news for ever
    (docs/redmine.md, 1.4)."""
    tool.api("jdoe").set_custom_field(number, "consumed", "1.5")
    client = make(tool)
    before = tool.sql("SELECT updated_on FROM issues")
    (receipt,) = client.connector.apply([client.write(number, Field.CONSUMED, 5400)])
    assert receipt.refused is None
    assert receipt.shown == 5400
    assert tool.sql("SELECT updated_on FROM issues") == before
    assert tool.api().custom_field(number, "consumed") == "1.5"


@pytest.mark.parametrize("seconds", [1, 59, 1200, 4800, 5400, 27001, 86399, 144000])
def test_every_second_survives_the_way_through_redmine(
    tool: Redmine, make: Make, number: int, seconds: int
) -> None:
    client = make(tool)
    writes = [client.write(number, f, seconds) for f in (Field.ESTIMATE, Field.CONSUMED)]
    assert [r.shown for r in client.connector.apply(writes)] == [seconds, seconds]
    calls = client.connector.requests
    client.connector.apply(writes)
    assert client.connector.requests == calls + 1


@pytest.mark.parametrize(
    ("field", "value", "native"),
    [
        (Field.PRIORITY, Priority.CRITICAL, "priority_id"),
        (Field.ESTIMATE, 3600, "estimated_hours"),
        (Field.CONSUMED, 3600, "consumed"),
    ],
)
def test_value_dropped_by_the_workflow_is_said(
    tool: Redmine, make: Make, number: int, field: Field, value: int, native: str
) -> None:
    client = make(tool)
    with tool.read_only_field(native):
        (receipt,) = client.connector.apply([client.write(number, field, value)])
    assert receipt.shown != value
    assert "workflow may make" in (receipt.refused or "")


def test_value_dropped_for_lack_of_the_right_is_said(
    tool: Redmine, make: Make, number: int
) -> None:
    client = make(tool)
    with tool.permissions(remove=["edit_issues"]):
        note = client.message(number, "Bonjour", public=True)
        estimate = client.write(number, Field.ESTIMATE, 3600)
        refused, kept = client.connector.apply([estimate, note])
    assert "Edit issues" in (refused.refused or "")
    assert kept.refused is None


def test_priority_derived_from_subtasks_is_said(tool: Redmine, make: Make, number: int) -> None:
    tool.api("admin").create_issue("Sous-tâche", parent_issue_id=number)
    client = make(tool)
    (receipt,) = client.connector.apply([client.write(number, Field.PRIORITY, Priority.CRITICAL)])
    assert receipt.shown is Priority.NORMAL
    assert "subtasks" in (receipt.refused or "")


def test_estimate_switched_off_in_the_tracker_is_said(
    tool: Redmine, make: Make, number: int
) -> None:
    client = make(tool)
    # The bit of estimated_hours among Tracker::CORE_FIELDS.
    with tool.changed("trackers", "name = 'Anomalie'", fields_bits=1 << 6):
        (receipt,) = client.connector.apply([client.write(number, Field.ESTIMATE, 3600)])
    assert "has no estimated time" in (receipt.refused or "")


def test_field_that_the_issue_lacks_is_said_with_those_it_has(
    tool: Redmine, make: Make, number: int
) -> None:
    client = make(tool)
    with tool.changed("custom_fields", "name = 'Heures consommées'", name="Temps passé"):
        (receipt,) = client.connector.apply([client.write(number, Field.CONSUMED, 3600)])
    assert 'no field "Heures consommées"' in (receipt.refused or "")
    assert '"Temps passé"' in (receipt.refused or "")


def test_field_of_the_wrong_type_is_refused_and_the_rest_is_written(
    tool: Redmine, make: Make, number: int
) -> None:
    client = make(tool)
    with tool.changed("custom_fields", "name = 'Heures consommées'", field_format="date"):
        refused, estimate, note = client.connector.apply(
            [
                client.write(number, Field.CONSUMED, 3600),
                client.write(number, Field.ESTIMATE, 7200),
                client.message(number, "Bonjour", public=True),
            ]
        )
    assert "422" in (refused.refused or "")
    assert (estimate.shown, estimate.refused, note.refused) == (7200, None, None)
    assert len(tool.api().issue(number)["journals"]) == 2


def test_closed_project_refuses_with_a_sentence(tool: Redmine, make: Make, number: int) -> None:
    client = make(tool)
    with tool.changed("projects", "identifier = 'acme'", status=5):
        (receipt,) = client.connector.apply([client.write(number, Field.ESTIMATE, 3600)])
    assert "403" in (receipt.refused or "")


def test_word_that_this_redmine_lacks_is_said_with_those_it_has(
    tool: Redmine, make: Make, number: int
) -> None:
    client = make(tool)
    with tool.changed("enumerations", "name = 'Immédiat'", name="Tout de suite"):
        (receipt,) = client.connector.apply(
            [client.write(number, Field.PRIORITY, Priority.CRITICAL)]
        )
    assert '"Tout de suite"' in (receipt.refused or "")


def test_another_field_that_is_empty_and_required_is_said_in_redmines_words(
    tool: Redmine, make: Make, number: int
) -> None:
    """Writing one field can fail because of another (docs/redmine.md, 6)."""
    client = make(tool)
    with tool.changed("custom_fields", "name = 'Gravité'", is_required=1):
        (receipt,) = client.connector.apply([client.write(number, Field.CONSUMED, 3600)])
    assert "Gravité" in (receipt.refused or "")


def test_field_is_found_by_its_number_where_its_name_may_change(
    tool: Redmine, make: Make, number: int, tmp_path: Path
) -> None:
    field = tool.id_of("custom_field", "consumed")
    client = make(tool, mapping=mapping(tmp_path, f'[fields]\nconsumed = "custom:{field}"'))
    (receipt,) = client.connector.apply([client.write(number, Field.CONSUMED, 3600)])
    assert (receipt.shown, receipt.refused) == (3600, None)


def test_field_with_several_values_is_refused(tool: Redmine, make: Make, number: int) -> None:
    tool.api("jdoe").set_custom_field(number, "approval", "En attente")
    client = make(tool)
    with tool.changed("custom_fields", "name = 'Approbation'", multiple=1):
        assert client.connector.fetch(str(number)).approval is ApprovalState.AWAITING
        tool.api("jdoe").update(
            number, custom_fields=[{"id": 2, "value": ["Approuvé", "En attente"]}]
        )
        with pytest.raises(TicketError, match="several values"):
            client.connector.fetch(str(number))
        write = client.write(number, Field.APPROVAL, ApprovalState.AWAITING)
        (receipt,) = client.connector.apply([write])
    assert "several values" in (receipt.refused or "")


STATUS = """
[approval]
"Commentaire" = "awaiting"
"Fermé" = "rejected"
[fields]
approval = "native:status"
"""


def test_approval_can_live_in_the_status(
    tool: Redmine, make: Make, number: int, tmp_path: Path
) -> None:
    client = make(tool, mapping=mapping(tmp_path, STATUS))
    assert client.connector.fetch(str(number)).approval is None
    (receipt,) = client.connector.apply(
        [client.write(number, Field.APPROVAL, ApprovalState.AWAITING)]
    )
    assert (receipt.shown, receipt.refused) == (ApprovalState.AWAITING, None)
    events = [(e.kind, e.new) for e in client.connector.fetch(str(number)).events]
    assert events == [("state", "awaiting_client"), ("approval", "awaiting")]


def test_status_that_the_workflow_forbids_is_said_with_those_it_allows(
    tool: Redmine, make: Make, number: int, tmp_path: Path
) -> None:
    """An answer 204, and unchanged (docs/redmine.md, 6)."""
    client = make(tool, mapping=mapping(tmp_path, STATUS))
    closed = tool.id_of("status", "closed")
    with tool.changed("workflows", f"new_status_id = {closed}", new_status_id=0):
        (receipt,) = client.connector.apply(
            [client.write(number, Field.APPROVAL, ApprovalState.REJECTED)]
        )
    assert 'allows only "Nouveau"' in (receipt.refused or "")


def test_field_without_a_place_is_refused(
    tool: Redmine, make: Make, number: int, tmp_path: Path
) -> None:
    client = make(tool, mapping=mapping(tmp_path, '[fields]\nconsumed = "label:used"'))
    (receipt,) = client.connector.apply([client.write(number, Field.CONSUMED, 3600)])
    assert "label:used" in (receipt.refused or "")


def test_writes_of_two_tickets_are_not_mixed(tool: Redmine, make: Make, number: int) -> None:
    client = make(tool)
    writes = [client.write(n, Field.ESTIMATE, 3600) for n in (number, number + 1)]
    with pytest.raises(ValueError, match="one ticket"):
        client.connector.apply(writes)


def mapping(folder: Path, text: str) -> str:
    path = folder / "mapping.toml"
    path.write_text(f'extends = "redmine"\n{text}\n', encoding="utf-8")
    return str(path)
