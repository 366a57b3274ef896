"""The due date of a promise, in the field of a tool where people keep the date that was agreed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.engine.assess import Assessed, assess_stored
from bridge.engine.plan import Action
from bridge.model import Field, Person, State, Ticket
from connectors import memory
from connectors.memory import Tool
from tests.engine import desk as desks
from tests.engine.desk import JANE, Desk

PROMISED = date(2026, 5, 26)  # five working days: Whit Monday, the 25th, is none
AGREED = date(2026, 7, 1)
LISTED = desks.CONFIGURATION.replace('"approval", "message"]', '"approval", "due", "message"]')
DATED = "classify.needs_date = [{ kind = 'request' }]"


class OneDate(Tool):
    """A tool with one due date, whoever sets it, as Redmine and GitLab have one."""

    tells_history = True

    def change(self, key: str, actor: Person, **values: Any) -> None:
        if "due" in values:
            values["due_on"] = values["due"]
        super().change(key, actor, **values)

    def _keep(self, ticket: Ticket) -> None:
        told = (e for e in ticket.events if self.tells_history or e.kind != "due")
        super()._keep(replace(ticket, events=tuple(told)))


class Untold(OneDate):
    """One that does not tell who set it."""

    tells_history = False


Make = Callable[..., tuple[Desk, str]]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """A desk with a request in it, read and written once."""
    made: list[Desk] = []

    def build(kind: type[Tool] = OneDate, settings: str = "") -> tuple[Desk, str]:
        monkeypatch.setattr(desks, "CONFIGURATION", LISTED)
        desk = Desk(tmp_path, settings=settings, more=DATED)
        made.append(desk)
        memory.WORLD["desk"] = desk.tool = kind(desk.clock)
        desk.sync()
        key = desk.opened()
        desk.sync()
        return desk, key

    yield build
    for desk in made:
        desk.database.close()


def judged(desk: Desk, key: str) -> Assessed:
    with desk.database.read() as conn:
        (one,) = assess_stored(conn, desk.agreements, "desk", [key], desk.now)
    return one


def date_is_missing(desk: Desk, key: str) -> bool:
    return any("date missing" in r.text for r in judged(desk, key).assessment.attention)


@pytest.mark.parametrize("kind", [OneDate, Untold])
def test_r1_11_what_the_bridge_promised_is_not_what_the_client_agreed_to(
    make: Make, kind: type[Tool]
) -> None:
    desk, key = make(kind)
    assert (desk.tool.tickets[key].due, desk.tool.tickets[key].due_on) == (PROMISED, PROMISED)
    assert judged(desk, key).ticket.due_on is None
    assert date_is_missing(desk, key)
    writes = desk.tool.writes
    desk.now += timedelta(hours=25)  # a full pass
    assert desk.sync().writes_planned == 0
    assert (desk.tool.writes, desk.tool.tickets[key].due) == (writes, PROMISED)


@pytest.mark.parametrize("kind", [OneDate, Untold])
def test_r1_11_a_date_that_a_person_sets_is_agreed_and_stays(make: Make, kind: type[Tool]) -> None:
    desk, key = make(kind)
    desk.tool.change(key, JANE, due=AGREED)
    (change,) = [c for c in desk.sync().changes if c.field is Field.DUE]
    assert (change.action, change.shown, change.desired) == (Action.KEEP, AGREED, PROMISED)
    assert desk.tool.tickets[key].due == AGREED
    assert judged(desk, key).ticket.due_on == AGREED
    assert not date_is_missing(desk, key)


def test_where_the_tool_tells_who_set_it_the_promised_day_can_be_agreed_too(make: Make) -> None:
    desk, key = make()
    desk.tool.change(key, JANE, due=AGREED)
    desk.sync()
    desk.tool.change(key, JANE, due=PROMISED)
    desk.sync()
    assert judged(desk, key).ticket.due_on == PROMISED
    assert not date_is_missing(desk, key)


def test_a_store_that_knows_nothing_of_the_write_still_sees_whose_it_is(make: Make) -> None:
    desk, key = make()
    with desk.database.write() as conn:
        conn.exec_driver_sql("DELETE FROM outbox")
    assert judged(desk, key).written == {}
    assert judged(desk, key).ticket.due_on is None


def test_the_date_stays_when_no_promise_runs_any_more(make: Make) -> None:
    desk, key = make()
    desk.tool.say(key, JANE, "Nous regardons.")
    desk.sync()
    assert [d for d in judged(desk, key).assessment.desired if d.field is Field.DUE] == []
    assert desk.tool.tickets[key].due == PROMISED
    desk.tool.change(key, JANE, state=State.CLOSED)
    desk.sync()
    assert desk.tool.tickets[key].due == PROMISED


def test_it_is_off_unless_the_source_lists_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.sync()
    key = desk.opened()
    result = desk.sync()
    assert Field.DUE not in {change.field for change in result.changes}
    assert desk.tool.tickets[key].due is None
    desk.database.close()
