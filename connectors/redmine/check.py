"""`verify` and `describe`: what stands in the way, told before the first write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from bridge.model import (
    WRITABLE,
    Field,
    Holds,
    Person,
    PlaceKind,
    Problem,
    ProblemSeverity,
)
from connectors.base import Context, Identity, Vocabulary
from connectors.errors import SourceError
from connectors.redmine import paging
from connectors.redmine.api import Api
from connectors.redmine.fields import STANDARD, custom_field
from connectors.redmine.names import Granted, Names
from connectors.redmine.settings import RedmineSettings
from connectors.toolkit import stamps
from connectors.toolkit.check import listed, meant, no_place, problem
from connectors.toolkit.http import status_of
from connectors.toolkit.rows import Row
from connectors.toolkit.scopes import is_of_a_place
from connectors.toolkit.text import clean
from mappings import TABLES, Place

_SAMPLE: Final = 25
_CLOSED: Final = 5
_READ: Final = {"view_issues": "View issues", "view_time_entries": "View spent time"}
_EDIT: Final = {"edit_issues": "Edit issues"}
_NOTE: Final = {
    "add_issue_notes": "Add notes",
    "set_notes_private": "Set notes as private",
    "view_private_notes": "View private notes",
}
_CREATE: Final = 'create it: Administration, Custom fields, Issues, format "{}", for this project'
_FORMATS: Final = {Holds.HOURS: "Float", Holds.DATES: "Date", Holds.WORDS: "List"}
_MODULES: Final = {"issue_tracking": "Issue tracking", "time_tracking": "Time tracking"}
_INCLUDE: Final = "trackers,enabled_modules"


def verify(settings: RedmineSettings, context: Context, api: Api, names: Names) -> Identity:
    """Key, REST API, projects, roles, modules and fields. Raises AccessError for a refused key,
    TryAgainError when nobody answers."""
    account = names.account
    problems: list[Problem] = []
    projects = list(_projects(settings, context, api, names, problems))
    for project in projects:
        problems += _of_project(project, settings, context, names)
    if settings.writes or projects:
        problems += _of_fields(projects, settings, context, api)
    person = Person(
        name=clean(f"{account.get('firstname', '')} {account.get('lastname', '')}".strip()),
        id=str(account.get("id")),
        login=account.get("login"),
        address=str(account.get("mail") or "").casefold() or None,
    )
    listed = ", ".join(str(p.get("identifier")) for p in projects) or "no project"
    return Identity(person, tuple(problems), f"{person.login} sees {listed}")


def describe(settings: RedmineSettings, context: Context, api: Api, names: Names) -> Vocabulary:
    """The install's own words. Which words a list field has, Redmine tells administrators only:
    those seen in recent issues are given."""
    _ = names.account
    scope = [int(api.project(name)["id"]) for name in settings.projects]
    recent = _recent(api, scope)
    shown: dict[str, dict[str, None]] = {"severity": {}, "approval": {}}
    found: dict[str, str] = {"estimated_hours": "hours", "priority": "priority", "status": "status"}
    for issue in recent:
        for field in issue.get("custom_fields") or ():
            found[str(field.get("name"))] = f"custom field {field.get('id')}"
        for table, words in shown.items():
            field = custom_field(issue, context.mapping.place(table)) or {}
            if isinstance(field.get("value"), str) and field["value"]:
                words[field["value"]] = None
    native = context.mapping.place(Field.APPROVAL) == Place(PlaceKind.NATIVE, "status")
    return Vocabulary(
        words={
            "state": tuple(names.statuses.values()),
            "priority": tuple(names.priorities.values()),
            "kind": tuple(clean(t.get("name")) for t in names.trackers.values()),
            "severity": tuple(shown["severity"]),
            "approval": tuple(names.statuses.values() if native else shown["approval"]),
        },
        fields=found,
        projects=tuple(str(p.get("identifier")) for p in api.projects()),
    )


def _projects(
    settings: RedmineSettings,
    context: Context,
    api: Api,
    names: Names,
    problems: list[Problem],
) -> Iterator[Row]:
    wanted = settings.projects or tuple(str(number) for number in names.memberships)
    if not wanted and not names.account.get("admin"):
        problems.append(
            problem(context, "the account is a member of no project", hint="make it a member")
        )
    for name in wanted:
        try:
            yield api.project(name, _INCLUDE)
        except SourceError as error:
            if not is_of_a_place(error):
                raise
            unknown = status_of(error) == 404
            hint = _near(name, api) if unknown else error.hint
            problems.append(problem(context, error.what, hint=hint))


def _near(name: str, api: Api) -> str:
    """The project that was meant, and those that there are."""
    there = [str(project.get("identifier")) for project in api.projects()]
    return f"{meant(name, there)}the key sees: {', '.join(there) or 'none'}"


def _of_project(
    project: Row, settings: RedmineSettings, context: Context, names: Names
) -> Iterator[Problem]:
    name = str(project.get("identifier"))
    where = f'in the project "{name}"'
    if project.get("status") == _CLOSED:
        severity = ProblemSeverity.ERROR if settings.writes else ProblemSeverity.WARNING
        yield problem(
            context,
            f'the project "{name}" is closed: it can be read, not written',
            severity=severity,
            hint="reopen it, or take it out of `projects`",
        )
    modules = {module.get("name") for module in project.get("enabled_modules") or ()}
    for module, label in _MODULES.items():
        if module not in modules:
            yield problem(
                context,
                f'the module "{label}" is switched off {where}',
                severity=ProblemSeverity.ERROR
                if module == "issue_tracking"
                else ProblemSeverity.WARNING,
                hint="project settings, Modules",
            )
    granted = names.rights(project["id"])
    if granted is None:
        yield problem(
            context,
            f"the account is no member {where}; what it may do there is not told",
            severity=ProblemSeverity.ERROR if settings.writes else ProblemSeverity.WARNING,
            hint="make it a member with a role that has the rights it needs",
        )
    else:
        yield from _of_rights(granted, settings, context, where)
    for field in settings.writes:
        yield from _of_trackers(project, context.mapping.place(field), context, names, where)


def _of_rights(
    granted: Granted, settings: RedmineSettings, context: Context, where: str
) -> Iterator[Problem]:
    needed = dict(_READ)
    for field in settings.writes:
        needed |= _NOTE if field is Field.MESSAGE else _EDIT
    role = f"the role {' + '.join(granted.roles)}"
    for permission, label in needed.items():
        if not granted.may(permission):
            yield problem(
                context,
                f'the account lacks the right "{label}" ({permission}) {where}',
                hint=f"give it to {role}: Administration, Roles and permissions",
            )
    if granted.time != "all":
        yield problem(
            context,
            f"the account sees only its own time entries {where}: all sums would be too small",
            hint=f'set {role}, Time logs visibility, to "All time entries"',
        )
    if granted.issues != "all":
        yield problem(
            context,
            f"the account does not see every issue {where}",
            severity=ProblemSeverity.ERROR if granted.issues == "own" else ProblemSeverity.WARNING,
            hint=f'set {role}, Issues visibility, to "All issues"',
        )
    if granted.people != "all":
        yield problem(
            context,
            f"the account does not see every person {where}: logins may stay unknown",
            severity=ProblemSeverity.WARNING,
            hint=f'set {role}, Users visibility, to "All active users"',
        )


def _of_trackers(
    project: Row, place: Place, context: Context, names: Names, where: str
) -> Iterator[Problem]:
    label = STANDARD.get(place.name) if place.kind is PlaceKind.NATIVE else None
    for tracker in project.get("trackers") or () if label else ():
        if not names.has_field(tracker.get("id"), place.name):
            yield problem(
                context,
                f'the tracker "{clean(tracker.get("name"))}" {where} has no {label}',
                severity=ProblemSeverity.WARNING,
                hint=f'Administration, Trackers: switch "{str(label).capitalize()}" on',
            )


def _of_fields(
    projects: list[Row], settings: RedmineSettings, context: Context, api: Api
) -> Iterator[Problem]:
    """Custom fields that the mapping names and no recent issue of a project has. An empty project
    tells nothing about its fields."""
    wanted: dict[str, Place] = {
        str(field): context.mapping.place(field)
        for field in settings.writes
        if field is not Field.MESSAGE
    }
    for field, place in wanted.items():
        if place.kind not in ("native", "custom"):
            yield no_place(context, field, place, "Redmine", "custom:NAME")
    for project in projects:
        issues = _recent(api, [project["id"]])
        there: dict[str, Any] = {
            str(f.get("name")): f for issue in issues for f in issue.get("custom_fields") or ()
        }
        for field, place in wanted.items():
            if not issues or place.kind != "custom":
                continue
            if not any(custom_field(issue, place) for issue in issues):
                make = meant(place.name, there) or f"{_definition(field, context)}; "
                yield problem(
                    context,
                    f'no issue of the project "{project.get("identifier")}" has the field '
                    f'"{place.name}" that the mapping names for {field}',
                    hint=f"{make}there are: {listed(there)}",
                )


def _definition(field: str, context: Context) -> str:
    """How a field that is missing is made."""
    holds = WRITABLE[Field(field)].holds
    if holds is not Holds.WORDS:
        return _CREATE.format(_FORMATS[holds])
    words = {entry.value: entry.word for entry in reversed(context.mapping.tables[field])}
    values = ", ".join(words[value] for value in sorted(words, key=list(TABLES[field]).index))
    return f"{_CREATE.format(_FORMATS[holds])}, with the values: {values}"


def _recent(api: Api, scope: list[int]) -> list[Row]:
    params = [*paging.issues(scope, stamps.EARLIEST), ("sort", "updated_on:desc")]
    rows, _, _ = api.issues(params, limit=_SAMPLE)
    return rows
