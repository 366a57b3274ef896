"""Durations as GitLab reads them."""

from __future__ import annotations

import pytest

from connectors.sandbox.gitlab import durations

HOUR = 3600


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90m", 90 * 60),
        ("1h 30m", 90 * 60),
        ("1h30m", 90 * 60),
        ("3h30", 33 * HOUR),
        ("2", 2 * HOUR),
        ("1d", 8 * HOUR),
        ("1w", 40 * HOUR),
        ("1mo", 160 * HOUR),
        ("1mo 2w 3d 4h 5m", (160 + 80 + 24 + 4) * HOUR + 300),
        ("1.5h", 90 * 60),
        ("-1h30m", -90 * 60),
        ("1:30:00", 90 * 60),
        ("2 hours and 5 minutes", 2 * HOUR + 300),
        ("3 30", 30 * HOUR),
        ("day", 8 * HOUR),
    ],
)
def test_a_duration_is_read_in_working_days_and_hours_by_default(text: str, seconds: int) -> None:
    assert durations.read(text) == seconds


@pytest.mark.parametrize("text", ["", "abc", "3,5h", "1h -30m", "0", "0m", "soon 1h"])
def test_what_chronic_duration_does_not_know_is_nothing(text: str) -> None:
    assert durations.read(text) is None


def test_zero_counts_where_it_removes_something() -> None:
    assert durations.read("0", keep_zero=True) == 0
    assert durations.read("", keep_zero=True) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, None),
        (5400, "1h 30m"),
        (8 * HOUR, "1d"),
        (268 * HOUR + 300, "1mo 2w 3d 4h 5m"),
        (-61, "-1m 1s"),
    ],
)
def test_a_duration_is_written_in_the_units_of_work(seconds: int, text: str | None) -> None:
    assert durations.write(seconds) == text
