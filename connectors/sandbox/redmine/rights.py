"""What one account sees and may do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from connectors.sandbox.redmine.world import Issue, Journal, Project, Role, TimeEntry, User, World

_CLOSED: Final = 5
_TIME: Final = ("view_time_entries", "log_time", "edit_time_entries", "edit_own_time_entries")


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights of `user`; None is somebody without an account."""

    world: World
    user: User | None

    def role(self, project: int) -> Role | None:
        """The role in a project."""
        return self.world.projects[project].members.get(self.user.id) if self.user else None

    def sees(self, project: Project) -> bool:
        """Whether the project itself is shown."""
        if project.status == 9:
            return False
        admin = self.user is not None and self.user.admin
        return admin or project.public or self.role(project.id) is not None

    def may(self, permission: str, project: int) -> bool:
        """Whether something is allowed in a project."""
        place = self.world.projects[project]
        module = "time_tracking" if permission in _TIME else "issue_tracking"
        if not self.sees(place) or module not in place.modules:
            return False
        if place.status == _CLOSED and not permission.startswith("view_"):
            return False
        if self.user is not None and self.user.admin:
            return True
        role = self.role(project)
        return role is not None and permission in role.permissions

    def sees_issue(self, issue: Issue) -> bool:
        """Whether an issue is shown."""
        if not self.may("view_issues", issue.project):
            return False
        if self.user is None or self.user.admin:
            return self.user is not None
        mine = issue.author == self.user.id
        role = self.role(issue.project)
        if role is None or role.issues == "all" or mine:
            return True
        return role.issues == "default" and not issue.private

    def issues(self) -> Iterator[Issue]:
        """All issues that are shown."""
        return (issue for issue in self.world.issues.values() if self.sees_issue(issue))

    def entries(self) -> Iterator[TimeEntry]:
        """All time entries that are shown: with the role's "own", sums shrink without a word."""
        for entry in self.world.entries.values():
            if not self.may("view_time_entries", entry.project):
                continue
            role = self.role(entry.project)
            mine = self.user is not None and entry.user == self.user.id
            if mine or role is None or role.time == "all":
                yield entry

    def journals(self, issue: Issue) -> list[Journal]:
        """The journals of an issue that are shown; private notes need a right."""
        private = self.may("view_private_notes", issue.project)
        mine = self.user.id if self.user else None
        return [j for j in issue.journals if not j.private or private or j.user == mine]

    def statuses(self, issue: Issue) -> list[int]:
        """The statuses that an issue may get, its own included."""
        every = [word.id for word in self.world.statuses]
        role = self.role(issue.project)
        if self.user is not None and self.user.admin and role is None:
            return every
        if role is None:
            return [issue.status]
        moves = role.moves
        return [
            n for n in every if n == issue.status or moves is None or (issue.status, n) in moves
        ]
