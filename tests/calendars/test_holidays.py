"""Public holidays: which days count, where, and what is refused."""

from collections.abc import Callable
from datetime import date

import pytest

from bridge.calendars.holidays import data_version
from bridge.calendars.worktime import CalendarError, PublicHolidays


def dates(code: str, year: int) -> list[str]:
    return [day.strftime("%m-%d") for day in PublicHolidays.of(code).in_year(year)]


def test_vaud_has_its_nine_days_ascension_and_the_monday_of_the_fast_among_them() -> None:
    assert dates("CH-VD", 2026) == [
        "01-01",
        "01-02",
        "04-03",
        "04-06",
        "05-14",
        "05-25",
        "08-01",
        "09-21",
        "12-25",
    ]


def test_cantons_differ() -> None:
    # Geneva: its own fast and the Restoration, no 2 January. Neuchâtel: 1 March.
    assert {"09-10", "12-31"} <= set(dates("CH-GE", 2026))
    assert "01-02" not in dates("CH-GE", 2026)
    assert "03-01" in dates("CH-NE", 2026)
    assert dates("CH", 2026) == ["01-01", "05-14", "08-01", "12-25"]


def test_r3_1_belgium_has_the_ten_legal_days_and_no_others() -> None:
    assert dates("BE", 2026) == [
        "01-01",
        "04-06",
        "05-01",
        "05-14",
        "05-25",
        "07-21",
        "08-15",
        "11-01",
        "11-11",
        "12-25",
    ]
    for year in range(2000, 2060):
        # In 2008 Labour Day and Ascension fell on the same date.
        assert len(dates("BE", year)) == (9 if year == 2008 else 10), year


def test_r3_1_the_language_of_the_names_does_not_change_which_days_count() -> None:
    for language in (None, "nl", "fr", "de", "en_US", "en", "it"):
        named = PublicHolidays.of("BE", language).in_year(2026)
        assert [*named] == [*PublicHolidays("BE").in_year(2026)]


def test_the_language_of_the_process_does_not_change_the_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A country asked for nowhere else in the tests: nothing is remembered from before.
    monkeypatch.setenv("LANGUAGE", "en_US")
    assert PublicHolidays("LI").in_year(2026)[date(2026, 1, 1)] == "Neujahr"


def test_names_come_in_the_asked_language_or_else_in_the_countrys_own() -> None:
    ascension = date(2026, 5, 14)
    for language, name in [
        ("fr", "Ascension"),
        ("de", "Auffahrt"),
        ("en", "Ascension Day"),
        (None, "Auffahrt"),
        ("nl", "Auffahrt"),
    ]:
        assert PublicHolidays.of("CH-VD", language).in_year(2026)[ascension] == name


def test_days_that_the_law_moves_off_a_weekend_are_observed_when_it_says() -> None:
    assert "12-28" in dates("GB-ENG", 2026)
    # New Year's Day of 2022 was a Saturday, observed in the year before.
    assert "12-31" in dates("US", 2021)


def test_the_name_of_a_canton_stands_for_its_code() -> None:
    assert PublicHolidays("CH", "Vaud") == PublicHolidays("CH", "VD")
    assert PublicHolidays("CH", "Vaud").code == "CH-VD"
    assert PublicHolidays.of("CH-Basel-Stadt").code == "CH-BS"
    assert PublicHolidays.of("BE").code == "BE"


def test_bank_days_count_only_when_their_category_is_named() -> None:
    with_bank_days = PublicHolidays("BE", categories=("public", "bank"))
    assert date(2026, 4, 3) in with_bank_days.in_year(2026)
    assert date(2026, 4, 3) not in PublicHolidays("BE").in_year(2026)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PublicHolidays("ch"), r"'ch' is not a country .* \(did you mean CH\?\)"),
        (lambda: PublicHolidays("Schweiz"), "'Schweiz' is not a country with known holidays"),
        (lambda: PublicHolidays.of(""), "'' is not a country"),
        (lambda: PublicHolidays("country_holidays"), "is not a country"),
        (lambda: PublicHolidays("CH", "VB"), "'VB' is unknown: expected one of AG, AI"),
        (lambda: PublicHolidays("LU", "VD"), "expected one of none"),
        (lambda: PublicHolidays("BE", categories=("banks",)), r"did you mean bank\?"),
        (lambda: PublicHolidays("BE", categories=()), "expected at least one category"),
        (lambda: PublicHolidays("CH", categories=("half_day",)), "give the hours .* extra_open"),
        (lambda: PublicHolidays("CH", language="nl"), "language 'nl' is unknown"),
    ],
)
def test_what_is_unknown_is_refused_with_what_is_known(
    make: Callable[[], object], message: str
) -> None:
    with pytest.raises(CalendarError, match=message):
        make()


def test_c20_a_year_without_data_is_an_error_and_not_a_year_without_holidays() -> None:
    with pytest.raises(
        CalendarError, match=r"known from 1901 to 2100 \(holidays .*\), not for 2101"
    ):
        PublicHolidays("BE").in_year(2101)


def test_c20_the_release_of_the_data_is_named() -> None:
    assert data_version().split()[0] == "holidays"
    assert data_version().split()[1][0].isdigit()


def test_the_days_of_a_year_cannot_be_changed_by_who_reads_them() -> None:
    days = PublicHolidays("BE").in_year(2026)
    with pytest.raises(TypeError):
        days[date(2026, 6, 1)] = "mine"  # type: ignore[index]
