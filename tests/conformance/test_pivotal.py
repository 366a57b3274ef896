"""The Pivotal connector, on a simulated Tracker, joins the suite."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.testing import ConnectorConformance, Stage
from tests.conformance.pivotal_stage import PivotalStage


class TestPivotal(ConnectorConformance):
    connector_name = "pivotal"

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[Stage]:
        with contextlib.closing(PivotalStage(tmp_path)) as stage:
            yield stage
