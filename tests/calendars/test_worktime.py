"""The clock conventions C1 to C20 as far as they are the calendar's, and the worked examples."""

import json
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from bridge.calendars.worktime import (
    CalendarError,
    Pause,
    PublicHolidays,
    TargetUnreachableError,
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


# C11 to C15: what clocks ask of the calendar ----------------------------------------------------


def test_c11_only_the_open_part_of_a_pause_moves_the_due_time() -> None:
    calendar, start = office(), on("2026-05-11 09:00")
    for pauses, due in [
        ([("2026-05-11 10:00", "2026-05-11 11:00")], "2026-05-11 12:00"),
        ([("2026-05-11 10:30", "2026-05-11 14:15")], "2026-05-11 14:45"),
        ([("2026-05-10 10:00", "2026-05-11 08:45")], "2026-05-11 11:00"),
        ([("2026-05-10 10:00", "2026-05-11 09:30")], "2026-05-11 11:30"),
        ([("2026-05-11 10:00", "2026-05-12 10:00")], "2026-05-12 11:00"),
        ([("2026-05-11 10:00", "2026-05-11 10:00")], "2026-05-11 11:00"),
        ([("2026-05-11 10:30", "2026-05-11 10:00")], "2026-05-11 11:00"),
    ]:
        stretches: list[Pause] = [(on(a), on(b)) for a, b in pauses]
        assert calendar.add(start, 2 * HOUR, stretches) == on(due)
        assert calendar.between(start, on(due), stretches) == 2 * HOUR


def test_c11_pauses_may_overlap_and_come_in_any_order() -> None:
    calendar, start = office(), on("2026-05-11 09:00")
    pauses: list[Pause] = [
        (on("2026-05-11 10:30"), on("2026-05-11 11:00")),
        (on("2026-05-11 09:30"), on("2026-05-11 10:00")),
        (on("2026-05-11 09:45"), on("2026-05-11 10:15")),
        (on("2026-05-11 10:40"), on("2026-05-11 10:50")),
        (on("2026-05-11 10:15"), on("2026-05-11 10:20")),
    ]
    # Paused 09:30-10:20 and 10:30-11:00.
    for order in (pauses, pauses[::-1]):
        assert calendar.add(start, HOUR, order) == on("2026-05-11 11:20")
        assert calendar.between(start, on("2026-05-11 11:20"), iter(order)) == HOUR


def test_c11_a_pause_without_end_leaves_no_due_time() -> None:
    calendar, start = office(), on("2026-05-11 09:00")
    assert calendar.add(start, 2 * HOUR, [(on("2026-05-11 10:00"), None)]) is None
    overlapping: list[Pause] = [
        (on("2026-05-11 10:00"), None),
        (on("2026-05-11 09:30"), on("2026-05-11 10:30")),
        (on("2026-05-11 10:15"), on("2026-05-11 10:45")),
    ]
    assert calendar.add(start, 2 * HOUR, overlapping) is None
    assert calendar.between(start, on("2026-05-13 17:00"), overlapping) == HOUR // 2


def test_c11_a_pause_without_end_after_the_target_is_used_up_changes_nothing() -> None:
    calendar, start = office(), on("2026-05-11 09:00")
    assert calendar.add(start, 2 * HOUR, [(on("2026-05-11 11:00:01"), None)]) == on(
        "2026-05-11 11:00"
    )


def test_c11_a_pause_that_starts_at_the_due_instant_does_not_move_it() -> None:
    calendar, start = office(), on("2026-05-11 09:00")
    for end in (None, on("2026-05-12 10:00")):
        assert calendar.add(start, 2 * HOUR, [(on("2026-05-11 11:00"), end)]) == on(
            "2026-05-11 11:00"
        )
        # Due at closing; the pause begins later, but before another second is counted.
        assert calendar.add(start, 3 * HOUR + 900, [(on("2026-05-11 12:45"), end)]) == on(
            "2026-05-11 12:15"
        )
        assert calendar.add(start, 0, [(start, end)]) == start


def test_c12_answered_before_the_next_opening_is_not_late() -> None:
    calendar = office()
    start = on("2026-05-08 15:00")
    due = calendar.add(start, 2 * HOUR)
    assert due == on("2026-05-08 17:00")
    assert calendar.between(start, on("2026-05-11 08:30")) == 2 * HOUR
    assert calendar.between(start, on("2026-05-11 08:30:01")) == 2 * HOUR + 1


def test_c13_a_later_calendar_changes_the_due_time_and_the_stored_basis_tells_why() -> None:
    start = on("2026-05-12 15:00")
    before, after = office(), office(extra_closed=(date(2026, 5, 13),))
    due_before, due_after = before.add(start, 4 * HOUR), after.add(start, 4 * HOUR)
    assert due_before == on("2026-05-13 10:30")
    assert due_after == on("2026-05-15 10:30")
    was, now = before.basis(start, due_after), after.basis(start, due_after)
    assert [key for key in was if was[key] != now[key]] == ["dates"]
    assert {"date": "2026-05-13", "is": "closed", "name": None, "hours": []} in cast(
        list[object], now["dates"]
    )


def test_c14_a_new_target_and_calendar_count_from_the_original_start_without_the_pauses() -> None:
    start = on("2026-05-11 09:00")
    pauses: list[Pause] = [(on("2026-05-11 10:00"), on("2026-05-11 11:00"))]
    assert office().add(start, 4 * HOUR, pauses) == on("2026-05-11 15:00")
    assert office().add(start, HOUR, pauses) == on("2026-05-11 10:00")
    around = WorkCalendar.round_the_clock("Europe/Zurich")
    assert around.add(start, 4 * HOUR, pauses) == on("2026-05-11 14:00")


def test_c15_a_new_cycle_counts_from_the_reopening() -> None:
    calendar = office()
    opened, solved, reopened = (
        on("2026-05-11 09:00"),
        on("2026-05-11 11:00"),
        on("2026-05-12 09:00"),
    )
    assert calendar.add(reopened, 2 * HOUR) == on("2026-05-12 11:00")
    assert calendar.between(opened, on("2026-05-12 10:00"), [(solved, reopened)]) == 3 * HOUR


# C16 to C19: targets in dates and days ----------------------------------------------------------


@pytest.mark.parametrize("hour", ["00:00", "07:00", "08:30", "12:30", "16:59:59", "17:00", "23:59"])
def test_c16_the_day_of_receipt_does_not_count_whatever_the_hour(hour: str) -> None:
    assert office().due_in_business_dates(on(f"2026-05-11 {hour}"), 1) == on("2026-05-12 17:00")
    assert office().due_in_business_dates(on(f"2026-05-11 {hour}"), 3) == on("2026-05-15 17:00")


def test_c16_received_on_a_closed_day_the_first_business_date_after_is_number_one() -> None:
    calendar = office()
    assert calendar.due_in_business_dates(on("2026-05-16 10:00"), 1) == on("2026-05-18 17:00")
    assert calendar.due_in_business_dates(on("2026-05-14 10:00"), 1) == on("2026-05-15 17:00")
    assert calendar.due_in_business_dates(on("2026-05-14 10:00"), 2) == on("2026-05-18 17:00")


def test_c16_the_date_of_receipt_is_the_local_one() -> None:
    # 22:30 UTC on Monday is Tuesday in Zurich.
    assert office().due_in_business_dates(utc("2026-05-11 22:30"), 1) == on("2026-05-13 17:00")


def test_c16_less_than_one_day_is_refused() -> None:
    with pytest.raises(CalendarError, match="within 0 business days: expected 1 or more"):
        office().due_in_business_dates(on("2026-05-11 10:00"), 0)


def test_c16_business_dates_skip_weekends_holidays_and_closed_days_over_the_new_year() -> None:
    calendar = office(extra_closed=(date(2026, 12, 24),))
    assert calendar.business_dates_after(date(2026, 12, 23), 5) == (
        date(2026, 12, 28),
        date(2026, 12, 29),
        date(2026, 12, 30),
        date(2026, 12, 31),
        date(2027, 1, 4),
    )
    assert calendar.business_dates_after(date(2026, 12, 23), 0) == ()
    with pytest.raises(CalendarError, match="-1 business dates"):
        calendar.business_dates_after(date(2026, 12, 23), -1)


def test_c17_within_the_day_is_due_at_the_closing_of_the_date_of_receipt() -> None:
    calendar = office()
    for received, due in [
        ("2026-05-11 16:55", "2026-05-11 17:00"),
        ("2026-05-11 16:59:59", "2026-05-11 17:00"),
        ("2026-05-11 17:00", "2026-05-12 17:00"),
        ("2026-05-11 21:00", "2026-05-12 17:00"),
        ("2026-05-11 03:00", "2026-05-11 17:00"),
        ("2026-05-13 18:00", "2026-05-15 17:00"),
        ("2026-05-14 10:00", "2026-05-15 17:00"),
        ("2026-05-16 10:00", "2026-05-18 17:00"),
    ]:
        assert calendar.due_same_day(on(received)) == on(due), received


def test_c17_exactly_at_the_cutoff_counts_as_received_on_the_next_business_date() -> None:
    calendar = office()
    for received, due in [
        ("2026-05-11 15:59:59", "2026-05-11 17:00"),
        ("2026-05-11 16:00", "2026-05-12 17:00"),
        ("2026-05-13 16:30", "2026-05-15 17:00"),
        ("2026-05-16 18:00", "2026-05-18 17:00"),
    ]:
        assert calendar.due_same_day(on(received), "16:00") == on(due), received


def test_c17_the_cutoff_holds_for_targets_in_business_dates_too() -> None:
    calendar = office()
    for received, due in [
        ("2026-05-11 15:59:59", "2026-05-12 17:00"),
        ("2026-05-11 16:00", "2026-05-13 17:00"),
        ("2026-05-15 16:00", "2026-05-19 17:00"),
        # A closed date has no working day to be late in.
        ("2026-05-16 18:00", "2026-05-18 17:00"),
    ]:
        assert calendar.due_in_business_dates(on(received), 1, "16:00") == on(due), received


def test_c17_a_malformed_cutoff_is_refused() -> None:
    with pytest.raises(CalendarError, match="'4pm' is not a time: expected HH:MM"):
        office().due_same_day(on("2026-05-11 10:00"), "4pm")


def test_c18_the_closing_time_of_the_due_date_itself_counts() -> None:
    week = weekdays(("08:30", "17:00")) | {4: (("08:30", "15:00"),)}
    calendar = WorkCalendar(
        "Europe/Zurich", week, extra_open={date(2026, 12, 24): (("08:30", "12:00"),)}
    )
    assert calendar.due_same_day(on("2026-05-08 14:00")) == on("2026-05-08 15:00")
    assert calendar.due_same_day(on("2026-05-08 15:00")) == on("2026-05-11 17:00")
    assert calendar.due_in_business_dates(on("2026-05-07 10:00"), 1) == on("2026-05-08 15:00")
    assert calendar.due_in_business_dates(on("2026-12-23 10:00"), 1) == on("2026-12-24 12:00")
    assert calendar.due_same_day(on("2026-12-24 11:59:59")) == on("2026-12-24 12:00")


def test_c18_the_last_closing_of_a_date_counts_not_the_lunch_break() -> None:
    calendar = office()
    assert calendar.closing(date(2026, 5, 11)) == on("2026-05-11 17:00")
    assert calendar.closing(date(2026, 5, 14)) is None
    assert calendar.closing(date(2026, 5, 16)) is None


def test_c19_days_as_a_quantity_are_counted_in_business_seconds() -> None:
    day_seconds = 8 * HOUR
    calendar = WorkCalendar("Europe/Zurich", weekdays(("08:00", "12:00"), ("13:00", "17:00")))
    assert calendar.add(on("2026-05-11 10:00"), 3 * day_seconds) == on("2026-05-14 10:00")
    # R2.13: an estimate of 1.5 d gives 4 d, that is 32 business hours.
    assert calendar.add(on("2026-05-11 08:00"), (2 * 12 + 8) * HOUR) == on("2026-05-14 17:00")


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
