"""Where a poll stands, project by project."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from connectors.pivotal import stamps

_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Place:
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
    """The places of all projects that were ever read."""

    places: Mapping[int, Place] = field(default_factory=dict)

    def moved(self, project: int, place: Place) -> Cursor:
        """The cursor with another place for one project."""
        return replace(self, places={**self.places, project: place})

    def text(self) -> str:
        """As the store keeps it."""
        data: dict[str, Any] = {"v": _VERSION, "projects": {}}
        for project, place in sorted(self.places.items()):
            item: dict[str, Any] = {"version": place.version, "at": stamps.show(place.at)}
            if place.edge:
                item["edge"] = place.edge
            if place.walk is not None:
                item |= {"walk": place.walk}
            if place.floor is not None:
                item |= {"floor": stamps.show(place.floor)}
            data["projects"][str(project)] = item
        return json.dumps(data, separators=(",", ":"))


def read(text: str) -> Cursor:
    """The cursor of a stored text. Raises ValueError when this version cannot read it."""
    try:
        data = json.loads(text)
        if data["v"] != _VERSION:
            raise ValueError(f"version {data['v']}")
        return Cursor(
            {
                int(project): Place(
                    version=item["version"],
                    at=stamps.parse(item["at"]),
                    edge=tuple(item.get("edge", ())),
                    walk=item.get("walk"),
                    floor=stamps.parse(item["floor"]) if "floor" in item else None,
                )
                for project, item in data["projects"].items()
            }
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not a cursor of this connector") from error
