"""Hours as Redmine prints them, and seconds (docs/redmine.md, 4 and 6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.toolkit.hours import entry_seconds, to_seconds, to_text


@pytest.mark.parametrize(
    ("hours", "seconds"),
    [
        (0, 0),
        (2, 7200),
        (1.5, 5400),
        (1.3333333333333333, 4800),
        ("1.25", 4500),
        ("1,5", 5400),
        ("1:30", 5400),
        ("1h30", 5400),
        ("1 h 30 min", 5400),
        ("2h", 7200),
        ("90m", 5400),
        ("90 min", 5400),
        ("3/2", 5400),
        ("(3/2)", 5400),
        (" 0.5 ", 1800),
        (1e-05, 0),
    ],
)
def test_hours_in_every_dress_are_the_same_seconds(hours: object, seconds: int) -> None:
    assert to_seconds(hours) == seconds


@pytest.mark.parametrize(
    "hours",
    [
        None, True, "", "beaucoup", "-1", -1, -0.5, "1.2.3", "1:99", "1/0", "١٢", "1e3", "nan",
        float("inf"), float("nan"), "9" * 400, [], {"h": 1}, 10**12,
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused(hours: object) -> None:
    with pytest.raises(ValueError, match="hours"):
        to_seconds(hours)


@given(st.integers(min_value=0, max_value=10_000 * 3600))
def test_every_second_comes_back_from_the_text_that_is_written(seconds: int) -> None:
    assert to_seconds(to_text(seconds)) == seconds


@given(st.integers(min_value=0, max_value=24 * 60))
def test_every_minute_comes_back_from_two_decimals(minutes: int) -> None:
    assert abs(entry_seconds(f"{minutes / 60:.2f}") - minutes * 60) < 60
    assert entry_seconds(round(minutes / 60 + 1e-9, 2)) == minutes * 60


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0.00"), (5400, "1.50"), (4500, "1.25"), (1200, "0.3333")]
)
def test_hours_are_written_one_way_only(seconds: int, text: str) -> None:
    assert to_text(seconds) == text
