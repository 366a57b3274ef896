"""The JSON of things, key by key as the views of Redmine 5.0 print them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from connectors.sandbox.redmine.rights import Rights
from connectors.sandbox.redmine.values import number, rounded, stamp
from connectors.sandbox.redmine.world import Issue, Project, Role, TimeEntry, User, Word, World

CORE_FIELDS = (
    "assigned_to_id",
    "category_id",
    "fixed_version_id",
    "parent_issue_id",
    "start_date",
    "due_date",
    "estimated_hours",
    "done_ratio",
    "description",
    "priority_id",
)


def named(words: Iterable[Word], wanted: int) -> dict[str, Any]:
    """A word as a reference."""
    word = next(word for word in words if word.id == wanted)
    return {"id": word.id, "name": word.name}


def person(world: World, user: int) -> dict[str, Any]:
    """Somebody as a reference: login and mail are not told here."""
    return {"id": user, "name": world.users[user].name}


def place(world: World, project: int) -> dict[str, Any]:
    """A project as a reference."""
    return {"id": project, "name": world.projects[project].name}


def status(world: World, wanted: int) -> dict[str, Any]:
    """A status as a reference: it tells whether it closes."""
    word = next(word for word in world.statuses if word.id == wanted)
    return {"id": word.id, "name": word.name, "is_closed": word.closed}


def issue(world: World, shown: Issue, rights: Rights, include: frozenset[str]) -> dict[str, Any]:
    """An issue; `include` as asked for on a single one, empty in a list."""
    spent = sum((e.hours for e in rights.entries() if e.issue == shown.id), Fraction(0))
    found: dict[str, Any] = {
        "id": shown.id,
        "project": place(world, shown.project),
        "tracker": named(world.trackers, shown.tracker),
        "status": status(world, shown.status),
        "priority": named(world.priorities, shown.priority),
        "author": person(world, shown.author),
        "subject": shown.subject,
        "description": shown.description or None,
        "start_date": shown.start_date.isoformat() if shown.start_date else None,
        "due_date": shown.due_date.isoformat() if shown.due_date else None,
        "done_ratio": 0,
        "is_private": shown.private,
        "estimated_hours": number(shown.estimated),
        "total_estimated_hours": number(shown.estimated),
    }
    if rights.may("view_time_entries", shown.project):
        found |= {"spent_hours": number(spent), "total_spent_hours": number(spent)}
    found["custom_fields"] = [
        {"id": field.id, "name": field.name, "value": shown.custom.get(field.id)}
        for field in world.fields
    ]
    found |= {
        "created_on": stamp(shown.created_on),
        "updated_on": stamp(shown.updated_on),
        "closed_on": stamp(shown.closed_on),
    }
    if "attachments" in include:
        found["attachments"] = []
    if "journals" in include:
        found["journals"] = [
            {
                "id": journal.id,
                "user": person(world, journal.user),
                "notes": journal.notes,
                "created_on": stamp(journal.created_on),
                "private_notes": journal.private,
                "details": [
                    {
                        "property": detail.property,
                        "name": detail.name,
                        "old_value": detail.old,
                        "new_value": detail.new,
                    }
                    for detail in journal.details
                ],
            }
            for journal in rights.journals(shown)
        ]
    if "allowed_statuses" in include:
        found["allowed_statuses"] = [status(world, n) for n in rights.statuses(shown)]
    return found


def time_entry(world: World, shown: TimeEntry) -> dict[str, Any]:
    """A time entry."""
    found: dict[str, Any] = {"id": shown.id, "project": place(world, shown.project)}
    if shown.issue is not None:
        found["issue"] = {"id": shown.issue}
    return found | {
        "user": person(world, shown.user),
        "activity": named(world.activities, shown.activity),
        "hours": rounded(shown.hours),
        "comments": shown.comments,
        "spent_on": shown.spent_on.isoformat(),
        "created_on": stamp(shown.created_on),
        "updated_on": stamp(shown.updated_on),
    }


def user(shown: User, asker: User | None) -> dict[str, Any]:
    """An account; more of one's own, and to administrators."""
    close = asker is not None and (asker.admin or asker is shown)
    found: dict[str, Any] = {"id": shown.id, "login": shown.login}
    if close:
        found["admin"] = shown.admin
    found |= {"firstname": shown.firstname, "lastname": shown.lastname}
    if (asker is not None and asker.admin) or not shown.hides_mail:
        found["mail"] = shown.mail
    found |= {
        "created_on": stamp(shown.created_on),
        "updated_on": stamp(shown.created_on),
        "last_login_on": None,
        "passwd_changed_on": stamp(shown.created_on),
    }
    if close:
        found |= {"twofa_scheme": None, "api_key": shown.key}
    if asker is not None and asker.admin:
        found["status"] = 3 if shown.locked else 1
    return found


def memberships(world: World, of: User) -> list[dict[str, Any]]:
    """Somebody's projects with their roles."""
    return [
        {
            "id": project.member_ids[of.id],
            "project": place(world, project.id),
            "roles": [{"id": project.members[of.id].id, "name": project.members[of.id].name}],
        }
        for project in world.projects.values()
        if of.id in project.members
    ]


def project(
    world: World, shown: Project, include: frozenset[str], *, alone: bool
) -> dict[str, Any]:
    """A project, in a list or alone."""
    found: dict[str, Any] = {
        "id": shown.id,
        "name": shown.name,
        "identifier": shown.identifier,
        "description": None,
    }
    if alone:
        found["homepage"] = ""
    found |= {"status": shown.status, "is_public": shown.public, "inherit_members": False}
    if "trackers" in include:
        found["trackers"] = [{"id": word.id, "name": word.name} for word in world.trackers]
    if "issue_categories" in include:
        found["issue_categories"] = []
    if "time_entry_activities" in include:
        found["time_entry_activities"] = [{"id": w.id, "name": w.name} for w in world.activities]
    if "enabled_modules" in include:
        found["enabled_modules"] = [
            {"id": shown.id * 10 + n, "name": name} for n, name in enumerate(shown.modules)
        ]
    if "issue_custom_fields" in include:
        found["issue_custom_fields"] = []  # 5.0 leaves out fields that are for all projects
    return found | {
        "created_on": stamp(shown.created_on),
        "updated_on": stamp(shown.created_on),
    }


def role(shown: Role) -> dict[str, Any]:
    """A role with its permissions."""
    return {
        "id": shown.id,
        "name": shown.name,
        "assignable": True,
        "issues_visibility": shown.issues,
        "time_entries_visibility": shown.time,
        "users_visibility": shown.people,
        "permissions": shown.permissions,
    }


def tracker(world: World, word: Word) -> dict[str, Any]:
    """A tracker with the standard fields that are on."""
    first = world.statuses[0]
    return {
        "id": word.id,
        "name": word.name,
        "default_status": {"id": first.id, "name": first.name},
        "description": None,
        "enabled_standard_fields": list(CORE_FIELDS),
    }


def enumeration(word: Word) -> dict[str, Any]:
    """A priority or an activity."""
    return {"id": word.id, "name": word.name, "is_default": word.default, "active": True}
