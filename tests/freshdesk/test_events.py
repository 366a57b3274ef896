"""Changes of state, with the times that Freshdesk proves."""

from __future__ import annotations

from bridge.model import State
from tests.freshdesk.desk import Desk


def test_change_of_status_has_the_tool_s_own_time_and_the_state_read_before(desk: Desk) -> None:
    row = desk.open()
    desk.poll()
    desk.tool.clock.advance(60)
    desk.tool.set_field(row, status=3)
    pending = desk.tool.now()
    desk.tool.clock.advance(600)
    desk.tool.agent_note(row, desk.jane, "Later")
    (event,) = desk.poll()[str(row.id)].events
    assert (event.at, event.old, event.new) == (pending, "open", "awaiting_client")
    assert (event.observed, event.actor, event.own) == (False, None, False)


def test_resolved_and_closed_between_two_passes_are_two_changes(desk: Desk) -> None:
    row = desk.open()
    desk.poll()
    desk.tool.clock.advance(60)
    desk.tool.set_field(row, status=4)
    desk.tool.clock.advance(60)
    desk.tool.set_field(row, status=5)
    events = desk.poll()[str(row.id)].events
    assert [(e.old, e.new) for e in events] == [("open", "resolved"), ("resolved", "closed")]
    assert (events[1].at - events[0].at).total_seconds() == 60


def test_first_reading_tells_since_when_a_ticket_waits(desk: Desk) -> None:
    row = desk.open()
    desk.tool.clock.advance(60)
    desk.tool.set_field(row, status=3)
    (event,) = desk.poll()[str(row.id)].events
    assert (event.at, event.old, event.new) == (desk.tool.now(), None, "awaiting_client")


def test_reopening_by_a_client_s_mail_is_told(desk: Desk) -> None:
    row = desk.open(status=4)
    desk.poll()
    desk.tool.clock.advance(60)
    desk.tool.reply_by_mail(row, desk.alice, "It is broken again")
    (event,) = desk.poll()[str(row.id)].events
    assert (event.old, event.new, event.at) == ("resolved", "open", desk.tool.now())


def test_ticket_that_did_not_change_its_status_tells_no_change(desk: Desk) -> None:
    row = desk.open()
    desk.poll()
    desk.tool.clock.advance(60)
    desk.tool.set_field(row, priority=4)
    assert desk.poll()[str(row.id)].events == ()
    assert desk.poll(thorough=True)[str(row.id)].events == ()


def test_change_without_any_stamp_is_left_to_the_look(desk: Desk) -> None:
    """The store then tells it, as only observed."""
    row = desk.open()
    desk.poll()
    desk.tool.clock.advance(60)
    desk.tool.set_field(row, status=6)
    with desk.tool.lock:
        row.status_updated_at = None
    seen = desk.poll()[str(row.id)]
    assert (seen.state, seen.events) == (State.AWAITING_CLIENT, ())
