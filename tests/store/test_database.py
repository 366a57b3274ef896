from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bridge.store import Database, StoreError, meta, pages, tickets
from bridge.store import database as database_module
from bridge.store.migrations import HEAD
from bridge.store.tables import metadata
from connectors.base import Page
from tests.servers.postgres import Postgres
from tests.store.values import NOW, page, ticket


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def test_the_migrations_make_exactly_the_tables_that_queries_use(database: Database) -> None:
    with database.write() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        found = conn.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one()
    assert found == HEAD


def test_opening_again_keeps_what_is_stored(database: Database, url: str) -> None:
    with database.write() as conn:
        pages.save_page(conn, "desk", page(ticket()), NOW)
    with Database.open(url, migrate=False) as again, again.read() as conn:
        assert tickets.load(conn, "desk", "1") == ticket()


def test_an_empty_database_is_not_used_without_migration(url: str) -> None:
    with pytest.raises(StoreError, match=f"it has version none, and this program needs {HEAD}"):
        Database.open(url, migrate=False)


def test_a_database_of_a_newer_program_is_refused_and_left_alone(
    database: Database, url: str
) -> None:
    with database.write() as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '0099'"))
    with pytest.raises(StoreError, match=r"version 0099, .* up to .*; install the newer program"):
        Database.open(url)
    with database.read() as conn:
        assert conn.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == "0099"


def test_tables_of_another_program_are_not_touched(url: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as conn:
        conn.execute(sa.text("CREATE TABLE tickets (id INTEGER)"))
    with pytest.raises(StoreError, match="tables of another program; give the bridge its own"):
        Database.open(url)
    with engine.connect() as conn:
        assert sa.inspect(conn).get_table_names() == ["tickets"]
    engine.dispose()


def test_programs_that_start_together_migrate_once(url: str) -> None:
    code = f"from bridge.store import Database; Database.open({url!r}).close()"
    started = [
        subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [one.communicate(timeout=60)[1] for one in started] == ["", "", ""]
    assert [one.returncode for one in started] == [0, 0, 0]


def test_alembic_is_not_loaded_when_there_is_nothing_to_migrate(
    database: Database, url: str
) -> None:
    code = (
        f"import sys; from bridge.store import Database; Database.open({url!r}).close(); "
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.write() as conn:
            meta.put(conn, "a", "1")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    with database.read() as conn:
        assert meta.get(conn, "a") is None


def test_a_reading_block_cannot_write(database: Database) -> None:
    with pytest.raises(StoreError, match=r"read-?only"), database.read() as conn:
        meta.put(conn, "a", "1")
    with database.write() as conn:
        meta.put(conn, "a", "2")


def test_a_reader_sees_one_moment_while_others_write(database: Database) -> None:
    with database.read() as conn:
        assert meta.get(conn, "a") is None
        with database.write() as other:
            meta.put(other, "a", "1")
        assert meta.get(conn, "a") is None
    with database.read() as conn:
        assert meta.get(conn, "a") == "1"


def test_two_writers_at_once_lose_nothing(database: Database, url: str) -> None:
    failures: list[BaseException] = []

    def work(other: Database, source: str) -> None:
        try:
            for number in range(25):
                with other.write() as conn:
                    count = int(meta.get(conn, source) or 0)
                    meta.put(conn, source, str(count + 1))
                    key = str(number)
                    pages.save_page(conn, source, Page((ticket(key, source=source),), key), NOW)
        except BaseException as error:
            failures.append(error)

    with Database.open(url) as second:
        threads = [
            Thread(target=work, args=pair) for pair in ((database, "desk"), (second, "code"))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []
    with database.read() as conn:
        assert (meta.get(conn, "desk"), meta.get(conn, "code")) == ("25", "25")
        assert {name: one.total for name, one in tickets.counts(conn).items()} == {
            "desk": 25,
            "code": 25,
        }


def test_an_sqlite_transaction_that_reads_before_it_writes_waits_for_its_turn(
    opened: Callable[[], Database],
) -> None:
    first, second = opened(), opened()
    entered, done = Event(), []

    def other() -> None:
        entered.set()
        with second.write() as conn:
            done.append(meta.get(conn, "a"))
            meta.put(conn, "a", "2")

    thread = Thread(target=other)
    with first.write() as conn:
        assert meta.get(conn, "a") is None
        thread.start()
        assert entered.wait(5)
        meta.put(conn, "a", "1")
    thread.join()
    assert done == ["1"]


def test_threat_S4_sqlite_files_are_for_their_owner_only(
    opened: Callable[[], Database], tmp_path: Path
) -> None:
    before = os.umask(0)
    try:
        database = opened()
        with database.write() as conn:
            meta.put(conn, "a", "1")
    finally:
        os.umask(before)
    assert modes(tmp_path) == {"bridge.db": 0o600, "bridge.db-wal": 0o600, "bridge.db-shm": 0o600}


def test_threat_S4_a_file_that_others_could_read_is_closed_to_them(
    opened: Callable[[], Database], sqlite_file: Path
) -> None:
    sqlite_file.touch(0o644)
    opened()
    assert stat.S_IMODE(sqlite_file.stat().st_mode) == 0o600


def test_threat_S4_a_symbolic_link_is_not_followed(sqlite_file: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    sqlite_file.symlink_to(elsewhere)
    with pytest.raises(StoreError, match="symbolic link; name the file itself"):
        Database.open(f"sqlite:///{sqlite_file}")
    assert not elsewhere.exists()


def test_threat_S4_a_folder_that_everybody_may_write_is_refused(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    with pytest.raises(StoreError, match="everybody may write into the folder"):
        Database.open(f"sqlite:///{shared}/bridge.db")
    assert list(shared.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"none does not exist; create it"):
        Database.open(f"sqlite:///{tmp_path}/none/bridge.db")


def test_a_file_that_is_no_database_is_refused(sqlite_file: Path) -> None:
    sqlite_file.write_text("These are the notes of a meeting. " * 50)
    with pytest.raises(StoreError, match=r"file is not a database; the URL must name"):
        Database.open(f"sqlite:///{sqlite_file}")
    assert sqlite_file.read_text().startswith("These are")


def test_a_full_disk_is_said_and_what_was_stored_before_stays(
    opened: Callable[[], Database], sqlite_file: Path
) -> None:
    database = opened()
    with database.write() as conn:
        meta.put(conn, "a", "1")
        pages_now = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        conn.exec_driver_sql(f"PRAGMA max_page_count = {pages_now + 2}")
    with (
        pytest.raises(StoreError, match=r"disk is full; free some space"),
        database.write() as conn,
    ):
        meta.put(conn, "b", "x" * 100_000)
    with database.read() as conn:
        assert (meta.get(conn, "a"), meta.get(conn, "b")) == ("1", None)


def test_a_database_kept_locked_is_said(
    opened: Callable[[], Database], sqlite_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened().close()
    monkeypatch.setattr(database_module, "BUSY_MILLISECONDS", 50)
    holder = sqlite3.connect(sqlite_file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="database is locked; another program"):
        Database.open(f"sqlite:///{sqlite_file}")
    holder.close()


def test_sqlite_is_set_up_to_lose_nothing_that_was_committed(
    opened: Callable[[], Database],
) -> None:
    def pragmas(durable: bool) -> dict[str, object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        with database.write(durable=durable) as conn:
            return {name: conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names}

    database = opened()
    usual = {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 10_000}
    assert pragmas(False) == usual
    assert pragmas(True) == usual | {"synchronous": 2}
    assert pragmas(False) == usual


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("bridge.db", "the database URL cannot be read; write sqlite:///bridge.db or postgresql"),
        ("mysql://root:hunter2@db/x", "begins with 'mysql', which is not supported"),
        ("sqlite://", "the store needs a file"),
        ("sqlite:///:memory:", "the store needs a file"),
        ("sqlite:///file:x?mode=memory&uri=true", "the store needs a file"),
    ],
)
def test_a_wrong_url_is_answered_with_a_right_one(url: str, words: str) -> None:
    with pytest.raises(StoreError) as caught:
        Database.open(url)
    assert words in str(caught.value)
    assert "hunter2" not in repr(caught.value)


def test_a_missing_driver_is_answered_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install 'the-bridge\[postgres\]'"):
        Database.open("postgresql://localhost/bridge")


def test_threat_S1_a_server_out_of_reach_is_named_without_the_password() -> None:
    with pytest.raises(StoreError, match=r"postgresql://127.0.0.1:1/x: .*refused") as caught:
        Database.open("postgresql://u:hunter2@127.0.0.1:1/x?connect_timeout=3")
    assert "hunter2" not in f"{caught.value!r} {caught.value}"


def test_a_database_that_is_not_there_is_named(postgres: Postgres) -> None:
    url = f"postgresql://bridge@127.0.0.1:{postgres.port}/nowhere"
    with pytest.raises(StoreError, match=r'"nowhere" does not exist; create the database'):
        Database.open(url)


def test_threat_S7_the_running_role_needs_no_right_to_change_tables_or_the_ledger(
    postgres: Postgres, schema: str
) -> None:
    from bridge.model import Field, Receipt
    from bridge.store import ledger, outbox, sources
    from tests.store.values import comment, credit, entry, event, write

    Database.open(schema).close()
    name = schema.rpartition("%3D")[2]
    with sa.create_engine(schema, poolclass=sa.NullPool).begin() as conn:
        for statement in (
            f"CREATE ROLE run_{name[-12:]} LOGIN",
            f"GRANT USAGE ON SCHEMA {name} TO run_{name[-12:]}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {name} "
            f"TO run_{name[-12:]}",
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {name} TO run_{name[-12:]}",
            f"REVOKE UPDATE, DELETE ON chain, events, records FROM run_{name[-12:]}",
            f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM run_{name[-12:]}",
        ):
            conn.execute(sa.text(statement))
    try:
        with Database.open(schema.replace("//bridge@", f"//run_{name[-12:]}@")) as running:
            full = ticket(comments=(comment("c"),), time_entries=(entry("t"),),
                          events=(event("e", "state", None, "open"),))  # fmt: skip
            with running.write() as conn:
                number = sources.start_pass(conn, "desk", NOW)
                pages.save_page(conn, "desk", page(full), NOW)
                pages.save_page(conn, "desk", page(full), NOW)
                pages.save_page(conn, "desk", page(ticket(title="x", estimate=60)), NOW)
                ledger.append(conn, [credit("p")], NOW)
                outbox.plan(conn, write(), NOW)
                outbox.confirmed(conn, Receipt("w1", 60), NOW)
                assert outbox.last_written(conn, "desk", ["1"])["1"][Field.ESTIMATE].revision == 1
                sources.finish_pass(conn, number, NOW)
            with pytest.raises(StoreError, match="permission denied"), running.write() as conn:
                conn.execute(sa.text("DELETE FROM chain"))
            with running.read() as conn:
                assert ledger.verify(conn, "acme") is None
    finally:
        with sa.create_engine(schema, poolclass=sa.NullPool).begin() as conn:
            conn.execute(sa.text(f"DROP OWNED BY run_{name[-12:]}"))
            conn.execute(sa.text(f"DROP ROLE run_{name[-12:]}"))


def test_a_server_that_restarts_is_found_again(postgres: Postgres, schema: str) -> None:
    with Database.open(schema) as database:
        with database.write() as conn:
            meta.put(conn, "a", "1")
        postgres.restart()
        with database.read() as conn:
            assert meta.get(conn, "a") == "1"


def test_an_instant_comes_back_in_utc_whatever_the_session_says(database: Database) -> None:
    with database.write() as conn:
        if database.path is None:
            conn.execute(sa.text("SET TIME ZONE 'America/Lima'"))
        pages.save_page(conn, "desk", page(ticket()), NOW)
        found = tickets.load(conn, "desk", "1")
    assert found is not None
    assert found.created_at.isoformat() == "2026-03-02T09:00:00+00:00"
