"""Time entries of a real Redmine: none of their changes moves a stamp (docs/redmine.md, 1.5, 1.6,
4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.errors import AccessError
from tests.redmine.client import Client
from tests.servers.redmine import Redmine
from tests.servers.redmine_bulk import BulkIssues
from tests.servers.seconds import next_second

Make = Callable[..., Client]


@pytest.fixture
def today() -> str:
    """The day on which the tests log time."""
    return datetime.now(UTC).date().isoformat()


@pytest.fixture
def number(tool: Redmine) -> int:
    """An issue that nobody has touched for months."""
    (issue,) = tool.seed_issues(1)
    return issue


def change(tool: Redmine, entry: int, **fields: Any) -> None:
    tool.api("admin").call("PUT", f"/time_entries/{entry}.json", json={"time_entry": fields})


def delete(tool: Redmine, entry: int) -> None:
    tool.api("admin").call("DELETE", f"/time_entries/{entry}.json")


def seconds(client: Client, number: int) -> list[int]:
    return [entry.seconds for entry in client.tickets[str(number)].time_entries]


def test_logged_time_is_seen_although_it_moves_no_stamp(
    tool: Redmine, make: Make, number: int, today: str
) -> None:
    client = make(tool)
    client.poll()
    tool.api("jdoe").log_time(number, "0:20", on=today)
    assert set(client.poll()) == {str(number)}
    assert seconds(client, number) == [1200]
    assert client.requests <= 6
    assert client.poll() == {}
    assert client.requests == 2


def test_time_logged_days_late_is_seen(tool: Redmine, make: Make, number: int, today: str) -> None:
    client = make(tool)
    tool.api("jdoe").log_time(number, "1", on=today)
    client.poll()
    tool.api("jdoe").log_time(number, "2", on="2025-01-15")
    assert set(client.poll()) == {str(number)}
    assert sorted(seconds(client, number)) == [3600, 7200]


def test_time_on_old_tickets_is_read_at_first_contact(
    tool: Redmine, make: Make, number: int, today: str
) -> None:
    tool.api("jdoe").log_time(number, "1", on=today)
    client = make(tool)
    ticket = client.poll(datetime.now(UTC) - timedelta(days=1))[str(number)]
    assert ticket.complete
    assert seconds(client, number) == [3600]


def test_many_new_entries_at_once_are_all_seen(tool: Redmine, make: Make, today: str) -> None:
    numbers = tool.seed_issues(130)
    client = make(tool)
    client.poll(datetime.now(UTC))
    tool.sql(
        "INSERT INTO time_entries (project_id, user_id, author_id, issue_id, hours, comments,"
        " activity_id, spent_on, tyear, tmonth, tweek, created_on, updated_on)"
        " SELECT project_id, 6, 6, id, 0.5, '', ?, ?, 2026, 1, 1, ?, ? FROM issues",
        (
            tool.id_of("activity", "development"),
            today,
            *[datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")] * 2,
        ),
    )
    assert set(client.poll()) == {str(n) for n in numbers}
    assert client.poll() == {}


def test_deleted_entry_is_seen_by_the_next_poll_and_said_to_be_gone(
    tool: Redmine, make: Make, number: int, today: str
) -> None:
    entry = tool.api("jdoe").log_time(number, "1", on=today)
    tool.api("jdoe").log_time(number, "2", on=today)
    client = make(tool)
    client.poll()
    delete(tool, entry)
    assert set(client.poll()) == {str(number)}
    assert client.gone == [(str(number), "time_entry", str(entry))]
    assert seconds(client, number) == [7200]
    assert client.poll() == {}
    assert client.requests == 2


def test_only_entry_deleted_leaves_none(tool: Redmine, make: Make, number: int, today: str) -> None:
    entry = tool.api("jdoe").log_time(number, "1", on=today)
    client = make(tool)
    client.poll()
    delete(tool, entry)
    client.poll()
    assert client.gone == [(str(number), "time_entry", str(entry))]
    assert seconds(client, number) == []


def test_edited_entry_is_seen_by_a_thorough_pass(
    tool: Redmine, make: Make, number: int, today: str
) -> None:
    entry = tool.api("jdoe").log_time(number, "1", on=today)
    tool.api("jdoe").set_status(number, "closed")
    client = make(tool)
    client.settle()
    change(tool, entry, hours="1:15")
    assert client.poll() == {}
    assert set(client.poll(datetime.now(UTC), thorough=True)) == {str(number)}
    assert seconds(client, number) == [4500]
    assert client.poll(datetime.now(UTC), thorough=True) == {}


def test_entry_moved_to_another_issue_leaves_the_first(
    tool: Redmine, make: Make, today: str
) -> None:
    first, second = tool.seed_issues(2)
    for issue in (first, second):
        tool.api("jdoe").set_status(issue, "closed")
    entry = tool.api("jdoe").log_time(first, "1", on=today)
    client = make(tool)
    client.settle()
    change(tool, entry, issue_id=second)
    assert set(client.poll(datetime.now(UTC), thorough=True)) == {str(first), str(second)}
    assert client.gone == [(str(first), "time_entry", str(entry))]
    assert (seconds(client, first), seconds(client, second)) == ([], [3600])


def test_entry_moved_to_a_project_we_do_not_see_leaves_its_issue(
    tool: Redmine, make: Make, number: int, today: str
) -> None:
    (elsewhere,) = tool.seed_issues(1, BulkIssues(project="globex"))
    entry = tool.api("jdoe").log_time(number, "1", on=today)
    client = make(tool)
    client.poll()
    change(tool, entry, issue_id=elsewhere)
    client.poll()
    assert client.gone == [(str(number), "time_entry", str(entry))]
    assert seconds(client, number) == []


def test_issue_with_more_entries_than_a_page_is_read_whole(
    tool: Redmine, make: Make, number: int, today: str
) -> None:
    client = make(tool)
    for _ in range(3):
        tool.api("jdoe").log_time(number, "0.25", on=today)
    for _ in range(6):
        tool.sql(
            "INSERT INTO time_entries (project_id, user_id, author_id, issue_id, hours, comments,"
            " activity_id, spent_on, tyear, tmonth, tweek, created_on, updated_on)"
            " SELECT project_id, user_id, author_id, issue_id, hours, comments, activity_id,"
            " spent_on, tyear, tmonth, tweek, created_on, updated_on FROM time_entries"
        )
    client.poll()
    assert seconds(client, number) == [900] * 192


def test_entries_hidden_by_a_narrower_role_are_not_said_to_be_gone(
    tool: Redmine, make: Make, number: int, today: str
) -> None:
    """A role limited to its own entries sees only those, and the sums shrink (docs/redmine.md,
    4)."""
    tool.api("jdoe").log_time(number, "1", on=today)
    client = make(tool)
    client.poll()
    with tool.changed("roles", "name = 'Pont'", time_entries_visibility="own"):
        tool.api("alice").comment(number, "bonjour")
        for _ in range(2):
            with pytest.raises(AccessError, match="no longer are"):
                client.poll()
    assert client.gone == []
    client.poll()
    assert seconds(client, number) == [3600]


def test_right_to_see_time_taken_away_is_an_error_after_the_tickets_were_read(
    tool: Redmine, make: Make, number: int, today: str
) -> None:
    tool.api("jdoe").log_time(number, "1", on=today)
    client = make(tool)
    client.poll()
    with tool.permissions(remove=["view_time_entries"]):
        tool.api("alice").comment(number, "bonjour")
        with pytest.raises(AccessError, match="no longer are"):
            client.poll()
    assert [c.text for c in client.tickets[str(number)].comments] == ["bonjour"]
    assert client.gone == []


def test_redmine_without_time_tracking_is_read(tool: Redmine, make: Make, number: int) -> None:
    with tool.permissions(remove=["view_time_entries"]):
        client = make(tool)
        assert set(client.poll()) == {str(number)}
        assert client.poll() == {}


def test_threat_H6_absurd_time_sets_its_ticket_aside(tool: Redmine, make: Make, today: str) -> None:
    bad, good = tool.seed_issues(2)
    tool.api("jdoe").log_time(bad, "25", on=today)
    client = make(tool)
    assert set(client.poll()) == {str(good)}
    assert "do not fit into a day" in client.set_aside[str(bad)]


def test_three_times_twenty_minutes_are_one_hour(
    tool: Redmine, make: Make, number: int, today: str
) -> None:
    """0.33 is what the API prints of 20 minutes (docs/redmine.md, 4)."""
    for _ in range(3):
        tool.api("jdoe").log_time(number, "0:20", on=today)
    client = make(tool)
    client.poll()
    assert sum(seconds(client, number)) == 3600


def test_note_that_looks_like_a_date_stays_text(
    tool: Redmine, make: Make, number: int, today: str
) -> None:
    """The library makes a date of it (docs/redmine.md, 11)."""
    tool.api("jdoe").log_time(number, "1", on=today, comment="2026-11-21")
    client = make(tool)
    client.poll()
    assert client.tickets[str(number)].time_entries[0].note == "2026-11-21"


def test_time_logged_the_same_day_keeps_its_order_with_comments(
    tool: Redmine, make: Make, number: int, today: str
) -> None:
    tool.api("alice").comment(number, "Oui")
    next_second()
    tool.api("jdoe").log_time(number, "1", on=today)
    client = make(tool)
    ticket = client.poll()[str(number)]
    assert ticket.comments[0].at < ticket.time_entries[0].at
