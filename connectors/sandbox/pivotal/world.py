"""What a Tracker installation holds: people, projects, stories and what hangs on them.

Instants are aware UTC and whole seconds, as the tool keeps them. Everything is mutable: this is the
tool's database, and `editing` is the only module that changes it on somebody's behalf.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

TYPES: Final = ("feature", "bug", "chore", "release")
STATES: Final = (
    "unscheduled",
    "planned",
    "unstarted",
    "started",
    "finished",
    "delivered",
    "accepted",
    "rejected",
)
PRIORITIES: Final = ("p0", "p1", "p2", "p3", "none")
ROLES: Final = ("owner", "member", "viewer")
REVIEW_TYPES: Final = ("Test (QA)", "Design", "Code", "Security")
BUILT_IN_SCALES: Final = ("0,1,2,3", "0,1,2,4,8", "0,1,2,3,5,8")
REFUSED_STATES: Final[dict[str, frozenset[str]]] = {
    "chore": frozenset({"finished", "delivered", "rejected"}),
    "release": frozenset({"started", "finished", "delivered", "rejected"}),
}
"""The states that a type of story never has."""
NEEDS_ESTIMATE: Final = frozenset({"started", "finished", "delivered", "accepted", "rejected"})


@dataclass(slots=True)
class Person:
    """Somebody with an account. `token` is what `X-TrackerToken` carries."""

    id: int
    name: str
    initials: str
    username: str
    email: str
    token: str
    zone: str = "Etc/UTC"


@dataclass(slots=True)
class Membership:
    """A person's place in a project."""

    id: int
    person: int
    role: str
    created_at: datetime


@dataclass(slots=True)
class Label:
    """A label of one project; its name is lower case."""

    id: int
    project: int
    name: str
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True)
class Comment:
    """A comment; `commit_type` and `commit_identifier` only where a commit hook wrote it."""

    id: int
    story: int
    text: str
    person: int
    created_at: datetime
    updated_at: datetime
    commit_type: str | None = None
    commit_identifier: str | None = None


@dataclass(slots=True)
class Task:
    """One line of a story's check list."""

    id: int
    story: int
    description: str
    complete: bool
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True)
class Blocker:
    """What stands in a story's way: free text, `#id` when it is a story."""

    id: int
    story: int
    person: int
    description: str
    resolved: bool
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True)
class Review:
    """A request to look at a story."""

    id: int
    story: int
    review_type: str
    reviewer: int | None
    status: str
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True)
class Transition:
    """A story came into a state."""

    state: str
    at: datetime
    person: int
    version: int
    project: int


@dataclass(slots=True)
class Story:
    """A story. `position` orders a project's list: the smaller, the higher."""

    id: int
    project: int
    name: str
    kind: str
    state: str
    requester: int
    created_at: datetime
    updated_at: datetime
    position: int
    description: str | None = None
    estimate: Decimal | None = None
    priority: str = "none"
    owners: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    followers: list[int] = field(default_factory=list)
    accepted_at: datetime | None = None
    deadline: datetime | None = None
    external_id: str | None = None
    integration: int | None = None
    comments: list[Comment] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    blockers: list[Blocker] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    pull_requests: list[str] = field(default_factory=list)
    branches: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Activity:
    """One change of a project: one version, one activity."""

    kind: str
    project: int
    version: int
    person: int
    at: datetime
    message: str
    highlight: str
    changes: list[dict[str, Any]]
    primary: list[dict[str, Any]]
    stories: tuple[int, ...]


@dataclass(slots=True)
class Project:
    """A project with its settings, people, words and history (oldest first)."""

    id: int
    name: str
    created_at: datetime
    updated_at: datetime
    version: int = 1
    point_scale: str = "0,1,2,3"
    bugs_and_chores_are_estimatable: bool = False
    automatic_planning: bool = True
    zone: str = "Etc/UTC"
    public: bool = False
    api: bool = True
    """Whether its owners let programs in ("Allow API access")."""
    deleted: bool = False
    members: dict[int, Membership] = field(default_factory=dict)
    labels: dict[int, Label] = field(default_factory=dict)
    stories: dict[int, Story] = field(default_factory=dict)
    activities: list[Activity] = field(default_factory=list)
    top: int = 0
    bottom: int = 0
    ordered: tuple[int, list[Story]] | None = None
    """The version at which the list was last put in order, and that list."""

    @property
    def scale(self) -> list[Decimal]:
        """The values that an estimate may have."""
        return [Decimal(value) for value in self.point_scale.split(",")]

    def in_order(self) -> list[Story]:
        """The stories as the lists show them: done, then backlog, then icebox."""
        if self.ordered is None or self.ordered[0] != self.version:
            groups = {"accepted": 0, "unscheduled": 2}
            stories = sorted(
                self.stories.values(), key=lambda each: (groups.get(each.state, 1), each.position)
            )
            self.ordered = (self.version, stories)
        return self.ordered[1]


@dataclass(slots=True)
class World:
    """Everything. Ids are handed out by `next_id`, one row of numbers for all kinds."""

    people: dict[int, Person] = field(default_factory=dict)
    projects: dict[int, Project] = field(default_factory=dict)
    stories: dict[int, Story] = field(default_factory=dict)
    tokens: dict[str, Person] = field(default_factory=dict)
    last_id: int = 2000

    def next_id(self) -> int:
        """A number that nothing has yet."""
        self.last_id += 1
        return self.last_id

    def person(self, who: str | int) -> Person:
        """The person of an id, a username or an address. Raises KeyError."""
        if isinstance(who, int):
            return self.people[who]
        for person in self.people.values():
            if who in (person.username, person.email):
                return person
        raise KeyError(f"nobody here is called {who!r}")

    def project(self, which: str | int) -> Project:
        """The project of an id or a name, deleted ones included. Raises KeyError."""
        if isinstance(which, int):
            return self.projects[which]
        for project in self.projects.values():
            if project.name == which:
                return project
        raise KeyError(f"no project is called {which!r}")
