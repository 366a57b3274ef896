"""Traces that a change leaves: stamps, system notes, state events, mentions.

Two ways lead to a later `updated_at`. A *saved* row always moves it: another attribute, or
another person than the one who updated it last. All else only *touches* the row, and a touch is
dropped while the last move is not more than a minute old.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from connectors.sandbox.gitlab.mentions import Reference, references
from connectors.sandbox.gitlab.records import (
    Issuable,
    Issue,
    MergeRequest,
    Note,
    Project,
    StateEvent,
    User,
)
from connectors.sandbox.gitlab.world import World

TOUCH_INTERVAL: Final = timedelta(minutes=1)


class Invalid(Exception):
    """The model refuses; `messages` are its errors by attribute."""

    def __init__(self, messages: Mapping[str, list[str]]) -> None:
        super().__init__(str(dict(messages)))
        self.messages = dict(messages)


class Traces:
    """What becomes visible of a change, beside the change itself."""

    def __init__(self, world: World) -> None:
        self._world = world

    def touch(self, issuable: Issuable, now: datetime) -> None:
        if now - issuable.updated_at > TOUCH_INTERVAL:
            issuable.updated_at = now
        self._world.changed()

    def save(self, issuable: Issuable, user: User, now: datetime) -> None:
        """Save the row as changed by somebody."""
        issuable.updated_at = now
        issuable.updated_by = user
        self._world.changed()

    def state(self, issuable: Issuable, user: User, state: str, now: datetime) -> bool:
        """Close or reopen (`closed`, `opened`). The row is saved, but names no updater."""
        if state == issuable.state:
            return False
        issuable.state = state
        closed = state == "closed"
        issuable.closed_at = now if closed else None
        issuable.closed_by = user if closed else None
        issuable.updated_at = now
        word = "closed" if closed else "reopened"
        number = self._world.next_id("state_event")
        issuable.state_events.append(StateEvent(number, user, now, word))
        self._world.tell(issuable.project, user, word, self.target(issuable))
        self._world.changed()
        return True

    def target(self, issuable: Issuable) -> tuple[str, int, int | None, str]:
        kind = "MergeRequest" if isinstance(issuable, MergeRequest) else "Issue"
        return (kind, issuable.id, issuable.iid, issuable.title)

    def system_note(
        self,
        issuable: Issuable,
        user: User,
        words: str,
        now: datetime,
        source: Issuable | None = None,
    ) -> Note:
        """A line that GitLab writes itself; it does not touch the issue."""
        number = self._world.next_id("note", 100)
        note = Note(
            number,
            issuable,
            user,
            words,
            now,
            now,
            discussion_id(number),
            system=True,
            hidden_reference=source,
        )
        issuable.notes.append(note)
        self._world.changed()
        return note

    def mention(self, source: Issuable, user: User, text: str) -> None:
        """Tell every issue that a text names, once per source; being told touches it."""
        kind, sign = ("merge request", "!") if isinstance(source, MergeRequest) else ("issue", "#")
        now = self._world.now()
        for issue in self.found(source.project, references(text)):
            if issue is source:
                continue
            same = issue.project is source.project
            path = "" if same else source.project.full_path
            words = f"mentioned in {kind} {path}{sign}{source.iid}"
            if any(note.system and note.body == words for note in issue.notes):
                continue
            self.system_note(issue, user, words, now, source)
            self.touch(issue, now)
            if isinstance(source, MergeRequest) and issue not in source.mentions:
                source.mentions.append(issue)

    def found(self, project: Project, named: Iterable[Reference]) -> list[Issue]:
        """The issues that references mean, seen from a project."""
        issues = []
        for reference in named:
            path = reference.path
            place = project if path is None else self._place(project, path)
            issue = place.issues.get(reference.iid) if place is not None else None
            if issue is not None:
                issues.append(issue)
        return issues

    def _place(self, project: Project, path: str) -> Project | None:
        return self._world.project(path) or self._world.project(f"{project.group.path}/{path}")


def discussion_id(number: int) -> str:
    """The 40 hexadecimal digits by which a thread is known."""
    return f"{number * 0x9E3779B97F4A7C15:040x}"[-40:]
