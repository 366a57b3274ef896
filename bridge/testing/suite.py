"""The whole suite, and what a run of it says about a connector."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

import pytest

from bridge.testing.abilities import Outcome, proof_of
from bridge.testing.failing import FailingChecks
from bridge.testing.joining import JoiningChecks
from bridge.testing.polling import PollingChecks
from bridge.testing.reading import ReadingChecks
from bridge.testing.stage import Stage
from bridge.testing.telling import TellingChecks
from bridge.testing.writing import WritingChecks


class ConnectorConformance(
    JoiningChecks, PollingChecks, ReadingChecks, WritingChecks, TellingChecks, FailingChecks
):
    """Every check. A subclass names its connector and has a fixture `stage`."""

    connector_name: ClassVar[str]

    @pytest.fixture
    def stage(self) -> Iterator[Stage]:
        """A tool, fresh for every check."""
        raise TypeError(f"{type(self).__name__} has no fixture `stage`")


def checks() -> dict[str, Callable[..., None]]:
    """The checks by name."""
    return {
        name: getattr(ConnectorConformance, name)
        for name in sorted(dir(ConnectorConformance))
        if name.startswith("test_")
    }


def record(item: pytest.Item, report: pytest.TestReport, found: dict[str, list[Outcome]]) -> None:
    """Add what a phase of a test says about a connector to `found`, by the connector's name.

    To be called by a `pytest_runtest_makereport` of one's own. A stage that could not be set up
    (its server is not installed) says nothing.
    """
    suite = getattr(item, "cls", None)
    if not (isinstance(suite, type) and issubclass(suite, ConnectorConformance)):
        return
    if report.when == "call" or report.failed:
        name = item.name.partition("[")[0]
        reason = ""
        if report.skipped and isinstance(report.longrepr, tuple):
            reason = report.longrepr[2].removeprefix("Skipped: ")
        outcome = Outcome(name, proof_of(getattr(suite, name)), report.outcome, reason)
        found.setdefault(suite.connector_name, []).append(outcome)


def whole(outcomes: Sequence[Outcome]) -> bool:
    """Whether every check of the suite was run."""
    return {outcome.check for outcome in outcomes} == set(checks())
