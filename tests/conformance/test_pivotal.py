"""The Pivotal connector, on a simulated Tracker, joins the suite."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.testing import ConnectorConformance, Outcome, Stage
from tests.conformance import table
from tests.conformance.pivotal_stage import PivotalStage


class TestPivotal(ConnectorConformance):
    connector_name = "pivotal"

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[Stage]:
        with contextlib.closing(PivotalStage(tmp_path)) as stage:
            yield stage


def test_documentation_says_what_the_checks_have_shown(found: dict[str, list[Outcome]]) -> None:
    table.says_what_was_shown("pivotal", found)
