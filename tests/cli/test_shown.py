"""What each command prints, against the samples it was designed by: columns and words."""

from __future__ import annotations

import io
import os
import re
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from bridge.model import Kind, Severity
from connectors.errors import AccessError
from connectors.memory import WORLD, Tool
from tests.cli.conftest import Keyboards
from tests.cli.keyboard import ALICE, JANE, Keyboard, fails


def matches(shown: str, *patterns: str) -> None:
    """Every line is as its pattern says; `\\s` in a pattern is the only freedom."""
    lines = shown.splitlines()
    assert len(lines) == len(patterns), shown
    for line, pattern in zip(lines, patterns, strict=True):
        assert re.fullmatch(pattern, line), f"{line!r} is not {pattern!r}"


def test_check_has_a_line_for_everything_that_is_well(keyboard: Keyboard) -> None:
    matches(
        keyboard.type("check").out,
        r"ok   config\.toml            1 source, 2 clients, 2 contracts",
        r"ok   desk          memory   in memory; may write everything",
        r"No problems\. Nothing was written\.",
    )


def test_dry_run_is_a_diff_that_a_project_manager_can_read(keyboard: Keyboard) -> None:
    keyboard.type("sync")
    first = keyboard.estimated("Boutique : paiement par TWINT", hours=6)
    keyboard.type("sync")
    keyboard.tool.change(first, JANE, approval=None)
    keyboard.opened("Filtre par canton")
    shown = keyboard.type("sync --dry-run")
    assert (shown.code, shown.err) == (0, "")
    matches(
        shown.out,
        r"desk:1  Boutique : paiement par TWINT · ACME SA",
        r"  ~ approval   \(none\) → awaiting           threshold: 6h is over 1h; .*jdoe set it .*",
        r"desk:2  Filtre par canton · ACME SA",
        r"  ~ approval   \(none\) → estimate_needed    A1: no estimate is known; .*",
        r"2 values on 2 of 2 open tickets \(100 %\)\. Nothing was written\.",
        r"To write exactly this:  bridge sync --dry-run --out plan\.json"
        r"  then  bridge sync --plan plan\.json",
    )


def test_dry_run_says_which_source_is_read_only(keyboard: Keyboard) -> None:
    keyboard.edit('writes = ["priority", "estimate", "consumed", "approval", "message"]', "")
    keyboard.type("sync")
    keyboard.estimated()
    matches(
        keyboard.type("sync --dry-run").out,
        r"Nothing to write on 1 open ticket\.",
        r"desk is read only: list in its `writes` what may be written, and this shows .*\.",
    )


def test_dry_run_repeats_the_sources_that_were_named(keyboards: Keyboards) -> None:
    keyboard = keyboards("desk", "other")
    keyboard.estimated()
    last = keyboard.type("sync --dry-run --source desk").lines[-1]
    assert "bridge sync --source desk --dry-run --out plan.json  then  " in last
    last = keyboard.type("sync --dry-run --source desk --out mine.json").lines[-1]
    assert last == "To write exactly this:  bridge sync --plan mine.json"


def test_sync_has_one_line_a_source_in_columns(keyboards: Keyboards) -> None:
    keyboard = keyboards("desk", "tma", "inbox")
    keyboard.type("sync")
    keyboard.estimated()
    WORLD["tma"].open("tma", "Autre", ALICE, project="none")
    fails(WORLD["inbox"], AccessError("inbox", "password refused"))
    matches(
        keyboard.type("sync").out,
        r"desk    1 changed   1 value, 1 message written   4 requests, \d\.\d s",
        r"tma     1 changed   nothing to write             1 request, \d\.\d s",
        r"inbox   failed      password refused; last success \d\d:\d\d  The others went on\."
        r"  help: bridge check --source inbox",
        r"1 of 3 sources failed\.",
    )


def test_status_is_sources_then_risks_then_hours(keyboards: Keyboards) -> None:
    keyboard = keyboards("desk", "inbox")
    past = datetime.now(UTC).replace(microsecond=0) - timedelta(days=40)
    WORLD["desk"] = Tool(lambda: past)
    keyboard.tool.open(
        "desk",
        "Panier bloqué",
        ALICE,
        project="acme",
        kind=Kind.INCIDENT,
        severity=Severity.BLOCKING,
        estimate=600,
    )
    keyboard.type("sync")
    fails(WORLD["inbox"], AccessError("inbox", "password refused"))
    keyboard.type("sync")
    matches(
        keyboard.type("status").out,
        r"desk      just now   0 waiting to be written   0 aside",
        r"inbox     just now   password refused          0 aside   "
        r"help: bridge check --source inbox",
        r"late      desk:1   response due \d+ \w+( \d{4})? \d\d:\d\d, \d+h(\d\d)? too late   "
        r"Panier bloqué · ACME SA",
        r"acme      40h left",
    )


def test_explain_gives_the_answer_then_its_reasons_in_a_column(keyboard: Keyboard) -> None:
    key = keyboard.estimated()
    keyboard.type("sync")
    keyboard.tool.say(key, ALICE, "J'approuve")
    keyboard.tool.log_time(key, JANE, 5400)
    keyboard.type("sync")
    today = r"today \d\d:\d\d"
    *judgement, first, second, third, fourth = keyboard.type(f"explain desk:{key}").lines
    matches(
        "\n".join(judgement),
        r"desk:1  Filtre par canton",
        r"client     acme, contract book       contracts: book is the only contract of the client",
        r" {37}version \(presets/carnet\.toml:2\): version 1 of book",
        r"                                     tool: kind request, as its field in the tool says",
        r"                                     prepaid \(config\.toml:\d+\): charged to the book",
        r"ticket     kind request, state new",
        r"coverage   book",
        r"approval   approved                  A2: 3h approved by alice: .*\"J'approuve\"",
        rf"           estimate no 1, 3h         given {today} by jdoe",
        rf"           approved no 1 by alice    {today}, comment .*\"J'approuve\"",
        r"charge     1h30 deducted             P2: 1h30 worked: jdoe 1h30",
        rf"response   running, 0h counted       from {today}, due .*",
        r" {37}targets\.response \(presets/carnet\.toml:\d+, R0\.8\): 5 business .*",
        r"                                     history: times are as the tool itself recorded them",
        r"terms                                same_day_cutoff = .*:\d+ wins over preset .*",
        r"                                     calendar\.weekly = .* says what preset .*",
        r"                                     calendar\.holidays = .*",
    )
    assert re.match(rf"writes     {today} ", first)
    # All four were written in one second or two: their order is left open here.
    assert sorted(
        re.sub(rf"^(writes)? +{today} ", "", w) for w in (first, second, third, fourth)
    ) == [
        "approval approved, confirmed",
        "approval awaiting, confirmed",
        "consumed 1h30, confirmed",
        "message estimate no 1, fr, public, confirmed",
    ]


def test_ledger_is_lined_up_and_ends_with_its_sum(keyboard: Keyboard) -> None:
    key = keyboard.estimated("Recherche : résultats en double", hours=20)
    keyboard.edit('preset = "carnet"', 'preset = "carnet"\nseparate_quote_above = "50h"')
    keyboard.type("sync")
    keyboard.tool.say(key, ALICE, "J'approuve")
    keyboard.tool.log_time(key, JANE, 10 * 3600)
    keyboard.type("sync")
    matches(
        keyboard.type("ledger acme").out,
        r"2026-01-01  credit      40h00  40h00  offer 2025-117",
        r"\d{4}-\d\d-\d\d  deduction  -10h00  30h00  desk:1  Recherche : résultats en double",
        r"40h credited, 10h deducted, 30h left",
    )
    assert keyboard.type("ledger acme --verify").lines[-1] == "The chain of 2 entries holds."


def test_ledger_without_entries_says_so(keyboard: Keyboard) -> None:
    typed = keyboard.type("ledger beta")
    assert typed.code == 0
    assert typed.out == "beta has no hours yet: none were bought, none deducted\n"
    told = keyboard.type("ledger beta --json").json
    assert told == {"client": "beta", "unit_seconds": 3600, "balance_seconds": 0, "entries": []}
    assert keyboard.type("ledger beta --verify").lines[-1] == "The chain of 0 entries holds."


def test_counts_agree_with_their_nouns(keyboard: Keyboard) -> None:
    assert "no open ticket" in keyboard.type("sync --dry-run").out
    keyboard.estimated()
    assert "1 value and 1 message on 1 of 1 open ticket (100 %)" in (
        keyboard.type("sync --dry-run").out
    )
    keyboard.estimated()
    assert "2 values and 2 messages on 2 of 2 open tickets" in keyboard.type("sync --dry-run").out


class Terminal(io.StringIO):
    """A stream at which somebody reads along."""

    def isatty(self) -> bool:
        return True


def test_a_long_title_is_cut_on_a_terminal_and_nowhere_else(
    keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    title = "Un titre " + "très " * 60 + "long"
    keyboard.estimated(title)
    assert title in keyboard.type("sync --dry-run").out
    monkeypatch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((80, 24)))
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(sys, "stdout", screen := Terminal())
    keyboard.type("sync --dry-run")
    lines = screen.getvalue().splitlines()
    assert len(lines[0]) <= 80
    assert lines[0].endswith("…")
    assert lines[1].startswith("  ~ approval   (none) → awaiting")


def test_no_colour_and_no_progress_where_nobody_reads_along(keyboard: Keyboard) -> None:
    keyboard.estimated()
    for words in ("check", "sync --dry-run", "sync", "status", "explain desk:1", "ledger acme"):
        typed = keyboard.type(words)
        assert "\x1b" not in typed.out + typed.err
        assert typed.err == ""


def test_demo_needs_nothing_and_leaves_nothing(keyboard: Keyboard) -> None:
    before = sorted(keyboard.folder.rglob("*"))
    running, surroundings = set(threading.enumerate()), dict(os.environ)
    typed = keyboard.type("demo")
    assert (typed.code, typed.err) == (0, "")
    assert "$ bridge sync --dry-run" in typed.out
    assert "40h credited, 2h15 deducted, 37h45 left" in typed.out
    assert "0h45 worked on code:3-1" in typed.out
    again = typed.out.rpartition("$ bridge sync\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split()[0] for line in again] == ["helpdesk", "tma", "code", "stories", "inbox"]
    assert all("nothing to write" in line for line in again)
    assert sorted(keyboard.folder.rglob("*")) == before
    assert set(threading.enumerate()) <= running
    assert dict(os.environ) == surroundings
