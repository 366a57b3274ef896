"""Endpoints of the change feed: a project's, a story's, one's own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from connectors.sandbox.pivotal.calls import PAGING, Answer, Call, Endpoint
from connectors.sandbox.pivotal.flavour import Flavour
from connectors.sandbox.pivotal.parameters import Check, moment, one_of, query_natural
from connectors.sandbox.pivotal.world import Activity, Project


def activity_endpoints(flavour: Flavour) -> list[Endpoint]:
    """The feeds that an installation has."""
    query: dict[str, Check] = {
        **PAGING,
        "occurred_after": moment,
        "occurred_before": moment,
        "sort_order": one_of(("asc", "desc")),
    }
    if flavour.since_version:
        query["since_version"] = query_natural
    return [
        Endpoint("GET", "/projects/{project}/activity", _of_project, query),
        Endpoint("GET", "/projects/{project}/stories/{story}/activity", _of_story, query),
        Endpoint("GET", "/stories/{story}/activity", _of_story, query),
        Endpoint("GET", "/my/activity", _mine, query),
    ]


def _of_project(call: Call) -> Answer:
    project = call.project()
    return _feed(call, project.activities, project)


def _of_story(call: Call) -> Answer:
    project, story = call.story()
    own = [each for each in project.activities if story.id in each.stories]
    return _feed(call, own, project)


def _mine(call: Call) -> Answer:
    projects = [
        each for each in call.world.projects.values()
        if call.person.id in each.members and each.api and not each.deleted
    ]  # fmt: skip
    found = [each for project in projects for each in project.activities]
    return _feed(call, sorted(found, key=lambda each: (each.at, each.version)), None)


def _feed(call: Call, activities: Iterable[Activity], project: Project | None) -> Answer:
    """What happened, newest first unless asked otherwise, as far back as the service keeps it."""
    query = call.query
    found = list(activities)
    days = call.flavour.retention_days
    if days is not None:
        oldest = call.editor.now() - timedelta(days=days)
        found = [each for each in found if each.at >= oldest]
    if "since_version" in query:
        found = [each for each in found if each.version > query["since_version"]]
    if "occurred_after" in query:
        found = [each for each in found if each.at > query["occurred_after"]]
    if "occurred_before" in query:
        found = [each for each in found if each.at < query["occurred_before"]]
    if query.get("sort_order", "desc") == "desc":
        found.reverse()
    return call.paged(call.resources.activity, found, project)
