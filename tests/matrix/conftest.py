"""What the faults of this run have shown, kept until the document is compared with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.matrix.bridge import Bridge
from tests.matrix.table import Found
from tests.matrix.worlds import Subject

FOUND: Final = pytest.StashKey[Found]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The document is compared when all faults have been met."""
    items.sort(key=lambda item: item.path.name == "test_document.py")


@pytest.fixture
def found(request: pytest.FixtureRequest) -> Found:
    """The cells of the table, filled by the tests."""
    return request.config.stash.setdefault(FOUND, Found())


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
