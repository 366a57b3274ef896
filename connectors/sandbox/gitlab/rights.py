"""Who may do what, by role, authorship and visibility."""

from __future__ import annotations

from connectors.sandbox.gitlab.records import (
    Group,
    Issuable,
    Issue,
    MergeRequest,
    Note,
    Project,
    Role,
    User,
)
from connectors.sandbox.gitlab.versions import Version


class Rights:
    """The rules of one version. `None` as user is somebody without a token."""

    def __init__(self, version: Version) -> None:
        self._team = Role.PLANNER if version.planners else Role.REPORTER

    def role(self, user: User | None, place: Project | Group) -> Role:
        """The highest role, the inherited ones of the groups above included."""
        if user is None:
            return Role.NONE
        found = place.members.get(user.id, Role.NONE)
        group = place.group if isinstance(place, Project) else place.parent
        while group is not None:
            found = max(found, group.members.get(user.id, Role.NONE))
            group = group.parent
        return found

    def sees(self, user: User | None, place: Project | Group) -> bool:
        if place.visibility == "public" or (user is not None and user.admin):
            return True
        if user is not None and place.visibility == "internal":
            return True
        if self.role(user, place) > Role.NONE:
            return True
        return isinstance(place, Group) and user is not None and self._below(user, place)

    def of_team(self, user: User | None, place: Project | Group) -> bool:
        """May set labels, time, milestones, … on anybody's issue; sees what is confidential."""
        return user is not None and (user.admin or self.role(user, place) >= self._team)

    def reads(self, user: User | None, issuable: Issuable) -> bool:
        if not self.sees(user, issuable.project):
            return False
        if isinstance(issuable, MergeRequest):
            public = issuable.project.visibility != "private"
            return public or self.role(user, issuable.project) >= self._team
        if isinstance(issuable, Issue) and not issuable.project.issues_enabled:
            return False
        confidential = isinstance(issuable, Issue) and issuable.confidential
        if not confidential or self.of_team(user, issuable.project):
            return True
        return user is not None and (issuable.author is user or user in issuable.assignees)

    def updates(self, user: User | None, issuable: Issuable) -> bool:
        """Title, description and state: the team, the author and assignees."""
        if user is None or issuable.project.archived or not self.reads(user, issuable):
            return False
        if self.of_team(user, issuable.project):
            return True
        return issuable.author is user or user in issuable.assignees

    def tends(self, user: User | None, issuable: Issuable) -> bool:
        """Labels, milestone, assignees, dates, estimate and spent time: the team only."""
        if issuable.project.archived or not self.reads(user, issuable):
            return False
        if isinstance(issuable, MergeRequest):
            return self.role(user, issuable.project) >= Role.DEVELOPER
        return self.of_team(user, issuable.project)

    def deletes(self, user: User | None, issue: Issue) -> bool:
        """Owners; Planners too where there are some. [GitLab permissions]"""
        if user is None:
            return False
        role = self.role(user, issue.project)
        return user.admin or role is Role.OWNER or role is Role.PLANNER

    def comments(self, user: User | None, issuable: Issuable) -> bool:
        if user is None or issuable.project.archived or not self.reads(user, issuable):
            return False
        return not issuable.discussion_locked or self.role(user, issuable.project) >= Role.GUEST

    def creates(self, user: User | None, project: Project) -> bool:
        """Whoever sees a project may open issues in it, once known by name."""
        if user is None or project.archived or not project.issues_enabled:
            return False
        return self.sees(user, project)

    def confides(self, user: User | None, project: Project) -> bool:
        """Reads internal notes, and may write some."""
        return self.of_team(user, project)

    def reads_note(self, user: User | None, note: Note) -> bool:
        if note.internal and not self.confides(user, note.issuable.project):
            return False
        return note.hidden_reference is None or self.reads(user, note.hidden_reference)

    def _below(self, user: User, group: Group) -> bool:
        """A group is seen by members of what is in it; `World` keeps that list up to date."""
        return user.id in group.descendant_members
