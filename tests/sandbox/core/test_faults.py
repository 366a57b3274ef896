"""Each fault is met by the requests it was armed for, and by no other."""

from __future__ import annotations

import time

import pytest
import requests

from connectors.sandbox.core import Answer, Cut, Faults, Lose, Reset, Swap, Wait
from tests.sandbox.core.counter import CounterTool

SHORT = 5


def test_an_answer_stands_in_for_the_tools_own(
    tool: CounterTool, url: str, client: requests.Session
) -> None:
    tool.faults.add(Answer(429, b'{"no": 1}', headers={"Retry-After": "7"}), "POST", "/c*")
    got = client.post(f"{url}/count", timeout=SHORT)
    assert (got.status_code, got.json(), got.headers["Retry-After"]) == (429, {"no": 1}, "7")
    assert tool.count == 0
    assert client.post(f"{url}/count", timeout=SHORT).json() == {"count": 1}


def test_a_page_for_people_comes_with_200_and_any_text_as_json(
    tool: CounterTool, url: str, client: requests.Session
) -> None:
    tool.faults.add(Answer.html())
    tool.faults.add(Answer.json('{"count": '))
    page = client.get(f"{url}/count", timeout=SHORT)
    assert (page.status_code, page.headers["Content-Type"][:9]) == (200, "text/html")
    broken = client.get(f"{url}/count", timeout=SHORT)
    assert broken.headers["Content-Type"] == "application/json"
    with pytest.raises(requests.JSONDecodeError):
        broken.json()


def test_a_reset_comes_before_the_request_is_applied(
    tool: CounterTool, url: str, client: requests.Session
) -> None:
    tool.faults.add(Reset(), "POST")
    with pytest.raises(requests.ConnectionError):
        client.post(f"{url}/count", timeout=SHORT)
    assert tool.count == 0
    (entry,) = tool.journal
    assert (entry.status, entry.applied, entry.fault) == (0, False, "reset")


def test_a_lost_answer_is_applied_once_and_never_heard(
    tool: CounterTool, url: str, client: requests.Session
) -> None:
    tool.faults.add(Lose(), "POST")
    with pytest.raises(requests.ConnectionError):
        client.post(f"{url}/count", timeout=SHORT)
    assert tool.count == 1
    (entry,) = tool.journal
    assert (entry.status, entry.applied, entry.fault) == (0, True, "lose")
    assert client.get(f"{url}/count", timeout=SHORT).json() == {"count": 1}


def test_a_cut_body_is_shorter_than_promised(
    tool: CounterTool, url: str, client: requests.Session
) -> None:
    tool.faults.add(Cut(), "GET")
    tool.faults.add(Cut(keep=3), "GET")
    for kept in (len(b'{"count":0}') // 2, 3):
        with client.get(f"{url}/count", timeout=SHORT, stream=True) as got:
            assert got.status_code == 200
            assert got.headers["Content-Length"] == str(len(b'{"count":0}'))
            with pytest.raises(requests.exceptions.ChunkedEncodingError) as error:
                _ = got.content
            assert f"{kept} bytes read" in str(error.value)


def test_a_swapped_answer_follows_an_applied_request(
    tool: CounterTool, url: str, client: requests.Session
) -> None:
    tool.faults.add(Swap(Answer.html(502)), "POST")
    assert client.post(f"{url}/count", timeout=SHORT).status_code == 502
    assert tool.count == 1


def test_a_late_answer_was_applied_at_once(
    tool: CounterTool, url: str, client: requests.Session
) -> None:
    tool.faults.add(Wait(600), "POST")
    with pytest.raises(requests.ReadTimeout):
        client.post(f"{url}/count", timeout=0.2)
    assert tool.count == 1


def test_every_answer_is_held_back_by_the_delay(
    tool: CounterTool, url: str, client: requests.Session
) -> None:
    client.get(f"{url}/count", timeout=SHORT)
    tool.faults.delay_ms = 50
    begun = time.monotonic()
    client.get(f"{url}/count", timeout=SHORT)
    client.get(f"{url}/count", timeout=SHORT)
    assert time.monotonic() - begun >= 0.1


def test_a_fault_waits_for_its_method_its_path_and_its_turn() -> None:
    faults = Faults()
    armed = faults.add(Reset(), "PUT", "/api/v2/tickets/*", times=2, after=1)
    assert faults.take("GET", "/api/v2/tickets/1") is None
    assert faults.take("PUT", "/api/v2/contacts/1") is None
    assert [faults.take("PUT", f"/api/v2/tickets/{n}/notes") for n in range(4)] == [
        None,
        Reset(),
        Reset(),
        None,
    ]
    assert armed.met == 2
    assert faults.waiting == []


def test_faults_that_were_not_met_are_told() -> None:
    faults = Faults()
    armed = faults.add(Reset(), times=3)
    faults.take("GET", "/")
    assert faults.waiting == [armed]
    assert (armed.met, armed.left) == (1, 2)
    faults.clear()
    assert faults.take("GET", "/") is None
