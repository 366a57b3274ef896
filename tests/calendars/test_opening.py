"""Opening hours as people write them: what is read, and what a refusal says."""

import pytest

from bridge.calendars.opening import (
    parse_days,
    parse_interval,
    parse_intervals,
    parse_time,
    parse_weekly,
    show_spans,
    union,
)
from bridge.calendars.worktime import CalendarError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:00", 0),
        ("08:30", 30_600),
        ("23:59", 86_340),
        ("23:59:59", 86_399),
        ("24:00", 86_400),
        ("24:00:00", 86_400),
    ],
)
def test_times_are_seconds_since_midnight(text: str, seconds: int) -> None:
    assert parse_time(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "8:30",
        "24:01",
        "25:00",
        "12:60",
        "12:30:60",
        "0830",
        "08h30",
        "",
        " 08:30",
        "08:30\n",
        "٠٨:٣٠",
        830,
        None,
    ],
)
def test_what_is_no_time_is_named_with_what_was_expected(text: object) -> None:
    with pytest.raises(
        CalendarError, match="is not a time: expected HH:MM from 00:00 to 24:00"
    ) as e:
        parse_time(text)
    assert repr(text) in str(e.value)


def test_intervals_may_have_spaces_and_the_dash_of_a_word_processor() -> None:
    assert parse_interval("08:30-12:15") == ("08:30", "12:15")
    assert parse_interval(" 08:30 - 12:15 ") == ("08:30", "12:15")
    assert parse_interval("08:30\u201312:15") == ("08:30", "12:15")
    assert parse_interval("22:00-06:00") == ("22:00", "06:00")
    assert parse_interval("00:00-24:00") == ("00:00", "24:00")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("08:30", "'08:30' is not an interval: expected HH:MM-HH:MM, as 08:30-12:15"),
        ("8h-12h", "'8h-12h' is not an interval"),
        ("08:30-12:15-13:00", "is not an interval"),
        (8, "8 is not an interval"),
        ("8:30-12:15", "interval '8:30-12:15': '8:30' is not a time"),
        ("08:30-12:75", "interval '08:30-12:75': '12:75' is not a time"),
        ("24:00-06:00", "interval '24:00-06:00': 24:00 can only close"),
    ],
)
def test_what_is_no_interval_is_named_with_what_was_expected(text: object, message: str) -> None:
    with pytest.raises(CalendarError) as error:
        parse_interval(text)
    assert message in str(error.value)


def test_the_intervals_of_a_date_come_in_order() -> None:
    assert parse_intervals(["13:15-17:30", "08:30-12:15"]) == (
        ("08:30", "12:15"),
        ("13:15", "17:30"),
    )
    assert parse_intervals(["08:30-12:00", "12:00-17:30"]) == (
        ("08:30", "12:00"),
        ("12:00", "17:30"),
    )
    assert parse_intervals([]) == ()


@pytest.mark.parametrize(
    "texts",
    [
        ["08:30-12:15", "12:00-17:30"],
        ["08:00-18:00", "09:00-10:00"],
        ["22:00-06:00", "23:00-23:30"],
        ["08:30-12:15", "08:30-12:15"],
    ],
)
def test_intervals_that_overlap_are_refused(texts: list[str]) -> None:
    with pytest.raises(CalendarError, match="overlap: expected them apart"):
        parse_intervals(texts)


@pytest.mark.parametrize("texts", ["08:30-12:15", 8, None])
def test_an_interval_without_its_list_is_refused(texts: object) -> None:
    with pytest.raises(CalendarError, match=r'expected a list of intervals, as \["08:30-12:15"\]'):
        parse_intervals(texts)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon", (0,)),
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("fri-mon", (4, 5, 6, 0)),
        ("sun-sat", (6, 0, 1, 2, 3, 4, 5)),
        ("wed-wed", (2,)),
        ("Sat - Sun", (5, 6)),
    ],
)
def test_days_are_named_by_three_letters_alone_or_as_a_range(
    text: str, days: tuple[int, ...]
) -> None:
    assert parse_days(text) == days


@pytest.mark.parametrize("text", ["", "lundi", "monday", "mon-", "mon-tue-wed", "1-5", 3])
def test_what_is_no_day_is_named_with_what_was_expected(text: object) -> None:
    with pytest.raises(CalendarError, match="expected one of mon, tue, wed") as error:
        parse_days(text)
    assert repr(text) in str(error.value)


def test_a_week_is_read_from_days_and_ranges() -> None:
    assert parse_weekly(
        {"mon-thu": ["08:30-12:15", "13:15-17:30"], "fri": ["08:30-15:00"], "sat": []}
    ) == {
        **dict.fromkeys(range(4), (("08:30", "12:15"), ("13:15", "17:30"))),
        4: (("08:30", "15:00"),),
        5: (),
    }


def test_a_day_given_twice_is_refused_with_both_keys() -> None:
    with pytest.raises(CalendarError, match="wed is given twice, by 'mon-fri' and 'wed'"):
        parse_weekly({"mon-fri": ["08:30-17:30"], "wed": ["08:30-12:00"]})


def test_a_problem_in_a_week_names_its_key() -> None:
    with pytest.raises(
        CalendarError, match=r"^mon-fri: interval '08:30-1215': '1215' is not a time"
    ):
        parse_weekly({"mon-fri": ["08:30-1215"]})
    with pytest.raises(CalendarError, match="expected a table"):
        parse_weekly(["08:30-12:15"])


def test_a_shift_that_runs_into_the_next_days_hours_is_refused() -> None:
    with pytest.raises(CalendarError, match="fri: the shift over midnight runs into sat's 05:00-"):
        parse_weekly({"fri": ["22:00-06:00"], "sat": ["05:00-12:00"]})
    with pytest.raises(CalendarError, match="sun: the shift over midnight runs into mon's"):
        parse_weekly({"sun": ["22:00-06:00"], "mon": ["00:00-12:00"]})
    assert parse_weekly({"fri": ["22:00-06:00"], "sat": ["06:00-12:00"]})


def test_spans_are_joined_where_they_touch_or_overlap() -> None:
    assert union([(10, 20), (0, 5), (5, 7), (15, 30), (40, 40)]) == ((0, 7), (10, 30))


def test_spans_are_shown_as_they_are_written() -> None:
    assert show_spans(((0, 30_600), (47_700, 86_400))) == ["00:00-08:30", "13:15-24:00"]
    assert show_spans(((1, 30_659),)) == ["00:00:01-08:30:59"]
