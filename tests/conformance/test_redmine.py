"""The Redmine connector, on a real Redmine, joins the suite."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.testing import ConnectorConformance, Outcome, Stage
from tests.conformance import table
from tests.conformance.redmine_stage import RedmineStage
from tests.servers.redmine import Redmine


class TestRedmine(ConnectorConformance):
    connector_name = "redmine"

    @pytest.fixture
    def stage(self, redmine: Redmine, tmp_path: Path) -> Iterator[Stage]:
        with contextlib.closing(RedmineStage(redmine, tmp_path)) as stage:
            yield stage


def test_documentation_says_what_the_checks_have_shown(found: dict[str, list[Outcome]]) -> None:
    table.says_what_was_shown("redmine", found)
