"""The hours as a client sees them: at any time, and month by month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bridge.cli.views import status as status_view
from bridge.contracts import Contract, build
from bridge.model import EntryKind
from bridge.model.ledger import LedgerEntry
from bridge.rules.prepaid.statement import Month, meeting, statement
from tests.engine.desk import JANE, Desk
from tests.engine.test_assess import reopened

ZONE = ZoneInfo("Europe/Zurich")
HOUR = 3600
MAY = Month.of(datetime(2026, 5, 13, 8, tzinfo=UTC), ZONE)


def entry(
    at: datetime, hours: int, kind: EntryKind = EntryKind.CREDIT, ticket: str | None = None
) -> LedgerEntry:
    return LedgerEntry(f"{at}{kind}{ticket}", "acme", "book", at, kind, hours * HOUR, ticket)


def used(at: datetime, hours: int, kind: EntryKind = EntryKind.DEDUCTION) -> LedgerEntry:
    return entry(at, -hours, kind, "desk:1")


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, 12, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.sync()
    yield made
    made.database.close()


def shown(desk: Desk) -> status_view.Status:
    with desk.database.read() as conn:
        return status_view.status(conn, desk.agreements, desk.now)


def test_r0_7_hours_used_are_visible_at_once_and_never_older_than_the_last_sync(
    desk: Desk,
) -> None:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=1800)
    desk.tool.log_time(key, JANE, 1500)
    before = shown(desk)
    assert [b.left for b in before.balances] == [40 * HOUR]
    desk.sync()
    after = shown(desk)
    assert [b.left for b in after.balances] == [40 * HOUR - 1500]
    assert after.sources[0].last_success_at is not None
    assert desk.now - after.sources[0].last_success_at <= timedelta(minutes=5)


def test_r2_17_status_says_what_was_consumed_this_month_and_what_remains(desk: Desk) -> None:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=1800)
    desk.tool.log_time(key, JANE, 1500)
    desk.sync()
    ((client, contract, month),) = shown(desk).months
    assert (client, contract) == ("acme", "book")
    assert (month.consumed, month.remaining) == (1500, 40 * HOUR - 1500)
    text = status_view.lines(shown(desk), ZONE, desk.now)
    assert "acme      39h35 left, 0h25 used this month" in text
    data = status_view.data(shown(desk))
    assert data["months"] == [
        {
            "client": "acme",
            "contract": "book",
            "from": "2026-04-30T22:00:00Z",
            "opening_seconds": 40 * HOUR,
            "credited_seconds": 0,
            "consumed_seconds": 1500,
            "remaining_seconds": 40 * HOUR - 1500,
        }
    ]


def test_r2_17_the_statement_of_a_month_adds_up() -> None:
    entries = [
        entry(day(1, 1), 40),
        used(day(4, 20), 3),
        used(day(5, 2), 4),
        used(day(5, 3), -1, EntryKind.CORRECTION),
        entry(day(5, 20), 10),
        used(day(6, 1), 7),
    ]
    found = statement(entries, MAY)
    assert (found.opening, found.credited) == (37 * HOUR, 10 * HOUR)
    assert (found.consumed, found.remaining) == (3 * HOUR, 44 * HOUR)


def test_r2_17_a_month_begins_and_ends_at_the_clients_midnight() -> None:
    assert MAY.start == datetime(2026, 4, 30, 22, tzinfo=UTC)
    assert MAY.end == datetime(2026, 5, 31, 22, tzinfo=UTC)
    last = used(MAY.end - timedelta(seconds=1), 1)
    assert statement([used(MAY.start, 2), last], MAY).consumed == 3 * HOUR
    assert statement([used(MAY.end, 2)], MAY).consumed == 0
    assert statement([used(MAY.start - timedelta(seconds=1), 2)], MAY).consumed == 0
    december = Month.of(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), ZoneInfo("UTC"))
    assert december.end == datetime(2027, 1, 1, tzinfo=UTC)


def method() -> Contract:
    cross = {"weekly_above": "80h", "steering": "12h"}
    return build("book", {"preset": "carnet", "cross_project": cross})


def test_r2_17_each_book_has_a_month_of_its_own(tmp_path: Path) -> None:
    second = """
[contracts.shop]
preset = "carnet"
same_day_cutoff = "16:00"
scope = [{ labels = ["shop"] }]
prepaid.purchased = [{ date = 2026-05-04, hours = 10 }]
"""
    desk = Desk(tmp_path, more=second)
    text = desk.path.read_text(encoding="utf-8")
    both = text.replace('["book"]\n\n', '["shop", "book"]\n\n', 1)
    desk.path.write_text(both, encoding="utf-8")
    desk = reopened(desk)
    desk.sync()
    key = desk.opened(labels=("shop",))
    desk.tool.change(key, JANE, estimate=1800)
    desk.tool.log_time(key, JANE, 1500)
    desk.sync()
    found = {contract: month for _, contract, month in shown(desk).months}
    assert (found["shop"].credited, found["shop"].consumed) == (10 * HOUR, 1500)
    assert (found["book"].opening, found["book"].consumed) == (40 * HOUR, 0)
    desk.database.close()


@pytest.mark.parametrize(("seconds", "advised"), [(80 * HOUR, False), (80 * HOUR + 1, True)])
def test_r2_18_a_weekly_meeting_is_advised_above_ten_days_a_month(
    seconds: int, advised: bool
) -> None:
    assert (meeting(method(), seconds) is not None) is advised


def test_r2_18_the_hint_names_what_a_steering_committee_takes() -> None:
    found = meeting(method(), 90 * HOUR)
    assert found is not None
    assert str(found) == (
        "cross_project.weekly_above: 90h this month, more than 80h: a weekly meeting is advised; "
        "preparing a steering committee takes about 12h"
    )


def test_r2_18_no_hint_without_the_key() -> None:
    assert meeting(build("book", {"preset": "carnet"}), 900 * HOUR) is None
