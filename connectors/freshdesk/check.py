"""`verify` and `describe`: what stands in the way, told before the first write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import bridge.model as model
from bridge.model import Person, Problem, ProblemSeverity
from connectors.base import Context, Identity, Vocabulary
from connectors.freshdesk import form as forms
from connectors.freshdesk.api import Api
from connectors.freshdesk.form import Field, Form
from connectors.freshdesk.people import People
from connectors.freshdesk.settings import FreshdeskSettings
from connectors.toolkit.check import listed, meant, no_place, problem
from connectors.toolkit.rows import Row
from connectors.toolkit.text import clean
from mappings import Place, WordMapping, load

_ALL: Final = 1
"""The scope of an agent who sees every ticket; 2 is their groups', 3 their own."""
_HOURS: Final = (model.Field.ESTIMATE, model.Field.CONSUMED)
_NATIVE: Final = {"status": "status", "priority": "priority", "type": "type", "tags": "tags"}
_WORDED: Final = ("approval", "severity")
_SHIPPED: Final = ("freshdesk", "freshdesk-fr", "freshdesk-de")
_SEEN: Final = {
    "contacts": "nobody's answer could count, as nobody would be known for a client",
    "companies": "no ticket would be known by its client's company",
}


def verify(
    settings: FreshdeskSettings, context: Context, api: Api, form: Form, people: People
) -> Identity:
    """Key, scope, plan, form. Raises AccessError for a refused key or a form that may not be seen,
    SettingsError for an address at which no Freshdesk answers, TryAgainError when nobody does.

    Which tickets an agent's role may edit, Freshdesk tells nobody: a right that is missing shows
    with the first write, which then says so.
    """
    account = people.account
    problems = [
        *_of_scope(account, settings, context),
        *_of_fields(settings, context.mapping, context, form),
        *_of_time(context, api, form),
        *_of_people(context, api),
    ]
    person = _person(account)
    return Identity(person, tuple(problems), f"as {person.name or person}, {_may(settings)}")


def describe(context: Context, form: Form) -> Vocabulary:
    """The account's own words, and its fields by label and by API name, with their types."""
    found: dict[str, str] = dict(_NATIVE)
    for field in form.custom:
        found[field.label] = found[field.name] = field.type
    words = {
        "state": tuple(form.states.values()),
        "priority": _words(context, "priority", form) or tuple(form.priorities.values()),
        "kind": form.types,
    }
    for table in _WORDED:
        choices = _words(context, table, form)
        if choices:
            words[table] = choices
    return Vocabulary(words, found)


def definition(wanted: str, label: str, mapping: WordMapping) -> str:
    """A field that is missing, as an administrator's call would create it."""
    timed = wanted in ("estimate", "consumed", "worked")
    dated = wanted == model.Field.DUE
    words = [entry.word for entry in mapping.tables.get(wanted, ())]
    row: dict[str, Any] = {
        "label": label,
        "label_for_customers": label,
        "displayed_to_customers": False,
        "type": forms.DECIMAL if timed else forms.DATE if dated else forms.DROPDOWN,
    }
    if not (timed or dated):
        once = _one_each(wanted, mapping) or words
        row["choices"] = [
            {"value": word, "position": number} for number, word in enumerate(once, start=1)
        ]
    return json.dumps(row, ensure_ascii=False)


def _one_each(table: str, mapping: WordMapping) -> list[str]:
    """The word that would be written for each value of a table."""
    values = dict.fromkeys(entry.value for entry in mapping.tables.get(table, ()))
    return [word for value in values if (word := mapping.word(table, value)) is not None]


def _words(context: Context, table: str, form: Form) -> tuple[str, ...]:
    field = form.at(context.mapping.place(table))
    return () if field is None else tuple(field.choices)


def _person(account: Row) -> Person:
    contact = account.get("contact")
    found = contact if isinstance(contact, dict) else {}
    address = found.get("email")
    return Person(
        name=clean(found.get("name")),
        id=str(account.get("id")),
        address=address.casefold() if isinstance(address, str) else None,
    )


def _may(settings: FreshdeskSettings) -> str:
    return f"may write {', '.join(settings.writes)}" if settings.writes else "reads only"


def _of_scope(account: Row, settings: FreshdeskSettings, context: Context) -> Iterator[Problem]:
    scope = account.get("ticket_scope")
    if type(scope) is int and scope != _ALL:
        yield problem(
            context,
            "the key's agent does not see every ticket: the others would be missing",
            "Admin, Team, Agents: give this agent the scope Global Access",
        )


def _of_fields(
    settings: FreshdeskSettings, mapping: WordMapping, context: Context, form: Form
) -> Iterator[Problem]:
    """Fields that the mapping names: there, of a type that fits, with the words to be written."""
    named = {str(field): mapping.place(field) for field in settings.writes}
    named |= {name: mapping.place(name) for name in ("severity", "organisation", "worked", "link")}
    for wanted, place in named.items():
        if wanted == model.Field.MESSAGE or place.kind in ("label", "none"):
            continue
        if place.kind == "custom":
            field = form.at(place)
            if field is None:
                yield _missing(wanted, place, mapping, context, form)
            else:
                yield from _of_type(wanted, field, mapping, context)
        elif not _fits_native(wanted, place):
            yield no_place(context, wanted, place, "Freshdesk", "custom:LABEL")
    if model.Field.DUE in settings.writes and mapping.place("due") == forms.DUE_BY:
        yield from _of_due_times(settings, context)
    if model.Field.PRIORITY in settings.writes and mapping.place("priority").kind == "native":
        yield from _of_words("priority", form.priorities.values(), mapping, context)


def _of_due_times(settings: FreshdeskSettings, context: Context) -> Iterator[Problem]:
    """Freshdesk sets a due time on each ticket by its own SLA, and tells nobody whether a person
    or the SLA did: a policy that leaves what is set leaves nearly all."""
    if settings.policy.get(model.Field.DUE, model.Policy.TOOL) is model.Policy.TOOL:
        yield problem(
            context,
            "due_by is filled by Freshdesk's own SLA, and the policy for due leaves what is there",
            'say  policy.due = "bridge",  or show the promise elsewhere:  due = "custom:LABEL"',
            severity=ProblemSeverity.WARNING,
        )


def _fits_native(wanted: str, place: Place) -> bool:
    known = {
        "priority": "native:priority",
        "organisation": "native:company",
        "due": str(forms.DUE_BY),
    }
    return known.get(wanted) == str(place)


def _missing(
    wanted: str, place: Place, mapping: WordMapping, context: Context, form: Form
) -> Problem:
    labels = [field.label for field in form.custom]
    better = _better(mapping, form) or meant(place.name, labels)
    optional = wanted in ("severity", "organisation", "link")
    return problem(
        context,
        f'the ticket form has no field "{place.name}" that the mapping names for {wanted}',
        f"{better}there are: {listed(labels)}; or make it (Admin, Workflows, Ticket Fields, or "
        f"POST /api/v2/admin/ticket_fields): {definition(wanted, place.name, mapping)}",
        severity=ProblemSeverity.WARNING if optional else ProblemSeverity.ERROR,
    )


def _better(mapping: WordMapping, form: Form) -> str:
    """The shipped mapping of another language, where all of its fields are there."""
    for name in _SHIPPED:
        places = [load(name).place(wanted) for wanted in (*_HOURS, *_WORDED)]
        if name != mapping.name and all(form.at(place) is not None for place in places):
            return f'mapping = "{name}" fits this form; '
    return ""


def _of_type(
    wanted: str, field: Field, mapping: WordMapping, context: Context
) -> Iterator[Problem]:
    if wanted in (*_HOURS, "worked"):
        if field.type not in forms.TIMED:
            yield problem(
                context,
                f'the field "{field.label}" for {wanted} is {field.type} and holds no hours',
                f"make another one, of type {forms.DECIMAL}",
            )
        elif field.type == forms.NUMBER:
            yield problem(
                context,
                f'the field "{field.label}" for {wanted} takes whole numbers only: 1.5 h would '
                "be refused",
                f"make another one, of type {forms.DECIMAL}",
                severity=ProblemSeverity.WARNING if wanted == "worked" else ProblemSeverity.ERROR,
            )
        return
    if wanted == model.Field.DUE and field.type not in (forms.DATE, *forms.TEXTS):
        yield problem(
            context,
            f'the field "{field.label}" for {wanted} is {field.type} and holds no day',
            f"make another one, of type {forms.DATE}",
        )
    if wanted not in ("approval", "severity", "priority"):
        return
    if field.type not in forms.WORDED:
        yield problem(
            context,
            f'the field "{field.label}" for {wanted} is {field.type} and holds no word',
            f"make another one, of type {forms.DROPDOWN}",
        )
    elif field.choices and wanted != "severity":
        yield from _of_words(wanted, field.choices, mapping, context)


def _of_words(table: str, there: Any, mapping: WordMapping, context: Context) -> Iterator[Problem]:
    """Values for which the account has none of the mapping's words."""
    live = {str(word).casefold() for word in there}
    entries = mapping.tables.get(table, ())
    for value in dict.fromkeys(entry.value for entry in entries):
        words = [entry.word for entry in entries if entry.value == value]
        if not any(word.casefold() in live for word in words):
            yield problem(
                context,
                f"Freshdesk has no word for the {table} {value!s}: the mapping knows "
                f"{listed(words)}, the form has {listed(str(word) for word in there)}",
                f"add the word to the form, or its own to [{table}] of the mapping",
                severity=ProblemSeverity.WARNING,
            )


def _of_time(context: Context, api: Api, form: Form) -> Iterator[Problem]:
    place = context.mapping.place("worked")
    if place.kind == "custom":
        return
    if api.time_since(context.clock(), 1) is None:
        yield problem(
            context,
            "this account's plan has no time tracking: work is read from /spend lines only",
            'or keep it in a decimal field:  [fields] worked = "custom:LABEL"',
            severity=ProblemSeverity.WARNING,
        )


def _of_people(context: Context, api: Api) -> Iterator[Problem]:
    for what, harm in _SEEN.items():
        if not api.may_read(what):
            yield problem(
                context,
                f"the key may not see {what}: {harm}",
                "give its agent's role the right to view them (Admin, Team, Roles)",
            )
    if not api.may_read("agents"):
        yield problem(
            context,
            "only an administrator's key may look agents up: their addresses stay unknown",
            f'name your people by id:  [provider] people = ["{context.name}:ID", …]; an agent\'s '
            "id ends the address of their profile",
            severity=ProblemSeverity.WARNING,
        )
