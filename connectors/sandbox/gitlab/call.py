"""One request as a route sees it: who asks, for what, with which parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import quote

from starlette.responses import Response

from connectors.sandbox.gitlab.answers import (
    Refusal,
    forbidden,
    message,
    not_found,
    shown,
    unauthorized,
)
from connectors.sandbox.gitlab.paging import offset
from connectors.sandbox.gitlab.params import Param, Params, declare, integer, number_in
from connectors.sandbox.gitlab.records import (
    Group,
    Issuable,
    Issue,
    MergeRequest,
    Note,
    Project,
    Token,
    User,
)
from connectors.sandbox.gitlab.site import Site

T = TypeVar("T")
SECRETS: Final = frozenset({"private_token", "access_token"})


@dataclass(slots=True)
class Call:
    """`path` holds the values of the route's names, `given` query and body together."""

    site: Site
    method: str
    raw_path: str
    path: dict[str, str]
    given: Params
    token: Token | None
    base: str

    @property
    def user(self) -> User | None:
        return self.token.user if self.token is not None else None

    @property
    def my_token(self) -> Token:
        """Refuses a request without a token."""
        if self.token is None:
            unauthorized()
        return self.token

    @property
    def me(self) -> User:
        """The user; refuses a request without a token."""
        return self.my_token.user

    def take(self, *specs: Param) -> Params:
        return declare(self.given, specs)

    def number(self, name: str) -> int:
        """A part of the path that has to be a number."""
        found: int = declare(self.path, (Param(name, integer, required=True),))[name]
        return found

    # places

    def project(self) -> Project:
        """The project of the path, or a refusal that does not tell whether it is there."""
        key = self.path["id"]
        world = self.site.world
        if number_in(key):
            found = world.projects.get(number_in(key))
            moved = False
        else:
            found = world.project(key)
            moved = found is None
            if found is None:
                found = world.former_paths.get(key.lower())
        if found is None or not self.site.rights.sees(self.user, found):
            not_found("Project")
        if moved and self.site.version.redirects:
            if self.method not in ("GET", "HEAD"):
                raise message(405, "Non GET methods are not allowed for moved projects")
            raise Refusal(301, "", text=True, headers={"Location": self._moved_to(found)})
        return found

    def _moved_to(self, project: Project) -> str:
        head, _, rest = self.raw_path.partition("/projects/")
        _, slash, tail = rest.partition("/")
        query = self._query()
        return f"{self.base}{head}/projects/{project.id}{slash}{tail}" + query

    def _query(self) -> str:
        pairs = [
            f"{quote(name)}={quote(str(value))}"
            for name, value in self.given.items()
            if not isinstance(value, list | dict) and name not in SECRETS
        ]
        return "?" + "&".join(pairs) if pairs else ""

    def group(self) -> Group:
        key = self.path["id"]
        world = self.site.world
        found = world.groups.get(number_in(key)) or world.group(key)
        if found is None or not self.site.rights.sees(self.user, found):
            not_found("Group")
        return found

    def issue(self, name: str = "issue_iid") -> Issue:
        project = self.project()
        found = project.issues.get(self.number(name))
        if found is None or not self.site.rights.reads(self.user, found):
            raise message(404, "404 Not found")
        return found

    def merge_request(self, name: str = "merge_request_iid") -> MergeRequest:
        project = self.project()
        found = project.merge_requests.get(self.number(name))
        if found is None or not self.site.rights.reads(self.user, found):
            raise message(404, "404 Not found")
        return found

    def issuable(self) -> Issuable:
        """What the path names, be it an issue or a merge request."""
        if "issue_iid" in self.path:
            return self.issue()
        return self.merge_request()

    def note(self, issuable: Issuable) -> Note:
        key = self.number("note_id")
        for note in issuable.notes:
            if note.id == key:
                if not self.site.rights.reads_note(self.user, note):
                    not_found("Note")
                return note
        raise message(404, "404 Not found")

    # rights

    def require(self, allowed: bool) -> None:
        if not allowed:
            forbidden()

    # pages

    @property
    def url(self) -> str:
        return f"{self.base}{self.raw_path}"

    def asked(self, taken: Params | None = None) -> Params:
        """What a link to another page repeats."""
        found: dict[str, Any] = {**self.path, **(taken or {})}
        found.update({name: value for name, value in self.given.items() if name not in SECRETS})
        return found

    def page(
        self, rows: Sequence[T], taken: Params | None = None
    ) -> tuple[Sequence[T], dict[str, str]]:
        return offset(rows, self.given, self.url, self.asked(taken))

    def listed(self, rows: Sequence[T], show: Any) -> Response:
        """A page of rows, each as `show` tells it."""
        page, headers = self.page(rows)
        return shown([show(row) for row in page], headers=headers)
