"""Clock, journal, bodies, and the list of tools."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
import requests

from connectors.sandbox import SANDBOXES, load
from connectors.sandbox.core import BadBody, Clock, Entry, Journal
from connectors.sandbox.core.answers import dumped
from connectors.sandbox.core.bodies import parse
from tests.sandbox.core.counter import NOON, CounterTool


def test_a_clock_that_is_set_stands_until_it_is_moved() -> None:
    clock = Clock(NOON)
    assert clock.now() == clock() == NOON
    assert clock.advance(90) == NOON + timedelta(seconds=90)
    assert clock.advance(timedelta(hours=-1)) == NOON - timedelta(minutes=58, seconds=30)
    assert clock.set(NOON.astimezone(timezone(timedelta(hours=2)))) == NOON


def test_a_clock_of_its_own_is_the_real_time_and_runs_on_when_moved() -> None:
    clock = Clock()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    clock.advance(3600)
    assert timedelta(minutes=59) < clock.now() - datetime.now(UTC) < timedelta(minutes=61)
    clock.set(NOON)
    clock.release()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_clock_takes_no_instant_without_a_zone() -> None:
    with pytest.raises(ValueError, match="needs a zone"):
        Clock(datetime(2026, 5, 18))


def test_the_journal_tells_reads_from_writes_and_keeps_no_secret(
    tool: CounterTool, url: str, client: requests.Session
) -> None:
    client.get(f"{url}/count?key=s3cret&page=2&page=3", auth=("s3cret", "X"), timeout=5)
    client.put(f"{url}/count", json={"to": 4}, timeout=5)
    read, write = tool.journal
    assert read.query == (("key", "***"), ("page", "2"), ("page", "3"))
    assert read.parameters == {"key": "***", "page": "3"}
    assert tool.journal.writes == [write]
    assert (write.json, write.status, write.at) == ({"to": 4}, 200, NOON)
    assert "s3cret" not in repr(tool.journal)
    assert str(read) == "GET /count?key=***&page=2&page=3 → 200"


def test_the_journal_is_searched_by_globs_and_forgets_on_demand() -> None:
    def entry(method: str, path: str) -> Entry:
        return Entry(NOON, method, path, (), b"", 200, True)

    journal = Journal(entries=[entry("GET", "/api/1"), entry("PUT", "/api/1"), entry("GET", "/b")])
    assert [str(e) for e in journal.of("GET", "/api/*")] == ["GET /api/1 → 200"]
    journal.clear()
    assert len(journal) == 0


def test_a_tool_that_reads_by_post_says_what_its_writes_are() -> None:
    asked = Entry(NOON, "POST", "/api/graphql", (), b'{"query": "query { x }"}', 200, True)
    changed = Entry(NOON, "POST", "/api/graphql", (), b'{"query": "mutation { x }"}', 200, True)
    journal = Journal(is_write=lambda e: b"mutation" in e.body, entries=[asked, changed])
    assert journal.writes == [changed]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "not JSON"),
        (b'{"a": NaN}', "not JSON: NaN"),
        (b'{"a": 1, "a": 2}', "named twice: a"),
        (b'{"a": 1', "not JSON"),
        (b'"\xff"', "not JSON"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_a_body_that_is_not_strict_json_is_refused(raw: bytes, why: str) -> None:
    with pytest.raises(BadBody, match=why):
        parse(raw)


@pytest.mark.parametrize(
    ("raw", "found"),
    [(b'{"a": 2.50}', {"a": Decimal("2.50")}), (b"[1, true]", [1, True]), (b"null", None)],
)
def test_a_body_in_strict_json_is_read_without_floats(raw: bytes, found: Any) -> None:
    assert parse(raw) == found


def test_decimals_are_answered_as_numbers() -> None:
    assert dumped([Decimal("2.50"), Decimal("3.0"), "é"]) == '[2.5,3,"é"]'.encode()
    with pytest.raises(TypeError, match="no JSON for datetime"):
        dumped({"at": NOON})


def test_a_body_that_is_no_object_is_refused_and_an_empty_one_is_empty(
    tool: CounterTool, url: str, client: requests.Session
) -> None:
    got = client.put(f"{url}/count", data="[]", timeout=5)
    assert (got.status_code, got.json()["error"]) == (400, "an object was expected, not list")


@pytest.mark.parametrize("name", SANDBOXES)
def test_every_tool_of_the_list_is_there(name: str) -> None:
    assert callable(load(name).seeded)
