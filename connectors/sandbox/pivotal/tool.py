"""The simulated Tracker: its state, its API as an ASGI application, and its people's verbs."""

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
from connectors.sandbox.pivotal import routes, seed
from connectors.sandbox.pivotal.calls import Switchboard
from connectors.sandbox.pivotal.editing import Editor
from connectors.sandbox.pivotal.export import Export
from connectors.sandbox.pivotal.flavour import FLAVOURS, Flavour
from connectors.sandbox.pivotal.people import People
from connectors.sandbox.pivotal.resources import Resources
from connectors.sandbox.pivotal.world import World

_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")

MAPPINGS: Final = {"en": "pivotal", "fr": "pivotal-fr", "de": "pivotal-de"}
"""The shipped mapping for a team that labels in this language."""


class PivotalSandbox(People):
    """A Tracker API v5 with everything that it holds.

    `flavour` is "pivotal" (the original), "litetracker" (a clone that speaks most of it), or a
    `Flavour` with single switches turned. `site` is what stories' addresses begin with; the
    original's is the host that is gone.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        flavour: str | Flavour = "pivotal",
        site: str = "https://www.pivotaltracker.com",
    ) -> None:
        self.clock = clock or Clock()
        self.journal = Journal()
        self.faults = Faults()
        self.lock = threading.RLock()
        self.world = World()
        self.flavour = FLAVOURS[flavour] if isinstance(flavour, str) else flavour
        self.site = site
        self._mapping = MAPPINGS["en"]
        self.editor = Editor(self.world, self.clock, self.flavour, lambda: self.site)
        self.resources = Resources(self.editor)
        known = routes.endpoints(self.flavour)
        board = Switchboard(self.editor, self.resources, known, routes.PREFIX)
        board.add(routes.aggregator(board))
        application = Starlette(routes=[Route("/{path:path}", board.answer, methods=_METHODS)])
        self._gate = Gate(application, self.clock, self.journal, self.faults, self.lock)

    @classmethod
    def seeded(cls, language: str = "en") -> Self:
        """The small default world; labels are in this language (en, fr, de)."""
        tool = cls()
        seed.small(tool, language)
        tool._mapping = MAPPINGS[language]
        return tool

    @property
    def app(self) -> ASGIApp:
        """The API as an ASGI application, below `/services/v5`."""
        return self._gate

    def serve(self, port: int = 0) -> AbstractContextManager[Served]:
        """Run on loopback. Raises OSError when the port is taken."""
        return Serving(self, port)

    def export(self, project: int | str = seed.ACME) -> Export:
        """The official CSV export of a project: `.zip(form=…)` or `.csv()`."""
        return Export(self.world, self.world.project(project), self.site)

    def guide(self, url: str) -> Guide:
        """How to use the seeded world that answers at `url`."""
        bridge = self.world.person("bridge")
        return Guide(
            config=configuration(
                "[sources.stories]\n"
                'type = "pivotal"\n'
                f'url = "{url}{routes.PREFIX}"\n'
                'api_key = "env:PIVOTAL_API_KEY"\n'
                f"projects = [{', '.join(map(str, self.world.projects))}]\n"
                f'mapping = "{self._mapping}"\n',
                match=f'{{ source = "stories", project = "{seed.ACME}" }}',
                approvers='"stories:alice"',
                people='"stories:jdoe"',
            ),
            environment=(("PIVOTAL_API_KEY", bridge.token),),
            people=tuple(
                Resident(person.name, person.username, seed.ROLES[person.username], person.token)
                for person in self.world.people.values()
            ),
            tries=(
                "bridge check --source stories",
                "bridge sync --source stories --dry-run",
            ),
        )
