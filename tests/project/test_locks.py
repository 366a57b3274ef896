"""The locks in requirements/: complete, alike, and bound to nobody's index (threat L6)."""

import os
import re
import subprocess
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from connectors.sandbox import SERVERS
from tools.lock import LOCKS, REQUIREMENTS, ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
HERE = {"extra": ""}


def entries(lock: str) -> list[str]:
    """The entries of a lock, one per package and platform: the requirement, then its hashes."""
    text = (ROOT / REQUIREMENTS / f"{lock}.txt").read_text("utf-8")
    return [line for line in text.replace("\\\n", "").splitlines() if re.match(r"\w", line)]


def locked(lock: str) -> dict[str, Version]:
    """Name → version, of the packages that this platform takes."""
    wanted = [Requirement(entry.partition(" --hash=")[0]) for entry in entries(lock)]
    return {
        requirement.name: Version(str(requirement.specifier).removeprefix("=="))
        for requirement in wanted
        if requirement.marker is None or requirement.marker.evaluate(HERE)
    }


def asked(extras: tuple[str, ...]) -> list[Requirement]:
    """What pyproject.toml asks for on this platform, with these extras and those that they take."""
    lines = list(PROJECT["dependencies"])
    for extra in extras:
        lines += PROJECT["optional-dependencies"][extra]
    found = []
    for requirement in map(Requirement, lines):
        if requirement.name == PROJECT["name"]:
            found += asked(tuple(requirement.extras))
        elif requirement.marker is None or requirement.marker.evaluate(HERE):
            found.append(requirement)
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_threat_L6_every_locked_package_has_one_version_and_its_hashes(lock: str) -> None:
    found = entries(lock)
    assert len(found) >= len(asked(LOCKS[lock]))
    for entry in found:
        requirement, *hashes = entry.split(" --hash=")
        assert re.fullmatch(r"[\w.-]+(\[\w+\])?==[\w.]+( ; .+)?", requirement.strip())
        assert hashes
        for each in hashes:
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", each.strip()), requirement


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_address_or_folder(lock: str) -> None:
    text = (ROOT / REQUIREMENTS / f"{lock}.txt").read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-(?!-hash=)", text, re.MULTILINE)
    assert not re.search(r"(^|\s)/", text)


@pytest.mark.parametrize(("lock", "extras"), LOCKS.items())
def test_a_lock_satisfies_what_the_project_asks(lock: str, extras: tuple[str, ...]) -> None:
    versions = locked(lock)
    lacking = [
        str(requirement)
        for requirement in asked(extras)
        if requirement.name.lower() not in versions
        or versions[requirement.name.lower()] not in requirement.specifier
    ]
    assert not lacking, "type: make lock"


@pytest.mark.parametrize("lock", sorted(LOCKS.keys() - {"dev"}))
def test_what_is_installed_is_what_is_tested(lock: str) -> None:
    tested = locked("dev")
    shared = locked(lock).keys() & tested.keys()
    assert shared
    assert {name: locked(lock)[name] for name in shared} == {name: tested[name] for name in shared}


def test_the_extra_of_simulated_tools_is_what_the_demo_adds_and_no_other_user_gets() -> None:
    named = {requirement.name for requirement in asked(("sandbox",))} - {
        requirement.name for requirement in asked(())
    }
    assert named == set(SERVERS)
    assert not named & locked("runtime").keys()
    assert named <= locked("demo").keys()
    assert "pytest" not in locked("demo")


@pytest.mark.parametrize(
    ("name", "hole", "closed"),
    [
        ("requests", "2.32.3", "2.32.4"),
        ("urllib3", "2.6.99", "2.7.0"),
        ("jinja2", "3.1.5", "3.1.6"),
    ],
)
def test_threat_L6_ranges_begin_above_known_holes(name: str, hole: str, closed: str) -> None:
    (requirement,) = [asks for asks in asked(()) if asks.name == name]
    assert hole not in requirement.specifier
    assert closed in requirement.specifier


def test_threat_L6_a_package_that_is_not_the_locked_one_is_not_installed(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    wheel = files / "innocent-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("innocent.py", "")
        archive.writestr(
            "innocent-1.0.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: innocent\nVersion: 1.0\n",
        )
        archive.writestr(
            "innocent-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr("innocent-1.0.dist-info/RECORD", "")
    lock = tmp_path / "lock.txt"
    lock.write_text(f"innocent==1.0 --hash=sha256:{'0' * 64}\n", "utf-8")
    offline = {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(files),
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": str(files),
    }
    done = subprocess.run(
        [ROOT / "tools" / "venv", tmp_path / "venv", lock],
        check=False,
        env=os.environ | offline,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert not list((tmp_path / "venv").glob("lib/*/site-packages/innocent*"))
