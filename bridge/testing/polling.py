"""Checks of `poll`: nothing missed, nothing concluded that is not proven, at a known cost."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable
from datetime import timedelta

import pytest

from bridge.model import State, Ticket
from bridge.testing.abilities import proves
from bridge.testing.reader import FAR_AHEAD, Reader
from bridge.testing.stage import Break, Stage
from connectors.errors import SourceError


class PollingChecks:
    """What is read by every pass."""

    @proves("poll", core=True)
    def test_new_tickets_come_with_the_first_poll(self, stage: Stage) -> None:
        keys = {stage.open("The first"), stage.open("The second")}
        reader = Reader(stage)
        assert reader.poll().keys == keys
        assert {reader.tickets[key].title for key in keys} == {"The first", "The second"}

    @proves("poll", core=True)
    def test_only_what_changed_comes_again(self, stage: Stage) -> None:
        quiet, talked = stage.open("Quiet"), stage.open("Talked about")
        reader = Reader(stage)
        reader.settle()
        stage.client_says(talked, "Is there any news?")
        new = stage.open("New")
        assert reader.poll().keys == {talked, new}
        assert [c.text for c in reader.tickets[talked].comments] == ["Is there any news?"]
        assert reader.tickets[quiet].comments == ()

    @proves("poll")
    def test_change_in_the_second_of_the_last_poll_is_seen(self, stage: Stage) -> None:
        key = stage.open("Busy")
        reader = Reader(stage)
        reader.poll()
        for number in range(3):
            stage.client_says(key, f"Remark {number}")
            reader.poll()
        said = [comment.text for comment in reader.tickets[key].comments]
        assert said == [f"Remark {number}" for number in range(3)]

    @proves("poll")
    def test_nothing_is_lost_when_many_share_one_stamp(self, stage: Stage) -> None:
        stage.need("mass_edit")
        keys = stage.open_many(2 * stage.page_size + 3)
        stage.mass_edit(keys)
        reader = Reader(stage)
        assert reader.poll(FAR_AHEAD).keys == set(keys)
        stage.settle()
        reader.poll(FAR_AHEAD)
        stage.mass_edit(keys[: stage.page_size + 1])
        assert reader.poll(FAR_AHEAD).keys >= set(keys[: stage.page_size + 1])

    @proves("poll")
    def test_nothing_is_lost_when_rows_move_between_pages(self, stage: Stage) -> None:
        keys = stage.open_many(2 * stage.page_size + 3)
        reader = Reader(stage)

        def people_go_on(page: int) -> None:
            if page <= 3:
                # Whatever the order of the list: its beginning, its middle and its end move.
                for place in (page, len(keys) // 2 + page, len(keys) - page):
                    stage.client_says(keys[place], f"Meanwhile {page}")

        reader.poll(FAR_AHEAD, between=people_go_on)
        assert set(reader.tickets) == set(keys)

    @proves("poll")
    @pytest.mark.parametrize("pages", [1, 2, 3])
    def test_poll_killed_after_a_page_loses_nothing(self, stage: Stage, pages: int) -> None:
        keys = stage.open_many(2 * stage.page_size + 3)
        reader = Reader(stage)
        reader.poll(FAR_AHEAD, most=pages)
        reader.poll(FAR_AHEAD)
        assert set(reader.tickets) == set(keys)

    @proves("poll")
    @pytest.mark.parametrize("hours", [-2, 2])
    def test_wrong_clock_of_the_tool_loses_nothing(self, stage: Stage, hours: int) -> None:
        stage.need("skew")
        stage.skew(timedelta(hours=hours))
        reader = Reader(stage)
        reader.poll()
        first = stage.open("By a wrong clock")
        reader.poll()
        second = stage.open("And another one")
        reader.poll()
        assert reader.tickets.keys() >= {first, second}

    @proves("poll")
    def test_change_that_shows_late_with_an_earlier_stamp_is_seen(self, stage: Stage) -> None:
        stage.need("arrive_late")
        late = stage.open("A slow transaction")
        stage.settle()
        stage.open("A quick one")
        reader = Reader(stage)
        reader.poll()
        stage.client_says(late, "This took its time.")
        stage.arrive_late(late)
        reader.poll()
        assert [c.text for c in reader.tickets[late].comments] == ["This took its time."]

    @proves("poll")
    def test_poll_without_news_costs_what_was_promised(self, stage: Stage) -> None:
        for number in range(3):
            stage.open(f"Quiet {number}")
        reader = Reader(stage)
        reader.settle()
        idle = reader.poll()
        assert idle.keys == set()
        assert idle.requests <= stage.idle_requests

    @proves("poll")
    def test_pages_tell_their_requests(self, stage: Stage) -> None:
        stage.open("Read at a price")
        done = Reader(stage).poll()
        assert sum(page.requests for page in done.pages) == done.requests > 0

    @proves("poll")
    def test_poll_always_ends_with_a_page_that_tells_the_cursor(self, stage: Stage) -> None:
        reader = Reader(stage)
        assert reader.poll().pages, "the tool is empty, and yet its cursor must be kept"
        first = stage.open("After nothing")
        assert reader.poll().keys == {first}

    @proves("poll")
    def test_no_more_is_held_than_a_page(self, stage: Stage) -> None:
        count = 4 * stage.page_size + 3
        stage.open_many(count)
        reader = Reader(stage)
        with reader.connector() as connector:
            before = _tickets_alive()
            most = seen = 0
            for page in connector.poll(None, FAR_AHEAD):
                seen += len(page.tickets)
                most = max(most, _tickets_alive() - before)
        assert seen >= count
        assert most <= 2 * stage.page_size + 5, f"{most} of {count} tickets were held at once"

    @proves("poll")
    @pytest.mark.parametrize("share", [0.4, 0.9])
    def test_list_that_was_cut_is_an_error_and_loses_nothing(
        self, stage: Stage, share: float
    ) -> None:
        stage.need("broken", "asked")
        keys = stage.open_many(2 * stage.page_size + 3)
        before = stage.asked()
        Reader(stage).poll(FAR_AHEAD)
        whole = stage.asked() - before
        reader = Reader(stage)
        with (
            stage.broken(Break.DOWN, after=int(whole * share)),
            pytest.raises(SourceError),
        ):
            reader.poll(FAR_AHEAD)
        reader.poll(FAR_AHEAD)
        assert set(reader.tickets) == set(keys)

    @proves("poll")
    def test_line_that_breaks_between_pages_is_an_error_and_loses_nothing(
        self, stage: Stage
    ) -> None:
        stage.need("broken")
        keys = stage.open_many(4 * stage.page_size + 3)
        reader = Reader(stage)
        with contextlib.ExitStack() as later:

            def the_line_breaks(page: int) -> None:
                if page == 1:
                    later.enter_context(stage.broken(Break.DOWN))

            _ends_in_an_error(reader, the_line_breaks)
        assert set(reader.tickets) < set(keys)
        reader.poll(FAR_AHEAD)
        assert set(reader.tickets) == set(keys)

    @proves("poll")
    def test_page_of_html_is_no_empty_list(self, stage: Stage) -> None:
        stage.need("html")
        stage.open("Behind a login page")
        reader = Reader(stage)
        with stage.broken(Break.HTML), pytest.raises(SourceError):
            reader.poll()
        assert len(reader.poll().keys) == 1

    @proves("poll")
    def test_refused_key_is_no_empty_list(self, stage: Stage) -> None:
        stage.need("refused_key")
        stage.open("For other eyes")
        with Reader(stage).connector(refused_key=True) as connector, pytest.raises(SourceError):
            list(connector.poll(None, FAR_AHEAD))

    @proves("poll")
    def test_thorough_pass_reads_what_is_open_and_gives_the_cursor_back(self, stage: Stage) -> None:
        keys = {stage.open("Old but open"), stage.open("And this")}
        reader = Reader(stage)
        reader.settle()
        before = reader.cursor
        again = reader.poll(thorough=True)
        assert again.keys == keys
        assert {page.cursor for page in again.pages} == {before}

    @proves("poll")
    def test_thorough_pass_sees_what_moved_no_stamp(self, stage: Stage) -> None:
        stage.need("change_unstamped")
        key = stage.open("Changed in silence")
        stage.client_says(key, "Before")
        reader = Reader(stage)
        reader.settle()
        known = reader.tickets[key]
        stage.change_unstamped(key)
        reader.poll(thorough=True)
        assert _content(reader.tickets[key]) != _content(known)

    @proves("poll")
    def test_old_ticket_comes_whole_or_says_that_it_does_not(self, stage: Stage) -> None:
        key = stage.open("From before")
        stage.client_says(key, "A remark")
        reader = Reader(stage)
        reader.poll(FAR_AHEAD)
        ticket = reader.tickets[key]
        assert ticket.complete is (len(ticket.comments) == 1)
        assert reader.fetch(key).complete
        young = Reader(stage)
        young.poll()
        assert young.tickets[key].complete
        assert len(young.tickets[key].comments) == 1

    @proves("poll")
    def test_ticket_that_cannot_be_read_is_set_aside_and_the_others_come(
        self, stage: Stage
    ) -> None:
        stage.need("open_unreadable")
        good = stage.open("Good")
        bad = stage.open_unreadable()
        better = stage.open("Better")
        reader = Reader(stage)
        reader.poll()
        assert set(reader.tickets) == {good, better}
        assert bad in reader.aside
        assert reader.aside[bad].reason
        stage.client_says(good, "It goes on.")
        reader.poll()
        assert len(reader.tickets[good].comments) == 1

    @proves("poll")
    def test_absence_is_no_deletion(self, stage: Stage) -> None:
        stage.need("hide")
        hidden, seen = stage.open("Soon out of sight"), stage.open("Still there")
        stage.client_says(hidden, "A remark")
        reader = Reader(stage)
        reader.settle()
        stage.hide(hidden)
        for thorough in (False, True):
            done = reader.poll(thorough=thorough)
            assert done.gone == []
        stage.client_says(seen, "And on")
        reader.poll()
        assert len(reader.tickets[hidden].comments) == 1
        assert len(reader.tickets[seen].comments) == 1

    @proves("poll")
    def test_words_that_the_mapping_lacks_become_no_default(self, stage: Stage) -> None:
        stage.need("unknown_state")
        key = stage.open("In a state of its own")
        stage.unknown_state(key)
        reader = Reader(stage)
        reader.poll()
        ticket = reader.tickets[key]
        assert ticket.state is None
        assert [each.table for each in ticket.unmapped] == ["state"]

    @proves("poll")
    def test_closed_tickets_are_read_too(self, stage: Stage) -> None:
        stage.need("set_state")
        key = stage.open("To be closed")
        reader = Reader(stage)
        reader.settle()
        stage.set_state(key, State.CLOSED)
        reader.poll()
        state = reader.tickets[key].state
        assert state is not None
        assert state.is_finished


def _ends_in_an_error(reader: Reader, between: Callable[[int], object]) -> None:
    with pytest.raises(SourceError):
        reader.poll(FAR_AHEAD, between=between)


def _tickets_alive() -> int:
    return sum(1 for each in gc.get_objects() if type(each) is Ticket)


def _content(ticket: Ticket) -> tuple[object, ...]:
    heads = (ticket.title, ticket.body, ticket.state, ticket.priority, ticket.labels)
    return (*heads, ticket.estimate, ticket.comments, ticket.time_entries, ticket.events)
