"""A calendar as a contract writes it, read whole: every problem is told at once.

.. code-block:: toml

    timezone = "Europe/Zurich"
    weekly = { mon-thu = ["08:30-12:15", "13:15-17:30"], fri = ["08:30-15:00"] }
    holidays = "CH-VD"            # or a list, or { country = "CH", subdivision = "Vaud" }
    extra_closed = [2026-12-31]
    extra_open = { 2026-12-24 = ["08:30-12:00"] }

Without ``timezone`` the one of the installation counts; without ``holidays`` no day is one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import NamedTuple, TypeVar

from bridge.calendars.errors import CalendarError, did_you_mean
from bridge.calendars.holidays import PublicHolidays
from bridge.calendars.instants import zone_of
from bridge.calendars.opening import Interval, parse_intervals, parse_weekly

_KEYS = ("timezone", "weekly", "holidays", "extra_closed", "extra_open")
_HOLIDAY_KEYS = ("country", "subdivision", "categories", "language")
_T = TypeVar("_T")


class CalendarTableError(CalendarError):
    """What is wrong in a calendar's table, all of it.

    ``problems``: pairs of the key inside the table (``weekly.mon-fri``, ``extra_closed[2]``; empty
    for the table itself) and what is wrong there, in the order of the table.
    """

    def __init__(self, problems: Iterable[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "; ".join(f"{key}: {text}" if key else text for key, text in self.problems)
        )


class Written(NamedTuple):
    """The arguments of a WorkCalendar, in its order."""

    timezone: str
    weekly: dict[int, tuple[Interval, ...]]
    holidays: tuple[PublicHolidays, ...]
    extra_closed: tuple[date, ...]
    extra_open: dict[date, tuple[Interval, ...]]


def read_table(
    table: Mapping[str, object], timezone: str | None = None, language: str | None = None
) -> Written:
    """The arguments that ``table`` writes, ``timezone`` and ``language`` being the installation's.

    Raises CalendarTableError with every problem found.
    """
    reading = _Reading()
    for key in table:
        if key not in _KEYS:
            reading.problem(
                key, f"unknown key: expected {', '.join(_KEYS)}{did_you_mean(key, _KEYS)}"
            )
    zone = reading.attempt("timezone", zone_of, table.get("timezone", timezone))
    weekly = {}
    if "weekly" in table:
        weekly = reading.attempt("weekly", parse_weekly, table["weekly"]) or {}
    elif "extra_open" not in table:
        reading.problem("weekly", 'missing: expected a table, as { mon-fri = ["08:30-17:30"] }')
    written = Written(
        zone.key if zone else "",
        weekly,
        tuple(reading.holidays(table.get("holidays", ()), language)),
        tuple(reading.closed(table.get("extra_closed", ()))),
        dict(reading.open(table.get("extra_open", {}))),
    )
    if reading.problems:
        raise CalendarTableError(reading.problems)
    return written


class _Reading:
    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []

    def problem(self, key: str, text: str) -> None:
        self.problems.append((key, text))

    def attempt(self, key: str, parse: Callable[[object], _T], value: object) -> _T | None:
        try:
            return parse(value)
        except CalendarError as error:
            self.problem(key, str(error))
            return None

    def holidays(self, value: object, language: str | None) -> Iterator[PublicHolidays]:
        several = isinstance(value, list | tuple)
        for i, one in enumerate(value if isinstance(value, list | tuple) else [value]):
            key = f"holidays[{i}]" if several else "holidays"
            rule = self.attempt(key, lambda v: read_holidays(v, language), one)
            if rule is not None:
                yield rule

    def closed(self, value: object) -> Iterator[date]:
        if not isinstance(value, list | tuple):
            self.problem(
                "extra_closed", f"expected a list of dates, as [2026-12-24], not {value!r}"
            )
            return
        for i, one in enumerate(value):
            day = self.attempt(f"extra_closed[{i}]", _read_date, one)
            if day is not None:
                yield day

    def open(self, value: object) -> Iterator[tuple[date, tuple[Interval, ...]]]:
        if not isinstance(value, Mapping):
            self.problem(
                "extra_open",
                f'expected a table, as {{ 2026-12-24 = ["08:30-12:00"] }}, not {value!r}',
            )
            return
        for name, texts in value.items():
            day = self.attempt(f"extra_open.{name}", _read_date, name)
            intervals = self.attempt(f"extra_open.{name}", parse_intervals, texts)
            if day is not None and intervals is not None:
                yield day, intervals


def read_holidays(value: object, language: str | None = None) -> PublicHolidays:
    """One entry of ``holidays``: a code, or a table of its own. Raises CalendarError."""
    if isinstance(value, str):
        return PublicHolidays.of(value, language)
    if not isinstance(value, Mapping):
        raise CalendarError(f"expected a code as CH-VD or BE, not {value!r}")
    for key in value:
        if key not in _HOLIDAY_KEYS:
            listed = ", ".join(_HOLIDAY_KEYS)
            raise CalendarError(
                f"unknown key {key!r}: expected {listed}{did_you_mean(key, _HOLIDAY_KEYS)}"
            )
    country, subdivision = value.get("country"), value.get("subdivision")
    categories, own_language = value.get("categories", ["public"]), value.get("language")
    if not isinstance(country, str):
        raise CalendarError(f"country {country!r}: expected a code of two letters, as CH or BE")
    for key in ("subdivision", "language"):
        if not isinstance(value.get(key), str | None):
            raise CalendarError(f"{key} {value[key]!r}: expected a text")
    if not isinstance(categories, list) or not all(isinstance(c, str) for c in categories):
        raise CalendarError(f'categories {categories!r}: expected a list, as ["public"]')
    rule = PublicHolidays(country, subdivision, tuple(categories), own_language)
    return rule if own_language else rule.named_in(language)


def _read_date(value: object) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise CalendarError(f"{value!r} is not a date: expected one as 2026-12-24") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise CalendarError(f"{value!r} is not a date: expected one as 2026-12-24")
    return value
