"""What people do in Tracker, as verbs. Each is one change with its version, as by the web pages.

`by` is a username; stories, projects and comments are named by id (projects also by name). What the
tool refuses to the person raises `TrackerError`.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from connectors.sandbox.pivotal import hanging
from connectors.sandbox.pivotal.editing import Editor
from connectors.sandbox.pivotal.errors import unauthorized
from connectors.sandbox.pivotal.world import (
    Comment,
    Label,
    Membership,
    Person,
    Project,
    Story,
    World,
)

Points = int | str | Decimal


class People:
    """The verbs; `PivotalSandbox` has them."""

    world: World
    editor: Editor
    lock: threading.RLock

    # -- settings of the installation ----------------------------------------------------------

    def add_person(
        self, username: str, name: str, email: str, *, token: str | None = None,
        zone: str = "Etc/UTC", number: int | None = None,
    ) -> Person:  # fmt: skip
        """Somebody signs up; `token` is what a program of theirs shows."""
        with self.lock:
            person = Person(
                id=self.world.next_id() if number is None else number,
                name=name,
                initials="".join(part[0] for part in name.split()).upper(),
                username=username,
                email=email,
                token=token or f"sandbox-token-of-{username}",
                zone=zone,
            )
            self.world.people[person.id] = self.world.tokens[person.token] = person
            return person

    def add_project(
        self, name: str, members: Mapping[str, str], *, number: int | None = None, **settings: Any
    ) -> Project:
        """A project with its people: username → owner, member or viewer."""
        with self.lock:
            now = self.editor.now()
            project = Project(
                self.world.next_id() if number is None else number, name, now, now, **settings
            )
            self.world.projects[project.id] = project
            for username, role in members.items():
                self.join(project.id, username, role)
            return project

    def join(self, project: int | str, who: str, role: str) -> Membership:
        """Make somebody a member, or give a member another role."""
        with self.lock:
            place, person = self.world.project(project), self.world.person(who)
            known = place.members.get(person.id)
            if known is None:
                known = Membership(self.world.next_id(), person.id, role, self.editor.now())
                place.members[person.id] = known
            known.role = role
            return known

    def leave(self, project: int | str, who: str) -> None:
        """Take somebody out of a project: what they wrote stays, the lists name them no more."""
        with self.lock:
            del self.world.project(project).members[self.world.person(who).id]

    def change_project(self, project: int | str, by: str, **settings: Any) -> None:
        """Change settings (`point_scale`, `automatic_planning`, `name`, …); owners may."""
        with self.lock:
            place, person = self.world.project(project), self.world.person(by).id
            membership = place.members.get(person)
            if membership is None or membership.role != "owner":
                raise unauthorized()
            old = {name: getattr(place, name) for name in settings}
            for name, value in settings.items():
                setattr(place, name, value)
            place.updated_at = self.editor.now()
            change = {
                "kind": "project", "change_type": "update", "id": place.id,
                "original_values": old, "new_values": settings,
            }  # fmt: skip
            words = ("edited", "this project")
            self.editor.tell(place, person, "project_update_activity", words, [change])

    def allow_api(self, project: int | str, allowed: bool) -> None:
        """Switch API access on or off for a project."""
        self.world.project(project).api = allowed

    def delete_project(self, project: int | str) -> None:
        """Delete a project: to programs it looks forbidden."""
        self.world.project(project).deleted = True

    # -- stories ------------------------------------------------------------------------------

    def add_story(
        self, project: int | str, by: str, name: str, *, story_type: str = "feature",
        labels: Sequence[str] = (), estimate: Points | None = None, **given: Any,
    ) -> Story:  # fmt: skip
        """Ask for something. `given` takes the API's other keys (`description`, `story_priority`,
        `current_state`, …)."""
        with self.lock:
            body = {"name": name, "story_type": story_type, **given}
            if labels:
                body["labels"] = [{"name": label} for label in labels]
            if estimate is not None:
                body["estimate"] = Decimal(estimate)
            return self.editor.create(self.world.project(project), self._who(by), body)

    def edit(self, story: int, by: str, **given: Any) -> Story:
        """Change a story by the API's keys."""
        with self.lock:
            found = self.story(story)
            self.editor.update(found, self._who(by), given)
            return found

    def estimate(self, story: int, by: str, points: Points | None) -> Story:
        """Give points, or take them away."""
        value = None if points is None else Decimal(points)
        return self.edit(story, by, estimate=value)

    def prioritise(self, story: int, by: str, priority: str) -> Story:
        """Say p0, p1, p2, p3 or none."""
        return self.edit(story, by, story_priority=priority)

    def assign(self, story: int, by: str, *owners: str) -> Story:
        """Name who works on it; nobody when none is given."""
        return self.edit(story, by, owner_ids=[self._who(owner) for owner in owners])

    def schedule(self, story: int, by: str) -> Story:
        """Drag from the icebox to the backlog."""
        return self.edit(story, by, current_state="unstarted")

    def start(self, story: int, by: str) -> Story:
        """Press Start: whoever does becomes an owner."""
        with self.lock:
            owners = list(dict.fromkeys([*self.story(story).owners, self._who(by)]))
            return self.edit(story, by, current_state="started", owner_ids=owners)

    def finish(self, story: int, by: str) -> Story:
        """Press Finish: a chore is then accepted."""
        chore = self.story(story).kind == "chore"
        return self.edit(story, by, current_state="accepted" if chore else "finished")

    def deliver(self, story: int, by: str) -> Story:
        """Press Deliver: the requester has the word."""
        return self.edit(story, by, current_state="delivered")

    def accept(self, story: int, by: str) -> Story:
        """Press Accept."""
        return self.edit(story, by, current_state="accepted")

    def reject(self, story: int, by: str, why: str | None = None) -> Story:
        """Press Reject, and say why in a comment."""
        with self.lock:
            found = self.edit(story, by, current_state="rejected")
            if why is not None:
                self.comment(story, by, why)
            return found

    def restart(self, story: int, by: str) -> Story:
        """Press Restart on what was rejected."""
        return self.start(story, by)

    def delete(self, story: int, by: str) -> None:
        """Delete a story for good."""
        with self.lock:
            self.editor.delete(self.story(story), self._who(by))

    def move(self, story: int, by: str, project: int | str) -> Story:
        """Move a story to another project; its id stays."""
        with self.lock:
            found = self.story(story)
            self.editor.move(found, self.world.project(project), self._who(by))
            return found

    # -- what hangs on a story -----------------------------------------------------------------

    def comment(self, story: int, by: str, text: str, *, at: datetime | None = None) -> Comment:
        """Write a comment."""
        with self.lock:
            return hanging.add_comment(self.editor, self.story(story), self._who(by), text, at=at)

    def edit_comment(self, comment: int, by: str, text: str) -> Comment:
        """Rewrite a comment of one's own."""
        with self.lock:
            story, found = self._comment(comment)
            hanging.edit_comment(self.editor, story, found, self._who(by), text)
            return found

    def delete_comment(self, comment: int, by: str) -> None:
        """Take a comment away."""
        with self.lock:
            story, found = self._comment(comment)
            hanging.delete_comment(self.editor, story, found, self._who(by))

    def commit(self, story: int, by: str, text: str, identifier: str) -> Comment:
        """Push a commit that names the story: the hook writes a comment."""
        with self.lock:
            return hanging.add_comment(
                self.editor, self.story(story), self._who(by), text, commit=("github", identifier)
            )

    def label(self, story: int, by: str, name: str) -> Label:
        """Put a label on a story."""
        with self.lock:
            return hanging.add_label(self.editor, self.story(story), self._who(by), {"name": name})

    def unlabel(self, story: int, by: str, name: str) -> None:
        """Take a label off a story. Raises KeyError when it has none of this name."""
        with self.lock:
            found = self.story(story)
            labels = self.world.projects[found.project].labels
            named = [each for each in found.labels if labels[each].name == name.lower()]
            if not named:
                raise KeyError(f"story {story} has no label {name!r}")
            hanging.remove_label(self.editor, found, self._who(by), named[0])

    def labels_of(self, story: int) -> list[str]:
        """The names of a story's labels."""
        found = self.story(story)
        labels = self.world.projects[found.project].labels
        return sorted(labels[each].name for each in found.labels)

    def add_task(self, story: int, by: str, description: str, *, complete: bool = False) -> None:
        """Add a line to the story's list."""
        with self.lock:
            hanging.add_task(self.editor, self.story(story), self._who(by), description, complete)

    def block(self, story: int, by: str, why: str) -> None:
        """Say what stands in the way: `#id` for another story."""
        with self.lock:
            hanging.add_blocker(self.editor, self.story(story), self._who(by), why)

    def ask_review(self, story: int, by: str, reviewer: str, kind: str = "Code") -> None:
        """Ask somebody to look at a story."""
        with self.lock:
            hanging.add_review(
                self.editor, self.story(story), self._who(by), kind, self._who(reviewer)
            )

    # -- finding ------------------------------------------------------------------------------

    def story(self, number: int) -> Story:
        """The story of an id. Raises KeyError."""
        return self.world.stories[number]

    def _who(self, username: str) -> int:
        return self.world.person(username).id

    def _comment(self, number: int) -> tuple[Story, Comment]:
        for story in self.world.stories.values():
            for comment in story.comments:
                if comment.id == number:
                    return story, comment
        raise KeyError(f"no comment {number}")
