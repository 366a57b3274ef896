"""The Freshdesk connector, on the simulated Freshdesk, joins the suite."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.testing import ConnectorConformance, Stage
from tests.conformance.freshdesk_stage import FreshdeskStage


class TestFreshdesk(ConnectorConformance):
    connector_name = "freshdesk"

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[Stage]:
        with contextlib.closing(FreshdeskStage(tmp_path)) as stage:
            yield stage
