"""`bridge demo`: a small story on a tool in memory, told by the real commands.

No network, no credentials, nothing left behind. The tool is not a simulation of any product: it
shows what the bridge does, not how a particular Redmine or mailbox answers.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bridge.model import Kind, Person
from connectors.memory import WORLD, Tool

CONFIGURATION: Final = """\
[bridge]
database = "sqlite:///bridge.db"
timezone = "Europe/Zurich"
language = "fr"

[sources.desk]
type = "memory"
tool = "demo"
writes = ["priority", "estimate", "consumed", "approval", "message"]

[provider]
name = "Agence SA"
people = ["desk:jdoe"]

[clients.acme]
name = "ACME SA"
match = [{ source = "desk", project = "acme" }]
approvers = ["desk:alice"]
contracts = ["carnet-acme"]

[contracts.carnet-acme]
preset = "carnet"
same_day_cutoff = "16:00"
calendar = { weekly = { mon-fri = ["08:00-12:00", "13:00-17:00"] }, holidays = "CH-VD" }
express = { multiplier = 2.5, clock = "business" }
prepaid.purchased = [{ date = 2026-01-01, hours = 40, note = "offer 2025-117" }]
"""

ALICE: Final = Person("Alice Rochat", "7", "alice")
LEO: Final = Person("Léo Martin", "8", "leo")
JANE: Final = Person("Jane Doe", "9", "jdoe")


def demo(say: Callable[[str], None], run: Callable[[list[str]], int]) -> int:
    """Tell the story: `say` prints a line, `run` runs a command line. Returns the exit code."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="bridge-demo-") as folder:
        os.chdir(folder)
        try:
            return _tell(say, run)
        finally:
            os.chdir(before)
            WORLD.pop("demo", None)


def _tell(say: Callable[[str], None], run: Callable[[list[str]], int]) -> int:
    now = [datetime.now(UTC).replace(microsecond=0)]
    tool = WORLD["demo"] = Tool(lambda: now[0])
    Path("config.toml").write_text(CONFIGURATION, encoding="utf-8")
    codes: list[int] = []

    def told(line: str) -> None:
        now[0] += timedelta(seconds=1)
        say("")
        say(f"# {line}")

    def typed(words: str) -> None:
        say(f"$ bridge {words}")
        codes.append(run(words.split()))

    say("A tool in memory, one agency, one client with a book of 40 hours (preset carnet).")
    say("Everything printed under a $ is the real command on a real store.")
    typed("check")
    typed("sync")

    told("Alice of ACME asks for a filter; Léo, a colleague of hers, reports a typing error.")
    filtered = tool.open("desk", "Filtre par canton", ALICE, project="acme", kind=Kind.REQUEST)
    typo = tool.open("desk", "Faute dans le pied de page", LEO, project="acme", kind=Kind.INCIDENT)
    told("Jane of the agency estimates 3 h for the one, 15 minutes for the other.")
    tool.change(filtered, JANE, estimate=3 * 3600)
    tool.change(typo, JANE, estimate=15 * 60)
    typed("sync --dry-run")
    typed("sync")

    told("What Alice reads on her ticket:")
    for line in tool.tickets[filtered].comments[-1].text.splitlines():
        say(f"    {line}".rstrip())

    told("Léo says yes, but may not decide. Alice says yes with a condition.")
    tool.say(filtered, LEO, "J'approuve")
    tool.say(filtered, ALICE, "Oui, mais avant jeudi")
    typed("sync")
    typed("status")
    told("Then Alice answers clearly.")
    tool.say(filtered, ALICE, "J'approuve")
    typed("sync")

    told("Jane works 1 h 30 on the filter and 20 minutes on the error.")
    tool.log_time(filtered, JANE, 90 * 60)
    tool.log_time(typo, JANE, 20 * 60)
    typed("sync")
    typed("sync")
    typed(f"explain desk:{filtered}")
    typed("ledger acme --verify")
    return max(codes)
