"""Which function answers which path. Paths are matched as sent, so that `%2F` stays in an id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import unquote

Handler = Callable[..., Any]
F = TypeVar("F", bound=Handler)


@dataclass(slots=True)
class _Node:
    fixed: dict[str, _Node] = field(default_factory=dict)
    open: _Node | None = None
    path: str = ""
    handlers: dict[str, Handler] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A route that matches: its functions by method, and the values of its `:names`."""

    handlers: dict[str, Handler]
    values: dict[str, str]


class Routes:
    """`@routes.on("GET", "/projects/:id/issues")`."""

    def __init__(self, *parts: Routes) -> None:
        """Empty, or with all that stands in others."""
        self._root = _Node()
        self._all: list[tuple[str, str, Handler]] = []
        for part in parts:
            for method, path, handler in part._all:
                self.on(method, path)(handler)

    def on(self, method: str, *paths: str) -> Callable[[F], F]:
        def put(handler: F) -> F:
            for path in paths:
                node = self._root
                for part in path.strip("/").split("/"):
                    if part.startswith(":"):
                        node.open = node.open or _Node()
                        node = node.open
                    else:
                        node = node.fixed.setdefault(part, _Node())
                node.handlers[method] = handler
                node.path = path
                self._all.append((method, path, handler))
            return handler

        return put

    def find(self, raw: str) -> Found | None:
        """The route of a path that is still escaped."""
        node = self._root
        given: list[str] = []
        for part in raw.strip("/").split("/"):
            fixed = node.fixed.get(part)
            if fixed is not None:
                node = fixed
            elif node.open is not None and part:
                node = node.open
                given.append(unquote(part))
            else:
                return None
        if not node.handlers:
            return None
        names = [part[1:] for part in node.path.split("/") if part.startswith(":")]
        return Found(node.handlers, dict(zip(names, given, strict=True)))
