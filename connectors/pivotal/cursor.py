"""Where a poll stands, project by project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from connectors.toolkit.cursor import Codec


@dataclass(frozen=True, slots=True)
class Position:
    """Where one project stands.

    `version` is the last one whose activity was fully taken; None where the service tells none.
    `at` is up to when its activity is known. `edge` are the activities taken in the last seconds
    before, where only times tell. `walk` is the next row of a list that was not read to its end,
    `floor` from when on its stories are read whole.
    """

    version: int | None
    at: datetime
    edge: tuple[str, ...] = ()
    walk: int | None = None
    floor: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """The positions in all projects that were ever read."""

    projects: Mapping[int, Position] = field(default_factory=dict)

    def moved(self, project: int, position: Position) -> Cursor:
        """The cursor with another position in one project."""
        return replace(self, projects={**self.projects, project: position})


CODEC: Final = Codec(Cursor)
