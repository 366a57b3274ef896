"""The reference connector, over a tool in memory, joins the suite."""

from __future__ import annotations

import pytest

from bridge.testing import ConnectorConformance, Outcome, Stage
from tests.conformance import table
from tests.conformance.memory_stage import MemoryStage


class TestMemory(ConnectorConformance):
    connector_name = "memory"

    @pytest.fixture
    def stage(self) -> Stage:
        return MemoryStage()


def test_documentation_says_what_the_checks_have_shown(found: dict[str, list[Outcome]]) -> None:
    table.says_what_was_shown("memory", found)
