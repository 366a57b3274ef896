"""The example of a package of one's own: short, installed as any other, and of use at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.story.world import BOOK

EXAMPLE = Path(__file__).parent / "bridge-folder"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory into which pip has installed the example, without a network."""
    folder = tmp_path_factory.mktemp("installed")
    source = shutil.copytree(EXAMPLE, folder / "source")
    offline = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    _run("-m", "pip", "install", "--quiet", *offline, "--target", folder / "there", source)
    return folder / "there"


def test_example_has_less_than_150_lines() -> None:
    files = [file for file in EXAMPLE.rglob("*") if file.suffix in (".py", ".toml")]
    assert len(files) == 4
    assert sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files) < 150


def test_example_passes_the_suite_where_only_the_wheel_is_installed(
    installed: Path, tmp_path: Path
) -> None:
    shutil.copy(EXAMPLE / "test_folder.py", tmp_path)
    said = _run("-m", "pytest", "-q", tmp_path / "test_folder.py", path=installed, at=tmp_path)
    assert " passed" in said
    assert "failed" not in said


def test_package_of_a_third_party_is_checked_and_synced(installed: Path, tmp_path: Path) -> None:
    tickets = tmp_path / "tickets"
    tickets.mkdir()
    configuration = tmp_path / "config.toml"
    configuration.write_text(
        BOOK.format(
            database="sqlite:///bridge.db",
            people="",
            match='{ source = "desk", project = "acme" }',
            approvers='"alice@acme.example"',
            source="desk",
            settings=f'type = "folder"\npath = "{tickets}"',
        ),
        encoding="utf-8",
    )

    def bridge(*words: str) -> str:
        return _run("-m", "bridge", "--config", configuration, *words, path=installed, at=tmp_path)

    problems = json.loads(bridge("check", "--json"))["problems"]
    assert [p for p in problems if p["source"] == "desk" or p["severity"] == "error"] == []
    bridge("sync")
    values = {"project": "acme", "estimate": 3 * 3600, "kind": "request"}
    file = tickets / "00000.json"
    file.write_text(json.dumps(_asked("Filtre par canton", values)), encoding="utf-8")
    for _ in range(2):
        assert json.loads(bridge("sync", "--json"))["sources"]["desk"]["ok"]
    written: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    assert written["values"]["approval"] == "awaiting"
    (told,) = [each["text"] for each in written["comments"] if each["by"] == "bridge"]
    assert "notre estimation" in told


def test_connector_for_another_version_of_the_interface_is_refused(
    installed: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(installed, tmp_path / "other")
    module = other / "bridge_folder" / "__init__.py"
    text = module.read_text(encoding="utf-8")
    module.write_text(text.replace("= API_VERSION", "= API_VERSION + 1"), encoding="utf-8")
    configuration = tmp_path / "config.toml"
    configuration.write_text('[sources.desk]\ntype = "folder"\npath = "."\n', encoding="utf-8")
    words = ("-m", "bridge", "--config", configuration, "check", "--offline")
    said = _run(*words, path=other, at=tmp_path, code=2)
    assert 'the connector "folder" was written for version 2 of the interface' in said


def _asked(title: str, values: dict[str, Any]) -> dict[str, Any]:
    """A file as a client's program would write it."""
    at = int(datetime.now(UTC).timestamp())
    asked = {"at": at, "by": "alice@acme.example", "text": "Bonjour", "public": True}
    return {"title": title, "state": "open", "values": values, "comments": [asked]}


def _run(*words: str | Path, path: Path | None = None, at: Path = ROOT, code: int = 0) -> str:
    """What a Python of its own says, with `path` and the checkout to import from."""
    places = os.pathsep.join(str(each) for each in (path, ROOT) if each is not None)
    done = subprocess.run(
        [sys.executable, *words],
        env={**os.environ, "PYTHONPATH": places},
        cwd=at,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == code, said
    return said if code else done.stdout
