"""What people tell the bridge by command: who may, what is kept, what comes of it."""

from __future__ import annotations

import getpass
import json
import os
import sqlite3
import stat
from pathlib import Path

import pytest

from bridge.model import Kind
from connectors.base import Page, Unreadable
from connectors.memory import MemoryConnector
from tests.cli.keyboard import ALICE, Keyboard, before_each_poll


def approval(keyboard: Keyboard, ref: str = "desk:1") -> str:
    state: str = keyboard.type(f"explain {ref} --json").json["assessment"]["approval"]["state"]
    return state


def test_estimate_spend_and_approval_by_command_carry_a_ticket_to_its_end(
    keyboard: Keyboard,
) -> None:
    keyboard.opened()
    keyboard.type("sync")
    assert approval(keyboard) == "estimate_needed"
    typed = keyboard.type("estimate desk:1 3h --by jdoe --note", "as Filtre par ville")
    well = "the next sync fills it in and tells the client what the contract says"
    assert typed.out == f"desk:1: estimated 3h; {well}\n"
    keyboard.type("sync")
    assert [c.text for c in keyboard.tool.tickets["1"].comments if "3\N{NO-BREAK SPACE}h" in c.text]
    typed = keyboard.type("approve desk:1 --by alice --note", "by phone, 14:05")
    assert typed.out == "desk:1: estimate no 1 (3h) approved by alice, noted\n"
    assert approval(keyboard) == "approved"
    assert "by phone, 14:05" in keyboard.type("explain desk:1").out
    keyboard.type("spend desk:1 1h30 --by jdoe")
    keyboard.type("sync")
    assert keyboard.type("ledger acme").lines[-1] == "40h credited, 1h30 deducted, 38h30 left"


def test_a_no_by_phone_is_a_no(keyboard: Keyboard) -> None:
    keyboard.estimated()
    keyboard.type("sync")
    typed = keyboard.type("reject desk:1 --by desk:ALICE --note", "too dear")
    assert typed.out == "desk:1: estimate no 1 (3h) declined by desk:ALICE, noted\n"
    assert approval(keyboard) == "rejected"


def test_a_decision_that_stands_is_not_noted_twice(keyboard: Keyboard) -> None:
    keyboard.estimated()
    keyboard.type("sync")
    keyboard.type("approve desk:1 --by alice --note phone")
    again = keyboard.type("approve desk:1 --by alice --note phone")
    assert again.code == 2
    assert "desk:1 is approved already, by alice" in again.err


@pytest.mark.parametrize(
    "who", ["jdoe", "desk:jdoe", "JDOE", "jane@agence.example", "desk:jane@agence.example"]
)
@pytest.mark.parametrize("verdict", ["approve", "reject"])
def test_threat_L4_nobody_of_the_firm_decides_for_a_client(
    keyboard: Keyboard, verdict: str, who: str
) -> None:
    keyboard.estimated()
    keyboard.type("sync")
    typed = keyboard.type(f"{verdict} desk:1 --by {who} --note phone")
    assert (typed.code, typed.out) == (2, "")
    assert f"{who} works for Agence SA: only the client approves" in typed.err
    assert "approvers: desk:alice, direction@acme.example" in typed.err
    assert approval(keyboard) == "awaiting"


@pytest.mark.parametrize(
    "who", ["mallory", "desk:bob", "other:alice", "alice@evil.example", "Alice Rochat", ""]
)
def test_threat_L4_only_an_approver_of_this_client_decides(keyboard: Keyboard, who: str) -> None:
    keyboard.estimated()
    keyboard.type("sync")
    typed = keyboard.type("approve desk:1 --note phone --by", who)
    assert typed.code == 2
    assert f"{who} is no approver of acme" in typed.err
    assert approval(keyboard) == "awaiting"


def test_a_ticket_from_before_act_since_is_said_to_have_no_consequences(
    keyboard: Keyboard,
) -> None:
    keyboard.opened()
    keyboard.edit("act_since = 2020-01-01T00:00:00Z", "act_since = 2999-01-01T00:00:00Z")
    keyboard.type("sync")
    noted = keyboard.type("estimate desk:1 3h").out
    assert "nothing follows as it is from before act_since: see  bridge explain desk:1" in noted
    told = keyboard.type("explain desk:1").lines[-1]
    assert "nothing is written or deducted: from before act_since, 1 Jan 2999" in told
    assert "nothing to write" in keyboard.type("sync").out


def test_an_estimate_is_written_into_the_field_that_the_tool_has(keyboard: Keyboard) -> None:
    key = keyboard.tool.open("desk", "Filtre", ALICE, project="acme", kind=Kind.REQUEST)
    keyboard.type("sync")
    keyboard.type(f"estimate desk:{key} 3h --by jdoe")
    assert keyboard.tool.tickets[key].estimate is None
    keyboard.type("sync")
    assert keyboard.tool.tickets[key].estimate == 3 * 3600


def test_an_estimate_is_refused_where_the_tool_has_a_field_that_may_not_be_written(
    keyboard: Keyboard,
) -> None:
    keyboard.edit('writes = ["priority", "estimate", ', 'writes = ["priority", ')
    key = keyboard.tool.open("desk", "Filtre", ALICE, project="acme", kind=Kind.REQUEST)
    keyboard.type("sync")
    typed = keyboard.type(f"estimate desk:{key} 3h")
    assert (typed.code, "desk has a field for estimates, native:estimate" in typed.err) == (2, True)
    assert "fill it in there" in typed.err
    assert "no estimate is known" in keyboard.type(f"explain desk:{key}").out


def test_a_decision_needs_evidence_an_estimate_and_a_client(keyboard: Keyboard) -> None:
    keyboard.opened()
    keyboard.opened("Orphelin", project="nobody")
    keyboard.type("sync")
    typed = keyboard.type("approve desk:1 --by alice --note", "  ")
    assert (typed.code, "a decision needs its evidence" in typed.err) == (2, True)
    typed = keyboard.type("approve desk:1 --by alice --note phone")
    assert (typed.code, "has no estimate to decide on" in typed.err) == (2, True)
    typed = keyboard.type("approve desk:2 --by alice --note phone")
    assert (typed.code, "nobody's, so nobody can decide" in typed.err) == (2, True)
    typed = keyboard.type("estimate desk:2 3h")
    assert (typed.code, "nothing follows while it is nobody's" in typed.out) == (0, True)


def test_a_note_may_look_like_an_option(keyboard: Keyboard) -> None:
    keyboard.estimated()
    keyboard.type("sync")
    assert keyboard.type("approve desk:1 --by alice --note", "--json").out.startswith("desk:1: ")
    assert "noted by hand: --json" in keyboard.type("explain desk:1").out


def test_who_typed_is_kept_when_nobody_is_named(
    keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyboard.opened()
    keyboard.type("sync")
    monkeypatch.setenv("LOGNAME", "gerda")
    assert getpass.getuser() == "gerda"
    keyboard.type("estimate desk:1 3h")
    assert "by gerda" in keyboard.type("explain desk:1").out

    def unknown() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr(getpass, "getuser", unknown)
    assert keyboard.type("estimate desk:1 4h").code == 0


def test_credit_adds_hours_with_their_reason(keyboard: Keyboard) -> None:
    typed = keyboard.type("ledger acme credit 10h --note", "order 2026-117")
    assert typed.lines[-1] == "50h credited, 0h deducted, 50h left"
    assert "10h00  50h00  order 2026-117" in typed.out
    typed = keyboard.type("ledger beta credit 1h30 --note gift")
    assert (typed.code, typed.lines[-1]) == (0, "1h30 credited, 0h deducted, 1h30 left")


def test_what_was_set_aside_is_retried_or_dropped(
    keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def poll(self: object, cursor: str | None, *_: object, **__: object) -> list[Page]:
        bad = tuple(Unreadable(key, "a date of 1970", "{}") for key in ("4711", "4712"))
        return [Page((), '{"version": 0}', bad)]

    monkeypatch.setattr(MemoryConnector, "poll", poll)
    assert "2 tickets set aside" in keyboard.type("sync").out
    assert "2 aside   help: bridge retry desk:4711" in keyboard.type("status").out
    typed = keyboard.type("retry desk:4713")
    assert typed.code == 2
    assert 'there is "desk:471' in typed.err
    assert keyboard.type("retry desk:4711").out == "desk:4711: the next sync reads it again\n"
    assert keyboard.type("drop desk:4712").out == "desk:4712: dropped; its raw form is kept\n"
    assert keyboard.type("status --json").json["sources"]["desk"]["aside"] == ["desk:4711"]


def test_threat_L3_an_edited_plan_is_refused_and_nothing_is_written(keyboard: Keyboard) -> None:
    keyboard.type("sync")
    keyboard.estimated()
    assert keyboard.type("sync --dry-run --out plan.json").code == 0
    path = Path("plan.json")
    genuine = path.read_text()
    plan = json.loads(genuine)
    assert plan["writes"][0]["desired"] == "awaiting"
    plan["writes"][0]["desired"] = "approved"
    for edited in (
        json.dumps(plan),
        json.dumps({**plan, "checksum": "0" * 64}),
        json.dumps({**plan, "checksum": None}),
        json.dumps({**json.loads(genuine), "sources": []}),
        json.dumps({k: v for k, v in plan.items() if k != "checksum"}),
        "[]",
        "{",
        "[" * 100_000,
    ):
        path.write_text(edited)
        typed = keyboard.type("sync --plan plan.json")
        assert (typed.code, typed.out) == (2, ""), edited[:80]
        assert typed.err.startswith("error: plan.json ")
        assert keyboard.tool.writes == 0
    path.write_text(genuine)
    assert keyboard.type("sync --plan plan.json").code == 0
    assert keyboard.tool.writes == 2


def test_threat_L3_a_plan_of_another_store_is_refused(keyboard: Keyboard) -> None:
    keyboard.estimated()
    keyboard.type("sync --dry-run --out plan.json")
    keyboard.edit("sqlite:///bridge.db", "sqlite:///other.db")
    typed = keyboard.type("sync --plan plan.json")
    assert typed.code == 2
    assert "was changed, or made with another store" in typed.err
    assert keyboard.tool.writes == 0


def test_a_plan_that_no_longer_holds_says_what_has_changed(keyboard: Keyboard) -> None:
    keyboard.estimated()
    keyboard.type("sync --dry-run --out plan.json")
    keyboard.estimated("Encore")
    typed = keyboard.type("sync --plan plan.json")
    assert typed.code == 1
    assert "desk:2 approval is new" in typed.out
    assert "bridge sync --dry-run --out FILE" in typed.out
    assert keyboard.tool.writes == 0


def test_a_plan_touches_the_sources_that_it_was_made_for(keyboard: Keyboard) -> None:
    keyboard.configure(
        keyboard.path.read_text() + '[sources.other]\ntype = "memory"\ntool = "desk"\n'
    )
    keyboard.type("sync")
    keyboard.estimated()
    keyboard.type("sync --dry-run --source desk --out plan.json")
    told = keyboard.type("sync --plan plan.json --json").json
    assert list(told["sources"]) == ["desk"]
    assert told["sources"]["desk"]["writes_done"] == 2


def test_a_plan_is_never_written_over_another_file(keyboard: Keyboard) -> None:
    Path("plan.json").symlink_to("victim")
    typed = keyboard.type("sync --dry-run --out plan.json")
    assert (typed.code, typed.out) == (2, "")
    assert "plan.json exists already" in typed.err
    assert not Path("victim").exists()


def test_threat_S4_nobody_else_can_read_what_commands_leave(keyboard: Keyboard) -> None:
    before = os.umask(0o000)
    masks = []

    def look() -> None:
        masks.append(os.umask(0o077))
        os.umask(masks[-1])

    try:
        keyboard.estimated()
        before_each_poll(keyboard.tool, look)
        keyboard.type("init --config new.toml")
        keyboard.type("sync --dry-run --out plan.json")
        keyboard.type("sync")
        with sqlite3.connect("bridge.db") as held:
            held.execute("SELECT count(*) FROM tickets")
            keyboard.type("estimate desk:1 4h")
            files = {p.name: stat.S_IMODE(p.stat().st_mode) for p in keyboard.folder.iterdir()}
        assert os.umask(0o000) == 0o000, "the mask is given back"
    finally:
        os.umask(before)
    assert set(masks) == {0o077}, "what a library makes on the way is ours alone too"
    files.pop("config.toml")
    assert {"new.toml", "plan.json", "bridge.db", "bridge.db.desk.lock"} <= files.keys()
    assert set(files.values()) == {0o600}, files


def test_a_client_who_answers_beside_a_command_is_heard_once(keyboard: Keyboard) -> None:
    keyboard.estimated()
    keyboard.type("sync")
    keyboard.type("approve desk:1 --by alice --note phone")
    keyboard.tool.say("1", ALICE, "J'approuve")
    keyboard.type("sync")
    assert approval(keyboard) == "approved"
    assert keyboard.type("sync --json").json["sources"]["desk"]["writes_planned"] == 0
