"""Killed at any instant: nothing that was committed is lost, nothing is half there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from bridge.store import Database, ledger, outbox, sources, tickets

WRITE_FOR_EVER = """
import itertools, sys
from bridge.store import Database, ledger, outbox, pages
from connectors.base import Page
from tests.store.values import NOW, comment, deduction, entry, ticket, write
database = Database.open(sys.argv[1])
for number in itertools.count(int(sys.argv[2])):
    with database.write() as conn:
        batch = tuple(
            ticket(f"{number}-{part}", comments=(comment("c"),), time_entries=(entry("t"),))
            for part in range(5)
        )
        pages.save_page(conn, "desk", Page(batch, str(number)), NOW)
        ledger.append(conn, [deduction(f"d{number}", 60)], NOW)
        outbox.plan(conn, write(f"w{number}"), NOW)
    print(number, flush=True)
"""


@pytest.mark.parametrize("life", [0.0, 0.03, 0.11, 0.2])
def test_kill_9_while_writing_loses_nothing_and_leaves_nothing_half_done(
    database: Database, url: str, life: float
) -> None:
    told = -1
    for _ in range(2):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITE_FOR_EVER, url, str(told + 1)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        told = int(writer.stdout.readline())
        time.sleep(life)
        os.kill(writer.pid, signal.SIGKILL)
        lines = writer.communicate()[0].split("\n")
        told = max([told, *(int(line) for line in lines[:-1])])
        with Database.open(url) as after, after.read() as conn:
            source = sources.get(conn, "desk")
            assert source is not None
            cursor = int(source.cursor or -1)
            stored = {one.key: one for one in tickets.iterate(conn, "desk")}
            entered = [one.key for one in ledger.entries(conn, "acme")]
            planned = outbox.unfinished(conn, "desk")
            assert ledger.verify(conn, "acme") is None
            if after.path is not None:
                assert conn.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        # The last page may have been committed without having been told.
        assert cursor in (told, told + 1)
        assert len(stored) == 5 * (cursor + 1)
        assert all(len(one.comments) == len(one.time_entries) == 1 for one in stored.values())
        assert sorted(entered) == sorted(f"d{number}" for number in range(cursor + 1))
        assert len(planned) == cursor + 1
        told = cursor
