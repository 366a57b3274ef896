"""A served counter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from connectors.sandbox.core import Serving
from tests.sandbox.core.counter import CounterTool


@pytest.fixture
def tool() -> CounterTool:
    return CounterTool()


@pytest.fixture
def url(tool: CounterTool) -> Iterator[str]:
    with Serving(tool) as served:
        yield served.url


@pytest.fixture
def client() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session
