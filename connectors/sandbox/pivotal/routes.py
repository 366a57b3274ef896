"""Endpoints around projects and people, and the table of all endpoints."""

from __future__ import annotations

from urllib.parse import parse_qsl

from connectors.sandbox.pivotal.calls import Answer, Call, Endpoint, Switchboard
from connectors.sandbox.pivotal.errors import TrackerError, invalid, no_route, unfound
from connectors.sandbox.pivotal.flavour import Flavour
from connectors.sandbox.pivotal.parameters import query_text, text
from connectors.sandbox.pivotal.resources import by_name
from connectors.sandbox.pivotal.routes_activity import activity_endpoints
from connectors.sandbox.pivotal.routes_comments import comment_endpoints
from connectors.sandbox.pivotal.routes_stories import story_endpoints

PREFIX = "/services/v5"
AGGREGATED = 15
"""Requests that one call of the aggregator takes (found by trial, documented nowhere)."""


def endpoints(flavour: Flavour) -> list[Endpoint]:
    """All endpoints of an installation."""
    return [
        Endpoint("GET", "/me", _me),
        Endpoint("GET", "/projects", _projects),
        Endpoint("GET", "/projects/{project}", _project),
        Endpoint("GET", "/projects/{project}/memberships", _memberships, {"sort_by": query_text}),
        Endpoint("GET", "/projects/{project}/labels", _labels),
        Endpoint(
            "POST", "/projects/{project}/labels", _add_label,
            body={"name": text(255, blank=False)}, needs=("name",),
        ),
        Endpoint("GET", "/projects/{project}/labels/{label}", _label),
        *story_endpoints(flavour),
        *comment_endpoints(flavour),
        *activity_endpoints(flavour),
    ]  # fmt: skip


def _me(call: Call) -> Answer:
    return Answer(call.resources.me(call.person))


def _projects(call: Call) -> Answer:
    mine = [
        each for each in call.world.projects.values()
        if call.person.id in each.members and each.api and not each.deleted
    ]  # fmt: skip
    return call.all(call.resources.project, mine, None)


def _project(call: Call) -> Answer:
    project = call.project()
    return call.one(call.resources.project, project, project)


def _memberships(call: Call) -> Answer:
    project = call.project()
    people = call.world.people
    members = sorted(project.members.values(), key=lambda each: each.id)
    if call.query.get("sort_by") == "name":
        members.sort(key=lambda each: people[each.person].name)
    return call.all(call.resources.membership, members, project)


def _labels(call: Call) -> Answer:
    project = call.project()
    return call.all(call.resources.label, by_name(project), project)


def _label(call: Call) -> Answer:
    project, number = call.project(), call.number("label")
    if number not in project.labels:
        raise unfound()
    return call.one(call.resources.label, project.labels[number], project)


def _add_label(call: Call) -> Answer:
    project = call.project()
    call.editor.may_write(project, call.person.id)
    known = set(project.labels)
    label = call.editor.label(project, call.body["name"])
    if label.id in known:
        raise invalid("Name has already been taken", fields=[("name", "has already been taken")])
    value = call.resources.label.one(label)
    change = {"kind": "label", "change_type": "create", "id": label.id, "new_values": value}
    call.editor.tell(
        project, call.person.id, "label_create_activity", ("created", f'label "{label.name}"'),
        [change],
    )  # fmt: skip
    return call.one(call.resources.label, label, project)


def aggregator(board: Switchboard) -> Endpoint:
    """Several GETs in one POST: a list of paths in, an object by path out."""

    def run(call: Call) -> Answer:
        if not call.items or len(call.items) > AGGREGATED:
            raise invalid(f"the aggregator takes 1 to {AGGREGATED} requests")
        found = {}
        for item in call.items:
            if not isinstance(item, str):
                raise invalid("the aggregator takes a List[string]")
            path, _, query = item.partition("?")
            try:
                if path.rstrip("/").endswith("/aggregator"):
                    raise no_route()
                parameters = dict(parse_qsl(query, keep_blank_values=True))
                answer = board.run("GET", path, parameters, call.person.token, b"", "")
                found[item] = answer.value
            except TrackerError as error:
                found[item] = error.body
        return Answer(found)

    return Endpoint("POST", "/aggregator", run, listed=True)
