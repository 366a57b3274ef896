"""What administrators and owners do: accounts, tokens, groups, projects, members, labels."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from connectors.sandbox.gitlab.acting import Acting, locked
from connectors.sandbox.gitlab.records import Group, Label, Milestone, Project, Role, Token, User


class Administration(Acting):
    """Acts without looking at rights."""

    @locked
    def add_user(self, username: str, name: str = "", email: str = "", bot: bool = False) -> User:
        address = email or f"{username}@agence.example"
        return self.site.world.add_user(username, name or username.title(), address, bot=bot)

    @locked
    def add_token(
        self,
        username: str,
        secret: str,
        *,
        scopes: Iterable[str] = ("api",),
        expires_on: date | None = None,
        name: str = "token",
    ) -> Token:
        """Without an end it gets 365 days where an end is compulsory (16.0)."""
        if expires_on is None and self.site.version.expiry_compulsory:
            expires_on = self.site.world.now().date() + timedelta(days=365)
        return self.site.world.add_token(
            self.user(username), secret, name=name, scopes=tuple(scopes), expires_on=expires_on
        )

    @locked
    def add_access_token(
        self,
        place: str,
        name: str,
        role: Role,
        secret: str,
        *,
        scopes: Iterable[str] = ("api",),
        expires_on: date | None = None,
    ) -> Token:
        """A token of a project or group: each has a bot of its own, named after the token."""
        world = self.site.world
        found = world.project(place) or self.group(place)
        kind = "project" if isinstance(found, Project) else "group"
        number = world.next_id("bot", 0x3F2A91C)
        login = f"{kind}_{found.id}_bot_{number:08x}"
        bot = world.add_user(login, name, f"{login}@noreply.sandbox.example", bot=True)
        world.join(found, bot, role)
        return self.add_token(login, secret, scopes=scopes, expires_on=expires_on, name=name)

    @locked
    def rotate_token(self, secret: str, to: str) -> Token:
        """The same account goes on under a new secret; the former one is revoked."""
        former = self.site.world.tokens[secret]
        former.revoked = True
        return self.add_token(former.user.username, to, scopes=former.scopes, name=former.name)

    @locked
    def switch_issues(self, path: str, enabled: bool) -> None:
        """Take issues away from a project, or give them back."""
        self.project(path).issues_enabled = enabled
        self.site.world.changed()

    @locked
    def revoke_token(self, secret: str) -> None:
        self.site.world.tokens[secret].revoked = True

    @locked
    def block_user(self, username: str) -> None:
        self.user(username).state = "blocked"
        self.site.world.changed()

    @locked
    def add_group(self, path: str, name: str = "", visibility: str = "private") -> Group:
        return self.site.world.add_group(path, name or path.rpartition("/")[2], visibility)

    @locked
    def add_project(
        self, path: str, name: str = "", visibility: str = "private", service_desk: bool = False
    ) -> Project:
        above, _, last = path.rpartition("/")
        made = self.site.world.add_project(self.group(above), last, name or last, visibility)
        made.service_desk = service_desk
        return made

    @locked
    def add_member(self, place: str, username: str, role: Role) -> None:
        """`place` is the path of a project or of a group."""
        world = self.site.world
        found = world.project(place) or self.group(place)
        world.join(found, self.user(username), role)

    @locked
    def remove_member(self, place: str, username: str) -> None:
        world = self.site.world
        found = world.project(place) or self.group(place)
        found.members.pop(self.user(username).id, None)
        world.changed()

    @locked
    def add_label(self, place: str, name: str, color: str = "#428BCA") -> Label:
        world = self.site.world
        return world.add_label(world.project(place) or self.group(place), name, color)

    @locked
    def rename_label(self, place: str, name: str, to: str) -> None:
        self.label_named(place, name).name = to
        self.site.world.changed()

    @locked
    def delete_label(self, place: str, name: str) -> None:
        self.site.forget_label(self.label_named(place, name))

    @locked
    def add_milestone(self, project: str, title: str) -> Milestone:
        world = self.site.world
        number = world.next_id("milestone")
        made = Milestone(number, number, title, self.project(project), world.now(), world.now())
        world.milestones[made.id] = made
        return made

    @locked
    def rename_project(self, path: str, to: str) -> Project:
        """Another last part, or another whole path when `to` has a slash: a transfer."""
        project = self.project(path)
        before = project.full_path
        above, slash, last = to.rpartition("/")
        if slash:
            project.group = self.group(above)
        project.path = last
        self.site.world.former_paths[before.lower()] = project
        self.site.world.changed()
        return project

    @locked
    def rename_group(self, path: str, to: str) -> Group:
        """Another last part. Its projects, and what lies below it, move along."""
        group = self.group(path)
        group.path = to
        self.site.world.changed()
        return group

    @locked
    def archive_project(self, path: str, archived: bool = True) -> None:
        self.project(path).archived = archived
        self.site.world.changed()

    @locked
    def delete_project(self, path: str) -> None:
        self.site.world.forget_project(self.project(path))
