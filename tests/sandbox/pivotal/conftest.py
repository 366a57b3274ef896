"""Simulated Trackers that are served."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from connectors.sandbox.pivotal import Flavour
from tests.sandbox.pivotal.client import Office

Opening = Callable[[str | Flavour], Office]


@pytest.fixture
def opening() -> Iterator[Opening]:
    """Opens offices of a flavour."""
    opened: list[Office] = []

    def build(flavour: str | Flavour) -> Office:
        opened.append(Office(flavour))
        return opened[-1]

    yield build
    for office in opened:
        office.close()


@pytest.fixture
def office(opening: Opening) -> Office:
    """The original service."""
    return opening("pivotal")


@pytest.fixture
def lite(opening: Opening) -> Office:
    """The clone."""
    return opening("litetracker")
