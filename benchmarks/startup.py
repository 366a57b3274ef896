"""What it costs to start: the CPU of whole commands, over that of `python -c pass` in this run.

    python -m benchmarks.startup

User and system time of the process, the least of several runs that take turns, with the modules
compiled as after an installation. A sync is empty when it finds no news: once over no source, once
over one whose client has a contract with hours, holidays and purchases. `status` looks at 10,000
open tickets that have settled, one in a hundred of which waits for somebody.
"""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.cli.app import run
from bridge.model import Kind, Person
from connectors.memory import WORLD, Tool

OPEN: Final = 10_000
RUNS: Final = 7
ALICE: Final = Person("Alice Rochat", "7", "alice")
JANE: Final = Person("Jane Doe", "9", "jdoe", "jane@agence.example")
BRIDGE: Final = (str(Path(sys.executable).with_name("bridge")),)
ALONE: Final = """\
[bridge]
database = "sqlite:///{name}.db"
timezone = "Europe/Zurich"

[provider]
name = "Agence SA"
domains = ["agence.example"]

[safety]
max_writes = 100000
"""
FIRM: Final = (
    ALONE
    + """
[sources.desk]
type = "memory"
tool = "desk"
act_since = 2020-01-01T00:00:00Z
writes = ["priority", "estimate", "consumed", "approval", "message"]

[clients.acme]
name = "ACME SA"
match = [{{ source = "desk", project = "acme" }}]
approvers = ["desk:alice"]
contracts = ["book"]

[contracts.book]
preset = "carnet"
same_day_cutoff = "16:00"
calendar = {{ weekly = {{ mon-fri = ["08:00-12:00", "13:00-17:00"] }}, holidays = "CH-VD" }}
prepaid.purchased = [{{ date = 2026-01-01, hours = 40 }}]
"""
)
QUIET: Final = """
import sys
from bridge.cli import main
from connectors.memory import WORLD, Tool
WORLD["desk"] = Tool()
main()
"""
"""The command over a tool in memory, which every process has to make for itself."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is typed, the command line for it, and how often `python -c pass` it may cost."""

    typed: str
    words: Sequence[str]
    most: float


def commands() -> tuple[Command, ...]:
    """What is measured, cheapest first."""
    quiet = (sys.executable, "-c", QUIET, "--config", "quiet.toml", "sync")
    return (
        Command("bridge --version", (*BRIDGE, "--version"), 8),
        Command("bridge --help", (*BRIDGE, "--help"), 8),
        Command("bridge sync, no source", (*BRIDGE, "--config", "alone.toml", "sync"), 35),
        Command("bridge sync, a source without news", quiet, 35),
        Command(
            f"bridge status, {OPEN:,} open tickets",
            (*BRIDGE, "--config", "full.toml", "status"),
            40,
        ),
    )


def cpu(words: Sequence[str], folder: Path) -> float:
    """Seconds of user and system time of one run, which must go well."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(words, cwd=folder, env=environment(), capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(done.stderr.decode())
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def environment() -> dict[str, str]:
    """Of a user who lets Python keep what it compiled."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "BRIDGE"))}


def fill(folder: Path) -> None:
    """Make the three configurations, and read the open tickets into the store of one."""
    for name, text in (("alone", ALONE), ("quiet", FIRM), ("full", FIRM)):
        (folder / f"{name}.toml").write_text(text.format(name=name), encoding="utf-8")
    tool = WORLD["desk"] = Tool()
    for number in range(OPEN):
        key = tool.open("desk", f"Demande {number}", ALICE, project="acme", kind=Kind.REQUEST)
        if number % 100:
            tool.change(key, JANE, estimate=1800)
    for _ in range(2):  # the second reads what the first has written
        if code := run(["--config", str(folder / "full.toml"), "sync", "--json", "--force"]):
            sys.exit(f"the tickets could not be read: {code}")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bridge-bench-") as made:
        folder = Path(made)
        with redirect_stdout(io.StringIO()):
            fill(folder)
        wanted = commands()
        for command in wanted:
            cpu(command.words, folder)  # compiles, and makes the stores
        least = dict.fromkeys((*wanted, None), float("inf"))
        for _ in range(RUNS):
            bare = cpu((sys.executable, "-c", "pass"), folder)
            least[None] = min(least[None], bare)
            for command in wanted:
                least[command] = min(least[command], cpu(command.words, folder))
    print(f"python -c pass: {1000 * least[None]:.0f} ms of CPU")
    for command in wanted:
        ratio = least[command] / least[None]
        print(f"{command.typed:<36} {ratio:5.1f} x   aim {command.most:g}")


if __name__ == "__main__":
    main()
