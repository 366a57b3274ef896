"""The simulated Redmine: its state, its API as an ASGI application, and its people's verbs."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from typing import Final, Self

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from connectors.sandbox.core import (
    Clock,
    Faults,
    Gate,
    Guide,
    Journal,
    Resident,
    Served,
    Serving,
    configuration,
)
from connectors.sandbox.redmine import seed
from connectors.sandbox.redmine.door import Door
from connectors.sandbox.redmine.editing import Editor
from connectors.sandbox.redmine.people import People
from connectors.sandbox.redmine.routes import endpoints
from connectors.sandbox.redmine.words import LANGUAGES
from connectors.sandbox.redmine.world import defaults

_METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH")
_MAPPINGS: Final = {"fr": "redmine", "en": "redmine-en", "de": "redmine-de"}


class RedmineSandbox(People):
    """A Redmine 5.0 with everything that it holds, in French, English or German.

    Without what the bridge never meets: subtasks, versions, categories, attachments, watchers.
    """

    def __init__(self, clock: Clock | None = None, language: str = "en") -> None:
        self.clock = clock or Clock()
        self.journal = Journal()
        self.faults = Faults()
        self.lock = threading.RLock()
        self.language = language
        self.world = defaults(LANGUAGES[language])
        self.editor = Editor(self.world, self.clock)
        door = Door(self.editor, endpoints())
        application = Starlette(routes=[Route("/{path:path}", door.answer, methods=_METHODS)])
        self._gate = Gate(application, self.clock, self.journal, self.faults, self.lock)

    @classmethod
    def seeded(cls, language: str = "en") -> Self:
        """The small default world, of an install in this language (en, fr, de)."""
        tool = cls(language=language)
        seed.small(tool, language)
        return tool

    @property
    def app(self) -> ASGIApp:
        """The API as an ASGI application."""
        return self._gate

    def serve(self, port: int = 0) -> AbstractContextManager[Served]:
        """Run on loopback. Raises OSError when the port is taken."""
        return Serving(self, port)

    def guide(self, url: str) -> Guide:
        """How to use the seeded world that answers at `url`."""
        return Guide(
            config=configuration(
                "[sources.tma]\n"
                'type = "redmine"\n'
                f'url = "{url}"\n'
                'api_key = "env:REDMINE_API_KEY"\n'
                f'projects = ["{seed.ACME}"]\n'
                f'mapping = "{_MAPPINGS[self.language]}"\n',
                match=f'{{ source = "tma", project = "{seed.ACME}" }}',
                approvers='"tma:alice"',
                people='"tma:jdoe"',
            ),
            environment=(("REDMINE_API_KEY", self.world.user("bridge").key),),
            people=tuple(
                Resident(user.name, user.login, seed.ROLES[user.login], user.key)
                for user in self.world.users.values()
            ),
            tries=(
                "bridge check --source tma",
                "bridge sync --source tma --dry-run",
                f"curl -u {self.world.user('alice').key}:x '{url}/issues.json?status_id=*'",
            ),
        )
