"""`verify` and `describe`: what stands in the way, told before the first write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from bridge.model import Field, Problem, ProblemSeverity
from connectors.base import Context, Identity, Vocabulary
from connectors.errors import SourceError
from connectors.pivotal import fields
from connectors.pivotal.api import Api, ids
from connectors.pivotal.settings import PivotalSettings
from connectors.toolkit.check import no_place, problem
from connectors.toolkit.lookup import person as as_person
from connectors.toolkit.rows import Row
from connectors.toolkit.scopes import is_of_a_place
from connectors.toolkit.text import clean

STATES: Final = (
    "unscheduled",
    "planned",
    "unstarted",
    "started",
    "finished",
    "delivered",
    "accepted",
    "rejected",
)
TYPES: Final = ("feature", "bug", "chore", "release")
PRIORITIES: Final = ("p0", "p1", "p2", "p3")
_HOUR: Final = 3600


def verify(settings: PivotalSettings, context: Context, api: Api) -> Identity:
    """Token, projects, roles, the feed, and the places of the mapping. Raises AccessError for a
    refused token, TryAgainError when nobody answers. Asks only, never tries a write."""
    account = api.me()
    facts = (account.get(name) for name in ("name", "username", "email"))
    person = as_person(account["id"], *facts)
    problems: list[Problem] = list(_of_mapping(settings, context))
    mine = {row["id"]: row for row in api.projects() if ids([row])}
    roles = _roles(account)
    seen = []
    for number in settings.projects or mine:
        try:
            project = mine.get(number) or api.project(number)
        except SourceError as error:
            if not is_of_a_place(error):
                raise
            there = ", ".join(str(other) for other in mine) or "none"
            hint = f"{error.hint}; the token sees: {there}"
            problems.append(problem(context, error.what, hint=hint))
            continue
        seen.append(number)
        problems += _of_project(number, project, settings, context, api, roles.get(number))
    if not seen and not problems:
        hint = "make its account a member of a project"
        problems.append(problem(context, "the token sees no project", hint=hint))
    listed = ", ".join(str(number) for number in seen) or "no project"
    return Identity(person, tuple(problems), f"{person} sees {listed}")


def describe(settings: PivotalSettings, context: Context, api: Api) -> Vocabulary:
    """The API's own words, which no install can rename, and the labels that mean something."""
    projects = ids(api.projects())
    wanted = [n for n in settings.projects if n in projects] if settings.projects else projects
    names = dict.fromkeys(
        clean(label.get("name")).casefold() for number in wanted for label in api.labels(number)
    )
    words = {"state": STATES, "kind": TYPES, "priority": PRIORITIES}
    found = {"story_priority": "native", "estimate": "native points"}
    for field in (*fields.WORDED, *fields.HOURS, *fields.DATES):
        place = context.mapping.place(field)
        if place.kind == "label":
            found[place.name] = "labels"
        if field in fields.WORDED and place.kind == "label":
            mine = [name for name in names if fields.belongs(field, name, context.mapping)]
            known = context.mapping.tables.get(field, ())
            words[field] = tuple(_as_listed(name, field, context, known) for name in mine)
    return Vocabulary(words, found, tuple(str(number) for number in projects))


def _as_listed(name: str, field: str, context: Context, known: Any) -> str:
    """A label as the mapping's table has it: whole, or without its prefix."""
    prefix = fields.prefix_of(field, context.mapping)
    bare = name.removeprefix(prefix).strip()
    listed = {entry.word.casefold() for entry in known}
    return bare if bare in listed and name not in listed else name


def _roles(account: Row) -> dict[int, str]:
    """The account's role in each project."""
    return {
        row["project_id"]: str(row.get("role"))
        for row in account.get("projects") or ()
        if isinstance(row, dict) and type(row.get("project_id")) is int
    }


def _of_project(
    number: int,
    project: Row,
    settings: PivotalSettings,
    context: Context,
    api: Api,
    role: str | None,
) -> Iterator[Problem]:
    where = f'the project {number} ("{fields.name_of(project)}")'
    if settings.writes and role not in ("owner", "member"):
        shown = f'is a "{role}"' if role else "is no member"
        yield problem(
            context,
            f"the account {shown} in {where}: it can read, not write",
            hint='make it a "member": Members, on the project\'s page',
        )
    try:
        if api.activity(number) is None:
            yield problem(
                context,
                f"the service has no activity feed for {where}: stories are compared by their last "
                "change, and who changed what is not known",
                severity=ProblemSeverity.WARNING,
                hint="decisions then rest on comments alone",
            )
    except SourceError as error:
        if not is_of_a_place(error):
            raise
        yield problem(context, error.what, hint=error.hint)
    if Field.ESTIMATE in settings.writes and fields.is_native("estimate", context.mapping):
        yield from _of_scale(project, context, where)


def _of_scale(project: Row, context: Context, where: str) -> Iterator[Problem]:
    """Points that are hours, where the scale has no hours worth the name."""
    scale = project.get("point_scale")
    hours = [h for h in range(1, 25) if fields.in_scale(h * _HOUR, scale) is not None]
    if project.get("point_scale_is_custom") is not True:
        yield problem(
            context,
            f"the mapping takes points for hours, and {where} has a usual scale ({scale}): "
            "are its points hours at all?",
            severity=ProblemSeverity.WARNING,
            hint='set a custom scale of hours, or say  estimate = "label:est:"  in the mapping',
        )
    elif not hours:
        yield problem(
            context,
            f"no whole hours are in the point scale of {where} ({scale})",
            severity=ProblemSeverity.WARNING,
            hint="estimates that the scale lacks become a label and a comment",
        )


def _of_mapping(settings: PivotalSettings, context: Context) -> Iterator[Problem]:
    """Fields to be written that the mapping puts where no story has them."""
    for field in settings.writes:
        if field is Field.MESSAGE:
            continue
        place = context.mapping.place(field)
        if place.kind == "label" or fields.is_native(field.value, context.mapping):
            continue
        native = fields.NATIVE.get(field.value)
        choices = f' or "native:{native}' if native else ""
        yield no_place(context, field, place, "a story", f'label:PREFIX"{choices}')
