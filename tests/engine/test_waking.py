"""A pass assesses what changed, what woke and what was touched, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bridge.cli.views import status as status_view
from bridge.config import load
from bridge.engine import assess, summary
from bridge.engine.agreements import Agreements
from bridge.engine.fingerprint import fingerprint
from bridge.model import Kind, Priority, Record, RecordKind, Severity
from bridge.store import assessments, outbox, records, sources, wakes
from bridge.store.tables import assessments as table
from connectors.errors import RefusedError, TryAgainError
from tests.engine.desk import ALICE, JANE, Desk
from tests.engine.test_assess import reopened

H = 3600


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.sync()
    yield made
    made.database.close()


def quiet(desk: Desk, count: int = 3) -> list[str]:
    """Open requests on which there is nothing left to do."""
    keys = [desk.opened(f"Demande {number}") for number in range(count)]
    for _ in range(3):
        desk.sync(force=True)
    assert desk.sync().assessed == 0
    return keys


def test_a_pass_with_nothing_new_assesses_nothing(desk: Desk) -> None:
    quiet(desk)
    idle = desk.sync()
    assert (idle.assessed, idle.requests, idle.writes_planned) == (0, 1, 0)


def test_only_what_changed_is_assessed(desk: Desk) -> None:
    first, *_ = quiet(desk)
    desk.tool.say(first, ALICE, "Merci")
    assert desk.sync().assessed == 1
    assert desk.sync().assessed == 0


def test_each_ticket_is_assessed_once_in_a_pass(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    real = assess.assess_one

    def counted(agreements: Agreements, filed: assess.Filed, now: object) -> assess.Assessed:
        seen.append(filed.ticket.key)
        return real(agreements, filed, now)  # type: ignore[arg-type]

    monkeypatch.setattr(assess, "assess_one", counted)
    keys = [desk.opened(f"Demande {number}") for number in range(5)]
    for key in keys:
        desk.tool.change(key, JANE, estimate=3 * H)
    result = desk.sync(force=True)
    assert result.writes_done == 10
    assert sorted(seen) == sorted(keys)


def test_what_was_written_is_looked_at_once_more_and_then_sleeps(desk: Desk) -> None:
    key = desk.opened()
    assert desk.sync().writes_done == 1
    assert [desk.sync().assessed for _ in range(3)] == [1, 0, 0]
    with desk.database.read() as conn:
        assert wakes.these(conn, "desk", [key], desk.now)[0].woken is False


def test_a_write_that_fails_is_tried_by_each_pass_and_a_refused_one_when_its_time_comes(
    desk: Desk,
) -> None:
    key = desk.opened()
    desk.fails("apply approval", *[TryAgainError("desk", "503")] * 2)
    assert [desk.sync().writes_failed for _ in range(2)] == [1, 1]
    desk.fails("apply approval", RefusedError("desk", key, "read only"))
    assert desk.sync().writes_failed == 1
    assert [desk.sync().assessed for _ in range(3)] == [1, 0, 0]
    desk.now += timedelta(hours=25)
    assert desk.sync().writes_done == 1
    with desk.database.read() as conn:
        assert outbox.refused_at(conn, "desk", desk.now - timedelta(days=9)) == {}


def test_time_wakes_a_ticket_when_a_promise_is_due(tmp_path: Path) -> None:
    desk = Desk(tmp_path, settings='full_every = "90d"')
    desk.sync()
    quiet(desk)
    key = desk.opened("Panne", kind=Kind.INCIDENT, severity=Severity.BLOCKING)
    for _ in range(3):
        desk.sync()
    with desk.database.read() as conn:
        row = assessments.of_tickets(conn, "desk", [key])[key]
    desk.now += timedelta(days=3)
    assert desk.sync().assessed == 1
    assert desk.sync().assessed == 0
    with desk.database.read() as conn:
        after = assessments.of_tickets(conn, "desk", [key])[key]
    assert '"breached"' in after.content
    assert '"breached"' not in row.content
    desk.database.close()


def test_a_promise_that_became_late_since_the_last_pass_is_shown_as_late(desk: Desk) -> None:
    desk.opened("Panne", kind=Kind.INCIDENT, severity=Severity.BLOCKING)
    for _ in range(3):
        desk.sync()
    with desk.database.read() as conn:
        assert not any(r.late for r in status_view.status(conn, desk.agreements, desk.now).risks)
        later = desk.now + timedelta(days=3)
        found = status_view.status(conn, desk.agreements, later)
    assert any(risk.late for risk in found.risks)


def test_status_reads_rows_and_judges_what_no_pass_has_judged_yet(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, *others = quiet(desk)
    judged: list[str] = []
    real = summary.summarise

    def counted(one: object, differing: object) -> summary.Summary:
        found = real(one, differing)  # type: ignore[arg-type]
        judged.append(found.ticket)
        return found

    monkeypatch.setattr(summary, "summarise", counted)
    with desk.database.read() as conn:
        before = status_view.status(conn, desk.agreements, desk.now)
    assert judged == []
    assert [ref for ref, _, _ in before.attention] == [f"desk:{each}" for each in (key, *others)]
    spent = Record("r1", "desk", key, desk.clock(), "jdoe", RecordKind.ESTIMATE, seconds=1800)
    with desk.database.write() as conn:
        records.append(conn, spent)
        wakes.touch(conn, "desk", key, spent.at)
    with desk.database.read() as conn:
        after = status_view.status(conn, desk.agreements, desk.now)
    assert judged == [key]
    assert [ref for ref, _, _ in after.attention] == [f"desk:{each}" for each in others]


def test_another_configuration_has_everything_assessed_once(desk: Desk) -> None:
    quiet(desk)
    text = desk.path.read_text(encoding="utf-8")
    desk.path.write_text(text.replace("16:00", "15:00"), encoding="utf-8")
    again = reopened(desk)
    assert [again.sync().assessed for _ in range(2)] == [3, 0]


def test_the_same_configuration_is_the_same_in_another_process(desk: Desk) -> None:
    """Sets come in another order there."""
    script = (
        "import sys; from pathlib import Path; from bridge.config import load; "
        "from bridge.engine.fingerprint import fingerprint; "
        "print(fingerprint(load(Path(sys.argv[1])), 'desk'))"
    )
    words = [sys.executable, "-c", script, str(desk.path)]
    found = {
        subprocess.run(
            words, check=True, capture_output=True, text=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert found == {fingerprint(desk.agreements.config, "desk") + "\n"}


def test_another_spelling_of_the_path_and_a_comment_are_no_other_configuration(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command beside the daemon names the file in its own way; a comment moves every line."""
    before = fingerprint(desk.agreements.config, "desk")
    monkeypatch.chdir(desk.path.parent)
    assert fingerprint(load(Path(desk.path.name)), "desk") == before
    text = desk.path.read_text(encoding="utf-8")
    desk.path.write_text(f"# a comment\n{text}", encoding="utf-8")
    assert fingerprint(load(desk.path), "desk") == before


def test_a_clock_that_went_back_has_everything_assessed(desk: Desk) -> None:
    quiet(desk)
    desk.now -= timedelta(days=3)
    assert desk.sync().assessed == 3
    assert desk.sync().assessed == 0


def test_a_full_pass_finds_nothing_that_nothing_had_woken(desk: Desk) -> None:
    quiet(desk)
    desk.now += timedelta(hours=25)
    full = desk.sync()
    assert full.assessed == 3
    assert full.missed == ()


def test_what_a_full_pass_finds_changed_is_counted_and_shown(desk: Desk) -> None:
    key, *_ = quiet(desk)
    with desk.database.write() as conn:
        conn.execute(sa.update(table).where(table.c.ticket == key).values(content="{}"))
    desk.now += timedelta(hours=25)
    assert desk.sync().missed == (f"desk:{key}",)
    with desk.database.read() as conn:
        last = sources.recent_passes(conn, "desk", 1)[0]
        found = status_view.status(conn, desk.agreements, desk.now)
    assert last.counts["missed"] == 1
    (line, *_) = status_view.lines(found, desk.agreements.zone("acme"), desk.now)
    assert "1 judged otherwise by a full pass" in line


def test_a_dry_run_leaves_everything_as_due_as_it_was(desk: Desk) -> None:
    key, *_ = quiet(desk)
    desk.tool.log_time(key, JANE, 600)
    assert [desk.sync(dry_run=True).assessed for _ in range(2)] == [1, 1]
    assert [desk.sync().assessed for _ in range(2)] == [1, 0]


def test_a_dry_run_tells_what_people_changed_on_tickets_that_are_not_due(desk: Desk) -> None:
    key = desk.opened()
    desk.tool.say(key, JANE, "/priority 3")
    desk.sync()
    desk.tool.change(key, JANE, priority=Priority.CRITICAL)
    for _ in range(3):
        desk.sync()
    shown = desk.sync(dry_run=True)
    assert shown.assessed == 0
    assert [(c.field, c.action, c.ticket) for c in shown.changes] == [("priority", "keep", key)]
    assert shown.titles[f"desk:{key}"] == "Filtre · ACME SA"


def test_an_approver_who_is_first_seen_has_the_source_assessed(desk: Desk) -> None:
    quiet(desk, 2)
    config = desk.agreements.config
    client = config.clients["acme"].model_copy(update={"approvers": ("desk:bruno",)})
    made = Agreements(replace(config, clients={"acme": client}))
    desk.engine = replace(desk.engine, agreements=made)
    assert desk.sync().assessed == 2
    assert desk.sync().assessed == 0
    bruno = replace(ALICE, id="77", login="bruno", name="Bruno")
    desk.tool.say("1", bruno, "Bonjour")
    assert desk.sync().assessed == 2
