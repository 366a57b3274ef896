"""Judging a batch: whose contract, and in how many questions to the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.engine.assess import Assessed, assess_stored
from bridge.model import ClockState, Kind, Priority
from bridge.store import tickets
from bridge.store.pages import save_page
from connectors.base import Page
from tests.engine.desk import ALICE, JANE, Desk

TWO = """
scope = [{ labels = ["book"] }]

[contracts.rest]
preset = "carnet"
same_day_cutoff = "16:00"
prepaid.purchased = [{ date = 2026-01-01, hours = 10 }]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.sync()
    yield made
    made.database.close()


def judgements(desk: Desk, *keys: str) -> list[Assessed]:
    with desk.database.read() as conn:
        return list(assess_stored(conn, desk.agreements, "desk", keys, desk.now))


def questions(desk: Desk, keys: list[str]) -> int:
    """How many statements judging these tickets takes."""
    count = 0

    def counted(*arguments: Any) -> None:
        nonlocal count
        count += 1

    with desk.database.read() as conn:
        sa.event.listen(conn, "before_cursor_execute", counted)
        assert len(list(assess_stored(conn, desk.agreements, "desk", keys, desk.now))) == len(keys)
        sa.event.remove(conn, "before_cursor_execute", counted)
    return count


def test_a_batch_takes_the_same_number_of_questions_whatever_its_size(desk: Desk) -> None:
    keys = [desk.opened() for _ in range(200)]
    for key in keys:
        desk.tool.log_time(key, JANE, 600)
    with desk.database.write() as conn:
        save_page(conn, "desk", Page(tuple(desk.tool.tickets.values()), "1"), desk.now)
    few, many = [keys[0], keys[100]], keys
    assert questions(desk, few) == questions(desk, many)


def test_each_ticket_falls_under_the_contract_in_whose_scope_it_is(tmp_path: Path) -> None:
    desk = Desk(tmp_path, more=TWO)
    text = desk.path.read_text(encoding="utf-8").replace('["book"]\n\n', '["book", "rest"]\n\n')
    desk.path.write_text(text, encoding="utf-8")
    desk = reopened(desk)
    desk.sync()
    labelled, other = desk.opened(labels=("book",)), desk.opened()
    desk.sync()
    first, second = judgements(desk, labelled, other)
    assert (first.assessment.contract, second.assessment.contract) == ("book", "rest")
    assert second.assessment.why[0].text.startswith("rest takes all that come; not book: ")
    desk.tool.change(other, ALICE, labels=("book",))
    desk.sync()
    (moved,) = judgements(desk, other)
    assert moved.assessment.contract == "book"
    said = [reason.text for reason in moved.assessment.why]
    assert "it fell under rest when it was first assessed; by its signs now book" in said
    with desk.database.read() as conn:
        bound = tickets.bound_client(conn, "desk", other)
    assert bound is not None
    assert bound.contract == "rest"
    desk.database.close()


def test_r3_4_extended_hours_of_the_contract_reach_its_clocks(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    text = desk.path.read_text(encoding="utf-8")
    begin = text.index("[contracts.book]")
    hosting = """[contracts.book]
preset = "hosting"
plan = "sur_mesure"
extended.weekly = { mon-sun = ["00:00-24:00"] }
"""
    desk.path.write_text(text[:begin] + hosting, encoding="utf-8")
    desk = reopened(desk)
    desk.sync()
    key = desk.opened(kind=Kind.INCIDENT, priority=Priority.CRITICAL)
    desk.sync()
    (one,) = judgements(desk, key)
    clock = next(c for c in one.assessment.clocks if c.target == "response")
    assert clock.state is ClockState.RUNNING
    assert clock.started_at is not None
    assert clock.due_at == clock.started_at + timedelta(hours=2)
    desk.database.close()


def reopened(desk: Desk) -> Desk:
    """The same desk with its configuration read again."""
    from bridge.config import load
    from bridge.engine.agreements import Agreements
    from bridge.engine.sync import Sync

    desk.agreements = Agreements(load(desk.path))
    desk.engine = Sync(desk.agreements, desk.database, desk.clock)
    return desk
