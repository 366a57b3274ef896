"""Filters, order and pages of the lists of issues and time entries (the grammar of 5.0).

A filter that a list does not know is ignored, and one `f[]` makes the short forms ignored. Without
any word on the status only open issues are listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from connectors.sandbox.redmine import values
from connectors.sandbox.redmine.rights import Rights
from connectors.sandbox.redmine.values import Refusal
from connectors.sandbox.redmine.world import Issue, TimeEntry

Pairs = Sequence[tuple[str, str]]
Test = Callable[[Any], bool]
MOST: Final = 100
USUAL: Final = 25
_OPERATORS: Final = (">=", "<=", "><", "!~", "~", "!*", "!", "*", "=")
_DATES: Final = ("updated_on", "created_on", "spent_on")


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition: a column, an operator and its values."""

    name: str
    operator: str
    values: tuple[str, ...]


def filters_of(pairs: Pairs, known: Iterable[str]) -> list[Filter]:
    """The conditions of a query string."""
    given = dict(pairs)
    if any(name == "f[]" for name, _ in pairs):
        return [
            Filter(
                name,
                given.get(f"op[{name}]", "="),
                tuple(value for key, value in pairs if key == f"v[{name}][]"),
            )
            for key, name in pairs
            if key == "f[]" and name in known
        ]
    return [_short(name, given[name]) for name in known if given.get(name)]


def _short(name: str, text: str) -> Filter:
    if name == "status_id" and text[:1] in ("o", "c", "*"):
        return Filter(name, text[:1], ())  # "open" and "closed" begin with an operator
    operator = next((op for op in _OPERATORS if text.startswith(op)), "=")
    rest = text.removeprefix(operator) if not (operator == "=" and text[:1] != "=") else text
    return Filter(name, operator, tuple(rest.split("|")))


def issues(rights: Rights, pairs: Pairs, project: int | None) -> list[Issue]:
    """The issues that a query asks for, in its order. Raises Refusal."""
    known = (
        "status_id", "project_id", "tracker_id", "priority_id", "author_id", "issue_id",
        "updated_on", "created_on", "subject", "notes",
    )  # fmt: skip
    long = any(name == "f[]" for name, _ in pairs)
    wanted = filters_of(pairs, known if long else [n for n in known if n != "project_id"])
    if not long and not any(each.name == "status_id" for each in wanted):
        wanted.append(Filter("status_id", "o", ()))
    tests = [_issue_test(each, rights) for each in wanted]
    found = [i for i in rights.issues() if all(test(i) for test in tests)]
    found = [i for i in found if project is None or i.project == project]
    keys: dict[str, Callable[[Issue], Any]] = {
        "id": lambda issue: issue.id,
        "updated_on": lambda issue: issue.updated_on,
        "created_on": lambda issue: issue.created_on,
        "subject": lambda issue: issue.subject,
        "priority": lambda issue: issue.priority,
        "status": lambda issue: issue.status,
    }
    return _sorted(found, dict(pairs).get("sort", "id:desc"), keys, tie="id")


def entries(rights: Rights, pairs: Pairs, project: int | None) -> list[TimeEntry]:
    """The time entries that a query asks for, in its order. Raises Refusal."""
    known = (
        "issue_id", "project_id", "user_id", "activity_id", "spent_on", "comments", "hours",
    )  # fmt: skip
    long = any(name == "f[]" for name, _ in pairs)
    wanted = filters_of(pairs, known if long else [n for n in known if n != "project_id"])
    given = dict(pairs)
    for name, operator in (("from", ">="), ("to", "<=")):
        if not long and given.get(name):
            wanted.append(Filter("spent_on", operator, (given[name],)))
    tests = [_entry_test(each, rights) for each in wanted]
    found = [e for e in rights.entries() if all(test(e) for test in tests)]
    found = [e for e in found if project is None or e.project == project]
    keys: dict[str, Callable[[TimeEntry], Any]] = {
        "spent_on": lambda entry: entry.spent_on,
        "created_on": lambda entry: entry.created_on,
        "hours": lambda entry: entry.hours,
    }
    return _sorted(found, given.get("sort", "spent_on:desc"), keys, tie="created_on")


@dataclass(frozen=True, slots=True)
class Window:
    """A page: where it begins and how many rows it may have."""

    offset: int
    limit: int


def window(pairs: Pairs) -> Window:
    """The page that a query asks for: at most 100 rows, 25 for what is no number."""
    given = dict(pairs)
    limit = _natural(given.get("limit"))
    limit = min(limit, MOST) if limit > 0 else USUAL
    page = _natural(given.get("page"))
    offset = _natural(given.get("offset")) if "offset" in given else max(0, page - 1) * limit
    return Window(offset, limit)


def _natural(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else 0


def _sorted(found: list[Any], text: str, keys: dict[str, Any], tie: str) -> list[Any]:
    """Sorted by the columns that are known; the tie-break comes last, newest first."""
    order = [part.partition(":") for part in text.split(",")]
    chosen = [(keys[name], way == "desc") for name, _, way in order if name in keys]
    if not any(name == tie for name, _, _ in order):
        chosen.append((keys[tie], True))
    for key, backwards in reversed(chosen):
        found.sort(key=key, reverse=backwards)
    return found


def _issue_test(each: Filter, rights: Rights) -> Test:
    world = rights.world
    if each.name == "status_id" and each.operator in ("o", "c", "*"):
        if each.operator == "*":
            return lambda issue: True
        return lambda issue: world.is_closed(issue) is (each.operator == "c")
    if each.name in _DATES:
        return _dated(each, lambda issue: getattr(issue, each.name), rights)
    if each.name == "subject":
        return _texts(each, lambda issue: [issue.subject])
    if each.name == "notes":
        return _texts(each, lambda issue: [j.notes or "" for j in rights.journals(issue)])
    attribute = {"issue_id": "id"}.get(each.name, each.name.removesuffix("_id"))
    return _numbered(each, lambda issue: getattr(issue, attribute), rights)


def _entry_test(each: Filter, rights: Rights) -> Test:
    if each.name == "spent_on":
        return _dated(each, lambda entry: entry.spent_on, rights)
    if each.name == "comments":
        return _texts(each, lambda entry: [entry.comments or ""])
    if each.name == "hours":
        wanted = values.hours(each.values[0]) if each.values else None
        return lambda entry: entry.hours == wanted
    attribute = each.name.removesuffix("_id")
    return _numbered(each, lambda entry: getattr(entry, attribute), rights)


def _numbered(each: Filter, get: Callable[[Any], Any], rights: Rights) -> Test:
    me = str(rights.user.id) if rights.user else "0"
    wanted = {me if part == "me" else part for value in each.values for part in value.split(",")}
    if each.operator == "*":
        return lambda item: get(item) is not None
    if each.operator == "!*":
        return lambda item: get(item) is None
    negated = each.operator == "!"
    return lambda item: (str(get(item)) in wanted) is not negated


def _texts(each: Filter, get: Callable[[Any], Iterable[str]]) -> Test:
    wanted = (each.values[0] if each.values else "").casefold()
    if each.operator in ("~", "!~"):
        found = each.operator == "~"
        return lambda item: any(wanted in text.casefold() for text in get(item)) is found
    return lambda item: any(text.casefold() == wanted for text in get(item))


def _dated(each: Filter, get: Callable[[Any], Any], rights: Rights) -> Test:
    """`>=` lets in what was stamped a fraction of a second earlier, as the SQL of 5.0 does."""
    moments = [values.instant(value) for value in each.values]
    label = rights.world.words.columns.get(each.name, each.name)
    if not moments or any(moment is None for moment in moments):
        raise Refusal(f"{label} {rights.world.words.invalid}")
    first, last = moments[0], moments[-1]
    if first is None or last is None:
        raise Refusal(f"{label} {rights.world.words.invalid}")

    def at(item: Any) -> datetime:
        value = get(item)
        return (
            value if isinstance(value, datetime) else datetime.combine(value, time(), first.tzinfo)
        )

    late = last + (timedelta(days=1) if len(each.values[-1]) == len("2026-01-01") else timedelta(0))
    if each.operator == ">=":
        return lambda item: at(item) > first - timedelta(seconds=1)
    if each.operator == "<=":
        return lambda item: at(item) <= late
    if each.operator == "><":
        return lambda item: first - timedelta(seconds=1) < at(item) <= late
    if each.operator == "=":
        return lambda item: first - timedelta(seconds=1) < at(item) <= late
    raise Refusal(f"{label} {rights.world.words.invalid}")
