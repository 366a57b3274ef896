"""A calendar as a contract writes it."""

import tomllib
from datetime import date
from typing import Any

import pytest

from bridge.calendars.worktime import CalendarTableError, PublicHolidays, WorkCalendar
from tests.calendars.helpers import HOUR, office, on, weekdays


def problems(toml: str, **given: Any) -> tuple[tuple[str, str], ...]:
    with pytest.raises(CalendarTableError) as error:
        WorkCalendar.from_table(tomllib.loads(toml), **given)
    return error.value.problems


def test_a_contract_writes_a_whole_calendar() -> None:
    table = tomllib.loads("""
        timezone = "Europe/Zurich"
        weekly = { mon-fri = ["08:30-12:15", "13:15-17:00"] }
        holidays = "CH-VD"
        extra_closed = [2026-12-31, "2027-01-04"]
        extra_open = { 2026-12-24 = ["08:30-12:00"] }
    """)
    assert WorkCalendar.from_table(table) == office(
        extra_closed=(date(2026, 12, 31), date(2027, 1, 4)),
        extra_open={date(2026, 12, 24): (("08:30", "12:00"),)},
    )


def test_zone_and_language_of_the_installation_count_where_the_contract_gives_none() -> None:
    table = tomllib.loads('weekly = { mon-fri = ["08:30-17:00"] }\nholidays = ["CH-VD", "BE"]')
    calendar = WorkCalendar.from_table(table, timezone="Europe/Zurich", language="fr")
    assert calendar == WorkCalendar(
        "Europe/Zurich",
        weekdays(("08:30", "17:00")),
        [PublicHolidays("CH", "VD", language="fr"), PublicHolidays("BE", language="fr")],
    )
    dates: Any = calendar.basis(on("2026-05-14 00:00"), on("2026-05-14 12:00"))["dates"]
    assert [day["name"] for day in dates] == ["Ascension"]
    zoned = WorkCalendar.from_table({**table, "timezone": "Europe/Brussels"}, timezone="UTC")
    assert zoned.timezone == "Europe/Brussels"


def test_holidays_may_be_a_table() -> None:
    table = tomllib.loads("""
        weekly = { mon-sun = ["00:00-24:00"] }
        holidays = { country = "BE", categories = ["public", "bank"], language = "de" }
    """)
    assert WorkCalendar.from_table(table, timezone="UTC", language="fr") == WorkCalendar(
        "UTC",
        dict.fromkeys(range(7), (("00:00", "24:00"),)),
        PublicHolidays("BE", categories=("public", "bank"), language="de"),
    )


def test_dates_alone_make_a_calendar() -> None:
    calendar = WorkCalendar.from_table(
        {"extra_open": {"2026-05-11": ["08:00-12:00"]}}, timezone="Europe/Zurich"
    )
    assert calendar.between(on("2026-05-01 00:00"), on("2026-06-01 00:00")) == 4 * HOUR


def test_every_problem_is_told_at_once_at_its_key() -> None:
    found = problems("""
        timezone = 2
        weekley = {}
        weekly = { mon-fri = ["08:30-12:15", "12:00-17:00"] }
        holidays = ["CH-VX", "BE", 3, { country = "CH", canton = "VD" }, { subdivision = "VD" }]
        extra_closed = [2026-12-31, "31.12.2026", 2026-12-31T10:00:00, 7]
        extra_open = { 2026-12-24 = ["8-12"], noel = [] }
    """)
    assert [key for key, _ in found] == [
        "weekley",
        "timezone",
        "weekly",
        "holidays[0]",
        "holidays[2]",
        "holidays[3]",
        "holidays[4]",
        "extra_closed[1]",
        "extra_closed[2]",
        "extra_closed[3]",
        "extra_open.2026-12-24",
        "extra_open.noel",
    ]
    text = dict(found)
    assert text["weekley"].endswith("(did you mean weekly?)")
    assert text["timezone"] == "2 is not a time zone: expected a name as Europe/Zurich"
    assert "mon-fri: 08:30-12:15 and 12:00-17:00 overlap" in text["weekly"]
    assert "unknown key 'canton': expected country, subdivision" in text["holidays[3]"]
    assert text["holidays[4]"].startswith("country None: expected a code of two letters")
    assert text["extra_closed[1]"] == "'31.12.2026' is not a date: expected one as 2026-12-24"
    assert "interval '8-12': '8' is not a time" in text["extra_open.2026-12-24"]


@pytest.mark.parametrize(
    ("toml", "key", "message"),
    [
        ("", "weekly", "missing: expected a table"),
        ("weekly = 3", "weekly", "expected a table"),
        ("weekly = {mon=['08:00-12:00']}\nextra_closed = 2026-12-24", "extra_closed", "a list"),
        ("weekly = {mon=['08:00-12:00']}\nextra_open = [1]", "extra_open", "expected a table"),
        ("weekly = {mon=['08:00-12:00']}\nholidays = true", "holidays", "expected a code as CH-VD"),
        (
            "weekly = {mon=['08:00-12:00']}\nholidays = {country='CH', subdivision=1}",
            "holidays",
            "subdivision 1: expected a text",
        ),
        (
            "weekly = {mon=['08:00-12:00']}\nholidays = {country='BE', categories='bank'}",
            "holidays",
            "categories 'bank': expected a list, as [\"public\"]",
        ),
    ],
)
def test_a_value_of_the_wrong_kind_says_what_was_expected(
    toml: str, key: str, message: str
) -> None:
    ((where, text),) = problems(toml, timezone="Europe/Zurich")
    assert where == key
    assert message in text


def test_what_only_the_whole_shows_is_told_too() -> None:
    both = "extra_closed = [2026-12-24]\nextra_open = {2026-12-24 = ['08:00-12:00']}"
    ((where, text),) = problems(both, timezone="Europe/Zurich")
    assert where == ""
    assert "2026-12-24: both in extra_open and extra_closed" in text


def test_an_unknown_zone_is_told_at_its_key() -> None:
    ((where, text),) = problems("weekly = {mon=['08:00-12:00']}\ntimezone='Mars/Olympus'")
    assert where == "timezone"
    assert text == "'Mars/Olympus' is not a time zone: expected a name as Europe/Zurich"


def test_without_any_zone_the_key_is_asked_for() -> None:
    ((where, text),) = problems("weekly = {mon=['08:00-12:00']}")
    assert where == "timezone"
    assert "expected a name as Europe/Zurich" in text


def test_the_message_of_the_error_holds_all_problems() -> None:
    with pytest.raises(CalendarTableError, match=r"weekly: missing.*; .*holidays: 'XX' is not"):
        WorkCalendar.from_table({"holidays": "XX"}, timezone="Europe/Zurich")
