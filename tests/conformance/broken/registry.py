"""Deliberately broken connectors, by the check that must catch them.

Each is the reference with one thing done wrong, the way it is really done wrong. Where a mistake
breaks more than one promise, the other checks that see it are named too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.conformance.broken.reference import Reference


@dataclass(frozen=True)
class Broken:
    """A connector, the check that must fail for it, and other checks that see the mistake."""

    connector: type[Reference]
    also: tuple[str, ...]


BROKEN: dict[str, list[Broken]] = {}
"""Check → the connectors that it must catch."""


def caught_by(check: str, *also: str) -> Callable[[type[Reference]], type[Reference]]:
    """Registers a broken connector."""

    def register(connector: type[Reference]) -> type[Reference]:
        BROKEN.setdefault(f"test_{check}", []).append(
            Broken(connector, tuple(f"test_{name}" for name in also))
        )
        return connector

    return register
