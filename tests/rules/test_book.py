"""The book of hours: purchases, years, carrying over, freezing, the low balance."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.contracts import Contract
from bridge.model import EntryKind, Reason
from bridge.model.ledger import LedgerEntry
from bridge.rules.prepaid import years
from bridge.rules.prepaid.book import Book, available, read, restrains
from bridge.rules.prepaid.posting import settle, subject_of
from tests.rules.making import terms

H = 3600
ZONE = ZoneInfo("Europe/Zurich")


def contract(preset: str = "carnet", **prepaid: Any) -> Contract:
    return terms(preset=preset, prepaid={"purchased": [], **prepaid}).contract


def on(day: str, hour: int = 9) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) + timedelta(
        hours=hour
    )


def bought(day: str, hours: float, number: int = 1) -> LedgerEntry:
    """A purchase as the configuration's is entered: at midnight UTC of its day."""
    key = f"purchase test {day} {number}#1"
    seconds = int(hours * H)
    return LedgerEntry(key, "acme", "test", on(day, 0), EntryKind.CREDIT, seconds)


def took(day: str, hours: float, ticket: str = "desk:1") -> LedgerEntry:
    key = f"ticket {ticket} test {day}#1"
    seconds = -int(hours * H)
    return LedgerEntry(key, "acme", "test", on(day), EntryKind.DEDUCTION, seconds, ticket)


def at(book_of: Contract, entries: list[LedgerEntry], day: str, hour: int = 12) -> Book:
    return read(book_of, entries, ZONE, on(day, hour))


def kept(book_of: Contract, entries: list[LedgerEntry], *days: str) -> list[LedgerEntry]:
    """The ledger after the ends of years were entered on each of these days."""
    posted = list(entries)
    for day in days:
        posted += settle("acme", at(book_of, posted, day).due, by_subject(posted))
    return posted


def by_subject(entries: list[LedgerEntry]) -> dict[str, list[LedgerEntry]]:
    found: dict[str, list[LedgerEntry]] = defaultdict(list)
    for entry in entries:
        found[subject_of(entry)].append(entry)
    return found


def own(entries: list[LedgerEntry]) -> list[LedgerEntry]:
    return [e for e in entries if e.kind is EntryKind.ROLL_OVER]


def rules_of(notices: tuple[Reason, ...]) -> list[str]:
    return [notice.cited for notice in notices]


# ── Purchases ───────────────────────────────────────────────────────────────────────────────────


def test_r0_9_hours_count_from_their_day_and_no_work_is_stopped_by_date() -> None:
    book = contract()
    entries = [took("2026-01-15", 2), bought("2026-02-01", 10)]
    before = at(book, entries[:1], "2026-01-20")
    assert (before.balance, before.frozen_since, restrains(book)) == (-2 * H, None, False)
    after = at(book, entries, "2026-02-02")
    assert (after.balance, after.lots[0].left) == (8 * H, 8 * H)
    long_after = at(book, entries, "2031-02-02")
    assert (long_after.balance, long_after.frozen) == (8 * H, 0)


def test_p4_the_purchase_ending_first_is_used_first_and_an_entry_is_split_over_two() -> None:
    endless, ending = date(2026, 1, 1), date(2026, 2, 1)
    purchased = [
        {"date": endless, "hours": 10},
        {"date": ending, "hours": 3, "until": date(2026, 12, 31)},
    ]
    book = contract(purchased=purchased)
    entries = [
        bought("2026-01-01", 10, 1),
        bought("2026-02-01", 3, 2),
        took("2026-03-01", 5),
    ]
    found = at(book, entries, "2026-03-02")
    assert {lot.subject: lot.left for lot in found.lots} == {
        "purchase test 2026-01-01 1": 8 * H,
        "purchase test 2026-02-01 2": 0,
    }
    assert sorted((use.lot, use.seconds) for use in found.uses) == [
        ("purchase test 2026-01-01 1", 2 * H),
        ("purchase test 2026-02-01 2", 3 * H),
    ]


def test_p4_of_two_that_end_the_same_day_the_older_is_used_first() -> None:
    book = contract()
    entries = [bought("2026-02-01", 3), bought("2026-01-01", 3), took("2026-03-01", 4)]
    found = at(book, entries, "2026-03-02")
    assert [(lot.since.date().isoformat(), lot.left) for lot in found.lots] == [
        ("2026-01-01", 0),
        ("2026-02-01", 2 * H),
    ]


def test_p4_a_purchase_counts_to_the_end_of_its_last_day_and_then_lapses() -> None:
    purchased = [{"date": date(2026, 1, 1), "hours": 10, "until": date(2026, 3, 31)}]
    book = contract(purchased=purchased)
    entries = [bought("2026-01-01", 10), took("2026-03-31", 4)]
    assert at(book, entries, "2026-03-31", 21).balance == 6 * H
    after = at(book, entries, "2026-04-01")
    assert after.balance == 0
    (lapse,) = after.due
    assert (lapse.seconds, lapse.kind) == (-6 * H, EntryKind.ROLL_OVER)


def test_p4_a_negative_balance_is_alarmed_and_the_next_purchase_covers_it() -> None:
    book = contract()
    entries = [bought("2026-01-01", 1), took("2026-02-01", 3)]
    over = at(book, entries, "2026-02-02")
    assert (over.balance, rules_of(over.notices)) == (-2 * H, ["P4"])
    assert [(use.lot is None, use.seconds) for use in over.uses] == [(False, H), (True, 2 * H)]
    covered = at(book, [*entries, bought("2026-03-01", 5)], "2026-03-02")
    assert (covered.balance, covered.notices) == (3 * H, ())
    assert all(use.lot is not None for use in covered.uses)


def test_p4_stop_at_zero_lets_a_ticket_take_what_is_left_beside_its_own() -> None:
    book = contract(stop_at_zero=True)
    found = at(book, [bought("2026-01-01", 3), took("2026-02-01", 2)], "2026-02-02")
    assert available(book, found, "desk:1").seconds == 3 * H
    assert available(book, found, "desk:2").seconds == H
    assert available(contract(), found, "desk:2").seconds is None


def test_purchases_of_another_contract_are_in_another_book() -> None:
    other = replace(bought("2026-01-01", 7), contract="other", key="purchase other 2026-01-01 1#1")
    found = at(contract(), [bought("2026-01-01", 3), other], "2026-02-02")
    assert (found.balance, found.credited) == (3 * H, 3 * H)


# ── Years ───────────────────────────────────────────────────────────────────────────────────────


def test_r0_10_at_the_calendar_years_end_the_whole_balance_is_carried_as_a_pair() -> None:
    entries = [bought("2026-01-01", 40), took("2026-05-01", 10)]
    assert own(kept(contract(), entries, "2026-12-31")) == []
    posted = kept(contract(), entries, "2027-01-01", "2027-06-01")
    out, back = own(posted)
    assert (out.seconds, back.seconds) == (-30 * H, 30 * H)
    assert out.at == back.at == datetime(2027, 1, 1, tzinfo=ZONE)
    assert sum(e.seconds for e in posted) == 30 * H


def test_r0_10_the_year_is_the_contracts_when_a_start_is_given() -> None:
    book = contract(start=date(2025, 7, 1))
    posted = kept(book, [bought("2026-01-01", 40)], "2026-06-30")
    assert own(posted) == []
    out, back = own(kept(book, posted, "2026-07-01"))
    assert (out.seconds, back.seconds) == (-40 * H, 40 * H)
    assert back.at.astimezone(ZONE) == datetime(2026, 7, 1, tzinfo=ZONE)


def test_r0_10_carried_again_the_year_after_without_an_end() -> None:
    posted = kept(contract(), [bought("2026-01-01", 40)], "2027-01-02", "2028-01-02", "2036-01-02")
    assert len(own(posted)) == 2 * 10
    assert sum(e.seconds for e in own(posted)) == 0
    assert at(contract(), posted, "2036-01-02").balance == 40 * H


def test_r0_10_carry_years_ends_what_was_carried_so_often() -> None:
    book = contract(carry={"years": 1})
    entries = [bought("2026-03-01", 10), took("2026-04-01", 2), bought("2027-03-01", 5)]
    assert at(book, entries, "2027-12-31").balance == 13 * H
    posted = kept(book, entries, "2028-01-01")
    assert at(book, posted, "2028-01-01").balance == 5 * H
    (lapse,) = [e for e in own(posted) if e.key.startswith("lapse ")]
    assert lapse.seconds == -8 * H
    pairs = [e.seconds for e in own(posted) if e.key.startswith("year ")]
    assert sum(pairs) == 0
    assert 5 * H in pairs


def test_r0_10_a_contract_may_carry_nothing() -> None:
    book = contract(carry={"on": "never"})
    posted = kept(book, [bought("2026-03-01", 10), took("2026-04-01", 2)], "2027-01-01")
    assert sum(e.seconds for e in posted) == 0
    assert [e.key for e in own(posted)] == ["lapse purchase test 2026-03-01 1#1"]


def test_r0_10_work_entered_late_changes_what_was_carried_by_corrections_that_sum_to_zero() -> None:
    entries = [bought("2026-01-01", 40), took("2026-05-01", 10)]
    posted = kept(contract(), entries, "2027-01-02")
    late = kept(contract(), [*posted, took("2026-12-30", 3, "desk:2")], "2027-01-05")
    pair = [e for e in late if e.key.startswith("year ")]
    assert [e.seconds for e in pair] == [-30 * H, 30 * H, 3 * H, -3 * H]
    assert [e.kind for e in pair[2:]] == [EntryKind.CORRECTION, EntryKind.CORRECTION]
    assert sum(e.seconds for e in late) == 27 * H
    assert kept(contract(), late, "2027-01-06") == late


def test_r0_10_a_negative_balance_is_carried_too() -> None:
    posted = kept(contract(), [bought("2026-01-01", 1), took("2026-05-01", 3)], "2027-01-02")
    assert [e.seconds for e in own(posted)] == [2 * H, -2 * H]


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        (date(2026, 6, 30), None, date(2027, 1, 1)),
        (date(2026, 6, 30), date(2025, 7, 1), date(2026, 7, 1)),
        (date(2026, 7, 1), date(2025, 7, 1), date(2027, 7, 1)),
        (date(2025, 1, 1), date(2025, 7, 1), date(2025, 7, 1)),
        (date(2024, 2, 29), date(2024, 2, 29), date(2025, 3, 1)),
        (date(2025, 3, 1), date(2024, 2, 29), date(2026, 3, 1)),
    ],
)
def test_r0_10_where_a_year_ends(day: date, start: date | None, end: date) -> None:
    assert years.year_end(day, start) == end


# ── Renewal ─────────────────────────────────────────────────────────────────────────────────────


def test_r2_15_not_renewed_at_the_anniversary_the_balance_is_frozen_and_shown() -> None:
    book = contract("tma", start=date(2026, 2, 1))
    entries = [bought("2026-02-01", 80), took("2026-05-01", 10)]
    last_day = at(book, entries, "2027-01-31", 22)
    assert (last_day.frozen_since, last_day.frozen) == (None, 0)
    gone = at(book, entries, "2027-02-01")
    assert gone.frozen_since == datetime(2027, 2, 1, tzinfo=ZONE)
    assert (gone.balance, gone.frozen) == (70 * H, 70 * H)
    assert "prepaid.carry" in rules_of(gone.notices)
    assert available(book, gone, "desk:1").frozen_since == gone.frozen_since
    assert gone.due == ()


def test_r2_15_renewed_nothing_is_lost() -> None:
    book = contract("tma", start=date(2026, 2, 1))
    entries = [bought("2026-02-01", 80), took("2026-05-01", 10), bought("2027-02-01", 40)]
    posted = kept(book, entries, "2027-02-01")
    found = at(book, posted, "2027-02-02")
    assert (found.balance, found.frozen_since) == (110 * H, None)
    assert [e.seconds for e in own(posted)] == [-70 * H, 70 * H]


def test_r2_15_a_later_renewal_still_carries() -> None:
    book = contract("tma", start=date(2026, 2, 1))
    entries = [bought("2026-02-01", 80), took("2026-05-01", 10)]
    assert own(kept(book, entries, "2027-04-01")) == []
    posted = kept(book, [*entries, bought("2027-05-01", 40)], "2027-05-02")
    found = at(book, posted, "2027-05-02")
    assert (found.balance, found.frozen_since) == (110 * H, None)
    out, back = own(posted)
    assert (out.seconds, back.seconds) == (-70 * H, 70 * H)
    assert back.at.astimezone(ZONE).date() == date(2027, 5, 1)


@pytest.mark.parametrize(
    ("day", "warned"), [("2027-01-01", False), ("2027-01-02", True), ("2027-01-31", True)]
)
def test_r2_15_the_end_is_told_thirty_days_before(day: str, warned: bool) -> None:
    book = contract("tma", start=date(2026, 2, 1))
    entries = [bought("2026-02-01", 80)]
    assert ("prepaid.carry" in rules_of(at(book, entries, day).notices)) is warned


def test_r2_15_a_renewal_that_is_written_already_needs_no_warning() -> None:
    for day, warned in ((date(2027, 2, 1), False), (date(2027, 2, 2), True)):
        purchased = [{"date": date(2026, 2, 1), "hours": 80}, {"date": day, "hours": 40}]
        book = contract("tma", start=date(2026, 2, 1), purchased=purchased)
        notices = at(book, [bought("2026-02-01", 80)], "2027-01-20").notices
        assert ("prepaid.carry" in rules_of(notices)) is warned


def test_r2_15_a_book_frozen_over_two_ends_of_years_is_carried_once() -> None:
    book = contract("tma", start=date(2026, 2, 1))
    entries = [bought("2026-02-01", 80), bought("2028-05-01", 40)]
    posted = kept(book, entries, "2028-05-02")
    assert [e.seconds for e in own(posted)] == [-80 * H, 80 * H]
    assert at(book, posted, "2028-05-02").balance == 120 * H


def test_r2_15_every_purchase_is_good_for_a_year_of_its_own() -> None:
    book = contract("tma", start=date(2026, 2, 1))
    entries = [bought("2026-02-01", 80), bought("2026-06-01", 20)]
    assert at(book, entries, "2027-05-31").frozen_since is None
    assert at(book, entries, "2027-06-01").frozen == 100 * H


def test_r2_15_hours_bought_before_the_start_are_good_from_the_start() -> None:
    book = contract("tma", start=date(2026, 2, 1))
    entries = [bought("2025-12-20", 80)]
    assert at(book, entries, "2027-01-31").frozen_since is None
    assert at(book, entries, "2027-02-01").frozen == 80 * H


def test_r0_10_a_carnet_is_never_frozen() -> None:
    assert at(contract(), [bought("2020-01-01", 80)], "2027-02-01").frozen == 0


# ── Low balance ─────────────────────────────────────────────────────────────────────────────────


def test_w11_an_hour_to_exactly_four_days_is_silent_and_a_minute_more_alerts() -> None:
    book = contract("tma")
    entries = [bought("2026-01-01", 33), took("2026-02-01", 1)]
    exactly = at(book, entries, "2026-02-02")
    assert (exactly.balance, exactly.low) == (32 * H, None)
    low = at(book, [*entries, took("2026-02-02", 1 / 60, "desk:2")], "2026-02-03").low
    assert low is not None
    assert (low.left, low.threshold, low.ticket) == (32 * H - 60, 32 * H, "desk:2")
    assert low.since_credit == int(on("2026-01-01", 0).timestamp())


def test_r2_14_once_per_crossing_and_again_only_after_a_credit_took_it_there() -> None:
    book = contract("tma")
    entries = [bought("2026-01-01", 33), took("2026-02-01", 2)]
    first = at(book, entries, "2026-02-02").low
    more = [*entries, took("2026-02-05", 5, "desk:2")]
    still = at(book, more, "2026-02-06").low
    given_back = LedgerEntry(
        "ticket desk:2 test 2026-02-05#2",
        "acme",
        "test",
        on("2026-02-07"),
        EntryKind.CORRECTION,
        5 * H,
        "desk:2",
    )
    back = at(book, [*more, given_back], "2026-02-08").low
    small = at(book, [*more, bought("2026-02-10", 2)], "2026-02-11").low
    assert first is not None
    assert still is not None
    assert back is not None
    assert small is not None
    assert len({low.since_credit for low in (first, still, back, small)}) == 1
    refilled = [*more, bought("2026-02-10", 20)]
    assert at(book, refilled, "2026-02-11").low is None
    second = at(book, [*refilled, took("2026-03-01", 15, "desk:3")], "2026-03-02").low
    assert second is not None
    assert second.since_credit != first.since_credit


def test_r2_14_a_credit_to_exactly_the_threshold_arms_the_next_alert() -> None:
    book = contract("tma")
    entries = [bought("2026-01-01", 10), bought("2026-02-01", 22), took("2026-03-01", 1)]
    low = at(book, entries, "2026-03-02").low
    assert low is not None
    assert low.since_credit == int(on("2026-02-01", 0).timestamp())


def test_r2_19_a_small_first_book_crosses_nothing() -> None:
    book = contract("tma")
    assert at(book, [bought("2026-01-01", 16), took("2026-02-01", 1)], "2026-02-02").low is None


def test_r2_14_a_contract_without_a_threshold_never_alerts() -> None:
    assert (
        at(contract(), [bought("2026-01-01", 1), took("2026-02-01", 1)], "2026-02-02").low is None
    )
