"""Exit codes 0 to 4, each for its reason, and what weighs more when several hold."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bridge import __version__
from bridge.engine.locks import source_lock
from bridge.model import Ticket
from bridge.store.database import Database
from connectors.errors import AccessError
from connectors.memory import WORLD
from tests.cli.conftest import Keyboards
from tests.cli.keyboard import ALICE, Keyboard, before_each_poll, fails

EVERY = (
    "check",
    "sync",
    "run",
    "status",
    "explain desk:1",
    "estimate desk:1 3h",
    "spend desk:1 3h",
    "approve desk:1 --by alice --note phone",
    "reject desk:1 --by alice --note phone",
    "ledger acme",
    "retry desk:1",
    "drop desk:1",
)


@pytest.mark.parametrize(
    "words",
    [
        "check",
        "check --offline",
        "sync",
        "sync --dry-run",
        "status",
        "explain desk:1",
        "estimate desk:1 4h --by jdoe --note thought",
        "spend desk:1 1h30 --by jdoe",
        "approve desk:1 --by alice --note phone",
        "reject desk:1 --by direction@acme.example --note phone",
        "ledger acme",
        "ledger acme --verify",
        "ledger acme credit 10h --note order",
        "--version",
        "--help",
        "sync --help",
    ],
)
def test_0_when_all_is_well(keyboard: Keyboard, words: str) -> None:
    keyboard.estimated()
    assert keyboard.type("sync").code == 0
    typed = keyboard.type(words)
    assert (typed.code, typed.err) == (0, "")
    assert typed.out


def test_0_and_the_help_when_nothing_is_typed(keyboard: Keyboard) -> None:
    typed = keyboard.type("")
    assert typed.code == 0
    assert "Usage: bridge" in typed.out
    assert "..." not in typed.out.split("Commands:")[1], "a sentence of the list is cut"


def test_version_is_told_alone(keyboard: Keyboard) -> None:
    assert keyboard.type("--version").out == f"bridge {__version__}\n"
    assert keyboard.type("--version --json").json["version"] == __version__


def test_1_when_a_source_fails_and_the_others_are_done(keyboards: Keyboards) -> None:
    keyboard = keyboards("away", "desk")
    WORLD["desk"].open("desk", "Filtre", ALICE, project="acme")
    fails(WORLD["away"], AccessError("away", "password refused", "renew it"))
    typed = keyboard.type("sync")
    assert typed.code == 1
    assert "password refused" in typed.lines[0]
    assert "The others went on." in typed.lines[0]
    assert typed.lines[1].startswith("desk   1 changed")
    assert typed.lines[-1] == "1 of 2 sources failed."
    assert keyboard.type("status").code == 1


def test_1_and_the_others_go_on_when_a_connector_crashes(keyboards: Keyboards) -> None:
    keyboard = keyboards("odd", "desk")
    fails(WORLD["odd"], KeyError("a mistake of ours"))
    typed = keyboard.type("sync --json")
    assert typed.code == 1
    assert not typed.json["sources"]["odd"]["ok"]
    assert "KeyError" in typed.json["sources"]["odd"]["error"]
    assert typed.json["sources"]["desk"]["ok"]
    (log,) = [json.loads(line) for line in typed.err.splitlines()]
    assert log["event"] == "pass_crashed"
    assert log["source"] == "odd"


def test_1_and_a_word_when_somebody_presses_ctrl_c(keyboard: Keyboard) -> None:
    def pressed() -> None:
        raise KeyboardInterrupt

    before_each_poll(keyboard.tool, pressed)
    typed = keyboard.type("sync")
    assert (typed.code, typed.out) == (1, "")
    assert typed.err == "error: stopped; what was done is kept\n"
    told = keyboard.type("sync --json")
    assert (told.code, told.err) == (1, "")
    assert told.json["problems"][0]["message"] == "stopped; what was done is kept"


@pytest.mark.parametrize("words", ["--help", "ledger acme"])
def test_1_and_no_complaint_when_nobody_reads_what_is_told(keyboard: Keyboard, words: str) -> None:
    typed = subprocess.Popen(
        [sys.executable, "-m", "bridge", *words.split()],
        cwd=keyboard.folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert typed.stdout is not None
    assert typed.stderr is not None
    typed.stdout.close()
    with typed.stderr:
        assert typed.stderr.read() == b""
    assert typed.wait(30) == 1


def test_what_a_terminal_cannot_show_is_escaped(keyboard: Keyboard) -> None:
    keyboard.type("ledger acme credit 1h --note", "→ façade")
    typed = subprocess.run(
        [sys.executable, "-m", "bridge", "ledger", "acme"],
        cwd=keyboard.folder,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PYTHONIOENCODING": "latin-1",
        },
        capture_output=True,
        check=True,
        timeout=30,
    )
    assert "\\u2192 fa\xe7ade" in typed.stdout.decode("latin-1")


def test_1_when_a_check_finds_an_error(keyboard: Keyboard) -> None:
    del WORLD["desk"]
    typed = keyboard.type("check")
    assert typed.code == 1
    assert 'error: no tool "desk" in memory' in typed.out


def test_1_when_the_chain_of_a_ledger_is_broken(keyboard: Keyboard) -> None:
    keyboard.type("sync")
    assert keyboard.type("ledger acme --verify").code == 0
    with sqlite3.connect(keyboard.folder / "bridge.db") as conn:
        triggers = conn.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            conn.execute(f'DROP TRIGGER "{name}"')
        conn.execute("UPDATE chain SET seconds = seconds * 2")
    typed = keyboard.type("ledger acme --verify")
    assert (typed.code, typed.out) == (1, "")
    assert typed.err.startswith("error: ")
    told = keyboard.type("ledger acme --verify --json")
    assert told.code == 1
    assert told.json["problems"][0]["severity"] == "error"


@pytest.mark.parametrize("words", EVERY)
def test_ask_12_2_and_every_problem_with_its_line_when_the_configuration_is_broken(
    keyboard: Keyboard, words: str
) -> None:
    keyboard.edit("Europe/Zurich", "Europe/Zurick")
    keyboard.edit('preset = "carnet"', 'preset = "carnett"')
    keyboard.edit("writes = [", "writez = [")
    typed = keyboard.type(words)
    assert (typed.code, typed.out) == (2, "")
    for where, hint in (
        ("config.toml:3:1", 'there is "Europe/Zurich"'),
        ("config.toml:24:1", 'there is "carnet"'),
        ("config.toml:31:1", 'there is "carnet"'),
        ("config.toml:40:1", 'there is "writes"'),
    ):
        assert f"--> {where} " in typed.err
        assert f"help: {hint}" in typed.err
    assert typed.err.endswith("4 errors. Nothing was written.\n")
    told = keyboard.type(words, "--json")
    assert told.code == 2
    assert len(told.json["problems"]) == 4


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        ("synk", "Did you mean 'sync'", "bridge --help"),
        ("sync --sorce desk", "No such option: --sorce", "bridge sync --help"),
        ("sync --source dask", 'there is no source "dask"', 'there is "desk"'),
        ("check --source dask", 'there is no source "dask"', 'there is "desk"'),
        ("explain dask:1", 'there is no source "dask"', 'there is "desk"'),
        ("explain desk", '"desk" is no ticket', "write SOURCE:KEY, as desk:1103"),
        ("explain :1", '":1" is no ticket', "write SOURCE:KEY"),
        ("explain desk:9", "desk:9 is not known here", "bridge sync --source desk"),
        ("explain desk:1104", "desk:1104 is not known here", "there is desk:1103"),
        ("retry desk:1", "desk:1 was not set aside", "nothing is set aside"),
        ("drop nobody", '"nobody" is no ticket', "write SOURCE:KEY"),
        ("ledger acm", 'there is no client "acm"', 'there is "acme"'),
        ("ledger zzz", 'there is no client "zzz"', "there are: acme, beta"),
        ("ledger acme credti 4h", 'there is no "credti" for a ledger', "ledger acme credit 4h"),
        ("ledger acme credit", "a credit needs its hours", "credit 40h"),
        ("ledger acme credit 4h", "a credit needs its reason", "--note"),
        ("estimate desk:1 3", '"3" is no amount of time', 'write "3h"'),
        ("estimate desk:1 1,5h", '"1,5h" is no amount of time', 'write "1.5h"'),
        ("spend desk:1 nan", '"nan" is no amount of time', 'expected a duration such as "3h"'),
        ("spend desk:1 -- -3h", '"-3h" is no amount of time', "without a minus sign"),
        ("spend desk:1 1001h", '"1001h" is no amount of time', "at most 1000 h"),
        ("approve desk:1 --by alice", "Missing option '--note'", "bridge approve --help"),
        ("approve desk:1 --by alise --note x", "alise is no approver of acme", '"alice"'),
        ("sync --out plan.json", "--out goes with --dry-run", "bridge sync --help"),
        ("sync --plan none.json", "cannot read none.json", ""),
        ("sync --config", "'--config' requires an argument", "bridge --help"),
        ("--json", "no command was given", "bridge --help"),
        ("demo --json", "the demo is told to people", "bridge demo"),
    ],
)
def test_2_when_what_was_typed_cannot_be_meant(
    keyboard: Keyboard, words: str, said: str, hint: str
) -> None:
    keyboard.estimated()
    keyboard.tool.tickets["1103"] = _renamed(keyboard, "1103")
    keyboard.tool.versions["1103"] = 99
    keyboard.type("sync")
    if "--json" not in words:
        typed = keyboard.type(words)
        assert (typed.code, typed.out) == (2, "")
        assert said in typed.err
        assert hint in typed.err
    told = keyboard.type(words, *([] if "--config" in words else ["--json"]))
    assert told.code == 2
    if "--config" not in words and "-- " not in words:
        (problem,) = told.json["problems"]
        assert said in problem["message"]
        assert hint in problem["hint"]


def test_2_when_there_is_no_configuration_and_init_makes_a_valid_one(
    keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = keyboard.type("--config new.toml sync")
    assert typed.code == 2
    assert "bridge --config new.toml init" in typed.err
    made = keyboard.type("init --config new.toml")
    assert made.code == 0
    assert "bridge --config new.toml check" in made.out
    monkeypatch.setenv("REDMINE_API_KEY", "0123456789abcdef")
    assert keyboard.type("check --offline --config new.toml").code == 0
    again = keyboard.type("init --config new.toml")
    assert again.code == 2
    assert "left alone" in again.err
    assert keyboard.type("init --config other.toml --json").json["path"] == "other.toml"


def test_configuration_is_found_by_the_environment(
    keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    moved = tmp_path / "etc" / "bridge.toml"
    moved.parent.mkdir()
    keyboard.path.rename(moved)
    assert keyboard.type("status").code == 2
    monkeypatch.setenv("BRIDGE_CONFIG", str(moved))
    assert keyboard.type("sync").code == 0
    assert (moved.parent / "bridge.db").exists(), "a relative database lies beside the file"


def test_3_when_another_pass_holds_the_source(keyboards: Keyboards) -> None:
    keyboard = keyboards("desk", "other")
    database = Database.open(f"sqlite:///{keyboard.folder / 'bridge.db'}")
    try:
        with source_lock(database, "desk"):
            typed = keyboard.type("sync")
            assert typed.code == 3
            assert typed.lines[0].startswith("desk    busy        another pass holds")
            assert f"process {os.getpid()}" in typed.lines[0]
            assert typed.lines[1].startswith("other   0 changed")
            assert len(typed.lines) == 2
            told = keyboard.type("sync --json --source desk")
            assert told.code == 3
            assert not told.json["sources"]["desk"]["ok"]
            fails(WORLD["other"], AccessError("other", "password refused"))
            assert keyboard.type("sync").code == 1, "what failed weighs more"
    finally:
        database.close()
    assert keyboard.type("sync --source desk").code == 0


def test_ask_11_4_when_a_safety_limit_stops_the_pass(keyboard: Keyboard) -> None:
    keyboard.configure(keyboard.path.read_text() + "\n[safety]\nmax_writes = 2\n")
    for number in range(3):
        keyboard.estimated(f"Demande {number}")
    shown = keyboard.type("sync --dry-run")
    assert shown.code == 0
    assert shown.lines[-1] == (
        "desk: 3 tickets of 3 open ones would be written, more than safety.max_writes = 2; "
        "without --force a sync stops before writing."
    )
    typed = keyboard.type("sync")
    assert typed.code == 4
    assert "3 tickets of 3 open ones would be written, more than safety.max_writes = 2" in typed.out
    assert "help: bridge sync --source desk --dry-run" in typed.out
    told = keyboard.type("sync --json")
    assert told.code == 4
    assert not told.json["sources"]["desk"]["ok"]
    assert "safety.max_writes" in told.json["sources"]["desk"]["error"]
    assert keyboard.tool.writes == 0
    forced = keyboard.type("sync --force")
    assert forced.code == 0
    (log,) = [json.loads(line) for line in forced.err.splitlines()]
    assert (log["event"], log["tickets"], log["writes"]) == ("safety_limits_lifted", 3, 6)


def _renamed(keyboard: Keyboard, key: str) -> Ticket:
    return replace(keyboard.tool.tickets["1"], key=key)


def test_nothing_went_on_where_every_source_failed(keyboards: Keyboards) -> None:
    keyboard = keyboards("away", "desk")
    for name in ("away", "desk"):
        fails(WORLD[name], AccessError(name, "password refused", "renew it"))
    typed = keyboard.type("sync")
    assert typed.code == 1
    assert "The others went on." not in typed.out
    assert typed.lines[-1] == "2 of 2 sources failed."


def test_1_when_no_pass_could_open_its_store(keyboard: Keyboard) -> None:
    keyboard.edit('"sqlite:///bridge.db"', '"sqlite:///away/bridge.db"')
    typed = keyboard.type("check --json")
    assert typed.code == 1
    (found,) = (p for p in typed.json["problems"] if p["severity"] == "error")
    assert found["message"].endswith("away does not exist")
    assert found["hint"] == "create it, or change `database`"
