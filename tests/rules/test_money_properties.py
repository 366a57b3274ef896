"""Random work under random contracts: charges and balances add up."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bridge.contracts.model import Rounding
from bridge.model import (
    EntryKind,
    Sent,
    State,
    TimeEntry,
)
from bridge.model.assessment import Assessment
from bridge.model.ledger import LedgerEntry
from bridge.rules.dossier import Available
from bridge.rules.prepaid.measure import ONE, measure, times, total
from bridge.rules.prepaid.posting import Due, settle, subject_of
from bridge.rules.prepaid.work import Work
from tests.rules.making import (
    ALICE,
    JANE,
    START,
    after,
    asked,
    assessed,
    estimated,
    said,
    terms,
    ticket,
)
from tests.rules.test_money import EXPRESS, ZONE, H, parts, urgent

MINUTES = st.integers(0, 60 * 24 * 20)
PIECES = st.lists(st.tuples(MINUTES, st.integers(1, 40_000)), max_size=8)
HOURS = st.integers(60, 60 * 60)
ANSWERS = st.sampled_from([None, "J'approuve", "Je refuse", "oui"])
PRESETS = st.sampled_from(["carnet", "tma", "managed"])
ROUNDINGS = st.none() | st.fixed_dictionaries(
    {
        "unit": st.sampled_from(["1m", "15m", "1h"]),
        "per": st.sampled_from(["entry", "ticket and day", "ticket"]),
        "mode": st.sampled_from(["up", "nearest", "down"]),
    }
)
CASES = st.fixed_dictionaries(
    {
        "preset": PRESETS,
        "pieces": PIECES,
        "estimates": st.lists(st.tuples(HOURS, ANSWERS), max_size=3),
        "rounding": ROUNDINGS,
        "express": st.booleans(),
        "closed": st.booleans(),
        "available": st.none() | st.integers(-H, 20 * H),
    }
)


def random_life(case: dict[str, Any], entries: list[tuple[int, int]]) -> Assessment:
    """A random life of a ticket: up to three estimates, each perhaps asked and answered."""
    start = urgent() if case["express"] else ticket()
    thread = replace(start, state=State.CLOSED) if case["closed"] else start
    sent: list[Sent] = []
    before: str | None = None
    for number, (minutes, answer) in enumerate(case["estimates"], start=1):
        size, base = f"{minutes}m", number * 60 * 24 * 5
        if size == before:
            continue
        thread = estimated(thread, size, base, old=before)
        thread, question = asked(thread, base + 1, number=len(thread.events))
        thread = said(thread, ALICE, answer, base + 2) if answer else thread
        sent.append(question)
        before = size
    done = tuple(TimeEntry(f"t{at}-{s}-{n}", after(at), JANE, s) for n, at, s in _named(entries))
    prepaid = {"rounding": case["rounding"]} if case["rounding"] else {}
    own = EXPRESS if case["express"] and case["preset"] == "carnet" else {}
    under = terms(preset=case["preset"], prepaid={"purchased": [], **prepaid}, **own)
    finished = replace(thread, time_entries=done)
    available = Available(case["available"])
    return assessed(finished, *sent, under=under, minute=60 * 24 * 30, available=available)


def _named(entries: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Equal entries get numbers of their own, whatever the order they come in."""
    seen: dict[tuple[int, int], int] = defaultdict(int)
    found = []
    for at, seconds in entries:
        seen[at, seconds] += 1
        found.append((seen[at, seconds], at, seconds))
    return found


@given(CASES)
def test_p2_the_parts_of_a_charge_always_add_up(case: dict[str, Any]) -> None:
    result = random_life(case, case["pieces"])
    cost = result.charge
    assert all(part >= 0 for part in parts(result))
    assert cost.worked == sum(seconds for _, seconds in case["pieces"])
    assert all(day.seconds > 0 for day in cost.days)
    if result.if_declined is not None:
        stopped = result.if_declined
        assert stopped.held == 0
        assert stopped.consumed + stopped.offered == stopped.chargeable == cost.chargeable


@given(CASES, st.randoms())
def test_p2_the_order_of_time_entries_does_not_matter(
    case: dict[str, Any], chance: random.Random
) -> None:
    pieces = case["pieces"]
    shuffled = chance.sample(pieces, len(pieces))
    one, other = random_life(case, pieces), random_life(case, shuffled)
    assert replace(one.charge, why=()) == replace(other.charge, why=())
    assert one.charge == random_life(case, pieces).charge


@given(PIECES, ROUNDINGS, st.sampled_from(["1", "1.5", "2.5", "1.333"]))
def test_p3_pieces_add_up_to_the_rounded_and_multiplied_whole(
    pieces: list[tuple[int, int]], rounding: dict[str, str] | None, factor: str
) -> None:
    found = [
        Work(f"desk:1/t{n}", after(at), "jdoe", s, "desk:1") for n, (at, s) in enumerate(pieces)
    ]
    rule = Rounding.model_validate(rounding) if rounding else None
    whole = total(measure(found, rule, ONE, ZONE))
    assert total(measure(found, rule, Decimal(factor), ZONE)) == times(Decimal(factor), whole)
    assert all(item.seconds >= 0 for item in measure(found, rule, Decimal(factor), ZONE))
    if rule is None:
        assert whole == sum(s for _, s in pieces)
    elif rule.mode == "up":
        assert whole >= sum(s for _, s in pieces)
    elif rule.mode == "down":
        assert whole <= sum(s for _, s in pieces)


@given(st.lists(CASES, max_size=6))
def test_p2_random_changes_keep_the_balance_the_sum_of_what_is_due(
    changes: list[dict[str, Any]],
) -> None:
    posted: list[LedgerEntry] = []
    for case in changes:
        days = random_life(case, case["pieces"]).charge.days
        by_subject: dict[str, list[LedgerEntry]] = defaultdict(list)
        for entry in posted:
            by_subject[subject_of(entry)].append(entry)
        wanted = {f"ticket desk:1 test {d.day}": d for d in days}
        due = [
            Due(subject, "test", -d.seconds, d.at, EntryKind.DEDUCTION, "desk:1")
            for subject, d in wanted.items()
        ]
        due += [
            Due(subject, "test", 0, START, EntryKind.DEDUCTION, "desk:1")
            for subject in by_subject
            if subject not in wanted
        ]
        entered = settle("acme", due, by_subject)
        assert entered == settle("acme", due, by_subject)
        posted += entered
        assert sum(e.seconds for e in posted) == -sum(d.seconds for d in days)
    assert len({e.key for e in posted}) == len(posted)
