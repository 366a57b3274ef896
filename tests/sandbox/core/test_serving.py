"""A server starts at once, keeps to itself, and leaves nothing running."""

from __future__ import annotations

import socket
import threading
import time

import pytest
import requests

from connectors.sandbox.core import SandboxError, Serving, Wait
from tests.sandbox.core.counter import CounterTool

SHORT = 5


def test_a_server_starts_and_stops_within_a_tenth_of_a_second(client: requests.Session) -> None:
    """The quickest of five: a busy machine slows any of them."""
    ups, downs = [], []
    for _ in range(5):
        begun = time.monotonic()
        with Serving(CounterTool()) as served:
            ups.append(time.monotonic() - begun)
            assert client.get(f"{served.url}/count", timeout=SHORT).status_code == 200
            begun = time.monotonic()
        downs.append(time.monotonic() - begun)
    assert min(ups) < 0.1
    assert min(downs) < 0.1


def test_nothing_is_left_when_it_ends(client: requests.Session) -> None:
    before = set(threading.enumerate())
    with Serving(CounterTool()) as served:
        client.get(f"{served.url}/count", timeout=SHORT)
    assert set(threading.enumerate()) <= before
    with pytest.raises(requests.ConnectionError):
        client.get(f"{served.url}/count", timeout=SHORT)


def test_an_answer_that_still_waits_does_not_hold_the_end(client: requests.Session) -> None:
    tool = CounterTool()
    tool.faults.add(Wait(60_000))
    begun = time.monotonic()
    with Serving(tool) as served, pytest.raises(requests.ReadTimeout):
        client.get(f"{served.url}/count", timeout=0.1)
    assert time.monotonic() - begun < 2


def test_several_servers_of_one_process_keep_apart(client: requests.Session) -> None:
    one, two = CounterTool(), CounterTool()
    with Serving(one) as first, Serving(two) as second:
        client.post(f"{first.url}/count", timeout=SHORT)
        assert client.get(f"{second.url}/count", timeout=SHORT).json() == {"count": 0}
    assert (one.count, two.count, len(two.journal)) == (1, 0, 1)


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"), Serving(CounterTool(), port):
            pass


def test_the_same_port_serves_again_after_the_end(client: requests.Session) -> None:
    with Serving(CounterTool()) as served:
        client.get(f"{served.url}/count", timeout=SHORT)
        port = served.port
    with Serving(CounterTool(), port) as again:
        assert client.get(f"{again.url}/count", timeout=SHORT).json() == {"count": 0}


def test_a_mistake_of_the_sandbox_is_never_taken_for_the_tools_answer(
    client: requests.Session,
) -> None:
    def visit() -> None:
        with Serving(CounterTool()) as served:
            assert client.get(f"{served.url}/broken", timeout=SHORT).status_code == 500

    with pytest.raises(SandboxError) as told:
        visit()
    assert isinstance(told.value.__cause__, LookupError)


def test_the_tools_clock_dates_its_answers(
    tool: CounterTool, url: str, client: requests.Session
) -> None:
    got = client.get(f"{url}/count", timeout=SHORT)
    assert got.headers["Date"] == "Mon, 18 May 2026 12:00:00 GMT"


def test_many_clients_at_once_lose_no_request(tool: CounterTool, url: str) -> None:
    def work() -> None:
        with requests.Session() as session:
            for _ in range(20):
                session.post(f"{url}/count", timeout=SHORT).raise_for_status()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tool.count, len(tool.journal.writes)) == (80, 80)


def test_an_answer_costs_little(client: requests.Session) -> None:
    """Benchmarks compare clients on these servers: 40 ms of Nagle's algorithm would drown them."""
    with Serving(CounterTool()) as served:
        taken = []
        for _ in range(20):
            begun = time.monotonic()
            client.get(f"{served.url}/count", timeout=SHORT)
            taken.append(time.monotonic() - begun)
    assert sorted(taken)[10] < 0.02
