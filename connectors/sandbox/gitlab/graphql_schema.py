"""The part of GitLab's GraphQL schema that time entries need."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.sandbox.gitlab import durations, stamps
from connectors.sandbox.gitlab.params import number_in
from connectors.sandbox.gitlab.records import (
    Group,
    Issuable,
    Issue,
    MergeRequest,
    Project,
    Role,
    Timelog,
    Token,
    User,
)
from connectors.sandbox.gitlab.site import Site

_DENIED: Final = (
    "The resource that you are attempting to access does not exist or you don't have permission "
    "to perform this action"
)
Arguments = Mapping[str, Any]


class Denied(Exception):
    """One field is refused; the rest is answered."""

    def __init__(self, message: str = _DENIED) -> None:
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Asked:
    site: Site
    token: Token | None
    base: str

    @property
    def user(self) -> User | None:
        return self.token.user if self.token else None


@dataclass(frozen=True, slots=True)
class Page:
    """A connection: rows, and what is told about all of them."""

    rows: Sequence[Any]
    total: int
    more: bool = False
    seconds: int = 0


Resolve = Callable[[Asked, Any, Arguments], Any]


@dataclass(eq=False, slots=True)
class Kind:
    """A type; it is filled after it is made, since types name each other."""

    name: str
    fields: dict[str, Known] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    resolve: Resolve
    kind: Kind | None = None
    arguments: frozenset[str] = frozenset()


def _plain(name: str) -> Known:
    return Known(lambda asked, value, given: getattr(value, name))


def _gid(kind: str) -> Known:
    return Known(lambda asked, value, given: f"gid://gitlab/{kind}/{value.id}")


def _stamp(name: str) -> Known:
    """GraphQL writes whole seconds."""

    def resolve(asked: Asked, value: Any, given: Arguments) -> str | None:
        at = getattr(value, name)
        return None if at is None else f"{at:%Y-%m-%dT%H:%M:%S}Z"

    return Known(resolve)


QUERY = Kind("Query")
MUTATION = Kind("Mutation")
_USER = Kind("UserCore")
_PROJECT = Kind("Project")
_GROUP = Kind("Group")
_ISSUE = Kind("Issue")
_REQUEST = Kind("MergeRequest")
_TIMELOG = Kind("Timelog")
_NOTE = Kind("Note")
_PAGE_INFO = Kind("PageInfo")
_METADATA = Kind("Metadata")
_PAGING: Final = frozenset({"first", "after", "last", "before"})


def _connection(of: Kind) -> Kind:
    edge = Kind(
        f"{of.name}Edge",
        {
            "node": Known(lambda asked, row, given: row, of),
            "cursor": Known(lambda asked, row, given: str(row.id)),
        },
    )
    return Kind(
        f"{of.name}Connection",
        {
            "nodes": Known(lambda asked, page, given: list(page.rows), of),
            "edges": Known(lambda asked, page, given: list(page.rows), edge),
            "pageInfo": Known(lambda asked, page, given: page, _PAGE_INFO),
            "count": _plain("total"),
        },
    )


_PAGE_INFO.fields = {
    "hasNextPage": _plain("more"),
    "hasPreviousPage": Known(lambda asked, page, given: False),
    "endCursor": Known(lambda asked, page, given: str(page.rows[-1].id) if page.rows else None),
    "startCursor": Known(lambda asked, page, given: str(page.rows[0].id) if page.rows else None),
}
_TIMELOGS = _connection(_TIMELOG)
_TIMELOGS.fields["totalSpentTime"] = Known(lambda asked, page, given: str(page.seconds))
_ISSUES = _connection(_ISSUE)


# reading


def _current_user(asked: Asked, value: Any, given: Arguments) -> User | None:
    return asked.user


def _project(asked: Asked, value: Any, given: Arguments) -> Project | None:
    world = asked.site.world
    path = str(given.get("fullPath") or "")
    found = world.project(path) or world.former_paths.get(path.lower())
    return found if found is not None and asked.site.rights.sees(asked.user, found) else None


def _group(asked: Asked, value: Any, given: Arguments) -> Group | None:
    found = asked.site.world.group(str(given.get("fullPath") or ""))
    return found if found is not None and asked.site.rights.sees(asked.user, found) else None


def _readable(asked: Asked, found: Issuable | None) -> Issuable | None:
    if found is None or not asked.site.rights.reads(asked.user, found):
        return None
    return found


def _number(given: Any) -> int:
    return number_in(str(given))


def _issue_of(asked: Asked, project: Project, given: Arguments) -> Issuable | None:
    return _readable(asked, project.issues.get(_number(given.get("iid"))))


def _request_of(asked: Asked, project: Project, given: Arguments) -> Issuable | None:
    return _readable(asked, project.merge_requests.get(_number(given.get("iid"))))


def _issues_of(asked: Asked, project: Project, given: Arguments) -> Page:
    found: list[Issuable] = [
        one for one in project.issues.values() if asked.site.rights.reads(asked.user, one)
    ]
    if given.get("iids") is not None:
        wanted = {str(iid) for iid in given["iids"]}
        found = [one for one in found if str(one.iid) in wanted]
    if given.get("updatedAfter"):
        since = stamps.read_instant(str(given["updatedAfter"]))
        found = [one for one in found if one.updated_at >= since]
    if given.get("state") not in (None, "all"):
        found = [one for one in found if one.state == given["state"]]
    found.sort(key=lambda one: -one.id)
    return Page(found, len(found))


def _by_gid(asked: Asked, gid: Any) -> Issuable | None:
    kind, _, key = str(gid).removeprefix("gid://gitlab/").partition("/")
    world = asked.site.world
    if kind in ("Issue", "WorkItem"):
        return _readable(asked, world.issues.get(_number(key)))
    if kind == "MergeRequest":
        return _readable(asked, world.merge_requests.get(_number(key)))
    return None


def _issue(asked: Asked, value: Any, given: Arguments) -> Issuable | None:
    found = _by_gid(asked, given.get("id"))
    return found if isinstance(found, Issue) else None


def _logs(asked: Asked, found: Sequence[Timelog], given: Arguments) -> Page:
    """Time entries are for the team; others see none."""
    rights = asked.site.rights
    rows = [
        one
        for one in found
        if rights.of_team(asked.user, one.issuable.project)
        and rights.reads(asked.user, one.issuable)
    ]
    start = given.get("startTime") or given.get("startDate")
    end = given.get("endTime") or given.get("endDate")
    if start:
        since = stamps.read_instant(str(start))
        rows = [one for one in rows if one.spent_at >= since]
    if end:
        until = stamps.read_instant(str(end))
        rows = [one for one in rows if one.spent_at <= until]
    if given.get("username"):
        rows = [one for one in rows if one.user.username == given["username"]]
    rows.sort(key=lambda one: (one.spent_at, one.id))
    if str(given.get("sort", "")).upper() == "SPENT_AT_DESC":
        rows.reverse()
    return Page(rows, len(rows), seconds=sum(one.seconds for one in rows))


def _logs_of_one(asked: Asked, one: Issuable, given: Arguments) -> Page:
    return _logs(asked, one.timelogs, given)


def _logs_of_project(asked: Asked, project: Project, given: Arguments) -> Page:
    every = asked.site.world.timelogs.values()
    return _logs(asked, [one for one in every if one.issuable.project is project], given)


def _logs_of_group(asked: Asked, group: Group, given: Arguments) -> Page:
    every = asked.site.world.timelogs.values()
    return _logs(asked, [one for one in every if one.issuable.project.group.within(group)], given)


def _all_logs(asked: Asked, value: Any, given: Arguments) -> Page:
    return _logs(asked, list(asked.site.world.timelogs.values()), given)


def _url(asked: Asked, one: Issuable, given: Arguments) -> str:
    kind = "merge_requests" if isinstance(one, MergeRequest) else "issues"
    return f"{asked.base}/{one.project.full_path}/-/{kind}/{one.iid}"


# writing


def _create(asked: Asked, value: Any, given: Arguments) -> dict[str, Any]:
    """The issue is only touched for it: nothing of its own row is saved."""
    wanted = given.get("input") or {}
    issuable = _by_gid(asked, wanted.get("issuableId"))
    user = _writer(asked)
    if issuable is None or not asked.site.rights.tends(user, issuable):
        raise Denied
    now = asked.site.world.now()
    at = stamps.read_instant(str(wanted["spentAt"])) if wanted.get("spentAt") else now
    seconds = durations.read(str(wanted.get("timeSpent") or ""), keep_zero=True)
    errors = []
    if not seconds:
        errors.append("Time spent can't be zero." if seconds == 0 else "Time spent is invalid")
    if at > now:
        errors.append("Spent at can't be a future date and time.")
    if errors or seconds is None:
        return {"timelog": None, "errors": errors}
    wrong = asked.site.time.wrong(issuable, {"duration": seconds, "summary": wanted.get("summary")})
    if wrong:
        return {"timelog": None, "errors": [one for texts in wrong.values() for one in texts]}
    log = asked.site.time.log_time(
        issuable, user, seconds, at=at, summary=wanted.get("summary") or ""
    )
    return {"timelog": log, "errors": []}


def _delete(asked: Asked, value: Any, given: Arguments) -> dict[str, Any]:
    """Whoever logged it may take it back, and Maintainers."""
    gid = str((given.get("input") or {}).get("id"))
    log = asked.site.world.timelogs.get(_number(gid.removeprefix("gid://gitlab/Timelog/")))
    user = _writer(asked)
    if log is None or _readable(asked, log.issuable) is None:
        raise Denied
    leads = asked.site.rights.role(user, log.issuable.project) >= Role.MAINTAINER
    if log.user is not user and not leads:
        raise Denied
    asked.site.time.unlog_time(log, user)
    return {"timelog": log, "errors": []}


def _writer(asked: Asked) -> User:
    """A token that only reads is refused here, field by field, not with 403."""
    if asked.token is None or "api" not in asked.token.scopes:
        raise Denied
    return asked.token.user


_FILTERS: Final = _PAGING | {
    "startTime",
    "endTime",
    "startDate",
    "endDate",
    "username",
    "sort",
    "projectId",
    "groupId",
}
QUERY.fields = {
    "currentUser": Known(_current_user, _USER),
    "project": Known(_project, _PROJECT, frozenset({"fullPath"})),
    "group": Known(_group, _GROUP, frozenset({"fullPath"})),
    "issue": Known(_issue, _ISSUE, frozenset({"id"})),
    "timelogs": Known(_all_logs, _TIMELOGS, _FILTERS),
    "metadata": Known(lambda asked, value, given: asked.site, _METADATA),
}
_METADATA.fields = {
    "version": Known(lambda asked, site, given: str(site.version)),
    "enterprise": _plain("paid"),
}
_USER.fields = {
    "id": _gid("User"),
    "username": _plain("username"),
    "name": _plain("name"),
    "bot": _plain("bot"),
}
_PROJECT.fields = {
    "id": _gid("Project"),
    "name": _plain("name"),
    "fullPath": _plain("full_path"),
    "archived": _plain("archived"),
    "issue": Known(_issue_of, _ISSUE, frozenset({"iid"})),
    "issues": Known(_issues_of, _ISSUES, _PAGING | {"iids", "state", "updatedAfter"}),
    "mergeRequest": Known(_request_of, _REQUEST, frozenset({"iid"})),
    "timelogs": Known(_logs_of_project, _TIMELOGS, _FILTERS),
}
_GROUP.fields = {
    "id": _gid("Group"),
    "name": _plain("name"),
    "fullPath": _plain("path"),
    "timelogs": Known(_logs_of_group, _TIMELOGS, _FILTERS),
}


def _issuable_fields(kind: str) -> dict[str, Known]:
    return {
        "id": _gid(kind),
        "iid": Known(lambda asked, one, given: str(one.iid)),
        "title": _plain("title"),
        "state": _plain("state"),
        "webUrl": Known(_url),
        "author": Known(lambda asked, one, given: one.author, _USER),
        "project": Known(lambda asked, one, given: one.project, _PROJECT),
        "createdAt": _stamp("created_at"),
        "updatedAt": _stamp("updated_at"),
        "timeEstimate": _plain("time_estimate"),
        "totalTimeSpent": _plain("total_time_spent"),
        "timelogs": Known(_logs_of_one, _TIMELOGS, _PAGING),
    }


_ISSUE.fields = _issuable_fields("Issue")
_REQUEST.fields = _issuable_fields("MergeRequest")
_TIMELOG.fields = {
    "id": _gid("Timelog"),
    "timeSpent": _plain("seconds"),
    "summary": _plain("summary"),
    "spentAt": _stamp("spent_at"),
    "user": Known(lambda asked, log, given: log.user, _USER),
    "project": Known(lambda asked, log, given: log.issuable.project, _PROJECT),
    "issue": Known(
        lambda asked, log, given: log.issuable if isinstance(log.issuable, Issue) else None,
        _ISSUE,
    ),
    "mergeRequest": Known(
        lambda asked, log, given: log.issuable if isinstance(log.issuable, MergeRequest) else None,
        _REQUEST,
    ),
    "note": Known(lambda asked, log, given: log.note, _NOTE),
}
_NOTE.fields = {
    "id": _gid("Note"),
    "body": _plain("body"),
    "author": Known(lambda asked, note, given: note.author, _USER),
    "createdAt": _stamp("created_at"),
}
_PAYLOAD: Final = {
    "timelog": Known(lambda asked, value, given: value["timelog"], _TIMELOG),
    "errors": Known(lambda asked, value, given: value["errors"]),
    "clientMutationId": Known(lambda asked, value, given: None),
}
MUTATION.fields = {
    "timelogCreate": Known(_create, Kind("TimelogCreatePayload", _PAYLOAD), frozenset({"input"})),
    "timelogDelete": Known(_delete, Kind("TimelogDeletePayload", _PAYLOAD), frozenset({"input"})),
}
