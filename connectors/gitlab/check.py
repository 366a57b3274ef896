"""`verify` and `describe`: what stands in the way, told before the first write."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from bridge.model import Field, Problem, ProblemSeverity, nearest
from connectors.base import Context, Identity, Vocabulary
from connectors.errors import SourceError
from connectors.gitlab import fields
from connectors.gitlab.api import Api
from connectors.gitlab.settings import GitLabSettings
from connectors.toolkit.check import meant, no_place, problem
from connectors.toolkit.http import status_of
from connectors.toolkit.rows import Row
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
_PROBE: Final = "query { currentUser { username } }"
_ERROR: Final = ProblemSeverity.ERROR
_WARNING: Final = ProblemSeverity.WARNING


def verify(settings: GitLabSettings, context: Context, api: Api) -> Identity:
    """Token, projects, groups, role, labels and time entries. Raises AccessError for a refused
    token, TryAgainError when nobody answers."""
    return _Check(settings, context, api).verified()


def describe(settings: GitLabSettings, context: Context, api: Api) -> Vocabulary:
    """The labels that issues may carry, by the table that they speak for, and GitLab's own words.
    A label that no table knows, and whose scope none uses, is nobody's word."""
    mapping = context.mapping
    labels: dict[str, None] = {}
    projects: list[str] = []
    for kind, row in _Check(settings, context, api).containers():
        inside = list(api.projects_of(row["id"])) if kind == "groups" else [row]
        projects += [_path(project) for project in inside]
        for project in inside:
            labels |= dict.fromkeys(clean(name) for name in api.labels(project["id"]))
    words = {
        table: (
            *_NATIVE.get(table, ()),
            *(label for label in labels if fields.meaning(table, label, mapping)[1]),
        )
        for table in TABLES
    }
    if str(mapping.place("severity")) == "native:severity":
        words["severity"] = _SEVERITIES
    return Vocabulary(
        words=words,
        fields={"time_estimate": "duration", "severity": "word", "group": "path"},
        projects=tuple(dict.fromkeys(projects)),
    )


class _Check:
    """One look at everything, and the problems met on the way."""

    def __init__(self, settings: GitLabSettings, context: Context, api: Api) -> None:
        self._settings = settings
        self._writes = settings.writes
        self._context = context
        self._api = api
        self._problems: list[Problem] = []

    def verified(self) -> Identity:
        account = fields.person(self._api.account)
        self._look_at_token()
        version = self._api.version
        if version != _NOT_KNOWN and version < _OLDEST:
            self._add(
                f"this is GitLab {version[0]}.{version[1]}; the bridge was tried with 15 to 18",
                "watch what `bridge sync --dry-run` says",
                _WARNING,
            )
        containers = list(self.containers())
        for kind, row in containers:
            self._look_at(f'the {kind.removesuffix("s")} "{_path(row)}"', row)
        self._look_at_places()
        for kind, row in containers:
            if kind == "projects" and self._writes:
                self._look_at_labels(row)
        if containers and self._api.graphql(_PROBE, {}) is None:
            self._add(
                "this GitLab does not answer GraphQL: single time entries are not told",
                "worked time is then read from totals: who worked, and when exactly, is not known",
                _WARNING,
            )
        listed = ", ".join(_path(row) for _, row in containers) or "nothing"
        return Identity(account, tuple(self._problems), f"{account.login} sees {listed}")

    def containers(self) -> Iterator[tuple[str, Row]]:
        """Those that can be read, with their kind; the others become problems."""
        named = (("projects", self._settings.projects), ("groups", self._settings.groups))
        for kind, path in ((kind, path) for kind, paths in named for path in paths):
            try:
                yield kind, self._api.container(kind, path)
            except SourceError as error:
                if status_of(error) != 404:  # what may not be seen is "not found" here
                    raise
                self._add(error.what, f"{self._near(path)}{error.hint}")

    def _add(self, message: str, hint: str, severity: ProblemSeverity = _ERROR) -> None:
        self._problems.append(problem(self._context, message, hint, severity=severity))

    def _near(self, path: str) -> str:
        """A path that was meant, among the projects that the account is a member of."""
        try:
            rows = self._api.first("/projects", membership="true", simple="true").rows
        except SourceError:
            return ""
        there = [_path(row) for row in rows if _path(row) not in self._settings.projects]
        return meant(path, there)

    def _look_at_token(self) -> None:
        token = self._api.token() or {}
        scopes = token.get("scopes")
        if isinstance(scopes, list):
            named = f"its scopes are {', '.join(map(str, scopes)) or 'none'}"
            if "api" not in scopes and self._writes:
                self._add(
                    f"the token may not write: {named}",
                    "make a token with the scope `api`, or leave `writes` empty",
                )
            elif not {"api", "read_api"} & set(scopes):
                self._add(
                    f"the token may not read: {named}",
                    "make a token with the scope `api` or, to read only, `read_api`",
                )
        try:
            last = date.fromisoformat(str(token.get("expires_at")))
        except ValueError:
            return
        left = (last - self._context.clock().date()).days
        if left <= _WARN_DAYS:
            self._add(
                f"the token ends on {last.isoformat()}, in {max(left, 0)} days",
                "rotate it: a new token of the same account, or the same project token, keeps the "
                "bridge's own notes recognisable",
                _WARNING,
            )

    def _look_at(self, name: str, row: Row) -> None:
        """Whether a project or group can be read and written."""
        if row.get("archived") is True:
            self._add(
                f"{name} is archived: it can be read, not written",
                "restore it, or take it out of `projects`",
                _ERROR if self._writes else _WARNING,
            )
        if row.get("issues_access_level") == "disabled" or row.get("issues_enabled") is False:
            self._add(f"{name} has its issues switched off", "Settings, General, Visibility")
        level = _level(row)
        planner, since = _PLANNER
        least, role = (
            (planner, "Planner") if self._api.version >= since else (_REPORTER, "Reporter")
        )
        if level is not None and self._writes and level < least:
            self._add(
                f"the account may not set labels and estimates in {name}: GitLab would take the "
                "call and drop them",
                f"give it the role {role}, which also sees internal notes and every issue",
            )

    def _look_at_places(self) -> None:
        """Fields that have no place, and words that cannot be labels."""
        mapping = self._context.mapping
        for field in self._writes:
            place = mapping.place(field)
            native = place in (fields.TIME, fields.DUE_DATE)
            if field is Field.MESSAGE or place.kind in ("none", "message") or native:
                continue
            if place.kind != "label":
                gap = no_place(self._context, field, place, "GitLab", "label:PREFIX")
                self._problems.append(gap)
                continue
            for entry in mapping.tables.get(str(field), ()):
                if "," in entry.word:
                    self._add(
                        f'"{entry.word}" cannot be a label of GitLab: it has a comma',
                        f"write it otherwise in {entry.where}",
                    )

    def _look_at_labels(self, project: Row) -> None:
        """Words whose labels a project does not have yet."""
        mapping = self._context.mapping
        live = {name.casefold() for name in self._api.labels(project["id"])}
        for field in (Field.PRIORITY, Field.APPROVAL):
            if field not in self._writes or mapping.place(field).kind != "label":
                continue
            labels: dict[object, list[str]] = {}
            for entry in mapping.tables.get(str(field), ()):
                with contextlib.suppress(ValueError):  # it can be no label
                    label = fields.label_for(field, entry.word, mapping)
                    labels.setdefault(entry.value, []).append(label)
            lacking = [
                words[0]
                for words in labels.values()
                if not live & {label.casefold() for label in words}
            ]
            if not lacking:
                continue
            named = ", ".join(f'"{label}"' for label in lacking[:_SHOWN])
            if len(lacking) < len(labels):
                self._add(
                    f'the project "{_path(project)}" has no label {named} for {field}: GitLab '
                    "makes each when it is first written",
                    "make them yourself if their colour or their group matters, or map the labels "
                    "that you have",
                    _WARNING,
                )
            else:
                self._add(
                    f'the project "{_path(project)}" has none of the labels that the mapping '
                    f'"{mapping.name}" names for {field}',
                    f"{_meant(lacking, live)}they are made when they are first written: {named}",
                    _WARNING,
                )


def _meant(labels: Iterable[str], live: set[str]) -> str:
    near = next((match for label in labels if (match := nearest(label, live, 0.7))), None)
    return "" if near is None else f'did you mean labels such as "{near}"? '


def _level(row: Row) -> int | None:
    """The account's role as GitLab numbers it; None where it does not tell: groups never do."""
    permissions = row.get("permissions")
    if not isinstance(permissions, dict):
        return None
    granted = (permissions.get(name) for name in ("project_access", "group_access"))
    levels = [access.get("access_level") for access in granted if isinstance(access, dict)]
    return max((level for level in levels if type(level) is int), default=0)


def _path(row: Row) -> str:
    return clean(row.get("path_with_namespace") or row.get("full_path") or row.get("path"))
