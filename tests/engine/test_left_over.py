"""What a pass has read and not carried out, a later one does; nobody's word is stretched."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.engine.outbox import Outbox
from bridge.engine.plan import Action, Change, plan
from bridge.engine.sources import marks_of
from bridge.model import (
    ApprovalState,
    Decision,
    Event,
    EventKind,
    Field,
    Kind,
    Language,
    Message,
    MessageKind,
    Part,
    Person,
    Priority,
    Reason,
    Record,
    RecordKind,
    Severity,
    State,
    Verdict,
    Write,
)
from bridge.model.assessment import Desired
from bridge.model.people import is_named
from bridge.store import Database, breaches, ledger, pages, records, wakes
from bridge.store import outbox as rows
from connectors.base import Context, Gone, Page
from connectors.errors import GoneError, TryAgainError
from connectors.memory import MemoryConnector, MemorySettings
from mappings import load as load_mapping
from tests.engine.desk import ALICE, JANE, Desk, Faulty, Killed
from tests.rules.making import after, asked, assessed, estimated, ticket
from tests.servers.postgres import Postgres

H = 3600


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.sync()
    yield made
    made.database.close()


def closed(desk: Desk, seconds: int) -> str:
    """A small request that is estimated, worked and closed before the bridge looks again."""
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=1800)
    desk.tool.log_time(key, JANE, seconds)
    desk.tool.change(key, JANE, state=State.CLOSED)
    return key


def taken(desk: Desk) -> list[tuple[str | None, int]]:
    with desk.database.read() as conn:
        return [(e.ticket, e.seconds) for e in ledger.entries(conn, "acme") if e.ticket]


def test_hours_of_a_closed_ticket_are_entered_after_a_dry_run(desk: Desk) -> None:
    key = closed(desk, 1200)
    desk.sync(dry_run=True)
    assert taken(desk) == []
    desk.sync()
    assert taken(desk) == [(f"desk:{key}", -1200)]


def test_hours_of_a_closed_ticket_are_entered_after_a_kill(desk: Desk) -> None:
    key = closed(desk, 1200)
    desk.fails("poll!", Killed())
    with pytest.raises(Killed):
        desk.sync()
    desk.sync()
    assert taken(desk) == [(f"desk:{key}", -1200)]


def test_hours_of_a_closed_ticket_are_entered_after_a_cut_list(desk: Desk) -> None:
    key = closed(desk, 1200)
    desk.fails("poll!", TryAgainError("desk", "the list was cut"))
    assert not desk.sync().ok
    desk.now += timedelta(days=3)
    desk.sync()
    assert taken(desk) == [(f"desk:{key}", -1200)]


def test_a_write_to_a_closed_ticket_that_failed_is_repeated(desk: Desk) -> None:
    key = closed(desk, 1200)
    Faulty.script = {
        "apply approval": [TryAgainError("desk", "503")],
        "apply consumed": [TryAgainError("desk", "503")],
    }
    assert desk.sync().writes_failed == 2
    Faulty.script = {}
    desk.sync()
    assert desk.tool.tickets[key].consumed == 1200


def test_work_noted_on_a_closed_ticket_is_entered(desk: Desk) -> None:
    key = closed(desk, 1200)
    desk.sync()
    spent = Record("r1", "desk", key, desk.clock(), "jdoe", RecordKind.SPEND, seconds=600)
    with desk.database.write() as conn:
        records.append(conn, spent)
        wakes.touch(conn, "desk", key, spent.at)
    desk.sync()
    assert sum(seconds for _, seconds in taken(desk)) == -1800


def test_a_deleted_ticket_with_an_unknown_message_stops_nothing(desk: Desk) -> None:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=3 * H)
    desk.fails("apply message", TryAgainError("desk", "lost", unknown_outcome=True))
    desk.sync()
    desk.fails("find", *[GoneError("desk", key, "gone")] * 3)
    assert [desk.sync().ok for _ in range(2)] == [True, True]


def test_threat_I2_an_estimate_edited_after_the_yes_is_no_estimate(desk: Desk) -> None:
    key = desk.opened()
    desk.tool.say(key, JANE, "/estimate 3h")
    desk.sync()
    desk.tool.say(key, ALICE, "J'approuve")
    desk.sync()
    shown = desk.tool.tickets[key]
    assert shown.approval is ApprovalState.APPROVED
    edited = tuple(
        replace(c, text="/estimate 7h", edited_at=desk.clock()) if c.text == "/estimate 3h" else c
        for c in shown.comments
    )
    desk.tool.tickets[key] = replace(shown, comments=edited)
    desk.tool.log_time(key, JANE, 7 * H)
    desk.sync()
    desk.sync()
    assert desk.tool.tickets[key].approval is not ApprovalState.APPROVED
    assert taken(desk) == []
    assert any("was edited" in reason.text for _, reason in desk.attention())


@pytest.mark.parametrize("how_far", ["given", "asked", "answered"])
def test_threat_I2_a_yes_to_an_estimate_that_was_edited_is_none_to_the_next_one(
    desk: Desk, how_far: str
) -> None:
    answered = how_far == "answered"
    key = desk.opened()
    for text, author in (("/estimate 3h", JANE), ("J'approuve", ALICE)):
        desk.tool.say(key, author, text)
        desk.sync()
    desk.tool.say(key, JANE, "/estimate 6h")
    if how_far != "given":
        desk.sync()
    if answered:
        desk.tool.say(key, ALICE, "J'approuve")
        desk.sync()
    edited = tuple(
        replace(c, text="Oups", edited_at=desk.clock()) if c.text == "/estimate 3h" else c
        for c in desk.tool.tickets[key].comments
    )
    desk.tool.change(key, JANE, comments=edited)
    desk.tool.log_time(key, JANE, 6 * H)
    desk.sync()
    desk.sync()
    approved = desk.tool.tickets[key].approval is ApprovalState.APPROVED
    assert approved is answered
    assert taken(desk) == ([(f"desk:{key}", -6 * H)] if answered else [])
    assert any("was not asked about" in r.text for _, r in desk.attention()) is (how_far == "given")


@pytest.mark.parametrize("how", ["edited", "edited into a no", "deleted"])
def test_threat_I2_a_yes_that_was_changed_after_work_was_booked_holds_until_a_person_decides(
    desk: Desk, how: str
) -> None:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=3 * H)
    desk.sync()
    desk.tool.say(key, ALICE, "J'approuve")
    desk.tool.log_time(key, JANE, 2 * H)
    desk.sync()
    assert taken(desk) == [(f"desk:{key}", -2 * H)]
    (yes,) = [c for c in desk.tool.tickets[key].comments if c.text == "J'approuve"]
    if how == "deleted":
        with desk.database.write() as conn:
            gone = Page((), "", gone=(Gone(key, Part.COMMENT, yes.key),))
            pages.save_page(conn, "desk", gone, desk.clock(), move_cursor=False)
        left = tuple(c for c in desk.tool.tickets[key].comments if c != yes)
        desk.tool.tickets[key] = replace(desk.tool.tickets[key], comments=left)
    else:
        text = "Je refuse" if how == "edited into a no" else "J'approuve, si possible"
        changed = replace(yes, text=text, edited_at=desk.clock())
        left = tuple(changed if c == yes else c for c in desk.tool.tickets[key].comments)
        desk.tool.change(key, ALICE, comments=left)
    desk.sync()
    desk.sync()
    assert taken(desk) == [(f"desk:{key}", -2 * H)]
    assert desk.tool.tickets[key].approval is ApprovalState.APPROVED
    assert any(r.rule == "A3" and "bridge approve|reject" in r.text for _, r in desk.attention())
    no = Record("r1", "desk", key, desk.clock(), "alice", RecordKind.DECISION, None, Verdict.REJECT)
    with desk.database.write() as conn:
        records.append(conn, no)
        wakes.touch(conn, "desk", key, no.at)
    desk.sync()
    assert desk.tool.tickets[key].approval is ApprovalState.REJECTED
    assert not any(r.rule == "A3" for _, r in desk.attention())


def test_threat_I2_a_comment_edited_into_a_yes_before_it_was_entered_is_none(desk: Desk) -> None:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=3 * H)
    desk.sync()
    desk.tool.say(key, ALICE, "Un moment")
    desk.sync()
    shown = desk.tool.tickets[key]
    edited = tuple(
        replace(c, text="J'approuve", edited_at=desk.clock()) if c.text == "Un moment" else c
        for c in shown.comments
    )
    desk.tool.change(key, ALICE, comments=edited)
    desk.sync()
    assert desk.tool.tickets[key].approval is ApprovalState.AWAITING


def test_what_the_bridge_wrote_is_no_newer_estimate(desk: Desk) -> None:
    event = Event("e1", after(9), EventKind.ESTIMATE, None, None, str(3 * H), own=True)
    steered = estimated(ticket(), "5h")
    result = assessed(replace(steered, events=(*steered.events, event), estimate=3 * H))
    assert result.approval.estimate is not None
    assert result.approval.estimate.seconds == 5 * H


def test_a_colleagues_zero_hours_are_not_put_back(desk: Desk) -> None:
    key = desk.opened()
    desk.tool.say(key, JANE, "/estimate 3h")
    desk.sync()
    desk.sync()
    assert desk.tool.tickets[key].estimate == 3 * H
    desk.tool.change(key, JANE, estimate=0)
    desk.sync()
    assert desk.tool.tickets[key].estimate == 0


@pytest.mark.parametrize(
    ("named", "who"),
    [
        ("desk:7", Person("Mallory", "12", "7")),
        ("desk:alice@acme.ch", Person("Mallory", "12", "alice@acme.ch")),
        ("desk:alice", Person("alice", "12", "mallory")),
        ("alice@acme.ch", Person("Mallory", "12", "alice@acme.ch", "mallory@evil.example")),
        ("other:alice", Person("Alice", "7", "alice")),
    ],
)
def test_threat_I1_nobody_becomes_an_approver_by_a_name_of_another_kind(
    named: str, who: Person
) -> None:
    assert not is_named(who, "desk", [named])


def test_an_approver_is_known_by_id_login_or_address() -> None:
    alice = Person("Alice", "7", "Alice", "alice@acme.ch")
    for named in ("desk:7", "desk:alice", "desk:alice@acme.ch", "Alice@acme.ch"):
        assert is_named(alice, "desk", [named])


def test_threat_I3_a_field_set_before_the_question_decides_nothing() -> None:
    early = estimated(ticket(), "3h")
    event = Event("e9", after(7), EventKind.APPROVAL, ALICE, None, "approved")
    before = replace(early, events=(*early.events, event))
    assert assessed(before).approval.state is ApprovalState.AWAITING
    thread, sent = asked(before)
    assert assessed(thread, sent).approval.state is ApprovalState.AWAITING


def test_after_a_lost_answer_the_bridges_own_value_is_not_a_persons(desk: Desk) -> None:
    event = Event("e1", after(3), EventKind.PRIORITY, None, None, "2", own=True)
    shown = ticket(priority=Priority.HIGH, events=(event,))
    wanted = Desired(Field.PRIORITY, Priority.NORMAL, (Reason("R1.9", "because"),))
    assessment = replace(assessed(shown), desired=(wanted,), notices=())
    reach = desk.agreements.reach("desk")
    (change,) = plan(shown, assessment, {}, (), reach, lambda telling: None)
    assert change.action is Action.WRITE


def test_c13_a_breach_that_holds_again_is_superseded_no_more(desk: Desk) -> None:
    key = desk.opened(severity=Severity.BLOCKING, kind=Kind.INCIDENT)
    desk.now += timedelta(days=2)
    for severity in (Severity.BLOCKING, Severity.MINOR, Severity.BLOCKING):
        desk.tool.change(key, JANE, severity=severity)
        desk.sync()
    with desk.database.read() as conn:
        found = breaches.recorded(conn, "desk", key)
    assert [b.superseded_by for b in found if b.target == "response"] == [None]


def test_two_passes_over_the_same_clients_wait_for_each_other(postgres: Postgres) -> None:
    database = Database.open(postgres.store_url())
    decision = Decision(after(1), ALICE, Verdict.APPROVE, "comment 1", 1)
    meeting = threading.Barrier(2)
    failed: list[BaseException] = []

    def book(order: tuple[str, str]) -> None:
        try:
            meeting.wait(10)
            with database.write() as conn:
                ledger.hold(conn, order)
                for client in order:
                    ledger.decide(conn, client, "book", f"desk:{order}", decision, after(2))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=book, args=(o,)) for o in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with database.read() as conn:
        assert [len(ledger.decisions(conn, client)) for client in ("a", "b")] == [2, 2]
    assert failed == []
    database.close()


def test_threat_C4_a_message_that_another_source_has_taken_is_not_written_here(desk: Desk) -> None:
    theirs, ours = desk.opened("Un"), desk.opened("Deux")
    message = Message(MessageKind.LOW_BALANCE, True, Language.FR, "", ("Il reste 38 h 20.",))
    key = "the same thing to say, whichever ticket carries it"

    def wanted(ticket_key: str) -> Change:
        return Change(key, "desk", ticket_key, Field.MESSAGE, None, message, Action.WRITE, ())

    context = Context("desk", load_mapping("memory"), marks_of(desk.database))
    connector = MemoryConnector(MemorySettings(type="memory", tool="desk"), context)
    outbox = Outbox(desk.database, connector, context.marks, desk.clock)
    taken_by = Write(key, "other", theirs, Field.MESSAGE, message, context.marks.of(key))
    with desk.database.write() as conn:
        rows.plan(conn, taken_by, desk.clock())
    delivered = outbox.deliver([wanted(ours)])
    assert (delivered.done, delivered.failures) == ([], [])
    assert desk.told(ours) == desk.told(theirs) == []
