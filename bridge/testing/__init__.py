"""The conformance suite: what every connector promises, checked on the tool itself.

A connector joins it in a test module of its own:

    from bridge.testing import ConnectorConformance, Stage

    class TestMine(ConnectorConformance):
        connector_name = "mine"

        @pytest.fixture
        def stage(self) -> Iterator[Stage]:
            with MyStage() as stage:
                yield stage

`Stage` says how to make things happen in the tool. pytest is needed, and only here.
"""

import pytest

pytest.register_assert_rewrite(
    *(
        f"bridge.testing.{name}"
        for name in ("failing", "joining", "polling", "reading", "telling", "writing")
    )
)

from bridge.testing.abilities import ABILITIES, Outcome, lines_of, table_of, updated  # noqa: E402
from bridge.testing.reader import Reader  # noqa: E402
from bridge.testing.stage import VALUES, Break, Stage, Told  # noqa: E402
from bridge.testing.suite import ConnectorConformance, checks, record, whole  # noqa: E402

__all__ = [
    "ABILITIES",
    "VALUES",
    "Break",
    "ConnectorConformance",
    "Outcome",
    "Reader",
    "Stage",
    "Told",
    "checks",
    "lines_of",
    "record",
    "table_of",
    "updated",
    "whole",
]
