"""Redmine's ids in words, and what the account may do: asked for once per pass, and only when
something needs it (docs/redmine.md, 5)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bridge.model import Person
from connectors.redmine.api import Api
from connectors.toolkit.http import unless
from connectors.toolkit.lookup import Lookup, person
from connectors.toolkit.rows import Row
from connectors.toolkit.state import SourceState
from connectors.toolkit.text import clean


@dataclass(frozen=True, slots=True)
class Granted:
    """The rights in one project, all roles of the account there together."""

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


class Names:
    """Reference data of one install, by id."""

    def __init__(self, api: Api, state: SourceState) -> None:
        self._api = api
        self._roles: dict[int, Row] = {}
        self._people: dict[int, Person] = {}
        self._logins = Lookup(state, "user", self._login)
        self._projects = Lookup(state, "project", self._identifier)

    @cached_property
    def account(self) -> Row:
        """Whose key it is. Raises AccessError when the key or the REST API is not in order."""
        return self._api.account()

    @cached_property
    def statuses(self) -> dict[str, str]:
        """Issue states: id as text → name."""
        return _by_id(self._api.statuses())

    @cached_property
    def trackers(self) -> dict[str, Row]:
        """Trackers: id as text → all that is told about it."""
        return {str(row["id"]): row for row in self._api.trackers()}

    @cached_property
    def tracker_names(self) -> dict[str, str]:
        """Trackers: id as text → name."""
        return _by_id(list(self.trackers.values()))

    @cached_property
    def priorities(self) -> dict[str, str]:
        """Priorities: id as text → name."""
        return _by_id(self._api.priorities())

    def ask_again(self) -> None:
        """Ask for logins that are remembered (a full pass: logins can change)."""
        self._logins.fresh = True

    def project(self, number: int, name: str) -> str:
        """The identifier of a project; its name where the project itself is not shown."""
        return str(self._projects.of(number) or name)

    def person(self, user: object, *, ask: bool = True) -> Person:
        """Somebody as named in an answer, with login and address where Redmine shows them.

        Without `ask` only what is remembered is added: heads of old tickets cost no requests.
        """
        if not isinstance(user, dict) or type(number := user.get("id")) is not int:
            return Person()
        if number not in self._people:
            known = self._logins.of(number, ask=ask)
            if known is None:
                return person(number, user.get("name"))
            self._people[number] = person(number, user.get("name"), known[0], known[1])
        return self._people[number]

    def has_field(self, tracker: object, name: str) -> bool:
        """Whether a field of Redmine's own is switched on in a tracker, by the tracker's id."""
        fields = self.trackers.get(str(tracker), {}).get("enabled_standard_fields")
        return fields is None or name in fields

    # -- rights -------------------------------------------------------------------------------

    @cached_property
    def memberships(self) -> dict[int, list[int]]:
        """Project id → ids of the account's roles there."""
        return {
            row["project"]["id"]: [role["id"] for role in row.get("roles", ())]
            for row in self.account.get("memberships") or ()
            if "project" in row
        }

    def rights(self, project: int) -> Granted | None:
        """The rights in a project; None where the account is no member: Redmine does not tell what
        others may do in a public project."""
        if self.account.get("admin") is True:
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

    def _login(self, number: int) -> list[Any]:
        found = self._api.user(number) or {}
        return [found.get("login"), found.get("mail")]

    def _identifier(self, number: int) -> str | None:
        project = unless((403, 404), lambda: self._api.project(str(number))) or {}
        name = project.get("identifier")
        return str(name) if name else None


def _by_id(rows: list[Row]) -> dict[str, str]:
    return {str(row["id"]): clean(row.get("name")) for row in rows}


def _widest(roles: list[Row], name: str, order: tuple[str, ...]) -> str:
    values: set[Any] = {role.get(name) for role in roles}
    return next((word for word in order if word in values), order[-1])
