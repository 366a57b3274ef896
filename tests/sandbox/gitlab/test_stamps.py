"""What moves `updated_at` of an issue, and what leaves it alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from connectors.sandbox.core import Clock
from connectors.sandbox.gitlab import PROJECT, GitlabSandbox
from connectors.sandbox.gitlab.records import Issue
from tests.sandbox.gitlab.conftest import MORNING, Api

LATER = timedelta(minutes=10)
Act = Callable[[GitlabSandbox, Issue], object]


def _comment(gitlab: GitlabSandbox, issue: Issue) -> object:
    return gitlab.comment(issue, "alice", "A word")


def _log(gitlab: GitlabSandbox, issue: Issue) -> object:
    return gitlab.log_time(issue, "jdoe", "1h")


def _mention(gitlab: GitlabSandbox, issue: Issue) -> object:
    return gitlab.open_issue(PROJECT, "alice", "Another", f"Like #{issue.iid}")


def _edit_note(gitlab: GitlabSandbox, issue: Issue) -> object:
    gitlab.edit_note(issue.notes[0], "Other words")
    return None


def _delete_note(gitlab: GitlabSandbox, issue: Issue) -> object:
    gitlab.delete_note(issue.notes[0])
    return None


TOUCHES = pytest.mark.parametrize("act", [_comment, _log, _mention, _edit_note, _delete_note])


@TOUCHES
def test_a_touch_within_a_minute_of_the_last_move_is_dropped(
    gitlab: GitlabSandbox, issue: Issue, clock: Clock, act: Act
) -> None:
    clock.advance(60)
    act(gitlab, issue)
    assert issue.updated_at == MORNING


@TOUCHES
def test_a_touch_after_more_than_a_minute_moves_the_stamp(
    gitlab: GitlabSandbox, issue: Issue, clock: Clock, act: Act
) -> None:
    clock.advance(61)
    act(gitlab, issue)
    assert issue.updated_at == clock.now()


def test_dropped_touches_do_not_put_the_next_one_off(
    gitlab: GitlabSandbox, issue: Issue, clock: Clock
) -> None:
    for _ in range(3):
        clock.advance(25)
        gitlab.comment(issue, "alice", "Again")
    assert issue.updated_at == MORNING + timedelta(seconds=75)


def test_labels_of_the_last_updater_only_touch(
    gitlab: GitlabSandbox, issue: Issue, clock: Clock
) -> None:
    saved = clock.advance(LATER)
    gitlab.retitle(issue, "jdoe", "Changed")
    clock.advance(30)
    gitlab.label(issue, "jdoe", add=["request"])
    assert issue.updated_at == saved


def test_labels_of_somebody_else_save_the_row(
    gitlab: GitlabSandbox, issue: Issue, clock: Clock
) -> None:
    clock.advance(LATER)
    gitlab.retitle(issue, "jdoe", "Changed")
    clock.advance(1)
    gitlab.label(issue, "bridge", add=["request"])
    assert issue.updated_at == clock.now()


def test_a_change_of_nothing_by_somebody_else_saves_the_row_too(
    api: Api, gitlab: GitlabSandbox, issue: Issue, clock: Clock
) -> None:
    gitlab.retitle(issue, "jdoe", "Changed")
    clock.advance(1)
    api.put("/projects/1/issues/1", title="Changed")
    moved = issue.updated_at
    clock.advance(1)
    api.put("/projects/1/issues/1", title="Changed")
    assert issue.updated_at == moved == clock.now() - timedelta(seconds=1)


def test_an_estimate_and_a_state_move_the_stamp_at_once(
    gitlab: GitlabSandbox, issue: Issue, clock: Clock
) -> None:
    acts: list[Callable[[], None]] = [
        lambda: gitlab.estimate(issue, "jdoe", "2h"),
        lambda: gitlab.close(issue, "jdoe"),
        lambda: gitlab.reopen(issue, "jdoe"),
        lambda: gitlab.describe(issue, "jdoe", "Otherwise"),
    ]
    for act in acts:
        clock.advance(1)
        act()
        assert issue.updated_at == clock.now()


def test_a_reaction_never_moves_the_issue_and_moves_its_note(
    gitlab: GitlabSandbox, issue: Issue, clock: Clock
) -> None:
    clock.advance(LATER)
    note = issue.notes[0]
    gitlab.react(issue, "alice")
    gitlab.react(note, "alice")
    assert issue.updated_at == MORNING
    assert note.updated_at == clock.now()
    clock.advance(1)
    gitlab.unreact(note, "alice")
    assert note.updated_at == clock.now()
    assert note.awards == []


def test_a_bulk_edit_gives_one_stamp_to_all(gitlab: GitlabSandbox, clock: Clock) -> None:
    made = gitlab.fill(30, notes=0)
    clock.advance(LATER)
    at = gitlab.bulk_edit(made, "jdoe", add=["request"])
    assert {one.updated_at for one in made} == {at}
