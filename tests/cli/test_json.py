"""The JSON of every command: one document, the keys of the contract, the facts of the text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bridge.model import Ticket
from connectors.errors import AccessError
from connectors.memory import WORLD
from tests.cli.conftest import Keyboards
from tests.cli.keyboard import ALICE, JANE, Keyboard, fails

CONTRACT: dict[str, set[str]] = {
    "sync": {"sources", "plan"},
    "sync.sources.NAME": {
        "ok",
        "error",
        "requests",
        "pages",
        "tickets_seen",
        "tickets_changed",
        "writes_planned",
        "writes_done",
        "writes_failed",
        "seconds",
    },
    "sync.plan[]": {"ticket", "field", "shown", "desired", "why"},
    "explain": {"ticket", "assessment", "writes"},
    "explain.ticket": set(Ticket.__dataclass_fields__),
    "explain.assessment": {
        "client",
        "contract",
        "kind",
        "priority",
        "severity",
        "coverage",
        "approval",
        "clocks",
        "charge",
    },
    "explain.assessment.approval": {"state", "estimate_seconds", "decisions"},
    "explain.assessment.clocks[]": {
        "target",
        "started_at",
        "due_at",
        "state",
        "met_at",
        "elapsed_seconds",
    },
    "explain.assessment.charge": {
        "consumed_seconds",
        "chargeable_seconds",
        "offered_seconds",
        "why",
    },
    "ledger": {"client", "unit_seconds", "balance_seconds", "entries"},
    "ledger.entries[]": {"at", "kind", "seconds", "ticket", "note"},
    "check": {"problems"},
    "check.problems[]": {"source", "severity", "where", "message", "hint"},
}
"""The keys that other programs are written against."""

BESIDES: dict[str, set[str]] = {
    # `linked` is the work of other tools' tickets that counts for this one; `conflicts` are fields
    # that a person changed after the bridge wrote them.
    "explain": {"linked", "conflicts"},
    # An assessment has its reasons with each of its parts, and what only a person can settle.
    # `provenance` says which of the contract's texts prevailed (R4.8).
    "explain.assessment": {"why", "attention", "provenance"},
    "explain.assessment.approval": {"why"},
    "explain.assessment.clocks[]": {"why"},
}
"""What we give on top; nothing else may come without being written down here."""


def keys(document: Any, path: str) -> set[str]:
    """The keys at a path of the contract; every element of a list must have the same."""
    _, *steps = path.split(".")
    found = [document]
    for step in steps:
        name = step.removesuffix("[]")
        found = [
            inner for each in found for inner in (each.values() if name == "NAME" else [each[name]])
        ]
        if step.endswith("[]"):
            found = [element for each in found for element in each]
    assert found, f"nothing at {path}"
    assert all(set(each) == set(found[0]) for each in found)
    return set(found[0])


@pytest.fixture
def busy(keyboards: Keyboards) -> Keyboard:
    """A desk on which everything has happened once, and another that cannot be read."""
    keyboard = keyboards("desk", "away")
    fails(WORLD["away"], AccessError("away", "password refused", "renew it"))
    key = keyboard.estimated()
    keyboard.type("sync")
    keyboard.tool.say(key, ALICE, "J'approuve")
    keyboard.type("sync")
    keyboard.tool.log_time(key, JANE, 5400)
    keyboard.type("sync")
    keyboard.estimated("Encore")
    return keyboard


@pytest.mark.parametrize("path", CONTRACT)
def test_keys_are_those_of_the_contract(busy: Keyboard, path: str) -> None:
    words = {
        "sync": "sync --dry-run",
        "explain": "explain desk:1",
        "ledger": "ledger acme",
        "check": "check",
    }
    if path.startswith("check"):
        WORLD.pop("away")
    document = busy.type(words[path.partition(".")[0]], "--json").json
    assert keys(document, path) == CONTRACT[path] | BESIDES.get(path, set())


@pytest.mark.parametrize(
    "words",
    [
        "--json check",
        "check --json",
        "check --offline --json",
        "sync --json",
        "sync --dry-run --json",
        "sync --dry-run --json --out new.json",
        "--json status",
        "explain desk:1 --json",
        "--json explain desk:99",
        "estimate desk:1 4h --json",
        "spend desk:1 4h --json",
        "approve desk:1 --json --by alice --note phone",
        "reject desk:1 --by alice --note phone --json",
        "approve desk:1 --by nobody --note phone --json",
        "ledger acme --json",
        "ledger beta --json",
        "ledger acme credit 1h --note x --json",
        "ledger acme --verify --json",
        "retry desk:1 --json",
        "drop desk:1 --json",
        "init --json",
        "sync --plan none.json --json",
        "sync --nonsense --json",
        "nonsense --json",
        "--json",
        "--version --json",
    ],
)
def test_stdout_is_one_document_whatever_happens(busy: Keyboard, words: str) -> None:
    typed = busy.type(words)
    assert isinstance(typed.json, dict)
    assert typed.out.isascii()
    assert all(json.loads(line)["level"] for line in typed.err.splitlines()), "logs are lines"


def test_a_crash_of_ours_is_one_document_too_and_its_traceback_a_log(
    keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyError("entry")

    monkeypatch.setattr("bridge.cli.views.ledger.data", crash)
    typed = keyboard.type("ledger acme --json")
    assert typed.code == 1
    assert typed.json["problems"][0]["message"] == "a mistake of the bridge's own: KeyError"
    (log,) = [json.loads(line) for line in typed.err.splitlines()]
    assert log["event"] == "crashed"
    assert log["traceback"][-1] == "KeyError: 'entry'"


def test_text_and_json_tell_the_same_of_a_plan(busy: Keyboard) -> None:
    text = busy.type("sync --dry-run --source desk").out
    plan = busy.type("sync --dry-run --source desk --json").json["plan"]
    assert [(p["ticket"], p["field"], p["shown"]) for p in plan] == [
        ("desk:2", "approval", None),
        ("desk:2", "message", None),
    ]
    approval, message = plan
    assert f"~ approval   (none) → {approval['desired']}    {approval['why']}\n" in text
    assert message["desired"]["kind"] == "estimate"
    assert f"+ message    estimate no {message['desired']['number']}, fr, public" in text
    assert "1 value and 1 message on 1 of 2 open tickets (50 %). Nothing was written." in text


def test_text_and_json_tell_the_same_of_a_pass(busy: Keyboard) -> None:
    fails(busy.tool, AccessError("desk", "the key is refused", "give it a new one"))
    text = busy.type("sync --source desk")
    told = busy.type("sync --source desk --json")
    assert text.code == told.code == 1
    source = told.json["sources"]["desk"]
    assert source["error"] == "the key is refused"
    assert text.lines[0].startswith("desk   failed   the key is refused; last success ")
    assert "help: give it a new one" in text.lines[0]


def test_text_and_json_tell_the_same_of_a_ticket(busy: Keyboard) -> None:
    text = busy.type("explain desk:1").out
    told = busy.type("explain desk:1 --json").json
    assessment = told["assessment"]
    assert told["ticket"]["title"] in text
    assert f"client     {assessment['client']}, contract {assessment['contract']}" in text
    assert f"approval   {assessment['approval']['state']}" in text
    assert "estimate no 1, 3h" in text
    assert assessment["approval"]["estimate_seconds"] == 3 * 3600
    assert "charge     1h30 deducted" in text
    assert assessment["charge"]["consumed_seconds"] == 5400
    for why in (*assessment["charge"]["why"], *assessment["clocks"][0]["why"], *assessment["why"]):
        assert why in text
    assert f"response   {assessment['clocks'][0]['state']}, " in text
    written = [w for w in told["writes"] if w["field"] == "consumed"]
    assert [w["value"] for w in written] == [5400]
    assert "consumed 1h30, confirmed" in text


def test_text_and_json_tell_the_same_of_the_hours(busy: Keyboard) -> None:
    text = busy.type("ledger acme").lines
    told = busy.type("ledger acme --json").json
    assert told["unit_seconds"] == 3600
    assert told["balance_seconds"] == sum(e["seconds"] for e in told["entries"]) == 38.5 * 3600
    assert len(text) == len(told["entries"]) + 1
    for line, entry in zip(text, told["entries"], strict=False):
        assert entry["kind"] in line
        assert entry["note"] in line
        assert (entry["ticket"] or "") in line
    assert text[-1] == "40h credited, 1h30 deducted, 38h30 left"


def test_text_and_json_tell_the_same_of_the_state(busy: Keyboard) -> None:
    text = busy.type("status").out
    told = busy.type("status --json").json
    assert told["sources"]["away"]["error"] == "password refused"
    assert "password refused" in text
    assert told["sources"]["desk"]["open"] == 1
    assert told["balances"] == {"acme": 138600}
    assert "acme      38h30 left" in text


def test_text_and_json_tell_the_same_of_a_check(busy: Keyboard) -> None:
    busy.edit('same_day_cutoff = "16:00"', "")
    WORLD.pop("away")
    text = busy.type("check").out
    found = busy.type("check --json").json["problems"]
    assert [p["severity"] for p in found].count("error") == 1
    for problem in found:
        assert f"{problem['severity']}: {problem['message']}\n" in text
        assert f"--> {problem['where']}" in text
        assert f"help: {problem['hint']}" in text
    assert text.rstrip().endswith("1 error, 2 warnings. Nothing was written.")
