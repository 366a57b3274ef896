"""Approvers are accounts: a login or an address that moves to another one decides nothing (I1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.check.run import check_accounts
from bridge.cli import app
from bridge.config import load
from bridge.model import ApprovalState, Event, EventKind, Person
from bridge.model.people import other_account
from bridge.store import accounts
from tests.engine import desk as world
from tests.engine.desk import ALICE, JANE, Desk
from tests.rules.making import after, said, ticket

H = 3600
BOSS = Person("Direction", "7", "direction", "direction@acme.ch")
OTHER = Person("Direction", "12", "direction", "direction@acme.ch")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.sync()
    yield made
    made.database.close()


def asked(desk: Desk) -> str:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=3 * H)
    desk.sync()
    return key


def state(desk: Desk, key: str) -> ApprovalState | None:
    desk.sync()
    return desk.tool.tickets[key].approval


def problems(desk: Desk) -> list[str]:
    checked = check_accounts(load(desk.path), desk.database, ["desk"])
    return [problem.message for one in checked for problem in one.problems]


def test_threat_I1_a_login_that_moved_to_another_account_approves_nothing(desk: Desk) -> None:
    key = asked(desk)
    impostor = replace(ALICE, id="66")
    desk.tool.say(key, impostor, "J'approuve")
    desk.sync()
    assert desk.tool.tickets[key].approval is ApprovalState.AWAITING
    (told,) = [r.text for _, r in desk.attention() if r.rule == "A3"]
    assert "alice was account #7 and is #66 now:  bridge check" in told
    desk.tool.say(key, ALICE, "J'approuve")
    assert state(desk, key) is ApprovalState.APPROVED


def test_threat_I1_a_field_set_by_another_account_of_that_login_is_put_back(desk: Desk) -> None:
    key = asked(desk)
    desk.tool.change(key, replace(ALICE, id="66"), approval=ApprovalState.APPROVED)
    assert state(desk, key) is ApprovalState.AWAITING


def test_threat_I1_check_says_whose_account_changed_and_how_to_settle_it(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    key = asked(desk)
    assert problems(desk) == []
    desk.tool.say(key, replace(ALICE, id="66"), "J'approuve")
    desk.sync()
    (told,) = problems(desk)
    assert told.startswith("the approver desk:alice was account #7 and is account #66 now (since ")
    assert app.run(["--config", str(desk.path), "check", "--offline"]) == 0
    assert 'name the account in approvers: "desk:ID"' in " ".join(capsys.readouterr().out.split())


def test_threat_I1_an_account_that_shows_another_login_is_told(desk: Desk) -> None:
    key = asked(desk)
    desk.tool.say(key, replace(ALICE, login="bob"), "J'approuve")
    assert state(desk, key) is ApprovalState.AWAITING
    (told,) = problems(desk)
    assert "was account #7 and of account #7 is bob now" in told


def test_threat_I1_an_account_that_is_named_by_its_id_counts_whatever_its_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_id = world.CONFIGURATION.replace('"desk:alice"', '"desk:66"')
    monkeypatch.setattr(world, "CONFIGURATION", by_id)
    desk = Desk(tmp_path)
    desk.sync()
    key = asked(desk)
    desk.tool.say(key, replace(ALICE, id="66", login="renamed"), "J'approuve")
    assert state(desk, key) is ApprovalState.APPROVED
    assert problems(desk) == []
    desk.database.close()


@pytest.mark.parametrize(
    ("who", "names", "kept", "other"),
    [
        (BOSS, {"direction@acme.ch"}, {"direction@acme.ch": "7"}, None),
        (OTHER, {"direction@acme.ch"}, {"direction@acme.ch": "7"}, "7"),
        (OTHER, {"desk:direction@acme.ch"}, {"desk:direction@acme.ch": "7"}, "7"),
        (OTHER, {"desk:Direction"}, {"desk:direction": "7"}, "7"),
        (OTHER, {"direction@acme.ch"}, {}, None),
        # A person has said so: named by id.
        (OTHER, {"direction@acme.ch", "desk:12"}, {"direction@acme.ch": "7"}, None),
        # The tool hides the account: nothing proves that it is the same.
        (replace(BOSS, id=None), {"direction@acme.ch"}, {"direction@acme.ch": "7"}, "7"),
    ],
)
def test_threat_I1_a_name_means_the_account_it_was_first_seen_with(
    who: Person, names: set[str], kept: dict[str, str], other: str | None
) -> None:
    assert other_account(who, "desk", names, kept) == other


def test_a_bare_address_means_one_account_in_each_tool(desk: Desk) -> None:
    names = ["direction@acme.ch", "desk:9", "other:alice"]
    here = replace(ticket(), requester=BOSS)
    there = replace(ticket(), source="other", requester=replace(BOSS, id="99"))
    with desk.database.write() as conn:
        accounts.note(conn, "desk", names, [here], after(1))
        accounts.note(conn, "other", names, [there], after(1))
        assert accounts.ids(conn, "desk") == {"direction@acme.ch": "7"}
        assert accounts.ids(conn, "other") == {"direction@acme.ch": "99"}
        # What is written once stays: the second account is told of, not taken.
        accounts.note(conn, "desk", names, [replace(here, requester=OTHER)], after(2))
        (account,) = accounts.of_source(conn, "desk")
    assert (account.id, account.change) == ("7", "is account #12 now (since 2026-05-13)")


def test_nobody_s_account_is_kept_from_words_that_the_tool_does_not_vouch_for(desk: Desk) -> None:
    doubted = replace(ticket(), requester=OTHER, doubts=("its sender is not proven",))
    hidden = replace(ticket(), requester=replace(BOSS, id=None))
    with desk.database.write() as conn:
        incoming = said(ticket(), OTHER, "J'approuve", 5, doubts=("an agent wrote it",))
        accounts.note(conn, "desk", ["direction@acme.ch"], [doubted, hidden, incoming], after(1))
        assert accounts.ids(conn, "desk") == {}
        event = Event("e1", after(1), EventKind.STATE, BOSS, None, "open")
        accounts.note(conn, "desk", ["direction@acme.ch"], [ticket(events=(event,))], after(1))
        assert accounts.ids(conn, "desk") == {"direction@acme.ch": "7"}


def test_an_account_that_the_tool_shows_without_login_or_address_did_not_change(
    desk: Desk,
) -> None:
    bare = Person("Direction", "7")
    with desk.database.write() as conn:
        for who in (BOSS, bare):
            one = replace(ticket(), requester=who)
            accounts.note(conn, "desk", ["direction@acme.ch", "desk:direction"], [one], after(1))
        assert [account.change for account in accounts.of_source(conn, "desk")] == [None, None]
