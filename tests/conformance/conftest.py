"""What the checks show of every connector, kept until its row of the table is compared with it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import pytest

from bridge.testing import Outcome, record

collect_ignore = ["bridge-folder"]
"""A package of its own: its tests run where it is installed."""
FOUND: Final = pytest.StashKey[dict[str, list[Outcome]]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    record(item, report, item.config.stash.setdefault(FOUND, {}))
    return report


@pytest.fixture
def found(request: pytest.FixtureRequest) -> dict[str, list[Outcome]]:
    """Connector → how its checks went in this run."""
    return request.config.stash.get(FOUND, {})
