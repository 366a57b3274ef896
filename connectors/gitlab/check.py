"""`verify` and `describe`: what stands in the way, told before the first write."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, Final

from bridge.model import Field, Problem, ProblemSeverity
from connectors.base import Context, Identity, Vocabulary
from connectors.errors import SourceError
from connectors.gitlab import fields, timelogs
from connectors.gitlab.api import Api, Row
from connectors.gitlab.people import person
from connectors.gitlab.settings import GitLabSettings
from connectors.gitlab.to_tool import TIME
from connectors.toolkit.http import status_of
from connectors.toolkit.text import clean
from mappings import TABLES

_PLANNER: Final = (15, (17, 7))
_REPORTER: Final = 20
_NOT_KNOWN: Final = (0, 0)
_OLDEST: Final = (15, 0)
_WARN_DAYS: Final = 30
_NATIVE: Final = {"state": ("opened", "closed"), "kind": ("incident",)}
"""Of the types of issues, only that of incidents says what was asked for."""
_SEVERITIES: Final = ("critical", "high", "medium", "low")
_SHOWN: Final = 20


def verify(settings: GitLabSettings, context: Context, api: Api) -> Identity:
    """Token, projects, groups, role, labels and time entries. Raises AccessError for a refused
    token, TryAgainError when nobody answers."""
    account = api.account()
    version = api.version()
    problems = [*_of_token(settings, context, api), *_of_version(context, version)]
    places = list(_places(settings, context, api, problems))
    for kind, row in places:
        problems += _of_place(kind, row, settings, context, version)
    if settings.writes:
        problems += _of_fields(
            settings, context, api, [row for k, row in places if k == "projects"]
        )
    problems += _of_time(context, api, places)
    who = person(account)
    listed = ", ".join(_path(row) for _, row in places) or "nothing"
    return Identity(who, tuple(problems), f"{who.login} sees {listed}")


def describe(settings: GitLabSettings, context: Context, api: Api) -> Vocabulary:
    """The labels that issues may carry, by the table that they speak for, and GitLab's own words.
    A label that no table knows, and whose scope none uses, is nobody's word."""
    labels: dict[str, None] = {}
    projects: list[str] = []
    for kind, row in _places(settings, context, api, []):
        found = list(api.projects_of(row["id"])) if kind == "groups" else [row]
        projects += [_path(project) for project in found]
        for project in found:
            labels |= dict.fromkeys(clean(name) for name in api.labels(project["id"]))
    words = {
        table: (
            *_NATIVE.get(table, ()),
            *(label for label in labels if _speaks(table, label, context)),
        )
        for table in TABLES
    }
    if str(context.mapping.place("severity")) == "native:severity":
        words["severity"] = _SEVERITIES
    return Vocabulary(
        words=words,
        fields={"time_estimate": "duration", "severity": "word", "group": "path"},
        projects=tuple(dict.fromkeys(projects)),
    )


def _speaks(table: str, label: str, context: Context) -> bool:
    mapping = context.mapping
    return fields.label_value(table, label, mapping) is not None or fields.is_of(
        table, label, mapping
    )


def _places(
    settings: GitLabSettings, context: Context, api: Api, problems: list[Problem]
) -> Iterator[tuple[str, Row]]:
    """Those that can be read, with their kind; the others become problems."""
    for kind, paths in (("projects", settings.projects), ("groups", settings.groups)):
        for path in paths:
            try:
                yield kind, api.place(kind, path)
            except SourceError as error:
                if status_of(error) != 404:  # what may not be seen is "not found" here
                    raise
                hint = f"{_near(path, settings, api)}{error.hint}"
                problems.append(_problem(context, error.what, hint=hint))


def _near(path: str, settings: GitLabSettings, api: Api) -> str:
    """A path that was meant, among the projects that the account is a member of."""
    try:
        rows = api.first("/projects", membership="true", simple="true").rows
    except SourceError:
        return ""
    there = [_path(row) for row in rows if _path(row) not in settings.projects]
    near = difflib.get_close_matches(path, there, n=1)
    return f'did you mean "{near[0]}"? ' if near else ""


def _of_token(settings: GitLabSettings, context: Context, api: Api) -> Iterator[Problem]:
    token = api.token()
    if token is None:
        return
    scopes = token.get("scopes")
    if isinstance(scopes, list) and "api" not in scopes and settings.writes:
        yield _problem(
            context,
            f"the token may not write: its scopes are {', '.join(map(str, scopes)) or 'none'}",
            hint="make a token with the scope `api`, or leave `writes` empty",
        )
    elif isinstance(scopes, list) and not {"api", "read_api"} & set(scopes):
        yield _problem(
            context,
            f"the token may not read: its scopes are {', '.join(map(str, scopes)) or 'none'}",
            hint="make a token with the scope `api` or, to read only, `read_api`",
        )
    try:
        last = date.fromisoformat(str(token.get("expires_at")))
    except ValueError:
        return
    left = (last - datetime.now(UTC).date()).days
    if left <= _WARN_DAYS:
        yield _problem(
            context,
            f"the token ends on {last.isoformat()}, in {max(left, 0)} days",
            severity=ProblemSeverity.WARNING,
            hint="rotate it: a new token of the same account, or the same project token, keeps "
            "the bridge's own notes recognisable",
        )


def _of_version(context: Context, version: tuple[int, int]) -> Iterator[Problem]:
    if version != _NOT_KNOWN and version < _OLDEST:
        yield _problem(
            context,
            f"this is GitLab {version[0]}.{version[1]}; the bridge was tried with 15 to 18",
            severity=ProblemSeverity.WARNING,
            hint="watch what `bridge sync --dry-run` says",
        )


def _of_place(
    kind: str, row: Row, settings: GitLabSettings, context: Context, version: tuple[int, int]
) -> Iterator[Problem]:
    what = "project" if kind == "projects" else "group"
    name = f'the {what} "{_path(row)}"'
    if row.get("archived") is True:
        yield _problem(
            context,
            f"{name} is archived: it can be read, not written",
            severity=ProblemSeverity.ERROR if settings.writes else ProblemSeverity.WARNING,
            hint="restore it, or take it out of `projects`",
        )
    if row.get("issues_access_level") == "disabled" or row.get("issues_enabled") is False:
        yield _problem(
            context, f"{name} has its issues switched off", hint="Settings, General, Visibility"
        )
    level = _level(row)
    if level is None or not settings.writes:
        return
    needed, since = _PLANNER
    least = needed if version >= since else _REPORTER
    if level < least:
        role = "Planner" if least == needed else "Reporter"
        yield _problem(
            context,
            f"the account may not set labels and estimates in {name}: GitLab would take the call "
            "and drop them",
            hint=f"give it the role {role}, which also sees internal notes and every issue",
        )


def _level(row: Row) -> int | None:
    """The account's role as GitLab numbers it; None where it does not tell: groups never do."""
    permissions = row.get("permissions")
    if not isinstance(permissions, dict):
        return None
    levels = [
        found["access_level"]
        for name in ("project_access", "group_access")
        if isinstance(found := permissions.get(name), dict)
        and type(found.get("access_level")) is int
    ]
    return max(levels, default=0)


def _of_fields(
    settings: GitLabSettings, context: Context, api: Api, projects: list[Row]
) -> Iterator[Problem]:
    """Fields that have no place, and words whose labels no project has yet."""
    mapping = context.mapping
    for field in settings.writes:
        place = mapping.place(field)
        native = place in (TIME, fields.DUE_DATE)
        if field is Field.MESSAGE or place.kind in ("none", "message") or native:
            continue
        if place.kind != "label":
            yield _problem(
                context,
                f"the mapping gives no place in GitLab for {field}: it says {str(place)!r}",
                hint=f'[fields] {field} = "label:PREFIX"',
            )
            continue
        for entry in mapping.tables.get(str(field), ()):
            if "," in entry.word:
                yield _problem(
                    context,
                    f'"{entry.word}" cannot be a label of GitLab: it has a comma',
                    hint=f"write it otherwise in {entry.where}",
                )
    for project in projects:
        live = {name.casefold() for name in api.labels(project["id"])}
        for field in (Field.PRIORITY, Field.APPROVAL):
            if field in settings.writes and mapping.place(field).kind == "label":
                yield from _of_labels(field, live, context, project)


def _of_labels(field: Field, live: set[str], context: Context, project: Row) -> Iterator[Problem]:
    mapping = context.mapping
    lacking: dict[Any, str] = {}
    there = set()
    for entry in mapping.tables.get(str(field), ()):
        try:
            label = fields.label_for(field, entry.word, mapping)
        except ValueError:
            continue
        lacking.setdefault(entry.value, label)
        if label.casefold() in live:
            there.add(entry.value)
    missing = [f'"{label}"' for value, label in lacking.items() if value not in there]
    if missing and there:
        yield _problem(
            context,
            f'the project "{_path(project)}" has no label {", ".join(missing[:_SHOWN])} for '
            f"{field}: GitLab makes each when it is first written",
            severity=ProblemSeverity.WARNING,
            hint="make them yourself if their colour or their group matters, or map the labels "
            "that you have",
        )
    elif missing:
        near = [
            match
            for label in lacking.values()
            for match in difflib.get_close_matches(label.casefold(), sorted(live), n=1, cutoff=0.7)
        ]
        meant = f'did you mean labels such as "{near[0]}"? ' if near else ""
        yield _problem(
            context,
            f'the project "{_path(project)}" has none of the labels that the mapping '
            f'"{mapping.name}" names for {field}',
            severity=ProblemSeverity.WARNING,
            hint=f"{meant}they are made when they are first written: {', '.join(missing)}",
        )


def _of_time(context: Context, api: Api, places: list[tuple[str, Row]]) -> Iterator[Problem]:
    """Whether single time entries are told (API sheet, 5)."""
    if places and not timelogs.are_told(api):
        yield _problem(
            context,
            "this GitLab does not answer GraphQL: single time entries are not told",
            severity=ProblemSeverity.WARNING,
            hint="worked time is then read from totals: who worked, and when exactly, is not known",
        )


def _path(row: Row) -> str:
    return clean(row.get("path_with_namespace") or row.get("full_path") or row.get("path"))


def _problem(
    context: Context, message: str, *, severity: ProblemSeverity = ProblemSeverity.ERROR, hint: str
) -> Problem:
    return Problem(severity, message, where=context.name, hint=hint, source=context.name)
