"""How the ledger follows: append-only, derived, corrected by new entries (P1, P2)."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bridge.model import EntryKind
from bridge.model.ledger import LedgerEntry
from bridge.rules.prepaid.posting import Due, settle, subject_of

DAY = datetime(2026, 5, 18, tzinfo=UTC)


def due(seconds: int, ticket: str = "tma:1", day: int = 0) -> Due:
    at = DAY + timedelta(days=day)
    return Due(f"ticket {ticket}", "book", -seconds, at, EntryKind.DEDUCTION, ticket, "Filtre")


def by_subject(entries: list[LedgerEntry]) -> dict[str, list[LedgerEntry]]:
    found: dict[str, list[LedgerEntry]] = defaultdict(list)
    for entry in entries:
        found[subject_of(entry)].append(entry)
    return found


def test_p1_what_corrects_names_what_it_corrects() -> None:
    (first,) = settle("acme", [due(5400)], {})
    assert (first.kind, first.seconds, first.ticket) == (EntryKind.DEDUCTION, -5400, "tma:1")
    (second,) = settle("acme", [due(3600, day=1)], by_subject([first]))
    assert (second.kind, second.seconds) == (EntryKind.CORRECTION, 1800)
    assert "corrects deduction of 2026-05-18" in second.note


def test_p2_the_same_entries_always_give_the_same_deduction() -> None:
    first = settle("acme", [due(5400)], {})
    assert settle("acme", [due(5400)], by_subject(list(first))) == ()
    assert settle("acme", [due(5400)], {}) == first


def test_p2_a_deleted_time_entry_gives_the_hours_back() -> None:
    posted = list(settle("acme", [due(5400)], {}))
    posted += settle("acme", [due(0)], by_subject(posted))
    assert [entry.seconds for entry in posted] == [-5400, 5400]
    assert settle("acme", [due(0)], by_subject(posted)) == ()


@given(st.lists(st.tuples(st.sampled_from(["tma:1", "tma:2"]), st.integers(0, 10**6))))
def test_p1_the_balance_is_the_sum_whatever_the_changes(changes: list[tuple[str, int]]) -> None:
    posted: list[LedgerEntry] = []
    wanted: dict[str, int] = {}
    for ticket, seconds in changes:
        wanted[ticket] = seconds
        posted += settle("acme", [due(seconds, ticket)], by_subject(posted))
    assert sum(entry.seconds for entry in posted) == -sum(wanted.values())
    assert len({entry.key for entry in posted}) == len(posted)
