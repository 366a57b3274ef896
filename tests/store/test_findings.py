"""Sources and passes, links, records, breaches, quarantine and the database's own values."""

from __future__ import annotations

from dataclasses import replace
from threading import Barrier, Thread

import pytest

from bridge.model import FoundIn, Link, Record, RecordKind, Verdict
from bridge.store import (
    Database,
    StoreError,
    breaches,
    links,
    meta,
    pages,
    quarantine,
    records,
    sources,
)
from bridge.store.breaches import Breach
from connectors.base import Unreadable
from tests.store.values import NOW, at, page, ticket

BREACH = Breach("desk", "1", "response", "2026-03-02T09:00:00Z", at(60), at(61), "R0.9")
SPENT = Record("r1", "desk", "1", at(5), "jane", RecordKind.SPEND, 5400, note="by phone")


def test_first_contact_fixes_from_when_the_bridge_acts(database: Database) -> None:
    with database.write() as conn:
        assert sources.get(conn, "desk") is None
        first = sources.ensure(conn, "desk", NOW)
        assert sources.ensure(conn, "desk", at(99)) == first
        sources.ensure(conn, "code", at(1))
        assert [one.name for one in sources.everything(conn)] == ["code", "desk"]
    assert first == sources.Source("desk", NOW)


def test_ask_07_passes_tell_the_last_success_and_the_last_error(database: Database) -> None:
    with database.write() as conn:
        good = sources.start_pass(conn, "desk", NOW)
        sources.finish_pass(conn, good, at(1), thorough=True, counts={"pages": 3})
        bad = sources.start_pass(conn, "desk", at(2))
        sources.finish_pass(conn, bad, at(3), error="host unreachable", thorough=True)
        killed = sources.start_pass(conn, "desk", at(4))
        found = sources.get(conn, "desk")
        log = sources.recent_passes(conn, "desk")
    assert found is not None
    assert (found.last_success_at, found.last_thorough_at) == (at(1), at(1))
    assert (found.last_error, found.last_error_at) == ("host unreachable", at(3))
    assert found.passes == 2
    assert [(one.id, one.ok, one.error) for one in log] == [
        (killed, None, None),
        (bad, False, "host unreachable"),
        (good, True, None),
    ]
    assert log[2].counts == {"pages": 3}
    with database.write() as conn:
        sources.finish_pass(conn, sources.start_pass(conn, "desk", at(5)), at(6))
        after = sources.get(conn, "desk")
    assert after is not None
    assert (after.last_error, after.last_success_at, after.last_thorough_at) == (
        None,
        at(6),
        at(1),
    )


def test_the_log_keeps_the_last_200_passes_of_each_source(database: Database) -> None:
    with database.write() as conn:
        other = sources.start_pass(conn, "code", NOW)
        numbers = [sources.start_pass(conn, "desk", NOW) for _ in range(203)]
        sources.finish_pass(conn, numbers[-1], at(1))
        kept = [one.id for one in sources.recent_passes(conn, "desk", 999)]
        assert [one.id for one in sources.recent_passes(conn, "code")] == [other]
    assert kept == numbers[:2:-1]


def test_a_pass_never_started_cannot_end(database: Database) -> None:
    with pytest.raises(StoreError, match="pass 7 was never started"), database.write() as conn:
        sources.finish_pass(conn, 7, NOW)


def test_links_of_an_origin_follow_its_text(database: Database) -> None:
    one, two = Link("code:5", "desk:1", FoundIn.TITLE), Link("code:5", "desk:2", FoundIn.LABEL)
    other = Link("code:6", "desk:1", FoundIn.BODY)
    with database.write() as conn:
        links.save(conn, "code:5", [one, two])
        links.save(conn, "code:6", [other])
        assert links.of_origins(conn, ["code:5", "code:7"]) == {"code:5": (one, two)}
        assert links.to_targets(conn, ["desk:1", "desk:2", "desk:3"]) == {
            "desk:1": (one, other),
            "desk:2": (two,),
        }
        links.save(conn, "code:5", [replace(one, found_in=FoundIn.LABEL)])
        assert links.of_origins(conn, ["code:5"]) == {
            "code:5": (replace(one, found_in=FoundIn.LABEL),)
        }
        links.save(conn, "code:5", [])
        assert links.to_targets(conn, ["desk:1"]) == {"desk:1": (other,)}
        with pytest.raises(ValueError, match="a link of code:6 cannot be saved for code:5"):
            links.save(conn, "code:5", [other])


def test_records_are_added_once_and_come_in_order(database: Database) -> None:
    said = Record(
        "r2", "desk", "1", at(1), "jane", RecordKind.DECISION, verdict=Verdict.REJECT, note="no"
    )
    with database.write() as conn:
        assert records.append(conn, SPENT)
        assert records.append(conn, said)
        assert not records.append(conn, replace(SPENT, seconds=1))
        records.append(conn, replace(SPENT, key="r3", ticket="2"))
    with database.read() as conn:
        assert records.of_ticket(conn, "desk", "1") == (said, SPENT)
        assert records.of_ticket(conn, "code", "1") == ()
        assert set(records.of_tickets(conn, "desk", ["1", "2", "3"])) == {"1", "2"}


def test_c13_a_breach_is_recorded_once_per_clock_and_cycle(database: Database) -> None:
    again = replace(BREACH, cycle="2026-04-01T09:00:00Z", due_at=at(90))
    with database.write() as conn:
        assert breaches.record(conn, BREACH)
        assert not breaches.record(conn, replace(BREACH, due_at=at(30), rule="other"))
        assert breaches.record(conn, again)
        assert breaches.record(conn, replace(BREACH, target="resolution"))
        assert BREACH in breaches.recorded(conn, "desk", "1")
        assert len(breaches.recorded(conn)) == 3
        assert breaches.recorded(conn, "code") == ()


def test_c13_a_superseded_breach_stays_and_says_by_what(database: Database) -> None:
    where = (BREACH.source, BREACH.ticket, BREACH.target, BREACH.cycle)
    with database.write() as conn:
        assert not breaches.supersede(conn, *where, "priority 1 → 3")
        breaches.record(conn, BREACH)
        assert breaches.supersede(conn, *where, "priority 1 → 3")
        assert not breaches.supersede(conn, *where, "holidays")
        assert not breaches.record(conn, BREACH)
        assert breaches.recorded(conn) == (replace(BREACH, superseded_by="priority 1 → 3"),)


def aside(database: Database, minutes: int, reason: str = "no date") -> None:
    with database.write() as conn:
        quarantine.set_aside(conn, "desk", [Unreadable("9", reason, "raw")], at(minutes))


def test_what_stays_unreadable_is_counted_once_with_its_first_day(database: Database) -> None:
    aside(database, 0)
    aside(database, 5, "no stamp")
    with database.read() as conn:
        (item,) = quarantine.waiting(conn, "desk")
        assert quarantine.waiting(conn, "code") == ()
    assert (item.first_at, item.last_at, item.times, item.reason) == (NOW, at(5), 2, "no stamp")


def test_a_retry_is_asked_for_until_it_was_made(database: Database) -> None:
    aside(database, 0)
    with database.write() as conn:
        assert quarantine.to_retry(conn, "desk") == ()
        assert quarantine.retry(conn, "desk", "9")
        assert not quarantine.retry(conn, "desk", "8")
        assert quarantine.to_retry(conn, "desk") == ("9",)
        assert quarantine.count(conn) == {"desk": 1}
    aside(database, 5)
    with database.read() as conn:
        assert quarantine.to_retry(conn, "desk") == ()


def test_what_a_person_dropped_stays_dropped_until_it_reads(database: Database) -> None:
    aside(database, 0)
    with database.write() as conn:
        assert quarantine.drop(conn, "desk", "9")
    aside(database, 5)
    with database.write() as conn:
        assert quarantine.count(conn) == {}
        assert quarantine.waiting(conn) == ()
        assert [item.key for item in quarantine.dropped(conn)] == ["9"]
        pages.save_page(conn, "desk", page(ticket("9")), at(6))
        assert quarantine.dropped(conn) == ()
        assert quarantine.release(conn, "desk", ["9"]) == 0


def test_ask_22_a_project_that_reads_again_is_set_aside_no_longer(database: Database) -> None:
    lost = (Unreadable("project 7", "archived", "{}"), Unreadable("project 8", "archived", "{}"))
    with database.write() as conn:
        pages.save_page(conn, "desk", page(set_aside=lost), at(0))
        pages.save_page(conn, "desk", page(cleared=("project 7", "project 9")), at(5))
        assert [item.key for item in quarantine.waiting(conn)] == ["project 8"]


def test_the_secret_is_made_once_and_never_replaced(database: Database, url: str) -> None:
    with database.write() as conn:
        made = meta.secret(conn)
    with Database.open(url) as again, again.read() as conn:
        assert meta.secret(conn) == made
    assert len(made) == meta.SECRET_BYTES
    with database.write() as conn, pytest.raises(ValueError, match="never replaced"):
        meta.put(conn, "secret", "00")


def test_two_programs_that_start_together_get_one_secret(database: Database) -> None:
    made: list[bytes] = []
    together = Barrier(3)

    def start() -> None:
        together.wait()
        with database.write() as conn:
            made.append(meta.secret(conn))

    threads = [Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 3
    assert len(set(made)) == 1


def test_small_values_are_replaced(database: Database) -> None:
    with database.write() as conn:
        assert meta.get(conn, "seen") is None
        meta.put(conn, "seen", "1")
        meta.put(conn, "seen", "2")
        assert meta.get(conn, "seen") == "2"
