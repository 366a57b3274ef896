"""A program that is to end waits for no tool: not for the next attempt, nor for its turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from connectors.errors import TryAgainError
from connectors.sandbox.core import Answer, Wait
from connectors.sandbox.pivotal import PivotalSandbox
from connectors.toolkit.http import Limits
from tests.pivotal.client import Client

Make = Callable[..., Client]
PATIENT = Limits(connect=2, read=1, answer=5, pause=20, longest_pause=60)


@contextmanager
def told_to_stop(client: Client, after: float) -> Iterator[Callable[[], float]]:
    """The program is told to end so many seconds after the block began; gives the time since."""
    began = time.monotonic()
    timer = threading.Timer(after, client.context.stopping.set)
    timer.start()
    yield lambda: time.monotonic() - began
    timer.join()


def test_told_to_stop_a_poll_of_a_hung_tool_ends_with_the_request_in_flight(
    tool: PivotalSandbox, make: Make
) -> None:
    client = make(tool, limits=PATIENT)
    tool.faults.add(Wait(2500), "GET", "*", times=9)
    with told_to_stop(client, 0.3) as passed, pytest.raises(TryAgainError):
        client.poll()
    assert passed() < 3
    assert client.connector.requests == 1, "nothing is asked again"


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "600"}])
def test_told_to_stop_a_wait_for_the_next_attempt_ends_at_once(
    tool: PivotalSandbox, make: Make, headers: dict[str, str]
) -> None:
    client = make(tool, limits=PATIENT)
    tool.faults.add(Answer(503, headers=headers), "GET", "*", times=9)
    with told_to_stop(client, 0.5) as passed, pytest.raises(TryAgainError, match="503"):
        client.poll()
    assert passed() < 2
    assert client.connector.requests == 1


def test_a_program_that_is_not_told_to_stop_asks_again(tool: PivotalSandbox, make: Make) -> None:
    client = make(tool)
    tool.faults.add(Answer(503), "GET", "*", times=1)
    client.poll()
    assert len(client.reasons("waiting")) == 1
    assert client.cursor is not None
