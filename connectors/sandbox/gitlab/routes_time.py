"""Time tracking of issues and merge requests."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from connectors.sandbox.gitlab import durations
from connectors.sandbox.gitlab.answers import message, shown
from connectors.sandbox.gitlab.call import Call
from connectors.sandbox.gitlab.entities import Shown
from connectors.sandbox.gitlab.params import Param, text
from connectors.sandbox.gitlab.routing import Routes
from connectors.sandbox.gitlab.traces import Invalid

routes = Routes()
_PLACES = (
    "/projects/:id/issues/:issue_iid",
    "/projects/:id/merge_requests/:merge_request_iid",
)
_DURATION = Param("duration", text, required=True)


def _paths(name: str) -> tuple[str, ...]:
    return tuple(f"{place}/{name}" for place in _PLACES)


def _change(call: Call, update: dict[str, Any], status: int) -> Response:
    """Unlike other metadata, time of somebody without the role is refused, not dropped."""
    issuable = call.issuable()
    call.require(call.site.rights.tends(call.me, issuable))
    try:
        call.site.changes.update(issuable, call.me, update)
    except Invalid as error:
        raise message(400, error.messages) from None
    return shown(Shown(call.site, call.base, call.user).time_stats(issuable), status)


@routes.on("GET", *_paths("time_stats"))
def time_stats(call: Call) -> Response:
    return shown(Shown(call.site, call.base, call.user).time_stats(call.issuable()))


@routes.on("POST", *_paths("time_estimate"))
def set_estimate(call: Call) -> Response:
    _ = call.me
    duration = call.take(_DURATION)["duration"] or ""
    return _change(call, {"time_estimate": durations.read(duration)}, 200)


@routes.on("POST", *_paths("reset_time_estimate"))
def reset_estimate(call: Call) -> Response:
    _ = call.me
    return _change(call, {"time_estimate": 0}, 200)


@routes.on("POST", *_paths("add_spent_time"))
def add_spent(call: Call) -> Response:
    """There is no `spent_at` here: the entry is dated now."""
    user = call.me
    taken = call.take(_DURATION, Param("summary", text))
    spent = {
        "duration": durations.read(taken["duration"] or ""),
        "summary": taken.get("summary"),
        "user_id": user.id,
    }
    return _change(call, {"spend_time": spent}, 201)


@routes.on("POST", *_paths("reset_spent_time"))
def reset_spent(call: Call) -> Response:
    user = call.me
    return _change(call, {"spend_time": {"duration": "reset", "user_id": user.id}}, 200)
