"""The clock conventions C1 to C20 as far as they are the calendar's, and the worked examples."""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from bridge.calendars.worktime import (
    CalendarError,
    PublicHolidays,
    WorkCalendar,
)
from tests.calendars.helpers import (
    BRUSSELS,
    HOUR,
    belgian_hosting,
    daily,
    office,
    on,
    utc,
    weekdays,
)

# C1 to C6: counting -----------------------------------------------------------------------------


def test_c1_the_opening_second_is_open_and_the_closing_second_is_closed() -> None:
    calendar = office()
    assert not calendar.is_open(on("2026-05-11 08:29:59"))
    assert calendar.is_open(on("2026-05-11 08:30:00"))
    assert calendar.is_open(on("2026-05-11 12:14:59"))
    assert not calendar.is_open(on("2026-05-11 12:15:00"))
    assert not calendar.is_open(on("2026-05-11 13:14:59"))
    assert calendar.is_open(on("2026-05-11 13:15:00"))
    assert not calendar.is_open(on("2026-05-11 17:00:00"))


def test_c1_the_lunch_break_and_the_night_are_not_counted() -> None:
    calendar = office()
    assert calendar.between(on("2026-05-11 12:00"), on("2026-05-11 13:30")) == 30 * 60
    assert calendar.between(on("2026-05-11 16:00"), on("2026-05-12 09:00")) == 90 * 60
    assert calendar.between(on("2026-05-09 00:00"), on("2026-05-11 00:00")) == 0


def test_c2_a_target_that_ends_at_closing_is_due_at_closing_not_at_the_next_opening() -> None:
    calendar = office()
    assert calendar.add(on("2026-05-11 09:15"), 3 * HOUR) == on("2026-05-11 12:15")
    assert calendar.add(on("2026-05-11 09:15"), 3 * HOUR + 1) == on("2026-05-11 13:15:01")
    assert calendar.add(on("2026-05-15 16:00"), HOUR) == on("2026-05-15 17:00")
    assert calendar.add(on("2026-05-15 16:00"), HOUR + 1) == on("2026-05-18 08:30:01")


def test_c2_time_before_the_opening_does_not_count() -> None:
    assert office().add(on("2026-05-11 03:00"), HOUR) == on("2026-05-11 09:30")


def test_c3_nothing_to_count_is_due_at_once_when_open_else_at_the_next_opening() -> None:
    calendar = office()
    for start, expected in [
        ("2026-05-11 09:00", "2026-05-11 09:00"),
        ("2026-05-11 12:15", "2026-05-11 13:15"),
        ("2026-05-11 07:00", "2026-05-11 08:30"),
        ("2026-05-15 17:00", "2026-05-18 08:30"),
        ("2026-05-13 17:00", "2026-05-15 08:30"),
    ]:
        assert calendar.add(on(start), 0) == on(expected)
        assert calendar.next_open(on(start)) == on(expected)


def test_c4_between_is_zero_when_the_end_is_not_after_the_start() -> None:
    calendar = office()
    assert calendar.between(on("2026-05-11 10:00"), on("2026-05-11 10:00")) == 0
    assert calendar.between(on("2026-05-11 11:00"), on("2026-05-11 10:00")) == 0


def test_c4_a_negative_amount_is_refused() -> None:
    with pytest.raises(CalendarError, match="-1 seconds: expected 0 or more"):
        office().add(on("2026-05-11 10:00"), -1)


def test_c4_an_amount_that_is_not_a_whole_number_is_refused() -> None:
    with pytest.raises(CalendarError, match=r"1\.5 seconds: expected a whole number"):
        office().add(on("2026-05-11 10:00"), cast(int, 1.5))


def test_c5_seconds_are_kept_over_closings() -> None:
    calendar = office()
    assert calendar.add(on("2026-05-11 16:59:43"), 60) == on("2026-05-12 08:30:43")
    assert calendar.between(on("2026-05-11 16:59:43"), on("2026-05-12 08:30:43")) == 60
    assert calendar.between(on("2026-05-11 12:14:59"), on("2026-05-11 13:15:01")) == 2


def test_c5_an_instant_is_taken_at_the_second_in_which_it_lies() -> None:
    calendar = office()
    late = on("2026-05-11 09:00:00.999999")
    assert calendar.add(late, HOUR) == on("2026-05-11 10:00:00")
    assert calendar.next_open(late) == on("2026-05-11 09:00:00")
    assert calendar.between(late, on("2026-05-11 09:00:01")) == 1
    assert calendar.is_open(on("2026-05-11 12:14:59.999999"))
    assert not calendar.is_open(on("2026-05-11 08:29:59.999999"))


def test_c6_naive_timestamps_are_refused_everywhere() -> None:
    class Undecided(tzinfo):
        def utcoffset(self, _: datetime | None) -> None:
            return None

        dst = tzname = utcoffset

    calendar, aware = office(), on("2026-05-11 10:00")
    for naive in (datetime(2026, 5, 11, 10), datetime(2026, 5, 11, 10, tzinfo=Undecided())):
        for ask in (
            lambda at: calendar.add(at, 1),
            lambda at: calendar.between(at, aware),
            lambda at: calendar.between(aware, at),
            lambda at: calendar.add(aware, 1, [(at, None)]),
            lambda at: calendar.add(aware, 1, [(aware, at)]),
            lambda at: calendar.between(aware, aware + timedelta(1), [(aware, at)]),
            calendar.is_open,
            calendar.next_open,
            calendar.due_same_day,
            lambda at: calendar.due_in_business_dates(at, 1),
            lambda at: calendar.basis(at, aware),
        ):
            with pytest.raises(CalendarError, match="expected a datetime with a time zone"):
                cast(Any, ask)(naive)


def test_c6_every_zone_and_offset_names_the_same_instant() -> None:
    calendar = office()
    start = on("2026-05-11 09:15")
    for zone in (UTC, ZoneInfo("Asia/Kolkata"), timezone(timedelta(hours=-9, minutes=-30))):
        elsewhere = start.astimezone(zone)
        due = calendar.add(elsewhere, 3 * HOUR)
        assert due == on("2026-05-11 12:15")
        assert due.tzinfo is UTC
        assert calendar.between(elsewhere, due.astimezone(zone)) == 3 * HOUR
        assert calendar.next_open(elsewhere).tzinfo is UTC
        assert calendar.due_same_day(elsewhere).tzinfo is UTC


def test_c6_both_of_two_equal_wall_times_in_autumn_are_understood() -> None:
    first = on("2026-10-25 02:30")
    second = first.replace(fold=1)
    assert WorkCalendar.round_the_clock("Europe/Zurich").between(first, second) == HOUR


# C7 to C10: what a date's hours are -------------------------------------------------------------


def test_c7_an_interval_over_midnight_is_two_intervals_on_two_weekdays() -> None:
    over = WorkCalendar("Europe/Zurich", {0: (("22:00", "06:00"),)})
    split = WorkCalendar("Europe/Zurich", {0: (("22:00", "24:00"),), 1: (("00:00", "06:00"),)})
    assert over == split
    assert over.between(on("2026-05-11 00:00"), on("2026-05-18 00:00")) == 8 * HOUR
    assert over.is_open(on("2026-05-12 05:59:59"))
    assert not over.is_open(on("2026-05-11 05:00"))
    assert over.add(on("2026-05-11 12:00"), 8 * HOUR) == on("2026-05-12 06:00")


def test_c7_sunday_night_runs_into_monday_of_the_next_week() -> None:
    calendar = WorkCalendar("Europe/Zurich", {6: (("22:00", "06:00"),)})
    assert calendar.between(on("2026-05-17 12:00"), on("2026-05-18 12:00")) == 8 * HOUR


def test_c7_equal_ends_are_a_whole_day_and_midnight_closes_at_twenty_four() -> None:
    around = WorkCalendar("Europe/Zurich", daily(("08:00", "08:00")))
    assert around == WorkCalendar.round_the_clock("Europe/Zurich")
    until_midnight = WorkCalendar("Europe/Zurich", {0: (("18:00", "00:00"),)})
    assert until_midnight == WorkCalendar("Europe/Zurich", {0: (("18:00", "24:00"),)})
    assert until_midnight.closing(date(2026, 5, 11)) == on("2026-05-12 00:00")


def test_c7_hours_that_overlap_count_once() -> None:
    calendar = WorkCalendar("Europe/Zurich", {0: (("08:00", "12:00"), ("10:00", "14:00"))})
    assert calendar.between(on("2026-05-11 00:00"), on("2026-05-12 00:00")) == 6 * HOUR


def test_c8_a_holiday_closes_its_own_date_and_nothing_else() -> None:
    nights = WorkCalendar("Europe/Zurich", daily(("22:00", "06:00")), PublicHolidays("CH", "VD"))
    # Ascension is Thursday 14 May 2026.
    assert nights.is_open(on("2026-05-13 23:59:59"))
    assert not nights.is_open(on("2026-05-14 00:00"))
    assert not nights.is_open(on("2026-05-14 23:59:59"))
    assert nights.is_open(on("2026-05-15 00:00"))
    assert nights.between(on("2026-05-13 12:00"), on("2026-05-15 12:00")) == 8 * HOUR


def test_c8_an_extra_closed_day_closes_like_a_holiday() -> None:
    nights = WorkCalendar(
        "Europe/Zurich", daily(("22:00", "06:00")), extra_closed=[date(2026, 6, 10)]
    )
    assert nights.is_open(on("2026-06-09 23:00"))
    assert not nights.is_open(on("2026-06-10 05:00"))
    assert not nights.is_open(on("2026-06-10 23:00"))
    assert nights.is_open(on("2026-06-11 05:00"))


def test_c9_extra_open_replaces_everything_else_on_its_date() -> None:
    ascension, tuesday, saturday = date(2026, 5, 14), date(2026, 5, 12), date(2026, 5, 16)
    calendar = office(
        extra_open={
            ascension: (("10:00", "12:00"),),
            tuesday: (("06:00", "07:00"),),
            saturday: (("09:00", "10:00"),),
        }
    )
    assert calendar.between(on("2026-05-14 00:00"), on("2026-05-15 00:00")) == 2 * HOUR
    assert calendar.between(on("2026-05-12 00:00"), on("2026-05-13 00:00")) == HOUR
    assert not calendar.is_open(on("2026-05-12 09:00"))
    assert calendar.between(on("2026-05-16 00:00"), on("2026-05-17 00:00")) == HOUR
    assert calendar.between(on("2026-05-13 00:00"), on("2026-05-14 00:00")) == int(7.5 * HOUR)


def test_c9_extra_open_also_replaces_what_a_shift_brings_over_midnight() -> None:
    nights = WorkCalendar(
        "Europe/Zurich",
        daily(("22:00", "06:00")),
        extra_open={date(2026, 6, 10): (("12:00", "13:00"),)},
    )
    assert nights.is_open(on("2026-06-09 23:00"))
    assert not nights.is_open(on("2026-06-10 01:00"))
    assert not nights.is_open(on("2026-06-10 23:00"))
    assert nights.is_open(on("2026-06-11 01:00"))


def test_c9_extra_open_without_hours_closes_its_date() -> None:
    calendar = office(extra_open={date(2026, 5, 12): ()})
    assert calendar.closing(date(2026, 5, 12)) is None


def test_c9_extra_open_over_midnight_adds_to_the_weekly_hours_of_the_next_date() -> None:
    friday = date(2026, 5, 8)
    calendar = office(extra_open={friday: (("22:00", "02:00"),)})
    assert calendar.between(on("2026-05-08 00:00"), on("2026-05-11 00:00")) == 4 * HOUR
    wednesday = office(extra_open={date(2026, 5, 13): (("22:00", "02:00"),)})
    # The next date is a holiday, which closes from 00:00 (C8).
    assert wednesday.between(on("2026-05-13 00:00"), on("2026-05-15 00:00")) == 2 * HOUR
    monday = office(extra_open={date(2026, 5, 11): (("22:00", "09:00"),)})
    assert monday.between(on("2026-05-12 00:00"), on("2026-05-12 10:00")) == 10 * HOUR


def test_c9_the_same_date_open_and_closed_is_a_configuration_error() -> None:
    with pytest.raises(CalendarError, match="2026-12-24: both in extra_open and extra_closed"):
        office(
            extra_closed=(date(2026, 12, 24),),
            extra_open={date(2026, 12, 24): (("08:30", "12:00"),)},
        )


def test_c10_a_night_shift_has_seven_hours_in_spring_and_nine_in_autumn() -> None:
    nights = WorkCalendar("Europe/Zurich", daily(("22:00", "06:00")))
    assert nights.between(on("2026-03-28 12:00"), on("2026-03-29 12:00")) == 7 * HOUR
    assert nights.between(on("2026-10-24 12:00"), on("2026-10-25 12:00")) == 9 * HOUR
    assert nights.between(on("2026-05-09 12:00"), on("2026-05-10 12:00")) == 8 * HOUR
    assert nights.add(on("2026-03-28 22:00"), 8 * HOUR) == on("2026-03-29 22:00") + timedelta(
        hours=1
    )


def test_c10_twenty_four_hours_round_the_clock_are_real_hours() -> None:
    calendar = WorkCalendar.round_the_clock("Europe/Zurich")
    assert calendar.add(on("2026-03-28 12:00"), 24 * HOUR) == on("2026-03-29 13:00")
    assert calendar.add(on("2026-10-24 12:00"), 24 * HOUR) == on("2026-10-25 11:00")


def test_c10_an_hour_that_happens_twice_is_open_twice_or_closed_twice() -> None:
    twice_open = WorkCalendar("Europe/Zurich", {6: (("02:00", "03:00"),)})
    day = (utc("2026-10-24 22:00"), utc("2026-10-25 23:00"))
    assert twice_open.between(*day) == 2 * HOUR
    assert twice_open.closing(date(2026, 10, 25)) == utc("2026-10-25 02:00")
    half = WorkCalendar("Europe/Zurich", {6: (("01:30", "02:30"),)})
    assert half.between(*day) == 90 * 60
    assert half.is_open(utc("2026-10-25 00:15"))
    assert not half.is_open(utc("2026-10-25 00:45"))
    assert half.is_open(utc("2026-10-25 01:15"))
    assert half.add(utc("2026-10-24 22:00"), HOUR) == utc("2026-10-25 00:30")
    assert half.add(utc("2026-10-24 22:00"), HOUR + 1) == utc("2026-10-25 01:00:01")
    around = WorkCalendar("Europe/Zurich", {6: (("00:00", "02:00"), ("03:00", "24:00"))})
    assert around.between(*day) == 23 * HOUR


def test_c10_an_hour_that_does_not_exist_counts_nothing() -> None:
    gap = WorkCalendar("Europe/Zurich", {6: (("02:00", "03:00"),)})
    assert gap.between(utc("2026-03-28 23:00"), utc("2026-03-29 22:00")) == 0
    assert gap.closing(date(2026, 3, 29)) is None
    assert gap.next_open(on("2026-03-29 00:00")) == on("2026-04-05 02:00")


def test_c10_a_change_of_half_an_hour_is_half_an_hour() -> None:
    nights = WorkCalendar("Australia/Lord_Howe", daily(("22:00", "06:00")))
    zone = ZoneInfo("Australia/Lord_Howe")
    autumn = (on("2026-04-04 12:00", zone), on("2026-04-05 12:00", zone))
    spring = (on("2026-10-03 12:00", zone), on("2026-10-04 12:00", zone))
    assert nights.between(*autumn) == 8 * HOUR + 1800
    assert nights.between(*spring) == 8 * HOUR - 1800


def test_c10_a_date_that_was_skipped_is_no_business_date() -> None:
    # Samoa went over the date line: Thursday 29 December 2011 was followed by Saturday 31.
    calendar = WorkCalendar("Pacific/Apia", daily(("09:00", "17:00")))
    zone = ZoneInfo("Pacific/Apia")
    assert calendar.closing(date(2011, 12, 30)) is None
    assert calendar.business_dates_after(date(2011, 12, 29), 1) == (date(2011, 12, 31),)
    assert calendar.add(on("2011-12-29 16:00", zone), 2 * HOUR) == on("2011-12-31 10:00", zone)


# The agreements' own examples -------------------------------------------------------------------


def test_r0_8_two_business_days_before_ascension_end_on_monday_at_closing() -> None:
    for hour in ("08:30", "11:00", "19:00"):
        received = on(f"2026-05-13 {hour}")
        assert office().due_in_business_dates(received, 2) == on("2026-05-18 17:00")


def test_r2_10_hours_and_days_are_business_time_from_receipt() -> None:
    calendar = WorkCalendar("Europe/Zurich", weekdays(("08:00", "12:00"), ("13:00", "17:00")))
    received = on("2026-05-08 16:00")
    assert calendar.add(received, 2 * HOUR) == on("2026-05-11 09:00")
    assert calendar.add(received, 5 * 8 * HOUR) == on("2026-05-15 16:00")


def test_r3_1_good_friday_and_bank_days_are_working_days_in_belgium() -> None:
    calendar = belgian_hosting()
    for open_day in (date(2026, 4, 3), date(2026, 5, 15)):
        assert calendar.closing(open_day) == on(f"{open_day} 17:30", BRUSSELS)
    assert calendar.closing(date(2026, 4, 6)) is None


def test_r3_3_forty_eight_business_hours_skip_the_national_day() -> None:
    received = on("2026-07-15 14:00", BRUSSELS)
    assert belgian_hosting().add(received, 48 * HOUR) == on("2026-07-23 17:00", BRUSSELS)


def test_w13_forty_eight_hours_from_monday_nine_end_next_monday_at_noon() -> None:
    received = on("2026-06-08 09:00", BRUSSELS)
    assert belgian_hosting().add(received, 48 * HOUR) == on("2026-06-15 12:00", BRUSSELS)
