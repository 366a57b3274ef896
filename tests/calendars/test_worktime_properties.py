"""The calendar against a slow model that walks every minute, and laws that need no model.

The walks lie around nights on which some zone changed its clock: whole hours, Lord Howe's half
hour, Samoa's skipped day, and changes at midnight that make a date begin twice.
"""

import pickle
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import holidays
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.calendars.worktime import Pause, PublicHolidays, TargetUnreachableError, WorkCalendar
from tests.amounts import amount
from tests.calendars.slow_model import Interval, SlowCalendar

DAY = timedelta(days=1)
NIGHTS = [
    ("Europe/Zurich", date(2026, 3, 29)),
    ("Europe/Zurich", date(2026, 10, 25)),
    ("Europe/Brussels", date(2027, 3, 28)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Asia/Kathmandu", date(2026, 1, 1)),
    ("Europe/Zurich", date(2027, 1, 1)),
]

slow = settings(
    max_examples=amount(40, long=250),
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)
fast = settings(max_examples=amount(40, long=250), derandomize=True)


def wall_times(last: str = "23:59") -> st.SearchStrategy[str]:
    usual = [
        "00:00",
        "00:30",
        "01:00",
        "01:45",
        "02:00",
        "02:30",
        "03:00",
        "06:00",
        "08:30",
        "12:15",
    ]
    anywhere = st.integers(0, 1439).map(lambda m: f"{m // 60:02}:{m % 60:02}")
    return st.sampled_from([*usual, "13:15", "17:30", "22:00", last]) | anywhere


intervals = st.tuples(wall_times(), wall_times("24:00"))
weeks: st.SearchStrategy[Mapping[int, list[Interval]]] = st.dictionaries(
    st.integers(0, 6), st.lists(intervals, max_size=3), max_size=7
).map(lambda week: {**week, 2: week.get(2) or [("08:30", "17:30")]})


@st.composite
def scenes(draw: st.DrawFn) -> tuple[WorkCalendar, SlowCalendar, datetime]:
    """The calendar, its model, and the instant around which to ask."""
    zone, night = draw(st.sampled_from(NIGHTS))
    week = draw(weeks)
    near = st.integers(-3, 3).map(lambda days: night + timedelta(days=days))
    replaced = draw(st.dictionaries(near, st.lists(intervals, max_size=2), max_size=2))
    closed = draw(st.frozensets(near, max_size=2)) - replaced.keys()
    return (
        WorkCalendar(zone, week, (), closed, replaced),
        SlowCalendar(zone, week, closed=closed, extra_open=replaced),
        datetime(night.year, night.month, night.day, tzinfo=UTC),
    )


def moments(around: datetime, days: float = 2.5) -> st.SearchStrategy[datetime]:
    reach = int(days * 86_400)
    return st.integers(-reach, reach).map(lambda s: around + timedelta(seconds=s))


@st.composite
def stretches(draw: st.DrawFn, around: datetime) -> list[Pause]:
    ends = moments(around) | st.none() if draw(st.integers(0, 5)) == 0 else moments(around)
    return draw(st.lists(st.tuples(moments(around), ends), max_size=4))


@slow
@given(scenes(), st.data())
def test_between_counts_what_a_walk_over_every_minute_counts(
    scene: tuple[WorkCalendar, SlowCalendar, datetime], data: st.DataObject
) -> None:
    calendar, model, night = scene
    a, b = data.draw(moments(night)), data.draw(moments(night))
    pauses = data.draw(stretches(night))
    assert calendar.between(a, b) == model.between(a, b)
    assert calendar.between(a, b, pauses) == model.between(a, b, pauses)


@slow
@given(scenes(), st.data())
def test_add_stops_where_a_walk_over_every_second_stops(
    scene: tuple[WorkCalendar, SlowCalendar, datetime], data: st.DataObject
) -> None:
    calendar, model, night = scene
    start = data.draw(moments(night))
    seconds = data.draw(st.integers(1, 40 * 3600))
    pauses = data.draw(stretches(night))
    until = night + 4 * DAY
    expected = model.add(start, seconds, until, pauses)
    if expected is not None:
        assert calendar.add(start, seconds, pauses) == expected
        return
    try:
        due = calendar.add(start, seconds, pauses)
    except TargetUnreachableError:
        due = datetime.max.replace(tzinfo=UTC)
    endless = any(end is None for _, end in pauses)
    assert due is None if endless else due is not None and due > until


@slow
@given(scenes(), st.data())
def test_opening_and_closing_are_where_a_walk_finds_them(
    scene: tuple[WorkCalendar, SlowCalendar, datetime], data: st.DataObject
) -> None:
    calendar, model, night = scene
    at = data.draw(moments(night))
    minute = at.replace(second=0)
    assert calendar.is_open(at) == model.minute_is_open(minute)
    expected = model.next_open(at, night + 4 * DAY)
    if expected is not None:
        assert calendar.next_open(at) == calendar.add(at, 0) == expected
    day = night.date() + timedelta(days=data.draw(st.integers(-2, 2)))
    closing = model.closing(day)
    assert calendar.closing(day) == closing
    assert (day in calendar.business_dates_after(day - DAY, 1)) == (closing is not None)


@slow
@given(weeks, st.integers(0, 364), st.integers(0, 3 * 86_400), st.integers(1, 86_400))
def test_holidays_close_the_dates_that_the_package_lists(
    week: Mapping[int, list[Interval]], day: int, length: int, seconds: int
) -> None:
    listed = holidays.country_holidays("CH", subdiv="VD", years=range(2025, 2029))
    model = SlowCalendar("Europe/Zurich", week, holidays=frozenset(listed))
    calendar = WorkCalendar("Europe/Zurich", week, PublicHolidays("CH", "VD"))
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day, seconds=seconds)
    end = start + timedelta(seconds=length)
    assert calendar.between(start, end) == model.between(start, end)
    expected = model.add(start, seconds, end)
    if expected is not None:
        assert calendar.add(start, seconds) == expected


# Laws, over years --------------------------------------------------------------------------------

instants = st.integers(946_684_800, 2_050_000_000).map(
    lambda second: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)
amounts = st.integers(1, 2_000 * 3600)
calendars = st.builds(
    WorkCalendar,
    st.sampled_from(sorted({zone for zone, _ in NIGHTS})),
    weeks,
    st.sampled_from([(), PublicHolidays("CH", "VD"), PublicHolidays("BE"), PublicHolidays("US")]),
)


@fast
@given(calendars, instants, instants, instants)
def test_between_adds_up_and_is_never_negative_nor_longer_than_the_time_itself(
    calendar: WorkCalendar, a: datetime, b: datetime, c: datetime
) -> None:
    a, b, c = sorted((a, b, c))
    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)
    assert 0 <= calendar.between(a, b) <= (b - a).total_seconds()
    assert calendar.between(b, a) == 0


@fast
@given(calendars, instants, amounts)
def test_add_and_between_are_inverse_and_the_due_instant_is_the_earliest(
    calendar: WorkCalendar, start: datetime, seconds: int
) -> None:
    due = calendar.add(start, seconds)
    assert calendar.between(start, due) == seconds
    assert calendar.between(start, due - timedelta(seconds=1)) == seconds - 1
    assert calendar.is_open(due - timedelta(seconds=1))


@fast
@given(calendars, instants, amounts, amounts)
def test_a_target_may_be_counted_in_two_parts(
    calendar: WorkCalendar, start: datetime, first: int, second: int
) -> None:
    assert calendar.add(calendar.add(start, first), second) == calendar.add(start, first + second)


@fast
@given(calendars, instants, instants, amounts, amounts)
def test_later_starts_and_longer_targets_are_never_due_earlier(
    calendar: WorkCalendar, a: datetime, b: datetime, first: int, second: int
) -> None:
    early, late = sorted((a, b))
    short, long = sorted((first, second))
    assert calendar.add(early, short) <= calendar.add(late, short)
    assert calendar.add(early, short) <= calendar.add(early, long)
    assert calendar.next_open(early) <= calendar.next_open(late)
    assert early <= calendar.next_open(early) <= calendar.add(early, short)


@fast
@given(calendars, instants, amounts, st.data())
def test_pauses_move_the_due_instant_by_what_they_hold(
    calendar: WorkCalendar, start: datetime, seconds: int, data: st.DataObject
) -> None:
    around = moments(start + 30 * DAY, days=40)
    pauses: list[Pause] = data.draw(st.lists(st.tuples(around, around), max_size=5))
    due = calendar.add(start, seconds, pauses)
    assert due is not None
    assert due >= calendar.add(start, seconds)
    assert calendar.between(start, due, pauses) == seconds
    assert calendar.between(start, due - timedelta(seconds=1), pauses) == seconds - 1
    assert calendar.add(start, seconds, pauses[::-1]) == due
    assert calendar.add(start, seconds, [*pauses, (due, None)]) == due


@fast
@given(calendars, instants, st.integers(1, 300))
def test_business_dates_are_the_dates_that_have_a_closing(
    calendar: WorkCalendar, at: datetime, count: int
) -> None:
    day = at.date()
    found = calendar.business_dates_after(day, count)
    assert len(found) == count
    between = (day + timedelta(days=n) for n in range(1, (found[-1] - day).days + 1))
    assert [date for date in between if calendar.closing(date) is not None] == [*found]
    closing = calendar.closing(found[-1])
    assert closing is not None
    assert calendar.is_open(closing - timedelta(seconds=1))
    received = calendar.receipt_date(at)
    assert calendar.due_in_business_dates(at, count) == calendar.closing(
        calendar.business_dates_after(received, count)[-1]
    )
    assert at < calendar.due_same_day(at) <= calendar.due_in_business_dates(at, 1)


@settings(fast, max_examples=amount(20, long=80))
@given(calendars, instants, instants)
def test_a_calendar_that_was_used_answers_as_a_new_one(
    calendar: WorkCalendar, a: datetime, b: datetime
) -> None:
    a, b = sorted((a, b))
    again = pickle.loads(pickle.dumps(calendar))  # noqa: S301
    calendar.between(datetime(1999, 1, 1, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC))
    assert again == calendar
    assert again.between(a, b) == calendar.between(a, b)
    assert again.next_open(a) == calendar.next_open(a)
