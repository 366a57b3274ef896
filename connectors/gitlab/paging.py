"""Which projects and groups are read, and how their lists are, so that nothing is missed while
people go on working (docs/gitlab.md, 1.4).

Issues by keyset where the server has it. Elsewhere, and merge requests always, by stamp: nothing
shifts, because no page number is ever used. Only where more than a page shares one stamp (a bulk
edit) that stamp is read by page numbers, forwards and then backwards: issues that leave it pull the
others towards pages that are still to come.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from connectors.errors import SourceError
from connectors.gitlab import fields
from connectors.gitlab.api import Api, ListPage
from connectors.gitlab.settings import GitLabSettings
from connectors.toolkit import stamps
from connectors.toolkit.http import status_of
from connectors.toolkit.paging import by_stamp
from connectors.toolkit.poll import Poll
from connectors.toolkit.rows import Row

_ORDER: Final = {"order_by": "updated_at", "sort": "asc", "scope": "all"}
_MOST: Final = 10_000
"""Pages of one stamp; more is no bulk edit (H4)."""


@dataclass(frozen=True, slots=True)
class Container:
    """A project or a group whose issues are read: named by path in the configuration, by number
    ever after. `kind` is "projects" or "groups"."""

    kind: str
    path: str
    number: int = 0

    @property
    def name(self) -> str:
        """How cursor and addresses call it."""
        return f"{self.kind}/{self.number}"

    @property
    def called(self) -> str:
        """How people call it."""
        return f"{self.kind.removesuffix('s')} {self.path}"

    @property
    def remembered(self) -> str:
        """Under which key its number is remembered."""
        return f"scope/{self.kind}/{self.path}"


class Containers:
    """The projects and groups of a source. One that cannot be read does not stop the others."""

    def __init__(self, settings: GitLabSettings, api: Api, poll: Poll) -> None:
        self._named = [Container("projects", path) for path in settings.projects]
        self._named += [Container("groups", path) for path in settings.groups]
        self._api = api
        self._state = poll.state
        self._scopes = poll.scopes
        self._paths_of_today: dict[int, str] = {}

    def readable(self) -> list[Container]:
        """Those that can be read, each once. Raises when there is none at all."""
        readable: dict[str, Container] = {}
        for named in self._named:
            number = self._state.get(named.remembered)
            try:
                if not isinstance(number, int):
                    number = self._api.container(named.kind, named.path)["id"]
            except SourceError as error:
                self._scopes.lost(named.called, error)
                continue
            self._state.put(named.remembered, number)
            self._scopes.answers(named.called)
            container = replace(named, number=number)
            readable.setdefault(container.name, container)
        self._scopes.check()
        return list(readable.values())

    def forget_lost(self) -> None:
        """Ask anew for the path of what does not answer: a project may have been made again under
        it."""
        for named in self._named:
            if named.called in self._scopes.failed:
                self._state.put(named.remembered, None)

    def holds(self, container: Container, row: Row) -> bool:
        """Whether a row of a list lies in what was asked for, and not in a project that nobody
        asked for (C3). A group that was renamed or moved is asked for its path of today, once a
        pass: its number stays, and its issues begin with the new one."""
        if container.kind == "projects":
            return row.get("project_id") == container.number
        path = (fields.project_path(row) or "").casefold()
        if path.startswith(f"{container.path.casefold()}/"):
            return True
        number = container.number
        if number not in self._paths_of_today:
            self._paths_of_today[number] = self._api.group_path(number).casefold()
        today = self._paths_of_today[number]
        return bool(today) and path.startswith(f"{today}/")


# -- their lists -----------------------------------------------------------------------------------


def newest(api: Api, container: Container, start: datetime) -> ListPage:
    """What changed since `start`, newest first, as far as one page goes."""
    query = {**_ORDER, "sort": "desc"}
    return api.first(f"/{container.name}/issues", **query, **_since(start))


def opened_last(api: Api, container: Container) -> Iterator[Row]:
    """The issues, those that were opened last first."""
    query = {"order_by": "created_at", "sort": "desc", "scope": "all"}
    return api.rows(f"/{container.name}/issues", **query)


def issues(
    api: Api, container: Container, start: datetime | None, state: str = "all"
) -> Iterator[ListPage]:
    """Every issue that changed since `start`, oldest first; the same row may come twice."""
    path, query = f"/{container.name}/issues", {**_ORDER, "state": state}
    if container.kind == "projects":  # lists of groups have no keyset (docs/gitlab.md, 1.5)
        try:
            yield from api.pages(path, pagination="keyset", **query, **_since(start))
            return
        except SourceError as error:
            if status_of(error) != 405:
                raise
    yield from _ascending(api, path, query, start)


def merge_requests(api: Api, container: Container, start: datetime) -> Iterator[ListPage]:
    """The merge requests that changed since `start`: one request when few did."""
    query = {**_ORDER, "state": "all"}
    return _ascending(api, f"/{container.name}/merge_requests", query, start)


def _ascending(
    api: Api, path: str, query: dict[str, str], start: datetime | None
) -> Iterator[ListPage]:
    def ask(since: datetime | None) -> ListPage:
        return api.first(path, **query, **_since(since))

    of_one = partial(_of_one, api, path, query)
    return by_stamp(api.source, ask, of_one, start, stamps.MILLISECOND)


def _of_one(
    api: Api, path: str, query: dict[str, str], stamp: datetime, _: ListPage
) -> Iterator[ListPage]:
    """What has one stamp. The database knows microseconds and JSON shows milliseconds, cut."""
    end = stamps.show_ms(stamp + stamps.MILLISECOND)
    within = {**query, **_since(stamp), "updated_before": end}
    number, ended = 0, False
    while not ended and number < _MOST:
        number += 1
        page = api.first(path, page=number, **within)
        ended = page.ended
        yield replace(page, ended=False)
    for earlier in range(number - 1, 0, -1):
        yield replace(api.first(path, page=earlier, **within), ended=False)


def _since(start: datetime | None) -> dict[str, str]:
    return {} if start is None else {"updated_after": stamps.show_ms(start)}
