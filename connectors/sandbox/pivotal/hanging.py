"""What hangs on a story: comments, labels, tasks, blockers, reviews. Each change is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.sandbox.pivotal.editing import Editor
from connectors.sandbox.pivotal.errors import unauthorized
from connectors.sandbox.pivotal.world import Blocker, Comment, Label, Review, Story, Task


def add_comment(
    editor: Editor, story: Story, person: int, text: str, *, at: datetime | None = None,
    commit: tuple[str, str] | None = None,
) -> Comment:  # fmt: skip
    """A comment; whoever comments follows the story. Raises TrackerError."""
    project = editor.world.projects[story.project]
    editor.may_write(project, person)
    before = editor.values(story)
    now = at or editor.now()
    comment = Comment(editor.world.next_id(), story.id, text, person, now, now)
    if commit is not None:
        comment.commit_type, comment.commit_identifier = commit
    story.comments.append(comment)
    if person not in story.followers:
        story.followers.append(person)
    editor.touch(story)
    change = {
        "kind": "comment", "change_type": "create", "id": comment.id,
        "new_values": {
            "id": comment.id, "story_id": story.id, "text": text, "person_id": person,
            "created_at": now, "updated_at": now, "file_attachment_ids": [],
            "google_attachment_ids": [], "attachment_ids": [], "file_attachments": [],
            "google_attachments": [],
        },
    }  # fmt: skip
    editor.tell(
        project, person, "comment_create_activity", ("added comment:", f'"{text}"'),
        [change, *editor.touched(story, before)], [story],
    )  # fmt: skip
    return comment


def edit_comment(editor: Editor, story: Story, comment: Comment, person: int, text: str) -> None:
    """Only the author may. Raises TrackerError."""
    project = editor.world.projects[story.project]
    editor.may_write(project, person)
    if comment.person != person:
        raise unauthorized()
    before, old = editor.values(story), (comment.text, comment.updated_at)
    comment.text, comment.updated_at = text, editor.now()
    editor.touch(story)
    change = {
        "kind": "comment", "change_type": "update", "id": comment.id,
        "original_values": {"text": old[0], "updated_at": old[1]},
        "new_values": {"text": text, "updated_at": comment.updated_at},
    }  # fmt: skip
    editor.tell(
        project, person, "comment_update_activity", ("edited", "this comment"),
        [change, *editor.touched(story, before)], [story],
    )  # fmt: skip


def delete_comment(editor: Editor, story: Story, comment: Comment, person: int) -> None:
    """The author may, and an owner of the project. Raises TrackerError."""
    project = editor.world.projects[story.project]
    editor.may_write(project, person)
    if comment.person != person and project.members[person].role != "owner":
        raise unauthorized()
    before = editor.values(story)
    story.comments.remove(comment)
    editor.touch(story)
    change = {"kind": "comment", "change_type": "delete", "id": comment.id}
    editor.tell(
        project, person, "comment_delete_activity", ("deleted", "a comment"),
        [change, *editor.touched(story, before)], [story],
    )  # fmt: skip


def add_label(editor: Editor, story: Story, person: int, given: dict[str, Any]) -> Label:
    """Put a label on a story; one that it has already changes nothing. Raises TrackerError."""
    project = editor.world.projects[story.project]
    editor.may_write(project, person)
    known = len(project.labels)
    label = editor.find_label(project, given)
    made = [] if len(project.labels) == known else [_made(label)]
    if label.id not in story.labels:
        _relabel(editor, story, person, [*story.labels, label.id], made)
    return label


def remove_label(editor: Editor, story: Story, person: int, label: int) -> None:
    """Take a label off a story that has it. Raises TrackerError."""
    editor.may_write(editor.world.projects[story.project], person)
    _relabel(editor, story, person, [each for each in story.labels if each != label], [])


def _relabel(
    editor: Editor, story: Story, person: int, labels: list[int], made: list[dict[str, Any]]
) -> None:
    before = editor.values(story)
    story.labels = labels
    editor.touch(story)
    editor.tell(
        editor.world.projects[story.project], person, "story_update_activity",
        ("edited", f"this {story.kind}"), [*made, *editor.touched(story, before)], [story],
    )  # fmt: skip


def _made(label: Label) -> dict[str, Any]:
    value = {
        "id": label.id, "project_id": label.project, "name": label.name,
        "created_at": label.created_at, "updated_at": label.updated_at,
    }  # fmt: skip
    return {"kind": "label", "change_type": "create", "id": label.id, "new_values": value}


def add_task(editor: Editor, story: Story, person: int, description: str, done: bool) -> Task:
    """A line more on the story's list. Raises TrackerError."""
    now = editor.now()
    task = Task(editor.world.next_id(), story.id, description, done, now, now)
    _hang(editor, story, person, "task", task, story.tasks, ("added task:", f'"{description}"'))
    return task


def add_blocker(editor: Editor, story: Story, person: int, description: str) -> Blocker:
    """Something stands in the way. Raises TrackerError."""
    now = editor.now()
    blocker = Blocker(editor.world.next_id(), story.id, person, description, False, now, now)
    words = ("added blocker:", f'"{description}"')
    _hang(editor, story, person, "blocker", blocker, story.blockers, words)
    return blocker


def add_review(
    editor: Editor, story: Story, person: int, review_type: str, reviewer: int | None,
    status: str = "unstarted",
) -> Review:  # fmt: skip
    """Ask for a review. Raises TrackerError."""
    now = editor.now()
    review = Review(editor.world.next_id(), story.id, review_type, reviewer, status, now, now)
    words = ("added", f"a {review_type} review")
    _hang(editor, story, person, "review", review, story.reviews, words)
    return review


def _hang(
    editor: Editor, story: Story, person: int, kind: str, made: Any, to: list[Any],
    words: tuple[str, str],
) -> None:  # fmt: skip
    project = editor.world.projects[story.project]
    editor.may_write(project, person)
    before = editor.values(story)
    to.append(made)
    editor.touch(story)
    change = {
        "kind": kind, "change_type": "create", "id": made.id,
        "new_values": {"id": made.id, "story_id": story.id, "created_at": made.created_at},
    }  # fmt: skip
    editor.tell(
        project, person, f"{kind}_create_activity", words,
        [change, *editor.touched(story, before)], [story],
    )  # fmt: skip


def settle_blocker(
    editor: Editor, story: Story, person: int, blocker: Blocker, resolved: bool
) -> None:
    """Say whether a blocker still stands. Raises TrackerError."""
    project = editor.world.projects[story.project]
    editor.may_write(project, person)
    before, old = editor.values(story), blocker.resolved
    blocker.resolved, blocker.updated_at = resolved, editor.now()
    editor.touch(story)
    change = {
        "kind": "blocker", "change_type": "update", "id": blocker.id,
        "original_values": {"resolved": old}, "new_values": {"resolved": resolved},
    }  # fmt: skip
    editor.tell(
        project, person, "blocker_update_activity", ("resolved", "a blocker"),
        [change, *editor.touched(story, before)], [story],
    )  # fmt: skip
