"""Changes to issues and merge requests: what moves `updated_at`, what leaves a trace, what fails.

Two ways lead to a later `updated_at`. A *saved* row always moves it: another attribute, or
another person than the one who updated it last. All else only *touches* the row, and a touch is
dropped while the last move is not more than a minute old.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.sandbox.gitlab import durations, stamps
from connectors.sandbox.gitlab.mentions import Reference, closing, references
from connectors.sandbox.gitlab.records import (
    Issuable,
    Issue,
    IssueLink,
    Label,
    LabelEvent,
    MergeRequest,
    MilestoneEvent,
    Note,
    Project,
    StateEvent,
    Timelog,
    User,
)
from connectors.sandbox.gitlab.rights import Rights
from connectors.sandbox.gitlab.versions import Version
from connectors.sandbox.gitlab.world import World

TOUCH_INTERVAL: Final = timedelta(minutes=1)
TITLE_LIMIT: Final = 255
DESCRIPTION_LIMIT: Final = 1_048_576
SUMMARY_LIMIT: Final = 255
METADATA: Final = frozenset(
    {
        "add_label_ids",
        "assignee_ids",
        "discussion_locked",
        "due_date",
        "label_ids",
        "labels",
        "add_labels",
        "remove_labels",
        "milestone_id",
        "remove_label_ids",
        "spend_time",
        "time_estimate",
        "weight",
    }
)
"""What is dropped without a word when its author may not set it."""


class Invalid(Exception):
    """The model refuses; `messages` are its errors by attribute."""

    def __init__(self, messages: Mapping[str, list[str]]) -> None:
        super().__init__(str(dict(messages)))
        self.messages = dict(messages)


class Changes:
    """Everything that alters an issuable."""

    def __init__(self, world: World, rights: Rights, version: Version, *, paid: bool) -> None:
        self._world = world
        self._rights = rights
        self._version = version
        self._paid = paid

    # stamps

    def touch(self, issuable: Issuable, now: datetime) -> None:
        if now - issuable.updated_at > TOUCH_INTERVAL:
            issuable.updated_at = now
        self._world.changed()

    def save(self, issuable: Issuable, user: User, now: datetime, *, altered: bool) -> None:
        if altered or issuable.updated_by is not user:
            issuable.updated_at = now
            issuable.updated_by = user
        else:
            self.touch(issuable, now)
        self._world.changed()

    # one update

    def update(self, issuable: Issuable, user: User, params: Mapping[str, Any]) -> None:
        """Apply parameters in GitLab's own terms (`state_event`, `add_label_ids`, `spend_time`…).

        Those that the user may not set are dropped. Raises Invalid, and then changes nothing.
        """
        params = self._allowed(issuable, user, params)
        self._validate(issuable, params)
        now = self._world.now()
        altered = self._state(issuable, user, params.get("state_event"), now)
        altered |= self._texts(issuable, user, params, now)
        altered |= self._planning(issuable, user, params, now)
        self._estimate(issuable, user, params, now)
        altered |= "time_estimate" in params
        worked = self._labels(issuable, user, params, now)
        worked |= self._assign(issuable, user, params.get("assignee_ids"), now)
        spent = params.get("spend_time")
        if spent is not None:
            self._spend(issuable, user, spent, now)
        if altered or worked or spent is not None:
            self.save(issuable, user, now, altered=altered)
        if "title" in params or "description" in params:
            self.mention(issuable, user, f"{issuable.title}\n{issuable.description or ''}")

    def furnish(self, issue: Issue, user: User, params: Mapping[str, Any]) -> None:
        """Metadata of a new issue: members may give it, whatever their role. Raises Invalid."""
        now = self._world.now()
        given = {name: params[name] for name in METADATA & params.keys()}
        stamps_before = issue.created_at, issue.updated_at
        self._planning(issue, user, given, now)
        self._labels(issue, user, given, now)
        self._assign(issue, user, given.get("assignee_ids"), now)
        issue.created_at, issue.updated_at = stamps_before
        self._world.changed()

    def _allowed(self, issuable: Issuable, user: User, params: Mapping[str, Any]) -> dict[str, Any]:
        kept = dict(params)
        if not self._rights.tends(user, issuable):
            kept = {name: value for name, value in kept.items() if name not in METADATA}
            kept.pop("confidential", None)
        if not self._rights.updates(user, issuable):
            return {}
        if "time_estimate" in kept and kept["time_estimate"] == issuable.time_estimate:
            del kept["time_estimate"]
        return kept

    def _validate(self, issuable: Issuable, params: Mapping[str, Any]) -> None:
        wrong: dict[str, list[str]] = {}
        if "title" in params:
            title = params["title"]
            if not (title or "").strip():
                wrong["title"] = ["can't be blank"]
            elif len(title) > TITLE_LIMIT:
                wrong["title"] = [f"is too long (maximum is {TITLE_LIMIT} characters)"]
        if len(params.get("description") or "") > DESCRIPTION_LIMIT:
            wrong["description"] = ["is too long (maximum is 1048576 characters)"]
        if "time_estimate" in params:
            seconds = params["time_estimate"]
            if seconds is None or seconds < 0:
                wrong["time_estimate"] = [
                    "must have a valid format and be greater than or equal to zero."
                    if self._version.since(16)
                    else "has an invalid format"
                ]
        wrong.update(self.wrong_spending(issuable, params.get("spend_time")))
        if wrong:
            raise Invalid(wrong)

    def wrong_spending(
        self, issuable: Issuable, spent: Mapping[str, Any] | None
    ) -> dict[str, list[str]]:
        """What is wrong with time to be spent, by attribute."""
        if spent is None or spent["duration"] == "reset":
            return {}
        seconds = spent["duration"]
        if seconds is None:
            return {"timelogs": ["is invalid"]}
        if seconds < 0 and -seconds > issuable.total_time_spent:
            return {"base": ["Time to subtract exceeds the total time spent"]}
        if issuable.total_time_spent + seconds > durations.YEAR:
            return {"base": ["Total time spent cannot exceed a year"]}
        if len(spent.get("summary") or "") > SUMMARY_LIMIT:
            return {"timelogs.summary": ["is too long (maximum is 255 characters)"]}
        return {}

    # its parts; each answers whether an attribute of the row was altered

    def _state(self, issuable: Issuable, user: User, event: str | None, now: datetime) -> bool:
        wanted = {"close": "closed", "reopen": "opened"}.get(event or "")
        if wanted is None or wanted == issuable.state:
            return False
        issuable.state = wanted
        closed = wanted == "closed"
        issuable.closed_at = now if closed else None
        issuable.closed_by = user if closed else None
        state = "closed" if closed else "reopened"
        issuable.state_events.append(
            StateEvent(self._world.next_id("state_event"), user, now, state)
        )
        self._world.tell(issuable.project, user, state, self.target(issuable))
        return True

    def _texts(
        self, issuable: Issuable, user: User, params: Mapping[str, Any], now: datetime
    ) -> bool:
        altered = False
        if "title" in params and params["title"] != issuable.title:
            self.system_note(
                issuable,
                user,
                f"changed title from **{{-{issuable.title}-}}** to **{{+{params['title']}+}}**",
                now,
            )
            issuable.title = params["title"]
            altered = True
        if "description" in params and params["description"] != issuable.description:
            issuable.description = params["description"]
            self.system_note(issuable, user, "changed the description", now)
            altered = True
        return altered

    def _planning(
        self, issuable: Issuable, user: User, params: Mapping[str, Any], now: datetime
    ) -> bool:
        altered = False
        if "milestone_id" in params:
            altered |= self._milestone(issuable, user, params["milestone_id"], now)
        if "discussion_locked" in params:
            locked = bool(params["discussion_locked"])
            altered |= locked is not issuable.discussion_locked
            issuable.discussion_locked = locked
        if isinstance(issuable, Issue):
            altered |= self._issue_only(issuable, user, params, now)
        return altered

    def _issue_only(
        self, issue: Issue, user: User, params: Mapping[str, Any], now: datetime
    ) -> bool:
        altered = False
        if "due_date" in params:
            given = params["due_date"]
            due = stamps.read_date(given) if given else None
            if due != issue.due_date:
                words = (
                    f"changed due date to {due:%B} {due.day}, {due.year}"
                    if due
                    else ("removed due date")
                )
                self.system_note(issue, user, words, now)
                issue.due_date = due
                altered = True
        if "confidential" in params and bool(params["confidential"]) is not issue.confidential:
            issue.confidential = bool(params["confidential"])
            words = "confidential" if issue.confidential else "visible to everyone"
            self.system_note(issue, user, f"made the issue {words}", now)
            altered = True
        if params.get("issue_type", issue.type) != issue.type:
            issue.type = params["issue_type"]
            altered = True
        if self._paid and "weight" in params and params["weight"] != issue.weight:
            issue.weight = params["weight"]
            altered = True
        return altered

    def _assign(
        self, issuable: Issuable, user: User, ids: Iterable[int] | None, now: datetime
    ) -> bool:
        if ids is None:
            return False
        found = [self._world.users[one] for one in ids if one in self._world.users]
        wanted = found if self._paid else found[:1]
        if wanted == issuable.assignees:
            return False
        gone = [one for one in issuable.assignees if one not in wanted]
        come = [one for one in wanted if one not in issuable.assignees]
        words = " and ".join(
            f"{verb} " + " and ".join(f"@{one.username}" for one in people)
            for verb, people in (("assigned to", come), ("unassigned", gone))
            if people
        )
        issuable.assignees = wanted
        self.system_note(issuable, user, words, now)
        return True

    def _milestone(self, issuable: Issuable, user: User, key: int | None, now: datetime) -> bool:
        known = {one.id: one for one in self._world.milestones_for(issuable.project)}
        wanted = known.get(key or 0)
        before = issuable.milestone
        if wanted is before:
            return False
        for action, milestone in (("remove", before), ("add", wanted)):
            if milestone is not None:
                issuable.milestone_events.append(
                    MilestoneEvent(
                        self._world.next_id("milestone_event"), user, now, action, milestone
                    )
                )
        issuable.milestone = wanted
        return True

    def _estimate(
        self, issuable: Issuable, user: User, params: Mapping[str, Any], now: datetime
    ) -> None:
        if "time_estimate" not in params:
            return
        before, after = issuable.time_estimate, params["time_estimate"]
        issuable.time_estimate = after
        if after == 0:
            words = "removed time estimate"
        elif not self._version.since(16):
            words = f"changed time estimate to {durations.write(after)}"
        elif before == 0:
            words = f"added time estimate of {durations.write(after)}"
        else:
            words = f"changed time estimate to {durations.write(after)} from " + (
                durations.write(before) or "0m"
            )
        self.system_note(issuable, user, words, now)

    def _spend(
        self, issuable: Issuable, user: User, spent: Mapping[str, Any], now: datetime
    ) -> None:
        seconds = spent["duration"]
        who = self._world.users.get(spent.get("user_id", user.id), user)
        if seconds == "reset":
            seconds = -issuable.total_time_spent
            words = "removed time spent"
        else:
            verb = "subtracted" if seconds < 0 else "added"
            words = f"{verb} {durations.write(abs(seconds))} of time spent"
        given = spent.get("spent_at")
        at = stamps.read_instant(given) if given else now
        if self._version.since(16):
            words += f" at {at:%Y-%m-%d %H:%M:%S} UTC"
        self._log(issuable, who, seconds, at, spent.get("summary"), spent.get("note"))
        self.system_note(issuable, user, words, now)

    def log_time(
        self, issuable: Issuable, user: User, seconds: int, *, at: datetime, summary: str
    ) -> Timelog:
        """A time entry by the form or GraphQL: the row is touched, and not saved."""
        now = self._world.now()
        log = self._log(issuable, user, seconds, at, summary, None)
        words = f"added {durations.write(seconds)} of time spent at {at:%Y-%m-%d %H:%M:%S} UTC"
        self.system_note(issuable, user, words, now)
        self.touch(issuable, now)
        return log

    def unlog_time(self, log: Timelog, user: User) -> None:
        now = self._world.now()
        log.issuable.timelogs.remove(log)
        self._world.timelogs.pop(log.id, None)
        words = f"deleted {durations.write(log.seconds)} of spent time from {log.spent_at:%Y-%m-%d}"
        self.system_note(log.issuable, user, words, now)
        self.touch(log.issuable, now)

    def _log(
        self,
        issuable: Issuable,
        user: User,
        seconds: int,
        at: datetime,
        summary: str | None,
        note: Note | None,
    ) -> Timelog:
        number = self._world.next_id("timelog")
        log = Timelog(number, issuable, user, seconds, at, self._world.now(), summary, note)
        issuable.timelogs.append(log)
        self._world.timelogs[log.id] = log
        return log

    # labels

    def named(self, project: Project, user: User, names: Iterable[str]) -> list[Label]:
        """Labels by name; missing ones are created in the project for those who may."""
        found = []
        for name in names:
            label = self._world.label(project, name)
            if label is None and self._rights.of_team(user, project):
                label = self._world.add_label(project, name, "#6699cc")
            if label is not None:
                found.append(label)
        return list(dict.fromkeys(found))

    def _labels(
        self, issuable: Issuable, user: User, params: Mapping[str, Any], now: datetime
    ) -> bool:
        before = list(issuable.labels)
        wanted = list(before)
        if "labels" in params:
            wanted = self.named(issuable.project, user, params["labels"])
        elif "label_ids" in params:
            wanted = self._by_id(params["label_ids"])
        added = self.named(issuable.project, user, params.get("add_labels", ()))
        added += self._by_id(params.get("add_label_ids", ()))
        gone = self._by_id(params.get("remove_label_ids", ()))
        for name in params.get("remove_labels", ()):
            label = self._world.label(issuable.project, name)
            gone += [label] if label is not None else []
        wanted = [label for label in dict.fromkeys([*wanted, *added]) if label not in gone]
        return self.set_labels(issuable, user, wanted, now)

    def set_labels(
        self, issuable: Issuable, user: User, wanted: list[Label], now: datetime
    ) -> bool:
        before = issuable.labels
        if self._paid:
            wanted = exclusive(before, wanted)
        if set(wanted) == set(before):
            return False
        for action, labels in (
            ("add", [label for label in wanted if label not in before]),
            ("remove", [label for label in before if label not in wanted]),
        ):
            issuable.label_events.extend(
                LabelEvent(self._world.next_id("label_event"), user, now, action, label)
                for label in labels
            )
        issuable.labels = wanted
        return True

    def _by_id(self, ids: Iterable[int]) -> list[Label]:
        return [self._world.labels[one] for one in ids if one in self._world.labels]

    # moving

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
        self.system_note(copy, user, f"moved from {here}#{issue.iid}", now)
        self.system_note(issue, user, f"moved to {there}#{copy.iid}", now)
        issue.moved_to = copy
        self._state(issue, user, "close", now)
        self.save(issue, user, now, altered=True)
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
        self._world.tell(project, user, "opened", self.target(issue))
        self._world.changed()
        self.mention(issue, user, f"{title}\n{description or ''}")
        return issue

    def link(self, source: Issue, target: Issue, user: User, kind: str) -> IssueLink:
        """Relate two issues: a system note on both, no stamp moves."""
        now = self._world.now()
        link = IssueLink(self._world.next_id("link"), source, target, kind, now)
        self._world.links[link.id] = link
        for here, there in ((source, target), (target, source)):
            here.links.append(link)
            path = "" if here.project is there.project else there.project.full_path
            self.system_note(here, user, f"marked this issue as related to {path}#{there.iid}", now)
        return link

    def reopen(self, issue: Issue, user: User) -> None:
        """Reopen without looking at rights, as a mail to Service Desk does."""
        now = self._world.now()
        if self._state(issue, user, "reopen", now):
            self.save(issue, user, now, altered=True)

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
        request.closes = self.found(project, closing(description))
        project.merge_requests[request.iid] = request
        self._world.merge_requests[request.id] = request
        self._world.tell(project, user, "opened", self.target(request))
        self.mention(request, user, f"{title}\n{description}")
        self._world.changed()
        return request

    # traces

    def target(self, issuable: Issuable) -> tuple[str, int, int | None, str]:
        kind = "MergeRequest" if isinstance(issuable, MergeRequest) else "Issue"
        return (kind, issuable.id, issuable.iid, issuable.title)

    def system_note(
        self,
        issuable: Issuable,
        user: User,
        words: str,
        now: datetime,
        source: Project | None = None,
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
            hidden = None if same else source.project
            self.system_note(issue, user, words, now, hidden)
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


def exclusive(before: list[Label], wanted: list[Label]) -> list[Label]:
    """Of labels of one scope keep the one that came last, as paid tiers do."""
    order = [label for label in wanted if label in before]
    order += [label for label in wanted if label not in before]
    last = {label.scope: label for label in order if label.scope is not None}
    return [label for label in wanted if label.scope is None or last[label.scope] is label]
