"""Issues: lists, one, open, change, move, delete."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from starlette.responses import Response

from connectors.sandbox.gitlab.answers import empty, message, not_found, router, shown
from connectors.sandbox.gitlab.call import Call
from connectors.sandbox.gitlab.commands import interpret
from connectors.sandbox.gitlab.entities import Shown
from connectors.sandbox.gitlab.finding import FILTERS, TYPES, find, keyset_order
from connectors.sandbox.gitlab.paging import NO_KEYSET, keyset, offset
from connectors.sandbox.gitlab.params import (
    Param,
    Params,
    at_least_one,
    boolean,
    day,
    instant,
    integer,
    integers,
    text,
    words,
)
from connectors.sandbox.gitlab.records import Issue, Project, Role
from connectors.sandbox.gitlab.routing import Routes
from connectors.sandbox.gitlab.traces import Invalid

routes = Routes()
_FIELDS: Final = (
    Param("description", text),
    Param("assignee_ids", integers),
    Param("assignee_id", integer),
    Param("milestone_id", integer),
    Param("labels", words),
    Param("add_labels", words),
    Param("remove_labels", words),
    Param("due_date", day),
    Param("confidential", boolean),
    Param("discussion_locked", boolean),
    Param("issue_type", text, values=TYPES),
    Param("weight", integer),
)
_CREATE: Final = (
    Param("title", text, required=True),
    Param("created_at", instant),
    Param("iid", integer),
    *_FIELDS,
)
_UPDATE: Final = (
    Param("title", text),
    Param("updated_at", instant),
    Param("state_event", text, values=("reopen", "close")),
    *_FIELDS,
)
_ONE_OF: Final = (
    "assignee_id",
    "assignee_ids",
    "confidential",
    "created_at",
    "description",
    "discussion_locked",
    "due_date",
    "labels",
    "add_labels",
    "remove_labels",
    "milestone_id",
    "state_event",
    "title",
    "issue_type",
    "weight",
)


def look(call: Call) -> Shown:
    return Shown(call.site, call.base, call.user)


def _list(call: Call, place: str, projects: Iterable[Project], *, by_keyset: bool) -> Response:
    taken = call.take(*FILTERS)
    if taken.get("search") is not None and call.user is not None:
        call.site.limits.feature("search", call.user.id)
    if place == "all" and "scope" not in taken:
        taken["scope"] = "created_by_me"
    found = find(call.site, call.user, place, projects, taken)
    asked = call.asked(taken)
    if taken["pagination"] == "keyset":
        if not by_keyset:
            raise router(405, NO_KEYSET)
        column = keyset_order(taken)
        page, headers = keyset(
            found,
            call.given,
            call.url,
            asked,
            lambda one: (_stamp(one, column).isoformat(), one.id),
            after=lambda key: _after(column, taken["sort"], key),
        )
    else:
        wall = "Issue" if by_keyset else ""
        page, headers = offset(found, call.given, call.url, asked, wall=wall)
    details = bool(taken["with_labels_details"])
    show = look(call)
    return shown([show.issue(one, details=details) for one in page], headers=headers)


def _stamp(issue: Issue, column: str) -> datetime:
    return issue.updated_at if column == "updated_at" else issue.created_at


def _after(column: str, sort: str, key: tuple[str, int]) -> Callable[[Issue], bool]:
    stamp, number = datetime.fromisoformat(key[0]), key[1]

    def follows(issue: Issue) -> bool:
        here = _stamp(issue, column)
        if here == stamp:
            return issue.id < number
        return here > stamp if sort == "asc" else here < stamp

    return follows


@routes.on("GET", "/projects/:id/issues")
def project_issues(call: Call) -> Response:
    project = call.project()
    return _list(call, f"p{project.id}", [project], by_keyset=call.site.version.issue_keyset)


@routes.on("GET", "/groups/:id/issues")
def group_issues(call: Call) -> Response:
    """Subgroups included; issues of archived projects only with `non_archived=false`."""
    group = call.group()
    archived = call.take(Param("non_archived", boolean)).get("non_archived") is False
    projects = [one for one in call.site.world.projects_in(group) if archived or not one.archived]
    return _list(call, f"g{group.id}", projects, by_keyset=False)


@routes.on("GET", "/issues")
def all_issues(call: Call) -> Response:
    """Only the user's own unless `scope=all`."""
    if call.given.get("scope") != "all":
        _ = call.me
    return _list(call, "all", call.site.world.projects.values(), by_keyset=False)


@routes.on("GET", "/issues/:key")
def any_issue(call: Call) -> Response:
    """By global id: for administrators."""
    call.require(call.me.admin)
    found = call.site.world.issues.get(call.number("key"))
    if found is None:
        not_found("Issue")
    return shown(look(call).issue(found, single=True))


@routes.on("GET", "/projects/:id/issues/:issue_iid")
def one_issue(call: Call) -> Response:
    return shown(look(call).issue(call.issue(), single=True))


@routes.on("POST", "/projects/:id/issues")
def open_issue(call: Call) -> Response:
    user = call.me
    taken = call.take(*_CREATE)
    call.site.limits.feature("issues", user.id)
    project = call.project()
    site = call.site
    call.require(site.rights.creates(user, project))
    owner = user.admin or site.rights.role(user, project) >= Role.OWNER
    try:
        issue = site.opening.open(
            project,
            user,
            taken["title"] or "",
            taken.get("description"),
            type=taken.get("issue_type") or "issue",
            confidential=bool(taken.get("confidential")),
            at=taken.get("created_at") if owner else None,
        )
        if site.rights.role(user, project) >= Role.GUEST:
            site.changes.furnish(issue, user, _as_update(taken))
        _run_commands(call, issue)
    except Invalid as error:
        raise message(400, error.messages) from None
    return shown(look(call).issue(issue, single=True), 201)


def _run_commands(call: Call, issue: Issue) -> None:
    """Quick actions of a description run too, with the rights of whoever sent it."""
    site = call.site
    if not issue.description:
        return
    read = interpret(issue.description, issue, call.me, site.world, site.rights, site.version)
    if read.seen:
        issue.description = read.text
        site.talk.carry_out(issue, call.me, read, None)


@routes.on("PUT", "/projects/:id/issues/:issue_iid")
def change_issue(call: Call) -> Response:
    user = call.me
    taken = call.take(*_UPDATE)
    at_least_one(taken, _ONE_OF)
    issue = call.issue()
    call.require(call.site.rights.updates(user, issue))
    try:
        before = issue.description
        call.site.changes.update(issue, user, _as_update(taken))
        if issue.description != before:
            _run_commands(call, issue)
    except Invalid as error:
        raise message(400, error.messages) from None
    return shown(look(call).issue(issue, single=True))


def _as_update(taken: Params) -> Params:
    """Parameters of the API in the terms of an update."""
    update = {
        name: value
        for name, value in taken.items()
        if name
        not in ("assignee_id", "created_at", "updated_at", "iid", "due_date", "confidential")
    }
    for name in ("labels", "add_labels", "remove_labels", "assignee_ids"):
        if name in update and update[name] is None:
            update[name] = []
    if "assignee_id" in taken and "assignee_ids" not in taken:
        update["assignee_ids"] = [taken["assignee_id"]] if taken["assignee_id"] else []
    if "due_date" in taken:
        due = taken["due_date"]
        update["due_date"] = due.isoformat() if due else None
    if taken.get("confidential") is not None:
        update["confidential"] = taken["confidential"]
    if update.get("issue_type", "") is None:
        del update["issue_type"]
    return update


@routes.on("POST", "/projects/:id/issues/:issue_iid/move")
def move_issue(call: Call) -> Response:
    user = call.me
    taken = call.take(Param("to_project_id", integer, required=True))
    issue = call.issue()
    target = call.site.world.projects.get(taken["to_project_id"] or 0)
    if target is None or not call.site.rights.sees(user, target):
        not_found("Project")
    rights = call.site.rights
    if not rights.tends(user, issue) or not rights.of_team(user, target):
        raise message(400, "Cannot move issue due to insufficient permissions!")
    if target is issue.project:
        raise message(400, "Cannot move issue to project it originates from!")
    copy = call.site.opening.move(issue, user, target)
    return shown(look(call).issue(copy, single=True), 201)


@routes.on("DELETE", "/projects/:id/issues/:issue_iid")
def delete_issue(call: Call) -> Response:
    user = call.me
    issue = call.issue()
    call.require(call.site.rights.deletes(user, issue))
    del issue.project.issues[issue.iid]
    call.site.world.forget_issue(issue)
    return empty()


@routes.on("PUT", "/projects/:id/issues/:issue_iid/reorder")
def reorder(call: Call) -> Response:
    issue = call.issue()
    call.require(call.site.rights.tends(call.me, issue))
    taken = call.take(Param("move_after_id", integer), Param("move_before_id", integer))
    at_least_one(taken, ("move_after_id", "move_before_id"))
    return shown(look(call).issue(issue, single=True))


@routes.on("POST", "/projects/:id/issues/:issue_iid/subscribe")
def subscribe(call: Call) -> Response:
    user, issue = call.me, call.issue()
    if user.id in issue.subscribers:
        return Response(status_code=304)
    issue.subscribers.add(user.id)
    return shown(look(call).issue(issue, single=True), 201)


@routes.on("POST", "/projects/:id/issues/:issue_iid/unsubscribe")
def unsubscribe(call: Call) -> Response:
    user, issue = call.me, call.issue()
    if user.id not in issue.subscribers:
        return Response(status_code=304)
    issue.subscribers.discard(user.id)
    return shown(look(call).issue(issue, single=True), 201)


@routes.on("GET", "/projects/:id/issues/:issue_iid/participants")
def participants(call: Call) -> Response:
    issue = call.issue()
    people = [issue.author, *issue.assignees]
    people += [note.author for note in issue.notes if not note.system]
    return call.listed(list(dict.fromkeys(people)), look(call).user)


@routes.on("GET", "/projects/:id/issues/:issue_iid/user_agent_detail")
def user_agent_detail(call: Call) -> Response:
    call.require(call.me.admin)
    not_found("UserAgentDetail")


@routes.on("POST", "/projects/:id/issues/:issue_iid/todo")
def todo(call: Call) -> Response:
    user, issue = call.me, call.issue()
    show = look(call)
    return shown(
        {
            "id": call.site.world.next_id("todo"),
            "project": show.project(issue.project),
            "author": show.user(user),
            "action_name": "marked",
            "target_type": "Issue",
            "target": show.issue(issue),
            "body": issue.title,
            "state": "pending",
        },
        201,
    )


def _counts(call: Call, place: str, projects: Iterable[Project]) -> Response:
    taken = {**call.take(*FILTERS), "state": "all"}
    found = find(call.site, call.user, place, projects, taken)
    opened = sum(1 for one in found if one.state == "opened")
    counts = {"all": len(found), "closed": len(found) - opened, "opened": opened}
    return shown({"statistics": {"counts": counts}})


@routes.on("GET", "/projects/:id/issues_statistics")
def project_counts(call: Call) -> Response:
    project = call.project()
    return _counts(call, f"p{project.id}", [project])


@routes.on("GET", "/groups/:id/issues_statistics")
def group_counts(call: Call) -> Response:
    group = call.group()
    projects = [one for one in call.site.world.projects_in(group) if not one.archived]
    return _counts(call, f"g{group.id}", projects)
