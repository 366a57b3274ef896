"""What people do in GitLab, as methods in its own terms: for tests, the demo and trying things.

They may be called from any thread while the server runs. People are named by login, issues are
the records that these methods give back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from connectors.sandbox.gitlab import durations
from connectors.sandbox.gitlab.acting import locked
from connectors.sandbox.gitlab.administration import Administration
from connectors.sandbox.gitlab.mentions import closing, references
from connectors.sandbox.gitlab.records import (
    Award,
    Issuable,
    Issue,
    MergeRequest,
    Milestone,
    Note,
    Project,
    Timelog,
)
from connectors.sandbox.gitlab.talking import SUPPORT_BOT, Said
from connectors.sandbox.gitlab.traces import Invalid

_BOOKED: Final = re.compile(r"#(\d+)\s+@(\w+)")


class People(Administration):
    """Raises LookupError for somebody or something that is not there, PermissionError where a
    role does not suffice, and `Invalid` for what GitLab refuses."""

    # issues

    @locked
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

    @locked
    def retitle(self, issue: Issuable, by: str, title: str) -> None:
        self._update(issue, by, title=title)

    @locked
    def describe(self, issue: Issuable, by: str, description: str) -> None:
        self._update(issue, by, description=description)

    @locked
    def label(
        self, issue: Issuable, by: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> None:
        self._update(issue, by, add_labels=list(add), remove_labels=list(remove))

    @locked
    def assign(self, issue: Issuable, by: str, to: Iterable[str]) -> None:
        self._update(issue, by, assignee_ids=[self.user(name).id for name in to])

    @locked
    def estimate(self, issue: Issuable, by: str, duration: str) -> None:
        self._update(issue, by, time_estimate=durations.read(duration, keep_zero=True))

    @locked
    def close(self, issue: Issuable, by: str) -> None:
        self._update(issue, by, state_event="close")

    @locked
    def reopen(self, issue: Issuable, by: str) -> None:
        self._update(issue, by, state_event="reopen")

    @locked
    def set_confidential(self, issue: Issue, by: str, confidential: bool = True) -> None:
        self._update(issue, by, confidential=confidential)

    @locked
    def set_type(self, issue: Issue, by: str, type: str) -> None:
        self._update(issue, by, issue_type=type)

    @locked
    def set_severity(self, issue: Issue, severity: str) -> None:
        """In the interface only: `UNKNOWN`, `LOW`, `MEDIUM`, `HIGH`, `CRITICAL`."""
        issue.severity = severity.upper()
        self.site.world.changed()

    @locked
    def move_issue(self, issue: Issue, by: str, to: str) -> Issue:
        return self.site.opening.move(issue, self.user(by), self.project(to))

    @locked
    def delete_issue(self, issue: Issue) -> None:
        issue.project.issues.pop(issue.iid, None)
        self.site.world.forget_issue(issue)

    @locked
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

    @locked
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

    @locked
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

    @locked
    def edit_note(self, note: Note, body: str, by: str | None = None) -> None:
        self.site.talk.edit(note, self.user(by) if by else note.author, body)

    @locked
    def delete_note(self, note: Note) -> None:
        self.site.talk.delete(note)

    @locked
    def react(self, target: Issuable | Note, by: str, emoji: str = "thumbsup") -> Award:
        return self.site.talk.react(target, self.user(by), emoji)

    @locked
    def unreact(self, target: Issuable | Note, by: str, emoji: str = "thumbsup") -> None:
        user = self.user(by)
        for award in list(target.awards):
            if award.user is user and award.name == emoji:
                self.site.talk.unreact(target, award)

    @locked
    def mention(self, issue: Issue, by: str, in_: Issuable) -> None:
        """Name an issue in a note of another."""
        same = in_.project is issue.project
        path = "" if same else issue.project.full_path
        self.site.talk.say(in_, self.user(by), f"See {path}#{issue.iid}")

    # time

    @locked
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

    @locked
    def unlog_time(self, log: Timelog, by: str | None = None) -> None:
        self.site.time.unlog_time(log, self.user(by) if by else log.user)

    # merge requests

    @locked
    def open_merge_request(
        self, project: str, by: str, title: str, description: str = ""
    ) -> MergeRequest:
        """`Closes #1` in the description closes that issue on merging; `#2` only mentions it."""
        return self.site.opening.open_request(
            self.project(project), self.user(by), title, description
        )

    @locked
    def merge(self, request: MergeRequest, by: str) -> None:
        user = self.user(by)
        now = self.site.world.now()
        request.state, request.merged_at, request.merged_by = "merged", now, user
        request.updated_at = now
        self.site.world.tell(request.project, user, "accepted", self.site.traces.target(request))
        for issue in request.closes:
            self.site.changes.update(issue, user, {"state_event": "close"})
        self.site.world.changed()

    @locked
    def edit_merge_request(self, request: MergeRequest, by: str, description: str) -> None:
        self.site.changes.update(request, self.user(by), {"description": description})
        request.closes = self.site.traces.found(request.project, closing(description))

    @locked
    def push_commit(self, project: str, by: str, text: str) -> str:
        """Push a commit to the default branch; gives back its short id.

        Issues named in it are told so, `Fixes #1` closes, and `#1 @1h` books time since 18.7.
        """
        site = self.site
        place, user = self.project(project), self.user(by)
        short = f"{site.world.next_id('commit', 0xA1B2C3D):08x}"
        now = site.world.now()
        for issue in site.traces.found(place, references(text)):
            site.traces.system_note(issue, user, f"mentioned in commit {short}", now)
            site.traces.touch(issue, now)
        for issue in site.traces.found(place, closing(text)):
            site.changes.update(issue, user, {"state_event": "close"})
        for issue, seconds in self._booked(place, text):
            site.time.log_time(issue, user, seconds, at=now, summary=text.splitlines()[0][:255])
        return short

    def _booked(self, place: Project, text: str) -> list[tuple[Issue, int]]:
        if not self.site.version.commit_time:
            return []
        found = []
        for iid, duration in _BOOKED.findall(text):
            seconds = durations.read(duration)
            if seconds is not None and seconds > 0 and int(iid) in place.issues:
                found.append((place.issues[int(iid)], seconds))
        return found

    # service desk

    @locked
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
