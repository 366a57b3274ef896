"""The suite itself is put to the test: each check catches a connector that breaks its promise."""

from __future__ import annotations

from functools import partial

import pytest

from bridge.testing import checks
from tests.amounts import LONG
from tests.conformance.broken import joining, polling, reading, writing
from tests.conformance.broken.registry import BROKEN, Broken
from tests.conformance.broken.stage import OfficeStage
from tests.conformance.running import failing, skipped

MISTAKES = (joining, polling, reading, writing)
"""Importing them registers their connectors."""
CASES = [
    pytest.param(check, broken, id=broken.connector.__name__)
    for check, each in BROKEN.items()
    for broken in each
]
WITHOUT = {"ClaimsWhatTheToolCannotHold": "consumed"}
"""Broken connectors that show only where the tool has no place for a field."""


def test_the_reference_passes_every_check_and_skips_none() -> None:
    assert failing(OfficeStage) == {}
    assert skipped(OfficeStage) == set()


def test_the_reference_refuses_what_its_tool_cannot_hold() -> None:
    assert failing(partial(OfficeStage, without="consumed")) == {}


def test_every_check_has_a_connector_that_it_must_catch() -> None:
    assert set(BROKEN) == set(checks())
    told = {each.connector.__module__ for found in BROKEN.values() for each in found}
    assert told == {module.__name__ for module in MISTAKES}


@pytest.mark.parametrize(("check", "broken"), CASES)
def test_broken_connector_is_caught_by_its_check_and_no_other(check: str, broken: Broken) -> None:
    """That no other check catches it is tried where there is time for all checks."""
    without = WITHOUT.get(broken.connector.__name__, "")
    catching = {check, *broken.also}
    found = failing(
        partial(OfficeStage, broken.connector, without), only=None if LONG else catching
    )
    assert set(found) == catching, found
