"""The configuration keys of a Redmine source."""

from __future__ import annotations

from datetime import timedelta

from pydantic import field_validator

from connectors.base import Interval
from connectors.toolkit.settings import HttpSettings


class RedmineSettings(HttpSettings):
    """`[sources.NAME]` with `type = "redmine"`."""

    projects: tuple[str, ...] = ()
    """Identifiers, as in the web addresses; empty: every project that the account sees.
    Subprojects are listed by themselves."""
    time_window: Interval = timedelta(days=45)
    """How far back a full pass compares time entries: Redmine tells of no edited or deleted one."""

    @field_validator("projects")
    @classmethod
    def _named(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not name or not all(c.isascii() and (c.isalnum() or c in "-_") for c in name):
                raise ValueError(
                    f'"{name}" is no project identifier; it is what follows /projects/ in the '
                    "address of the project's page"
                )
        return value
