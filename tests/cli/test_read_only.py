"""`status`, `explain` and `ledger` only look: the folder is as it was, byte by byte."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from bridge.cli.app import run
from connectors.memory import WORLD
from tests.cli.keyboard import ALICE, JANE, Keyboard, before_each_poll

LOOKS = ("status", "explain desk:1", "ledger acme", "ledger acme --verify")


def traces(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime_ns,
        )
        for path in folder.rglob("*")
    }


@pytest.fixture
def used(keyboard: Keyboard) -> Keyboard:
    """A ticket that was estimated, approved, worked on and written to."""
    key = keyboard.estimated()
    keyboard.type("sync")
    keyboard.tool.say(key, ALICE, "J'approuve")
    keyboard.tool.log_time(key, JANE, 3600)
    keyboard.type("sync")
    return keyboard


@pytest.mark.parametrize("words", LOOKS)
@pytest.mark.parametrize("more", ["", "--json"])
def test_looking_leaves_no_trace(used: Keyboard, words: str, more: str) -> None:
    before = traces(used.folder)
    assert sorted(before) == ["bridge.db", "bridge.db.desk.lock", "config.toml"]
    typed = used.type(words, *more.split())
    assert (typed.code, typed.err) == (0, "")
    assert traces(used.folder) == before


@pytest.mark.parametrize("words", LOOKS)
def test_one_may_look_where_nothing_can_be_written(used: Keyboard, words: str) -> None:
    expected = used.type(words)
    for path in used.folder.iterdir():
        os.chmod(path, 0o400)
    os.chmod(used.folder, 0o500)
    try:
        typed = used.type(words)
    finally:
        os.chmod(used.folder, 0o700)
    assert typed.code == 0
    assert typed.out == expected.out


@pytest.mark.parametrize("words", ["status", "ledger acme"])
def test_before_the_first_sync_nothing_is_made(keyboard: Keyboard, words: str) -> None:
    assert keyboard.type(words).code == 0
    assert sorted(traces(keyboard.folder)) == ["config.toml"]


def test_one_may_look_while_a_pass_runs(used: Keyboard, capsys: pytest.CaptureFixture[str]) -> None:
    codes: list[int] = []

    def looks() -> None:
        if not codes:  # each look reads the tool's world once more
            codes.extend(run(words.split()) for words in LOOKS)

    before_each_poll(WORLD["desk"], looks)
    assert used.type("sync").code == 0
    assert codes == [0, 0, 0, 0]


def test_purchases_that_no_sync_has_entered_count_and_are_marked(keyboard: Keyboard) -> None:
    first = keyboard.type("ledger acme")
    assert first.lines == [
        "2026-01-01  credit  40h00  40h00  offer 2025-117  (entered by the next sync)",
        "40h credited, 0h deducted, 40h left",
    ]
    assert keyboard.type("ledger acme --json").json["balance_seconds"] == 40 * 3600
    keyboard.type("sync")
    assert keyboard.type("ledger acme").lines == [
        "2026-01-01  credit  40h00  40h00  offer 2025-117",
        "40h credited, 0h deducted, 40h left",
    ]


def test_a_purchase_that_was_changed_or_removed_is_shown_as_it_will_be_corrected(
    keyboard: Keyboard,
) -> None:
    keyboard.type("sync")
    keyboard.edit("hours = 40", "hours = 30")
    assert keyboard.type("ledger acme").lines[-1] == "30h credited, 0h deducted, 30h left"
    keyboard.type("sync")
    told = keyboard.type("ledger acme")
    assert told.lines[-1] == "30h credited, 0h deducted, 30h left"
    assert "next sync" not in told.out
