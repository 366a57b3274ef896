"""Three values per field: who wins when a person changed one, and how it is told and settled."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bridge.cli import app
from bridge.engine.plan import Action
from bridge.model import Field, Priority
from connectors.memory import MemorySettings
from tests.engine.desk import JANE, Desk

Make = Callable[[str], tuple[Desk, str]]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """A ticket whose priority the bridge wrote and a person changed since."""
    made: list[Desk] = []

    def build(policy: str) -> tuple[Desk, str]:
        desk = Desk(tmp_path, settings=f'policy = {{ priority = "{policy}" }}')
        made.append(desk)
        desk.sync()
        key = desk.opened()
        desk.tool.say(key, JANE, "/priority 3")
        desk.sync()
        assert desk.tool.tickets[key].priority is Priority.NORMAL
        desk.tool.change(key, JANE, priority=Priority.CRITICAL)
        return desk, key

    yield build
    for desk in made:
        desk.database.close()


# Their desk is months behind the wall clock: status says so by exit code 1, as it should.
def typed(desk: Desk, capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert app.run(["--config", str(desk.path), *words]) == code
    out = capsys.readouterr()
    return out.out + out.err


@pytest.mark.parametrize(
    ("policy", "action", "stays"),
    [
        ("tool", Action.KEEP, Priority.CRITICAL),
        ("bridge", Action.WRITE, Priority.NORMAL),
        ("ask", Action.ASK, Priority.CRITICAL),
    ],
)
def test_each_policy_does_with_a_persons_value_what_it_says(
    make: Make, policy: str, action: Action, stays: Priority
) -> None:
    desk, key = make(policy)
    (change,) = [c for c in desk.sync().changes if c.field is Field.PRIORITY]
    assert (change.action, change.shown, change.desired) == (
        action,
        Priority.CRITICAL,
        Priority.NORMAL,
    )
    assert desk.tool.tickets[key].priority is stays


def test_what_waits_for_a_person_is_written_by_no_later_pass_nor_by_force(make: Make) -> None:
    desk, key = make("ask")
    for force in (False, True):
        assert desk.sync(force=force).writes_done == 0
    assert desk.tool.tickets[key].priority is Priority.CRITICAL


def test_a_conflict_is_shown_by_status_and_explain_with_the_commands_that_settle_it(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    desk, key = make("ask")
    desk.sync()
    assert any("bridge retry desk:1  writes 3" in reason.text for _, reason in desk.attention())
    said = typed(desk, capsys, "status", code=1)
    assert "priority is 1, the rules say 3" in said
    assert f"bridge drop desk:{key}  leaves 1" in said
    shown = json.loads(typed(desk, capsys, "status", "--json", code=1))
    (conflict,) = shown["conflicts"]
    assert (conflict["ticket"], conflict["field"]) == (f"desk:{key}", "priority")
    assert (conflict["shown"], conflict["desired"], conflict["waits"]) == (1, 3, True)
    assert "jdoe set it" in conflict["why"][0]
    assert "waits for a person" in typed(desk, capsys, "explain", f"desk:{key}")
    explained = json.loads(typed(desk, capsys, "explain", f"desk:{key}", "--json"))
    assert explained["conflicts"] == [conflict]


def test_a_kept_value_is_shown_too_and_waits_for_nobody(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    desk, key = make("tool")
    desk.sync()
    said = typed(desk, capsys, "status", code=1)
    assert "differs" in said
    assert "left as it is" in said
    (conflict,) = json.loads(typed(desk, capsys, "status", "--json", code=1))["conflicts"]
    assert conflict["waits"] is False
    assert "differs" in typed(desk, capsys, "explain", f"desk:{key}")


def test_retry_writes_over_what_the_person_set_once(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    desk, key = make("ask")
    desk.sync()
    assert "priority: the next sync writes it" in typed(desk, capsys, "retry", f"desk:{key}")
    desk.sync()
    assert desk.tool.tickets[key].priority is Priority.NORMAL
    desk.tool.change(key, JANE, priority=Priority.HIGH)
    desk.sync()
    assert desk.tool.tickets[key].priority is Priority.HIGH
    assert json.loads(typed(desk, capsys, "status", "--json", code=1))["conflicts"][0]["waits"]


def test_drop_leaves_what_the_person_set_and_asks_no_more(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    desk, key = make("ask")
    desk.sync()
    assert "left as it is in the tool" in typed(desk, capsys, "drop", f"desk:{key}")
    desk.sync()
    assert desk.tool.tickets[key].priority is Priority.CRITICAL
    assert not json.loads(typed(desk, capsys, "status", "--json", code=1))["conflicts"][0]["waits"]
    assert "was not set aside" in typed(desk, capsys, "drop", f"desk:{key}", code=2)


def test_a_plan_that_is_shown_says_what_waits(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    desk, _ = make("ask")
    said = typed(desk, capsys, "sync", "--dry-run")
    assert "? priority   is 1" in said
    assert "a person decides" in said


def test_a_policy_for_messages_is_refused() -> None:
    with pytest.raises(ValueError, match="message is nothing that a person could change"):
        MemorySettings.model_validate(
            {"type": "memory", "tool": "desk", "policy": {"message": "ask"}}
        )
