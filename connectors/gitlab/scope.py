"""Which projects and groups are read: named by path in the configuration, by number ever after."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.errors import SourceError
from connectors.gitlab.api import Api, Part, Row
from connectors.gitlab.refs import project_path
from connectors.gitlab.settings import GitLabSettings
from connectors.toolkit.scopes import Scopes, is_of_a_place
from connectors.toolkit.state import SourceState


@dataclass(slots=True)
class Scope:
    """The parts of a source. One that cannot be read does not stop the others."""

    settings: GitLabSettings
    api: Api
    memory: SourceState
    places: Scopes = field(default_factory=Scopes)
    _paths_of_today: dict[int, str] = field(default_factory=dict)

    def parts(self) -> list[Part]:
        """The projects and groups that can be read. Raises when there is none at all."""
        found = [
            part for kind, path in self._paths() if (part := self._part(kind, path)) is not None
        ]
        self.places.check()
        return list(dict.fromkeys(found))

    def lost(self, part: Part, error: SourceError) -> None:
        """Note that a part is gone; raises when the whole source is out of order. Its path is asked
        for anew, since a project may have been made again under it."""
        if not is_of_a_place(error):
            raise error
        for kind, path in self._paths():
            if self.memory.get(f"scope/{kind}/{path}") == part.number and kind == part.kind:
                self.places.lost(_called(kind, path), error)
                self.memory.put(f"scope/{kind}/{path}", None)

    def holds(self, part: Part, row: Row) -> bool:
        """Whether a row of a part's list lies in that part, and not in a project that nobody asked
        for (C3). A group that was renamed or moved is asked for its path of today, once a pass:
        its number stays, and its issues begin with the new one."""
        if part.kind == "projects":
            return row.get("project_id") == part.number
        path = (project_path(row) or "").casefold()
        if any(path.startswith(f"{group.casefold()}/") for group in self._groups(part)):
            return True
        if part.number not in self._paths_of_today:
            self._paths_of_today[part.number] = self.api.group_path(part.number).casefold()
        today = self._paths_of_today[part.number]
        return bool(today) and path.startswith(f"{today}/")

    def _groups(self, part: Part) -> list[str]:
        return [
            path
            for path in self.settings.groups
            if self.memory.get(f"scope/groups/{path}") == part.number
        ]

    def _paths(self) -> list[tuple[str, str]]:
        return [("projects", path) for path in self.settings.projects] + [
            ("groups", path) for path in self.settings.groups
        ]

    def _part(self, kind: str, path: str) -> Part | None:
        known = self.memory.get(f"scope/{kind}/{path}")
        if isinstance(known, int):
            self.places.answers(_called(kind, path))
            return Part(kind, known)
        try:
            number = self.api.place(kind, path).get("id")
        except SourceError as error:
            self.places.lost(_called(kind, path), error)
            return None
        if type(number) is not int:
            return None
        self.places.answers(_called(kind, path))
        self.memory.put(f"scope/{kind}/{path}", number)
        return Part(kind, number)


def _called(kind: str, path: str) -> str:
    return f"{kind.removesuffix('s')} {path}"
