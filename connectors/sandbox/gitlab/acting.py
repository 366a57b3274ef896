"""What every act of a person needs: the lock, and finding people and things by name."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec, TypeVar

from connectors.sandbox.gitlab.records import Group, Issue, Label, Project, User
from connectors.sandbox.gitlab.site import Site

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A", bound="Acting")


def locked(
    verb: Callable[Concatenate[A, P], R],
) -> Callable[Concatenate[A, P], R]:
    """No request is answered while somebody acts, and nobody acts while one is."""

    def held(self: A, /, *given: P.args, **named: P.kwargs) -> R:
        with self.lock:
            return verb(self, *given, **named)

    return update_wrapper(held, verb)


class Acting:
    """The finders raise LookupError for somebody or something that is not there."""

    def __init__(self, site: Site, lock: threading.RLock) -> None:
        self.site = site
        self.lock = lock

    def user(self, name: str) -> User:
        found = self.site.world.user(name)
        if found is None:
            raise LookupError(f"no user {name}")
        return found

    def project(self, path: str) -> Project:
        found = self.site.world.project(path)
        if found is None:
            raise LookupError(f"no project {path}")
        return found

    def group(self, path: str) -> Group:
        found = self.site.world.group(path)
        if found is None:
            raise LookupError(f"no group {path}")
        return found

    def issue(self, project: str, iid: int) -> Issue:
        found = self.project(project).issues.get(iid)
        if found is None:
            raise LookupError(f"no issue {project}#{iid}")
        return found

    def label_named(self, project: str, name: str) -> Label:
        found = self.site.world.label(self.project(project), name)
        if found is None:
            raise LookupError(f"no label {name} in {project}")
        return found
