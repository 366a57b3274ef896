"""A simulated GitLab."""

from __future__ import annotations

import json
import threading
from contextlib import AbstractContextManager
from typing import Final, Self

from starlette.types import ASGIApp

from connectors.sandbox.core import (
    Clock,
    Entry,
    Faults,
    Gate,
    Guide,
    Journal,
    Resident,
    Served,
    Serving,
    configuration,
)
from connectors.sandbox.core.journal import by_method
from connectors.sandbox.gitlab import seed
from connectors.sandbox.gitlab.api import GRAPHQL, Api
from connectors.sandbox.gitlab.graphql_text import Malformed, parse
from connectors.sandbox.gitlab.limits import Limits
from connectors.sandbox.gitlab.people import People
from connectors.sandbox.gitlab.records import Issue, Mail
from connectors.sandbox.gitlab.site import Site
from connectors.sandbox.gitlab.versions import Version
from connectors.sandbox.gitlab.world import World

NEWEST: Final = "18.7"
MAPPINGS: Final = {"en": "gitlab", "fr": "gitlab-fr", "de": "gitlab-de"}
"""The shipped mapping for the labels of each language's small world."""


class GitlabSandbox(People):
    """`version` is one such as 15, 16, 17, 18.3 or 18.7.1; `paid` gives exclusive scoped labels,
    weights and several assignees; `external_url` is the address that the installation believes
    to have, when that is another than the one it is called by."""

    def __init__(
        self,
        *,
        version: str = NEWEST,
        paid: bool = False,
        clock: Clock | None = None,
        external_url: str | None = None,
    ) -> None:
        """Empty. Raises ValueError for what is no version."""
        self.language = "en"
        self.clock = clock or Clock()
        self.journal = Journal(is_write=_writes)
        self.faults = Faults()
        site = Site(self.clock, Version.of(version), paid=paid, external_url=external_url)
        super().__init__(site, threading.RLock())
        self.app: ASGIApp = Gate(Api(site), self.clock, self.journal, self.faults, self.lock)

    @classmethod
    def seeded(
        cls,
        language: str = "en",
        *,
        version: str = NEWEST,
        paid: bool = False,
        clock: Clock | None = None,
        external_url: str | None = None,
    ) -> Self:
        """A small world. Raises KeyError for another language than en, fr and de."""
        made = cls(version=version, paid=paid, clock=clock, external_url=external_url)
        seed.small(made, language)
        made.language = language
        return made

    @property
    def world(self) -> World:
        return self.site.world

    @property
    def limits(self) -> Limits:
        """Requests per minute; none until set."""
        return self.site.limits

    @property
    def mails(self) -> list[Mail]:
        """What Service Desk sent to people outside."""
        return self.site.world.mails

    def fill(self, count: int, *, project: str = seed.PROJECT, notes: int = 2) -> list[Issue]:
        """Many issues at once, to measure with."""
        with self.lock:
            return seed.many(self, count, project=project, notes=notes)

    def serve(self, port: int = 0) -> AbstractContextManager[Served]:
        return Serving(self, port)

    def guide(self, url: str) -> Guide:
        config = configuration(
            "[sources.code]\n"
            'type = "gitlab"\n'
            f'url = "{url}"\n'
            'api_key = "env:GITLAB_TOKEN"\n'
            f'projects = ["{seed.PROJECT}"]\n'
            f'mapping = "{MAPPINGS[self.language]}"\n',
            match=f'{{ source = "code", project = "{seed.PROJECT}" }}',
            approvers='"code:alice"',
            people='"code:jdoe"',
        )
        roles = {
            "alice": "client of ACME SA",
            "jdoe": "agent",
            "mallory": "a stranger who is a guest of the project",
        }
        people = tuple(
            Resident(self.user(name).name, self.user(name).username, role, seed.TOKENS[name])
            for name, role in roles.items()
        )
        token = seed.TOKENS["alice"]
        note = f"{url}/api/v4/projects/1/issues/2/notes"
        return Guide(
            config,
            (("GITLAB_TOKEN", seed.BRIDGE_TOKEN),),
            people,
            (
                "bridge check --source code",
                "bridge sync --source code --dry-run",
                f'curl --oauth2-bearer {token} {note} --data-urlencode "body=J\'approuve"',
            ),
        )


def _writes(entry: Entry) -> bool:
    """GraphQL reads by POST: there a mutation is a write, and whatever cannot be read as one."""
    if entry.path != GRAPHQL or not by_method(entry):
        return by_method(entry)
    try:
        body = json.loads(entry.body)
        return parse(body["query"], body.get("operationName"))[0].kind == "mutation"
    except (ValueError, TypeError, KeyError, Malformed):
        return True
