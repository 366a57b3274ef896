"""What the transport waits for, what it repeats, how it sorts refusals and reads ahead."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors.errors import (
    AccessError,
    GoneError,
    RefusedError,
    SettingsError,
    SourceError,
    TryAgainError,
    WaitError,
)
from connectors.toolkit.http import ahead
from connectors.toolkit.http.budget import Budget
from connectors.toolkit.http.waiting import retry_after
from tests.redmine.scripted import Scripted, answer
from tests.redmine.test_transport import KEY, LIMITS, Observed, get, transport


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("Sat, 21 Nov 2026 12:00:30 GMT", 30),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0),
        ("99999999999999999999", 30 * 86400),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 30 * 86400),
        ("-5", None),
        ("soon", None),
        ("١٢", None),
        ("", None),
        (None, None),
    ],
)
def test_threat_H7_retry_after_in_seconds_or_as_a_date(
    header: str | None, seconds: int | None
) -> None:
    assert retry_after(header, datetime(2026, 11, 21, 12, tzinfo=UTC)) == seconds


def test_429_is_waited_for_and_told(served: Callable[..., Scripted]) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)
    server = served(answer(429, Retry_After="1"), answer(429, Retry_After=soon), answer(body=[]))
    observed: Observed = []
    began = time.monotonic()
    assert transport(server, observed).call("get", f"{server.url}/x.json") == []
    assert time.monotonic() - began >= 1
    assert ("waiting", 1) in [(event, facts["seconds"]) for event, facts in observed]


@pytest.mark.parametrize("status", [429, 503])
def test_threat_H7_wait_longer_than_a_pass_becomes_later(
    served: Callable[..., Scripted], status: int
) -> None:
    server = served(answer(status, Retry_After="86400"))
    with pytest.raises(WaitError) as caught:
        get(server)
    assert caught.value.until_seconds == 86400
    assert len(server.asked) == 1
    with pytest.raises(WaitError):  # another source on that host leaves it alone too
        get(server)
    assert len(server.asked) == 1


def test_threat_H7_429_for_ever_ends(served: Callable[..., Scripted]) -> None:
    server = served(answer(429, Retry_After="0"))
    with pytest.raises(WaitError):
        get(server)
    assert len(server.asked) == LIMITS.attempts


@pytest.mark.parametrize("status", [429, 503])
def test_write_that_was_not_done_is_sent_again_and_nobody_waits_by_the_wall(
    served: Callable[..., Scripted], status: int
) -> None:
    server = served(answer(status, Retry_After="1"), answer(body={"done": 1}))
    slept: list[float] = []
    calls = transport(server, sleep=slept.append)
    assert calls.call("post", f"{server.url}/notes.json", json={}) == {"done": 1}
    assert [method for method, *_ in server.asked] == ["POST", "POST"]
    assert slept[0] == 1


def test_write_that_may_have_been_done_is_sent_once(served: Callable[..., Scripted]) -> None:
    server = served(answer(503))
    with pytest.raises(TryAgainError) as caught:
        transport(server).call("post", f"{server.url}/notes.json", json={})
    assert caught.value.unknown_outcome
    assert len(server.asked) == 1


def test_wait_ends_at_once_when_the_pass_is_stopped(served: Callable[..., Scripted]) -> None:
    server = served(answer(429, Retry_After="2"))
    calls = transport(server)
    threading.Timer(0.2, calls.stop).start()
    began = time.monotonic()
    with pytest.raises(SourceError):
        calls.call("get", f"{server.url}/x.json")
    assert time.monotonic() - began < 1.5


def test_budget_of_a_host_spaces_the_calls_of_all_its_sources() -> None:
    now = [100.0]
    budget = Budget(60, clock=lambda: now[0])
    assert [budget.reserve() for _ in range(3)] == [0, 1, 2]
    now[0] += 10
    assert budget.reserve() == 0
    budget.limit(30)
    budget.leave_alone(5)
    assert [budget.reserve() for _ in range(2)] == [5, 7]


# -- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status", "error"),
    [
        ("get", "/x.json", 401, AccessError),
        ("get", "/issues/7.json", 401, AccessError),
        ("get", "/x.json", 403, AccessError),
        ("get", "/issues/7.json", 403, GoneError),
        ("put", "/issues/7.json", 403, RefusedError),
        ("get", "/x.json", 404, SettingsError),
        ("get", "/issues/7.json", 404, GoneError),
        ("put", "/issues/7.json", 404, GoneError),
        ("put", "/issues/7.json", 422, RefusedError),
        ("get", "/x.json", 422, SettingsError),
        ("put", "/issues/7.json", 409, RefusedError),
        ("put", "/issues/7.json", 413, RefusedError),
        ("put", "/issues/7.json", 429, WaitError),
    ],
)
def test_status_is_sorted_by_what_happens_next(
    served: Callable[..., Scripted],
    method: str,
    path: str,
    status: int,
    error: type[SourceError],
) -> None:
    server = served(answer(status, "", kind="text/html"))
    with pytest.raises(error) as caught:
        transport(server).call(method, server.url + path, json={} if method == "put" else None)
    assert type(caught.value) is error
    assert len(server.asked) == (LIMITS.attempts if status == 429 else 1)
    assert "127.0.0.1" in str(caught.value) or isinstance(caught.value, GoneError)


def test_threat_S1_key_that_the_server_echoes_is_masked_and_controls_are_shown(
    served: Callable[..., Scripted],
) -> None:
    server = served(answer(422, {"errors": [f"bad key {KEY}\x1b[2J"]}))
    with pytest.raises(RefusedError) as caught:
        transport(server).call("put", f"{server.url}/issues/7.json", json={})
    assert "bad key ***\\u001b[2J" in str(caught.value)
    assert KEY not in repr(caught.value)


def test_empty_answer_is_good_for_a_write_and_bad_for_a_read(
    served: Callable[..., Scripted],
) -> None:
    server = served(answer(204, b""))
    assert transport(server).call("put", f"{server.url}/issues/7.json", json={}) is None
    with pytest.raises(TryAgainError):
        get(server)


# -- reading ahead --------------------------------------------------------------------------------


def test_reading_ahead_keeps_the_order_and_one_item_waiting() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for number in range(10):
            made.append(number)
            yield number

    taken = []
    for number in ahead(items(), lambda: None, lambda: None):
        taken.append(number)
        assert len(made) <= number + 4
    assert taken == list(range(10))


def test_error_while_reading_ahead_arrives_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise TryAgainError("tma", "cut")

    taken: list[int] = []
    with pytest.raises(TryAgainError, match="cut"):
        taken.extend(ahead(items(), lambda: None, lambda: None))
    assert taken == [1]
    assert "prefetch" not in [thread.name for thread in threading.enumerate()]
