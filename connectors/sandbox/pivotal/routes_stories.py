"""Endpoints of stories: lists, bulk, search, and one story with its parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from connectors.sandbox.pivotal import hanging
from connectors.sandbox.pivotal.calls import PAGING, Answer, Call, Endpoint
from connectors.sandbox.pivotal.errors import GatewayTimeout, TrackerError, invalid, unfound
from connectors.sandbox.pivotal.flavour import Flavour
from connectors.sandbox.pivotal.parameters import (
    Check,
    boolean,
    integer,
    integers,
    maybe,
    moment,
    number,
    one_of,
    query_integer,
    query_integers,
    query_text,
    resource,
    resources,
    text,
)
from connectors.sandbox.pivotal.searching import Search, clauses
from connectors.sandbox.pivotal.world import PRIORITIES, STATES, TYPES, Project, Story

BULK: Final = 500
_WITH_FILTER: Final = frozenset({"filter", "limit", "offset", "date_format", "envelope", "token"})
_DATES: Final = ("accepted", "created", "updated", "deadline")
_WORDS: Final = {
    "with_state": "state",
    "with_story_type": "kind",
    "with_story_priority": "priority",
}
Test = Callable[[Story], bool]


def story_endpoints(flavour: Flavour) -> list[Endpoint]:
    """The endpoints of stories that an installation has."""
    stories, story = "/projects/{project}/stories", "/projects/{project}/stories/{story}"
    creating = _story_body(flavour)
    changing = {**creating, "project_id": integer}
    del changing["created_at"], changing["comments"], changing["tasks"]
    label: Mapping[str, Check] = {"id": integer, "name": text(255, blank=False)}
    return [
        Endpoint("GET", stories, _list, _list_query(flavour)),
        Endpoint("POST", stories, _create, body=creating, needs=("name",)),
        Endpoint("GET", stories + "/bulk", _bulk, {"ids": query_integers(BULK)}),
        Endpoint("GET", story, _show),
        Endpoint("GET", "/stories/{story}", _show),
        Endpoint("PUT", story, _change, body=changing),
        Endpoint("PUT", "/stories/{story}", _change, body=changing),
        Endpoint("DELETE", story, _delete),
        Endpoint("DELETE", "/stories/{story}", _delete),
        Endpoint("GET", story + "/owners", _owners),
        Endpoint("GET", story + "/tasks", _parts("tasks", "task")),
        Endpoint("GET", story + "/blockers", _parts("blockers", "blocker")),
        Endpoint("POST", story + "/blockers", _block, body={"description": text(1000, blank=False)},
                 needs=("description",)),
        Endpoint("PUT", story + "/blockers/{blocker}", _unblock, body={"resolved": boolean}),
        Endpoint("GET", story + "/reviews", _parts("reviews", "review")),
        Endpoint("GET", story + "/transitions", _transitions, PAGING),
        Endpoint("GET", story + "/labels", _labels),
        Endpoint(
            "POST", story + "/labels", _add_label,
            body={"label": resource(label)} if flavour.label_wrapped else label,
        ),
        Endpoint("DELETE", story + "/labels/{label}", _remove_label),
        Endpoint("GET", "/projects/{project}/search", _search, {"query": query_text}),
    ]  # fmt: skip


def _list_query(flavour: Flavour) -> dict[str, Check]:
    dates = [name for name in _DATES if name != "updated" or flavour.updated_filters]
    known: dict[str, Check] = {
        **PAGING,
        "filter": query_text,
        "with_label": query_text,
        "with_story_type": one_of(TYPES),
        "with_state": one_of(STATES),
        "after_story_id": query_integer,
        "before_story_id": query_integer,
        **{f"{name}_{side}": moment for name in dates for side in ("after", "before")},
    }
    if flavour.story_priority:
        known["with_story_priority"] = one_of(PRIORITIES)
    return known


def _story_body(flavour: Flavour) -> dict[str, Check]:
    label = {
        "id": integer, "name": text(255, blank=False), "kind": text(20), "project_id": integer,
        "created_at": moment, "updated_at": moment,
    }  # fmt: skip
    known: dict[str, Check] = {
        "name": text(5000, blank=False),
        "description": maybe(text(20000)),
        "story_type": one_of(TYPES),
        "current_state": one_of(STATES),
        "estimate": maybe(number),
        "accepted_at": moment,
        "deadline": maybe(moment),
        "requested_by_id": integer,
        "owned_by_id": maybe(integer),
        "owner_ids": integers,
        "labels": resources(label),
        "label_ids": integers,
        "follower_ids": integers,
        "comments": resources({"text": text(20000, blank=False)}),
        "tasks": resources({"description": text(1000, blank=False), "complete": boolean}),
        "created_at": moment,
        "before_id": maybe(integer),
        "after_id": maybe(integer),
        "group": one_of(("scheduled", "unscheduled", "current")),
        "integration_id": maybe(integer),
        "external_id": maybe(text(255)),
    }
    if flavour.story_priority:
        known["story_priority"] = one_of(PRIORITIES)
    return known


# -- lists -------------------------------------------------------------------------------------


def _list(call: Call) -> Answer:
    project = call.project()
    if "filter" in call.query:
        found = _filtered(call, project)
    else:
        found = project.in_order()
        for test in _selection(call.query, project):
            found = [story for story in found if test(story)]
        found = _between(call, found)
    return call.paged(call.resources.story_in_list, found, project)


def _filtered(call: Call, project: Project) -> list[Story]:
    allowed = _WITH_FILTER | ({"fields"} if call.flavour.filter_takes_fields else set())
    query = call.query["filter"]
    wall = call.flavour.filter_wall
    if wall is not None and len(project.stories) >= wall:
        raise GatewayTimeout
    search = Search(call.world, project, call.person, call.editor.now())
    if call.flavour.one_clause_filter:
        terms = clauses(query)
        if len(terms) > 1:
            return []
        known = terms and terms[0].lstrip("-").split(":")[0] in ("state", "type", "label")
        return search.run(query + " includedone:true") if known else project.in_order()
    for name in call.query:
        if name not in allowed:
            raise invalid(f"the parameter 'filter' cannot be combined with: {name}")
    return search.run(query)


def _selection(query: Mapping[str, Any], project: Project) -> list[Test]:
    """What the query asks of a story: one test for each of its parameters."""
    tests: list[Test] = []
    for name, attribute in _WORDS.items():
        if name in query:
            tests.append(_has(attribute, query[name]))
    if "with_label" in query:
        tests.append(_labelled(project, query["with_label"].lower()))
    for name in _DATES:
        attribute = name if name == "deadline" else f"{name}_at"
        if (after := query.get(f"{name}_after")) is not None:
            tests.append(_since(attribute, after, 1))
        if (before := query.get(f"{name}_before")) is not None:
            tests.append(_since(attribute, before, -1))
    return tests


def _has(attribute: str, word: str) -> Test:
    return lambda story: bool(getattr(story, attribute) == word)


def _labelled(project: Project, name: str) -> Test:
    return lambda story: any(project.labels[each].name == name for each in story.labels)


def _since(attribute: str, moment: datetime, side: int) -> Test:
    def test(story: Story) -> bool:
        at: datetime | None = getattr(story, attribute)
        return at is not None and (at > moment if side > 0 else at < moment)

    return test


def _between(call: Call, found: list[Story]) -> list[Story]:
    after, before = call.query.get("after_story_id"), call.query.get("before_story_id")
    if after is None and before is None:
        return found
    places = {story.id: place for place, story in enumerate(found)}
    for wanted in (after, before):
        if wanted is not None and wanted not in places:
            raise invalid(f"no story in this list has the id {wanted}")
    end = len(found) if before is None else places[before]
    return found[0 if after is None else places[after] + 1 : end]


def _bulk(call: Call) -> Answer:
    project = call.project()
    if "ids" not in call.query:
        raise invalid("this endpoint requires the parameter: ids")
    found = [project.stories[each] for each in call.query["ids"] if each in project.stories]
    return call.all(call.resources.story, found, project)


def _search(call: Call) -> Answer:
    project = call.project()
    if "query" not in call.query:
        raise invalid("this endpoint requires the parameter: query")
    search = Search(call.world, project, call.person, call.editor.now())
    found = search.run(call.query["query"])
    everything = search.run(call.query["query"] + " includedone:true")
    accepted = [story for story in found if story.state == "accepted"]
    stories = {
        "stories": call.resources.story.many(found),
        "total_points": sum(story.estimate or 0 for story in found),
        "total_points_completed": sum(story.estimate or 0 for story in accepted),
        "total_hits": len(found),
        "total_hits_with_done": len(everything),
    }
    epics = {"epics": [], "total_hits": 0}
    return Answer({"stories": stories, "epics": epics, "query": call.query["query"]}, project)


# -- one story ---------------------------------------------------------------------------------


def _show(call: Call) -> Answer:
    project, story = call.story()
    return call.one(call.resources.story, story, project)


def _create(call: Call) -> Answer:
    project = call.project()
    given = dict(call.body)
    if call.flavour.post_ignores_owners:
        given = {name: given[name] for name in given if name not in ("owner_ids", "owned_by_id")}
    story = call.editor.create(project, call.person.id, given)
    for task in given.get("tasks", ()):
        hanging.add_task(
            call.editor, story, call.person.id, task.get("description", ""),
            task.get("complete", False),
        )  # fmt: skip
    for comment in given.get("comments", ()):
        hanging.add_comment(call.editor, story, call.person.id, comment.get("text", ""))
    _place(project, story, given)
    return call.one(call.resources.story, story, project)


def _change(call: Call) -> Answer:
    project, story = call.story()
    given = dict(call.body)
    target = given.pop("project_id", story.project)
    heavy = call.flavour.heavy_story
    if "labels" in given and heavy is not None and len(story.comments) >= heavy:
        del given["labels"]
        call.editor.update(story, call.person.id, given)
        raise TrackerError(500, "unhandled_condition", "An unexpected condition occurred.")
    if target != story.project:
        if target not in call.world.projects:
            raise invalid(f"'project_id' names no project: {target}")
        project = call.readable(call.world.projects[target])
        call.editor.move(story, project, call.person.id)
    call.editor.update(story, call.person.id, given)
    _place(project, story, given)
    return call.one(call.resources.story, story, project)


def _place(project: Project, story: Story, given: Mapping[str, Any]) -> None:
    """Put a story before or after another, which others then make room for."""
    before, after = given.get("before_id"), given.get("after_id")
    if before is None and after is None:
        return
    ordered = [each for each in project.in_order() if each is not story]
    ids = [each.id for each in ordered]
    beside = before if before is not None else after
    if beside not in ids:
        raise invalid(f"no story of this project has the id {beside}")
    ordered.insert(ids.index(beside) + (before is None), story)
    for position, each in enumerate(ordered):
        each.position = position
    project.top, project.bottom, project.ordered = 0, len(ordered), None


def _delete(call: Call) -> Answer:
    project, story = call.story()
    call.editor.delete(story, call.person.id)
    return Answer(None, project)


def _owners(call: Call) -> Answer:
    project, story = call.story()
    people = [call.world.people[each] for each in story.owners]
    return call.all(call.resources.story.nested["owners"][1], people, project)


def _parts(name: str, kind: str) -> Any:
    def run(call: Call) -> Answer:
        project, story = call.story()
        return call.all(getattr(call.resources, kind), getattr(story, name), project)

    return run


def _transitions(call: Call) -> Answer:
    project, story = call.story()
    found = [(story, each) for each in story.transitions]
    return call.paged(call.resources.transition, found, project)


def _block(call: Call) -> Answer:
    project, story = call.story()
    blocker = hanging.add_blocker(call.editor, story, call.person.id, call.body["description"])
    return call.one(call.resources.blocker, blocker, project)


def _unblock(call: Call) -> Answer:
    project, story = call.story()
    number_of_it = call.number("blocker")
    blocker = next((each for each in story.blockers if each.id == number_of_it), None)
    if blocker is None:
        raise unfound()
    resolved = call.body.get("resolved", blocker.resolved)
    hanging.settle_blocker(call.editor, story, call.person.id, blocker, resolved)
    return call.one(call.resources.blocker, blocker, project)


def _labels(call: Call) -> Answer:
    project, story = call.story()
    return call.all(call.resources.label, [project.labels[each] for each in story.labels], project)


def _add_label(call: Call) -> Answer:
    project, story = call.story()
    given = call.body.get("label", {}) if call.flavour.label_wrapped else dict(call.body)
    label = hanging.add_label(call.editor, story, call.person.id, given)
    return call.one(call.resources.label, label, project)


def _remove_label(call: Call) -> Answer:
    project, story = call.story()
    label = call.number("label")
    if label not in story.labels:
        raise unfound()
    hanging.remove_label(call.editor, story, call.person.id, label)
    return Answer(None, project)
