"""Hours as typed and as shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.durations import DurationError, for_people, full, in_days, parse_duration, short

HOUR = 3600


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("3h", 3 * HOUR),
        ("1h30", 5400),
        ("1h30m", 5400),
        ("90m", 5400),
        ("90min", 5400),
        ("0h45", 2700),
        ("1:30", 5400),
        ("1.5h", 5400),
        ("0.25h", 900),
        (" 2H ", 2 * HOUR),
        ("1000h", 1000 * HOUR),
        ("60000m", 1000 * HOUR),
        ("0h01", 60),
    ],
)
def test_typed_durations_are_whole_seconds(typed: str, seconds: int) -> None:
    assert parse_duration(typed) == seconds


@pytest.mark.parametrize(
    "typed",
    [
        "", "3", "h", "h30", "١٢h", "３h", "1٫5h", "nan", "inf", "nanh", "1e3", "1e3h", "0x10h",
        "1_0h", "+3h", "-3h", "--3h", "3 h", "1h 30", "1h5", "1h60", "1h300", "1:5", "1:60",
        "1,5h", "1.h", ".5h", "1.555h", "1.5", "3d", "3h\n4h", "3h;", "40h x", "−3h",
        "0h", "0h00", "0m", "0:00", "0.00h", "1000h01", "1001h", "60001m", "99999999999h",
    ],
)  # fmt: skip
def test_threat_E9_anything_else_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(DurationError) as caught:
        parse_duration(typed)
    assert str(caught.value).startswith("expected a duration")
    assert len(typed) < 4 or typed not in str(caught.value)


def test_minus_is_taken_only_where_it_is_asked_for() -> None:
    assert parse_duration("-1h30", negative=True) == -5400
    assert parse_duration("1h30", negative=True) == 5400
    with pytest.raises(DurationError):
        parse_duration("-0h", negative=True)


@given(st.integers(1, 60_000))
def test_what_is_shown_can_be_typed_again(minutes: int) -> None:
    assert parse_duration(full(minutes * 60)) == minutes * 60
    assert parse_duration(short(minutes * 60)) == minutes * 60
    assert parse_duration(full(-minutes * 60).replace("−", "-"), negative=True) == -minutes * 60


@given(st.text(max_size=12))
def test_threat_E9_any_text_is_a_duration_in_bounds_or_refused(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except DurationError:
        return
    assert text.isascii()
    assert 0 < seconds <= 1000 * HOUR


def test_terminal_shows_hours_as_they_are_typed() -> None:
    # The samples of the terminal: "estimate no 1, 6h", "6h is over 1h", "1h10 → 0h00", "-10h00".
    assert [short(s) for s in (6 * HOUR, HOUR, 5400, 2700, 43800, 0)] == [
        "6h", "1h", "1h30", "0h45", "12h10", "0h",
    ]  # fmt: skip
    assert [full(s) for s in (4200, 0, 10 * HOUR, -10 * HOUR, -1200, 167400)] == [
        "1h10", "0h00", "10h00", "-10h00", "-0h20", "46h30",
    ]  # fmt: skip


def test_seconds_are_rounded_to_the_minute_only_for_showing() -> None:
    assert [full(s) for s in (29, 30, 89, 90, -29, -30)] == [
        "0h00", "0h01", "0h01", "0h02", "0h00", "-0h01",
    ]  # fmt: skip
    assert for_people(-29, "fr") == "0\u00a0h"


PEOPLE = {
    "fr": ["12 h 10", "45 min", "3 h", "0 h", "4 h 01", "−34 h 20", "31 h 59"],
    "en": ["12 h 10 min", "45 min", "3 h", "0 h", "4 h 01 min", "−34 h 20 min", "31 h 59 min"],
    "de": ["12 Std. 10 Min.", "45 Min.", "3 Std.", "0 Std.", "4 Std. 1 Min.",
           "−34 Std. 20 Min.", "31 Std. 59 Min."],
    "nl": ["12 u 10", "45 min", "3 u", "0 u", "4 u 01", "−34 u 20", "31 u 59"],
}  # fmt: skip
TABLE = {
    "fr": ["0 h 45", "3 h 00"],
    "en": ["0 h 45 min", "3 h 00 min"],
    "de": ["0 Std. 45 Min.", "3 Std. 00 Min."],
    "nl": ["0 u 45", "3 u 00"],
}
DAYS = {
    "fr": ["1,5 j (12 h)", "1 j (8 h)", "−0,25 j (−2 h)"],
    "en": ["1.5 days (12 h)", "1 day (8 h)", "−0.25 days (−2 h)"],
    "de": ["1,5 Tg. (12 Std.)", "1 Tg. (8 Std.)", "−0,25 Tg. (−2 Std.)"],
    "nl": ["1,5 dagen (12 u)", "1 dag (8 u)", "−0,25 dagen (−2 u)"],
}


@pytest.mark.parametrize("language", PEOPLE)
def test_people_read_hours_as_their_language_writes_them(language: str) -> None:
    amounts = (43800, 2700, 3 * HOUR, 0, 14460, -123600, 115140)
    shown = [for_people(seconds, language) for seconds in amounts]
    assert shown == [text.replace(" ", "\u00a0") for text in PEOPLE[language]]


@pytest.mark.parametrize("language", TABLE)
def test_tables_have_always_two_parts(language: str) -> None:
    shown = [for_people(seconds, language, table=True) for seconds in (2700, 3 * HOUR)]
    assert shown == [text.replace(" ", "\u00a0") for text in TABLE[language]]


@pytest.mark.parametrize("language", DAYS)
def test_contracts_in_days_show_days_and_hours(language: str) -> None:
    shown = [in_days(seconds, 8 * HOUR, language) for seconds in (12 * HOUR, 8 * HOUR, -2 * HOUR)]
    assert shown == [text.replace(" ", "\u00a0") for text in DAYS[language]]


@pytest.mark.parametrize("language", PEOPLE)
@given(seconds=st.integers(-4_000_000, 4_000_000))
def test_no_duration_can_break_at_the_end_of_a_line(language: str, seconds: int) -> None:
    texts = (
        for_people(seconds, language),
        for_people(seconds, language, table=True),
        in_days(seconds, 28800, language),
    )
    assert not any(sign in text for text in texts for sign in " \t\u202f")


def test_language_that_we_do_not_write_is_an_error() -> None:
    with pytest.raises(KeyError):
        for_people(60, "it")
