"""The reference connector, over a tool in memory, joins the suite."""

from __future__ import annotations

import pytest

from bridge.testing import ConnectorConformance, Stage
from tests.conformance.memory_stage import MemoryStage


class TestMemory(ConnectorConformance):
    connector_name = "memory"

    @pytest.fixture
    def stage(self) -> Stage:
        return MemoryStage()
