"""The list of tickets, read while it moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.errors import TryAgainError
from connectors.freshdesk.api import LAST_PAGE, Rows
from connectors.freshdesk.poll import ascending
from connectors.toolkit import stamps

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass
class List:
    """Tickets by number with their stamps; `between` happens before each call but the first."""

    stamps: dict[int, datetime]
    between: Callable[[List], None] = lambda tickets: None
    pages: list[tuple[int, int]] = field(default_factory=list)

    def ask(self, since: datetime, page: int, size: int) -> Rows:
        if self.pages:
            self.between(self)
        self.pages.append((page, size))
        assert 1 <= page <= LAST_PAGE
        rows = sorted((at, number) for number, at in self.stamps.items() if at >= since)
        part = rows[(page - 1) * size : page * size]
        shown = [{"id": number, "updated_at": stamps.show(at)} for at, number in part]
        return Rows(shown, page * size < len(rows), NOW)

    def read(self) -> set[int]:
        stretches = ascending("helpdesk", self.ask, START, lambda: NOW)
        return {row["id"] for stretch in stretches for row in stretch.rows}


def spread(count: int) -> dict[int, datetime]:
    return {number: START + timedelta(seconds=number) for number in range(1, count + 1)}


def at_once(count: int) -> dict[int, datetime]:
    return dict.fromkeys(range(1, count + 1), START + timedelta(hours=1))


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
def test_every_ticket_is_read(count: int) -> None:
    assert List(spread(count)).read() == set(range(1, count + 1))


def test_ask_08_no_page_behind_the_first_is_needed_for_40_000_tickets() -> None:
    tickets = List(spread(40_000))
    assert len(tickets.read()) == 40_000
    assert {page for page, _ in tickets.pages} == {1}


def test_no_row_is_lost_when_tickets_behind_the_walk_move_to_the_end() -> None:
    """By page numbers the first row of page 2 would slip to page 1, which was read."""
    late = iter(range(1, 30))

    def between(tickets: List) -> None:
        if (number := next(late, None)) is not None:
            tickets.stamps[number] = START + timedelta(days=1, seconds=number)

    assert List(spread(1000), between).read() == set(range(1, 1001))


@pytest.mark.parametrize("count", [100, 101, 199, 200, 1000, 5000])
def test_bulk_edit_of_more_than_a_page_under_one_stamp_is_read_whole(count: int) -> None:
    tickets = List(at_once(count) | {count + 1: START + timedelta(hours=2)})
    assert tickets.read() == set(range(1, count + 2))
    assert len(tickets.pages) <= count // 90 + 3


def test_no_row_is_lost_when_tickets_leave_the_second_of_a_bulk_edit() -> None:
    leaving = iter([5, 6, 7, 120])

    def between(tickets: List) -> None:
        if (number := next(leaving, None)) is not None:
            tickets.stamps[number] = START + timedelta(days=1)

    assert List(at_once(450), between).read() == set(range(1, 451))


def test_second_that_keeps_moving_is_an_error_that_says_so() -> None:
    def between(tickets: List) -> None:
        still = [n for n, at in tickets.stamps.items() if at == START + timedelta(hours=1)]
        for number in still[:150]:
            del tickets.stamps[number]

    with pytest.raises(TryAgainError, match="keep moving while they are read"):
        List(at_once(30_000), between).read()


def test_more_tickets_in_one_second_than_the_tool_gives_are_an_error_and_no_loop() -> None:
    tickets = List(at_once(30_200))
    with pytest.raises(TryAgainError, match="more than 30000 tickets were last changed in one"):
        tickets.read()
    assert len(tickets.pages) < 400


def test_threat_H4_list_that_gives_the_same_page_for_ever_comes_to_an_error() -> None:
    page = [{"id": n, "updated_at": stamps.show(START)} for n in range(1, 101)]
    asked = []

    def ask(since: datetime, number: int, size: int) -> Rows:
        asked.append(number)
        return Rows(page, True, NOW)

    with pytest.raises(TryAgainError):
        list(ascending("helpdesk", ask, START, lambda: NOW))
    assert len(asked) < 400


def test_threat_H5_row_of_the_future_is_kept_apart_and_moves_nothing() -> None:
    rows: list[dict[str, Any]] = [
        {"id": 1, "updated_at": "2026-01-02T00:00:00Z"},
        {"id": 2, "updated_at": "2999-01-01T00:00:00Z"},
        {"id": "x", "updated_at": "2026-01-02T00:00:00Z"},
        {"id": 3, "updated_at": None},
    ]
    (found,) = ascending("helpdesk", lambda *_: Rows(rows, False, NOW), START, lambda: NOW)
    assert [row["id"] for row in found.rows] == [1]
    assert len(found.odd) == 3
