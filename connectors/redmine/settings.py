"""The configuration keys of a Redmine source."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field, field_validator

from connectors.base import Interval, SourceSettings
from connectors.toolkit.http import Address, parse_address
from connectors.toolkit.secret import SecretRef


class RedmineSettings(SourceSettings):
    """`[sources.NAME]` with `type = "redmine"`."""

    url: str
    """The address at which Redmine's home page answers, path included."""
    api_key: SecretRef
    projects: tuple[str, ...] = ()
    """Identifiers, as in the web addresses; empty: every project that the account sees.
    Subprojects are listed by themselves."""
    ca_file: Path | None = None
    """Authorities (PEM) instead of the system's, for a certificate of one's own."""
    time_window: Interval = timedelta(days=45)
    """How far back a full pass compares time entries: Redmine tells of no edited or deleted one."""
    per_minute: int | None = Field(default=None, ge=1, le=6000)
    """At most so many calls a minute to this host, all sources together."""

    @field_validator("url")
    @classmethod
    def _usable(cls, value: str) -> str:
        return parse_address(value).url

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

    @property
    def address(self) -> Address:
        """Where the tool lives, and the host for the rate budget."""
        return parse_address(self.url)

    @property
    def host(self) -> str:
        """The host whose rate budget this source shares."""
        return self.address.host
