"""Word rules on a whole bridge: tried by check, written to the tool, asked of the client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.cli import app
from bridge.model import Kind, Priority
from tests.engine.desk import ALICE, JANE, Desk

LINES = """
tell_client = ["estimate", "date"]

[contracts.book.classify]
choose = "highest"
highest = { request = 2 }
needs_date = [{ kind = "request", priority = 4 }]

[[contracts.book.classify.rules]]
words = ["panne"]
set_kind = "incident"
set_severity = "blocking"
set_priority = 1
rule = "L1"

[[contracts.book.classify.rules]]
words = ["logo"]
set_kind = "request"
set_priority = 4
rule = "L2"

[[contracts.book.classify.rules]]
words = ["jamais dit"]
set_priority = 3
rule = "L3"
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    folder = tmp_path / "bridge"
    folder.mkdir(mode=0o700)
    made = Desk(folder, more=LINES)
    made.sync()
    yield made
    made.database.close()


def checked(desk: Desk, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert app.run(["--config", str(desk.path), *options, "check", "--offline"]) == 0
    out = capsys.readouterr()
    return out.out + out.err


def test_check_tries_the_lines_on_stored_tickets_and_names_the_undecided(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.opened("Panne du site", kind=None)
    desk.opened("Logo", kind=None)
    desk.opened("Bonjour", kind=None)
    known = desk.opened("Autre")
    desk.tool.change(known, ALICE, priority=Priority.NORMAL)
    desk.sync()
    said = checked(desk, capsys)
    assert "4 recent tickets: 1 by the tool's own fields, 2 by words and signs, 1 undecided" in said
    assert "1 undecided; 1 line decided nothing" in said
    assert "L1 incident P1 blocking: 1 recent ticket, such as desk:1" in said
    assert "L2 request P4: 1 recent ticket, such as desk:2" in said
    assert '"Bonjour" (kind and priority)' in said
    problems = json.loads(checked(desk, capsys, "--json"))["problems"]
    (found,) = (p for p in problems if p["where"] == "contracts.book")
    assert "1 of 4 recent tickets under book is undecided and left" in found["message"]


def test_check_reads_the_store_and_changes_nothing_in_it(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.opened("Panne du site", kind=None)
    desk.sync()
    with desk.database.read() as conn:
        before = list(conn.connection.iterdump())
    checked(desk, capsys)
    with desk.database.read() as conn:
        assert list(conn.connection.iterdump()) == before


def test_check_before_the_first_pass_makes_no_database(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    fresh = desk.path.with_name("fresh.toml")
    text = desk.path.read_text(encoding="utf-8").replace("bridge.db", "fresh.db")
    fresh.write_text(text, encoding="utf-8")
    assert app.run(["--config", str(fresh), "check", "--offline"]) == 0
    capsys.readouterr()
    assert not desk.path.with_name("fresh.db").exists()


def test_a_priority_by_words_is_written_where_the_tool_has_none(desk: Desk) -> None:
    key = desk.opened("Panne du site", kind=None)
    desk.sync()
    assert desk.tool.tickets[key].priority is Priority.CRITICAL
    desk.sync()
    desk.tool.change(key, JANE, priority=Priority.NORMAL)
    desk.sync()
    assert desk.tool.tickets[key].priority is Priority.NORMAL


def test_r1_7_a_request_that_a_person_set_to_p1_is_judged_as_p2_and_left_in_the_tool(
    desk: Desk,
) -> None:
    key = desk.opened("Filtre", kind=Kind.REQUEST)
    desk.tool.change(key, JANE, priority=Priority.CRITICAL)
    desk.sync()
    assert desk.tool.tickets[key].priority is Priority.CRITICAL


def test_r1_11_the_client_is_asked_once_for_a_date_that_is_missing(desk: Desk) -> None:
    key = desk.opened("Logo", kind=None)
    desk.sync()
    desk.tool.log_time(key, JANE, 600)
    desk.sync()
    desk.sync()
    asked = [text for text in desk.told(key) if "date" in text.casefold()]
    assert len(asked) == 1


def test_what_the_bridge_wrote_itself_is_no_word_of_the_tool(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """A date agreed later, or other lines, must be able to change a priority once written."""
    key = desk.opened("Panne du site", kind=None)
    desk.sync()
    assert desk.tool.tickets[key].priority is Priority.CRITICAL
    text = desk.path.read_text(encoding="utf-8")
    mended = text.replace("set_priority = 1", "set_priority = 2")
    desk.path.write_text(mended, encoding="utf-8")
    assert app.run(["--config", str(desk.path), "--json", "explain", f"desk:{key}"]) == 0
    assert json.loads(capsys.readouterr().out)["assessment"]["priority"] == 2
