"""The endpoints, each as Redmine 5.0 answers a non-administrator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from connectors.sandbox.core import json_answer
from connectors.sandbox.redmine import query, shapes
from connectors.sandbox.redmine.door import Call, Endpoint, Refused
from connectors.sandbox.redmine.world import Issue, Project, TimeEntry


def endpoints() -> list[Endpoint]:
    """All that there is."""
    return [
        Endpoint("GET", "/issues.json", _issues),
        Endpoint("POST", "/issues.json", _create),
        Endpoint("GET", "/issues/{id}.json", _issue),
        Endpoint("PUT", "/issues/{id}.json", _update),
        Endpoint("DELETE", "/issues/{id}.json", _delete),
        Endpoint("GET", "/time_entries.json", _entries),
        Endpoint("POST", "/time_entries.json", _log),
        Endpoint("GET", "/time_entries/{id}.json", _entry),
        Endpoint("PUT", "/time_entries/{id}.json", _edit_entry),
        Endpoint("DELETE", "/time_entries/{id}.json", _remove_entry),
        Endpoint("GET", "/users/current.json", _current),
        Endpoint("GET", "/users/{id}.json", _user),
        Endpoint("GET", "/users.json", _administrators_only),
        Endpoint("GET", "/custom_fields.json", _custom_fields),
        Endpoint("GET", "/projects.json", _projects),
        Endpoint("GET", "/projects/{id}.json", _project),
        Endpoint("GET", "/projects/{id}/memberships.json", _memberships),
        Endpoint("GET", "/roles.json", _roles),
        Endpoint("GET", "/roles/{id}.json", _role),
        Endpoint("GET", "/issue_statuses.json", _statuses),
        Endpoint("GET", "/trackers.json", _trackers),
        Endpoint("GET", "/enumerations/issue_priorities.json", _priorities),
        Endpoint("GET", "/enumerations/time_entry_activities.json", _activities),
    ]


def _paged(call: Call, name: str, found: list[Any], show: Callable[[Any], Any]) -> Response:
    page = query.window(call.pairs)
    rows = [show(item) for item in found[page.offset : page.offset + page.limit]]
    body: dict[str, Any] = {name: rows}
    if dict(call.pairs).get("nometa") != "1":
        body |= {"total_count": len(found), "offset": page.offset, "limit": page.limit}
    return json_answer(body)


def _scope(call: Call, permission: str) -> int | None:
    """The project that the short form names: 404 for none, 403 for one that is closed to us."""
    given = dict(call.pairs)
    if "project_id" not in given or any(name == "f[]" for name, _ in call.pairs):
        return None
    try:
        project = call.world.project(given["project_id"])
    except KeyError:
        raise Refused(404) from None
    if not call.rights.may(permission, project.id):
        raise call.denied()
    return project.id


# -- issues ------------------------------------------------------------------------------------


def _issues(call: Call) -> Response:
    found = query.issues(call.rights, call.pairs, _scope(call, "view_issues"))
    shown = call.include & {"attachments"}
    return _paged(
        call, "issues", found, lambda i: shapes.issue(call.world, i, call.rights, frozenset(shown))
    )


def _find_issue(call: Call) -> Issue:
    text = call.ids["id"]
    issue = call.world.issues.get(int(text)) if text.isascii() and text.isdigit() else None
    if issue is None:
        raise Refused(404)
    if not call.rights.sees_issue(issue):
        raise call.denied()
    return issue


def _issue(call: Call) -> Response:
    issue = _find_issue(call)
    return json_answer({"issue": shapes.issue(call.world, issue, call.rights, call.include)})


def _create(call: Call) -> Response:
    given = call.wrapped("issue") or {}
    project = _place(call, given.get("project_id", dict(call.pairs).get("project_id")))
    if not call.rights.may("add_issues", project.id):
        raise call.denied()
    made = call.editor.create(call.user, project, given)
    shown = shapes.issue(call.world, made, call.rights, frozenset())
    for name in ("spent_hours", "total_spent_hours"):  # 5.0 leaves them out of this one answer
        shown.pop(name, None)
    return json_answer({"issue": shown}, 201, {"Location": f"/issues/{made.id}"})


def _place(call: Call, which: Any) -> Project:
    if which is None:
        raise Refused(422)
    try:
        return call.world.project(which)
    except KeyError:
        raise Refused(404) from None


def _update(call: Call) -> Response:
    issue = _find_issue(call)
    allowed = ("edit_issues", "add_issue_notes")
    if not any(call.rights.may(permission, issue.project) for permission in allowed):
        raise call.denied()
    given = call.wrapped("issue")
    if given is not None:
        call.editor.update(call.user, issue, given)
    return Response(status_code=204)


def _delete(call: Call) -> Response:
    issue = _find_issue(call)
    if not call.rights.may("delete_issues", issue.project):
        raise call.denied()
    call.editor.delete(issue)
    return Response(status_code=204)


# -- time ----------------------------------------------------------------------------------------


def _entries(call: Call) -> Response:
    found = query.entries(call.rights, call.pairs, _scope(call, "view_time_entries"))
    return _paged(call, "time_entries", found, lambda e: shapes.time_entry(call.world, e))


def _find_entry(call: Call) -> TimeEntry:
    text = call.ids["id"]
    entry = call.world.entries.get(int(text)) if text.isascii() and text.isdigit() else None
    if entry is None:
        raise Refused(404)
    if entry not in list(call.rights.entries()):
        raise call.denied()
    return entry


def _entry(call: Call) -> Response:
    return json_answer({"time_entry": shapes.time_entry(call.world, _find_entry(call))})


def _log(call: Call) -> Response:
    given = call.wrapped("time_entry") or {}
    issue = call.world.issues.get(_number(given.get("issue_id")))
    project = (
        call.world.projects[issue.project]
        if issue is not None
        else _place(call, given.get("project_id"))
    )
    made = call.editor.log(call.user, project, given)
    return json_answer({"time_entry": shapes.time_entry(call.world, made)}, 201)


def _number(value: Any) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _own_entry(call: Call) -> TimeEntry:
    entry = _find_entry(call)
    mine = entry.user == call.user.id
    permission = "edit_own_time_entries" if mine else "edit_time_entries"
    if not call.rights.may(permission, entry.project):
        raise call.denied()
    return entry


def _edit_entry(call: Call) -> Response:
    entry = _own_entry(call)
    call.editor.change_entry(entry, call.wrapped("time_entry") or {})
    return Response(status_code=204)


def _remove_entry(call: Call) -> Response:
    del call.world.entries[_own_entry(call).id]
    return Response(status_code=204)


# -- people and places -------------------------------------------------------------------------


def _current(call: Call) -> Response:
    return _shown_user(call, call.user.id)


def _user(call: Call) -> Response:
    number = _number(call.ids["id"])
    asker = call.rights.user
    found = call.world.users.get(number)
    if found is None or (found.locked and not (asker is not None and asker.admin)):
        raise Refused(404)
    return _shown_user(call, number)


def _shown_user(call: Call, number: int) -> Response:
    found = call.world.users[number]
    body = shapes.user(found, call.rights.user)
    if "memberships" in call.include:
        rows = shapes.memberships(call.world, found)
        seen = [r for r in rows if call.rights.sees(call.world.projects[r["project"]["id"]])]
        body["memberships"] = seen
    return json_answer({"user": body})


def _administrators_only(call: Call) -> Response:
    if not call.user.admin:
        raise Refused(403)
    users = [shapes.user(each, call.user) for each in call.world.users.values()]
    return _paged(call, "users", users, lambda row: row)


def _custom_fields(call: Call) -> Response:
    if not call.user.admin:
        raise Refused(403)
    rows = [
        {
            "id": field.id,
            "name": field.name,
            "customized_type": "issue",
            "field_format": field.format,
            "possible_values": [{"value": v, "label": v} for v in field.values],
        }
        for field in call.world.fields
    ]
    return json_answer({"custom_fields": rows})


def _projects(call: Call) -> Response:
    found = [p for p in call.world.projects.values() if call.rights.sees(p)]
    found.sort(key=lambda project: project.name)
    return _paged(
        call, "projects", found, lambda p: shapes.project(call.world, p, call.include, alone=False)
    )


def _find_project(call: Call) -> Project:
    project = _place(call, call.ids["id"])
    if not call.rights.sees(project):
        raise call.denied()
    return project


def _project(call: Call) -> Response:
    found = shapes.project(call.world, _find_project(call), call.include, alone=True)
    return json_answer({"project": found})


def _memberships(call: Call) -> Response:
    project = _find_project(call)
    rows = [
        {
            "id": project.member_ids[user],
            "project": shapes.place(call.world, project.id),
            "user": shapes.person(call.world, user),
            "roles": [{"id": role.id, "name": role.name}],
        }
        for user, role in project.members.items()
    ]
    return _paged(call, "memberships", rows, lambda row: row)


def _roles(call: Call) -> Response:
    return json_answer({"roles": [{"id": r.id, "name": r.name} for r in call.world.roles]})


def _role(call: Call) -> Response:
    number = _number(call.ids["id"])
    found = next((role for role in call.world.roles if role.id == number), None)
    if found is None:
        raise Refused(404)
    return json_answer({"role": shapes.role(found)})


def _statuses(call: Call) -> Response:
    rows = [shapes.status(call.world, word.id) for word in call.world.statuses]
    return json_answer({"issue_statuses": rows})


def _trackers(call: Call) -> Response:
    rows = [shapes.tracker(call.world, word) for word in call.world.trackers]
    return json_answer({"trackers": rows})


def _priorities(call: Call) -> Response:
    rows = [shapes.enumeration(word) for word in call.world.priorities]
    return json_answer({"issue_priorities": rows})


def _activities(call: Call) -> Response:
    rows = [shapes.enumeration(word) for word in call.world.activities]
    return json_answer({"time_entry_activities": rows})
