"""What a pass finds, and what it costs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.model import Channel, Priority, State, Unmapped
from connectors.errors import AccessError, GoneError, TryAgainError, WaitError
from connectors.freshdesk.cursor import CODEC, Cursor
from connectors.sandbox.core import Answer, Cut
from connectors.sandbox.freshdesk import GROWTH
from connectors.toolkit import stamps
from tests.freshdesk.conftest import Make
from tests.freshdesk.desk import Desk
from tests.keeping import SINCE


def test_ask_08_ticket_from_more_than_30_days_ago_is_read(desk: Desk) -> None:
    row = desk.open("Old")
    desk.tool.clock.advance(timedelta(days=60))
    assert str(row.id) in desk.poll()


def test_ask_23_closed_tickets_and_those_of_others_are_read(desk: Desk) -> None:
    rows = [desk.open(status=status) for status in (2, 3, 4, 5, 6, 7)]
    assert set(desk.poll()) == {str(row.id) for row in rows}


def test_poll_without_news_costs_two_requests(desk: Desk) -> None:
    desk.open()
    desk.settle()
    assert desk.poll() == {}
    assert desk.requests == 2


def test_ask_08_bulk_edit_of_hundreds_is_read_once_and_costs_nothing_later(desk: Desk) -> None:
    rows = [desk.open(f"Number {number}") for number in range(250)]
    desk.settle()
    desk.tool.bulk_edit(rows, tags=["moved"])
    assert len(desk.poll()) == 250
    desk.settle()
    assert desk.poll() == {}
    assert desk.requests == 2


def test_changed_ticket_costs_two_requests_whatever_was_said_on_it(desk: Desk) -> None:
    rows = [desk.open(f"Number {number}") for number in range(20)]
    desk.tool.agent_reply(rows[0], desk.jane, "So that she is known.")
    desk.settle()
    for row in rows[1:]:
        for _ in range(9):
            desk.tool.agent_reply(row, desk.jane, "We look at it.")
    assert len(desk.poll()) == 19
    whose_key, form = 1, 1
    assert desk.requests == 2 + 2 * 19 + whose_key + form


def test_second_change_in_the_same_second_is_seen(desk: Desk) -> None:
    row = desk.open()
    desk.tool.clock.set(desk.tool.now())
    desk.poll()
    desk.tool.set_field(row, priority=4)
    assert desk.poll()[str(row.id)].priority is Priority.CRITICAL


def test_ask_09_wish_to_wait_is_obeyed_and_loses_no_page(desk: Desk) -> None:
    for number in range(120):
        desk.open(f"Number {number}")
    desk.tool.faults.add(Answer(429, b"{}", headers={"Retry-After": "0"}), "GET", "*", after=1)
    assert len(desk.poll()) == 120
    assert desk.tool.faults.waiting == []


def test_ask_09_wish_to_wait_for_an_hour_ends_the_pass_and_keeps_what_was_read(desk: Desk) -> None:
    for number in range(120):
        desk.open(f"Number {number}")
        desk.tool.clock.advance(1)
    busy = Answer(429, b"{}", headers={"Retry-After": "3600"})
    desk.tool.faults.add(busy, "GET", "*/tickets", times=100, after=1)
    with pytest.raises(WaitError) as caught:
        desk.poll()
    assert caught.value.until_seconds == 3600
    desk.tool.faults.clear()


def test_plan_s_caps_are_kept_by_the_pace_that_headers_ask_for(make: Make) -> None:
    desk = make(plan=GROWTH)
    desk.open()
    for _ in range(5):
        desk.poll()
    assert [entry for entry in desk.tool.journal.entries if entry.status == 429] == []


@pytest.mark.parametrize("fault", [Answer.html(), Cut(), Answer(200, b"{}"), Answer(200, b"")])
def test_answer_that_is_no_list_is_never_no_tickets(fault: Answer | Cut, desk: Desk) -> None:
    desk.open()
    desk.tool.faults.add(fault, "GET", "*/tickets", times=100)
    with pytest.raises(TryAgainError):
        desk.poll()
    desk.tool.faults.clear()
    assert desk.cursor is None
    assert len(desk.poll()) == 1


def test_ask_10_first_read_that_was_cut_forgets_no_open_ticket_of_its_first_pages(
    desk: Desk,
) -> None:
    now = desk.tool.now()
    desk.tool.clock.set(now - timedelta(days=10))
    old = desk.open("Open for days")
    desk.tool.clock.set(now - timedelta(days=2))
    for number in range(150):
        desk.open(f"Number {number}")
        desk.tool.clock.advance(1)
    connector = desk.connector()
    pages = connector.poll(None, now)
    desk.take(next(pages))
    connector.close()
    desk.tool.clock.set(now)
    desk.poll(now)
    assert desk.poll(now, thorough=True)[str(old.id)].complete


def test_old_tickets_come_as_heads_from_the_list_alone(desk: Desk) -> None:
    rows = [desk.open(f"Number {number}") for number in range(150)]
    seen = desk.poll(desk.tool.now() + timedelta(days=1))
    assert set(seen) == {str(row.id) for row in rows}
    assert not any(ticket.complete for ticket in seen.values())
    assert desk.requests <= 5


@pytest.mark.parametrize("answer", [200, 403, 404])
def test_ticket_in_the_trash_is_closed_by_the_full_pass_and_cannot_be_fetched(
    answer: int, desk: Desk
) -> None:
    row = desk.open(tags=["vip"])
    desk.settle()
    desk.tool.trashed_answer = answer
    desk.tool.trash(row)
    assert desk.poll() == {}
    seen = desk.poll(thorough=True)[str(row.id)]
    assert (seen.state, seen.labels, seen.complete) == (State.CLOSED, ("vip", "deleted"), False)
    with pytest.raises(GoneError):
        desk.fetch(row)
    desk.tool.restore(row)
    assert desk.poll()[str(row.id)].state is State.OPEN


def test_ticket_thrown_away_is_told_once(desk: Desk) -> None:
    row = desk.open()
    desk.settle()
    desk.tool.trash(row)
    for _ in range(3):
        desk.poll(thorough=True)
    assert [facts for event, facts in desk.observed if event == "gone"] == [
        {"ticket": str(row.id), "reason": "deleted"}
    ]


def test_spam_is_closed_by_the_full_pass(desk: Desk) -> None:
    row = desk.open()
    desk.settle()
    desk.tool.mark_spam(row)
    assert desk.poll(thorough=True)[str(row.id)].labels == ("spam",)


def test_ticket_that_was_never_known_is_not_taken_from_the_trash(desk: Desk) -> None:
    desk.tool.trash(desk.open())
    assert desk.poll() == {}
    assert desk.poll(thorough=True) == {}


def test_archived_ticket_is_read_where_it_lies(desk: Desk) -> None:
    row = desk.open("Old", status=5)
    desk.tool.archive(row)
    assert desk.fetch(row).title == "Old"


def test_ticket_that_is_gone_for_good_is_gone(desk: Desk) -> None:
    row = desk.open()
    desk.tool.delete_forever(row)
    with pytest.raises(GoneError):
        desk.fetch(row)


@pytest.mark.parametrize("part", ["conversations", "time_entries"])
def test_ticket_of_which_a_part_is_not_found_is_set_aside_and_not_gone(
    part: str, desk: Desk
) -> None:
    row = desk.open()
    for number in range(12):
        desk.tool.reply_by_mail(row, desk.alice, f"Number {number}")
    desk.tool.faults.add(Answer(404, b""), "GET", f"*/tickets/{row.id}/{part}", times=9)
    assert desk.poll() == {}
    assert "a part of it" in desk.set_aside[str(row.id)]
    assert not any(event == "gone" for event, _ in desk.observed)


def test_escalation_by_the_clock_moves_the_ticket_and_changes_nothing_in_it(desk: Desk) -> None:
    desk.tool.sla = True
    row = desk.open(priority=4)
    before = desk.poll()[str(row.id)]
    desk.tool.clock.advance(timedelta(days=2))
    after = desk.poll()[str(row.id)]
    assert after.updated_at > before.updated_at
    assert (after.state, after.events, after.comments) == (before.state, (), ())


def test_suspended_account_is_an_access_error_and_no_lost_ticket(desk: Desk) -> None:
    row = desk.open()
    desk.tool.suspend()
    with pytest.raises(AccessError, match="suspended"):
        desk.poll()
    with pytest.raises(AccessError, match="suspended"):
        desk.fetch(row)


@pytest.mark.parametrize(
    ("language", "priority", "state"),
    [("en", "Urgent", "Closed"), ("fr", "Urgente", "Fermé"), ("de", "Dringend", "Geschlossen")],
)
def test_words_of_each_language_are_read(
    make: Make, language: str, priority: str, state: str
) -> None:
    desk = make(language)
    row = desk.open(priority=4, status=5, type=desk.tool.words.types[1], source=3)
    seen = desk.poll()[str(row.id)]
    assert (seen.priority, seen.state, seen.kind) == (Priority.CRITICAL, State.CLOSED, "incident")
    assert (seen.organisation, seen.channel, seen.unmapped) == ("ACME", Channel.PHONE, ())


def test_every_word_of_each_language_is_known(make: Make) -> None:
    for language in ("en", "fr", "de"):
        desk = make(language)
        for status in (2, 3, 4, 5, 6, 7):
            for priority in (1, 2, 3, 4):
                desk.open(status=status, priority=priority)
        for word in desk.tool.words.types:
            desk.open(type=word)
        assert [ticket.unmapped for ticket in desk.poll().values() if ticket.unmapped] == []


def test_renamed_status_is_told_and_becomes_no_default(desk: Desk) -> None:
    row = desk.open(status=6)
    desk.tool.rename_status(6, "Parked")
    seen = desk.poll()[str(row.id)]
    assert (seen.state, seen.unmapped) == (None, (Unmapped("state", "Parked"),))


def test_person_s_new_address_is_known_after_a_full_pass(desk: Desk) -> None:
    row = desk.open()
    desk.settle()
    with desk.tool.lock:
        desk.alice.email = "alice@acme.example"
    assert desk.poll(thorough=True)[str(row.id)].requester.address == "alice@acme.example"


def test_thorough_pass_reads_open_tickets_whole_and_old_closed_ones_from_the_list(
    desk: Desk,
) -> None:
    closed = desk.open("Closed", status=5)
    desk.tool.clock.advance(timedelta(days=-60))
    desk.settle()
    with desk.tool.lock:
        closed.updated_at = closed.updated_at - timedelta(days=100)
        desk.tool.version += 1
    still = desk.open("Open")
    seen = desk.poll(SINCE, thorough=True)
    assert seen[str(still.id)].complete
    assert not seen[str(closed.id)].complete


def test_cursor_is_read_back_as_it_was_written() -> None:
    cursor = Cursor(stamp=SINCE, edge={"2020-01-01T00:00:00Z": (1, 2)}, aside=(("1", "x"),))
    assert CODEC.read(CODEC.text(cursor)) == cursor
    for text in ("[]", '{"v": 0}', "no json", '{"edge": 7}'):
        with pytest.raises(ValueError):
            CODEC.read(text)


def test_cursor_of_the_first_release_reads_on(desk: Desk) -> None:
    row = desk.open()
    desk.settle()
    stamp = stamps.show(desk.tool.now())
    desk.cursor = (
        f'{{"aside":[["9","3000-01-01T00:00:00Z"]],"edge":{{}},"first":false,"settled":true,'
        f'"stamp":"{stamp}","v":1}}'
    )
    desk.tool.clock.advance(60)
    desk.tool.agent_reply(row, desk.jane, "Du neuf")
    assert set(desk.poll()) == {str(row.id)}
    assert not [event for event, _ in desk.observed if event == "restart"]


def test_ticket_at_which_the_tool_fails_is_asked_for_again_and_stops_no_other(desk: Desk) -> None:
    good, bad = desk.open("Good"), desk.open("Bad")
    desk.tool.faults.add(Answer.json("{}", 500), "GET", f"*/tickets/{bad.id}", times=100)
    assert set(desk.poll()) == {str(good.id)}
    assert desk.temporary == {str(bad.id)}


def test_unreadable_cursor_starts_over_and_says_so(desk: Desk) -> None:
    row = desk.open()
    desk.cursor = "of another connector"
    assert str(row.id) in desk.poll()
    assert desk.observed[0][0] == "restart"
