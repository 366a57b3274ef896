"""What-if: the stored history under another contract. Nothing is written anywhere."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bridge.cli import app
from bridge.config.contract_file import load_contracts
from bridge.engine.agreements import Agreements
from bridge.engine.replay import Replay, other_config
from bridge.model import Kind, Severity
from bridge.store.pages import save_page
from connectors.base import Page
from connectors.memory import MemoryConnector
from tests.engine.desk import ALICE, JANE, Desk

HOUR = 3600


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    folder = tmp_path / "bridge"
    folder.mkdir(mode=0o700)
    made = Desk(folder)
    made.sync()
    yield made
    made.database.close()


@pytest.fixture
def history(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Half an hour estimated and done; three hours estimated, approved, and four worked."""
    small = desk.opened("Filtre")
    desk.tool.change(small, JANE, estimate=1800)
    desk.tool.log_time(small, JANE, 1800)
    large = desk.opened("Module")
    desk.tool.change(large, JANE, estimate=3 * HOUR)
    desk.sync()
    desk.tool.say(large, ALICE, "J'approuve")
    desk.tool.log_time(large, JANE, 4 * HOUR)
    desk.sync()
    desk.database.close()
    monkeypatch.setattr("bridge.cli.replay.utc_now", lambda: datetime(2026, 6, 30, 8, tzinfo=UTC))
    return desk


def fingerprint(folder: Path) -> dict[str, str]:
    """What lies in a folder, byte by byte."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def contract(desk: Desk, text: str, name: str = "try.toml") -> Path:
    path = desk.folder.parent / name
    path.write_text(text, encoding="utf-8")
    return path


def replayed(
    desk: Desk, file: Path, capsys: pytest.CaptureFixture[str], *more: str, code: int = 0
) -> str:
    arguments = ["--config", str(desk.path), "replay", "--contract", str(file), *more]
    assert app.run(arguments) == code
    out = capsys.readouterr()
    return out.out + out.err


def as_data(desk: Desk, file: Path, capsys: pytest.CaptureFixture[str], *more: str) -> Any:
    return json.loads(replayed(desk, file, capsys, "--json", *more))


BOOK = 'preset = "carnet"\nsame_day_cutoff = "16:00"\n'


def test_a_lower_threshold_and_a_cap_are_told_ticket_by_ticket_and_summed_up(
    history: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    file = contract(history, f'{BOOK}threshold = "15m"\ncap = 1.25\n')
    data = as_data(history, file, capsys)
    small, large = data["tickets"]
    assert (small["ref"], small["client"]) == ("desk:1", "acme")
    assert {d["what"]: (d["before"], d["after"]) for d in small["differences"]} == {
        "contract": ("book", "try"),
        "approval": ("not_required", "awaiting"),
        "consumed": (1800, 0),
        "held": (0, 1800),
    }
    changed = {d["what"]: (d["before"], d["after"]) for d in large["differences"]}
    assert changed["consumed"] == (4 * HOUR, 3 * HOUR + 2700)
    assert changed["offered"] == (0, 900)
    totals = data["totals"]
    assert (totals["compared"], totals["changed"]) == (2, 2)
    assert totals["before"]["consumed_seconds"] == 4 * HOUR + 1800
    assert totals["after"]["consumed_seconds"] == 3 * HOUR + 2700
    assert totals["after"]["approvals"] == {"awaiting": 1, "approved": 1}


def test_a_target_without_a_promised_time_is_no_difference(
    history: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    line = '[[targets.resolution]]\nkind = "incident"\nwithin = "4h"\n'
    data = as_data(history, contract(history, f"{BOOK}{line}"), capsys)
    told = {d["what"] for ticket in data["tickets"] for d in ticket["differences"]}
    assert told == {"contract"}, "requests have no resolution time under either contract"


def test_promised_times_and_breaches_that_would_differ_are_told(
    history: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = '[{ within = "999 business days", rule = "offer" }]'
    file = contract(history, f"[contracts.book]\n{BOOK}targets.response = {rows}\n")
    data = as_data(history, file, capsys)
    changed = {d["what"]: (d["before"], d["after"]) for d in data["tickets"][1]["differences"]}
    assert changed["response state"] == ("breached", "running")
    assert changed["response due"][0] < changed["response due"][1]
    totals = data["totals"]
    assert (totals["before"]["breaches"], totals["after"]["breaches"]) == (2, 0)


def test_text_says_what_would_differ_and_that_nothing_was_written(
    history: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    said = replayed(history, contract(history, f"{BOOK}cap = 1.25\n"), capsys)
    assert "desk:2  Module · acme" in said
    assert "consumed         4h → 3h45" in said
    assert "2 tickets compared, 2 would differ." in said  # the contract's name, of both
    assert "deducted         4h30 → 4h15" in said
    assert said.endswith("Nothing was written.\n")


def test_the_same_contract_changes_nothing(
    history: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    data = as_data(history, history.path, capsys)
    assert data["tickets"] == []
    assert (data["totals"]["compared"], data["totals"]["changed"]) == (2, 0)
    assert data["totals"]["before"] == data["totals"]["after"]


def test_a_replay_writes_nothing_and_opens_no_connector(
    history: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    real = MemoryConnector.__init__

    def counted(self: MemoryConnector, *arguments: Any) -> None:
        opened.append(self)
        real(self, *arguments)

    monkeypatch.setattr(MemoryConnector, "__init__", counted)
    before = fingerprint(history.folder)
    assert "bridge.db" in before
    file = contract(history, f'{BOOK}threshold = "15m"\n')
    replayed(history, file, capsys)
    as_data(history, file, capsys)
    assert fingerprint(history.folder) == before
    assert opened == []


def test_only_the_wanted_clients_tickets_are_compared(
    history: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    file = contract(history, f"{BOOK}cap = 1.25\n")
    assert as_data(history, file, capsys, "--client", "acme")["totals"]["compared"] == 2
    said = replayed(history, file, capsys, "--client", "amce", code=2)
    assert 'there is "acme"' in said


def test_faults_of_the_file_are_told_with_its_lines(
    history: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    file = contract(history, f'{BOOK}threshold = "9h"\n')
    assert f"{file}:3:1" in replayed(history, file, capsys, code=2)
    misspelt = contract(history, f"{BOOK}cup = 1.25\n")
    said = replayed(history, misspelt, capsys, code=2)
    assert 'there is "cap"' in said
    assert '"cup" is no key of this file' in said
    assert f"{misspelt}:3:1" in said


def test_contracts_that_are_nobodys_are_refused(
    history: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    two = '[contracts.a]\npreset = "carnet"\n[contracts.b]\npreset = "carnet"\n'
    said = replayed(history, contract(history, two), capsys, code=2)
    assert "none of these contracts is in the configuration" in said


def test_a_whole_configuration_says_itself_who_has_which_contract(
    history: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    other = history.path.read_text(encoding="utf-8").replace('["book"]', '["care"]')
    other += '\n[contracts.care]\npreset = "carnet"\nsame_day_cutoff = "16:00"\ncap = 1.25\n'
    data = as_data(history, contract(history, other, "other.toml"), capsys)
    assert data["totals"]["after"]["consumed_seconds"] == 4 * HOUR + 900


def test_without_a_store_there_is_nothing_to_replay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "bridge"
    folder.mkdir(mode=0o700)
    desk = Desk(folder)
    desk.database.close()
    for path in folder.glob("bridge.db*"):
        path.unlink()
    said = replayed(desk, contract(desk, BOOK), capsys, code=2)
    assert "nothing is stored yet" in said
    assert not (folder / "bridge.db").exists()


def test_a_long_history_takes_no_more_memory_than_a_short_one(desk: Desk) -> None:
    """Tickets pass through in batches: 800 more need no more memory."""
    then = Agreements(
        other_config(desk.agreements.config, load_contracts(contract(desk, f"{BOOK}cap = 1.25\n")))
    )

    def peak(total: int) -> int:
        while len(desk.tool.tickets) < total:
            desk.opened(kind=Kind.INCIDENT, severity=Severity.MINOR)
        with desk.database.write() as conn:
            save_page(conn, "desk", Page(tuple(desk.tool.tickets.values()), "1"), desk.now)
        with desk.database.read() as conn:
            tracemalloc.start()
            run = Replay(desk.agreements, then)
            differing = sum(1 for _ in run.differing(conn, desk.now))
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert differing == run.compared == total
        return most

    peak(10)  # what is only once made is made
    short = peak(1100)
    assert peak(1900) < 1.2 * short
