"""A command loads what it uses when it uses it (figures: `make bench`, `startup`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.keyboard import Keyboard

LOADED = """
import json, sys
from bridge.cli.app import run
from connectors.memory import WORLD, Tool
WORLD["desk"] = Tool()
code = run(sys.argv[1:])
print()
print(json.dumps([code, sorted(sys.modules)]))
"""
ALONE = """
import json, sys
from bridge.cli.app import run
code = run(sys.argv[1:])
print()
print(json.dumps([code, sorted(sys.modules)]))
"""


def loaded(folder: Path, *words: str, program: str = LOADED) -> set[str]:
    """The modules that a process holds at the end of a command that went well."""
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert code == 0, done.stdout
    return set(modules)


def test_the_version_is_told_without_loading_anything(tmp_path: Path) -> None:
    modules = loaded(tmp_path, "--version", program=ALONE)
    assert {"typer", "pydantic", "sqlalchemy", "bridge.model"}.isdisjoint(modules)


def test_help_loads_no_command(tmp_path: Path) -> None:
    modules = loaded(tmp_path, "--help", program=ALONE)
    assert {"pydantic", "sqlalchemy", "structlog", "bridge.model"}.isdisjoint(modules)
    assert not any(name.startswith("bridge.cli.views") for name in modules)


@pytest.mark.parametrize(
    "words", ["sync", "status", "explain desk:1", "ledger acme", "check --offline"]
)
def test_a_command_loads_no_library_that_it_does_not_use(keyboard: Keyboard, words: str) -> None:
    keyboard.opened()
    keyboard.type("sync")
    modules = loaded(keyboard.folder, *words.split())
    assert "sqlalchemy" in modules
    unused = {
        "alembic",  # the store is of this version
        "apscheduler",
        "babel.dates",  # nobody is written to
        "holidays.countries",  # all 250 of them; the calendar has one
        "jinja2",
        "psycopg",
        "requests",  # the source is in memory
        "sqlalchemy.dialects.postgresql",
        "starlette",
        "structlog",  # nothing is logged
    }
    assert unused & modules == set()
