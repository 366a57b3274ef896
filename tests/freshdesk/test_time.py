"""Time entries, which move no stamp."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.errors import AccessError
from connectors.freshdesk import history as worked
from connectors.sandbox.core import Answer
from tests.freshdesk.conftest import Make
from tests.freshdesk.desk import Desk, hours

WORKED = """
extends = "freshdesk"
[fields]
worked = "custom:Hours done"
"""


def test_new_entry_is_seen_by_the_next_pass_though_the_ticket_does_not_move(desk: Desk) -> None:
    row = desk.open()
    desk.settle()
    desk.tool.log_time(row, desk.jane, 103, "looked")
    (entry,) = desk.poll()[str(row.id)].time_entries
    assert (entry.seconds, entry.note, entry.person.address) == (103, "looked", desk.jane.email)


def test_edited_entry_is_seen_by_the_next_pass(desk: Desk) -> None:
    row = desk.open()
    entry = desk.tool.log_time(row, desk.jane, 3600)
    desk.settle()
    desk.tool.edit_time(entry, seconds=5400)
    (read,) = desk.poll()[str(row.id)].time_entries
    assert read.seconds == 5400


def test_deleted_entry_is_proven_gone_by_the_ticket_s_own_list(desk: Desk) -> None:
    row = desk.open()
    entry = desk.tool.log_time(row, desk.jane, 3600)
    desk.tool.log_time(row, desk.jane, 60)
    desk.settle()
    desk.tool.delete_time(entry)
    desk.poll()
    assert desk.gone == [(str(row.id), "time_entry", str(entry.id))]
    desk.poll()
    assert len(desk.gone) == 1


def test_back_dated_entry_is_found_by_the_full_pass(desk: Desk) -> None:
    row = desk.open()
    desk.tool.set_field(row, status=5)
    desk.settle()
    long_ago = desk.tool.now() - timedelta(days=30)
    desk.tool.log_time(row, desk.jane, 3600, executed_at=long_ago)
    assert desk.poll() == {}
    assert desk.poll(thorough=True)[str(row.id)].time_entries[0].at == long_ago


def test_work_on_a_ticket_that_came_as_a_head_is_read_when_it_was_done_lately(desk: Desk) -> None:
    now = desk.tool.now()
    desk.tool.clock.set(now - timedelta(days=20))
    row, still = desk.open(status=5), desk.open(status=5)
    desk.tool.log_time(still, desk.jane, 60, executed_at=now - timedelta(days=2))
    desk.tool.clock.set(now)
    since = now - timedelta(days=1)
    desk.tool.log_time(row, desk.jane, 3600, executed_at=now - timedelta(hours=1))
    read = desk.poll(since)
    assert [entry.seconds for entry in read[str(row.id)].time_entries] == [3600]
    assert not read[str(still.id)].complete


def test_running_timer_counts_once_it_is_stopped(desk: Desk) -> None:
    row = desk.open()
    entry = desk.tool.start_timer(row, desk.jane)
    desk.settle()
    assert desk.fetch(row).time_entries == ()
    before = desk.tool.now()
    desk.tool.toggle_timer(entry)
    (read,) = desk.poll()[str(row.id)].time_entries
    assert read.seconds == int((before - entry.created_at).total_seconds())


def test_entry_typed_today_keeps_its_order_with_what_was_said(desk: Desk) -> None:
    """Freshdesk's pages give it midnight, which would be before the estimate."""
    row = desk.open()
    entry = desk.tool.log_time(row, desk.jane, 60)
    assert entry.executed_at.hour == 0
    assert desk.fetch(row).time_entries[0].at == entry.created_at


def test_entry_that_carries_our_mark_is_no_new_work(desk: Desk) -> None:
    row = desk.open()
    mark = desk.message(row, "x", public=True).mark
    desk.tool.log_time(row, desk.bridge, 3600, f"mirrored [ref {mark}]")
    desk.tool.log_time(row, desk.jane, 60, f"copied [ref {mark}]")
    desk.tool.log_time(row, desk.bridge, 120, "by a person who shares the account")
    assert [entry.seconds for entry in desk.fetch(row).time_entries] == [60, 120]


@pytest.mark.parametrize("seconds", [-60, 90_000])
def test_threat_H6_absurd_entry_sets_its_ticket_aside_and_no_other(
    seconds: int, desk: Desk
) -> None:
    odd, good = desk.open("Odd"), desk.open("Good")
    desk.tool.log_time(odd, desk.jane, seconds)
    assert set(desk.poll()) == {str(good.id)}
    assert "do not fit into a day" in desk.set_aside[str(odd.id)]


def test_plan_without_time_tracking_is_asked_once_and_costs_one_request_a_pass(
    make: Make,
) -> None:
    desk = make(time_tracking=False)
    row = desk.open()
    assert desk.poll()[str(row.id)].time_entries == ()
    desk.settle()
    before = desk.calls("GET", "time_entries")
    desk.poll()
    assert desk.requests == 1
    assert desk.calls("GET", "time_entries") == before


@pytest.mark.parametrize("path", ["*/time_entries", "*/tickets/*/time_entries"])
def test_time_that_the_key_may_not_see_is_an_access_error_and_loses_no_ticket(
    path: str, desk: Desk
) -> None:
    desk.open()
    denied = b'{"code": "access_denied", "message": "You are not authorized"}'
    desk.tool.faults.add(Answer(403, denied), "GET", path, times=50)
    with pytest.raises(AccessError, match="may not see time entries"):
        desk.poll()
    assert desk.observed == []


def test_plan_that_got_time_tracking_is_found_by_the_full_pass(make: Make) -> None:
    desk = make(time_tracking=False)
    row = desk.open()
    desk.settle()
    desk.tool.time_tracking = True
    desk.tool.log_time(row, desk.jane, 3600)
    assert desk.poll(thorough=True)[str(row.id)].time_entries[0].seconds == 3600


def test_time_that_can_no_longer_be_read_is_an_error_and_no_smaller_sum(make: Make) -> None:
    desk = make()
    row = desk.open()
    desk.tool.log_time(row, desk.jane, 3600)
    desk.settle()
    desk.tool.time_tracking = False
    with pytest.raises(AccessError, match="no longer are"):
        desk.poll()
    assert desk.gone == []


@pytest.fixture
def without_entries(make: Make, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    path = tmp_path_factory.mktemp("mapping") / "worked.toml"
    path.write_text(WORKED, encoding="utf-8")
    desk = make(mapping=str(path), time_tracking=False)
    desk.tool.add_field("cf_hours_done", "Hours done", "custom_decimal")
    return desk


def test_work_kept_in_a_field_is_read_as_it_grows(without_entries: Desk) -> None:
    desk = without_entries
    row = desk.open()
    desk.tool.set_field(row, custom_fields={"cf_hours_done": hours("1.5")})
    first = desk.poll()[str(row.id)].time_entries
    desk.tool.clock.advance(3600)
    desk.tool.set_field(row, custom_fields={"cf_hours_done": hours("2.25")})
    second = desk.poll()[str(row.id)].time_entries
    assert [entry.seconds for entry in first] == [5400]
    assert [entry.seconds for entry in second] == [5400, 2700]
    assert second[0] == first[0]
    assert second[1].at == desk.tool.now()


def test_work_taken_off_a_field_is_taken_off_the_last_pieces(without_entries: Desk) -> None:
    desk = without_entries
    row = desk.open()
    for value in ("1", "2", "3"):
        desk.tool.set_field(row, custom_fields={"cf_hours_done": hours(value)})
        desk.tool.clock.advance(60)
        desk.poll()
    desk.tool.set_field(row, custom_fields={"cf_hours_done": hours("1.5")})
    read = desk.poll()[str(row.id)].time_entries
    assert [entry.seconds for entry in read] == [3600, 1800]
    assert desk.gone == [(str(row.id), "time_entry", "worked:3")]


def test_work_that_stood_in_a_field_before_first_contact_is_no_new_work(
    without_entries: Desk,
) -> None:
    desk, now = without_entries, without_entries.tool.now()
    desk.tool.clock.set(now - timedelta(days=20))
    row = desk.open()
    desk.tool.set_field(row, custom_fields={"cf_hours_done": hours("10")})
    since = now - timedelta(days=1)
    desk.poll(since)
    desk.tool.clock.set(now)
    desk.tool.set_field(row, custom_fields={"cf_hours_done": hours("11")})
    read = desk.poll(since)[str(row.id)].time_entries
    assert [(entry.seconds, entry.at >= since) for entry in read] == [(36_000, False), (3600, True)]


def test_where_a_field_stands_for_time_entries_none_are_read(
    make: Make, without_entries: Desk
) -> None:
    desk = without_entries
    desk.tool.time_tracking = True
    row = desk.open()
    desk.tool.log_time(row, desk.jane, 3600)
    assert desk.poll()[str(row.id)].time_entries == ()
    assert desk.calls("GET", "time_entries") == 0


def test_pieces_add_up_to_the_field_whatever_happens_to_it() -> None:
    known: list[worked.Piece] = []
    for number, seconds in enumerate([60, 60, 600, 30, 0, 900]):
        known, _ = worked.pieces(known, seconds, f"2026-01-01T00:00:0{number}Z")
        assert sum(piece[1] for piece in known) == seconds
