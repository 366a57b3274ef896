"""Checks of what a ticket says: `fetch`, and that it agrees with `poll`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from bridge.model import Event, Field, Priority, Role, State
from bridge.testing.abilities import proves
from bridge.testing.reader import Reader
from bridge.testing.stage import Break, Stage
from connectors.errors import GoneError, SourceError, TicketError

FOREIGN_KEYS: Final = (
    "",
    "..",
    "../../admin",
    "1/../2",
    "1/notes",
    "1?include=all",
    "1#x",
    "1%2f2",
    "1 2",
    "1\r\nDELETE",
    "١٢",
    "-1",
    "9" * 60,
    "no such ticket",
)


class ReadingChecks:
    """What the rules are given to judge."""

    @proves("history", core=True)
    def test_fetch_gives_the_whole_ticket(self, stage: Stage) -> None:
        key = stage.open("Blank page", "Since this morning.")
        stage.client_says(key, "It is urgent.")
        reader = Reader(stage)
        reader.poll()
        ticket = reader.fetch(key)
        assert (ticket.source, ticket.key) == (stage.source, key)
        assert (ticket.title, ticket.complete) == ("Blank page", True)
        assert "Since this morning." in ticket.body
        assert ticket.url or "url" in stage.cannot
        assert [c.text for c in ticket.comments] == ["It is urgent."]
        assert [c.public for c in ticket.comments] == [True]
        assert ticket.state is not None
        assert ticket.is_open

    @proves("history")
    def test_fetch_shows_what_came_after_the_last_poll(self, stage: Stage) -> None:
        stage.need("fetch_news")
        key = stage.open("As it stands now")
        reader = Reader(stage)
        reader.poll()
        stage.client_says(key, "A moment ago")
        assert [c.text for c in reader.fetch(key).comments] == ["A moment ago"]

    @proves("history")
    def test_poll_and_fetch_say_the_same(self, stage: Stage) -> None:
        key = stage.open("Seen twice", "The same.")
        stage.client_says(key, "A remark")
        reader = Reader(stage)
        reader.settle()
        assert replace(reader.tickets[key], raw={}) == replace(reader.fetch(key), raw={})

    @proves("history")
    def test_comments_keep_their_keys_however_often_they_are_read(self, stage: Stage) -> None:
        key = stage.open("Read again and again")
        reader = Reader(stage)
        for number in range(3):
            stage.client_says(key, f"Remark {number}")
            reader.poll()
            reader.poll(thorough=True)
        said = sorted(reader.tickets[key].comments, key=lambda c: (c.at, c.text))
        assert [c.text for c in said] == [f"Remark {number}" for number in range(3)]

    @proves("history")
    def test_client_and_agent_are_told_apart_and_neither_is_the_bridge(self, stage: Stage) -> None:
        stage.need("agent_says")
        key = stage.open("Who is who")
        stage.client_says(key, "From the client")
        stage.agent_says(key, "From the agent")
        reader = Reader(stage)
        reader.poll()
        by_text = {c.text: c for c in reader.tickets[key].comments}
        client, agent = by_text["From the client"].author, by_text["From the agent"].author
        assert _identity(client) != _identity(agent)
        assert _identity(client) & _identity(reader.tickets[key].requester)
        assert Role.BRIDGE not in {c.role for c in by_text.values()}
        assert by_text["From the client"].role is Role.CLIENT

    @proves("history")
    def test_private_comment_is_read_as_private(self, stage: Stage) -> None:
        stage.need("agent_says", "private")
        key = stage.open("Between us")
        stage.agent_says(key, "Not for the client", public=False)
        reader = Reader(stage)
        reader.poll()
        assert [c.public for c in reader.fetch(key).comments] == [False]

    @proves("history")
    def test_person_who_shares_the_bridge_s_account_is_heard(self, stage: Stage) -> None:
        stage.need("account_says")
        key = stage.open("One account for two")
        stage.account_says(key, "I, a person, wrote this.")
        reader = Reader(stage)
        reader.poll()
        for ticket in (reader.tickets[key], reader.fetch(key)):
            assert [c.text for c in ticket.comments] == ["I, a person, wrote this."]
            assert [c.role is Role.BRIDGE for c in ticket.comments] == [False]

    @proves("history", core=True)
    def test_change_of_state_is_told_with_its_time_and_its_author(self, stage: Stage) -> None:
        stage.need("set_state", "history")
        key = stage.open("To be resolved")
        reader = Reader(stage)
        reader.poll()
        stage.set_state(key, State.CLOSED)
        (event,) = _events(reader, key, "state")
        assert event.new in (State.CLOSED, State.RESOLVED)
        assert event.old in tuple(State)
        assert event.actor is not None
        assert not event.own

    @proves("history")
    def test_change_of_priority_is_told_in_the_model_s_words(self, stage: Stage) -> None:
        stage.need("set_priority", "history")
        key = stage.open("More and more urgent")
        reader = Reader(stage)
        reader.poll()
        stage.set_priority(key, Priority.LOW)
        stage.set_priority(key, Priority.HIGH)
        events = _events(reader, key, "priority")
        assert events[-1].new == str(int(Priority.HIGH))
        assert {e.new for e in events} <= {str(int(p)) for p in Priority}

    @proves("priority")
    def test_priority_set_by_a_person_is_read(self, stage: Stage) -> None:
        stage.need("set_priority")
        key = stage.open("Urgent, they say")
        reader = Reader(stage)
        reader.settle()
        stage.set_priority(key, Priority.HIGH)
        reader.poll()
        assert reader.tickets[key].priority is Priority.HIGH
        assert reader.fetch(key).priority is Priority.HIGH

    @proves("history")
    def test_own_change_is_told_as_own(self, stage: Stage) -> None:
        stage.need("history", "priority", "set_priority")
        key = stage.open("Changed by the bridge")
        stage.set_priority(key, Priority.LOW)
        reader = Reader(stage)
        reader.poll()
        reader.apply(reader.write(key, Field.PRIORITY, Priority.HIGH))
        events = _events(reader, key, "priority")
        assert [e.own for e in events if e.new == str(int(Priority.HIGH))] == [True]
        assert not any(e.own for e in events if e.new == str(int(Priority.LOW)))

    @proves("time", core=True)
    def test_time_entry_is_read_in_whole_seconds(self, stage: Stage) -> None:
        stage.need("log_time")
        key = stage.open("Worked on")
        reader = Reader(stage)
        reader.settle()
        stage.log_time(key, 5400)
        reader.poll()
        for ticket in (reader.tickets[key], reader.fetch(key)):
            assert [entry.seconds for entry in ticket.time_entries] == [5400]
            assert _identity(ticket.time_entries[0].person)

    @proves("time")
    def test_two_entries_of_equal_length_are_two(self, stage: Stage) -> None:
        stage.need("log_time")
        key = stage.open("Worked on twice")
        stage.log_time(key, 1800)
        stage.log_time(key, 1800)
        reader = Reader(stage)
        reader.poll()
        reader.poll(thorough=True)
        assert [entry.seconds for entry in reader.tickets[key].time_entries] == [1800, 1800]

    @proves("time")
    def test_deleted_time_entry_is_told_and_no_other(self, stage: Stage) -> None:
        stage.need("log_time", "remove_time")
        key, other = stage.open("Booked by mistake"), stage.open("Booked well")
        for each in (key, other):
            stage.log_time(each, 1800)
        stage.log_time(key, 3600)
        reader = Reader(stage)
        reader.settle()
        stage.remove_time(key)
        reader.poll(thorough=True)
        assert [entry.seconds for entry in reader.tickets[key].time_entries] == [1800]
        assert [entry.seconds for entry in reader.tickets[other].time_entries] == [1800]

    @proves("time")
    def test_cut_answer_deletes_no_time_entry(self, stage: Stage) -> None:
        stage.need("log_time", "broken", "asked")
        key = stage.open("Booked")
        stage.log_time(key, 1800)
        reader = Reader(stage)
        reader.settle()
        before = stage.asked()
        assert reader.poll(thorough=True).gone == []
        _survive_every_cut(stage, reader, stage.asked() - before)
        assert [entry.seconds for entry in reader.tickets[key].time_entries] == [1800]

    @proves("history")
    def test_instants_are_aware_utc_and_durations_whole_seconds(self, stage: Stage) -> None:
        key = stage.open("Measured")
        stage.client_says(key, "At what time?")
        if "log_time" not in stage.cannot:
            stage.log_time(key, 1200)
        reader = Reader(stage)
        reader.poll()
        for ticket in (reader.tickets[key], reader.fetch(key)):
            found = list(_values(replace(ticket, raw={})))
            instants = [each for each in found if isinstance(each, datetime)]
            assert len(instants) >= 3
            assert all(each.tzinfo is UTC for each in instants)
            assert not any(isinstance(each, float) for each in found)

    @proves("poll")
    def test_fetch_of_a_deleted_ticket_says_that_it_is_gone(self, stage: Stage) -> None:
        stage.need("delete", "gone")
        key = stage.open("Soon deleted")
        reader = Reader(stage)
        reader.poll()
        stage.delete(key)
        with pytest.raises(GoneError) as caught:
            reader.fetch(key)
        assert caught.value.key == key

    @proves("poll")
    @pytest.mark.parametrize("key", FOREIGN_KEYS, ids=ascii)
    def test_h3_key_that_is_none_of_the_tool_s_goes_nowhere(self, stage: Stage, key: str) -> None:
        stage.open("Not this one")
        reader = Reader(stage)
        reader.poll()
        message = reader.message(key, "To nobody")
        with pytest.raises(TicketError):
            reader.fetch(key)
        with pytest.raises(TicketError):
            reader.apply(message)
        with contextlib.suppress(TicketError):
            assert reader.find(message) is None


def _identity(person: Any) -> set[str]:
    """What tells people apart; their names do not."""
    return {
        f"{name}:{value}"
        for name in ("id", "login", "address")
        if (value := getattr(person, name)) is not None
    }


def _events(reader: Reader, key: str, kind: str) -> list[Event]:
    reader.poll()
    told = [event for event in reader.fetch(key).events if event.kind == kind]
    stored = [event for event in reader.tickets[key].events if event.kind == kind]
    assert stored == told, "poll and fetch tell different histories"
    return told


def _survive_every_cut(stage: Stage, reader: Reader, calls: int) -> None:
    for after in range(calls):
        with stage.broken(Break.CUT, after=after), pytest.raises(SourceError):
            reader.poll(thorough=True)


def _values(value: Any) -> Iterator[Any]:
    if is_dataclass(value):
        for each in fields(value):
            yield from _values(getattr(value, each.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _values(item)
    else:
        yield value
