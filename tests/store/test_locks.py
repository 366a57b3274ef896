from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.engine.locks import LockedError, lock_file, source_lock
from bridge.store import Database, StoreError, ledger
from tests.no_room import no_room
from tests.store.values import NOW, credit

HOLD = """
import sys, time
from bridge.engine.locks import source_lock
from bridge.store import Database
database = Database.open(sys.argv[1])
with source_lock(database, "desk"):
    print("held", flush=True)
    time.sleep(120)
"""


@pytest.fixture
def holder(database: Database, url: str) -> object:
    """Another process that holds the source `desk`."""
    started = subprocess.Popen([sys.executable, "-c", HOLD, url], stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    assert started.stdout.readline() == "held\n"
    yield started
    started.kill()
    started.communicate()


def test_ask_15_a_second_pass_is_refused_at_once_and_told_who_holds_the_source(
    database: Database, holder: subprocess.Popen[str]
) -> None:
    began = time.monotonic()
    with (
        pytest.raises(
            LockedError, match=rf"desk: .*process {holder.pid}\b.*since 20\d\d-.*T.*Z.*wait for it"
        ),
        source_lock(database, "desk"),
    ):
        pass
    assert time.monotonic() - began < 3


def test_ask_14_the_lock_dies_with_its_holder(
    database: Database, holder: subprocess.Popen[str]
) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    deadline = time.monotonic() + 10
    while True:  # PostgreSQL notices the closed connection a moment later
        try:
            with source_lock(database, "desk"):
                return
        except LockedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_another_source_and_other_commands_are_free_beside_a_running_pass(
    database: Database, holder: subprocess.Popen[str]
) -> None:
    with source_lock(database, "code"), database.write() as conn:
        assert ledger.append(conn, [credit("p1")], NOW)


def test_a_second_pass_in_the_same_process_is_refused_too(database: Database) -> None:
    with source_lock(database, "desk"):
        with (
            pytest.raises(LockedError, match=f"process {os.getpid()}"),
            source_lock(database, "desk"),
        ):
            pass
        with pytest.raises(LockedError), source_lock(database, "desk"):
            pass


def test_a_pass_that_fails_lets_go(database: Database) -> None:
    with pytest.raises(RuntimeError, match="failed"), source_lock(database, "desk"):
        raise RuntimeError("failed")
    with source_lock(database, "desk"):
        pass


def test_threat_S4_the_lock_is_for_its_owner_only_and_follows_no_link(
    opened: Callable[[], Database], sqlite_file: Path, tmp_path: Path
) -> None:
    database = opened()
    before = os.umask(0)
    try:
        with source_lock(database, "desk"):
            path = lock_file(sqlite_file, "desk")
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)
    path.unlink()
    victim = tmp_path / "victim"
    victim.write_text("keep")
    path.symlink_to(victim)
    with (
        pytest.raises(StoreError, match="the lock is a symbolic link; remove the link"),
        source_lock(database, "desk"),
    ):
        pass
    assert victim.read_text() == "keep"


@pytest.mark.parametrize("name", ["../../etc/x", "a/b", "é", "a b", "", "x" * 200, "."])
def test_a_lock_of_any_name_stays_beside_the_database(sqlite_file: Path, name: str) -> None:
    path = lock_file(sqlite_file, name)
    assert path.parent == sqlite_file.parent
    assert len(path.name) < 120
    assert path != lock_file(sqlite_file, name + "2")


def test_a_lock_file_left_by_a_killed_pass_with_rubbish_in_it_is_no_obstacle(
    opened: Callable[[], Database], sqlite_file: Path
) -> None:
    lock_file(sqlite_file, "desk").write_bytes(b"\xff{")
    with source_lock(opened(), "desk"):
        pass


def test_a_full_disk_is_said_and_the_source_is_free_again(
    opened: Callable[[], Database], sqlite_file: Path
) -> None:
    database = opened()
    path = lock_file(sqlite_file, "desk")
    path.touch(0o600)
    with (
        no_room(),
        pytest.raises(StoreError, match=r"the lock cannot be written: .*; free some space"),
        source_lock(database, "desk"),
    ):
        pass
    with source_lock(database, "desk"):
        assert path.stat().st_size > 0
