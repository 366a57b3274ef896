from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from bridge.model import Decision, EntryKind, Person, Verdict
from bridge.model.ledger import LedgerEntry
from bridge.store import Database, StoreError, ledger
from bridge.store.errors import LedgerConflictError
from tests.amounts import amount
from tests.store.values import ALICE, NOW, at, credit, deduction

YES = Decision(at(5), ALICE, Verdict.APPROVE, "comment c1: « Oui, allez-y »", 1)


def append(database: Database, *entries: LedgerEntry) -> tuple[LedgerEntry, ...]:
    with database.write() as conn:
        return ledger.append(conn, entries, NOW)


def verify(database: Database, client: str = "acme") -> str:
    with database.read() as conn:
        problem = ledger.verify(conn, client)
    return "" if problem is None else problem.message


@pytest.fixture
def book(database: Database) -> Database:
    """A book of four rows: a purchase, a deduction, a decision, another deduction."""
    append(database, credit("p1"), deduction("d1", 5400, note="Alice asked"))
    with database.write() as conn:
        assert ledger.decide(conn, "acme", "carnet", "desk:1", YES, NOW)
    append(database, deduction("d2", 1800, "desk:2", contract="other"))
    return database


@contextmanager
def without_triggers(database: Database) -> Iterator[Connection]:
    """What somebody with the database in hand can do."""
    with database.write() as conn:
        if database.path is None:
            conn.execute(sa.text("SET session_replication_role = replica"))
        else:
            names = conn.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
            for (name,) in names.all():
                conn.execute(sa.text(f"DROP TRIGGER {name}"))
        yield conn


def test_p1_the_balance_is_the_sum_of_the_entries(book: Database) -> None:
    with book.read() as conn:
        assert ledger.balance(conn, "acme") == 40 * 3600 - 5400 - 1800
        assert ledger.balance(conn, "acme", "carnet") == 40 * 3600 - 5400
        assert ledger.balance(conn, "nobody") == 0
        assert ledger.balances(conn) == {"acme": 40 * 3600 - 7200}
        assert ledger.by_ticket(conn, "acme") == {"desk:1": -5400, "desk:2": -1800}
        assert ledger.clients(conn) == ("acme",)


def test_entries_come_back_in_order_of_their_day(database: Database) -> None:
    late, early = deduction("d2", 60, at=at(99)), deduction("d1", 60, at=at(1), note="é")
    assert append(database, late, early) == (late, early)
    with database.read() as conn:
        assert ledger.entries(conn, "acme") == (early, late)
        assert ledger.of_tickets(conn, "acme", ["desk:1", "desk:9"]) == {"desk:1": (late, early)}


def test_ask_04_the_same_fact_is_entered_once(book: Database) -> None:
    assert append(book, credit("p1"), credit("p1"), deduction("d3", 60)) == (deduction("d3", 60),)
    assert append(book, credit("p1", note="other words")) == ()
    with book.read() as conn:
        assert ledger.balance(conn, "acme") == 40 * 3600 - 7200 - 60


def test_p1_the_same_key_with_other_seconds_is_refused_whole(book: Database) -> None:
    with pytest.raises(LedgerConflictError, match=r"d1 as deduction of -5400 s.*-5401 s"):
        append(book, deduction("d9", 60), deduction("d1", 5401))
    with pytest.raises(LedgerConflictError):
        append(book, replace(credit("p1"), kind=EntryKind.CORRECTION))
    with pytest.raises(LedgerConflictError):
        append(book, deduction("d8", 1), deduction("d8", 2))
    with book.read() as conn:
        assert [item.key for item in ledger.entries(conn, "acme")] == ["p1", "d1", "d2"]


def test_threat_C4_clients_have_books_of_their_own(book: Database) -> None:
    append(book, credit("p1", 10, client="beta"))
    with book.read() as conn:
        assert ledger.balance(conn, "beta") == 36000
        assert [item.client for item in ledger.entries(conn, "beta")] == ["beta"]
        assert ledger.decisions(conn, "beta") == ()
        assert ledger.head(conn, "beta") != ledger.head(conn, "acme")
    assert verify(book) == verify(book, "beta") == ""


def test_a_decision_stands_in_the_chain_and_not_among_the_entries(book: Database) -> None:
    with book.write() as conn:
        assert not ledger.decide(conn, "acme", "carnet", "desk:1", YES, at(9))
        assert ledger.decide(conn, "acme", "carnet", "desk:2", YES, at(9))
    with book.read() as conn:
        (found,) = ledger.decisions(conn, "acme", "desk:1")
        assert len(ledger.decisions(conn, "acme")) == 2
        assert len(ledger.entries(conn, "acme")) == 3
        assert ledger.head(conn, "acme").seq == 5
    assert (found.decision, found.contract, found.recorded_at) == (YES, "carnet", NOW)
    assert verify(book) == ""


def test_threat_L1_an_untouched_chain_is_silent(book: Database) -> None:
    assert verify(book) == verify(book, "nobody") == ""
    with book.read() as conn:
        assert re.fullmatch("[0-9a-f]{10}", str(ledger.head(conn, "acme")))


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("chain", "UPDATE chain SET seconds = 0"),
        ("chain", "UPDATE chain SET hash = 'x' WHERE seq = 1"),
        ("chain", "DELETE FROM chain"),
        ("chain_texts", "UPDATE chain_texts SET note = 'other'"),
        ("chain_texts", "DELETE FROM chain_texts"),
        ("chain_heads", "DELETE FROM chain_heads"),
    ],
)
def test_threat_L1_triggers_refuse_to_change_rows(
    book: Database, table: str, statement: str
) -> None:
    with (
        pytest.raises(StoreError, match=r"append-only|forgotten, not changed"),
        book.write() as conn,
    ):
        conn.execute(sa.text(statement))
    assert verify(book) == ""


def test_threat_L1_postgresql_refuses_to_empty_the_ledger(book: Database) -> None:
    command = "TRUNCATE chain CASCADE" if book.path is None else "DELETE FROM chain"
    with pytest.raises(StoreError, match="append-only"), book.write() as conn:
        conn.execute(sa.text(command))


CHANGES = {
    "seconds": ("UPDATE chain SET seconds = -1 WHERE seq = 2", "row 2 (d1): its values"),
    "ticket": ("UPDATE chain SET ticket = 'desk:9' WHERE seq = 2", "row 2 (d1): its values"),
    "verdict": ("UPDATE chain SET kind = 'reject' WHERE seq = 3", "row 3"),
    "hash": ("UPDATE chain SET hash = '00' WHERE seq = 2", "row 2 (d1): its values"),
    "link": ("UPDATE chain SET prev = '00' WHERE seq = 2", "row 2 (d1): it does not follow"),
    "delete": ("DELETE FROM chain WHERE seq = 2", "row 2 (", "row 2 is missing, row 3 follows"),
    "tail": ("DELETE FROM chain WHERE seq = 4", "the chain ends at row 3, and its head says row 4"),
    "first": ("DELETE FROM chain WHERE seq = 1", "row 1 is missing"),
    "note": ("UPDATE chain_texts SET note = 'x' WHERE seq = 2", "row 2 (d1): its note"),
    "person": ("UPDATE chain_texts SET person = '{}' WHERE seq = 3", "row 3", "its person"),
    "salt": ("UPDATE chain_texts SET salt = 'x' WHERE seq = 2", "row 2 (d1): its person"),
    "text": ("DELETE FROM chain_texts WHERE seq = 2", "row 2 (d1): its text is missing"),
    "head": ("DELETE FROM chain_heads", "the chain ends at row 4, and its head says row 0"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_threat_L1_a_row_changed_by_hand_is_named(book: Database, what: str) -> None:
    statement, *words = CHANGES[what]
    with without_triggers(book) as conn:
        if book.path is not None:
            conn.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
        if statement.startswith("DELETE FROM chain WHERE"):
            conn.execute(sa.text(statement.replace("chain", "chain_texts")))
        conn.execute(sa.text(statement))
    found = verify(book)
    for part in ("ledger of acme", *words):
        assert part in found


def test_threat_L1_rows_put_into_another_order_are_named(book: Database) -> None:
    with without_triggers(book) as conn:
        if book.path is not None:
            conn.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
        for old, new in ((2, 99), (4, 2), (99, 4)):
            for table in ("chain", "chain_texts"):
                conn.execute(sa.text(f"UPDATE {table} SET seq = {new} WHERE seq = {old}"))
    assert "row 2 (d2): it does not follow the row before it" in verify(book)


def test_threat_L1_a_row_put_in_by_hand_is_named(book: Database) -> None:
    with without_triggers(book) as conn:
        columns = "client, what, kind, contract, at, seconds, recorded_at"
        conn.execute(
            sa.text(
                f"INSERT INTO chain ({columns}, seq, key, person_digest, note_digest, prev, hash) "
                f"SELECT {columns}, 5, 'forged', person_digest, note_digest, hash, hash "
                "FROM chain WHERE seq = 4"
            )
        )
    assert "row 5 (forged): its values" in verify(book)


def test_threat_L2_forgetting_erases_texts_and_keeps_sums_and_chain(book: Database) -> None:
    with book.read() as conn:
        before = ledger.head(conn, "acme"), ledger.balance(conn, "acme")
        keys = [
            row.key for row in conn.execute(sa.text("SELECT key FROM chain WHERE seq IN (2,3)"))
        ]
    with book.write() as conn:
        assert ledger.forget(conn, "acme", keys, "person-7f3a") == 2
    assert verify(book) == ""
    with book.read() as conn:
        assert (ledger.head(conn, "acme"), ledger.balance(conn, "acme")) == before
        (found,) = ledger.decisions(conn, "acme")
        left = "".join(
            str(tuple(row))
            for table in ("chain", "chain_texts", "chain_heads")
            for row in conn.execute(sa.text(f"SELECT * FROM {table}"))
        )
    assert found.decision.by == Person("person-7f3a")
    assert found.decision.evidence == ""
    assert "Alice" not in left
    assert "allez-y" not in left
    append(book, deduction("d4", 60))
    assert verify(book) == ""


def test_threat_L2_a_digest_alone_does_not_tell_equal_texts_apart(database: Database) -> None:
    append(database, deduction("a", 60, note="same"), deduction("b", 60, note="same"))
    with database.read() as conn:
        digests = {row[0] for row in conn.execute(sa.text("SELECT note_digest FROM chain"))}
    assert len(digests) == 2


@settings(
    max_examples=amount(10, long=60), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 10**9)), max_size=12), st.data())
def test_p1_any_order_and_repetition_gives_one_sum_and_a_whole_chain(
    database: Database, facts: list[tuple[int, int]], data: st.DataObject
) -> None:
    client = f"c{data.draw(st.integers(0, 10**12))}"
    entries = [
        deduction(f"{ticket}:{seconds}", seconds, f"desk:{ticket}", client=client)
        for ticket, seconds in facts
    ]
    with database.write() as conn:
        known = sum(-item.seconds for item in ledger.entries(conn, client))
    if known:
        return
    for entry in [*entries, *data.draw(st.permutations(entries))]:
        append(database, entry)
    with database.read() as conn:
        assert ledger.balance(conn, client) == -sum(seconds for _, seconds in set(facts))
    assert verify(database, client) == ""


def test_two_writers_at_once_make_one_whole_chain(database: Database, url: str) -> None:
    failures: list[BaseException] = []

    def work(other: Database, name: str) -> None:
        try:
            for number in range(15):
                append(other, deduction(f"{name}{number}", 60), deduction(f"both{number}", 60))
        except BaseException as error:
            failures.append(error)

    with Database.open(url) as second:
        threads = [
            Thread(target=work, args=arguments) for arguments in ((database, "a"), (second, "b"))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []
    with database.read() as conn:
        assert ledger.balance(conn, "acme") == -45 * 60
        assert ledger.head(conn, "acme").seq == 45
    assert verify(database) == ""


def test_an_entry_without_its_transaction_is_not_there(book: Database) -> None:
    def fail(work: Callable[[Connection], Any]) -> None:
        with book.write() as conn:
            work(conn)
            raise RuntimeError("killed here")

    with pytest.raises(RuntimeError, match="killed here"):
        fail(lambda conn: ledger.append(conn, [deduction("d7", 60)], NOW))
    with book.read() as conn:
        assert ledger.head(conn, "acme").seq == 4
    assert verify(book) == ""
