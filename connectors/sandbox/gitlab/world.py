"""All that one simulated GitLab holds, with its numbering; it knows no rules and no HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import count

from connectors.sandbox.core import Clock
from connectors.sandbox.gitlab.records import (
    Event,
    Group,
    Issue,
    IssueLink,
    Label,
    Mail,
    MergeRequest,
    Milestone,
    Note,
    Project,
    Role,
    Timelog,
    Token,
    User,
)


class World:
    """Stores and indexes. `changed()` must follow every change: lists are kept until then."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.revision = 0
        self.users: dict[int, User] = {}
        self.tokens: dict[str, Token] = {}
        self.groups: dict[int, Group] = {}
        self.projects: dict[int, Project] = {}
        self.former_paths: dict[str, Project] = {}
        self.issues: dict[int, Issue] = {}
        self.merge_requests: dict[int, MergeRequest] = {}
        self.labels: dict[int, Label] = {}
        self.milestones: dict[int, Milestone] = {}
        self.timelogs: dict[int, Timelog] = {}
        self.links: dict[int, IssueLink] = {}
        self.events: list[Event] = []
        self.mails: list[Mail] = []
        self._ids: dict[str, count[int]] = {}

    def now(self) -> datetime:
        return self.clock.now()

    def changed(self) -> None:
        self.revision += 1

    def next_id(self, kind: str, first: int = 1) -> int:
        """Ids are global per kind and never used again."""
        return next(self._ids.setdefault(kind, count(first)))

    # people and places

    def user(self, name: str) -> User | None:
        """By login, without case."""
        low = name.lower().removeprefix("@")
        return next((user for user in self.users.values() if user.username.lower() == low), None)

    def add_user(
        self, username: str, name: str, email: str, *, bot: bool = False, admin: bool = False
    ) -> User:
        user = User(
            self.next_id("user", 2), username, name, email, self.now(), bot=bot, admin=admin
        )
        self.users[user.id] = user
        self.changed()
        return user

    def add_token(
        self,
        user: User,
        secret: str,
        *,
        name: str,
        scopes: tuple[str, ...],
        expires_on: date | None,
    ) -> Token:
        token = Token(self.next_id("token"), user, name, secret, scopes, self.now(), expires_on)
        self.tokens[secret] = token
        return token

    def group(self, path: str) -> Group | None:
        low = path.lower()
        return next((group for group in self.groups.values() if group.path.lower() == low), None)

    def add_group(self, path: str, name: str, visibility: str) -> Group:
        above, _, _ = path.rpartition("/")
        parent = self.group(above) if above else None
        if above and parent is None:
            raise LookupError(f"no group {above}")
        group = Group(self.next_id("group", 4), name, path, parent, visibility, self.now())
        self.groups[group.id] = group
        self.changed()
        return group

    def project(self, path: str) -> Project | None:
        low = path.lower()
        for project in self.projects.values():
            if project.full_path.lower() == low:
                return project
        return None

    def add_project(self, group: Group, path: str, name: str, visibility: str) -> Project:
        project = Project(self.next_id("project"), name, path, group, visibility, self.now())
        self.projects[project.id] = project
        self.changed()
        return project

    def join(self, place: Project | Group, user: User, role: Role) -> None:
        place.members[user.id] = role
        above = place.group if isinstance(place, Project) else place.parent
        while above is not None:
            above.descendant_members.add(user.id)
            above = above.parent
        self.changed()

    def forget_project(self, project: Project) -> None:
        for issue in project.issues.values():
            self.forget_issue(issue)
        for request in project.merge_requests.values():
            self.merge_requests.pop(request.id, None)
        self.labels = {key: one for key, one in self.labels.items() if one.owner is not project}
        self.projects.pop(project.id, None)
        self.former_paths = {
            path: owner for path, owner in self.former_paths.items() if owner is not project
        }
        self.changed()

    def forget_issue(self, issue: Issue) -> None:
        self.issues.pop(issue.id, None)
        for log in issue.timelogs:
            self.timelogs.pop(log.id, None)
        for link in list(issue.links):
            self.forget_link(link)
        self.changed()

    def forget_link(self, link: IssueLink) -> None:
        self.links.pop(link.id, None)
        for end in (link.source, link.target):
            if link in end.links:
                end.links.remove(link)
        self.changed()

    def projects_in(self, group: Group) -> Iterator[Project]:
        """Of a group and of all below it."""
        return (one for one in self.projects.values() if one.group.within(group))

    # labels and milestones

    def labels_for(self, place: Project | Group) -> list[Label]:
        """A project's own labels and those of the groups above it, by name."""
        group: Group | None = place.group if isinstance(place, Project) else place
        owners: list[Project | Group] = [place] if isinstance(place, Project) else []
        while group is not None:
            owners.append(group)
            group = group.parent
        found = [label for label in self.labels.values() if label.owner in owners]
        return sorted(found, key=lambda label: label.name)

    def label(self, place: Project | Group, name: str) -> Label | None:
        """Names of labels differ by case."""
        return next((one for one in self.labels_for(place) if one.name == name), None)

    def add_label(
        self,
        owner: Project | Group,
        name: str,
        color: str = "#428BCA",
        description: str | None = None,
    ) -> Label:
        label = Label(self.next_id("label"), name, color, owner, description)
        self.labels[label.id] = label
        self.changed()
        return label

    def milestones_for(self, project: Project) -> list[Milestone]:
        owners: list[Project | Group] = [project]
        group: Group | None = project.group
        while group is not None:
            owners.append(group)
            group = group.parent
        return [one for one in self.milestones.values() if one.owner in owners]

    # what happened

    def tell(
        self,
        project: Project,
        author: User,
        action: str,
        target: tuple[str, int, int | None, str] | None = None,
        note: Note | None = None,
    ) -> None:
        """Write a row of the events API; `target` is (type, id, iid, title)."""
        kind, key, iid, title = target or (None, None, None, None)
        number = self.next_id("event")
        self.events.append(
            Event(number, project, author, action, kind, key, iid, title, self.now(), note)
        )
