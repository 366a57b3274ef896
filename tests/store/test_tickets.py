from __future__ import annotations

import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bridge.model import State, Unmapped
from bridge.store import Database, pages, tickets, wakes
from bridge.store.tickets import Bound, Counts
from tests.store.values import NOW, at, comment, entry, event, page, ticket


def fill(database: Database, count: int) -> list[str]:
    read = [
        ticket(
            str(number),
            created_at=at(number),
            state=State.CLOSED if number % 3 == 0 else State.OPEN,
            comments=(comment("b", "second", 2), comment("a", "first", 1)),
            time_entries=(entry("t"),),
            events=(event("e", "state", "new", "open"),),
            raw={"n": number},
        )
        for number in range(count)
    ]
    with database.write() as conn:
        pages.save_page(conn, "desk", page(*read), NOW)
        pages.save_page(conn, "code", page(ticket("1", source="code", state=None)), NOW)
    return [one.key for one in read]


def test_many_tickets_are_loaded_in_a_handful_of_queries(database: Database) -> None:
    keys = fill(database, 120)
    statements: list[str] = []
    with database.read() as conn:
        engine = conn.engine
        listener = lambda *args: statements.append(args[2])  # noqa: E731
        sa.event.listen(engine, "before_cursor_execute", listener)
        found = tickets.load_many(conn, "desk", [*keys, "none", keys[0]])
        sa.event.remove(engine, "before_cursor_execute", listener)
    assert sorted(found, key=int) == keys
    assert [item.text for item in found["7"].comments] == ["first", "second"]
    assert len(statements) == 4


def test_raw_is_read_only_when_asked_for(database: Database) -> None:
    fill(database, 2)
    with database.read() as conn:
        assert tickets.load_many(conn, "desk", ["1"])["1"].raw == {}
        assert tickets.load_many(conn, "desk", ["1"], raw=True)["1"].raw == {"n": 1}


def test_a_walk_over_all_tickets_meets_each_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = fill(database, 25)
    monkeypatch.setattr(tickets, "_BATCH", 5)
    with database.read() as conn:
        seen = [one.key for one in tickets.iterate(conn, "desk")]
        assert len(seen) == 25
        assert set(seen) == set(keys)
        young = tickets.iterate(conn, "desk", open_only=True, created_since=at(20))
        assert {one.key for one in young} == {"20", "22", "23"}


def test_open_tickets_are_those_not_finished_and_those_of_unknown_state(
    database: Database,
) -> None:
    fill(database, 7)
    with database.read() as conn:
        assert tickets.open_keys(conn, "desk") == ("1", "2", "4", "5")
        assert tickets.open_keys(conn, "desk", at(4)) == ("4", "5")
        assert tickets.open_keys(conn, "code") == ("1",)
        assert set(tickets.created_since(conn, "desk", ["6", "3", "4", "9"], at(4))) == {"6", "4"}


def test_counts_are_given_by_source(database: Database) -> None:
    fill(database, 7)
    with database.write() as conn:
        pages.save_page(conn, "desk", page(ticket("99", complete=False)), NOW)
    with database.read() as conn:
        assert tickets.counts(conn) == {"code": Counts(1, 1, 0), "desk": Counts(8, 5, 1)}


def test_ask_24_words_that_the_mapping_lacks_are_counted(database: Database) -> None:
    cold, odd = Unmapped("state", "Gelé"), Unmapped("priority", "Prio 9")
    with database.write() as conn:
        pages.save_page(
            conn,
            "desk",
            page(
                ticket("1", unmapped=(cold, odd)),
                ticket("2", unmapped=(cold,)),
                ticket("3"),
            ),
            NOW,
        )
        assert tickets.unmapped_words(conn, "desk") == {odd: 1, cold: 2}
        pages.save_page(conn, "desk", page(ticket("1"), ticket("2")), NOW)
        assert tickets.unmapped_words(conn, "desk") == {}


def test_the_first_sight_of_a_ticket_stays(database: Database) -> None:
    with database.write() as conn:
        pages.save_page(conn, "desk", page(ticket()), NOW)
        pages.save_page(conn, "desk", page(ticket(title="Other")), at(5))
        assert tickets.first_seen(conn, "desk", ["1", "2"]) == {"1": NOW}


def test_threat_C2_a_ticket_keeps_its_first_client(database: Database) -> None:
    fill(database, 2)
    with database.write() as conn:
        tickets.bind_clients(conn, "desk", {"1": ("acme", "carnet")}, NOW)
        tickets.bind_clients(conn, "desk", {"1": ("beta", "other")}, at(5))
        pages.save_page(conn, "desk", page(ticket(organisation="Beta")), at(6))
    first = Bound("acme", "carnet", NOW)
    with database.read() as conn:
        assert tickets.bound_client(conn, "desk", "1") == first
        assert tickets.bound_client(conn, "desk", "0") is None
        assert tickets.bound_clients(conn, "desk", ["0", "1"]) == {"1": first}
        assert [one.key for one in tickets.iterate(conn, "desk", client="acme")] == ["1"]


def test_tickets_of_two_sources_with_one_key_are_two(database: Database) -> None:
    fill(database, 2)
    with database.read() as conn:
        desk, code = tickets.load(conn, "desk", "1"), tickets.load(conn, "code", "1")
    assert desk is not None
    assert code is not None
    assert replace(desk, source="code") != code
    assert code.comments == ()


def asleep(database: Database, *keys: str) -> None:
    with database.write() as conn:
        found = wakes.these(conn, "desk", keys, at(30))
        wakes.settle(conn, "desk", {one.key: (one.changed_at, None) for one in found})


def woken(database: Database) -> list[str]:
    with database.read() as conn:
        return [one.key for one in wakes.due(conn, "desk", at(-(10**6)), at(30))]


def test_what_others_note_while_a_pass_runs_is_left_to_the_next_one(database: Database) -> None:
    """The other transaction begins before this one ends, and by a clock that is behind."""
    asleep(database, *fill(database, 3))
    with database.write() as conn:
        wakes.wake(conn, "desk", ["1", "2"])
    with database.read() as conn:
        carried = wakes.due(conn, "desk", at(-(10**6)), at(30))
    noted, settled = threading.Event(), threading.Event()

    def settle() -> None:
        noted.wait()
        with database.write() as conn:
            found = {one.key: (one.changed_at, None) for one in carried}
            wakes.settle(conn, "desk", found)
        settled.set()

    other = threading.Thread(target=settle)
    other.start()
    with database.write() as conn:
        wakes.touch(conn, "desk", "1", NOW)
        noted.set()
        assert not settled.wait(0.5)
    other.join()
    assert woken(database) == ["1"]


def test_what_is_due_comes_in_order_of_arrival_a_part_at_a_time(database: Database) -> None:
    fill(database, 5)
    since = at(-(10**6))
    with database.read() as conn:
        whole = wakes.due(conn, "desk", since, at(30))
        parts, after = [], None
        while page := wakes.due(conn, "desk", since, at(30), after=after, limit=2):
            parts += page
            after = page[-1]
    assert parts == whole
    assert whole == sorted(whole, key=lambda one: (one.created_at, one.key))
    assert all(one.woken for one in whole)


def test_a_ticket_sleeps_until_its_time_or_until_somebody_wakes_it(database: Database) -> None:
    asleep(database, *fill(database, 4))
    assert woken(database) == []
    with database.write() as conn:
        (one,) = wakes.these(conn, "desk", ["1"], at(30))
        wakes.settle(conn, "desk", {"1": (one.changed_at, at(30))})
        wakes.wake(conn, "desk", ["3"])
    assert woken(database) == ["1", "3"]
    with database.read() as conn:
        assert [d.key for d in wakes.due(conn, "desk", at(-(10**6)), at(29))] == ["3"]
        everyone = wakes.due(conn, "desk", at(-(10**6)), at(29), every_open=True)
    assert {d.key: d.woken for d in everyone}["1"] is False


def test_a_ticket_that_changes_wakes_and_one_that_comes_unchanged_does_not(
    database: Database,
) -> None:
    asleep(database, *fill(database, 3))
    fill(database, 3)
    assert woken(database) == []
    with database.read() as conn:
        known = tickets.load(conn, "desk", "2")
    assert known is not None
    with database.write() as conn:
        pages.save_tickets(conn, "desk", [replace(known, title="another")], NOW)
    assert woken(database) == ["2"]
