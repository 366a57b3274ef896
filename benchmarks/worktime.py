"""Working time against businesstimedelta and pandas, as ratios from one run.

    pip install businesstimedelta pandas
    python -m benchmarks.worktime

Both are needed here only. Each is given the same week twice: a bare one (Monday to Friday, one
stretch), and the one contracts have (lunch break, holidays of the canton of Vaud). All must give
the same answers before anything is timed. The bridge is asked in UTC, as it keeps its instants; the
others in local time, which they need. Times are the best of several rounds, in microseconds a call;
the ratios are what this is about. Aims, for the week that contracts have: add at least 100 x and
between at least 500 x as fast as businesstimedelta, add at least 15 x as fast as pandas (which has
no between), and five years at most 1.3 x as slow as two weeks.
"""

import sys
import timeit
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from bridge.calendars.worktime import Pause, PublicHolidays, WorkCalendar

ZONE = ZoneInfo("Europe/Zurich")
START = datetime(2026, 1, 7, 10, 17, 23, tzinfo=ZONE)
SPANS = {"2 weeks": START + timedelta(days=14), "5 years": START + timedelta(days=5 * 365)}
NINE_HOURS = 9 * 3600
VAUD = PublicHolidays("CH", "VD")

Ask = Callable[[], object]


def microseconds(ask: Ask) -> float:
    """The best of five rounds, each long enough to be measured."""
    calls, spent = timeit.Timer(ask).autorange()
    return min(spent, *timeit.repeat(ask, number=calls, repeat=4)) / calls * 1e6


def closed_dates() -> dict[date, str]:
    return {day: name for year in range(2025, 2034) for day, name in VAUD.in_year(year).items()}


def compare(name: str, ask: Ask, others: dict[str, Ask]) -> None:
    """One line: the bridge's time, then of each other its time and how many times ours it is."""
    answers = {str(one()) for one in (ask, *others.values())}
    if len(answers) != 1:
        sys.exit(f"{name}: the answers differ: {sorted(answers)}")
    ours = microseconds(ask)
    line = f"  {name:18}{ours:>8.2f} us"
    for other, theirs in ((key, microseconds(one)) for key, one in others.items()):
        line += f"   {other} {theirs:.1f} us = {theirs / ours:.0f} x"
    print(line)


def compare_week(calendar: WorkCalendar, rules: Any, nine: Any, offset: Any, stamp: Any) -> None:
    """The three questions to one week, given in each library's own words."""
    start = START.astimezone(UTC)
    compare(
        "add 9 h",
        lambda: calendar.add(start, NINE_HOURS),
        {
            "businesstimedelta": lambda: (START + nine).astimezone(UTC),
            "pandas": lambda: (stamp + offset).to_pydatetime().astimezone(UTC),
        },
    )

    def counted_by_btd(end: datetime) -> int:
        return int(rules.difference(START, end).timedelta.total_seconds())

    asks = {}
    for name, end in SPANS.items():
        asks[name] = partial(calendar.between, start, end.astimezone(UTC))
        compare(f"between, {name}", asks[name], {"businesstimedelta": partial(counted_by_btd, end)})
    # In turns, so that what else the machine does falls on both.
    turns = [[microseconds(ask) for ask in asks.values()] for _ in range(3)]
    short, long = (min(times) for times in zip(*turns, strict=True))
    print(f"  five years against two weeks: {long / short:.2f} x")


def main() -> None:
    try:
        btd, pandas, pytz = map(import_module, ("businesstimedelta", "pandas", "pytz"))
    except ImportError as missing:
        sys.exit(f"{missing}: pip install businesstimedelta pandas")
    zone, days, closed = pytz.timezone(ZONE.key), [0, 1, 2, 3, 4], closed_dates()
    stamp = pandas.Timestamp(START)

    print("bare week: 08:30-17:30")
    work = btd.WorkDayRule(
        start_time=time(8, 30), end_time=time(17, 30), working_days=days, tz=zone
    )
    rules = btd.Rules([work])
    compare_week(
        WorkCalendar("Europe/Zurich", dict.fromkeys(days, (("08:30", "17:30"),))),
        rules,
        btd.BusinessTimeDelta(rules, hours=9),
        pandas.offsets.CustomBusinessHour(9, start="08:30", end="17:30"),
        stamp,
    )

    print("week of a contract: 08:30-12:15, 13:15-17:30, holidays of Vaud")
    lunch = btd.LunchTimeRule(
        start_time=time(12, 15), end_time=time(13, 15), working_days=days, tz=zone
    )
    rules = btd.Rules([work, lunch, btd.HolidayRule(closed, tz=zone)])
    contract = dict.fromkeys(days, (("08:30", "12:15"), ("13:15", "17:30")))
    calendar = WorkCalendar("Europe/Zurich", contract, VAUD)
    compare_week(
        calendar,
        rules,
        btd.BusinessTimeDelta(rules, hours=9),
        pandas.offsets.CustomBusinessHour(
            9, start=["08:30", "13:15"], end=["12:15", "17:30"], holidays=list(closed)
        ),
        stamp,
    )

    print("the bridge alone, same week")
    start = START.astimezone(UTC)
    pauses: list[Pause] = [
        (start + timedelta(days=n), start + timedelta(days=n, hours=5)) for n in range(3)
    ]
    compare("add 2000 h", lambda: calendar.add(start, 2000 * 3600), {})
    compare("add 9 h, 3 pauses", lambda: calendar.add(start, NINE_HOURS, pauses), {})
    compare("add 9 h, local", lambda: calendar.add(START, NINE_HOURS), {})
    compare("5 business dates", lambda: calendar.due_in_business_dates(start, 5), {})
    compare(
        "first question",
        lambda: WorkCalendar("Europe/Zurich", contract, VAUD).add(start, NINE_HOURS),
        {},
    )


if __name__ == "__main__":
    main()
