"""Looking at the store: nothing is made, changed or left behind, whoever writes meanwhile."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from pathlib import Path

import pytest

from bridge.store import Database, StoreError, meta
from bridge.store.looking import look


def traces(folder: Path) -> dict[str, tuple[str, int]]:
    """What lies in a folder, byte by byte, and when it was last changed."""
    return {
        path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in folder.iterdir()
    }


def value(database: Database, key: str = "k") -> str | None:
    with database.read() as conn:
        return meta.get(conn, key)


def keep(database: Database, text: str) -> None:
    with database.write() as conn:
        meta.put(conn, "k", text)


def test_one_sees_what_was_stored(url: str, tmp_path: Path) -> None:
    with Database.open(url) as database:
        keep(database, "first")
    before = traces(tmp_path)
    assert look(url, value) == "first"
    assert traces(tmp_path) == before


def test_whoever_writes_while_looking_gets_an_error(url: str) -> None:
    with Database.open(url) as database:
        keep(database, "first")
    with pytest.raises(StoreError, match=r"read-?only"):
        look(url, lambda database: keep(database, "second"))
    assert look(url, value) == "first"


def test_where_nothing_was_made_one_sees_an_empty_store(url: str, tmp_path: Path) -> None:
    assert look(url, value) is None
    assert traces(tmp_path) == {}
    with pytest.raises(StoreError, match=r"version none"):
        Database.open(url, migrate=False)


def test_an_open_transaction_of_another_is_not_seen_and_not_waited_for(url: str) -> None:
    with Database.open(url) as database:
        keep(database, "first")
        with database.write() as conn:
            meta.put(conn, "k", "second")
            assert look(url, value) == "first"
        assert look(url, value) == "second"


def test_a_store_of_an_older_version_is_left_to_the_next_sync(url: str, tmp_path: Path) -> None:
    with Database.open(url) as database, database.write() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    before = traces(tmp_path)
    with pytest.raises(StoreError) as refused:
        look(url, value)
    assert refused.value.hint.startswith("bridge sync  migrates it")
    assert traces(tmp_path) == before


def test_a_folder_and_file_that_take_nothing_can_be_read(sqlite_file: Path) -> None:
    url = f"sqlite:///{sqlite_file}"
    with Database.open(url) as database:
        keep(database, "first")
    os.chmod(sqlite_file, 0o400)
    os.chmod(sqlite_file.parent, 0o500)
    try:
        assert look(url, value) == "first"
    finally:
        os.chmod(sqlite_file.parent, 0o700)


def test_a_file_that_changes_meanwhile_is_read_again(sqlite_file: Path) -> None:
    url = f"sqlite:///{sqlite_file}"
    with Database.open(url) as database:
        keep(database, "first")
    seen: list[str | None] = []

    def disturbed(database: Database) -> str | None:
        seen.append(value(database))
        if len(seen) == 1:
            with Database.open(url) as other:  # comes and goes, and leaves one file as before
                keep(other, "second")
        return seen[-1]

    assert look(url, disturbed) == "second"
    assert seen == ["first", "second"]


def test_a_file_that_changes_all_the_time_is_said(sqlite_file: Path) -> None:
    url = f"sqlite:///{sqlite_file}"
    with Database.open(url) as database:
        keep(database, "0")
    count = iter(range(100))

    def disturbed(database: Database) -> None:
        with Database.open(url) as other:
            keep(other, f"another {next(count)}")

    with pytest.raises(StoreError, match="written all the time"):
        look(url, disturbed)


def test_what_a_killed_writer_left_in_its_second_file_is_seen(tmp_path: Path) -> None:
    with Database.open(f"sqlite:///{tmp_path}/bridge.db") as database:
        keep(database, "first")
        copy = tmp_path / "copy"
        copy.mkdir(mode=0o700)
        for name in ("bridge.db", "bridge.db-wal", "bridge.db-shm"):
            (copy / name).write_bytes((tmp_path / name).read_bytes())
    assert look(f"sqlite:///{copy}/bridge.db", value) == "first"


def test_a_link_is_refused_and_damage_is_said(tmp_path: Path, sqlite_file: Path) -> None:
    (tmp_path / "link.db").symlink_to(sqlite_file)
    sqlite3.connect(sqlite_file).close()
    sqlite_file.write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="symbolic link"):
        look(f"sqlite:///{tmp_path}/link.db", value)
    with pytest.raises(StoreError, match="not a database"):
        look(f"sqlite:///{sqlite_file}", value)
