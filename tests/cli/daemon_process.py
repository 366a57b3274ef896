"""The daemon as a process of its own, over tools in its memory that obey files in its folder.

    python -m tests.cli.daemon_process FOLDER [GLOBAL OPTION]…

Reading the tool NAME adds a line to `polls-NAME`; it then waits while `hold-NAME` is there, fails
while `away-NAME` is there, and crashes while `crash-NAME` is there. At the end `left.json` says
what was written to each tool.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bridge.cli.app import run
from bridge.model import Kind
from connectors.errors import TryAgainError
from connectors.memory import BRIDGE, WORLD, Tool
from tests.cli.keyboard import ALICE, JANE, before_each_poll

NAMES = ("desk", "other", "third")
_PATIENCE = 30.0


def main(folder: Path) -> int:
    for name in NAMES:
        tool = WORLD[name] = Tool()
        key = tool.open(name, f"Filtre de {name}", ALICE, project="acme", kind=Kind.REQUEST)
        tool.change(key, JANE, estimate=3 * 3600)
        before_each_poll(tool, _obeying(folder, name))
    code = run(["--config", str(folder / "config.toml"), *sys.argv[2:], "run"])
    left = {
        name: [c.text for c in tool.tickets["1"].comments if c.author == BRIDGE]
        for name, tool in WORLD.items()
    }
    (folder / "left.json").write_text(json.dumps(left), encoding="utf-8")
    return code


def _obeying(folder: Path, name: str) -> Callable[[], None]:
    def happens() -> None:
        with (folder / f"polls-{name}").open("a", encoding="utf-8") as polls:
            polls.write("poll\n")
        deadline = time.monotonic() + _PATIENCE
        while (folder / f"hold-{name}").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        if (folder / f"away-{name}").exists():
            raise TryAgainError(name, "nobody answers", "see whether it is up")
        if (folder / f"crash-{name}").exists():
            raise KeyError("a mistake of ours")

    return happens


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
