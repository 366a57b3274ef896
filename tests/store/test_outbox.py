from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bridge.model import ApprovalState, Field, MessageKind, Priority, Receipt, Sent, Write, Written
from bridge.store import Database, StoreError, outbox
from bridge.store.outbox import OutboxState
from connectors.marks import token_digest
from tests.store.values import NOW, at, message, write

TOKEN = "q" * 32
ASK = write("m1", message(), Field.MESSAGE, token=TOKEN)


def state(database: Database, key: str = "w1") -> OutboxState:
    with database.read() as conn:
        return outbox.get(conn, key).state


def plan(database: Database, *writes: Write, minutes: int = 0) -> None:
    with database.write() as conn:
        for one in writes:
            outbox.plan(conn, one, at(minutes))


def confirm(database: Database, one: Write, minutes: int, reference: str | None = None) -> None:
    with database.write() as conn:
        outbox.plan(conn, one, at(minutes))
        outbox.sending(conn, one.key, at(minutes))
        outbox.confirmed(conn, Receipt(one.key, one.value, reference), at(minutes + 1))


@pytest.mark.parametrize(
    "planned",
    [
        write(),
        write(value=0, field=Field.CONSUMED),
        write(value=Priority.CRITICAL, field=Field.PRIORITY),
        write(value=ApprovalState.AWAITING, field=Field.APPROVAL),
        ASK,
    ],
    ids=lambda planned: planned.field,
)
def test_a_planned_write_comes_back_whole(database: Database, planned: Write) -> None:
    plan(database, planned)
    with database.read() as conn:
        (row,) = outbox.unfinished(conn, "desk")
        assert outbox.unfinished(conn, "code") == ()
    assert row.write == planned
    assert type(row.write.value) is type(planned.value)
    assert (row.state, row.attempts, row.planned_at) == (OutboxState.PLANNED, 0, NOW)
    assert not row.may_have_happened


def test_ask_03_the_same_intention_has_one_row(database: Database) -> None:
    confirm(database, write(), 0)
    with database.write() as conn:
        again = outbox.plan(conn, write(), at(9))
        assert again.state is OutboxState.CONFIRMED
        assert len(outbox.history(conn, "desk", "1")) == 1


def test_a_write_goes_from_planned_to_confirmed(database: Database) -> None:
    plan(database, ASK)
    with database.write() as conn:
        outbox.sending(conn, "m1", at(1))
        assert outbox.get(conn, "m1").may_have_happened
        outbox.confirmed(conn, Receipt("m1", None, "note 8"), at(2))
    with database.read() as conn:
        row = outbox.get(conn, "m1")
        assert outbox.unfinished(conn, "desk") == ()
    assert (row.state, row.attempts, row.sent_at, row.done_at, row.reference) == (
        OutboxState.CONFIRMED,
        1,
        at(1),
        at(2),
        "note 8",
    )


def test_what_the_tool_showed_is_kept(database: Database) -> None:
    plan(database, write(value=Priority.HIGH, field=Field.PRIORITY))
    with database.write() as conn:
        outbox.confirmed(conn, Receipt("w1", Priority.NORMAL), at(1))
        assert outbox.get(conn, "w1").shown is Priority.NORMAL


def test_confirming_again_changes_nothing(database: Database) -> None:
    confirm(database, write(), 0, "first")
    with database.write() as conn:
        outbox.confirmed(conn, Receipt("w1", 7200, "second"), at(9))
        row = outbox.get(conn, "w1")
    assert (row.reference, row.done_at) == ("first", at(1))


def test_a_lost_answer_leaves_it_unknown_until_it_is_found(database: Database) -> None:
    plan(database, ASK)
    with database.write() as conn:
        outbox.sending(conn, "m1", at(1))
        outbox.failed(conn, "m1", "connection lost", unknown=True)
        row = outbox.get(conn, "m1")
        assert (row.state, row.error, row.may_have_happened) == (
            OutboxState.UNKNOWN,
            "connection lost",
            True,
        )
        outbox.confirmed(conn, Receipt("m1", None, "note 8"), at(60))
        (sent,) = outbox.sent_messages(conn, "desk", ["1"])["1"]
    assert sent.at == at(1)


def test_a_failure_that_did_nothing_leaves_it_planned(database: Database) -> None:
    plan(database, write())
    with database.write() as conn:
        outbox.sending(conn, "w1", at(1))
        outbox.failed(conn, "w1", "503", unknown=False)
        outbox.sending(conn, "w1", at(2))
        row = outbox.get(conn, "w1")
    assert (row.state, row.attempts, row.error) == (OutboxState.SENDING, 2, None)


def test_a_refused_write_is_tried_again_only_when_asked(database: Database) -> None:
    plan(database, ASK)
    with database.write() as conn:
        outbox.refused(conn, "m1", "no right to write notes", at(1))
        assert outbox.unfinished(conn, "desk") == ()
        assert outbox.refused_since(conn, "desk", at(1)) == {"m1": "no right to write notes"}
        assert outbox.refused_since(conn, "desk", at(2)) == {}
        with pytest.raises(StoreError, match="m1 is refused and cannot become sending"):
            outbox.sending(conn, "m1", at(2))
        newer = replace(ASK, value=message(subject="Devis revu"))
        row = outbox.again(conn, newer, at(3))
    assert (row.write, row.state, row.planned_at) == (newer, OutboxState.PLANNED, at(3))


def test_a_dropped_write_is_planned_afresh(database: Database) -> None:
    plan(database, write())
    with database.write() as conn:
        outbox.sending(conn, "w1", at(1))
        outbox.drop(conn, "w1", at(2))
        assert outbox.unfinished(conn, "desk") == ()
        row = outbox.plan(conn, write(value=60), at(3))
    assert (row.state, row.write.value, row.attempts) == (OutboxState.PLANNED, 60, 0)


@pytest.mark.parametrize("step", ["sending", "refused", "failed", "drop", "again"])
def test_a_confirmed_write_stays_confirmed(database: Database, step: str) -> None:
    confirm(database, write(), 0)
    with database.write() as conn:
        steps: dict[str, Callable[[], object]] = {
            "sending": lambda: outbox.sending(conn, "w1", NOW),
            "refused": lambda: outbox.refused(conn, "w1", "no", NOW),
            "failed": lambda: outbox.failed(conn, "w1", "no", unknown=True),
            "drop": lambda: outbox.drop(conn, "w1", NOW),
            "again": lambda: outbox.again(conn, write(), NOW),
        }
        with pytest.raises(StoreError, match="w1 is confirmed and cannot become"):
            steps[step]()
    assert state(database) is OutboxState.CONFIRMED


def test_a_refusal_is_not_taken_for_a_confirmation(database: Database) -> None:
    plan(database, write())
    with database.write() as conn, pytest.raises(ValueError, match="is a refusal: no right"):
        outbox.confirmed(conn, Receipt("w1", None, refused="no right"), NOW)
    assert state(database) is OutboxState.PLANNED


def test_an_unknown_write_is_named(database: Database) -> None:
    with pytest.raises(StoreError, match="no write w9"), database.write() as conn:
        outbox.sending(conn, "w9", NOW)


def test_ask_13_only_what_the_tool_confirmed_counts_as_written(database: Database) -> None:
    confirm(database, write("w1", 3600), 0)
    confirm(database, write("w2", 7200), 5)
    confirm(database, write("w3", Priority.HIGH, Field.PRIORITY), 6)
    confirm(database, write("w4", 60, ticket="2"), 6)
    confirm(database, ASK, 7)
    plan(database, write("w5", 9000))
    plan(database, write("w6", 9999))
    with database.write() as conn:
        outbox.sending(conn, "w5", at(8))
        outbox.refused(conn, "w6", "no", at(8))
        found = outbox.last_written(conn, "desk", ["1", "2", "3"])
    assert found == {
        "1": {
            Field.ESTIMATE: Written(Field.ESTIMATE, 7200, at(6), 2),
            Field.PRIORITY: Written(Field.PRIORITY, Priority.HIGH, at(7), 1),
        },
        "2": {Field.ESTIMATE: Written(Field.ESTIMATE, 60, at(7), 1)},
    }


def test_sent_messages_carry_what_an_answer_is_recognised_by(database: Database) -> None:
    confirm(database, ASK, 0, "<1@desk>")
    confirm(database, write("m2", message(kind=MessageKind.LOW_BALANCE, public=False, number=None),
                            Field.MESSAGE), 5)  # fmt: skip
    plan(database, write("m3", message(), Field.MESSAGE))
    with database.read() as conn:
        assert outbox.sent_messages(conn, "desk", ["1", "2"]) == {
            "1": (
                Sent("m1", MessageKind.ESTIMATE, 1, NOW, True, "<1@desk>", token_digest(TOKEN)),
                Sent("m2", MessageKind.LOW_BALANCE, None, at(5), False),
            )
        }


def test_threat_E5_a_token_is_kept_only_until_its_message_is_done(database: Database) -> None:
    other = write("m2", message(), Field.MESSAGE, token="r" * 32)
    third = write("m3", message(), Field.MESSAGE, token="s" * 32)
    plan(database, ASK, other, third)
    with database.write() as conn:
        outbox.sending(conn, "m1", at(1))
        outbox.failed(conn, "m1", "lost", unknown=True)
        assert outbox.get(conn, "m1").write.token == TOKEN
        outbox.confirmed(conn, Receipt("m1", None), at(2))
        outbox.refused(conn, "m2", "no", at(2))
        outbox.drop(conn, "m3", at(2))
        rows = str(conn.execute(sa.text("SELECT * FROM outbox")).all())
    for token in (TOKEN, "r" * 32, "s" * 32):
        assert token not in rows


def test_history_tells_every_write_of_a_ticket_in_order(database: Database) -> None:
    plan(database, write("w2"), minutes=2)
    plan(database, write("w1"), minutes=1)
    plan(database, write("w3", ticket="2"), minutes=3)
    with database.read() as conn:
        assert [row.write.key for row in outbox.history(conn, "desk", "1")] == ["w1", "w2"]
