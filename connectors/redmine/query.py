"""Redmine's filters in their long form: `f[]`, `op[NAME]`, `v[NAME][]`.

The short form takes one project only, and is ignored as soon as one `f[]` is there (API sheet, 2).
Redmine also ignores filters it does not know and answers with everything: only names that every
version from 5.0 on has are used here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from connectors.toolkit import stamps

Params = list[tuple[str, str]]


def issues(scope: Sequence[int], since: datetime, *, status: str = "*") -> Params:
    """Issues changed since an instant (`>=`: the only safe bound); `status`: "*" all, "o" open."""
    return [
        *_filter("status_id", status),
        *_filter("updated_on", ">=", stamps.show(since)),
        *_projects(scope),
    ]


def time_entries(scope: Sequence[int], days: tuple[date, date] | None = None) -> Params:
    """Time entries; with `days`, those whose work lies between the two, the last included."""
    between = [] if days is None else _filter("spent_on", "><", *(d.isoformat() for d in days))
    return [*between, *_projects(scope)]


def _projects(scope: Sequence[int]) -> Params:
    return _filter("project_id", "=", *(str(number) for number in scope)) if scope else []


def _filter(name: str, operator: str, *values: str) -> Params:
    return [("f[]", name), (f"op[{name}]", operator), *((f"v[{name}][]", v) for v in values)]
