"""New issues, merge requests and links; issues that move to another project."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from connectors.sandbox.gitlab.mentions import closing
from connectors.sandbox.gitlab.records import Issue, IssueLink, MergeRequest, Project, User
from connectors.sandbox.gitlab.traces import Invalid, Traces, discussion_id
from connectors.sandbox.gitlab.versions import Version
from connectors.sandbox.gitlab.world import World

TITLE_LIMIT: Final = 255


class Opening:
    """Makes what was not there; looks at no rights."""

    def __init__(self, world: World, version: Version, traces: Traces) -> None:
        self._world = world
        self._version = version
        self._traces = traces

    def move(self, issue: Issue, user: User, target: Project) -> Issue:
        """Copy an issue to another project and close it here, naming the copy.

        The copy has other ids for itself and its notes; labels follow where the target knows
        their names. Time entries stay with the old issue before GitLab 17 and are copied since.
        """
        now = self._world.now()
        copy = self.open(
            target,
            issue.author,
            issue.title,
            issue.description,
            type=issue.type,
            confidential=issue.confidential,
        )
        copy.created_at = issue.created_at
        copy.time_estimate, copy.due_date = issue.time_estimate, issue.due_date
        copy.assignees, copy.weight = list(issue.assignees), issue.weight
        copy.service_desk_reply_to = issue.service_desk_reply_to
        copy.external_participants = list(issue.external_participants)
        known = (self._world.label(target, label.name) for label in issue.labels)
        copy.labels = [label for label in known if label is not None]
        for note in issue.notes:
            number = self._world.next_id("note", 100)
            copy.notes.append(
                replace(
                    note,
                    id=number,
                    issuable=copy,
                    discussion=discussion_id(number),
                    awards=list(note.awards),
                )
            )
        copy.awards = list(issue.awards)
        if self._version.since(17):
            for log in issue.timelogs:
                again = replace(log, id=self._world.next_id("timelog"), issuable=copy)
                copy.timelogs.append(again)
                self._world.timelogs[again.id] = again
        here, there = issue.project.full_path, target.full_path
        self._traces.system_note(copy, user, f"moved from {here}#{issue.iid}", now)
        self._traces.system_note(issue, user, f"moved to {there}#{copy.iid}", now)
        issue.moved_to = copy
        self._traces.state(issue, user, "closed", now)
        self._traces.save(issue, user, now)
        return copy

    def open(
        self,
        project: Project,
        user: User,
        title: str,
        description: str | None,
        *,
        type: str = "issue",
        confidential: bool = False,
        at: datetime | None = None,
    ) -> Issue:
        """A new issue, without metadata. Raises Invalid."""
        if not title.strip():
            raise Invalid({"title": ["can't be blank"]})
        if len(title) > TITLE_LIMIT:
            raise Invalid({"title": [f"is too long (maximum is {TITLE_LIMIT} characters)"]})
        now = self._world.now()
        project.last_issue += 1
        issue = Issue(
            self._world.next_id("issue", 1000),
            project.last_issue,
            project,
            user,
            title,
            description,
            at or now,
            at or now,
            type=type,
            confidential=confidential,
        )
        project.issues[issue.iid] = issue
        self._world.issues[issue.id] = issue
        self._world.tell(project, user, "opened", self._traces.target(issue))
        self._world.changed()
        self._traces.mention(issue, user, f"{title}\n{description or ''}")
        return issue

    def link(self, source: Issue, target: Issue, user: User, kind: str) -> IssueLink:
        """Relate two issues: a system note on both, no stamp moves."""
        now = self._world.now()
        link = IssueLink(self._world.next_id("link"), source, target, kind, now)
        self._world.links[link.id] = link
        for here, there in ((source, target), (target, source)):
            here.links.append(link)
            path = "" if here.project is there.project else there.project.full_path
            self._traces.system_note(
                here, user, f"marked this issue as related to {path}#{there.iid}", now
            )
        return link

    def open_request(
        self, project: Project, user: User, title: str, description: str
    ) -> MergeRequest:
        """A merge request, tied to the issues that it closes or names."""
        now = self._world.now()
        project.last_merge_request += 1
        number = self._world.next_id("merge_request", 500)
        request = MergeRequest(
            number, project.last_merge_request, project, user, title, description, now, now
        )
        request.source_branch = f"work-{request.iid}"
        request.closes = self._traces.found(project, closing(description))
        project.merge_requests[request.iid] = request
        self._world.merge_requests[request.id] = request
        self._world.tell(project, user, "opened", self._traces.target(request))
        self._traces.mention(request, user, f"{title}\n{description}")
        self._world.changed()
        return request
