"""What the account may do in a project: the permissions of its roles there (API sheet, 1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from connectors.redmine.api import Api, Row
from connectors.redmine.names import Names


@dataclass(frozen=True, slots=True)
class Granted:
    """The rights in one project, all roles together."""

    permissions: frozenset[str]
    issues: str
    """Which issues: "all", "default" (without other people's private ones) or "own"."""
    time: str
    """Whose time entries: "all" or "own"."""
    people: str
    """Which people: "all" or "members_of_visible_projects"."""
    roles: tuple[str, ...] = ()
    everything: bool = False

    def may(self, permission: str) -> bool:
        """Whether a permission, by Redmine's own name for it, is there."""
        return self.everything or permission in self.permissions


ADMINISTRATOR = Granted(frozenset(), "all", "all", "all", ("administrator",), everything=True)


class Rights:
    """Looks roles up once."""

    def __init__(self, api: Api, names: Names) -> None:
        self._api = api
        self._names = names
        self._roles: dict[int, Row] = {}

    @cached_property
    def memberships(self) -> dict[int, list[int]]:
        """Project id → ids of the account's roles there."""
        return {
            row["project"]["id"]: [role["id"] for role in row.get("roles", ())]
            for row in self._names.account.get("memberships") or ()
            if "project" in row
        }

    def of(self, project: int) -> Granted | None:
        """The rights in a project; None where the account is no member: Redmine does not tell what
        others may do in a public project."""
        if self._names.account.get("admin") is True:
            return ADMINISTRATOR
        roles = [self._role(number) for number in self.memberships.get(project, ())]
        if not roles:
            return None
        return Granted(
            permissions=frozenset(p for role in roles for p in role.get("permissions") or ()),
            issues=_widest(roles, "issues_visibility", ("all", "default", "own")),
            time=_widest(roles, "time_entries_visibility", ("all", "own")),
            people=_widest(roles, "users_visibility", ("all", "members_of_visible_projects")),
            roles=tuple(str(role.get("name")) for role in roles),
        )

    def _role(self, number: int) -> Row:
        if number not in self._roles:
            self._roles[number] = self._api.role(number)
        return self._roles[number]


def _widest(roles: list[Row], name: str, order: tuple[str, ...]) -> str:
    values: set[Any] = {role.get(name) for role in roles}
    return next((word for word in order if word in values), order[-1])
