"""What happened: label, state and milestone events of one issue, and the feed of a project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from connectors.sandbox.gitlab.answers import message, router, shown
from connectors.sandbox.gitlab.call import Call
from connectors.sandbox.gitlab.entities import Shown
from connectors.sandbox.gitlab.params import Param, day, text
from connectors.sandbox.gitlab.records import Event, Issuable
from connectors.sandbox.gitlab.routing import Routes

routes = Routes()
_PLACES = (
    "/projects/:id/issues/:issue_iid",
    "/projects/:id/merge_requests/:merge_request_iid",
)
_KINDS = {
    "resource_label_events": ("label_events", "label_event"),
    "resource_state_events": ("state_events", "state_event"),
    "resource_milestone_events": ("milestone_events", "milestone_event"),
}


def look(call: Call) -> Shown:
    return Shown(call.site, call.base, call.user)


def _rows(call: Call, issuable: Issuable) -> tuple[Sequence[Any], str]:
    name = next(part for part in call.raw_path.split("/") if part in _KINDS)
    records, how = _KINDS[name]
    return getattr(issuable, records), how


@routes.on("GET", *(f"{place}/{kind}" for place in _PLACES for kind in _KINDS))
def resource_events(call: Call) -> Response:
    issuable = call.issuable()
    rows, how = _rows(call, issuable)
    show = getattr(look(call), how)
    return call.listed(rows, lambda row: show(row, issuable))


@routes.on("GET", *(f"{place}/{kind}/:event_id" for place in _PLACES for kind in _KINDS))
def resource_event(call: Call) -> Response:
    issuable = call.issuable()
    rows, how = _rows(call, issuable)
    key = call.number("event_id")
    for row in rows:
        if row.id == key:
            return shown(getattr(look(call), how)(row, issuable))
    raise message(404, "404 Not found")


@routes.on(
    "GET",
    *(f"{_PLACES[0]}/resource_{kind}_events" for kind in ("weight", "iteration")),
)
def paid_events(call: Call) -> Response:
    """Weights and iterations: on paid tiers only, and here nobody gives any by event."""
    call.issue()
    if not call.site.paid:
        raise router(404, "404 Not Found")
    return call.listed([], look(call).state_event)


_FILTERS = (
    Param("action", text),
    Param("target_type", text),
    Param("before", day),
    Param("after", day),
    Param("sort", text, default="desc", values=("asc", "desc")),
)


def _feed(call: Call, events: Sequence[Event]) -> Response:
    """`before` and `after` are whole days, and both days themselves are left out."""
    taken = call.take(*_FILTERS)
    found = list(events)
    if taken.get("action"):
        verb = {"created": "opened", "commented": "commented on"}.get(
            taken["action"], taken["action"]
        )
        found = [one for one in found if one.action == verb]
    if taken.get("target_type"):
        kind = taken["target_type"].replace("_", "").lower()
        found = [one for one in found if (one.target_type or "").lower() == kind]
    if taken.get("before"):
        found = [one for one in found if one.created_at.date() < taken["before"]]
    if taken.get("after"):
        found = [one for one in found if one.created_at.date() > taken["after"]]
    sees = call.site.rights.sees
    found = [one for one in found if sees(call.user, one.project) and _reads(call, one)]
    found.sort(key=lambda one: one.id, reverse=taken["sort"] == "desc")
    return call.listed(found, look(call).event)


def _reads(call: Call, event: Event) -> bool:
    rights = call.site.rights
    if event.note is not None:
        return rights.reads(call.user, event.note.issuable) and rights.reads_note(
            call.user, event.note
        )
    issuable = _issuable(call, event)
    return issuable is None or rights.reads(call.user, issuable)


def _issuable(call: Call, event: Event) -> Issuable | None:
    if event.target_type == "Issue":
        return call.site.world.issues.get(event.target_id or 0)
    if event.target_type == "MergeRequest":
        return call.site.world.merge_requests.get(event.target_id or 0)
    return None


@routes.on("GET", "/projects/:id/events")
def project_events(call: Call) -> Response:
    project = call.project()
    return _feed(call, [one for one in call.site.world.events if one.project is project])


@routes.on("GET", "/events")
def own_events(call: Call) -> Response:
    user = call.me
    return _feed(call, [one for one in call.site.world.events if one.author is user])
