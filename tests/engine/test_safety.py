"""Nothing is written that was not allowed, not in such numbers, and never otherwise than shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.cli import app
from bridge.config import Safety
from bridge.engine import saved_plan
from bridge.engine.safety import exceeded
from bridge.engine.saved_plan import PlanError, SavedPlan
from bridge.engine.sources import store_secret
from connectors.errors import TryAgainError
from tests.engine.desk import JANE, Desk
from tests.engine.test_assess import reopened
from tests.no_room import no_room

H = 3600


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.sync()
    yield made
    made.database.close()


def saved(desk: Desk, path: Path) -> Callable[[], SavedPlan]:
    """The plan of now, in a file; what reads it back."""
    result = desk.sync(dry_run=True)
    secret = store_secret(desk.database)
    saved_plan.save(path, ["desk"], result.changes, secret, desk.now)
    return lambda: saved_plan.load(path, secret)


def estimated(desk: Desk, number: int = 1) -> list[str]:
    keys = [desk.opened(f"Demande {n}") for n in range(number)]
    for key in keys:
        desk.tool.change(key, JANE, estimate=3 * H)
    return keys


# ── Numbers ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("touched", "opened", "key"),
    [
        (50, 1000, None),
        (51, 1000, "safety.max_writes"),
        (9, 9, None),
        (3, 10, None),
        (4, 10, "safety.max_share"),
        (30, 100, None),
        (31, 100, "safety.max_share"),
    ],
)
def test_ask_11_a_limit_stops_the_first_ticket_over_it(
    touched: int, opened: int, key: str | None
) -> None:
    limit = exceeded(Safety(), touched, opened)
    assert (limit.key if limit is not None else None) == key


def test_ask_11_a_pass_over_the_limit_writes_nothing_says_why_and_force_lets_it_through(
    desk: Desk,
) -> None:
    keys = estimated(desk, 12)
    before = desk.tool.version
    result = desk.sync()
    assert str(result.stopped_by) == (
        "12 tickets of 12 open ones would be written, more than safety.max_share = 30%"
    )
    assert (result.writes_done, desk.tool.version) == (0, before)
    assert desk.sync().stopped_by is not None
    assert desk.sync(force=True).stopped_by is None
    assert all(len(desk.told(key)) == 1 for key in keys)


def test_ask_11_the_command_tells_the_limit_by_its_exit_code(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    estimated(desk, 12)
    assert app.run(["--config", str(desk.path), "sync"]) == 4
    assert "bridge sync --source desk --force" in capsys.readouterr().out


# ── What may be written at all ──────────────────────────────────────────────────────────────────


def test_a_source_writes_nothing_until_its_writes_are_listed(tmp_path: Path) -> None:
    desk = Desk(tmp_path, settings="")
    text = desk.path.read_text(encoding="utf-8")
    writes = 'writes = ["priority", "estimate", "consumed", "approval", "message"]\n'
    desk.path.write_text(text.replace(writes, ""), encoding="utf-8")
    desk = reopened(desk)
    desk.sync()
    estimated(desk)
    before = desk.tool.version
    result = desk.sync(force=True)
    assert (result.writes_planned, desk.tool.version) == (0, before)
    desk.database.close()


@pytest.mark.parametrize("listed", [False, True])
def test_ask_20_a_message_is_private_unless_the_contract_tells_the_client(
    tmp_path: Path, listed: bool
) -> None:
    kinds = "tell_client" if listed else "tell_team"
    other = "tell_client = []" if not listed else ""
    desk = Desk(tmp_path, more=f'{kinds} = ["estimate"]\n{other}')
    desk.sync()
    (key,) = estimated(desk)
    desk.sync()
    (comment,) = desk.tool.tickets[key].comments
    assert comment.public is listed
    desk.database.close()


def test_a_ticket_from_before_act_since_is_written_neither_by_force_nor_later(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path)
    (key,) = estimated(desk)
    desk.now += timedelta(hours=1)
    for _ in range(2):
        assert desk.sync(force=True).writes_planned == 0
        desk.tool.change(key, JANE, estimate=4 * H)
        desk.now += timedelta(hours=25)
    assert desk.told(key) == []
    desk.database.close()


# ── Saved plans ─────────────────────────────────────────────────────────────────────────────────


def test_a_saved_plan_is_carried_out_exactly(desk: Desk, tmp_path: Path) -> None:
    (key,) = estimated(desk)
    plan = saved(desk, tmp_path / "plan.json")()
    assert desk.sync(exactly=plan).writes_done == 2
    assert len(desk.told(key)) == 1


def test_a_saved_plan_goes_past_the_limits_that_were_shown_with_it(
    desk: Desk, tmp_path: Path
) -> None:
    estimated(desk, 12)
    plan = saved(desk, tmp_path / "plan.json")()
    assert desk.sync(exactly=plan).writes_done == 24


def test_a_saved_plan_that_no_longer_holds_writes_nothing_and_says_what_changed(
    desk: Desk, tmp_path: Path
) -> None:
    (key,) = estimated(desk)
    plan = saved(desk, tmp_path / "plan.json")()
    desk.tool.change(key, JANE, estimate=4 * H)
    before = desk.tool.version
    result = desk.sync(exactly=plan)
    assert (result.ok, result.writes_done, desk.tool.version) == (False, 0, before)
    assert "the plan no longer holds: desk:1 message is no longer needed" in str(result.error)


def test_a_plan_that_a_full_disk_cuts_leaves_no_file_behind(desk: Desk, tmp_path: Path) -> None:
    estimated(desk)
    changes = desk.sync(dry_run=True).changes
    path = tmp_path / "plan.json"
    secret = store_secret(desk.database)
    with no_room(), pytest.raises(PlanError, match="cannot write"):
        saved_plan.save(path, ["desk"], changes, secret, desk.now)
    assert not path.exists()


@pytest.mark.parametrize("edit", ["desired", "added", "checksum"])
def test_threat_L3_an_edited_plan_is_refused(desk: Desk, tmp_path: Path, edit: str) -> None:
    estimated(desk)
    path = tmp_path / "plan.json"
    read = saved(desk, path)
    body = json.loads(path.read_text(encoding="ascii"))
    if edit == "desired":
        body["writes"][0]["desired"] = "approved"
    elif edit == "added":
        body["writes"].append(dict(body["writes"][0], key="another"))
    else:
        body["checksum"] = "0" * 64
    path.write_text(json.dumps(body), encoding="ascii")
    with pytest.raises(PlanError, match="was changed"):
        read()


# ── Time ────────────────────────────────────────────────────────────────────────────────────────


def test_ask_15_a_pass_ends_at_its_deadline_keeps_what_it_read_and_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path, settings='deadline = "1m"')
    desk.sync()
    for number in range(150):
        desk.opened(f"Demande {number}")
    hours = iter(range(0, 10**6, 3600))
    with monkeypatch.context() as slow:
        slow.setattr("bridge.engine.ingest.time.monotonic", lambda: float(next(hours)))
        result = desk.sync(force=True)
    assert (result.ok, result.tickets_seen) == (False, 100)
    assert "longer than its deadline of 0:01:00" in str(result.error)
    again = desk.sync(force=True)
    assert (again.ok, again.tickets_seen, again.writes_done) == (True, 50, 150)
    desk.database.close()


def test_a_pass_that_failed_lets_go_of_its_source(desk: Desk) -> None:
    desk.fails("poll", TryAgainError("desk", "503"))
    assert not desk.sync().ok
    assert desk.sync().ok
