"""A calendar as an object: equal, pickled, printed, shared by threads."""

import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any, cast

import pytest

from bridge.calendars.worktime import (
    CalendarError,
    WorkCalendar,
)
from tests.calendars.helpers import (
    HOUR,
    belgian_hosting,
    daily,
    office,
    on,
    utc,
)

# The object -------------------------------------------------------------------------------------


def test_calendars_made_of_the_same_are_equal_and_stand_for_each_other_in_a_cache() -> None:
    assert office() == office()
    assert len({office(), office(), belgian_hosting()}) == 2
    assert office() != office(extra_closed=(date(2026, 5, 12),))
    assert WorkCalendar.round_the_clock("UTC") != WorkCalendar.round_the_clock("Europe/Zurich")
    assert office() != "office"


def test_the_round_the_clock_calendar_is_laid_out_once() -> None:
    assert WorkCalendar.round_the_clock() is WorkCalendar.round_the_clock("UTC")


def test_what_a_calendar_was_made_of_may_change_afterwards_without_changing_it() -> None:
    hours = [("08:30", "12:00")]
    week = {0: hours}
    calendar = WorkCalendar("Europe/Zurich", week)
    hours.append(("13:00", "17:00"))
    week[1] = [("08:30", "12:00")]
    assert pickle.loads(pickle.dumps(calendar)) == calendar  # noqa: S301
    assert calendar.between(on("2026-05-11 00:00"), on("2026-05-18 00:00")) == int(3.5 * HOUR)


def test_a_pickled_calendar_answers_the_same() -> None:
    calendar = office(
        extra_closed=(date(2026, 5, 12),), extra_open={date(2026, 5, 16): (("09:00", "10:00"),)}
    )
    copy = pickle.loads(pickle.dumps(calendar))  # noqa: S301
    assert copy == calendar
    assert copy.add(on("2026-05-11 16:00"), 9 * HOUR) == calendar.add(
        on("2026-05-11 16:00"), 9 * HOUR
    )


def test_the_repr_names_zone_and_holidays() -> None:
    assert repr(office()) == "<WorkCalendar Europe/Zurich, CH-VD>"
    assert repr(WorkCalendar.round_the_clock()) == "<WorkCalendar UTC, no holidays>"
    assert office().timezone == "Europe/Zurich"


def test_years_may_be_asked_in_any_order() -> None:
    calendar = office()
    late = calendar.between(on("2031-01-01 00:00"), on("2032-01-01 00:00"))
    early = calendar.between(on("2019-01-01 00:00"), on("2020-01-01 00:00"))
    whole = calendar.between(on("2015-06-01 00:00"), on("2035-06-01 00:00"))
    fresh = office()
    assert fresh.between(on("2015-06-01 00:00"), on("2035-06-01 00:00")) == whole
    assert fresh.between(on("2019-01-01 00:00"), on("2020-01-01 00:00")) == early
    assert fresh.between(on("2031-01-01 00:00"), on("2032-01-01 00:00")) == late


def test_open_over_the_new_year_counts_through() -> None:
    for zone in ("Europe/Zurich", "America/New_York", "Pacific/Auckland"):
        calendar = WorkCalendar.round_the_clock(zone)
        assert calendar.add(utc("2025-12-30 00:00"), 5 * 24 * HOUR) == utc("2026-01-04 00:00")
        assert calendar.between(utc("2020-01-01 00:00"), utc("2030-01-01 00:00")) == 3653 * 86400
        assert calendar.is_open(utc("2025-12-31 23:00"))


def test_threads_that_lay_out_years_at_once_agree() -> None:
    usual = sys.getswitchinterval()
    spans = [
        (on(f"{first}-06-01 00:00"), on(f"{first + 3}-06-01 00:00")) for first in range(1995, 2035)
    ]
    calendar = office()
    expected = [calendar.between(a, b) for a, b in spans]
    try:
        sys.setswitchinterval(1e-6)
        for _ in range(3):
            shared = office()
            with ThreadPoolExecutor(8) as pool:
                # From the middle outwards: the index grows at both ends at once.
                order = sorted(range(len(spans)), key=lambda i: abs(i - 20))
                found = dict(
                    zip(order, pool.map(lambda i: shared.between(*spans[i]), order), strict=True)  # noqa: B023
                )
            assert [found[i] for i in range(len(spans))] == expected
    finally:
        sys.setswitchinterval(usual)


def test_an_unknown_zone_is_named_with_what_was_expected() -> None:
    for near in ("europe/zurich", "Europe/Zürich", "Europe/Zurch"):
        with pytest.raises(CalendarError, match=r"did you mean Europe/Zurich\?"):
            WorkCalendar(near, daily(("08:00", "17:00")))
    for wrong in ("Europe", "../../etc/passwd", "", "Mars/Olympus"):
        with pytest.raises(CalendarError, match="is not a time zone: expected a name as"):
            WorkCalendar(wrong, daily(("08:00", "17:00")))


def test_dates_that_are_none_are_refused() -> None:
    week = daily(("08:00", "17:00"))
    for arguments in (
        {"extra_closed": ["2026-12-24"]},
        {"extra_closed": [on("2026-12-24 00:00")]},
        {"extra_open": {"2026-12-24": (("08:00", "12:00"),)}},
    ):
        with pytest.raises(CalendarError, match="is not a date, as 2026-12-24"):
            WorkCalendar("Europe/Zurich", week, **cast(Any, arguments))
    with pytest.raises(CalendarError, match="weekday 7: expected 0"):
        WorkCalendar("Europe/Zurich", {7: (("08:00", "17:00"),)})
    with pytest.raises(CalendarError, match=r"extra_open 2026-12-24: '25:00' is not a time"):
        WorkCalendar("Europe/Zurich", week, extra_open={date(2026, 12, 24): (("08:00", "25:00"),)})
    with pytest.raises(CalendarError, match=r"wed: '8h' is not a time"):
        WorkCalendar("Europe/Zurich", {2: (("8h", "17:00"),)})
