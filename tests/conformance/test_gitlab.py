"""The GitLab connector, on a simulated GitLab, joins the suite."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.testing import ConnectorConformance, Outcome, Stage
from tests.conformance import table
from tests.conformance.gitlab_stage import GitLabStage


class TestGitLab(ConnectorConformance):
    connector_name = "gitlab"

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[Stage]:
        with contextlib.closing(GitLabStage(tmp_path)) as stage:
            yield stage


def test_documentation_says_what_the_checks_have_shown(found: dict[str, list[Outcome]]) -> None:
    table.says_what_was_shown("gitlab", found)
