"""What people do in GitLab, as methods in its own terms: for tests, the demo and trying things.

They may be called from any thread while the server runs. People are named by login, issues are
the records that these methods give back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import update_wrapper
from typing import Concatenate, ParamSpec, TypeVar

from connectors.sandbox.gitlab import durations
from connectors.sandbox.gitlab.mentions import closing
from connectors.sandbox.gitlab.records import (
    Award,
    Group,
    Issuable,
    Issue,
    Label,
    MergeRequest,
    Milestone,
    Note,
    Project,
    Role,
    Timelog,
    Token,
    User,
)
from connectors.sandbox.gitlab.site import Site
from connectors.sandbox.gitlab.talking import SUPPORT_BOT, Said
from connectors.sandbox.gitlab.traces import Invalid

P = ParamSpec("P")
R = TypeVar("R")


def _locked(
    verb: Callable[Concatenate[People, P], R],
) -> Callable[Concatenate[People, P], R]:
    """No request is answered while somebody acts, and nobody acts while one is."""

    def held(self: People, /, *given: P.args, **named: P.kwargs) -> R:
        with self.lock:
            return verb(self, *given, **named)

    return update_wrapper(held, verb)


class People:
    """Raises LookupError for somebody or something that is not there, PermissionError where a
    role does not suffice, and `changing.Invalid` for what GitLab refuses."""

    def __init__(self, site: Site, lock: threading.RLock) -> None:
        self.site = site
        self.lock = lock

    # finding

    def user(self, name: str) -> User:
        found = self.site.world.user(name)
        if found is None:
            raise LookupError(f"no user {name}")
        return found

    def project(self, path: str) -> Project:
        found = self.site.world.project(path)
        if found is None:
            raise LookupError(f"no project {path}")
        return found

    def group(self, path: str) -> Group:
        found = self.site.world.group(path)
        if found is None:
            raise LookupError(f"no group {path}")
        return found

    def issue(self, project: str, iid: int) -> Issue:
        found = self.project(project).issues.get(iid)
        if found is None:
            raise LookupError(f"no issue {project}#{iid}")
        return found

    def label_named(self, project: str, name: str) -> Label:
        found = self.site.world.label(self.project(project), name)
        if found is None:
            raise LookupError(f"no label {name} in {project}")
        return found

    # administration

    @_locked
    def add_user(self, username: str, name: str = "", email: str = "", bot: bool = False) -> User:
        address = email or f"{username}@agence.example"
        return self.site.world.add_user(username, name or username.title(), address, bot=bot)

    @_locked
    def add_token(
        self,
        username: str,
        secret: str,
        *,
        scopes: Iterable[str] = ("api",),
        expires_on: date | None = None,
        name: str = "token",
    ) -> Token:
        return self.site.world.add_token(
            self.user(username), secret, name=name, scopes=tuple(scopes), expires_on=expires_on
        )

    @_locked
    def revoke_token(self, secret: str) -> None:
        self.site.world.tokens[secret].revoked = True

    @_locked
    def block_user(self, username: str) -> None:
        self.user(username).state = "blocked"
        self.site.world.changed()

    @_locked
    def add_group(self, path: str, name: str = "", visibility: str = "private") -> Group:
        return self.site.world.add_group(path, name or path.rpartition("/")[2], visibility)

    @_locked
    def add_project(
        self, path: str, name: str = "", visibility: str = "private", service_desk: bool = False
    ) -> Project:
        above, _, last = path.rpartition("/")
        made = self.site.world.add_project(self.group(above), last, name or last, visibility)
        made.service_desk = service_desk
        return made

    @_locked
    def add_member(self, place: str, username: str, role: Role) -> None:
        """`place` is the path of a project or of a group."""
        world = self.site.world
        found = world.project(place) or self.group(place)
        world.join(found, self.user(username), role)

    @_locked
    def remove_member(self, place: str, username: str) -> None:
        world = self.site.world
        found = world.project(place) or self.group(place)
        found.members.pop(self.user(username).id, None)
        world.changed()

    @_locked
    def add_label(self, place: str, name: str, color: str = "#428BCA") -> Label:
        world = self.site.world
        return world.add_label(world.project(place) or self.group(place), name, color)

    @_locked
    def rename_label(self, place: str, name: str, to: str) -> None:
        self.label_named(place, name).name = to
        self.site.world.changed()

    @_locked
    def delete_label(self, place: str, name: str) -> None:
        self.site.forget_label(self.label_named(place, name))

    @_locked
    def add_milestone(self, project: str, title: str) -> Milestone:
        world = self.site.world
        number = world.next_id("milestone")
        made = Milestone(number, number, title, self.project(project), world.now(), world.now())
        world.milestones[made.id] = made
        return made

    @_locked
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

    @_locked
    def archive_project(self, path: str, archived: bool = True) -> None:
        self.project(path).archived = archived
        self.site.world.changed()

    @_locked
    def delete_project(self, path: str) -> None:
        self.site.world.forget_project(self.project(path))

    # issues

    @_locked
    def open_issue(
        self,
        project: str,
        by: str,
        title: str,
        description: str | None = None,
        *,
        labels: Iterable[str] = (),
        type: str = "issue",
        confidential: bool = False,
        at: datetime | None = None,
    ) -> Issue:
        user = self.user(by)
        issue = self.site.opening.open(
            self.project(project),
            user,
            title,
            description,
            type=type,
            confidential=confidential,
            at=at,
        )
        self.site.changes.furnish(issue, user, {"labels": list(labels)})
        return issue

    def _update(self, issuable: Issuable, by: str, **params: object) -> None:
        user = self.user(by)
        if not self.site.rights.updates(user, issuable):
            raise PermissionError(f"{by} may not change {issuable.title}")
        self.site.changes.update(issuable, user, params)

    @_locked
    def retitle(self, issue: Issuable, by: str, title: str) -> None:
        self._update(issue, by, title=title)

    @_locked
    def describe(self, issue: Issuable, by: str, description: str) -> None:
        self._update(issue, by, description=description)

    @_locked
    def label(
        self, issue: Issuable, by: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> None:
        self._update(issue, by, add_labels=list(add), remove_labels=list(remove))

    @_locked
    def assign(self, issue: Issuable, by: str, to: Iterable[str]) -> None:
        self._update(issue, by, assignee_ids=[self.user(name).id for name in to])

    @_locked
    def estimate(self, issue: Issuable, by: str, duration: str) -> None:
        self._update(issue, by, time_estimate=durations.read(duration, keep_zero=True))

    @_locked
    def close(self, issue: Issuable, by: str) -> None:
        self._update(issue, by, state_event="close")

    @_locked
    def reopen(self, issue: Issuable, by: str) -> None:
        self._update(issue, by, state_event="reopen")

    @_locked
    def set_confidential(self, issue: Issue, by: str, confidential: bool = True) -> None:
        self._update(issue, by, confidential=confidential)

    @_locked
    def set_type(self, issue: Issue, by: str, type: str) -> None:
        self._update(issue, by, issue_type=type)

    @_locked
    def set_severity(self, issue: Issue, severity: str) -> None:
        """In the interface only: `UNKNOWN`, `LOW`, `MEDIUM`, `HIGH`, `CRITICAL`."""
        issue.severity = severity.upper()
        self.site.world.changed()

    @_locked
    def move_issue(self, issue: Issue, by: str, to: str) -> Issue:
        return self.site.opening.move(issue, self.user(by), self.project(to))

    @_locked
    def delete_issue(self, issue: Issue) -> None:
        issue.project.issues.pop(issue.iid, None)
        self.site.world.forget_issue(issue)

    @_locked
    def bulk_edit(
        self,
        issues: Iterable[Issue],
        by: str,
        *,
        add: Iterable[str] = (),
        remove: Iterable[str] = (),
        state_event: str | None = None,
        milestone: Milestone | None = None,
    ) -> datetime:
        """Edit many at once: all of them get one and the same stamp, which is given back."""
        now = self.site.world.now()
        user = self.user(by)
        for issue in issues:
            params: dict[str, object] = {"add_labels": list(add), "remove_labels": list(remove)}
            if state_event is not None:
                params["state_event"] = state_event
            if milestone is not None:
                params["milestone_id"] = milestone.id
            self.site.changes.update(issue, user, params)
            issue.updated_at, issue.updated_by = now, user
        self.site.world.changed()
        return now

    # words

    @_locked
    def comment(
        self,
        issue: Issuable,
        by: str,
        body: str,
        *,
        internal: bool = False,
        reply_to: Note | None = None,
    ) -> Note:
        """A note; its quick actions run. Raises Invalid for a body of commands only."""
        said = self._say(issue, by, body, internal, reply_to)
        if said.note is None:
            raise Invalid({"note": ["held commands only"]})
        return said.note

    @_locked
    def command(self, issue: Issuable, by: str, body: str) -> Said:
        """A note of quick actions, as `/spend 1h`."""
        return self._say(issue, by, body, False, None)

    def _say(
        self, issue: Issuable, by: str, body: str, internal: bool, reply_to: Note | None
    ) -> Said:
        user = self.user(by)
        if not self.site.rights.comments(user, issue):
            raise PermissionError(f"{by} may not comment on {issue.title}")
        thread = reply_to.discussion if reply_to else None
        return self.site.talk.say(issue, user, body, internal=internal, thread=thread)

    @_locked
    def edit_note(self, note: Note, body: str, by: str | None = None) -> None:
        self.site.talk.edit(note, self.user(by) if by else note.author, body)

    @_locked
    def delete_note(self, note: Note) -> None:
        self.site.talk.delete(note)

    @_locked
    def react(self, target: Issuable | Note, by: str, emoji: str = "thumbsup") -> Award:
        return self.site.talk.react(target, self.user(by), emoji)

    @_locked
    def unreact(self, target: Issuable | Note, by: str, emoji: str = "thumbsup") -> None:
        user = self.user(by)
        for award in list(target.awards):
            if award.user is user and award.name == emoji:
                self.site.talk.unreact(target, award)

    @_locked
    def mention(self, issue: Issue, by: str, in_: Issuable) -> None:
        """Name an issue in a note of another."""
        same = in_.project is issue.project
        path = "" if same else issue.project.full_path
        self.site.talk.say(in_, self.user(by), f"See {path}#{issue.iid}")

    # time

    @_locked
    def log_time(
        self,
        issue: Issuable,
        by: str,
        duration: str,
        *,
        summary: str = "",
        at: datetime | None = None,
    ) -> Timelog:
        """A time entry by the form of the interface, as `1h 30m`; `at` may lie in the past."""
        seconds = durations.read(duration)
        if not seconds:
            raise Invalid({"time_spent": ["is invalid"]})
        when = at or self.site.world.now()
        return self.site.time.log_time(issue, self.user(by), seconds, at=when, summary=summary)

    @_locked
    def unlog_time(self, log: Timelog, by: str | None = None) -> None:
        self.site.time.unlog_time(log, self.user(by) if by else log.user)

    # merge requests

    @_locked
    def open_merge_request(
        self, project: str, by: str, title: str, description: str = ""
    ) -> MergeRequest:
        """`Closes #1` in the description closes that issue on merging; `#2` only mentions it."""
        return self.site.opening.open_request(
            self.project(project), self.user(by), title, description
        )

    @_locked
    def merge(self, request: MergeRequest, by: str) -> None:
        user = self.user(by)
        now = self.site.world.now()
        request.state, request.merged_at, request.merged_by = "merged", now, user
        request.updated_at = now
        self.site.world.tell(request.project, user, "accepted", self.site.traces.target(request))
        for issue in request.closes:
            self.site.changes.update(issue, user, {"state_event": "close"})
        self.site.world.changed()

    @_locked
    def edit_merge_request(self, request: MergeRequest, by: str, description: str) -> None:
        self.site.changes.update(request, self.user(by), {"description": description})
        request.closes = self.site.traces.found(request.project, closing(description))

    # service desk

    @_locked
    def service_desk_mail(
        self,
        project: str,
        sender: str,
        subject: str,
        body: str,
        *,
        issue: Issue | None = None,
        reopen: bool = False,
        participants: Iterable[str] = (),
    ) -> Issue:
        """A mail to the desk: a new confidential issue, or a note of `support-bot` on one.

        A reply reopens a closed issue only where the project enables it (`reopen`). Quick actions
        in mails of outsiders do not run.
        """
        bot = self.user(SUPPORT_BOT)
        if issue is None:
            opened = self.site.opening.open(
                self.project(project),
                bot,
                subject,
                body,
                type="ticket" if self.site.version.since(18) else "issue",
                confidential=True,
            )
            opened.service_desk_reply_to = sender
            opened.external_participants = list(participants)
            self.site.world.changed()
            return opened
        self.site.talk.say(issue, bot, body, external_author=sender)
        if reopen and issue.state == "closed":
            self.site.changes.reopen(issue, bot)
        return issue
