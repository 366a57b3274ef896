"""Hours over many passes: each on its day and in its book, once, and what is told of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.cli import app
from bridge.cli.views import status as status_view
from bridge.engine import bookkeeping
from bridge.model import EntryKind, Field, State
from bridge.model.ledger import LedgerEntry
from bridge.store import ledger
from tests.engine.desk import ALICE, JANE, Desk
from tests.engine.test_assess import judgements, reopened

H = 3600
Make = Callable[..., Desk]

LOW = 'prepaid.low_balance = "39h"\ntell_client = ["estimate", "low-balance"]'
SETUP = """
[contracts.book.coverage.setup]
labels = ["setup"]
charge = true
approval = true
entry = "setup"
rule = "R2.19"
"""
CROSS = "[contracts.book.cross_project]\nhint_share = 0.1\n"
TWO = """
scope = [{ labels = ["book"] }]

[contracts.rest]
preset = "carnet"
same_day_cutoff = "16:00"
prepaid.purchased = [{ date = 2026-01-01, hours = 10 }]
"""


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Desk] = []

    def desk(more: str = "", edit: tuple[str, str] | None = None) -> Desk:
        one = Desk(tmp_path, more=more)
        if edit is not None:
            text = one.path.read_text(encoding="utf-8")
            assert edit[0] in text
            one.path.write_text(text.replace(*edit, 1), encoding="utf-8")
            one = reopened(one)
        one.sync()
        made.append(one)
        return one

    yield desk
    for one in made:
        one.database.close()


def entries(desk: Desk) -> tuple[LedgerEntry, ...]:
    with desk.database.read() as conn:
        return ledger.entries(conn, "acme")


def told(desk: Desk, words: str) -> list[str]:
    """The tickets on which the bridge said something like that, once per time."""
    return [key for key in desk.tool.tickets for text in desk.told(key) if re.search(words, text)]


def done(desk: Desk, seconds: int, size: int = 1800, **values: Any) -> str:
    """A small request, estimated, worked and closed."""
    key = desk.opened(**values)
    desk.tool.change(key, JANE, estimate=size)
    desk.tool.log_time(key, JANE, seconds)
    desk.tool.change(key, JANE, state=State.CLOSED)
    return key


def agreed(desk: Desk, size: int) -> str:
    """A request whose estimate was approved in the tool."""
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=size)
    desk.sync()
    desk.tool.say(key, ALICE, "J'approuve")
    desk.sync()
    return key


def shown(desk: Desk) -> list[str]:
    with desk.database.read() as conn:
        found = status_view.status(conn, desk.agreements, desk.now)
    return status_view.lines(found, desk.agreements.zone("acme"), desk.now)


# ── Entries ─────────────────────────────────────────────────────────────────────────────────────


def test_p2_each_entry_stands_on_the_day_of_its_work(make: Make) -> None:
    desk = make()
    key = agreed(desk, 5 * H)
    for seconds in (H, 2 * H):
        desk.tool.log_time(key, JANE, seconds)
        desk.now += timedelta(days=2)
    desk.sync()
    work = [e for e in entries(desk) if e.ticket]
    assert [(f"{e.at:%m-%d}", e.seconds) for e in work] == [("05-18", -H), ("05-20", -2 * H)]
    desk.sync()
    assert [e for e in entries(desk) if e.ticket] == work


def test_p2_linked_or_spent_work_counts_on_its_own_day_too(make: Make) -> None:
    desk = make()
    key = agreed(desk, 5 * H)
    desk.tool.say(key, JANE, "/spend 1h30")
    desk.now += timedelta(days=3)
    desk.sync()
    (entry,) = [e for e in entries(desk) if e.ticket]
    assert (f"{entry.at:%m-%d}", entry.seconds) == ("05-18", -5400)


def test_r2_19_setting_up_is_an_entry_of_its_own_kind(make: Make) -> None:
    desk = make(SETUP)
    key = desk.opened(labels=("setup",))
    desk.tool.change(key, JANE, estimate=3 * H)
    desk.sync()
    desk.tool.log_time(key, JANE, 2 * H)
    desk.sync()
    assert [e for e in entries(desk) if e.ticket] == []
    desk.tool.say(key, ALICE, "J'approuve")
    desk.sync()
    assert [(e.kind.value, e.seconds) for e in entries(desk) if e.ticket] == [("setup", -2 * H)]


def test_entries_go_to_the_book_of_the_tickets_contract(make: Make) -> None:
    desk = make(TWO, edit=('contracts = ["book"]', 'contracts = ["book", "rest"]'))
    done(desk, 600, labels=("book",))
    done(desk, 1200)
    desk.sync()
    found = {e.contract: e.seconds for e in entries(desk) if e.ticket}
    assert found == {"book": -600, "rest": -1200}
    with desk.database.read() as conn:
        books = bookkeeping.books(conn, desk.agreements, "acme", desk.now)
    assert {b.contract: b.balance for b in books} == {
        "book": 40 * H - 600,
        "rest": 10 * H - 1200,
    }
    assert any("39h50 left (book)" in line for line in shown(desk))
    assert any("9h40 left (rest)" in line for line in shown(desk))


# ── Years, freezing, zero ───────────────────────────────────────────────────────────────────────


def test_r0_10_the_end_of_the_year_is_entered_once_and_by_any_pass(make: Make) -> None:
    desk = make()
    done(desk, 1800)
    desk.sync()
    desk.now = datetime(2027, 1, 2, 8, tzinfo=UTC)
    desk.sync()
    desk.sync()
    pair = [e for e in entries(desk) if e.kind.value == "roll-over"]
    assert [e.seconds for e in pair] == [1800 - 40 * H, 40 * H - 1800]
    with desk.database.read() as conn:
        assert ledger.balance(conn, "acme") == 40 * H - 1800
        assert ledger.verify(conn, "acme") is None


def test_r0_9_hours_bought_for_a_later_day_do_not_count_before_it(make: Make) -> None:
    later = "hours = 40 }, { date = 2026-05-20, hours = 10 }]"
    desk = make(edit=("hours = 40 }]", later))
    with desk.database.read() as conn:
        assert ledger.balance(conn, "acme") == 40 * H
    desk.now = datetime(2026, 5, 20, 0, 0, tzinfo=UTC)
    desk.sync()
    with desk.database.read() as conn:
        assert ledger.balance(conn, "acme") == 50 * H


def test_r2_15_frozen_hours_are_shown_and_given_once_the_book_is_renewed(make: Make) -> None:
    desk = make('prepaid.carry.on = "renewal"')
    desk.now = datetime(2027, 1, 2, 8, tzinfo=UTC)
    key = done(desk, 1200)
    desk.sync()
    assert [e for e in entries(desk) if e.ticket] == []
    assert "prepaid.carry" in [reason.rule for _, reason in desk.attention()]
    assert any("40h frozen" in line for line in shown(desk))
    desk.now += timedelta(days=30)
    renewed = desk.path.read_text(encoding="utf-8").replace(
        "hours = 40 }]", "hours = 40 }, { date = 2027-02-01, hours = 10 }]"
    )
    desk.path.write_text(renewed, encoding="utf-8")
    again = reopened(desk)
    again.now = datetime(2027, 2, 2, 8, tzinfo=UTC)
    again.tool.clock = again.clock
    again.sync()
    assert [(e.ticket, e.seconds) for e in entries(again) if e.ticket] == [(f"desk:{key}", -1200)]
    carried = [e.seconds for e in entries(again) if e.kind.value == "roll-over"]
    assert carried == [1200 - 40 * H, 40 * H - 1200]


def test_p4_a_book_that_stops_at_zero_gives_to_each_in_turn_and_the_rest_after_a_credit(
    make: Make,
) -> None:
    desk = make("prepaid.stop_at_zero = true", edit=("hours = 40", "hours = 0.5"))
    first, second = done(desk, 1200), done(desk, 1200)
    desk.sync()
    desk.sync()
    taken = {e.ticket: e.seconds for e in entries(desk) if e.ticket}
    assert taken == {f"desk:{first}": -1200, f"desk:{second}": -600}
    with desk.database.write() as conn:
        now = desk.clock()
        more = LedgerEntry("credit x#1", "acme", "book", now, EntryKind.CREDIT, H)
        ledger.append(conn, [more], now)
    desk.sync()
    with desk.database.read() as conn:
        assert ledger.by_ticket(conn, "acme") == {
            f"desk:{first}": -1200,
            f"desk:{second}": -1200,
        }


# ── What is told ────────────────────────────────────────────────────────────────────────────────


def test_r2_14_the_client_is_told_once_on_the_ticket_that_took_the_last_hours(make: Make) -> None:
    desk = make(LOW)
    done(desk, 1800)
    desk.sync()
    exactly = done(desk, 1800)
    desk.sync()
    assert told(desk, "renouveler") == []
    last = done(desk, 60)
    desk.sync()
    assert told(desk, "renouveler") == [last]
    (comment,) = [c for c in desk.tool.tickets[last].comments if "renouveler" in c.text]
    assert comment.public
    done(desk, 1200)
    desk.tool.say(exactly, ALICE, "Merci")
    desk.sync()
    desk.sync()
    assert told(desk, "renouveler") == [last]


def test_r2_14_nothing_is_told_where_the_contract_lists_nobody(make: Make) -> None:
    desk = make('prepaid.low_balance = "40h"')
    done(desk, 1800)
    desk.sync()
    assert told(desk, "renouveler") == []
    assert ("acme", "prepaid.low_balance") in [
        (who, reason.rule) for who, reason in desk.attention()
    ]


def test_the_free_balance_counts_what_is_promised_already(make: Make) -> None:
    desk = make()
    promised = agreed(desk, 5 * H)
    desk.tool.log_time(promised, JANE, 2 * H)
    desk.sync()
    assert any("38h left, 35h free" in line for line in shown(desk))
    asked = desk.opened()
    desk.tool.change(asked, JANE, estimate=4 * H)
    desk.sync()
    (text,) = desk.told(asked)
    assert "Solde libre ensuite : 31 h." in " ".join(text.replace("\u00a0", " ").split())


def test_r2_16_meetings_above_a_tenth_of_the_month_are_shown(make: Make) -> None:
    desk = make(CROSS)
    done(desk, 24 * 60, labels=("transverse",))
    done(desk, 216 * 60, size=3000)
    desk.sync()
    assert not any("cross_project.hint_share" in line for line in shown(desk))
    done(desk, 120, labels=("transverse",))
    desk.sync()
    (line,) = [line for line in shown(desk) if "cross_project.hint_share" in line]
    assert "usually 10 %" in line


# ── Commands ────────────────────────────────────────────────────────────────────────────────────


def typed(desk: Desk, capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert app.run(["--config", str(desk.path), *words]) == code
    out = capsys.readouterr()
    return out.out + out.err


def approve(ref: str) -> tuple[str, ...]:
    return ("approve", ref, "--by", "alice", "--note", "phone, 10:12")


@pytest.mark.parametrize(
    ("key", "code", "said"),
    [
        ("record", 0, "approved by alice, noted"),
        ("confirm", 0, "awaits a written confirmation"),
        ("refuse", 2, "nothing verbal counts"),
    ],
)
def test_r4_6_a_phone_call_is_noted_confirmed_or_refused(
    make: Make, capsys: pytest.CaptureFixture[str], key: str, code: int, said: str
) -> None:
    desk = make(f'verbal_approval = "{key}"')
    ticket = desk.opened()
    desk.tool.change(ticket, JANE, estimate=3 * H)
    desk.sync()
    assert said in typed(desk, capsys, *approve(f"desk:{ticket}"), code=code)


def test_r4_6_a_quote_of_its_own_is_never_agreed_by_phone(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = make('verbal_approval = "confirm"')
    ticket = desk.opened()
    desk.tool.change(ticket, JANE, estimate=9 * H)
    desk.sync()
    said = typed(desk, capsys, *approve(f"desk:{ticket}"), code=2)
    assert "nothing verbal counts" in said


def test_r2_3_leave_for_more_study_is_noted_without_an_estimate(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = make('study.limit = "2h"')
    ticket = desk.opened()
    desk.tool.log_time(ticket, JANE, 3 * H)
    desk.sync()
    (before,) = judgements(desk, ticket)
    assert before.assessment.approval.state.value == "awaiting"
    said = typed(desk, capsys, *approve(f"desk:{ticket}"))
    assert "more study approved by alice" in said
    (after,) = judgements(desk, ticket)
    assert after.assessment.approval.leave
    wanted = {d.field: d.value for d in after.assessment.desired}
    assert wanted[Field.APPROVAL] == "estimate_needed"


def test_a_credit_names_its_book_where_there_are_several(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = make(TWO, edit=('contracts = ["book"]', 'contracts = ["book", "rest"]'))
    credit = ("ledger", "acme", "credit", "5h", "--note", "order 7")
    assert "acme has 2 books" in typed(desk, capsys, *credit, code=2)
    assert 'no book "carnet"' in typed(desk, capsys, *credit, "--contract", "carnet", code=2)
    typed(desk, capsys, *credit, "--contract", "rest")
    found = [e.contract for e in entries(desk) if e.key.startswith("credit ")]
    assert found == ["rest"]
