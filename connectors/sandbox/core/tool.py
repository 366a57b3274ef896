"""The shape that every simulated tool has."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol, Self

from connectors.sandbox.core.clock import Clock
from connectors.sandbox.core.faults import Faults
from connectors.sandbox.core.guide import Guide
from connectors.sandbox.core.journal import Journal


class Served(Protocol):
    """A tool that runs."""

    @property
    def url(self) -> str:
        """Where it answers, as `http://127.0.0.1:8080`, without a slash at the end."""


class Sandbox(Protocol):
    """A tool with all its state. What people do in it are methods in the tool's own terms."""

    clock: Clock
    journal: Journal
    faults: Faults

    @classmethod
    def seeded(cls, language: str = "en") -> Self:
        """A small world to try things in, of an install in this language (en, fr, de)."""

    def serve(self, port: int = 0) -> AbstractContextManager[Served]:
        """Run on loopback: on this port, or on a free one. Raises OSError when it is taken."""

    def guide(self, url: str) -> Guide:
        """How to use the seeded world that answers at `url`."""
