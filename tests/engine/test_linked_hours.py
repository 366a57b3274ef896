"""Linked work: no hour is lost, doubled or moved, whatever becomes of the tickets and links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.engine.safety import Limit, exceeded
from bridge.model import Person, Record, RecordKind, State
from bridge.store import records, wakes
from tests.engine.test_linking import ALICE, AT, JANE, House

MALLORY = Person("Mallory", "13", "mallory")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.database.close()


def small(house: House, title: str = "Index", seconds: int = 600) -> str:
    """An issue of acme's own, small enough to be deducted without approval."""
    key = house.worked(title, seconds, by=ALICE, project="acme")
    house.code.change(key, JANE, estimate=1800)
    house.sync()
    return key


def told(house: House, ref: str) -> list[str]:
    """What a person is asked about a ticket."""
    return [reason.text for reason in house.assessed(*ref.split(":")).assessment.attention]


def test_threat_C2_hours_stay_with_a_request_that_shows_another_clients_signs(house: House) -> None:
    house.asked()
    work = small(house)
    house.code.change(work, JANE, title="Index, desk#1")
    house.sync()
    assert house.taken() == {"desk:1": 600}
    house.desk.change("1", JANE, project="beta")
    house.sync()
    house.sync()
    assert (house.taken(), house.taken("beta")) == ({"desk:1": 600}, {})
    assert told(house, "desk:1") == ["it was acme's when it was first assessed; now beta fits"]


def test_threat_C2_hours_stay_where_they_count_when_the_work_shows_another_clients_signs(
    house: House,
) -> None:
    house.asked()
    work = small(house)
    house.code.change(work, JANE, title="Index, desk#1")
    house.sync()
    house.code.change(work, JANE, project="beta")
    house.sync()
    house.sync()
    assert (house.taken(), house.taken("beta")) == ({"desk:1": 600}, {})
    assert told(house, "code:1") == ["it was acme's when it was first assessed; now beta fits"]


def test_work_that_was_entered_for_itself_and_then_moved_and_linked_is_paid_once(
    house: House,
) -> None:
    house.asked()
    work = small(house)
    assert house.taken() == {"code:1": 600}
    house.code.change(work, JANE, project="beta")
    house.sync()
    house.code.change(work, JANE, title="Index, desk#1")
    house.sync()
    house.sync()
    assert (house.taken(), house.taken("beta")) == ({"desk:1": 600}, {})


def test_threat_I8_work_that_may_be_two_clients_moves_no_hours(house: House) -> None:
    house.asked()
    house.worked("desk#1", 600, project="acme", labels=("beta",))
    house.sync()
    assert house.taken() == {}
    (text,) = told(house, "code:1")[-1:]
    assert text == "names desk:1, which is acme's, and may itself be another client's"


def test_hours_for_a_request_older_than_act_since_go_to_a_person(house: House) -> None:
    house.asked()
    old = house.desk.open("desk", "Vieux", ALICE, project="acme")
    house.desk.tickets[old] = replace(house.desk.tickets[old], created_at=AT - timedelta(days=90))
    house.sync()
    work = small(house)
    house.code.change(work, JANE, title=f"Index, desk#{old}")
    house.sync()
    house.sync()
    assert house.taken() == {"code:1": 600}
    (text,) = told(house, "code:1")[-1:]
    assert text == f"names desk:{old}, which is older than act_since: nothing is entered for it"


def test_threat_H10_a_chain_of_any_length_ends_no_pass(house: House) -> None:
    for number in range(1, 301):
        house.code.open("code", f"desk#{number}", JANE)
        house.desk.open("desk", f"code#{number + 1}", JANE)
    house.sync()
    (text,) = told(house, "code:1")[-1:]
    assert text == "names desk:1, which begins a long chain: name the request itself"


def test_a_label_is_trusted_whatever_the_text_names_besides(house: House) -> None:
    key = house.asked()
    house.desk.change(key, JANE, url="https://desk.example/a/tickets/1")
    house.sync("desk")
    body = "https://desk.example/a/tickets/1"
    house.worked("Travail", 3600, by=MALLORY, body=body, labels=("desk#1",))
    house.sync()
    assert house.taken() == {"desk:1": 3600}


def test_hours_noted_beside_a_pass_by_a_clock_that_is_behind_are_not_lost(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is noted carries the time at which somebody began; a pass may be further by then."""
    key = house.asked()
    house.desk.change(key, JANE, state=State.CLOSED)
    house.sync()
    house.sync()

    def limit(*given: Any) -> Limit | None:
        before = house.now - timedelta(hours=1)
        spent = Record("r1", "desk", key, before, "jdoe", RecordKind.SPEND, 600)
        with house.database.write() as conn:
            records.append(conn, spent)
            wakes.touch(conn, "desk", key, before)
        monkeypatch.undo()
        return exceeded(*given)

    monkeypatch.setattr("bridge.engine.sync.exceeded", limit)
    house.sync("desk")
    house.sync("desk")
    assert house.taken() == {"desk:1": 600}


def test_hours_follow_a_change_of_the_configuration_on_closed_tickets(house: House) -> None:
    """Whose a ticket is, who we are and from when we act is not in the tickets."""
    house.asked()
    work = house.worked("desk#1", 600, by=MALLORY)
    house.sync()
    assert house.taken() == {}
    house.code.change(work, JANE, state=State.CLOSED)
    house.desk.change("1", JANE, state=State.CLOSED)
    house.sync()
    house.sync()
    text = house.file.read_text(encoding="utf-8")
    text = text.replace('"code:jdoe"', '"code:jdoe", "code:mallory"')
    house.file.write_text(text, encoding="utf-8")
    house.configure()
    house.sync()
    house.sync()
    assert house.taken() == {"desk:1": 600}
