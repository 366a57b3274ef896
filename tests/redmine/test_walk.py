"""The walk over a list that changes under it: rows moved at random, whatever the page size."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import TryAgainError
from connectors.redmine import paging
from connectors.redmine.cursor import CODEC, Cursor, EntryMark
from connectors.toolkit import stamps
from tests.amounts import amount

START = datetime(2026, 1, 1, tzinfo=UTC)


class Listing:
    """Issues as Redmine sorts and cuts them (`>=T` is `> T - 1 s` on the stored fraction), whose
    rows move to the end between two pages."""

    def __init__(self, milliseconds: list[int], moves: list[list[int]], size: int) -> None:
        self.at = {n: START + timedelta(milliseconds=ms) for n, ms in enumerate(milliseconds, 1)}
        self.moves = iter(moves)
        self.size = size
        self.now = START + timedelta(days=1)

    def ask(self, params: list[tuple[str, str]], offset: int) -> tuple[list[Any], int, int]:
        since = stamps.parse(dict(params)["since"])
        rows = sorted((at, n) for n, at in self.at.items() if at > since - timedelta(seconds=1))
        page = [{"id": n, "updated_on": stamps.show(at)} for at, n in rows]
        for n in next(self.moves, []):
            if n in self.at:
                self.now += timedelta(milliseconds=300)
                self.at[n] = self.now
        return page[offset : offset + self.size], self.size, len(rows)


def places(listing: Listing) -> set[tuple[int, str]]:
    found = paging.ascending(
        "tma",
        listing.ask,
        lambda since: [("since", stamps.show(since))],
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime.now(UTC),
    )
    return {paging.place_of(row) for stretch in found for row in stretch.rows}


@settings(max_examples=amount(100, long=1000))
@given(
    st.lists(st.integers(0, 20_000), max_size=60),
    st.lists(st.lists(st.integers(1, 60), max_size=4), max_size=40),
    st.integers(2, 12),
)
def test_walk_sees_every_issue_however_rows_move(
    milliseconds: list[int], moves: list[list[int]], size: int
) -> None:
    listing = Listing(milliseconds, moves, size)
    seen = {number for number, _ in places(listing)}
    assert seen == set(listing.at)


def test_page_size_is_the_one_in_the_answer() -> None:
    """A proxy that caps at 25 made python-redmine lose 75 of 250 rows (docs/redmine.md, 11)."""
    assert len(places(Listing(list(range(0, 250_000, 1000)), [], 25))) == 250


def test_short_page_before_the_end_is_followed_by_another() -> None:
    listing = Listing(list(range(0, 250_000, 1000)), [], 100)
    whole = listing.ask

    def capped(params: list[tuple[str, str]], offset: int) -> tuple[list[Any], int, int]:
        rows, limit, total = whole(params, offset)
        return rows[:30], limit, total

    listing.ask = capped  # type: ignore[method-assign]
    assert len(places(listing)) == 250


@pytest.mark.parametrize("total", [101, 10**9])
def test_threat_H4_list_that_never_reaches_its_total_is_an_error(total: int) -> None:
    listing = Listing(list(range(0, 100_000, 1000)), [], 200)
    whole = listing.ask
    listing.ask = lambda params, offset: (*whole(params, offset)[:2], total)  # type: ignore[method-assign]
    with pytest.raises(TryAgainError, match="does not come to its end"):
        places(listing)


def test_threat_H4_same_page_again_and_again_is_an_error() -> None:
    rows = [{"id": n, "updated_on": "2026-01-01T00:00:00Z"} for n in range(1, 101)]
    listing = Listing([], [], 100)
    listing.ask = lambda params, offset: (rows, 100, 10**6)  # type: ignore[method-assign]
    with pytest.raises(TryAgainError, match="does not come to its end"):
        places(listing)


def test_cursor_comes_back_from_its_text() -> None:
    now = datetime.now(UTC)
    cursor = Cursor((1, 2)).past([(1, stamps.show(now)), (2, stamps.show(now))], now, ended=True)
    assert CODEC.read(CODEC.text(cursor)) == cursor
    assert not cursor.knows(1, stamps.show(now))


def test_cursor_of_the_first_release_reads_on() -> None:
    text = (
        '{"aside":[["7","2999-01-01T00:00:00Z"]],"edge":{"2026-11-20T10:00:00Z":[4,17]},'
        '"entries":["2026-11-20T09:59:00Z",[3],12],"first":false,'
        '"fresh":{"2026-11-20T10:00:00Z":1795168800},"proved":1795168800,"scope":[1],'
        '"stamp":"2026-11-20T10:00:00Z","v":1}'
    )
    cursor = CODEC.read(text)
    assert CODEC.text(cursor) == text
    assert cursor.entries == EntryMark("2026-11-20T09:59:00Z", (3,), 12)
    assert cursor.stamp == datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"v":99}', '{"v":1,"scope":3}'])
def test_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        CODEC.read(text)
