"""What people do in Redmine, as verbs: each as by the web pages, with the person's own rights.

`by` is a login. What Redmine refuses raises `Refusal` with its sentences; what it drops, it drops.
"""

from __future__ import annotations

import threading
from typing import Any

from connectors.sandbox.redmine.editing import Editor
from connectors.sandbox.redmine.world import Issue, Project, Role, TimeEntry, User, Word, World


class People:
    """The verbs; `RedmineSandbox` has them."""

    world: World
    editor: Editor
    lock: threading.RLock

    # -- settings of the install ----------------------------------------------------------------

    def add_user(
        self, login: str, name: str, mail: str, *, key: str | None = None, admin: bool = False
    ) -> User:
        """Somebody gets an account; `key` is their API key."""
        with self.lock:
            number = max(self.world.users, default=0) + 1
            first, _, last = name.partition(" ")
            user = User(
                number,
                login,
                first,
                last,
                mail,
                key or f"sandbox-key-of-{login}",
                self.editor.now(),
                admin=admin,
            )
            self.world.users[number] = user
            return user

    def add_project(self, identifier: str, name: str) -> Project:
        """A private project without members."""
        with self.lock:
            number = max(self.world.projects, default=0) + 1
            project = Project(number, identifier, name, self.editor.now())
            self.world.projects[number] = project
            return project

    def join(self, project: str, login: str, role: Role) -> None:
        """Make somebody a member, or give a member another role."""
        with self.lock:
            place, user = self.world.project(project), self.world.user(login)
            place.members[user.id] = role
            if user.id not in place.member_ids:
                self.world.last_member += 1
                place.member_ids[user.id] = self.world.last_member

    def leave(self, project: str, login: str) -> None:
        """Take somebody out of a project."""
        with self.lock:
            del self.world.project(project).members[self.world.user(login).id]

    # -- issues -----------------------------------------------------------------------------------

    def open(
        self, project: str, by: str, subject: str, *, tracker: str | None = None, **given: Any
    ) -> Issue:
        """Open an issue; `given` takes the API's other keys. Raises Refusal."""
        with self.lock:
            body = {"subject": subject, **given}
            if tracker is not None:
                body["tracker_id"] = self._word(self.world.trackers, tracker)
            user, place = self.world.user(by), self.world.project(project)
            return self.editor.create(user, place, body)

    def edit(self, issue: int, by: str, **given: Any) -> Issue:
        """Change an issue by the API's keys. Raises Refusal."""
        with self.lock:
            self.editor.update(self.world.user(by), self.world.issues[issue], given)
            return self.world.issues[issue]

    def note(self, issue: int, by: str, text: str, *, private: bool = False) -> int:
        """Write a note; the journal's id."""
        with self.lock:
            self.edit(issue, by, notes=text, private_notes=private)
            return self.world.issues[issue].journals[-1].id

    def set_status(self, issue: int, by: str, status: str) -> Issue:
        """Move an issue to a status by its name."""
        return self.edit(issue, by, status_id=self._word(self.world.statuses, status))

    def set_priority(self, issue: int, by: str, priority: str) -> Issue:
        """Give an issue a priority by its name."""
        return self.edit(issue, by, priority_id=self._word(self.world.priorities, priority))

    def set_field(self, issue: int, by: str, field: str, value: str) -> Issue:
        """Set a custom field by its name."""
        number = next(each.id for each in self.world.fields if each.name == field)
        return self.edit(issue, by, custom_fields=[{"id": number, "value": value}])

    def field_of(self, issue: int, field: str) -> str | None:
        """What a custom field shows."""
        number = next(each.id for each in self.world.fields if each.name == field)
        return self.world.issues[issue].custom.get(number)

    def estimate(self, issue: int, by: str, hours: str | float | None) -> Issue:
        """Give the estimated time."""
        return self.edit(issue, by, estimated_hours=hours)

    def delete(self, issue: int) -> None:
        """An administrator deletes an issue, and its time entries with it."""
        with self.lock:
            self.editor.delete(self.world.issues[issue])

    # -- time -------------------------------------------------------------------------------------

    def log_time(
        self, issue: int, by: str, hours: str | float, *, on: str = "", comment: str = ""
    ) -> TimeEntry:
        """Log time on an issue: no stamp of it moves. Raises Refusal."""
        with self.lock:
            given = {
                "issue_id": issue,
                "hours": hours,
                "spent_on": on,
                "comments": comment,
                "activity_id": self.world.activities[-1].id,
            }
            place = self.world.projects[self.world.issues[issue].project]
            return self.editor.log(self.world.user(by), place, given)

    def edit_time(self, entry: int, **given: Any) -> TimeEntry:
        """Edit a time entry: no stamp of its issue moves."""
        with self.lock:
            self.editor.change_entry(self.world.entries[entry], given)
            return self.world.entries[entry]

    def delete_time(self, entry: int) -> None:
        """Delete a time entry: no stamp of its issue moves."""
        with self.lock:
            del self.world.entries[entry]

    def _word(self, words: list[Word], name: str) -> int:
        return next(word.id for word in words if word.name == name)
