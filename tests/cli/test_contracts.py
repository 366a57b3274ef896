"""What the commands say about contracts: explain, check, status, escalate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.cli import app
from bridge.model import ClockState, Kind, Priority
from bridge.store import ledger
from tests.engine.desk import JANE, Desk
from tests.engine.test_assess import judgements, reopened

HOUR = 3600
ESCALATION = """
cap = 1.25
document = "quality plan"
escalation = { levels = ["service desk", "team lead"], account_manager = "Marie" }
"""
HOSTING = """
scope = [{ labels = ["book"] }]

[contracts.host]
preset = "hosting"
plan = "pro"

[contracts.upkeep]
preset = "tma"
scope = [{ projects = ["acme"] }]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    folder = tmp_path / "bridge"
    folder.mkdir(mode=0o700)
    made = Desk(folder, more=ESCALATION)
    made.sync()
    yield made
    made.database.close()


def typed(desk: Desk, capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert app.run(["--config", str(desk.path), *words]) == code
    out = capsys.readouterr()
    return out.out + out.err


def test_r4_8_explain_shows_the_winner_its_line_and_the_loser(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=3 * HOUR)
    desk.tool.log_time(key, JANE, HOUR)
    desk.sync()
    line = desk.path.read_text(encoding="utf-8").split("\n").index("cap = 1.25") + 1
    said = f"cap = 1.25 in {desk.path}:{line} (quality plan) wins over preset carnet (no cap)"
    assert said in typed(desk, capsys, "explain", f"desk:{key}")
    data: Any = json.loads(typed(desk, capsys, "--json", "explain", f"desk:{key}"))
    assert said in data["assessment"]["provenance"]
    assert data["assessment"]["why"][0] == "contracts: book is the only contract of the client"


def test_r4_7_escalate_goes_one_level_at_a_time_and_explain_shows_each(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    key = desk.opened()
    desk.sync()
    ref = f"desk:{key}"
    said = [
        typed(desk, capsys, "escalate", ref, "--note", f"still down {number}", "--by", "jdoe")
        for number in (1, 2, 3)
    ]
    assert [line.strip() for line in said] == [
        f"{ref}: now for service desk, noted",
        f"{ref}: now for team lead, noted",
        f"{ref}: now for Marie, noted",
    ]
    refused = typed(desk, capsys, "escalate", ref, "--note", "again", code=2)
    assert "the last level has been asked" in refused
    shown = typed(desk, capsys, "explain", ref)
    for number, level in enumerate(("service desk", "team lead", "Marie"), start=1):
        assert f"level {number} of 3, {level}, asked 2" in shown
    waiting = typed(desk, capsys, "status", code=1)  # the desk was last read in its own May
    assert "level 3 of 3, Marie" in waiting
    assert "level 2 of 3" not in waiting


def test_r4_7_a_step_needs_its_reason(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    key = desk.opened()
    desk.sync()
    said = typed(desk, capsys, "escalate", f"desk:{key}", code=2)
    assert "a step needs its reason" in said


def test_check_names_what_a_contract_leaves_open(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    said = typed(desk, capsys, "check", "--offline")
    assert "book: express.clock is to be confirmed: " in said
    text = desk.path.read_text(encoding="utf-8")
    desk.path.write_text(f'{text}express.clock = "business"\n', encoding="utf-8")
    assert "express.clock is to be confirmed" not in typed(desk, capsys, "check", "--offline")


def test_r3_12_a_ticket_that_turns_out_to_be_the_applications_keeps_its_intake_time(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path, more=HOSTING)
    text = desk.path.read_text(encoding="utf-8")
    several = '["book", "host", "upkeep"]\n\n'
    desk.path.write_text(text.replace('["book"]\n\n', several, 1), encoding="utf-8")
    desk = reopened(desk)
    desk.sync()
    values = {"kind": Kind.INCIDENT, "priority": Priority.HIGH}
    key = desk.opened("Formulaire muet", **values)
    desk.tool.say(key, JANE, "Nous analysons.")
    desk.sync()
    (hosted,) = judgements(desk, key)
    assert (hosted.assessment.contract, hosted.assessment.coverage) == ("host", "undecided")
    (intake,) = hosted.assessment.clocks
    assert (intake.target, intake.state) == ("response", ClockState.MET)
    desk.tool.change(key, JANE, labels=("application",))
    desk.sync()
    (moved,) = judgements(desk, key)
    assert moved.assessment.contract == "upkeep"
    kept, *others = moved.assessment.clocks
    assert (kept.due_at, kept.met_at, kept.state) == (intake.due_at, intake.met_at, intake.state)
    assert {clock.target for clock in others} >= {"workaround", "resolution"}
    desk.database.close()


def test_r0_13_work_that_maintenance_turns_out_to_cover_goes_back_to_the_book(
    tmp_path: Path,
) -> None:
    upkeep = '\n[contracts.upkeep]\nscope = [{ labels = ["upkeep"] }]\n'
    desk = Desk(tmp_path, more=upkeep)
    text = desk.path.read_text(encoding="utf-8")
    both = text.replace('["book"]\n\n', '["upkeep", "book"]\n\n', 1)
    desk.path.write_text(both, encoding="utf-8")
    desk = reopened(desk)
    desk.sync()
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=1800)
    desk.tool.log_time(key, JANE, 1500)
    desk.sync()
    assert entries(desk) == [("credit", "book", 40 * HOUR), ("deduction", "book", -1500)]
    desk.tool.change(key, JANE, labels=("upkeep",))
    desk.sync()
    (moved,) = judgements(desk, key)
    assert moved.assessment.contract == "upkeep"
    assert entries(desk)[2:] == [("correction", "book", 1500)]
    desk.sync()
    assert len(entries(desk)) == 3
    desk.database.close()


def entries(desk: Desk) -> list[tuple[str, str, int]]:
    with desk.database.read() as conn:
        return [(e.kind.value, e.contract, e.seconds) for e in ledger.entries(conn, "acme")]
