"""What each fault has shown, compared with the document; and a bridge over a tool."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.matrix import document
from tests.matrix.bridge import Bridge
from tests.matrix.table import Found, read
from tests.matrix.worlds import Subject

SHOWN: Final = pytest.StashKey[Found]()
"""All that a run has shown, where the document is written from it."""


@pytest.fixture
def found() -> Found:
    """The cells of the tables, filled by one test."""
    return Found()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """What a test has shown must be what the document says."""
    yield
    found = getattr(item, "funcargs", {}).get("found")
    if not isinstance(found, Found):
        return
    assert found.cells, "it has shown nothing"
    if document.WRITING:
        item.config.stash.setdefault(SHOWN, Found()).add(found)
    elif wrong := found.differences(read(document.written())):
        pytest.fail("; ".join(wrong) + "; type: make faults", pytrace=False)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A run of every fault writes the document."""
    if document.WRITING and exitstatus == pytest.ExitCode.OK:
        document.write(session.config.stash[SHOWN])


@pytest.fixture
def bridge_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Bridge]]:
    """A bridge over a tool, closed at the end."""
    made: list[Bridge] = []

    def make(tool: Subject) -> Bridge:
        made.append(Bridge(tool.people, tmp_path, monkeypatch))
        return made[-1]

    yield make
    for each in made:
        each.close()
