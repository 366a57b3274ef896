"""What a GitLab instance holds. Instants are aware UTC with microseconds, durations seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum


class Role(IntEnum):
    """Access levels by the numbers that the members API uses."""

    NONE = 0
    GUEST = 10
    PLANNER = 15
    REPORTER = 20
    DEVELOPER = 30
    MAINTAINER = 40
    OWNER = 50


@dataclass(eq=False, slots=True)
class User:
    """An account; `bot` marks project and group tokens and the support bot."""

    id: int
    username: str
    name: str
    email: str
    created_at: datetime
    bot: bool = False
    admin: bool = False
    state: str = "active"


@dataclass(eq=False, slots=True)
class Token:
    """An access token; `scopes` as GitLab names them (`api`, `read_api`, `read_user`, …)."""

    id: int
    user: User
    name: str
    secret: str = field(repr=False)
    scopes: tuple[str, ...]
    created_at: datetime
    expires_on: date | None
    revoked: bool = False
    last_used_at: datetime | None = None


@dataclass(eq=False, slots=True)
class Group:
    """A group or subgroup; `path` is the whole path."""

    id: int
    name: str
    path: str
    parent: Group | None
    visibility: str
    created_at: datetime
    members: dict[int, Role] = field(default_factory=dict)
    descendant_members: set[int] = field(default_factory=set)

    def within(self, group: Group) -> bool:
        """Whether this is `group` or stands below it."""
        here: Group | None = self
        while here is not None:
            if here is group:
                return True
            here = here.parent
        return False


@dataclass(eq=False, slots=True)
class Project:
    """A project; `path` is its last part, `former` the whole paths that it had before."""

    id: int
    name: str
    path: str
    group: Group
    visibility: str
    created_at: datetime
    description: str | None = None
    archived: bool = False
    issues_enabled: bool = True
    service_desk: bool = False
    members: dict[int, Role] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    merge_requests: dict[int, MergeRequest] = field(default_factory=dict)
    last_issue: int = 0
    last_merge_request: int = 0

    @property
    def full_path(self) -> str:
        return f"{self.group.path}/{self.path}"


@dataclass(eq=False, slots=True)
class Label:
    """A label of a project, or of a group (then known in everything below it)."""

    id: int
    name: str
    color: str
    owner: Project | Group
    description: str | None = None

    @property
    def scope(self) -> str | None:
        """`priority` of `priority::1`; the last `::` counts."""
        scope, found, _ = self.name.rpartition("::")
        return scope if found else None


@dataclass(eq=False, slots=True)
class Milestone:
    id: int
    iid: int
    title: str
    owner: Project | Group
    created_at: datetime
    updated_at: datetime
    state: str = "active"
    due_date: date | None = None


@dataclass(eq=False, slots=True)
class Award:
    id: int
    name: str
    user: User
    created_at: datetime


@dataclass(eq=False, slots=True)
class Note:
    """A comment, or (`system`) a line that GitLab wrote itself.

    `hidden_reference` is what a cross-reference comes from: whoever cannot read that does not see
    the note, though it counts when a page is cut.
    """

    id: int
    issuable: Issuable
    author: User
    body: str
    created_at: datetime
    updated_at: datetime
    discussion: str
    system: bool = False
    internal: bool = False
    type: str | None = None
    edited_by: User | None = None
    hidden_reference: Issuable | None = None
    external_author: str | None = None
    awards: list[Award] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Timelog:
    id: int
    issuable: Issuable
    user: User
    seconds: int
    spent_at: datetime
    created_at: datetime
    summary: str | None = None
    note: Note | None = None


@dataclass(eq=False, slots=True)
class LabelEvent:
    """A label given or taken; `label` is None once the label itself is deleted."""

    id: int
    user: User
    created_at: datetime
    action: str
    label: Label | None


@dataclass(eq=False, slots=True)
class StateEvent:
    id: int
    user: User
    created_at: datetime
    state: str


@dataclass(eq=False, slots=True)
class MilestoneEvent:
    id: int
    user: User
    created_at: datetime
    action: str
    milestone: Milestone


@dataclass(eq=False, slots=True)
class Issuable:
    """What issues and merge requests share."""

    id: int
    iid: int
    project: Project
    author: User
    title: str
    description: str | None
    created_at: datetime
    updated_at: datetime
    state: str = "opened"
    closed_at: datetime | None = None
    closed_by: User | None = None
    updated_by: User | None = None
    labels: list[Label] = field(default_factory=list)
    milestone: Milestone | None = None
    assignees: list[User] = field(default_factory=list)
    discussion_locked: bool = False
    time_estimate: int = 0
    notes: list[Note] = field(default_factory=list)
    timelogs: list[Timelog] = field(default_factory=list)
    awards: list[Award] = field(default_factory=list)
    label_events: list[LabelEvent] = field(default_factory=list)
    state_events: list[StateEvent] = field(default_factory=list)
    milestone_events: list[MilestoneEvent] = field(default_factory=list)
    subscribers: set[int] = field(default_factory=set)

    @property
    def total_time_spent(self) -> int:
        return sum(log.seconds for log in self.timelogs)

    @property
    def comments(self) -> int:
        """How many notes people wrote: internal ones count, system notes do not."""
        return sum(1 for note in self.notes if not note.system)

    def votes(self, emoji: str) -> int:
        return sum(1 for award in self.awards if award.name == emoji)


@dataclass(eq=False, slots=True)
class Issue(Issuable):
    """An issue, task, incident or ticket (`type`, in lower case as the database has it)."""

    type: str = "issue"
    confidential: bool = False
    due_date: date | None = None
    severity: str = "UNKNOWN"
    weight: int | None = None
    moved_to: Issue | None = None
    service_desk_reply_to: str | None = None
    external_participants: list[str] = field(default_factory=list)
    links: list[IssueLink] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class MergeRequest(Issuable):
    source_branch: str = "work"
    target_branch: str = "main"
    merged_at: datetime | None = None
    merged_by: User | None = None
    draft: bool = False
    closes: list[Issue] = field(default_factory=list)
    mentions: list[Issue] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class IssueLink:
    id: int
    source: Issue
    target: Issue
    kind: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """A row of the events API: no label and no time entry ever appears in it."""

    id: int
    project: Project
    author: User
    action: str
    target_type: str | None
    target_id: int | None
    target_iid: int | None
    target_title: str | None
    created_at: datetime
    note: Note | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that Service Desk sent to somebody outside for a public note."""

    to: str
    issue: Issue
    subject: str
    body: str
    at: datetime
