"""A pass reads, judges, writes what is missing, and loses nothing when something fails."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.engine.locks import LockedError, source_lock
from bridge.model import ApprovalState, Field, Priority
from bridge.redaction import redactor
from bridge.store import ledger, outbox, quarantine, sources, tickets
from connectors.base import Unreadable
from connectors.errors import AccessError, GoneError, RefusedError, TicketError, TryAgainError
from tests.engine.desk import ALICE, JANE, Desk, Killed


def test_a_poll_with_nothing_new_asks_once_and_writes_nothing(desk: Desk) -> None:
    desk.opened()
    desk.sync()
    desk.sync()
    idle = desk.sync()
    assert (idle.requests, idle.tickets_changed, idle.writes_planned) == (1, 0, 0)


def test_a_ticket_from_before_the_first_sync_is_read_and_never_written(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=3 * 3600)
    result = desk.sync(dry_run=True)
    assert (result.tickets_seen, result.writes_planned, result.older) == (1, 0, 1)
    assert desk.sync().writes_planned == 0
    assert desk.told(key) == []
    desk.database.close()


def test_act_since_of_the_configuration_takes_older_tickets_in(tmp_path: Path) -> None:
    desk = Desk(tmp_path, settings="act_since = 2026-01-01T00:00:00Z")
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=3 * 3600)
    desk.sync()
    assert len(desk.told(key)) == 1
    desk.database.close()


def test_a_dry_run_writes_nothing_anywhere_and_the_next_sync_does_it_all(desk: Desk) -> None:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=1800)
    desk.tool.log_time(key, JANE, 1800)
    before = desk.tool.version
    result = desk.sync(dry_run=True)
    assert {c.field for c in result.changes} == {Field.APPROVAL, Field.CONSUMED}
    assert desk.tool.version == before
    with desk.database.read() as conn:
        assert ledger.by_ticket(conn, "acme") == {}
        assert outbox.history(conn, "desk", key) == ()
    assert desk.sync().writes_done == 2
    with desk.database.read() as conn:
        assert ledger.by_ticket(conn, "acme") == {f"desk:{key}": -1800}


def test_a_source_that_fails_is_reported_and_goes_on_from_where_it_was(desk: Desk) -> None:
    key = desk.opened()
    desk.fails("poll", AccessError("desk", "the key is refused", "make another"))
    failed = desk.sync()
    assert (failed.ok, failed.error, failed.hint) == (False, "the key is refused", "make another")
    with desk.database.read() as conn:
        known = sources.get(conn, "desk")
    assert known is not None
    assert known.last_error == "the key is refused"
    assert desk.sync().tickets_seen == 1
    assert desk.tool.tickets[key].approval is ApprovalState.ESTIMATE_NEEDED


def test_ask_13_the_cursor_moves_only_over_what_was_stored(desk: Desk) -> None:
    for number in range(150):
        desk.opened(f"Demande {number}")
    desk.fails("poll!", TryAgainError("desk", "the list was cut"))
    cut = desk.sync(force=True)
    assert (cut.ok, cut.tickets_seen) == (False, 100)
    whole = desk.sync(force=True)
    assert (whole.ok, whole.tickets_seen, whole.writes_done) == (True, 50, 150)


def test_ask_01_a_ticket_that_is_not_in_a_list_is_not_gone(desk: Desk) -> None:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=1800)
    desk.tool.log_time(key, JANE, 1800)
    desk.sync()
    del desk.tool.tickets[key], desk.tool.versions[key]
    assert desk.sync().ok
    with desk.database.read() as conn:
        assert tickets.load(conn, "desk", key) is not None
        assert ledger.by_ticket(conn, "acme") == {f"desk:{key}": -1800}


def test_threat_L3_and_ask_11_a_plan_that_touches_too_much_stops_before_the_first_write(
    desk: Desk,
) -> None:
    for number in range(60):
        desk.opened(f"Demande {number}")
    stopped = desk.sync()
    assert str(stopped.stopped_by) == (
        "60 tickets of 60 open ones would be written, more than safety.max_writes = 50"
    )
    assert desk.tool.writes == 0
    assert desk.sync(force=True).writes_done == 60


def test_ask_11_a_large_share_of_the_open_tickets_stops_too(desk: Desk) -> None:
    for number in range(10):
        desk.opened(f"Demande {number}")
    stopped = desk.sync()
    assert stopped.stopped_by is not None
    assert stopped.stopped_by.key == "safety.max_share"
    assert desk.tool.writes == 0


def test_one_refused_write_leaves_the_other_tickets_alone_and_is_not_hammered(desk: Desk) -> None:
    first, second = desk.opened("Un"), desk.opened("Deux")
    desk.fails("apply approval", RefusedError("desk", first, "the field is read only", "ask"))
    result = desk.sync()
    assert (result.writes_done, result.writes_failed) == (1, 1)
    assert result.failures[0].sentence == "the field is read only"
    assert desk.tool.tickets[second].approval is ApprovalState.ESTIMATE_NEEDED
    again = desk.sync()
    assert (again.writes_planned, again.writes_failed) == (0, 0)
    desk.now += timedelta(days=2)
    assert desk.sync().writes_done == 1


def test_a_ticket_gone_meanwhile_does_not_stop_the_others(desk: Desk) -> None:
    first, second = desk.opened("Un"), desk.opened("Deux")
    desk.fails("apply approval", GoneError("desk", first, "it was deleted"))
    result = desk.sync()
    assert (result.ok, result.writes_failed) == (True, 1)
    assert desk.tool.tickets[second].approval is ApprovalState.ESTIMATE_NEEDED


def test_ask_14_a_second_pass_is_refused_at_once(desk: Desk) -> None:
    with source_lock(desk.database, "desk"), pytest.raises(LockedError):
        desk.sync()
    assert desk.sync().ok


@pytest.mark.parametrize("moment", ["find", "apply message", "apply message!"])
def test_ask_03_killed_at_any_moment_of_a_message_it_is_sent_once(desk: Desk, moment: str) -> None:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=3 * 3600)
    desk.fails(moment, Killed())
    with pytest.raises(Killed):
        desk.sync()
    desk.sync()
    desk.sync()
    assert len(desk.told(key)) == 1
    assert desk.tool.tickets[key].approval is ApprovalState.AWAITING
    desk.tool.say(key, ALICE, "J'approuve")
    desk.sync()
    assert desk.tool.tickets[key].approval is ApprovalState.APPROVED


def test_ask_03_a_lost_answer_does_not_say_it_twice(desk: Desk) -> None:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=3 * 3600)
    lost = TryAgainError("desk", "no answer", unknown_outcome=True)
    desk.fails("apply message!", lost)
    failed = desk.sync()
    assert (failed.ok, failed.writes_failed) == (True, 1)
    assert desk.sync().writes_failed == 0
    assert len(desk.told(key)) == 1


def test_ask_03_a_restored_backup_does_not_say_it_again(desk: Desk, tmp_path: Path) -> None:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=3 * 3600)
    desk.sync()
    with desk.database.write() as conn:  # what a back-up from before the message knows
        conn.exec_driver_sql("DELETE FROM outbox")
    desk.sync()
    assert len(desk.told(key)) == 1


def test_a_persons_priority_stays_and_a_forged_approval_is_put_back(desk: Desk) -> None:
    key = desk.opened()
    desk.tool.say(key, JANE, "/priority 3")
    desk.tool.change(key, JANE, estimate=3 * 3600)
    desk.sync()
    assert desk.tool.tickets[key].priority is Priority.NORMAL
    desk.tool.change(key, JANE, priority=Priority.CRITICAL, approval=ApprovalState.APPROVED)
    result = desk.sync()
    shown = desk.tool.tickets[key]
    assert (shown.priority, shown.approval) == (Priority.CRITICAL, ApprovalState.AWAITING)
    kept = next(c for c in result.changes if c.field is Field.PRIORITY)
    assert (kept.action, kept.desired) == ("keep", Priority.NORMAL)
    assert any(reason.rule == "A2" for _, reason in desk.attention())


def test_threat_C2_a_ticket_that_changes_its_project_stays_its_first_clients(desk: Desk) -> None:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=1800)
    desk.tool.log_time(key, JANE, 1800)
    desk.sync()
    desk.tool.change(key, JANE, project="somebody-elses")
    desk.sync()
    with desk.database.read() as conn:
        assert ledger.by_ticket(conn, "acme") == {f"desk:{key}": -1800}


def test_ask_04_and_p2_a_time_entry_that_shrinks_gives_hours_back_once(desk: Desk) -> None:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=1800)
    entry = desk.tool.log_time(key, JANE, 1800)
    desk.sync()
    ticket = desk.tool.tickets[key]
    shorter = tuple(replace(e, seconds=600) for e in ticket.time_entries if e.key == entry)
    desk.tool.change(key, JANE, time_entries=shorter)
    desk.sync()
    desk.sync()
    with desk.database.read() as conn:
        entries = [e for e in ledger.entries(conn, "acme") if e.ticket]
        assert [(e.kind.value, e.seconds) for e in entries] == [
            ("deduction", -1800),
            ("correction", 1200),
        ]
        assert ledger.verify(conn, "acme") is None


def test_ask_06_a_thorough_pass_finds_what_moved_no_stamp(desk: Desk) -> None:
    key = desk.opened()
    desk.sync()
    desk.sync()
    desk.tool.tickets[key] = replace(desk.tool.tickets[key], estimate=1800)
    assert desk.sync().tickets_changed == 0
    desk.now += timedelta(hours=25)
    assert desk.sync().tickets_changed == 1


def test_a_word_that_the_mapping_lacks_is_said_and_never_guessed(desk: Desk) -> None:
    from bridge.model import Unmapped

    desk.opened(unmapped=(Unmapped("state", "En recette"),))
    desk.sync()
    assert any("En recette" in reason.text for _, reason in desk.attention())


def test_breaches_are_recorded_once_as_c13_says(desk: Desk) -> None:
    from bridge.store import breaches

    key = desk.opened()
    desk.now = datetime(2026, 6, 15, 8, 0, tzinfo=UTC)
    desk.sync()
    desk.sync()
    with desk.database.read() as conn:
        (breach,) = breaches.recorded(conn, "desk", key)
    assert (breach.target, breach.rule) == ("response", "R0.8")


def test_threat_L1_a_decision_stands_once_in_the_clients_chain(desk: Desk) -> None:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=3 * 3600)
    desk.sync()
    desk.tool.say(key, ALICE, "J'approuve")
    desk.sync()
    desk.sync()
    with desk.database.read() as conn:
        (decided,) = ledger.decisions(conn, "acme")
        assert ledger.verify(conn, "acme") is None
    assert decided.ticket == f"desk:{key}"
    assert "J'approuve" in decided.decision.evidence


def test_what_was_set_aside_is_read_again_when_a_person_asks(desk: Desk) -> None:
    key = desk.opened()
    desk.sync()
    desk.sync()
    with desk.database.write() as conn:
        quarantine.set_aside(conn, "desk", [Unreadable(key, "not UTF-8", "raw form")], desk.now)
        quarantine.retry(conn, "desk", key)
    desk.fails("fetch", TicketError("desk", key, "still not UTF-8"))
    assert desk.sync().set_aside == 1
    with desk.database.read() as conn:
        (waiting,) = quarantine.waiting(conn, "desk")
        assert (waiting.reason, waiting.raw) == ("still not UTF-8", "raw form")
        assert quarantine.to_retry(conn, "desk") == ()
    with desk.database.write() as conn:
        quarantine.retry(conn, "desk", key)
    assert desk.sync().tickets_changed == 0
    with desk.database.read() as conn:
        assert quarantine.waiting(conn, "desk") == ()


def test_a_pass_that_crashes_is_no_success(desk: Desk) -> None:
    desk.opened()
    desk.fails("poll", KeyError("a mistake of the connector"))
    with pytest.raises(KeyError):
        desk.sync()
    with desk.database.read() as conn:
        known = sources.get(conn, "desk")
    assert known is not None
    assert known.last_error == "the pass broke off: KeyError"
    assert desk.sync().ok


def test_threat_S1_a_secret_in_a_careless_error_is_not_stored(desk: Desk) -> None:
    redactor.add("canary-0123456789")
    desk.fails("poll", TryAgainError("desk", "GET /?key=canary-0123456789 failed"))
    assert "canary" not in str(desk.sync().error)
    with desk.database.read() as conn:
        known = sources.get(conn, "desk")
    assert known is not None
    assert "canary" not in str(known.last_error)


def test_a_source_that_fails_in_the_middle_of_writing_tells_what_was_done(desk: Desk) -> None:
    first, second = desk.opened("Un"), desk.opened("Deux")
    desk.sync()
    for key in (first, second):
        desk.tool.change(key, JANE, estimate=3 * 3600)
    desk.fails("apply message", AccessError("desk", "the key is refused"))
    broken = desk.sync()
    assert (broken.ok, broken.writes_done, broken.writes_failed) == (False, 1, 1)
    assert desk.sync().ok
    assert [len(desk.told(key)) for key in (first, second)] == [1, 1]
