"""Polling a real Redmine: what its API does to a reader, and that nothing is lost."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from bridge.model import Kind, Priority, Role, State, Unmapped
from connectors.base import Page
from tests.redmine.client import LATER, QUICK, Client
from tests.servers.redmine import Redmine
from tests.servers.redmine_bulk import BulkIssues

Make = Callable[..., Client]


def test_issue_with_comment_and_time_becomes_a_whole_ticket(tool: Redmine, make: Make) -> None:
    number = tool.api("alice").create_issue("Page blanche", priority="immediate")
    tool.api("jdoe").log_time(number, "1:30", on="2026-11-20", comment="analyse")
    tool.api("alice").comment(number, "C'est urgent.")
    ticket = make(tool).poll()[str(number)]
    assert (ticket.source, ticket.title, ticket.project) == ("tma", "Page blanche", "acme")
    assert ticket.url == f"{tool.url}/issues/{number}"
    assert (ticket.kind, ticket.priority) == (Kind.INCIDENT, Priority.CRITICAL)
    assert (ticket.state, ticket.requester.login) == (State.NEW, "alice")
    assert ticket.organisation == "ACME SA"
    assert [(c.text, c.role, c.author.login) for c in ticket.comments] == [
        ("C'est urgent.", Role.CLIENT, "alice")
    ]
    assert [(e.seconds, e.person.login, e.note) for e in ticket.time_entries] == [
        (5400, "jdoe", "analyse")
    ]
    assert ticket.complete
    assert ticket.unmapped == ()


def test_english_install_is_read_with_the_same_words(redmine_en: Redmine, make: Make) -> None:
    redmine_en.reset()
    number = redmine_en.api("alice").create_issue("Blank page", tracker="feature", priority="low")
    redmine_en.api("jdoe").set_status(number, "feedback")
    redmine_en.api("jdoe").set_custom_field(number, "severity", "Major")
    ticket = make(redmine_en).poll()[str(number)]
    assert (ticket.kind, ticket.priority) == (Kind.REQUEST, Priority.LOW)
    assert (ticket.state, ticket.severity) == (State.AWAITING_CLIENT, "major")
    assert [(e.kind, e.old, e.new) for e in ticket.events] == [
        ("state", "new", "awaiting_client"),
        ("severity", None, "major"),
    ]


def test_word_that_the_mapping_lacks_is_reported_and_becomes_no_default(
    tool: Redmine, make: Make
) -> None:
    number = tool.api("alice").create_issue("Page blanche", priority="high")
    with tool.changed("enumerations", "name = 'Haut'", name="Très haut"):
        ticket = make(tool).poll()[str(number)]
    assert ticket.priority is None
    assert ticket.unmapped == (Unmapped("priority", "Très haut"),)


def test_closed_issues_are_read_too(tool: Redmine, make: Make) -> None:
    number = tool.api("alice").create_issue("Réglé")
    tool.api("jdoe").set_status(number, "closed")
    assert make(tool).poll()[str(number)].state is State.CLOSED


def test_poll_without_news_costs_one_request_for_issues_and_one_for_time(
    tool: Redmine, make: Make
) -> None:
    tool.seed_issues(5)
    client = make(tool)
    assert len(client.poll()) == 5
    assert client.poll() == {}
    assert client.requests == 2


def test_poll_without_news_costs_no_more_when_thousands_share_the_last_second(
    tool: Redmine, make: Make
) -> None:
    tool.seed_issues(350, BulkIssues(step=timedelta(0)))
    client = make(tool)
    future = datetime(2026, 6, 1, tzinfo=UTC)
    assert len(client.poll(future)) == 350
    assert client.poll(future) == {}
    assert client.requests == 2
    tool.api("alice").comment(200, "Encore là ?")
    assert set(client.poll(future)) == {"200"}


def test_second_note_in_the_same_second_is_not_lost(tool: Redmine, make: Make) -> None:
    """Stamps are printed to the second (docs/redmine.md, 1.11)."""
    number = tool.api("alice").create_issue("Deux notes")
    client = make(tool)
    at = datetime.now(UTC).replace(microsecond=100_000)
    tool.set_updated_on(number, at)
    client.poll()
    tool.api("alice").comment(number, "la seconde")
    tool.set_updated_on(number, at + timedelta(milliseconds=500))
    ticket = client.poll()[str(number)]
    assert [c.text for c in ticket.comments] == ["la seconde"]
    client.ahead = LATER
    assert set(client.poll()) == {str(number)}  # taken once more after that second was over
    assert client.poll() == {}


def test_row_that_appears_late_with_an_earlier_stamp_is_not_lost(tool: Redmine, make: Make) -> None:
    api = tool.api("alice")
    late, early = api.create_issue("tard"), api.create_issue("tôt")
    long_ago = datetime(2026, 3, 1, tzinfo=UTC)
    tool.set_updated_on(early, long_ago)
    tool.set_updated_on(late, long_ago - timedelta(days=1))
    client = make(tool)
    client.poll()
    tool.set_updated_on(late, long_ago - timedelta(seconds=5))
    assert set(client.poll()) == {str(late)}


def test_walk_loses_no_row_when_issues_move_between_pages(tool: Redmine, make: Make) -> None:
    """An ascending walk by offset loses rows that way (docs/redmine.md, 1.10)."""
    numbers = tool.seed_issues(600)
    client = make(tool)
    seen: set[str] = set()
    moving = iter(numbers)
    for page in client.connector.poll(None, datetime(2027, 1, 1, tzinfo=UTC)):
        client.take(page)
        seen |= {t.key for t in page.tickets}
        for number in [next(moving) for _ in range(3)] if page.tickets else ():
            tool.set_updated_on(number, datetime.now(UTC))
    assert seen == {str(number) for number in numbers}


def test_walk_loses_no_row_when_issues_move_within_one_shared_second(
    tool: Redmine, make: Make
) -> None:
    numbers = tool.seed_issues(450, BulkIssues(step=timedelta(0)))
    client = make(tool)
    seen: set[str] = set()
    moving = iter(numbers)
    for page in client.connector.poll(None, datetime(2027, 1, 1, tzinfo=UTC)):
        client.take(page)
        seen |= {t.key for t in page.tickets}
        for number in [next(moving) for _ in range(3)] if page.tickets else ():
            tool.set_updated_on(number, datetime.now(UTC))
    assert seen == {str(number) for number in numbers}


def test_poll_stopped_half_way_goes_on_where_it_was(tool: Redmine, make: Make) -> None:
    numbers = tool.seed_issues(250)
    client = make(tool)
    future = datetime(2027, 1, 1, tzinfo=UTC)
    with contextlib.closing(
        cast("Generator[Page, None, None]", client.connector.poll(None, future))
    ) as pages:
        client.take(next(pages))
    assert [t.name for t in threading.enumerate() if t.name == "prefetch"] == []
    assert len(client.tickets) == 100
    client.poll(future)
    assert len(client.tickets) == len(numbers)
    assert all(not ticket.complete for ticket in client.tickets.values())


def test_first_read_takes_heads_of_old_tickets_and_the_whole_of_new_ones(
    tool: Redmine, make: Make
) -> None:
    tool.seed_issues(130)
    since = datetime.now(UTC) - timedelta(minutes=1)
    number = tool.api("alice").create_issue("Nouvelle")
    client = make(tool)
    seen = client.poll(since)
    assert {key for key, ticket in seen.items() if ticket.complete} == {str(number)}
    assert len(seen) == 131
    # Two pages, the time entries, who we are; of the new one: itself, its author; the project.
    assert client.requests == 7


def test_changed_tickets_cost_a_constant_number_of_requests_each(tool: Redmine, make: Make) -> None:
    numbers = tool.seed_issues(250)
    client = make(tool)
    client.poll(datetime.now(UTC))
    for number in numbers[::25]:
        tool.api("alice").comment(number, "Bonjour")
    seen = client.poll(datetime.now(UTC))
    assert len(seen) == 10
    # The list, the time entries, who we are, the author; then one for each ticket.
    assert client.requests == 14


def test_old_head_becomes_whole_when_somebody_writes(tool: Redmine, make: Make) -> None:
    (number,) = tool.seed_issues(1)
    client = make(tool)
    assert not client.poll(datetime.now(UTC))[str(number)].complete
    tool.api("alice").comment(number, "Et alors ?")
    ticket = client.poll(datetime.now(UTC))[str(number)]
    assert ticket.complete
    assert [c.text for c in ticket.comments] == ["Et alors ?"]


def test_added_project_is_read_from_its_beginning(tool: Redmine, make: Make) -> None:
    tool.seed_issues(3)
    tool.seed_issues(4, BulkIssues(project="globex"))
    one = make(tool, login="mallory", projects=["acme"])
    assert len(one.poll()) == 3
    both = make(tool, login="mallory", projects=["acme", "globex"])
    both.cursor, both.store = one.cursor, one.store
    assert len(both.poll()) == 7


def test_only_the_configured_projects_are_read(tool: Redmine, make: Make) -> None:
    tool.seed_issues(3)
    tool.seed_issues(4, BulkIssues(project="globex"))
    client = make(tool, login="mallory", projects=["globex"])
    assert {ticket.project for ticket in client.poll().values()} == {"globex"}
    assert len(client.tickets) == 4


def test_private_note_we_may_not_see_is_a_change_without_news(tool: Redmine, make: Make) -> None:
    number = tool.api("alice").create_issue("Discret")
    with tool.permissions("role_provider", add=["set_notes_private", "view_private_notes"]):
        tool.api("jdoe").comment(number, "entre nous", private=True)
    with tool.permissions(remove=["view_private_notes"]):
        assert make(tool).poll()[str(number)].comments == ()


def test_private_note_is_not_public(tool: Redmine, make: Make) -> None:
    number = tool.api("alice").create_issue("Discret")
    with tool.permissions("role_provider", add=["set_notes_private", "view_private_notes"]):
        tool.api("jdoe").comment(number, "entre nous", private=True)
    (comment,) = make(tool).poll()[str(number)].comments
    assert comment.public is False


def test_thorough_pass_sees_a_note_that_was_edited_without_moving_the_stamp(
    tool: Redmine, make: Make
) -> None:
    """docs/redmine.md, 1.7."""
    number = tool.api("alice").create_issue("Corrigée")
    journal = tool.api("alice").comment(number, "non")
    client = make(tool)
    client.settle()
    tool.sql("UPDATE journals SET notes = 'oui' WHERE id = ?", (journal,))
    assert client.poll() == {}
    cursor = client.cursor
    ticket = client.poll(thorough=True)[str(number)]
    assert [c.text for c in ticket.comments] == ["oui"]
    assert client.cursor == cursor


def test_deleted_issue_is_not_concluded_from_absence(tool: Redmine, make: Make) -> None:
    number = tool.api("alice").create_issue("Supprimée")
    client = make(tool)
    client.settle()
    tool.api("admin").call("DELETE", f"/issues/{number}.json")
    assert client.poll() == {}
    assert client.gone == []


def test_reused_issue_number_is_another_ticket(tool: Redmine, make: Make) -> None:
    """On SQLite the number of a deleted last issue is used again (docs/redmine.md, 9)."""
    number = tool.api("alice").create_issue("La première")
    client = make(tool)
    client.settle()
    tool.api("admin").call("DELETE", f"/issues/{number}.json")
    tool.sql("DELETE FROM sqlite_sequence WHERE name = 'issues'")
    assert tool.api("alice").create_issue("La seconde") == number
    (key,) = client.poll()
    assert key.startswith(f"{number}@")
    assert client.connector.fetch(key).title == "La seconde"
    with pytest.raises(Exception, match="to another issue"):
        client.connector.fetch(str(number))
    client.ahead = LATER
    assert set(client.poll()) == {key}


@pytest.mark.parametrize("stamp", ["2099-01-01 00:00:00", "1970-01-02 00:00:00"])
def test_threat_H5_impossible_stamp_is_set_aside_and_never_enters_the_cursor(
    tool: Redmine, make: Make, stamp: str
) -> None:
    bad, good = tool.seed_issues(2)
    tool.sql("UPDATE issues SET updated_on = ? WHERE id = ?", (stamp, bad))
    client = make(tool)
    assert set(client.poll()) == {str(good)}
    assert set(client.set_aside) == {str(bad)}
    client.set_aside.clear()
    tool.api("alice").comment(good, "encore vu")
    assert set(client.poll()) == {str(good)}
    assert client.set_aside == {}


def test_field_of_the_wrong_type_sets_one_ticket_aside_and_the_others_go_on(
    tool: Redmine, make: Make
) -> None:
    api = tool.api("alice")
    bad, good = api.create_issue("Mauvais champ"), api.create_issue("Bon")
    field = tool.id_of("custom_field", "consumed")
    with tool.changed("custom_fields", f"id = {field}", field_format="string"):
        tool.api("jdoe").set_custom_field(bad, "consumed", "beaucoup")
        client = make(tool)
        assert set(client.poll()) == {str(good)}
    (reason,) = client.set_aside.values()
    assert "Heures consommées" in reason
    assert "'beaucoup'" in reason


def test_issue_on_which_redmine_itself_fails_is_set_aside_and_the_others_go_on(
    tool: Redmine, make: Make
) -> None:
    api = tool.api("alice")
    bad, good = api.create_issue("Cassée"), api.create_issue("Bonne")
    journal = api.comment(bad, "x")
    tool.sql("UPDATE journals SET notes = CAST(x'ff' AS TEXT) WHERE id = ?", (journal,))
    client = make(tool)
    assert set(client.poll()) == {str(good)}
    assert "status 500" in client.set_aside[str(bad)]


def test_issue_larger_than_agreed_is_set_aside_and_the_others_go_on(
    tool: Redmine, make: Make
) -> None:
    api = tool.api("alice")
    bad, good = api.create_issue("Énorme"), api.create_issue("Bonne")
    api.comment(bad, "x" * 50_000)
    client = make(tool, limits=replace(QUICK, body=40_000))
    assert set(client.poll()) == {str(good)}
    assert "larger than" in client.set_aside[str(bad)]


def test_project_made_anew_under_its_name_is_read(tool: Redmine, make: Make) -> None:
    tool.seed_issues(2)
    client = make(tool, login="admin", projects=["acme"])
    client.poll()
    tool.sql("UPDATE projects SET identifier = 'old' WHERE identifier = 'acme'")
    tool.sql("UPDATE projects SET identifier = 'acme' WHERE identifier = 'globex'")
    tool.sql("UPDATE issues SET project_id = 99 WHERE project_id = 1")
    (number,) = tool.seed_issues(1)
    client.poll()
    assert set(client.poll()) == {str(number)}
