"""What clocks ask of the calendar, and targets in dates and days (C11 to C19)."""

from datetime import date
from typing import cast

import pytest

from bridge.calendars.worktime import (
    CalendarError,
    Pause,
    WorkCalendar,
)
from tests.calendars.helpers import (
    HOUR,
    office,
    on,
    utc,
    weekdays,
)

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
