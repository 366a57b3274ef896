"""What has no answer, and what is stored of one (C20)."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest

from bridge.calendars.worktime import (
    CalendarError,
    PublicHolidays,
    TargetUnreachableError,
    WorkCalendar,
)
from tests.calendars.helpers import (
    HOUR,
    daily,
    office,
    on,
    utc,
    weekdays,
)

# C20: what has no answer, and what is stored ----------------------------------------------------


def test_c20_a_calendar_that_is_never_open_is_refused() -> None:
    for weekly in ({}, daily(), {0: (), 5: ()}):
        with pytest.raises(CalendarError, match="never open"):
            WorkCalendar("Europe/Zurich", weekly)


def test_c20_a_target_that_ten_years_do_not_reach_is_an_error() -> None:
    calendar = WorkCalendar(
        "Europe/Zurich", {}, extra_open={date(2026, 5, 11): (("08:00", "12:00"),)}
    )
    start = on("2026-05-01 00:00")
    assert calendar.add(start, 4 * HOUR) == on("2026-05-11 12:00")
    for ask in (
        lambda: calendar.add(start, 4 * HOUR + 1),
        lambda: calendar.next_open(on("2026-05-11 12:00")),
        lambda: calendar.add(on("2026-05-11 12:00"), 0),
        lambda: calendar.business_dates_after(date(2026, 5, 11), 1),
        lambda: calendar.due_same_day(on("2026-05-11 12:00")),
        lambda: calendar.due_in_business_dates(start, 2),
    ):
        with pytest.raises(TargetUnreachableError, match="not reached within ten years"):
            cast(Any, ask)()


def test_c20_what_lies_beyond_ten_years_is_unreachable_however_much_was_laid_out_before() -> None:
    fresh, used = (
        WorkCalendar("Europe/Zurich", {}, extra_open={date(2040, 5, 11): (("08:00", "12:00"),)})
        for _ in range(2)
    )
    assert used.between(on("2020-01-01 00:00"), on("2050-01-01 00:00")) == 4 * HOUR
    for calendar in (fresh, used):
        for ask in (
            lambda c: c.add(on("2026-05-11 08:00"), 1),
            lambda c: c.next_open(on("2026-05-11 08:00")),
            lambda c: c.business_dates_after(date(2026, 5, 11), 1),
        ):
            with pytest.raises(TargetUnreachableError):
                cast(Any, ask)(calendar)
        assert calendar.next_open(on("2031-05-11 08:00")) == on("2040-05-11 08:00")
        assert calendar.business_dates_after(date(2031, 5, 11), 1) == (date(2040, 5, 11),)


def test_c20_a_target_just_within_ten_years_is_reached() -> None:
    calendar = WorkCalendar.round_the_clock()
    start = utc("2026-05-11 08:00")
    assert calendar.add(start, 3653 * 24 * HOUR) == start + timedelta(days=3653)
    with pytest.raises(TargetUnreachableError):
        calendar.add(start, 3653 * 24 * HOUR + 1)


def test_c20_a_business_date_just_within_ten_years_is_reached() -> None:
    start = date(2026, 5, 11)
    for days, reached in ((3653, True), (3654, False)):
        last = start + timedelta(days=days)
        calendar = WorkCalendar("Europe/Zurich", {}, extra_open={last: (("08:00", "12:00"),)})
        if reached:
            assert calendar.business_dates_after(start, 1) == (last,)
            continue
        with pytest.raises(TargetUnreachableError, match="1 business dates after 2026-05-11"):
            calendar.business_dates_after(start, 1)


def test_c20_instants_that_no_tool_means_are_refused() -> None:
    calendar = office()
    for wrong in (datetime.min, datetime.max, datetime(1969, 12, 31, 23, 59, 59)):
        with pytest.raises(CalendarError, match="expected an instant from 1970 to 2199"):
            calendar.is_open(wrong.replace(tzinfo=UTC))
    with pytest.raises(CalendarError, match="year 9999"):
        calendar.closing(date(9999, 12, 31))


def test_c20_the_basis_names_the_dates_that_were_used_and_is_ready_for_json() -> None:
    calendar = WorkCalendar(
        "Europe/Zurich",
        weekdays(("08:30", "12:15"), ("13:15", "17:00")),
        PublicHolidays("CH", "VD", language="fr"),
        [date(2026, 5, 15)],
        {date(2026, 5, 16): (("09:00", "10:30:30"),), date(2026, 5, 25): (("22:00", "02:00"),)},
    )
    basis = calendar.basis(on("2026-05-13 10:00"), on("2026-05-26 10:00"))
    version = basis.pop("holiday_data")
    assert str(version).startswith("holidays 0.")
    assert json.loads(json.dumps(basis)) == {
        "timezone": "Europe/Zurich",
        "weekly": {
            day: ["08:30-12:15", "13:15-17:00"] if day not in ("sat", "sun") else []
            for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        },
        "holidays": ["CH-VD"],
        "from": "2026-05-13",
        "to": "2026-05-26",
        "dates": [
            {"date": "2026-05-14", "is": "holiday", "name": "Ascension", "hours": []},
            {"date": "2026-05-15", "is": "closed", "name": None, "hours": []},
            {"date": "2026-05-16", "is": "open", "name": None, "hours": ["09:00-10:30:30"]},
            {
                "date": "2026-05-25",
                "is": "open",
                "name": "Lundi de Pentecôte",
                "hours": ["22:00-24:00"],
            },
            {
                "date": "2026-05-26",
                "is": "open",
                "name": None,
                "hours": ["00:00-02:00", "08:30-12:15", "13:15-17:00"],
            },
        ],
    }


def test_c20_a_calendar_without_holidays_stores_no_release_of_holiday_data() -> None:
    basis = WorkCalendar.round_the_clock().basis(utc("2026-05-13 10:00"), utc("2026-05-13 11:00"))
    assert basis["holiday_data"] is None
    assert basis["dates"] == []
