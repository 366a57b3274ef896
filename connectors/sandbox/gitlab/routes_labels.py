"""Labels and milestones of projects and groups."""

from __future__ import annotations

import re
from typing import Final

from starlette.responses import Response

from connectors.sandbox.gitlab.answers import empty, message, not_found, router, shown
from connectors.sandbox.gitlab.call import Call
from connectors.sandbox.gitlab.entities import Shown
from connectors.sandbox.gitlab.params import Param, boolean, integer, text
from connectors.sandbox.gitlab.records import Group, Label, Project
from connectors.sandbox.gitlab.routing import Routes

routes = Routes()
_COLOR: Final = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}|[a-z]+")
_BOTH: Final = ("/projects/:id/labels", "/groups/:id/labels")
_ONE: Final = tuple(f"{path}/:key" for path in _BOTH)


def look(call: Call) -> Shown:
    return Shown(call.site, call.base, call.user)


def _place(call: Call) -> Project | Group:
    return call.group() if "/groups/" in call.raw_path else call.project()


def _label(call: Call, place: Project | Group) -> Label:
    """By id or by name; the older form of the route has the name among the parameters."""
    key = call.path.get("key")
    if key is None:
        taken = call.take(Param("label_id", integer), Param("name", text))
        if not taken:
            raise router(400, "label_id, name are missing, exactly one parameter must be provided")
        key = str(taken.get("label_id") or taken.get("name"))
    for label in call.site.world.labels_for(place):
        if label.name == key or str(label.id) == key:
            return label
    not_found("Label")


def _owned(call: Call, place: Project | Group) -> Label:
    """A label of this very place, for those who may change it."""
    call.require(call.site.rights.of_team(call.me, place))
    label = _label(call, place)
    if label.owner is not place:
        not_found("Label")
    return label


@routes.on("GET", *_BOTH)
def labels(call: Call) -> Response:
    place = _place(call)
    taken = call.take(
        Param("with_counts", boolean, default=False),
        Param("include_ancestor_groups", boolean, default=True),
        Param("search", text),
    )
    found = call.site.world.labels_for(place)
    if not taken["include_ancestor_groups"]:
        found = [one for one in found if one.owner is place]
    if taken.get("search"):
        found = [one for one in found if taken["search"].lower() in one.name.lower()]
    show = look(call)
    return call.listed(found, lambda one: show.full_label(one, bool(taken["with_counts"])))


@routes.on("GET", *_ONE)
def label(call: Call) -> Response:
    return shown(look(call).full_label(_label(call, _place(call)), counts=True))


@routes.on("POST", *_BOTH)
def add_label(call: Call) -> Response:
    user = call.me
    taken = call.take(
        Param("name", text, required=True),
        Param("color", text, required=True),
        Param("description", text),
    )
    place = _place(call)
    call.require(call.site.rights.of_team(user, place))
    name = (taken["name"] or "").strip()
    if any(one.name == name for one in call.site.world.labels_for(place)):
        raise message(409, "Label already exists")
    _check(name, taken["color"])
    made = call.site.world.add_label(place, name, taken["color"], taken.get("description"))
    return shown(look(call).full_label(made, counts=True), 201)


def _check(name: str, color: str | None) -> None:
    wrong = {}
    if not name:
        wrong["title"] = ["can't be blank", "is invalid"]
    elif "," in name:
        wrong["title"] = ["is invalid"]
    if not _COLOR.fullmatch(color or ""):
        wrong["color"] = ["must be a valid color code"]
    if wrong:
        raise message(400, wrong)


@routes.on("PUT", *_BOTH, *_ONE)
def change_label(call: Call) -> Response:
    _ = call.me
    taken = call.take(Param("new_name", text), Param("color", text), Param("description", text))
    if not taken:
        raise router(
            400,
            "new_name, color, description, priority, archived are missing, at least one parameter "
            "must be provided",
        )
    found = _owned(call, _place(call))
    name = (taken.get("new_name") or found.name).strip()
    color = taken.get("color") or found.color
    _check(name, color)
    found.name, found.color = name, color
    found.description = taken.get("description", found.description)
    call.site.world.changed()
    return shown(look(call).full_label(found, counts=True))


@routes.on("DELETE", *_BOTH, *_ONE)
def delete_label(call: Call) -> Response:
    _ = call.me
    call.site.forget_label(_owned(call, _place(call)))
    return empty()


@routes.on("GET", "/projects/:id/milestones")
def milestones(call: Call) -> Response:
    place = call.project()
    taken = call.take(
        Param("state", text, values=("active", "closed")),
        Param("title", text),
        Param("include_ancestors", boolean, default=False),
    )
    found = call.site.world.milestones_for(place)
    if not taken["include_ancestors"]:
        found = [one for one in found if one.owner is place]
    for name in ("state", "title"):
        if taken.get(name):
            found = [one for one in found if getattr(one, name) == taken[name]]
    return call.listed(sorted(found, key=lambda one: -one.id), look(call).milestone)
