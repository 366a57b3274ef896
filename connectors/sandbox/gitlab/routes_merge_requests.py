"""Merge requests, and their ties with issues; links between issues."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from connectors.sandbox.gitlab import stamps
from connectors.sandbox.gitlab.answers import message, not_found, shown
from connectors.sandbox.gitlab.call import Call
from connectors.sandbox.gitlab.entities import Json, Shown
from connectors.sandbox.gitlab.params import (
    Param,
    boolean,
    instant,
    integer,
    integers,
    number_in,
    text,
    words,
)
from connectors.sandbox.gitlab.records import Issue, IssueLink, MergeRequest
from connectors.sandbox.gitlab.routing import Routes

routes = Routes()
ISSUE = "/projects/:id/issues/:issue_iid"
_FILTERS = (
    Param("state", text, default="all", values=("opened", "closed", "locked", "merged", "all")),
    Param("labels", words),
    Param("iids", integers),
    Param("author_id", integer),
    Param("created_after", instant),
    Param("updated_after", instant),
    Param("updated_before", instant),
    Param("scope", text),
    Param("order_by", text, default="created_at", values=("created_at", "updated_at", "title")),
    Param("sort", text, default="desc", values=("asc", "desc")),
    Param("with_labels_details", boolean, default=False),
)


def look(call: Call) -> Shown:
    return Shown(call.site, call.base, call.user)


def _readable(call: Call, requests: Sequence[MergeRequest]) -> list[MergeRequest]:
    return [one for one in requests if call.site.rights.reads(call.user, one)]


def _listed(call: Call, requests: Sequence[MergeRequest]) -> Response:
    taken = call.take(*_FILTERS)
    found = _readable(call, requests)
    if taken["state"] != "all":
        found = [one for one in found if one.state == taken["state"]]
    if taken.get("iids"):
        found = [one for one in found if one.iid in taken["iids"]]
    if taken.get("labels"):
        every = set(taken["labels"])
        found = [one for one in found if every <= {label.name for label in one.labels}]
    if taken.get("author_id") is not None:
        found = [one for one in found if one.author.id == taken["author_id"]]
    if taken.get("created_after"):
        found = [one for one in found if one.created_at >= taken["created_after"]]
    if taken.get("updated_after"):
        found = [one for one in found if one.updated_at >= taken["updated_after"]]
    if taken.get("updated_before"):
        found = [one for one in found if one.updated_at <= taken["updated_before"]]
    found.sort(key=lambda one: -one.id)
    found.sort(key=lambda one: getattr(one, taken["order_by"]), reverse=taken["sort"] == "desc")
    page, headers = call.page(found, taken)
    details = bool(taken["with_labels_details"])
    show = look(call)
    return shown([show.merge_request(one, details=details) for one in page], headers=headers)


@routes.on("GET", "/projects/:id/merge_requests")
def project_requests(call: Call) -> Response:
    return _listed(call, list(call.project().merge_requests.values()))


@routes.on("GET", "/groups/:id/merge_requests")
def group_requests(call: Call) -> Response:
    group = call.group()
    every = call.site.world.merge_requests.values()
    return _listed(call, [one for one in every if one.project.group.within(group)])


@routes.on("GET", "/merge_requests")
def all_requests(call: Call) -> Response:
    user = call.me
    every = list(call.site.world.merge_requests.values())
    if call.given.get("scope") != "all":
        every = [one for one in every if one.author is user]
    return _listed(call, every)


@routes.on("GET", "/projects/:id/merge_requests/:merge_request_iid")
def one_request(call: Call) -> Response:
    return shown(look(call).merge_request(call.merge_request()))


@routes.on("GET", "/projects/:id/merge_requests/:merge_request_iid/closes_issues")
def closes_issues(call: Call) -> Response:
    request = call.merge_request()
    found = [one for one in request.closes if call.site.rights.reads(call.user, one)]
    return call.listed(found, look(call).issue)


@routes.on("GET", "/projects/:id/merge_requests/:merge_request_iid/related_issues")
def related_issues(call: Call) -> Response:
    request = call.merge_request()
    named = list(dict.fromkeys([*request.closes, *request.mentions]))
    found = [one for one in named if call.site.rights.reads(call.user, one)]
    return call.listed(found, look(call).issue)


@routes.on("GET", f"{ISSUE}/related_merge_requests")
def related_requests(call: Call) -> Response:
    """All that close or mention the issue, those of other projects included."""
    found = _readable(call, call.site.closers(call.issue()))
    return call.listed(found, look(call).merge_request)


@routes.on("GET", f"{ISSUE}/closed_by")
def closed_by(call: Call) -> Response:
    """Those that close the issue, of its own project only."""
    issue = call.issue()
    found = [one for one in look(call).closing(issue) if one.project is issue.project]
    return call.listed(_readable(call, found), look(call).merge_request)


# links


def _link(call: Call, link: IssueLink, seen_from: Issue) -> Json:
    other = link.target if link.source is seen_from else link.source
    return {
        **look(call).issue(other),
        "issue_link_id": link.id,
        "link_type": link.kind,
        "link_created_at": stamps.shown(link.created_at),
        "link_updated_at": stamps.shown(link.created_at),
    }


def _both(call: Call, link: IssueLink) -> Json:
    show = look(call)
    return {
        "source_issue": show.issue(link.source),
        "target_issue": show.issue(link.target),
        "link_type": link.kind,
    }


@routes.on("GET", f"{ISSUE}/links")
def links(call: Call) -> Response:
    """Not paged."""
    issue = call.issue()
    found = []
    for link in issue.links:
        other = link.target if link.source is issue else link.source
        if call.site.rights.reads(call.user, other):
            found.append(_link(call, link, issue))
    return shown(found)


@routes.on("POST", f"{ISSUE}/links")
def add_link(call: Call) -> Response:
    user = call.me
    taken = call.take(
        Param("target_project_id", text, required=True),
        Param("target_issue_iid", integer, required=True),
        Param(
            "link_type",
            text,
            default="relates_to",
            values=("relates_to", "blocks", "is_blocked_by") if call.site.paid else ("relates_to",),
        ),
    )
    issue = call.issue()
    world = call.site.world
    key = taken["target_project_id"] or ""
    project = world.projects.get(number_in(key)) or world.project(key)
    target = project.issues.get(taken["target_issue_iid"] or 0) if project else None
    rights = call.site.rights
    if target is None or not rights.reads(user, target):
        not_found("Issue")
    call.require(rights.of_team(user, issue.project))
    if any(target in (link.source, link.target) for link in issue.links):
        raise message(409, "Issue(s) already assigned")
    link = call.site.opening.link(issue, target, user, taken["link_type"])
    return shown(_both(call, link), 201)


@routes.on("GET", f"{ISSUE}/links/:link_id")
def link(call: Call) -> Response:
    return shown(_both(call, _own(call, call.issue())))


@routes.on("DELETE", f"{ISSUE}/links/:link_id")
def delete_link(call: Call) -> Response:
    user, issue = call.me, call.issue()
    found = _own(call, issue)
    call.require(call.site.rights.of_team(user, issue.project))
    answer = shown(_both(call, found))
    call.site.world.forget_link(found)
    return answer


def _own(call: Call, issue: Issue) -> IssueLink:
    key = call.number("link_id")
    for one in issue.links:
        if one.id == key:
            return one
    not_found("IssueLink")
