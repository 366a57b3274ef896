"""Lists of issues: filters, order and the parameters that the router knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Final

from connectors.sandbox.gitlab.answers import router
from connectors.sandbox.gitlab.params import (
    Param,
    Params,
    boolean,
    declare,
    instant,
    integer,
    integers,
    table,
    text,
    words,
)
from connectors.sandbox.gitlab.records import Issue, Project, User
from connectors.sandbox.gitlab.site import Site

TYPES: Final = ("issue", "incident", "test_case", "requirement", "task", "ticket")
ORDERS: Final = [
    "created_at",
    "due_date",
    "label_priority",
    "milestone_due",
    "popularity",
    "priority",
    "relative_position",
    "title",
    "updated_at",
    "weight",
]
SCOPES: Final = ("created-by-me", "assigned-to-me", "created_by_me", "assigned_to_me", "all")
KEPT_LISTS: Final = 32
_USER_ID: Final = ("none", "any")


def _who(value: Any) -> int | str | None:
    if isinstance(value, str) and value.lower() in _USER_ID:
        return value.lower()
    return integer(value)


FILTERS: Final = (
    Param("state", text, default="all", values=("opened", "closed", "all")),
    Param("labels", words),
    Param("not", table),
    Param("milestone", text),
    Param("iids", integers),
    Param("search", text),
    Param("in", text),
    Param("author_id", integer),
    Param("author_username", text),
    Param("assignee_id", _who),
    Param("assignee_username", words),
    Param("created_after", instant),
    Param("created_before", instant),
    Param("updated_after", instant),
    Param("updated_before", instant),
    Param("scope", text, values=SCOPES),
    Param("my_reaction_emoji", text),
    Param("confidential", boolean),
    Param("issue_type", text, values=TYPES),
    Param("due_date", text, values=("0", "any", "today", "tomorrow", "overdue", "week", "month")),
    Param("non_archived", boolean),
    Param("order_by", text, default="created_at", values=tuple(ORDERS)),
    Param("sort", text, default="desc", values=("asc", "desc")),
    Param("with_labels_details", boolean, default=False),
    Param("pagination", text, default="legacy", values=("keyset", "legacy", "none")),
)
_NOT: Final = tuple(
    one
    for one in FILTERS
    if one.name in ("labels", "milestone", "iids", "author_id", "author_username", "assignee_id")
)
Test = Callable[[Issue], bool]


def find(
    site: Site, user: User | None, place: str, projects: Iterable[Project], taken: Params
) -> list[Issue]:
    """The issues of some projects that pass, in order; kept until something changes.

    `place` names the projects in the store of kept lists.
    """
    key = (place, user.id if user else 0, repr(sorted(taken.items(), key=lambda pair: pair[0])))
    if site.lists_revision != site.world.revision or len(site.lists) > KEPT_LISTS:
        site.lists.clear()
        site.lists_revision = site.world.revision
    kept = site.lists.get(key)
    if kept is None:
        kept = _find(site, user, projects, taken)
        site.lists[key] = kept
    return kept


def _find(site: Site, user: User | None, projects: Iterable[Project], taken: Params) -> list[Issue]:
    tests = _tests(site, user, taken)
    excluded = declare(taken.get("not") or {}, _NOT)
    unwanted = [test for name in excluded for test in _tests(site, user, {name: excluded[name]})]
    found: list[Issue] = []
    for project in projects:
        if not project.issues_enabled or not site.rights.sees(user, project):
            continue
        rows: Iterable[Issue] = project.issues.values()
        if not site.rights.of_team(user, project):
            rows = [one for one in rows if site.rights.reads(user, one)]
        if tests:
            rows = [one for one in rows if all(test(one) for test in tests)]
        if unwanted:
            rows = [one for one in rows if not any(test(one) for test in unwanted)]
        found.extend(rows)
    return ordered(found, taken["order_by"], taken["sort"])


def ordered(found: list[Issue], order_by: str, sort: str) -> list[Issue]:
    """In the wanted order; ties by id, the latest first, whatever the direction."""
    found.sort(key=lambda one: -one.id)
    keys: dict[str, Callable[[Issue], Any]] = {
        "created_at": lambda one: one.created_at,
        "updated_at": lambda one: one.updated_at,
        "title": lambda one: one.title.lower(),
        "due_date": lambda one: (
            one.due_date is None,
            one.due_date.isoformat() if one.due_date else "",
        ),
        "popularity": lambda one: one.votes("thumbsup"),
        "weight": lambda one: one.weight or 0,
        "milestone_due": lambda one: (one.milestone is None, one.iid),
        "relative_position": lambda one: one.iid,
    }
    key = keys.get(order_by, lambda one: tuple(label.name for label in one.labels))
    found.sort(key=key, reverse=sort == "desc")
    return found


def _tests(site: Site, user: User | None, taken: Params) -> list[Test]:
    """One test per filter that was given a value."""
    makers: dict[str, Callable[[Any], Test | None]] = {
        "state": lambda state: None if state == "all" else lambda one: one.state == state,
        "labels": _by_labels,
        "milestone": _by_milestone,
        "iids": lambda iids: lambda one: one.iid in iids,
        "search": lambda said: _by_words(said, taken.get("in")),
        "author_id": lambda key: lambda one: one.author.id == key,
        "author_username": lambda name: lambda one: one.author.username == name,
        "assignee_id": _by_assignee,
        "assignee_username": lambda names: (
            lambda one: all(name in [user.username for user in one.assignees] for name in names)
        ),
        "created_after": lambda at: lambda one: one.created_at >= at,
        "created_before": lambda at: lambda one: one.created_at <= at,
        "updated_after": lambda at: lambda one: one.updated_at >= at,
        "updated_before": lambda at: lambda one: one.updated_at <= at,
        "scope": lambda scope: _by_scope(user, scope),
        "my_reaction_emoji": lambda name: (
            lambda one: any(award.user is user and award.name == name for award in one.awards)
        ),
        "confidential": lambda wanted: lambda one: one.confidential is wanted,
        "issue_type": lambda kind: lambda one: one.type == kind,
        "due_date": lambda when: _by_due(site, when),
    }
    tests = []
    for name, maker in makers.items():
        value = taken.get(name)
        if value is not None and value != []:
            test = maker(value)
            if test is not None:
                tests.append(test)
    return tests


def _by_labels(names: list[str]) -> Test:
    if len(names) == 1 and names[0].lower() in _USER_ID:
        wanted = names[0].lower() == "any"
        return lambda one: bool(one.labels) is wanted
    every = set(names)
    return lambda one: every <= {label.name for label in one.labels}


def _by_milestone(title: str) -> Test:
    if title.lower() in _USER_ID:
        wanted = title.lower() == "any"
        return lambda one: (one.milestone is not None) is wanted
    return lambda one: one.milestone is not None and one.milestone.title == title


def _by_words(said: str, where: str | None) -> Test:
    fields = (where or "title,description").split(",")
    parts = said.lower().split()
    return lambda one: all(
        any(part in (getattr(one, name, None) or "").lower() for name in fields) for part in parts
    )


def _by_assignee(key: int | str) -> Test:
    if isinstance(key, str):
        wanted = key == "any"
        return lambda one: bool(one.assignees) is wanted
    return lambda one: any(user.id == key for user in one.assignees)


def _by_scope(user: User | None, scope: str) -> Test | None:
    if scope == "all":
        return None
    if scope.replace("-", "_") == "assigned_to_me":
        return lambda one: user in one.assignees
    return lambda one: one.author is user


def _by_due(site: Site, when: str) -> Test:
    today = site.world.now().date()
    if when == "0":
        return lambda one: one.due_date is None
    if when == "any":
        return lambda one: one.due_date is not None
    if when == "overdue":
        return lambda one: one.due_date is not None and one.due_date < today
    days = {"today": 0, "tomorrow": 1, "week": 6, "month": 30}[when]
    first = today + timedelta(days=1 if when == "tomorrow" else 0)
    last = today + timedelta(days=days)
    return lambda one: one.due_date is not None and first <= one.due_date <= last


def keyset_order(taken: Params) -> str:
    """The column of a keyset list; refuses one that has no keyset."""
    order: str = taken["order_by"]
    if order not in ("created_at", "updated_at"):
        raise router(405, "Keyset pagination is not yet available for this type of request")
    return order
