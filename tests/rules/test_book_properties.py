"""Random purchases and work: the book adds up, whatever the order."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bridge.model.ledger import LedgerEntry
from bridge.rules.prepaid.book import purchase_subject, read
from bridge.rules.prepaid.posting import settle, subject_of
from tests.rules.test_book import ZONE, H, at, bought, by_subject, contract, kept, on, took

DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31)).map(date.isoformat)
PURCHASES = st.lists(st.tuples(DAYS, st.integers(1, 200_000)), max_size=5)
WORK = st.lists(st.tuples(DAYS, st.integers(1, 50_000), st.integers(1, 4)), max_size=12)
CARRY = st.sampled_from([{}, {"years": 1}, {"years": 2}, {"on": "never"}, {"on": "renewal"}])
STARTS = st.sampled_from([None, date(2024, 2, 29), date(2023, 7, 1)])


def ledger(purchases: list[tuple[str, int]], work: list[tuple[str, int, int]]) -> list[LedgerEntry]:
    entries = [bought(day, s / H, n) for n, (day, s) in enumerate(purchases, start=1)]
    entries += [took(day, s / H, f"desk:{t}") for day, s, t in work]
    return [replace(e, key=f"{subject_of(e)} {n}#1") for n, e in enumerate(entries)]


@given(PURCHASES, WORK, CARRY, STARTS)
def test_p4_splitting_over_purchases_never_loses_a_second(
    purchases: list[tuple[str, int]],
    work: list[tuple[str, int, int]],
    carry: dict[str, Any],
    start: date | None,
) -> None:
    entries = ledger(purchases, work)
    found = at(contract(carry=carry, start=start), entries, "2028-06-01")
    lapsed = -sum(d.seconds for d in found.due if d.subject.startswith("lapse "))
    over = sum(use.seconds for use in found.uses if use.lot is None)
    assert sum(use.seconds for use in found.uses) == -sum(e.seconds for e in entries if e.ticket)
    assert sum(lot.left for lot in found.lots) - over == found.balance
    assert found.balance == sum(e.seconds for e in entries) - lapsed
    for lot in found.lots:
        taken = sum(use.seconds for use in found.uses if use.lot == lot.subject)
        assert 0 <= lot.left <= lot.seconds - taken


@given(PURCHASES, WORK, CARRY, STARTS, st.randoms())
def test_p2_the_order_of_entries_does_not_matter(
    purchases: list[tuple[str, int]],
    work: list[tuple[str, int, int]],
    carry: dict[str, Any],
    start: date | None,
    chance: random.Random,
) -> None:
    book = contract(carry=carry, start=start)
    entries = ledger(purchases, work)
    shuffled = chance.sample(entries, len(entries))
    assert at(book, entries, "2028-06-01") == at(book, shuffled, "2028-06-01")


@given(PURCHASES, WORK, CARRY, STARTS, st.lists(DAYS, max_size=4))
def test_r0_10_pairs_sum_to_zero_and_the_balance_is_the_sum_whenever_they_are_entered(
    purchases: list[tuple[str, int]],
    work: list[tuple[str, int, int]],
    carry: dict[str, Any],
    start: date | None,
    days: list[str],
) -> None:
    book = contract(carry=carry, start=start)
    posted = kept(book, ledger(purchases, work), *sorted(days), "2028-06-01")
    pairs = by_subject([e for e in posted if e.key.startswith("year ")])
    whole: dict[str, int] = defaultdict(int)
    for subject, entries in pairs.items():
        whole[subject.rpartition(" ")[0]] += sum(e.seconds for e in entries)
    assert set(whole.values()) <= {0}
    found = at(book, posted, "2028-06-01")
    assert sum(e.seconds for e in posted) == found.balance
    assert settle("acme", found.due, by_subject(posted)) == ()


@given(PURCHASES, WORK, CARRY, STARTS, DAYS, st.integers(0, 86400), st.randoms())
def test_nothing_of_a_book_changes_unless_it_was_woken(
    purchases: list[tuple[str, int]],
    work: list[tuple[str, int, int]],
    carry: dict[str, Any],
    start: date | None,
    day: str,
    second: int,
    chance: random.Random,
) -> None:
    known, planned = purchases[::2], purchases[1::2]
    written = [{"date": date.fromisoformat(d), "hours": h} for d, h in planned]
    book = contract(carry=carry, start=start, purchased=written, low_balance="8h")
    entries, zone = ledger(known, work), ZoneInfo(chance.choice(("Europe/Zurich", "America/Lima")))
    now = on(day, 0) + timedelta(seconds=second)
    found = read(book, entries, zone, now)
    until = found.wakes_at or now + timedelta(days=900)
    room = (until - now) // timedelta(seconds=1)
    tried = [now + timedelta(seconds=chance.randrange(room)) for _ in range(3)]
    for moment in (*tried, until - timedelta.resolution):
        assert replace(read(book, entries, zone, moment), wakes_at=None) == replace(
            found, wakes_at=None
        )
        assert [p.at <= moment for p in book.prepaid.purchased] == [  # type: ignore[union-attr]
            p.at <= now
            for p in book.prepaid.purchased  # type: ignore[union-attr]
        ]


def test_a_book_wakes_for_its_warning_its_end_and_the_end_of_the_year() -> None:
    book = contract(carry={"on": "renewal", "warn_days": 30})
    entries, now = [bought("2026-02-10", 8)], on("2026-03-01")
    woken = []
    for _ in range(3):
        now = read(book, entries, ZONE, now).wakes_at or now
        woken.append(f"{now:%Y-%m-%d %H:%M}")
    assert woken == ["2026-12-31 23:00", "2027-01-10 23:00", "2027-02-09 23:00"]


def test_a_purchase_of_the_configuration_is_known_by_its_day_and_place() -> None:
    (purchase,) = contract(purchased=[{"date": date(2026, 1, 1), "hours": 40}]).prepaid.purchased  # type: ignore[union-attr]
    assert purchase_subject("test", purchase, 1) == "purchase test 2026-01-01 1"
