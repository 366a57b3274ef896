"""A range read again: what it brings, and what it leaves alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.cli import app
from bridge.cli.backfill import Backfilled, backfill
from bridge.engine.locks import LockedError, source_lock
from bridge.store import ledger, sources
from connectors.errors import TryAgainError
from tests.engine.desk import JANE, Desk

BEGIN = datetime(2026, 5, 18, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.sync()
    yield made
    made.database.close()


def cursor(desk: Desk) -> str | None:
    with desk.database.read() as conn:
        known = sources.get(conn, "desk")
    assert known is not None
    return known.cursor


def behind_its_back(desk: Desk, key: str, seconds: int) -> None:
    """A time entry that a time tool booked without moving the ticket's stamp."""
    ticket = desk.tool.tickets[key]
    desk.tool.log_time(key, JANE, seconds)
    booked = desk.tool.tickets[key]
    desk.tool.tickets[key] = replace(booked, updated_at=ticket.updated_at)
    desk.tool.versions[key] = 0


def read(desk: Desk, days: int = 1, since: datetime = BEGIN) -> Backfilled:
    until = since + timedelta(days=days)
    return backfill(desk.agreements, desk.database, "desk", since, until, desk.clock)


def test_a_range_read_again_finds_what_no_stamp_told_and_leaves_the_cursor(desk: Desk) -> None:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=1800)
    desk.sync()
    desk.sync()
    before = cursor(desk)
    behind_its_back(desk, key, 1200)
    assert desk.sync().tickets_changed == 0
    found = read(desk)
    assert (found.seen, found.changed, cursor(desk)) == (1, 1, before)
    with desk.database.read() as conn:
        assert ledger.by_ticket(conn, "acme") == {}
    desk.sync()
    with desk.database.read() as conn:
        assert ledger.by_ticket(conn, "acme") == {f"desk:{key}": -1200}
    desk.sync()
    assert read(desk).changed == 0


def test_a_range_leaves_out_what_was_made_after_it_or_stood_still_since_before(desk: Desk) -> None:
    desk.opened("Avant")
    desk.now += timedelta(days=3)
    desk.opened("Dans")
    desk.now += timedelta(days=3)
    desk.opened("Après")
    assert read(desk, 1, BEGIN + timedelta(days=3)).seen == 1
    assert read(desk, 30).seen == 3


def test_a_range_writes_nothing_and_waits_for_a_running_pass(desk: Desk) -> None:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=3 * 3600)
    version = desk.tool.version
    read(desk)
    assert (desk.tool.version, desk.told(key)) == (version, [])
    with source_lock(desk.database, "desk"), pytest.raises(LockedError):
        read(desk)


def test_a_range_that_was_cut_keeps_what_was_read(desk: Desk) -> None:
    for number in range(150):
        desk.opened(f"Demande {number}")
    desk.fails("poll!", TryAgainError("desk", "the list was cut"))
    with pytest.raises(TryAgainError):
        read(desk)
    assert read(desk).changed == 50


def test_ask_05_a_range_over_the_days_of_the_zone_is_typed_as_two_days(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.opened()
    words = ["--config", str(desk.path), "backfill", "desk", "--from", "2026-05-18"]
    assert app.run([*words, "--to", "2026-05-18"]) == 0
    assert "desk: 1 read, 1 differ from what was known" in capsys.readouterr().out
    assert app.run([*words, "--to", "2026-05-18", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["seen"], told["changed"], told["set_aside"]) == (1, 0, 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["desk", "--from", "18.5.2026", "--to", "2026-05-18"], "write  --from 2026-05-18"),
        (["desk", "--from", "2026-05-19", "--to", "2026-05-18"], "lies before --from"),
        (["desc", "--from", "2026-05-18", "--to", "2026-05-18"], 'there is "desk"'),
    ],
)
def test_a_range_that_is_none_is_refused_with_what_was_meant(
    desk: Desk, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert app.run(["--config", str(desk.path), "backfill", *words]) == 2
    assert said in capsys.readouterr().err
