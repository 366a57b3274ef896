"""The account's calls a minute, and what is left of them to others."""

from __future__ import annotations

import pytest

from connectors.freshdesk.api import pause_after


def headers(total: str, remaining: str, used: str = "1") -> dict[str, str]:
    return {
        "X-RateLimit-Total": total,
        "X-RateLimit-Remaining": remaining,
        "X-RateLimit-Used-CurrentRequest": used,
    }


@pytest.mark.parametrize("remaining", ["399", "81"])
def test_what_is_above_the_reserve_is_used_freely(remaining: str) -> None:
    assert pause_after(20, headers("400", remaining)) == 0


def test_within_the_reserve_half_of_it_stays() -> None:
    """60 s at this pace use 40 of the 80 calls that are left to others."""
    assert pause_after(20, headers("400", "80")) == 1.5
    assert pause_after(20, headers("400", "0", used="3")) == 4.5


def test_no_pause_is_longer_than_the_minute_after_which_calls_are_given_anew() -> None:
    assert pause_after(20, headers("50", "1", used="999")) == 60


@pytest.mark.parametrize(
    "odd", [{}, headers("", ""), headers("-1", "5"), headers("many", "few"), headers("0", "0")]
)
def test_odd_headers_hold_nobody_up(odd: dict[str, str]) -> None:
    assert pause_after(20, odd) == 0


def test_without_a_reserve_only_the_tool_s_own_refusal_counts() -> None:
    assert pause_after(0, headers("400", "0")) == 0
