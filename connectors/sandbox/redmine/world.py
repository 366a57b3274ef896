"""What a Redmine holds. Instants are aware UTC, to the microsecond; seconds are printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from connectors.sandbox.redmine.words import Words


@dataclass(slots=True)
class Role:
    """What members may do."""

    id: int
    name: str
    permissions: list[str]
    issues: str = "all"
    time: str = "all"
    people: str = "all"
    moves: set[tuple[int, int]] | None = None
    """Status ids from → to that its workflow allows; None: any."""
    read_only: set[str] = field(default_factory=set)
    """Fields that its workflow keeps from it: `priority_id`, or a custom field's id."""


@dataclass(slots=True)
class User:
    """An account. `key` is what `X-Redmine-API-Key` carries."""

    id: int
    login: str
    firstname: str
    lastname: str
    mail: str
    key: str
    created_on: datetime
    admin: bool = False
    locked: bool = False
    hides_mail: bool = True

    @property
    def name(self) -> str:
        """As answers show it."""
        return f"{self.firstname} {self.lastname}"


@dataclass(slots=True)
class Project:
    """A project with its members: user id → role."""

    id: int
    identifier: str
    name: str
    created_on: datetime
    public: bool = False
    status: int = 1
    """1 open, 5 closed, 9 archived."""
    modules: list[str] = field(default_factory=lambda: ["issue_tracking", "time_tracking"])
    members: dict[int, Role] = field(default_factory=dict)
    member_ids: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Word:
    """A row of a list of words: a status, a tracker, a priority or an activity."""

    id: int
    name: str
    closed: bool = False
    default: bool = False


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field of issues, `float` or `list`."""

    id: int
    name: str
    format: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Detail:
    """One changed value in a journal."""

    property: str
    name: str
    old: str | None
    new: str | None


@dataclass(slots=True)
class Journal:
    """A note, the values changed with it, or both."""

    id: int
    user: int
    created_on: datetime
    notes: str | None = ""
    private: bool = False
    details: tuple[Detail, ...] = ()


@dataclass(slots=True)
class Issue:
    """An issue. Its words are ids; `custom` maps a field's id to text, None when never set."""

    id: int
    project: int
    tracker: int
    status: int
    priority: int
    author: int
    subject: str
    created_on: datetime
    updated_on: datetime
    description: str = ""
    start_date: date | None = None
    due_date: date | None = None
    estimated: Fraction | None = None
    private: bool = False
    closed_on: datetime | None = None
    custom: dict[int, str | None] = field(default_factory=dict)
    journals: list[Journal] = field(default_factory=list)


@dataclass(slots=True)
class TimeEntry:
    """Work on an issue, of a day."""

    id: int
    project: int
    issue: int | None
    user: int
    activity: int
    hours: Fraction
    comments: str | None
    spent_on: date
    created_on: datetime
    updated_on: datetime


@dataclass(slots=True)
class World:
    """The whole install."""

    words: Words
    statuses: list[Word]
    trackers: list[Word]
    priorities: list[Word]
    activities: list[Word]
    fields: list[CustomField]
    roles: list[Role] = field(default_factory=list)
    users: dict[int, User] = field(default_factory=dict)
    projects: dict[int, Project] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    entries: dict[int, TimeEntry] = field(default_factory=dict)
    rest_api: bool = True
    login_required: bool = False
    last_journal: int = 0
    last_entry: int = 0
    last_member: int = 0

    def user(self, login: str) -> User:
        """The account of a login. Raises KeyError."""
        for user in self.users.values():
            if user.login == login:
                return user
        raise KeyError(f"nobody has the login {login!r}")

    def project(self, which: str | int) -> Project:
        """The project of an id or identifier. Raises KeyError."""
        for project in self.projects.values():
            if str(which) in (str(project.id), project.identifier):
                return project
        raise KeyError(f"there is no project {which!r}")

    def next_issue(self) -> int:
        """SQLite gives the number of a deleted last issue to the next one."""
        return max(self.issues, default=0) + 1

    def is_closed(self, issue: Issue) -> bool:
        """Whether its status ends it."""
        return next(word.closed for word in self.statuses if word.id == issue.status)


def defaults(words: Words) -> World:
    """An install with Redmine's default data and the three fields of the bridge; nobody in it."""
    numbered = enumerate
    return World(
        words,
        [Word(n, name, closed=n > 4) for n, name in numbered(words.statuses, 1)],
        [Word(n, name) for n, name in numbered(words.trackers, 1)],
        [Word(n, name, default=n == 2) for n, name in numbered(words.priorities, 1)],
        [Word(n, name) for n, name in numbered(words.activities, 6)],
        [
            CustomField(1, words.fields[0], "float"),
            CustomField(2, words.fields[1], "list", words.approvals),
            CustomField(3, words.fields[2], "list", words.severities),
        ],
    )
